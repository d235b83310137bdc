"""JSON Schemas of models, with the docstrings that stand below their fields.

Pydantic could find these itself, but whenever a model is loaded: in every program and provider.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel


def described_schema(root: type[BaseModel], **options: Any) -> dict[str, Any]:
    """The JSON Schema of a model; options are those of `model_json_schema`."""
    schema = root.model_json_schema(**options)
    definitions = {**schema.get("$defs", {}), root.__name__: schema}
    for model in models_below(root):
        properties = definitions[model.__name__]["properties"]
        for name, said in field_docstrings(model).items():
            properties[model.model_fields[name].alias or name]["description"] = said
    return schema


def models_below(root: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and all that its fields mention, each once, in the order in which they are met."""
    met = [root]
    for model in met:
        for field in model.model_fields.values():
            met += [each for each in models_in(field.annotation) if each not in met]
    return met


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation mentions: `dict[str, Server]`, `Drill | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> what is said of it, by the model or by the one that it inherits it from."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= dict(_own(each))
    return found


def _own(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = defined.body if isinstance(defined, ast.ClassDef) else []
    for field, said in pairwise(body):
        match field, said:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
