"""The JSON Schema of Pulumi.<stack>.yaml, from the settings' models.

Editors complete and check with it: the first line of a stack file names it.
"""

import json
from pathlib import Path
from typing import Any

from cli.model_schema import described_schema, models_below
from cli.schema_examples import KeyExamples
from cli.stack_file import KEY
from smc.settings import Settings

TARGET = Path(__file__).parents[1] / "schema" / "stack.schema.json"


def stack_schema() -> dict[str, Any]:
    """The schema of a stack file; other projects' keys are left alone."""
    settings = described_schema(Settings, by_alias=True)
    definitions = settings.pop("$defs")
    _add_examples({**definitions, Settings.__name__: settings})
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


def _add_examples(definitions: dict[str, Any]) -> None:
    examples = KeyExamples()
    for model in models_below(Settings):
        properties = definitions[model.__name__]["properties"]
        for name, field in model.model_fields.items():
            known = examples.of(model, name)
            if known:
                properties[field.alias or name]["examples"] = known
