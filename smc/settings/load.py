"""From the raw configuration to `Settings`, or to every problem at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smc.errors import Problem, SettingsError
from smc.settings import option_rules, rules
from smc.settings.accounts import Destination, Source
from smc.settings.inventory import Inventory, read_inventory
from smc.settings.job import JobOptions
from smc.settings.model import Server, Settings
from smc.settings.rules import Parts
from smc.settings.wave import Wave

Part = TypeVar("Part", bound=BaseModel)
Whole = TypeVar("Whole", bound=Settings)
Rule = Callable[[Parts], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    rules.accounts_differ,
    rules.waves_exist,
    rules.waves_are_ordered,
    rules.strict_lists_instances,
    rules.targets_are_unique,
    rules.selectors_are_unique,
    rules.budget_has_prices,
    option_rules.templates_exist,
    option_rules.options_fit_their_server,
)

FIXES = {
    "account": "give the 16 digits in quotes, as the console's profile menu shows them.",
    "region": "give a region id such as cn-hangzhou.",
    "id": "give an instance id such as i-bp67acfmxazb4ph.",
}


def load_settings(raw: Any, folder: Path = Path()) -> Settings:
    """Check the configuration and return it, with the servers of its inventory file.

    Args:
        raw: what stands under `smc-migration:migration`.
        folder: of the project; `serversFile` is relative to it.

    Raises:
        SettingsError: with all problems, each with its YAML path, or its place in the file.
    """
    return load_settings_as(Settings, raw, folder, RULES)


def load_settings_as(model: type[Whole], raw: Any, folder: Path, kept: Sequence[Rule]) -> Whole:
    """Check a configuration of another form than a stack's; else as `load_settings`.

    Args:
        model: what it is to become.
        raw: see `load_settings`.
        folder: see `load_settings`.
        kept: the rules that it has to keep, of `RULES`.
    """
    inventory, raw = _with_inventory(raw, folder)
    problems = list(inventory.problems)
    settings: Whole | None = None
    try:
        settings = model.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(details) for details in error.errors()]
    parts = _valid_parts(raw if isinstance(raw, Mapping) else {})
    for rule in kept:
        problems += rule(parts)
    if problems or settings is None:
        raise SettingsError([inventory.located(problem) for problem in problems])
    return settings


def _with_inventory(raw: Any, folder: Path) -> tuple[Inventory, Any]:
    """The inventory, and the configuration as if its servers stood in it."""
    file = raw.get("serversFile") if isinstance(raw, Mapping) else None
    if not isinstance(file, str):
        return Inventory(), raw
    inventory = read_inventory(folder / file)
    own = raw.get("servers") or {}
    if not isinstance(own, Mapping):
        return inventory, raw
    for name in own:
        place = inventory.places.get(f"servers.{name}")
        if place is not None:
            message = f"{name} is in the stack file already."
            inventory.report(place, message, "list every server once.")
            # The stack file's is the one that is checked: its problems are not the file's.
            inventory.places = {
                path: at
                for path, at in inventory.places.items()
                if path != f"servers.{name}" and not path.startswith(f"servers.{name}.")
            }
    return inventory, {**raw, "servers": {**inventory.servers, **own}}


def _valid_parts(raw: Mapping[str, Any]) -> Parts:
    servers = raw.get("servers")
    waves = raw.get("waves")
    templates = raw.get("templates")
    return Parts(
        source=_part(Source, raw.get("source")),
        destination=_part(Destination, raw.get("destination")),
        servers=_named_parts(Server, servers),
        waves=_named_parts(Wave, waves),
        wave_names=_names(waves),
        defaults=_part(JobOptions, raw.get("defaults")) or JobOptions(),
        templates=_named_parts(JobOptions, templates),
        template_names=_names(templates),
        has_prices=raw.get("prices") is not None,
        has_budget=raw.get("budget") is not None,
    )


def _names(raw: Any) -> frozenset[str]:
    return frozenset(map(str, raw)) if isinstance(raw, Mapping) else frozenset()


def _named_parts(model: type[Part], raw: Any) -> dict[str, Part]:
    if not isinstance(raw, Mapping):
        return {}
    parts = {str(name): _part(model, value) for name, value in raw.items()}
    return {name: part for name, part in parts.items() if part is not None}


def _part(model: type[Part], raw: Any) -> Part | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None


def _problem(details: ErrorDetails) -> Problem:
    location = [str(part) for part in details["loc"] if part != "[key]"]
    path = ".".join(location) or "(the whole configuration)"
    message = details["msg"].removeprefix("Value error, ")
    fix = ""
    match details["type"]:
        case "missing":
            message = "is missing."
            fix = "add it."
        case "extra_forbidden":
            message = "is not a setting."
            fix = "check its spelling and indentation."
        case "string_pattern_mismatch":
            message = f"{details['input']!r} does not have the form that is needed."
            fix = FIXES.get(location[-1], "use letters, digits and hyphens, a letter first.")
        case "value_error":
            message += "."
        case _ if details["input"] is None:
            message = "is empty."
            fix = "say what it is, or take it out."
        case _:
            message = f"{details['input']!r}: {message}."
    return Problem(path, message, fix)
