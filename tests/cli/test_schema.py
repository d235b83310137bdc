import json

import yaml
from jsonschema import Draft202012Validator

from cli.schema import TARGET, encoded, stack_schema


def test_the_schema_that_is_checked_in_is_up_to_date() -> None:
    assert TARGET.read_text() == encoded(), "run `python -m cli schema`"


def test_the_demo_stack_fits_and_names_the_schema() -> None:
    text = (TARGET.parents[1] / "Pulumi.dev.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schema/stack.schema.json")
    Draft202012Validator(stack_schema()).validate(yaml.safe_load(text))


def test_a_typing_error_does_not_fit() -> None:
    stack = yaml.safe_load((TARGET.parents[1] / "Pulumi.dev.yaml").read_text())
    stack["config"]["smc-migration:migration"]["pollling"] = {}
    errors = list(Draft202012Validator(stack_schema()).iter_errors(stack))
    assert any("pollling" in error.message for error in errors)


def test_every_definition_is_described() -> None:
    definitions = json.loads(encoded())["$defs"]
    assert all(d.get("description") for d in definitions.values())
