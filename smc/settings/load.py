"""From the raw configuration to `Settings`, or to every problem at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smc.errors import Problem, SettingsError
from smc.settings import option_rules, pending, rules
from smc.settings.accounts import Destination, Source
from smc.settings.job import JobOptions
from smc.settings.model import Server, Settings
from smc.settings.rules import Parts
from smc.settings.wave import Wave

Part = TypeVar("Part", bound=BaseModel)

RULES: tuple[Callable[[Parts], Iterator[Problem]], ...] = (
    rules.accounts_differ,
    rules.waves_exist,
    rules.waves_are_ordered,
    rules.strict_lists_instances,
    rules.targets_are_unique,
    rules.selectors_are_unique,
    option_rules.templates_exist,
    option_rules.options_fit_their_server,
    pending.not_yet,
)

FIXES = {
    "account": "give the 16 digits in quotes, as the console's profile menu shows them.",
    "region": "give a region id such as cn-hangzhou.",
    "id": "give an instance id such as i-bp67acfmxazb4ph.",
}


def load_settings(raw: Any) -> Settings:
    """Check the configuration and return it.

    Raises:
        SettingsError: with all problems, each with its YAML path.
    """
    problems: list[Problem] = []
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(details) for details in error.errors()]
    parts = _valid_parts(raw if isinstance(raw, Mapping) else {})
    for rule in RULES:
        problems += rule(parts)
    if problems or settings is None:
        raise SettingsError(problems)
    return settings


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
        case _:
            message = f"{details['input']!r}: {message}."
    return Problem(path, message, fix)
