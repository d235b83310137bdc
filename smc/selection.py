"""From selectors to instances: which server is meant, or why it cannot be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smc.models import Instance

Selector = Mapping[str, str | Mapping[str, str]]
"""One way to find an instance: `{"id": …}`, `{"name": …}`, `{"private_ip": …}`,
`{"public_ip": …}`, or `{"tags": {key: value, …}}`."""

SHOWN = 5
"""Instances named in a message before the rest is only counted."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Instances by server name, and the reason for every server without one."""

    instances: dict[str, Instance]
    failures: dict[str, str]


def select_instances(
    selectors: Mapping[str, Selector], instances: Sequence[Instance], place: str
) -> Selection:
    """Find the one instance that each selector means.

    Args:
        selectors: by server name.
        instances: all that the role sees.
        place: account and region, for messages.
    """
    found: dict[str, Instance] = {}
    failures: dict[str, str] = {}
    for server, selector in selectors.items():
        ((kind, value),) = selector.items()
        matching = [i for i in instances if _matches(i, kind, value)]
        words = f"{kind.replace('_', ' ')} {_said(value)}"
        if len(matching) == 1:
            found[server] = matching[0]
        elif matching:
            failures[server] = (
                f"{words} means {len(matching)} instances in {place}: {_listing(matching)}."
                " Fix: select it by id."
            )
        else:
            failures[server] = (
                f"no instance with {words} in {place}; it has {_listing(instances)}."
                " Fix: correct the selector, source.region or source.account."
            )
    _refuse_doubles(found, failures)
    return Selection(found, failures)


def _refuse_doubles(found: dict[str, Instance], failures: dict[str, str]) -> None:
    """Two servers that select the same instance: neither may go on, for one of them is wrong."""
    names: dict[str, list[str]] = {}
    for server, instance in found.items():
        names.setdefault(instance.instance_id, []).append(server)
    for instance_id, servers in names.items():
        if len(servers) > 1:
            for server in servers:
                del found[server]
                others = ", ".join(s for s in servers if s != server)
                failures[server] = f"selects {instance_id}, as does {others}. Fix: keep one."


def _said(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return value
    return ",".join(f"{key}={text}" for key, text in sorted(value.items()))


def _matches(instance: Instance, kind: str, value: str | Mapping[str, str]) -> bool:
    if isinstance(value, Mapping):
        return value.items() <= instance.tags.items()
    match kind:
        case "id":
            return instance.instance_id == value
        case "name":
            return instance.name == value
        case "private_ip":
            return value in instance.private_ips
        case "public_ip":
            return value in instance.public_ips
        case _:
            raise ValueError(f"unknown selector {kind}")


def _listing(instances: Sequence[Instance]) -> str:
    if not instances:
        return "none"
    shown = ", ".join(str(i) for i in instances[:SHOWN])
    more = len(instances) - SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
