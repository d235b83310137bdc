"""The configuration under `smc-migration:migration`, as the user writes it.

Keys are camelCase in YAML (`privateIp`) and snake_case here. Every model refuses unknown keys, so a
typing error is found at preview. Rules that span several parts are in `smc.settings.rules`.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyAddress,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from smc.connection import Connection
from smc.waiters import Pace

AccountId = Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z0-9-]+$")]
ResourceName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9:_-]+$", min_length=2, max_length=128)
]
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9:._-]+$", min_length=2, max_length=128)
]
InstanceId = Annotated[str, StringConstraints(pattern=r"^i-[a-z0-9]+$")]
Tags = Annotated[dict[str, str], Field(max_length=16)]


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True
    )


class Credentials(_Part):
    """Where a side's access keys come from; never the keys themselves.

    Attributes:
        profile: profile of the Alibaba Cloud CLI. Without one the official default chain decides
            (environment, OIDC, CLI configuration, instance role).
        file: the CLI's configuration file, if it is not `~/.aliyun/config.json`.
    """

    profile: str | None = None
    file: str | None = None


class _Side(_Part):
    account: AccountId
    region: Region
    credentials: Credentials = Credentials()


class SourceRole(_Part):
    """The role in the source account that the destination account assumes.

    Attributes:
        name: name of the role.
        policy_name: name of the policy with the ten ECS actions.
        trusted_user: RAM user of the destination account that alone may assume the role; without
            one the whole destination account may.
        session_seconds: life of a session; 900 to 3,600.
    """

    name: ResourceName = "ram-role-smc"
    policy_name: ResourceName = "policy-smc"
    trusted_user: str | None = None
    session_seconds: Annotated[int, Field(ge=900, le=3600)] = 3600


class Source(_Side):
    """The account and region that the servers leave."""

    role: SourceRole = SourceRole()


class Destination(_Side):
    """The account that the servers move to, and its default region.

    Attributes:
        user: RAM user that runs the migration; it is granted AliyunSTSAssumeRoleAccess.
    """

    user: str | None = None


def _address(value: IPvAnyAddress) -> str:
    return str(value)


Address = Annotated[IPvAnyAddress, AfterValidator(_address)]


class Selector(_Part):
    """How a source server is found; exactly one way."""

    id: InstanceId | None = None
    name: str | None = None
    private_ip: Address | None = None
    public_ip: Address | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("name exactly one of id, name, privateIp, publicIp")
        return self

    def describe(self) -> str:
        """The selector as a user would say it: `privateIp 10.0.0.1`."""
        key, value = next(iter(self.model_dump(exclude_none=True, by_alias=True).items()))
        return f"{key} {value}"


class Target(_Part):
    """What a server becomes: a custom image, or the new content of an existing instance.

    Attributes:
        image: name of the custom image.
        instance: id of the instance whose system is replaced.
        acknowledge: the same instance id again, as a sign that its data may be lost.
        region: region of the image or the instance; default is the destination's.
    """

    image: ImageName | None = None
    instance: InstanceId | None = None
    acknowledge: InstanceId | None = None
    region: Region | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.image is None) == (self.instance is None):
            raise ValueError("name either image or instance")
        if self.instance != self.acknowledge:
            raise ValueError(
                "migrating to an instance replaces its system and clears the automatic snapshots"
                " of its system disk; set acknowledge to the same instance id to allow it"
            )
        return self


class Network(_Part):
    """How data travels to the transition instance.

    Attributes:
        vswitch: vSwitch for a transfer over private addresses; without one it is public.
        bandwidth_limit: passed to SMC as `bandwidth_limit`; 0 is no limit. The documentation
            contradicts itself about its unit, so nothing is converted here.
        compress_level: 0 to 10.
        checksum: verify the data transferred.
    """

    vswitch: str | None = None
    bandwidth_limit: Annotated[int, Field(ge=0)] | None = None
    compress_level: Annotated[int, Field(ge=0, le=10)] | None = None
    checksum: bool | None = None


class Execution(StrEnum):
    """When a job runs."""

    IMMEDIATE = "immediate"
    CREATE_ONLY = "createOnly"


class Server(_Part):
    """One server to migrate; its key in `servers` is its name here and in SMC.

    Attributes:
        select: how it is found in the source account.
        target: what it becomes.
        wave: the wave it moves in; may be left out where there is only one.
        run: raise it to migrate a finished server again.
        valid_days: how long SMC keeps the job startable; 7 to 90.
    """

    select: Selector
    target: Target
    wave: str | None = None
    execution: Execution | None = None
    description: str = ""
    tags: Tags = {}
    run: Annotated[int, Field(ge=1)] = 1
    network: Network | None = None
    valid_days: Annotated[int, Field(ge=7, le=90)] | None = None


class Defaults(_Part):
    """Values for every server that does not say otherwise."""

    execution: Execution = Execution.IMMEDIATE
    network: Network = Network()
    valid_days: Annotated[int, Field(ge=7, le=90)] = 30
    tags: Tags = {}


class Wave(_Part):
    """Servers that move together.

    Attributes:
        after: waves that must have ended first.
    """

    after: tuple[str, ...] = ()


class ImportCommand(_Part):
    """Replaces the command that registers a server, with `{{access_token_id}}` and
    `{{access_token_code}}` where the activation code goes.
    """  # noqa: D205 - one sentence

    linux: str | None = None
    windows: str | None = None


class Polling(_Part):
    """How often SMC is asked, and how long at most is waited for it."""

    first_seconds: Annotated[float, Field(gt=0)] = 5.0
    longest_seconds: Annotated[float, Field(gt=0)] = 15.0
    import_minutes: Annotated[float, Field(gt=0)] = 45.0
    migration_hours: Annotated[float, Field(gt=0)] = 72.0
    cleanup_minutes: Annotated[float, Field(gt=0)] = 60.0

    def pace(self, deadline_seconds: float) -> Pace:
        """The pace of a wait with this deadline."""
        return Pace(self.first_seconds, self.longest_seconds, deadline_seconds)


class Settings(_Part):
    """Everything under `smc-migration:migration`.

    Attributes:
        emulator: file in which the local emulator wrote its address; leave it out to use Alibaba
            Cloud.
        running_quota: how many jobs of the account may run at a time.
    """

    source: Source
    destination: Destination
    emulator: str | None = None
    defaults: Defaults = Defaults()
    servers: Annotated[dict[ResourceName, Server], Field(max_length=1000)] = {}
    waves: dict[ResourceName, Wave] = {}
    import_command: ImportCommand = ImportCommand()
    polling: Polling = Polling()
    running_quota: Annotated[int, Field(ge=1)] = 50

    def connection(self, side: _Side) -> Connection:
        """Where the calls of a side go."""
        return Connection(
            account=side.account,
            region=side.region,
            profile=side.credentials.profile,
            credentials_file=side.credentials.file,
            emulator=self.emulator,
        )

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
