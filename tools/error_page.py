"""`python -m tools.error_page`: make docs/errors.md from smc/catalogue/errors.yaml."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.called_actions import called_actions

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs" / "errors.md"
CATALOGUE = PROJECT / "smc" / "catalogue" / "errors.yaml"

HEAD = """\
# Error codes

<!-- Made from smc/catalogue/errors.yaml by `python -m tools.error_page`. -->

What an error means and what to do. The same text follows every error that this project shows, as
`Likely cause: … Fix: …`. `python -m cli explain CODE` prints it for a code from elsewhere, such as
the alicloud plugin, the console or an audit trail.

A code that is not here is shown as it came, with the request id and the address of Alibaba Cloud's
own page about it. These list all codes of a product:
[ECS](https://api.alibabacloud.com/document/Ecs/2014-05-26/errorCode),
[RAM](https://api.alibabacloud.com/document/Ram/2015-05-01/errorCode),
[STS](https://api.alibabacloud.com/document/Sts/2015-04-01/errorCode),
[SMC](https://api.alibabacloud.com/document/Smc/2019-06-01/errorCode).

Codes come from the API metadata of the actions that are called here, and else from the page that
the second column names in italics. None of this was seen on a real account yet.
"""

SECTIONS = {
    "smc": "Server Migration Center",
    "job": "Replication jobs and source servers",
    "command": "Commands on a server",
    "sts": "Security Token Service",
    "ram": "Resource Access Management",
    "ecs": "Elastic Compute Service",
    "common": "Any service",
}
INTRODUCTIONS = {
    "job": "What SMC reports of a job or a source server, beside its status.",
    "command": "What Cloud Assistant reports of the import command and of a drill's script.",
    "ram": "Most of these come through the alicloud plugin.",
}
MOST_NAMED = 5


def page() -> str:
    """The whole page."""
    catalogue: dict[str, Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    parts = [HEAD]
    for section, title in SECTIONS.items():
        said = [f"{INTRODUCTIONS[section]}\n"] if section in INTRODUCTIONS else []
        rows = [_row(section, entry) for entry in catalogue[section]]
        head = ["| code | from | likely cause | fix |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {title}\n", *said, *head, *rows, ""]))
    parts.append("\n".join(_not_reachable(catalogue["notReachable"])))
    return "\n".join(parts)


@cache
def documented(service: str) -> dict[str, frozenset[str]]:
    """Action -> the codes that the API metadata lists for it, of the actions called here."""
    table = PROJECT / "emulator" / service / "metadata.json"
    if not table.exists():
        return {}
    actions = json.loads(table.read_text(encoding="utf-8"))
    called = called_actions(PROJECT)
    return {
        action: frozenset(facts["errors"])
        for action, facts in actions.items()
        if f"{service}:{action}" in called
    }


def _row(section: str, entry: dict[str, Any]) -> str:
    shown = [f"`{code}`" for code in entry["codes"]]
    shown += [f"“{phrase}”" for phrase in entry.get("phrases", ())]
    codes = "<br>".join(shown)
    return f"| {codes} | {_origin(section, entry)} | {entry['cause']} | {entry['fix']} |"


def _origin(section: str, entry: dict[str, Any]) -> str:
    if "actions" in entry:
        actions = list(entry["actions"])
    else:
        table = documented(section)
        actions = sorted(a for a, codes in table.items() if codes & set(entry["codes"]))
    source = [f"*{entry['source']}*"] if "source" in entry else []
    named = [", ".join(actions)] if len(actions) <= MOST_NAMED else ["many"]
    return ". ".join(part for part in (*named, *source) if part)


def _not_reachable(groups: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Codes that do not come\n"
    yield "The metadata lists them for actions that are called here; no call of ours gets them.\n"
    yield "| why | codes |"
    yield "|---|---|"
    for group in groups:
        codes = [c for service in ("smc", "sts", "ecs") for c in group.get(service, ())]
        why = group["reason"] + (f" ({', '.join(group['actions'])})" if "actions" in group else "")
        yield f"| {why} | {', '.join(f'`{code}`' for code in codes)} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
