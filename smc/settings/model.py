"""The configuration under `smc-migration:migration`, as the user writes it.

Keys are camelCase in YAML (`privateIp`) and snake_case here. Every model refuses unknown keys, so a
typing error is found at preview. Rules that span several parts are in `smc.settings.rules`.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from smc.connection import Connection
from smc.settings.accounts import Destination, Side, Source
from smc.settings.base import Part, ResourceName, SourceId
from smc.settings.job import BUILT_IN, JobOptions, merged
from smc.settings.notifications import Notifications
from smc.settings.prices import Prices
from smc.settings.selector import Selector
from smc.settings.smoke_test import SmokeTest
from smc.settings.target import DiskLayout, Target
from smc.settings.wave import Wave
from smc.waiters import Pace


class Server(JobOptions):
    """One server to migrate; its key in `servers` is its name here and in SMC."""

    select: Selector | None = None
    """How it is found in the source account."""

    source_id: SourceId | None = None
    """Instead of `select`: a server that is registered with SMC already, wherever it runs. It stays
    registered on destroy."""

    target: Target
    """What it becomes."""

    template: str | None = None
    """Template that it inherits from."""

    wave: str | None = None
    """The wave it moves in; may be left out where there is only one."""

    run: Annotated[int, Field(ge=1)] = 1
    """Raise it to migrate a finished server again, or to start over."""

    paused: bool = False
    """Stops the migration where it is; what was transferred stays."""

    adopt_job: str | None = None
    """Id or name of a replication job of this server that exists already and is taken over."""

    description: Annotated[str, Field(min_length=2, max_length=128)] = ""
    """Description of the job."""

    disks: DiskLayout | None = None
    """Sizes and partitions of the target's disks; left out, they are as on the server."""

    smoke_test: SmokeTest | None = None
    """Test of the migrated server; left out, it is its wave's."""

    @model_validator(mode="after")
    def _selected(self) -> Self:
        if (self.select is None) == (self.source_id is None):
            raise ValueError("name either select or sourceId")
        return self


class ImportCommand(Part):
    """Replaces the command that registers a server, with `{{access_token_id}}` and
    `{{access_token_code}}` where the activation code goes.
    """  # noqa: D205 - one sentence

    linux: str | None = None
    """For Linux: a POSIX shell script."""

    windows: str | None = None
    """For Windows: a PowerShell script."""


class Polling(Part):
    """How often SMC is asked, and how long at most is waited for it."""

    first_seconds: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between the first looks, and after every change."""

    longest_seconds: Annotated[float, Field(gt=0)] = 15.0
    """Seconds between looks when nothing changes."""

    import_minutes: Annotated[float, Field(gt=0)] = 45.0
    """Longest wait for servers to be registered."""

    migration_hours: Annotated[float, Field(gt=0)] = 72.0
    """Longest wait for a wave. It ends the wait, not the migrations."""

    cleanup_minutes: Annotated[float, Field(gt=0)] = 60.0
    """Longest wait for jobs to stop and to be gone."""

    def pace(self, deadline_seconds: float) -> Pace:
        """The pace of a wait with this deadline."""
        return Pace(self.first_seconds, self.longest_seconds, deadline_seconds)


class Cleanup(Part):
    """What is taken back on destroy, and when a server is taken out, beside what always is."""

    remove_client: bool = False
    """Also take the SMC client off the source servers that this stack registered. It stays where it
    was before the import."""


class Settings(Part):
    """Everything under `smc-migration:migration`."""

    source: Source
    """Where the servers are now, and the role through which they are reached."""

    destination: Destination
    """The account that the servers move to."""

    emulator: str | None = None
    """File in which the local emulator wrote its address; leave it out to use Alibaba Cloud."""

    defaults: JobOptions = JobOptions()
    """Options for every server that does not say otherwise."""

    templates: dict[ResourceName, JobOptions] = Field(default_factory=dict)
    """Named options that servers inherit with `template`."""

    servers: dict[ResourceName, Server] = Field(default_factory=dict, max_length=1000)
    """The servers by name."""

    servers_file: str | None = None
    """CSV or YAML file with more servers, beside the stack file."""

    waves: dict[ResourceName, Wave] = Field(default_factory=dict)
    """The waves by name; without any, all servers are one wave."""

    wait: bool = True
    """Wait for the migrations. Without it `pulumi up` starts them and the next one records them."""

    import_command: ImportCommand = ImportCommand()
    """Replaces the command that registers a server."""

    polling: Polling = Polling()
    """How often SMC is asked."""

    cleanup: Cleanup = Cleanup()
    """What is taken back beside what always is."""

    running_quota: Annotated[int, Field(ge=1)] = 50
    """How many jobs of the account may run at a time."""

    prices: Prices | None = None
    """What you pay, for estimates."""

    budget: Annotated[float, Field(ge=0)] | None = None
    """What the migrations of one preview may cost, in the currency of `prices`: a preview whose
    estimate is above it fails. Keeping images is not in it."""

    notifications: Notifications | None = None
    """Webhook that is told of starts, ends, failures and leftovers; nobody is told without it."""

    def connection(self, side: Side) -> Connection:
        """Where the calls of a side go."""
        return Connection(
            account=side.account,
            region=side.region,
            profile=side.credentials.profile,
            credentials_file=side.credentials.file,
            emulator=self.emulator,
        )

    def options(self, server: Server) -> JobOptions:
        """What holds for a server: built in, defaults, its template, itself."""
        template = self.templates[server.template] if server.template else JobOptions()
        return merged(BUILT_IN, self.defaults, template, server)

    def waits_for(self, wave: str) -> bool:
        """Whether `pulumi up` waits for the migrations of a wave."""
        own = self.waves[wave].wait if wave in self.waves else None
        return self.wait if own is None else own

    def smoke_test(self, wave: str, server: Server) -> SmokeTest | None:
        """The smoke test of a server in a wave: its own, or the wave's."""
        of_wave = self.waves[wave].smoke_test if wave in self.waves else None
        return server.smoke_test or of_wave

    def waves_before(self, name: str) -> set[str]:
        """All waves that have to end before a wave, directly or not."""
        direct = self.waves[name].after if name in self.waves else ()
        return set(direct).union(*(self.waves_before(other) for other in direct))

    def wave_members(self) -> dict[str, dict[str, Server]]:
        """Waves in an order that respects `after`, each with its servers."""
        waves = dict(self.waves) or {"all": Wave()}
        only = next(iter(waves))
        ordered: dict[str, dict[str, Server]] = {}
        while len(ordered) < len(waves):
            name = next(
                n
                for n, w in waves.items()
                if n not in ordered and all(a in ordered for a in w.after)
            )
            ordered[name] = {k: s for k, s in self.servers.items() if (s.wave or only) == name}
        return ordered
