"""A world in YAML: accounts, users, instances, quotas, and what will go wrong.

Checked as a whole by these models before anything is planted; `emulator/worlds/demo.yaml` is the
default and an example of everything.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from emulator.ecs.tables import Disk, Instance, SecurityGroup, Snapshot
from emulator.identity.access import attach
from emulator.identity.system_policies import SYSTEM_POLICIES
from emulator.identity.tables import Account
from emulator.ram.users import make_access_key, make_user
from emulator.smc.tables import PlannedFailure
from emulator.world import Setting, World

AGE = timedelta(days=30)
"""For how long the users of a new world have had their policies."""


def _system_policy(name: str) -> str:
    if name not in SYSTEM_POLICIES:
        raise ValueError(f"no such system policy; there are {', '.join(SYSTEM_POLICIES)}")
    return name


AccountId = Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
SystemPolicy = Annotated[str, AfterValidator(_system_policy)]


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid")


class KeyPart(_Part):
    """A fixed access key; without one it is random."""

    id: str
    secret: str


class UserPart(_Part):
    """A RAM user with system policies."""

    policies: list[SystemPolicy] = []
    access_key: KeyPart | None = None


class DiskPart(_Part):
    """A disk; the first one of an instance is its system disk."""

    size_gib: Annotated[int, Field(ge=1, le=32768)]
    used_gib: Annotated[float, Field(ge=0)] = 0
    automatic_snapshots: Annotated[int, Field(ge=0)] = 0


class FailurePart(_Part):
    """The next job of this source fails when its progress reaches a percentage."""

    at_percent: Annotated[float, Field(ge=5, lt=85)]
    code: str
    message: str


class InstancePart(_Part):
    """An instance. `facts` is what programs inside it find, such as `import_failure`."""

    id: str | None = None
    name: str
    region: str
    status: str = "Running"
    type: str = "ecs.g7.large"
    os: str = "Ubuntu 22.04 64 bit"
    os_type: Annotated[str, StringConstraints(pattern="^(linux|windows)$")] = "linux"
    private_ip: str
    public_ip: str | None = None
    cloud_assistant: bool = True
    disks: Annotated[list[DiskPart], Field(min_length=1)]
    tags: dict[str, str] = {}
    facts: dict[str, Any] = {}
    migration_failure: FailurePart | None = None


class AccountPart(_Part):
    """An account. `login` names the user whose access key the emulator prints."""

    id: AccountId
    login: str
    users: dict[str, UserPart]
    service_role_for_smc: bool = True
    instances: list[InstancePart] = []

    @model_validator(mode="after")
    def _login_is_a_user(self) -> "AccountPart":
        if self.login not in self.users:
            raise ValueError(f"login {self.login!r} is none of the users")
        return self


class WorldFile(_Part):
    """The whole file. `settings` are quotas and delays by name, such as `smc.jobs_quota`."""

    accounts: dict[str, AccountPart]
    settings: dict[str, float | str] = {}

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "WorldFile":
        ids = Counter(account.id for account in self.accounts.values())
        for account in self.accounts.values():
            ids.update(instance.id for instance in account.instances if instance.id)
            ids.update(user.access_key.id for user in account.users.values() if user.access_key)
        twice = sorted(name for name, count in ids.items() if count > 1)
        if twice:
            raise ValueError(f"used more than once: {', '.join(twice)}")
        return self

    def plant(self, world: World) -> None:
        """Put everything into a new world."""
        for name, value in self.settings.items():
            world.table(Setting).put(Setting(name=name, value=value))
        for side, account in self.accounts.items():
            _plant_account(world, side, account)
            for instance in account.instances:
                _plant_instance(world, account.id, instance)


def load_world_file(path: Path) -> WorldFile:
    """Read and check a world file.

    Raises:
        pydantic.ValidationError: with every problem and its path.
        yaml.YAMLError: it is not YAML.
    """
    return WorldFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def _plant_account(world: World, side: str, part: AccountPart) -> None:
    world.table(Account).put(
        Account(
            account_id=part.id,
            side=side,
            login_user=part.login,
            service_role_for_smc=part.service_role_for_smc,
        )
    )
    for name, user in part.users.items():
        make_user(world, part.id, name)
        key = user.access_key
        make_access_key(
            world, part.id, name, key_id=key.id if key else "", secret=key.secret if key else ""
        )
        for policy in user.policies:
            attach(world, (part.id, "user", name), ("System", policy), world.now - AGE)


def _plant_instance(world: World, account_id: str, part: InstancePart) -> None:
    instance_id = part.id or world.new_id("i-bp1")
    group = _security_group(world, account_id, part.region)
    zone = f"{part.region}-a"
    world.table(Instance).put(
        Instance(
            instance_id=instance_id,
            account_id=account_id,
            region=part.region,
            zone=zone,
            name=part.name,
            host_name=part.name,
            status=part.status,
            instance_type=part.type,
            os_type=part.os_type,
            os_name=part.os,
            private_ips=[part.private_ip],
            public_ips=[part.public_ip] if part.public_ip else [],
            vpc_id=group.vpc_id,
            vswitch_id=f"vsw-{part.region}",
            security_group_ids=[group.security_group_id],
            cloud_assistant=part.cloud_assistant,
            created=world.now,
            tags=part.tags,
            facts=part.facts,
        )
    )
    for number, disk in enumerate(part.disks):
        row = world.table(Disk).put(
            Disk(
                disk_id=world.new_id("d-bp1"),
                account_id=account_id,
                region=part.region,
                zone=zone,
                name=f"{part.name}-{number}",
                type="data" if number else "system",
                size_gib=disk.size_gib,
                used_gib=disk.used_gib,
                instance_id=instance_id,
                device=f"/dev/xvd{chr(ord('a') + number)}",
                created=world.now,
            )
        )
        for _ in range(disk.automatic_snapshots):
            world.table(Snapshot).put(
                Snapshot(
                    snapshot_id=world.new_id("s-bp1"),
                    account_id=account_id,
                    region=part.region,
                    disk_id=row.disk_id,
                    name="auto",
                    category="auto",
                    created=world.now,
                )
            )
    failure = part.migration_failure
    if failure:
        world.table(PlannedFailure).put(
            PlannedFailure(
                instance_id=instance_id,
                at_percent=failure.at_percent,
                code=failure.code,
                message=failure.message,
            )
        )


def _security_group(world: World, account_id: str, region: str) -> SecurityGroup:
    groups = world.table(SecurityGroup)
    for group in groups.find(account_id=account_id, region=region):
        return group
    return groups.put(
        SecurityGroup(
            security_group_id=world.new_id("sg-bp1"),
            account_id=account_id,
            region=region,
            name="default",
            vpc_id=world.new_id("vpc-bp1"),
        )
    )
