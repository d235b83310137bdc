"""What error codes mean: the likely cause and the fix, from `errors.yaml`.

Where a code comes from matters: `EntityNotExist.Role` is the source account's role to STS and the
service role to SMC. So a code is looked up with its place: an action such as `smc:TagResources`, or
`job` (what SMC reports of a replication job or a source server), or `command` (what Cloud Assistant
reports of a command). The file is read when the first error is shown, not before.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import yaml

JOB = "job"
COMMAND = "command"
COMMON = "common"

NO_ANSWER = "NoAnswer"
"""Stands for the code where a call ended without an answer."""

UNREADABLE = "UnreadableAnswer"
"""Stands for the code where the answer was not what an answer is."""

DIAGNOSIS = "https://api.alibabacloud.com/troubleshoot"
"""Alibaba Cloud's page for any code. Source: OpenAPI Explorer, "API error diagnosis"."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of some codes.

    Attributes:
        codes: the codes, which have cause and fix in common.
        cause: likely cause, without a full stop.
        fix: what to do, without a full stop.
        actions: the actions of the service for which this holds; empty for all.
        source: where the codes are documented, if not in the metadata of the actions.
        phrases: parts of a text without a code, in lower case, of which the same holds.
    """

    codes: tuple[str, ...]
    cause: str
    fix: str
    actions: tuple[str, ...] = ()
    source: str = ""
    phrases: tuple[str, ...] = ()


def find(place: str, code: str, text: str = "") -> Entry | None:
    """What is known of a code: best for the action, else for its service, else for any service.

    Args:
        place: an action such as `smc:CreateReplicationJob`, or `JOB`, or `COMMAND`.
        code: the code.
        text: what was said beside it, for those that come without a code.
    """
    service, _, action = place.partition(":")
    sections = entries()
    known = [e for e in (*sections.get(service, ()), *sections[COMMON]) if code in e.codes]
    known = known or [e for e in sections.get(service, ()) if _speaks_of(e, text)]
    best = [e for e in known if action in e.actions] + [e for e in known if not e.actions]
    return next(iter(best), None)


def explain(place: str, code: str, request_id: str = "", text: str = "") -> str:
    """` Likely cause: … Fix: ….` for a code; for an unknown one where more is told of it.

    Empty where there is neither a code nor a text that is known.
    """
    entry = find(place, code, text)
    if entry is not None:
        return f" Likely cause: {entry.cause}. Fix: {entry.fix}."
    if not code:
        return ""
    return f" The error catalogue does not have this code; see {diagnosis(place, code, request_id)}"


def diagnosis(place: str, code: str, request_id: str = "") -> str:
    """Address of Alibaba Cloud's page about a code, and about the request if its id is known."""
    service = place.partition(":")[0]
    product = {JOB: "Smc", COMMAND: "Ecs"}.get(service, service.capitalize())
    query = {"q": code, "product": product, "requestId": request_id}
    return f"{DIAGNOSIS}?{urlencode({key: value for key, value in query.items() if value})}"


@cache
def entries() -> Mapping[str, tuple[Entry, ...]]:
    """Section -> what is known there: services, `COMMON`, `JOB` and `COMMAND`."""
    return {section: tuple(_entries(listed)) for section, listed in _file().items()}


def _speaks_of(entry: Entry, text: str) -> bool:
    return any(phrase in text.lower() for phrase in entry.phrases)


def _entries(listed: list[dict[str, Any]]) -> Iterator[Entry]:
    for each in listed:
        lists = {key: tuple(each.get(key, ())) for key in ("codes", "actions", "phrases")}
        yield Entry(**(each | lists))


def _file() -> dict[str, Any]:
    text = files(__name__).joinpath("errors.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    loaded.pop("notReachable")
    return loaded
