"""Servers in a file of their own, CSV or YAML, with the place of everything that is in it.

A CSV file has a column `server`; its other columns are settings of a server by their dotted path
(`target.image`, `wave`, `network.vswitch`). `id`, `name`, `privateIp`, `publicIp` and `tag` are
short for what is below `select`. A cell that begins with `{` or `[` is YAML; an empty one says
nothing; a column whose name begins with `#` is a comment. A YAML file has what stands under
`servers` in the stack file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from smc.errors import Problem
from smc.settings.csv_rows import CsvError, csv_rows
from smc.settings.model import Server

KEY = "server"
TAG = "tag"
"""A column of `key=value`, several separated by semicolons."""

SHORT = {name: f"select.{name}" for name in ("id", "name", "privateIp", "publicIp")} | {
    TAG: "select.tags"
}


@dataclass(slots=True)
class Inventory:
    """What a file says.

    Attributes:
        servers: as under `servers` in the stack file, not checked yet.
        places: path such as `servers.web-1.select.id` -> where it is, such as `servers.csv:17 id`.
        problems: what is wrong with the file itself.
    """

    servers: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def located(self, problem: Problem) -> Problem:
        """The problem at its place in the file instead of its path, if it is about the file."""
        known, rest = problem.path, ""
        while known not in self.places:
            known, _, last = known.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
            if not known:
                return problem
        place = self.places[known]
        # Within a cell, or what the row lacks altogether.
        joint = "." if " " in place else " "
        return Problem(f"{place}{joint}{rest}" if rest else place, problem.message, problem.fix)

    def report(self, place: str, message: str, fix: str = "") -> None:
        """Add a problem."""
        self.problems.append(Problem(place, message, fix))


def read_inventory(path: Path) -> Inventory:
    """Read a file; whatever is wrong with it is among the problems."""
    inventory = Inventory()
    readers = {".csv": _read_csv, ".yaml": _read_yaml, ".yml": _read_yaml}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        readers[path.suffix.lower()](text, path.name, inventory)
    except OSError as error:
        reason = error.strerror or str(error)
        inventory.report("serversFile", f"{path} cannot be read: {reason}.", "correct the path.")
    except UnicodeDecodeError:
        inventory.report(path.name, "is not UTF-8.", "save it as UTF-8.")
    except KeyError:
        inventory.report("serversFile", f"{path.name} is neither .csv nor .yaml.", "rename it.")
    return inventory


def _read_csv(text: str, file: str, inventory: Inventory) -> None:
    try:
        rows = csv_rows(text)
        first, header = next(rows, (1, []))
        columns = _columns(header, f"{file}:{first}", inventory)
        for line, row in rows:
            _add_row(row, header, columns, f"{file}:{line}", inventory)
    except CsvError as error:
        inventory.report(f"{file}:{error.line}", f"{error.reason}.", "check the quotes.")


def _columns(header: list[str], place: str, inventory: Inventory) -> dict[str, str]:
    """Settings by column name; columns that are none are reported once, not once a row."""
    columns: dict[str, str] = {}
    for name in header:
        path = SHORT.get(name, name)
        if name == KEY or not name or name.startswith("#"):
            continue
        if name in columns or path in columns.values():
            inventory.report(f"{place} {name}", "is there twice.", "keep one column.")
        elif not _is_setting(path):
            inventory.report(f"{place} {name}", "is not a setting.", "check its spelling.")
        else:
            columns[name] = path
    if header.count(KEY) != 1:
        inventory.report(place, f"needs one column {KEY}.", "give every server a name in it.")
    return columns


def _is_setting(path: str) -> bool:
    try:
        Server.model_validate(_nested({path: ""}))
    except ValidationError as error:
        return all(details["type"] != "extra_forbidden" for details in error.errors())
    return True


def _add_row(
    row: list[str], header: list[str], columns: Mapping[str, str], place: str, inventory: Inventory
) -> None:
    if len(row) > len(header):
        inventory.report(
            place,
            f"has {len(row)} values for {len(header)} columns.",
            "put a value that holds the separator in quotes.",
        )
        return
    cells = {name: cell for name, cell in zip(header, row, strict=False) if cell}
    server = cells.get(KEY)
    if not server:
        inventory.report(f"{place} {KEY}", "is missing.", "name the server.")
        return
    if _taken(server, place, inventory):
        return
    values: dict[str, Any] = {}
    for name, path in columns.items():
        if name in cells:
            inventory.places[f"servers.{server}.{path}"] = f"{place} {name}"
            try:
                values[path] = _value(name, cells[name])
            except ValueError as error:
                inventory.report(f"{place} {name}", f"cannot be read: {error}.")
    inventory.servers[server] = _nested(values)


def _taken(server: str, place: str, inventory: Inventory) -> bool:
    """Whether a name is there already, which is reported; if not it is taken now."""
    taken = inventory.places.setdefault(f"servers.{server}", place)
    if taken != place:
        inventory.report(place, f"{server} is at {taken} already.", "list every server once.")
    return taken != place


def _value(column: str, cell: str) -> Any:
    """What a cell means.

    Raises:
        ValueError: it is not what its form promises.
    """
    if cell[0] in "{[":
        try:
            return yaml.safe_load(cell)
        except yaml.YAMLError as error:
            raise ValueError(" ".join(str(error).split())) from error
    if column == TAG:
        pairs = [pair.partition("=") for pair in cell.split(";") if pair.strip()]
        if not all(equals for _, equals, _ in pairs):
            raise ValueError("write it as key=value;key=value")
        return {key.strip(): value.strip() for key, _, value in pairs}
    return cell


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted path as nested mappings."""
    result: dict[str, Any] = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        node = result
        for key in parents:
            below = node.setdefault(key, {})
            node = below if isinstance(below, dict) else {}
        node[last] = value
    return result


def _read_yaml(text: str, file: str, inventory: Inventory) -> None:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        said = getattr(error, "problem", None) or " ".join(str(error).split())
        inventory.report(f"{file}{where}", f"is not YAML: {said}.")
        return
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode) or not isinstance(loaded, dict):
        inventory.report(file, "is no mapping.", "write servers by name, as under `servers`.")
        return
    _locate(root, "", file, inventory, set())
    inventory.servers = {str(name): server for name, server in loaded.items()}


def _locate(
    node: yaml.Node, path: str, file: str, inventory: Inventory, seen: set[yaml.Node]
) -> None:
    """Note where everything is; an anchor's content has the place where it is written first."""
    if node in seen:
        return
    seen.add(node)
    children: list[tuple[str, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        children = [(str(key.value), key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        children = [(str(number), value, value) for number, value in enumerate(node.value)]
    for name, marked, value in children:
        below = f"{path}.{name}" if path else name
        mark = marked.start_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1} {below}"
        if inventory.places.setdefault(f"servers.{below}", place) != place:
            # YAML readers keep the last one in silence.
            inventory.report(place, "is there twice.", "keep one.")
        _locate(value, below, file, inventory, seen)
