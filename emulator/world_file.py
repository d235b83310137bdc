"""A world in YAML: accounts, users, instances, quotas, and what will go wrong.

Checked as a whole by these models, and those of ECS, before anything is planted;
`emulator/worlds/demo.yaml` is the default and an example.
"""

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)

from emulator.ecs.planting import plant_account, plant_image, plant_instance, plant_prices
from emulator.ecs.world_file import EcsInstancePart, EcsPart, ImagePart, Part, PricesPart
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


class KeyPart(Part):
    """A fixed access key; without one it is random."""

    id: str
    secret: str


class UserPart(Part):
    """A RAM user with system policies."""

    policies: list[SystemPolicy] = Field(default_factory=list)
    access_key: KeyPart | None = None


class FailurePart(Part):
    """The next job of this source fails when its progress reaches a percentage."""

    at_percent: Annotated[float, Field(ge=5, lt=85)]
    code: str
    message: str


class InstancePart(EcsInstancePart):
    """An instance of ECS, and what SMC will meet there."""

    migration_failure: FailurePart | None = None


class AccountPart(EcsPart):
    """An account. `login` names the user whose access key the emulator prints."""

    id: AccountId
    login: str
    users: dict[str, UserPart]
    service_role_for_smc: bool = True
    instances: list[InstancePart] = Field(default_factory=list)

    @model_validator(mode="after")
    def _login_is_a_user(self) -> "AccountPart":
        if self.login not in self.users:
            raise ValueError(f"login {self.login!r} is none of the users")
        return self


class WorldFile(Part):
    """The whole file. `settings` are quotas and delays by name, such as `smc.jobs_quota`."""

    accounts: dict[str, AccountPart]
    public_images: list[ImagePart] = Field(default_factory=list)
    prices: PricesPart | None = None
    settings: dict[str, float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "WorldFile":
        ids = Counter(account.id for account in self.accounts.values())
        ids.update(image.id for image in self.public_images if image.id)
        for account in self.accounts.values():
            ids.update(account.ids())
            ids.update(user.access_key.id for user in account.users.values() if user.access_key)
        twice = sorted(name for name, count in ids.items() if count > 1)
        if twice:
            raise ValueError(f"used more than once: {', '.join(twice)}")
        return self

    def plant(self, world: World) -> None:
        """Put everything into a new world."""
        for name, value in self.settings.items():
            world.table(Setting).put(Setting(name=name, value=value))
        if self.prices:
            plant_prices(world, self.prices)
        for image in self.public_images:
            plant_image(world, "", image)
        for side, account in self.accounts.items():
            _plant_account(world, side, account)
            plant_account(world, account.id, account)
            for instance in account.instances:
                _plant_instance(world, account.id, instance)


def load_world_file(path: Path) -> WorldFile:
    """Read and check a world file.

    Raises:
        pydantic.ValidationError: with every problem and its path.
        yaml.YAMLError: it is not YAML.
    """
    return WorldFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def json_schema() -> str:
    """The JSON Schema of world files, as it is checked in."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **WorldFile.model_json_schema(by_alias=True),
        "title": "World of the emulator",
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


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
    instance = plant_instance(world, account_id, part)
    failure = part.migration_failure
    if failure:
        world.table(PlannedFailure).put(
            PlannedFailure(
                subject=instance.instance_id,
                at_percent=failure.at_percent,
                code=failure.code,
                message=failure.message,
            )
        )
