"""Examples of every key of a stack file, taken from schema/example.stack.yaml.

A test loads what is in that file as it would load any stack, so no example can be wrong by itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from cli.stack_file import KEY
from smc.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "schema" / "example.stack.yaml"
MOST = 3
"""Examples of a key that are kept."""

Examples = dict[tuple[str, str], list[Any]]
"""(model that has the key first, key as in YAML) -> values, each once."""


def example_stacks() -> list[dict[str, Any]]:
    """The stack files in the example, unchecked."""
    return list(yaml.safe_load_all(EXAMPLE.read_text(encoding="utf-8")))


def key_examples() -> Examples:
    """The examples of all keys."""
    found: Examples = {}
    for stack in example_stacks():
        for place, value in _values(Settings, stack["config"][KEY]):
            known = found.setdefault(place, [])
            # `1 == True`, but they are two examples.
            if len(known) < MOST and repr(value) not in map(repr, known):
                known.append(value)
    return found


def place_of(model: type[BaseModel], field: str) -> tuple[str, str]:
    """Where the examples of a key are: an inherited one has those of the model it comes from."""
    origin = next(m for m in reversed(model.__mro__) if field in getattr(m, "model_fields", {}))
    return origin.__name__, model.model_fields[field].alias or field


def _values(
    model: type[BaseModel], given: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, str], Any]]:
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in given:
            continue
        yield place_of(model, name), given[key]
        for inner in models_in(field.annotation):
            for value in _parts(given[key], inner):
                yield from _values(inner, value)


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation mentions: `dict[str, Server]`, `Drill | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def _parts(value: Any, model: type[BaseModel]) -> Iterator[Mapping[str, Any]]:
    """The mappings in a value that are the model: itself, or one below a name or in a list."""
    keys = {field.alias or name for name, field in model.model_fields.items()}
    if isinstance(value, list):
        yield from value
    elif value.keys() <= keys:
        yield value
    else:
        yield from value.values()
