"""The JSON Schema of Pulumi.<stack>.yaml, from the settings' models.

Editors complete and check with it: the first line of a stack file names it.
"""

import json
from pathlib import Path
from typing import Any

from smc.settings import Settings

TARGET = Path(__file__).parents[1] / "schema" / "stack.schema.json"
KEY = "smc-migration:migration"


def stack_schema() -> dict[str, Any]:
    """The schema of a stack file; other projects' keys are left alone."""
    settings = Settings.model_json_schema(by_alias=True)
    definitions = settings.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack of a server migration",
        "type": "object",
        "properties": {
            "config": {"type": "object", "properties": {KEY: settings}, "required": [KEY]}
        },
        "$defs": definitions,
    }


def encoded() -> str:
    """The schema as it is checked in."""
    return json.dumps(stack_schema(), indent=2, sort_keys=True) + "\n"
