"""The file beside the stack file that keeps which server is in which stack: for version control."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cli.fleet.split import DEFAULT_SIZE, MOST_SERVERS, By, Members, Split
from smc.errors import Problem, SettingsError

HEAD = """\
# Which server is in which stack. Made by `python -m cli fleet`: commit it, and do not move a server
# here. It would be taken back in the one stack and be migrated anew in the other.
"""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Stack(_Part):
    wave: str
    servers: list[str] = Field(default_factory=list)
    leaving: list[str] = Field(default_factory=list)


class _Fleet(_Part):
    by: By
    size: Annotated[int, Field(ge=1, le=MOST_SERVERS)] = DEFAULT_SIZE
    stacks: dict[str, _Stack] = Field(default_factory=dict)


def fleet_file(project: Path, fleet: str) -> Path:
    """The file of a fleet, beside its stack file."""
    return project / f"Pulumi.{fleet}.fleet.yaml"


def read_split(file: Path) -> Split | None:
    """What was decided before; None if nothing was.

    Raises:
        SettingsError: the file cannot be read, or is not what this program writes.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        said = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise SettingsError([_problem(file, "", f"cannot be read: {said}.")]) from error
    try:
        found = _Fleet.model_validate(content)
    except ValidationError as error:
        raise SettingsError(
            [
                _problem(file, ".".join(map(str, each["loc"])), f"{each['msg']}.")
                for each in error.errors()
            ]
        ) from error
    split = Split(
        found.by,
        found.size,
        {
            name: Members(stack.wave, tuple(stack.servers), tuple(stack.leaving))
            for name, stack in found.stacks.items()
        },
    )
    _refuse_twice(file, split)
    return split


def write_split(file: Path, split: Split) -> None:
    """Write what was decided, or remove the file of a fleet without stacks."""
    if not split.stacks:
        file.unlink(missing_ok=True)
        return
    content = {
        "by": str(split.by),
        "size": split.size,
        "stacks": {name: _members(members) for name, members in split.stacks.items()},
    }
    text = HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _members(members: Members) -> dict[str, Any]:
    shown = {"wave": members.wave, "servers": list(members.servers)}
    return shown | ({"leaving": list(members.leaving)} if members.leaving else {})


def _refuse_twice(file: Path, split: Split) -> None:
    counts = Counter(
        server
        for members in split.stacks.values()
        for server in {*members.servers, *members.leaving}
    )
    twice = sorted(server for server, count in counts.items() if count > 1)
    if twice:
        says = f"{', '.join(twice)}: in more than one stack."
        raise SettingsError([_problem(file, "stacks", says)])


def _problem(file: Path, path: str, says: str) -> Problem:
    fix = "bring back the file as it was committed."
    return Problem(f"{file.name} {path}".rstrip(), says, fix)
