"""How a migration stands: the one document behind `watch`, `status` and the report.

Made by `smc.handlers.fleet_look`; the JSON of `python -m cli status --json`, whose schema is
`schema/status.schema.json`. Nothing secret is in it.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, computed_field

from smc.estimate.duration import GIB

FORMAT = 1
"""Rises when a member goes or changes its meaning; new members may come without that."""


class Stage(StrEnum):
    """Where a server is on its way."""

    PENDING = "pending"
    """It is to be migrated, and nothing of it runs."""

    RUNNING = "running"

    DONE = "done"
    """Migrated, or synchronized until it is cut over."""

    HELD = "held"
    """It stays as it is, because its settings say so or a wave before it failed."""

    FAILED = "failed"


def _printable(text: str) -> str:
    """Without control characters: what a server says must not move a terminal's cursor."""
    return "".join(character if character.isprintable() else " " for character in text)


Told = Annotated[str, AfterValidator(_printable)]
"""Text from outside."""


class Part(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Trouble(Part):
    """What went wrong with a server."""

    code: Told
    """Error code of SMC; empty if it gave none."""

    says: Told
    """What SMC says of it."""

    cause: str = ""
    """The likely cause; empty for an unknown code."""

    fix: str = ""
    """What to do; empty for an unknown code."""

    more: str = ""
    """Where more is told of an unknown code; empty for a known one."""

    def __str__(self) -> str:
        said = ": ".join(part for part in (self.code, self.says.rstrip(".")) if part)
        cause = f" Likely cause: {self.cause}." if self.cause else ""
        fix = f" Fix: {self.fix}." if self.fix else ""
        return f"{said}.{cause}{fix}" + (f" See {self.more}" if self.more else "")


class ServerStatus(Part):
    """One server. Moments are UTC texts, empty while they have not come."""

    server: Told
    """Its name in the settings; that of its job where there are no settings."""

    stage: Stage
    status: str
    """Status of its job in SMC's words; `NotCreated` while there is none."""

    activity: str = ""
    """What a running job does, in SMC's words: Preparing, Syncing, Processing, Cleaning."""

    rehearsal: bool = False
    """The job is that of a drill, and is taken back."""

    progress_percent: float = 0.0
    disk_gib: int = 0
    """Size of its disks; 0 if not known."""

    bytes_per_second: float | None = None
    """Estimated from progress and disk sizes, uncompressed; null if not known."""

    seconds_left: float | None = None
    """Of its transfer, at this speed; null if not known."""

    run: int = 1
    job_id: str = ""
    source_id: str = ""
    region: str = ""
    """Region of the target."""

    target: Told = ""
    """Name of the image, id of the instance, or name of the container image that it becomes."""

    image_id: str = ""
    instance_id: str = ""
    starts_at: str = ""
    """When it is to start; empty for as soon as possible."""

    started: str = ""
    ended: str = ""
    cost: float | None = None
    """What its transition instance and that one's disks have cost so far, in the document's
    currency; null without prices, or if SMC tells no time. Traffic, snapshots and images are not
    in it."""

    trouble: Trouble | None = None


class Counts(Part):
    """How many servers are at each stage."""

    pending: int = 0
    running: int = 0
    done: int = 0
    held: int = 0
    failed: int = 0

    @classmethod
    def of(cls, servers: Sequence[ServerStatus]) -> "Counts":
        """Counted from the servers."""
        stages = [server.stage for server in servers]
        return cls(**{str(stage): stages.count(stage) for stage in Stage})

    def words(self) -> str:
        """`3 done, 2 running, 1 failed`: all but what there is none of."""
        named = {
            "done": self.done,
            "running": self.running,
            "failed": self.failed,
            "held": self.held,
            "to come": self.pending,
        }
        return ", ".join(f"{count:,} {word}" for word, count in named.items() if count) or "empty"


class Group(Part):
    """Servers that are counted together."""

    def members(self) -> tuple[ServerStatus, ...]:
        """The servers."""
        raise NotImplementedError

    @computed_field  # type: ignore[prop-decorator]
    @property
    def counts(self) -> Counts:
        """Its servers by stage."""
        return Counts.of(self.members())

    @computed_field  # type: ignore[prop-decorator]
    @property
    def progress_percent(self) -> float:
        """Progress of all its servers, large ones counting more."""
        weighted = _weighted(self.members())
        total = sum(weight for _, weight in weighted)
        # A rehearsal is taken back.
        done = sum(weight * s.progress_percent for s, weight in weighted if not s.rehearsal)
        return round(done / total, 2) if total else 0.0


class WaveStatus(Group):
    """Servers that move together; without settings, the jobs of one stack."""

    wave: Told
    servers: tuple[ServerStatus, ...]

    def members(self) -> tuple[ServerStatus, ...]:
        """Its servers."""
        return self.servers


class Quota(Part):
    """The account's running jobs, whoever started them."""

    running: int
    limit: int
    """As the settings say; SMC's default without them."""


class FleetStatus(Group):
    """One look at a stack's servers, or at all jobs of an account."""

    format: int = FORMAT
    at: str
    """UTC time of the service that answered."""

    stack: str
    """`organization/project/stack`; empty for all jobs of an account."""

    account: str
    emulated: bool
    """It is an account of the local emulator."""

    quota: Quota
    currency: str = ""
    """Of the costs; empty without prices."""

    waves: tuple[WaveStatus, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def bytes_per_second(self) -> float | None:
        """Speed of all servers together; null if that of none is known."""
        known = [s.bytes_per_second for s in self.members() if s.bytes_per_second is not None]
        return sum(known) if known else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def seconds_left(self) -> float | None:
        """Until all is transferred, at this speed and not sooner than the slowest; an estimate."""
        speed = self.bytes_per_second
        if not speed:
            return None
        left_gib = sum(
            weight * (1 - s.progress_percent / 100)
            for s, weight in _weighted(self.members())
            if s.stage in {Stage.PENDING, Stage.RUNNING}
        )
        slowest = max(s.seconds_left or 0 for s in self.members())
        return round(max(left_gib * GIB / speed, slowest))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def cost(self) -> float | None:
        """What it has cost so far; null without prices."""
        known = [s.cost for s in self.members() if s.cost is not None]
        return round(sum(known), 4) if self.currency else None

    def members(self) -> tuple[ServerStatus, ...]:
        """All servers, wave by wave."""
        return tuple(server for wave in self.waves for server in wave.servers)

    def troubles(self) -> list[tuple[Trouble, list[str]]]:
        """Each trouble once, with the servers that have it; what most have comes first."""
        found: dict[tuple[str, str], tuple[Trouble, list[str]]] = {}
        for server in self.members():
            if server.trouble:
                key = (server.trouble.code, "" if server.trouble.code else server.trouble.says)
                found.setdefault(key, (server.trouble, []))[1].append(server.server)
        return sorted(found.values(), key=lambda pair: -len(pair[1]))

    @property
    def is_over(self) -> bool:
        """Whether nothing runs and nothing is to come."""
        return not self.counts.running and not self.counts.pending


def _weighted(servers: Sequence[ServerStatus]) -> list[tuple[ServerStatus, float]]:
    known = [s.disk_gib for s in servers if s.disk_gib]
    average = sum(known) / len(known) if known else 1.0
    return [(s, s.disk_gib or average) for s in servers]
