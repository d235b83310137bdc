"""An inventory file written from what is in the source account, for review and for version control.

The file is the user's: it is never overwritten unasked, and merging keeps every line of it.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from smc.errors import MigrationError
from smc.handlers.context import Context, RoleAccess
from smc.handlers.precheck import visible_instances
from smc.models import Instance
from smc.selection import select_instances
from smc.settings import Settings, load_settings
from smc.settings.csv_rows import csv_rows, delimiter_of
from smc.settings.inventory import KEY, read_inventory
from smc.settings.selector import Selector

COLUMNS = (KEY, "id", "target.image", "#name", "#addresses", "#system", "#status")
"""Of a new CSV file; those with a `#` are for its readers."""

NEEDED = ((KEY,), ("id", "select.id"), ("target.image",))
"""Columns that a CSV file needs before rows can be added, by any of their names."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which instances are wanted: those with all of the tags whose name matches.

    `name` is a pattern with `*` and `?`.
    """

    name: str = "*"
    tags: Mapping[str, str] | None = None

    def matches(self, instance: Instance) -> bool:
        """Whether an instance is wanted."""
        tagged = (self.tags or {}).items() <= instance.tags.items()
        return tagged and fnmatchcase(instance.name, self.name)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What came of it: servers added, and instances that the file had already."""

    added: list[str]
    kept: int


def discover(
    raw: Mapping[str, Any], wanted: Filter, file: Path, image: str, *, force: bool, merge: bool
) -> Discovery:
    """Write the instances of the source account that are wanted into a file.

    Args:
        raw: the stack's configuration. Servers that it lists itself are left out.
        wanted: which instances.
        file: CSV or YAML, by its suffix.
        image: name of the target image, with `{name}` for the server's.
        force: replace a file that is there.
        merge: add to a file that is there what it does not select yet.

    Raises:
        MigrationError: the file is there, is broken or lacks columns; or the account cannot be
            looked at.
    """
    if file.suffix.lower() not in {".csv", ".yaml", ".yml"}:
        raise MigrationError(f"{file} is neither .csv nor .yaml. Fix: name it so.")
    if file.exists() and not (force or merge):
        raise MigrationError(
            f"{file} is there already. Fix: --merge adds what it lacks, --force replaces it."
        )
    merge = merge and file.exists()
    settings = _accounts(raw)
    instances = _instances(settings)
    found = [instance for instance in instances if wanted.matches(instance)]
    servers = {**(raw.get("servers") or {}), **(_servers_of(file) if merge else {})}
    selected = _selected(servers, instances)
    new = _named([i for i in found if i.instance_id not in selected], set(servers))
    before = file.read_bytes().decode("utf-8-sig") if merge else None
    text = (_csv if file.suffix.lower() == ".csv" else _yaml)(new, image, before)
    beside = file.with_name(f".{file.name}.new")
    beside.write_text(text, encoding="utf-8", newline="")
    beside.replace(file)
    return Discovery(list(new), len(found) - len(new))


def _accounts(raw: Mapping[str, Any]) -> Settings:
    """The settings without servers, whose file may not be there yet."""
    parts = ("source", "destination", "emulator")
    return load_settings({key: raw[key] for key in parts if key in raw})


def _instances(settings: Settings) -> list[Instance]:
    source, context = settings.source, Context()
    destination = context.clients(settings.connection(settings.destination))
    own = None if source.role.existing else settings.connection(source)
    return visible_instances(destination, RoleAccess.of(source), "discover", own, context)[1]


def _servers_of(file: Path) -> dict[str, Any]:
    inventory = read_inventory(file)
    if inventory.problems:
        raise MigrationError("\n".join(str(problem) for problem in inventory.problems))
    return inventory.servers


def _selected(servers: Mapping[str, Any], instances: Sequence[Instance]) -> set[str]:
    """Ids of the instances that servers select, in whatever way."""
    selectors = {}
    for name, server in servers.items():
        try:
            selector = Selector.model_validate(server["select"])
        except (ValidationError, KeyError, TypeError):
            # The program says what is wrong with it; here it just selects nothing.
            continue
        selectors[name] = selector.model_dump(exclude_none=True)
    selection = select_instances(selectors, instances, "the source account")
    return {instance.instance_id for instance in selection.instances.values()}


def _named(instances: Iterable[Instance], taken: set[str]) -> dict[str, Instance]:
    """Instances by a server name made from their own, which SMC may not allow or have twice."""
    named: dict[str, Instance] = {}
    for instance in sorted(instances, key=lambda i: (i.name, i.instance_id)):
        plain = re.sub(r"[^A-Za-z0-9:_-]+", "-", instance.name).strip("-")
        name = plain if re.match(r"[A-Za-z]..?", plain) else f"server-{plain}".rstrip("-")
        name = name[:100]
        if name in taken or name in named:
            name = f"{name}-{instance.instance_id}"
        named[name] = instance
    return named


def _csv(new: Mapping[str, Instance], image: str, before: str | None) -> str:
    header = list(COLUMNS)
    out = io.StringIO(newline="")
    delimiter, end = ",", "\n"
    if before is not None:
        _, header = next(csv_rows(before))
        missing = [names[0] for names in NEEDED if not set(names) & set(header)]
        if missing:
            raise MigrationError(
                f"the file has no column {', '.join(missing)}, so nothing can be added."
                " Fix: add the column."
            )
        delimiter = delimiter_of(before)
        end = "\r\n" if "\r\n" in before else "\n"
        out.write(before if before.endswith(("\n", "\r")) else before + end)
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    if before is None:
        writer.writerow(header)
    for name, instance in new.items():
        cells = {
            KEY: name,
            "id": instance.instance_id,
            "select.id": instance.instance_id,
            "target.image": image.replace("{name}", name),
            "#name": instance.name,
            "#addresses": " ".join(instance.private_ips + instance.public_ips),
            "#system": instance.os_name,
            "#status": instance.status,
        }
        writer.writerow([cells.get(column, "") for column in header])
    return out.getvalue()


def _yaml(new: Mapping[str, Instance], image: str, before: str | None) -> str:
    lines = [before.rstrip("\n")] if before and before.strip() else []
    for name, instance in new.items():
        entry = {
            name: {
                "select": {"id": instance.instance_id},
                "target": {"image": image.replace("{name}", name)},
            }
        }
        about = f"{instance}, {instance.os_name}, {instance.status}"
        lines.append(f"# {' '.join(about.split())}")
        lines.append(yaml.safe_dump(entry, sort_keys=False, allow_unicode=True).rstrip("\n"))
    return "\n".join(lines) + "\n"
