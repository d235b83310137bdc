"""The settings of a whole fleet, and what each of its stacks gets of them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field

from cli.fleet.split import Members
from cli.stack_file import KEY
from smc.settings import Settings
from smc.settings.base import ResourceName
from smc.settings.model import Server

LONGEST_ROLE_NAME = 64
"""RAM's."""

NOTE = "# Made by `python -m cli fleet` from {base}, which is the file to change.\n"
ENCRYPTION = ("secretsprovider", "encryptedkey", "encryptionsalt")
"""What a stack file says of its encryption: with it, what is encrypted in the one stack's
configuration can be read in the other's."""


class FleetSettings(Settings):
    """Settings whose servers may be more than one stack has."""

    servers: dict[ResourceName, Server] = Field(default_factory=dict)
    """The servers by name."""


def stack_settings_of(settings: FleetSettings, members: Members, suffix: str) -> dict[str, Any]:
    """What stands in the file of a stack: everything of the fleet that concerns its servers.

    A role that the project makes is one of each stack, named after it; so whatever a stack grants
    goes with the stack. The grant of the destination's user is left to the stack that has what all
    share, and so is what comes before its wave.

    Args:
        settings: of the fleet.
        members: of the stack.
        suffix: what names of the stack end with, such as `front`.
    """
    raw = _written(settings)
    raw["servers"] = {name: raw["servers"][name] for name in members.servers}
    for unshared in ("serversFile", "budget"):
        raw.pop(unshared, None)
    raw["destination"].pop("user", None)
    role = settings.source.role
    if not role.existing:
        raw["source"]["role"] = {
            **raw["source"].get("role", {}),
            "name": f"{role.name}-{suffix}",
            "policyName": f"{role.policy_name}-{suffix}",
        }
    _keep(raw, "waves", {members.wave})
    _keep(raw, "templates", {server.get("template") for server in raw["servers"].values()})
    for wave in raw.get("waves", {}).values():
        wave.pop("after", None)
    return raw


def access_settings_of(settings: FleetSettings) -> dict[str, Any] | None:
    """What stands in the file of the stack with what all others share: the grant of the user.

    None if there is nothing to share.
    """
    if settings.destination.user is None:
        return None
    raw = _written(settings)
    shared: dict[str, Any] = {k: raw[k] for k in ("source", "destination", "emulator") if k in raw}
    # Every stack makes its own role, or none does; so here it is but a name.
    shared["source"]["role"] = {"name": settings.source.role.name, "existing": True}
    return shared


def write_stack_file(
    project: Path, stack: str, base: str, settings: Mapping[str, Any] | None
) -> None:
    """Write the file of a stack, with the fleet's configuration beside its settings.

    Args:
        project: folder of the files.
        stack: name of the stack.
        base: name of the stack whose file the fleet's settings are in.
        settings: of the stack; None leaves a file as it is, and makes one without any.
    """
    file = project / f"Pulumi.{stack}.yaml"
    own = _content(file)
    if settings is None and own:
        return
    of_base = _content(project / f"Pulumi.{base}.yaml")
    encryption = own if any(key in own for key in ENCRYPTION) else of_base
    content = {key: encryption[key] for key in ENCRYPTION if key in encryption}
    if settings is not None:
        content["config"] = {**(of_base.get("config") or {}), KEY: settings}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    file.write_text(NOTE.format(base=f"Pulumi.{base}.yaml") + text, encoding="utf-8")


def secrets_provider(project: Path, base: str) -> str | None:
    """What encrypts the base stack's secrets, and those of new stacks too; None for the default."""
    named = _content(project / f"Pulumi.{base}.yaml").get("secretsprovider")
    return str(named) if named else None


def _written(settings: FleetSettings) -> dict[str, Any]:
    """The settings as a user writes them, without what is left out."""
    return settings.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _keep(raw: dict[str, Any], key: str, names: Iterable[str | None]) -> None:
    wanted = set(names)
    kept = {name: value for name, value in raw.pop(key, {}).items() if name in wanted}
    if kept:
        raw[key] = kept


def _content(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content if isinstance(content, dict) else {}
