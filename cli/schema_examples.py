"""Examples of every key of a stack file, taken from schema/example.stack.yaml.

A test loads what is in that file as it would load any stack, so no example can be wrong by itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from cli.model_schema import models_in
from cli.stack_file import KEY
from smc.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "schema" / "example.stack.yaml"
MOST = 3


def example_stacks() -> list[dict[str, Any]]:
    """The stack files in the example, unchecked."""
    return list(yaml.safe_load_all(EXAMPLE.read_text(encoding="utf-8")))


class KeyExamples:
    """Up to three values of every key, those of the model itself before those it inherits."""

    def __init__(self) -> None:
        self._found: dict[tuple[type[BaseModel], str], list[Any]] = {}
        for stack in example_stacks():
            self._collect(Settings, stack["config"][KEY])

    def of(self, model: type[BaseModel], field: str) -> list[Any]:
        """The examples of a field."""
        found = self._found.get((model, field)) or self._found.get((_origin(model, field), field))
        return found or []

    def _collect(self, model: type[BaseModel], given: Mapping[str, Any]) -> None:
        for name, field in model.model_fields.items():
            key = field.alias or name
            if key not in given:
                continue
            for place in {model, _origin(model, name)}:
                self._add(place, name, given[key])
            for inner in models_in(field.annotation):
                for value in _parts(given[key], inner):
                    self._collect(inner, value)

    def _add(self, model: type[BaseModel], field: str, value: Any) -> None:
        known = self._found.setdefault((model, field), [])
        # `1 == True`, but they are two examples.
        if len(known) < MOST and repr(value) not in map(repr, known):
            known.append(value)


def _origin(model: type[BaseModel], field: str) -> type[BaseModel]:
    """The model that a field is inherited from, if it is inherited."""
    return next(m for m in reversed(model.__mro__) if field in getattr(m, "model_fields", {}))


def _parts(value: Any, model: type[BaseModel]) -> Iterator[Mapping[str, Any]]:
    """The mappings in a value that are the model: itself, or one below a name or in a list."""
    keys = {field.alias or name for name, field in model.model_fields.items()}
    if isinstance(value, list):
        yield from value
    elif value.keys() <= keys:
        yield value
    else:
        yield from value.values()
