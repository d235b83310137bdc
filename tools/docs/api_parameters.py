"""Which parameters of which API actions the settings become: `api_parameters.yaml`, read."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_suffix(".yaml")
EMULATOR = Path(__file__).parents[2] / "emulator"
PARAMETER_PAGE = "https://www.alibabacloud.com/help/en/smc/developer-reference/api-smc-2019-06-01-"
"""Followed by the action in lower case: where SMC's parameters are described."""


def api_parameters() -> dict[str, dict[str, list[str]]]:
    """Model -> key -> references such as `smc:CreateReplicationJob.ImageName`."""
    table: dict[str, dict[str, list[str]]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return table


def exists(reference: str) -> bool:
    """Whether the API's metadata has the action and the parameter of a reference."""
    name, _, _ = reference.partition(":")
    action, *path = reference.removeprefix(f"{name}:").partition(":")[0].split(".")
    actions = _metadata(name)
    if action not in actions:
        return False
    known = {"properties": actions[action]["parameters"]}
    for part in path:
        known = known.get("items", known).get("properties", {}).get(part)
        if known is None:
            return False
    return True


def shown(references: list[str]) -> str:
    """References as a cell of a table, those of one action together."""
    by_action: dict[str, list[str]] = {}
    for reference in references:
        action, _, parameter = reference.partition(".")
        by_action.setdefault(action, []).append(parameter)
    cells = []
    for action, parameters in by_action.items():
        named = ", ".join(f"`{p.replace(':', '` → `')}`" for p in parameters if p)
        cells.append(f"{action.partition(':')[2]} {named}".strip())
    return "; ".join(cells)


@cache
def _metadata(service: str) -> dict[str, Any]:
    file = EMULATOR / service / "metadata.json"
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts
