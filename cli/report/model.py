"""What a report is made of. It is embedded in the file, so that a later report can begin with it.

Nothing secret is in it: no credentials, no profile, no activation code, nothing that Pulumi keeps
encrypted. Moments are UTC texts, empty where they are not known.
"""

from smc.certificate import Certificate
from smc.fleet_status import Part, Stage, Trouble


class Finding(Part):
    """One item of a drill that is not Ok."""

    name: str
    severity: str
    finding: str
    fix: str = ""


class Drill(Part):
    """What the drill of a server found."""

    ok: int = 0
    warning: int = 0
    critical: int = 0
    not_checked: int = 0
    items: tuple[Finding, ...] = ()


class SmokeTest(Part):
    """How the test of a migrated server ended; the failure's reason is the server's."""

    passed: bool
    at: str


class Span(Part):
    """Something a job did from a moment to another; the end is empty while it goes on."""

    what: str
    begin: str
    end: str


class ServerReport(Part):
    """One server."""

    server: str
    wave: str
    stage: Stage
    status: str
    run: int = 1
    progress_percent: float = 0.0
    instance: str = ""
    """Id of its ECS instance in the source account."""

    system: str = ""
    target: str = ""
    region: str = ""
    image_id: str = ""
    instance_id: str = ""
    job_id: str = ""
    starts: int = 0
    """How often its job was started."""

    spans: tuple[Span, ...] = ()
    """What its job did, in order: `Queued`, SMC's activities, or `Running` where only that is
    known."""

    seconds: float | None = None
    """From start to end."""

    volume_bytes: int | None = None
    volume_of: str = ""
    """What was moved: `files`, or whole `disks` where only those are known."""

    bytes_per_second: float | None = None
    speed_over: str = ""
    """What the speed is an average of: the `transfer`, or the whole `run`."""

    cost: float | None = None
    estimated_seconds: float | None = None
    estimated_cost: float | None = None
    failure: str = ""
    """Why it is not migrated, or has not passed its smoke test, in the words of `pulumi up`."""

    trouble: Trouble | None = None
    """What SMC says of it now."""

    drill: Drill | None = None
    smoke_test: SmokeTest | None = None


class Report(Part):
    """One migration, wave by wave."""

    at: str
    """When it was made, by the service's clock if that answered."""

    stack: str
    account: str
    source_account: str
    emulated: bool
    currency: str = ""
    waves: tuple[str, ...]
    servers: tuple[ServerReport, ...]
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()
    """What could not be asked, and why."""
