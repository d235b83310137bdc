"""The JSON Schema of Pulumi.<stack>.yaml, from the settings' models.

Editors complete and check with it: the first line of a stack file names it.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cli.schema_examples import KeyExamples, models_in
from cli.stack_file import KEY
from smc.settings import Settings

TARGET = Path(__file__).parents[1] / "schema" / "stack.schema.json"


def stack_schema() -> dict[str, Any]:
    """The schema of a stack file; other projects' keys are left alone."""
    settings = Settings.model_json_schema(by_alias=True)
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
    for model in settings_models():
        properties = definitions[model.__name__]["properties"]
        for name, field in model.model_fields.items():
            known = examples.of(model, name)
            if known:
                properties[field.alias or name]["examples"] = known


def settings_models() -> list[type[BaseModel]]:
    """All models of a stack file, each once, in the order in which they are met."""
    met: list[type[BaseModel]] = [Settings]
    for model in met:
        for field in model.model_fields.values():
            met += [each for each in models_in(field.annotation) if each not in met]
    return met
