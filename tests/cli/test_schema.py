import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from cli.model_schema import models_below
from cli.schema import TARGET, encoded, stack_schema
from cli.schema_examples import EXAMPLE, example_stacks
from cli.stack_file import KEY
from smc.settings import Settings, load_settings

HINT = "# yaml-language-server: $schema="


def test_the_schema_that_is_checked_in_is_up_to_date() -> None:
    assert TARGET.read_text() == encoded(), "run `python -m cli schema`"


def test_the_demo_stack_fits_and_names_the_schema() -> None:
    text = (TARGET.parents[1] / "Pulumi.dev.yaml").read_text()
    assert text.startswith(f"{HINT}schema/stack.schema.json\n")
    Draft202012Validator(stack_schema()).validate(yaml.safe_load(text))


def test_a_typing_error_does_not_fit() -> None:
    stack = yaml.safe_load((TARGET.parents[1] / "Pulumi.dev.yaml").read_text())
    stack["config"]["smc-migration:migration"]["pollling"] = {}
    errors = list(Draft202012Validator(stack_schema()).iter_errors(stack))
    assert any("pollling" in error.message for error in errors)


def test_every_definition_and_key_is_described_and_every_key_has_an_example() -> None:
    schema = json.loads(encoded())
    definitions: dict[str, Any] = schema["$defs"]
    assert all(d.get("description") for d in definitions.values())
    definitions["Settings"] = schema["properties"]["config"]["properties"][KEY]
    keys = {
        f"{model.__name__}.{key}": part
        for model in models_below(Settings)
        for key, part in definitions[model.__name__]["properties"].items()
    }
    assert len(keys) > 90
    assert [key for key, part in keys.items() if not part.get("description")] == []
    without = [key for key, part in keys.items() if not part.get("examples")]
    assert without == [], "add them to schema/example.stack.yaml"


@pytest.mark.parametrize("stack", example_stacks())
def test_the_examples_are_stacks_that_load(
    stack: dict[str, Any],
) -> None:
    Draft202012Validator(stack_schema()).validate(stack)
    load_settings(stack["config"][KEY], EXAMPLE.parent)


def test_the_example_names_its_schema() -> None:
    assert EXAMPLE.read_text().startswith(f"{HINT}{TARGET.name}\n")
