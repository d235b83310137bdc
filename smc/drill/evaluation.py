"""From the output of a check script to the items of a drill.

The output comes from a server that may be anybody's: what is no known fact is ignored, and nothing
of it is taken for more than text. A fact that is missing is an item that was not checked, never Ok.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from smc.drill.rules import (
    CLIENT,
    CLIENT_SPACE,
    CPU,
    DRILL_ITEMS,
    FILE_SYSTEMS,
    FIREWALL,
    INODES,
    LINUX,
    MEMORY,
    OUTBOUND,
    PROXY,
    SPACE,
    WINDOWS,
    Choice,
    Limit,
    Severity,
)

UNKNOWN = "unknown"
NO_SUCH_THING = "-"
"""What `df` prints where a file system has no inodes."""

MOST_FILE_SYSTEMS = 64
LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a drill's report.

    Attributes:
        name: what was looked at.
        severity: see `Severity`.
        finding: what is so.
        fix: what to do; empty for what is Ok.
    """

    name: str
    severity: Severity
    finding: str
    fix: str = ""


def evaluate(output: str, os_type: str) -> list[Item]:
    """The items that the output of a check script comes to.

    Args:
        output: what the script printed.
        os_type: `linux` or `windows`.
    """
    facts = _facts(output)
    windows = os_type == "windows"
    items = [_limited(CPU, _only(facts, CPU.fact)), _limited(MEMORY, _only(facts, MEMORY.fact))]
    items += _file_systems(facts.get("filesystem", []), FILE_SYSTEMS[os_type])
    choices = (FIREWALL, PROXY, *(WINDOWS if windows else LINUX), CLIENT, OUTBOUND)
    items += [_chosen(choice, _only(facts, choice.fact)) for choice in choices]
    items.append(_limited(CLIENT_SPACE, _only(facts, CLIENT_SPACE.fact)))
    if not windows:
        items += _not_migrated_as_it_is(facts)
    if _only(facts, "complete") != "yes":
        items.append(
            Item("check script", Severity.NOT_CHECKED, "its output ends early; items are missing")
        )
    return items


def used_percent(output: str) -> dict[str, int]:
    """How full each file system is: mount point or drive -> percent, where that is told."""
    told = [line.split("|", 3) for line in _facts(output).get("filesystem", [])]
    return {
        parts[3]: int(parts[1])
        for parts in told[:MOST_FILE_SYSTEMS]
        if len(parts) == 4 and parts[1].isascii() and parts[1].isdecimal()
    }


def _facts(output: str) -> dict[str, list[str]]:
    facts: dict[str, list[str]] = {}
    for line in output.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals:
            shown = "".join(c for c in value if c.isprintable())[:LONGEST_VALUE].strip()
            facts.setdefault(key, []).append(shown)
    return facts


def _only(facts: dict[str, list[str]], key: str) -> str:
    """The fact, or `unknown` where it is not told exactly once."""
    values = facts.get(key, [])
    return values[0] if len(values) == 1 and values[0] else UNKNOWN


def _limited(rule: Limit, value: str, where: str = "") -> Item:
    name = f"{rule.item} {where}".strip()
    if not (value.isascii() and value.isdecimal()):
        return Item(name, Severity.NOT_CHECKED, "the server does not tell")
    passed = int(value) < rule.limit if rule.least else int(value) > rule.limit
    finding = f"{int(value)} {rule.unit}"
    if not passed:
        return Item(name, Severity.OK, finding)
    word = "less" if rule.least else "more"
    return Item(name, rule.severity, f"{finding}, {word} than {rule.limit}", rule.fix)


def _chosen(rule: Choice, value: str) -> Item:
    severity, says = rule.meanings.get(value) or (
        (Severity.NOT_CHECKED, "the server does not tell")
        if value == UNKNOWN or rule.otherwise is None
        else rule.otherwise
    )
    fix = rule.fix if severity in {Severity.WARNING, Severity.CRITICAL} else ""
    return Item(rule.item, severity, says.replace("{value}", value), fix)


def _file_systems(told: list[str], supported: frozenset[str]) -> Iterator[Item]:
    """Three items a file system; its mount point comes last, for it may have any letters."""
    whole = [parts for parts in (line.split("|", 3) for line in told) if len(parts) == 4]
    if not whole or len(whole) < len(told):
        yield Item("file systems", Severity.NOT_CHECKED, "the server does not tell of all of them")
    for kind, space, inodes, place in whole[:MOST_FILE_SYSTEMS]:
        if kind in supported:
            yield Item(f"file system type {place}", Severity.OK, kind)
        elif kind == UNKNOWN or not kind:
            yield Item(
                f"file system type {place}", Severity.NOT_CHECKED, "the server does not tell"
            )
        else:
            yield Item(
                f"file system type {place}",
                Severity.WARNING,
                f"{kind} is not supported; on the target it becomes ext2, ext3 or ext4"
                f" ({DRILL_ITEMS})",
                "none is needed if that will do; else move the data.",
            )
        yield _limited(SPACE, space, place)
        if inodes != NO_SUCH_THING:
            yield _limited(INODES, inodes, place)
    if len(whole) > MOST_FILE_SYSTEMS:
        left = len(whole) - MOST_FILE_SYSTEMS
        yield Item("file systems", Severity.NOT_CHECKED, f"{left} more are left out")


def _not_migrated_as_it_is(facts: dict[str, list[str]]) -> Iterator[Item]:
    """For information: what the target will not have in the same way (SMC user guide, limits)."""
    for fact, item, says in (
        ("swap_kib", "swap", "{} KiB; its contents are not migrated"),
        ("logical_volumes", "logical volumes", "{}; they become partitions unless rebuilt"),
    ):
        value = _only(facts, fact)
        if value == "0":
            yield Item(item, Severity.OK, "none")
        elif value.isascii() and value.isdecimal():
            yield Item(item, Severity.OK, says.format(value))
        else:
            yield Item(item, Severity.NOT_CHECKED, "the server does not tell")
