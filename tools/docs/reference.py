"""docs/reference.md: every key of the settings, from their models and their examples."""

import ast
import inspect
import json
import re
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cli.model_schema import models_below, models_in
from cli.schema import stack_schema
from cli.schema_examples import KeyExamples
from cli.stack_file import KEY
from smc.settings import Settings
from smc.settings.job import BUILT_IN, Execution, JobOptions
from smc.settings.model import Server
from tools.docs.api_parameters import api_parameters, shown

TARGET = Path(__file__).parents[2] / "docs" / "reference.md"

HEAD = f"""# Reference of the settings

<!-- Made by `python -m tools.docs reference` from smc/settings and schema/example.stack.yaml. -->

Everything below `config`, `{KEY}` in `Pulumi.<stack>.yaml`. An unknown key
is an error. NAME stands for a name that you give. The columns of an [inventory file](import.md) are
a server's keys by their dotted path. The last column is what a key becomes in the API, if it goes
there. The examples are from [schema/example.stack.yaml](../schema/example.stack.yaml), which has
every key.
"""

TITLES: dict[type[BaseModel], str] = {Settings: "Top level", JobOptions: "Options of a migration"}
ENUMERATIONS: dict[str, type[Enum]] = {Execution.__name__: Execution}
UNITS = ("seconds", "minutes", "hours", "days")
GIB = frozenset({("SystemDisk", "size"), ("DataDisk", "size")})
WORDS = {
    "boolean": "true or false",
    "integer": "whole number",
    "number": "number",
    "string": "text",
}
FORMATS = {"date-time": "moment with a time zone", "ipvanyaddress": "IP address"}
LIMITS = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minProperties", "maxProperties", " keys"),
    ("minItems", "maxItems", " entries"),
)

Models = list[type[BaseModel]]
Paths = dict[type[BaseModel], list[str]]


def reference_page() -> str:
    """The text of docs/reference.md."""
    schema = stack_schema()
    definitions = schema["$defs"]
    definitions[Settings.__name__] = schema["properties"]["config"]["properties"][KEY]
    paths = _paths()
    return HEAD + "".join(_Section(model, paths, definitions).text() for model in paths)


def key_paths() -> dict[str, tuple[str, str]]:
    """Every key by each of its paths, `servers.NAME.target.image`: its model's name, and itself."""
    return {
        f"{path}.{field.alias}".lstrip("."): (model.__name__, str(field.alias))
        for model, paths in _paths().items()
        for path in paths
        for field in _own_fields(model).values()
    }


def _paths() -> Paths:
    """Where each model is in a stack file, the top level being an empty path."""
    found: Paths = {Settings: [""]}
    for model in models_below(Settings):
        for field in _own_fields(model).values():
            for inner in models_in(field.annotation):
                found.setdefault(inner, []).extend(_below(path, field) for path in found[model])
        if model is Settings:
            # Servers inherit these, which are told once.
            found[JobOptions].insert(0, "servers.NAME")
    return {model: found[model] for model in _parts_after_wholes(Settings, [])}


def _parts_after_wholes(model: type[BaseModel], met: Models) -> Models:
    met.append(model)
    for field in _own_fields(model).values():
        for inner in models_in(field.annotation):
            if inner not in met:
                _parts_after_wholes(inner, met)
    return met


def _own_fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    inherited = JobOptions.model_fields if model is Server else {}
    return {name: field for name, field in model.model_fields.items() if name not in inherited}


def _below(path: str, field: FieldInfo) -> str:
    many = re.search(r"\b(dict|tuple)\[", str(field.annotation))
    suffix = {"dict": ".NAME", "tuple": "[]"}[many[1]] if many else ""
    return f"{path}.{field.alias}{suffix}".lstrip(".")


class _Section:
    """The section of one model."""

    def __init__(self, model: type[BaseModel], paths: Paths, definitions: dict[str, Any]) -> None:
        self._model = model
        self._paths = paths[model]
        self._titles = {each.__name__: TITLES.get(each) or paths[each][0] for each in paths}
        self._properties = definitions[model.__name__]["properties"]
        self._required = definitions[model.__name__].get("required", [])
        self._api = api_parameters()[model.__name__]
        self._examples = KeyExamples()

    def text(self) -> str:
        lines = ["", f"## {self._titles[self._model.__name__]}", "", self._about(), ""]
        lines += [
            "| key | value | default | meaning | example | API |",
            "|---|---|---|---|---|---|",
        ]
        lines += [self._row(name, field) for name, field in _own_fields(self._model).items()]
        return "\n".join(lines) + "\n"

    def _about(self) -> str:
        about = " ".join(inspect.cleandoc(self._model.__doc__ or "").split())
        if self._model is Server:
            about += (
                f" It also has the {self._link(JobOptions.__name__, 'options of a migration')}."
            )
        if len(self._paths) > 1:
            about += f" In {', '.join(f'`{path}`' for path in self._paths)}."
        return about

    def _row(self, name: str, field: FieldInfo) -> str:
        key = str(field.alias)
        schema = self._properties[key]
        cells = [
            f"`{key}`",
            self._value(key, schema),
            self._default(key, schema),
            self._meaning(schema),
            self._example(name),
            shown(self._api[key]),
        ]
        return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"

    def _value(self, key: str, schema: dict[str, Any]) -> str:
        value = " or ".join(self._kind(kind) for kind in _kinds(schema))
        unit = next((unit for unit in UNITS if key.lower().endswith(unit)), "")
        if (self._model.__name__, key) in GIB:
            unit = "GiB"
        return f"{value}; {unit}" if unit else value

    def _kind(self, kind: dict[str, Any]) -> str:
        if "$ref" in kind:
            name = kind["$ref"].rpartition("/")[2]
            if name in ENUMERATIONS:
                return _choices([member.value for member in ENUMERATIONS[name]])
            return self._link(name, "keys below it")
        if "enum" in kind or "const" in kind:
            return _choices(kind.get("enum") or [kind["const"]])
        if kind["type"] == "array":
            return f"list of {self._kind(kind['items'])}{_limits(kind)}"
        if kind["type"] == "object":
            (below,) = kind.get(
                "patternProperties", {"": kind.get("additionalProperties")}
            ).values()
            return f"by NAME: {self._kind(below)}{_limits(kind)}"
        return FORMATS.get(kind.get("format", ""), WORDS[kind["type"]]) + _limits(kind)

    def _link(self, model: str, text: str) -> str:
        # The anchor that GitHub gives a heading.
        anchor = re.sub(r"[^\w -]", "", self._titles[model].lower()).replace(" ", "-")
        return f"[{text}](#{anchor})"

    def _default(self, key: str, schema: dict[str, Any]) -> str:
        if key in self._required:
            return "required"
        default = schema.get("default")
        if self._model is JobOptions:
            default = BUILT_IN.model_dump(mode="json", by_alias=True).get(key)
        # What a part is by default is told where its keys are.
        return "" if default in (None, "", []) or isinstance(default, dict) else _code(default)

    def _meaning(self, schema: dict[str, Any]) -> str:
        meaning = " ".join(schema["description"].split())
        for kind in _kinds(schema):
            enumeration = ENUMERATIONS.get(kind.get("$ref", "").rpartition("/")[2])
            if enumeration:
                meaning += "".join(f"<br>`{v}`: {m}" for v, m in _members(enumeration))
        return meaning

    def _example(self, name: str) -> str:
        known = self._examples.of(self._model, name)
        return ", ".join(_code(example) for example in known[:2] if len(_code(example)) < 60)


def _kinds(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]


def _limits(kind: dict[str, Any]) -> str:
    parts = [""]
    for least, most, what in LIMITS:
        match kind.get(least), kind.get(most):
            case None, None:
                continue
            case None, high:
                parts.append(f"at most {high}{what}")
            case low, None:
                parts.append(f"at least {low}{what}")
            case low, high:
                parts.append(f"{low} to {high}{what}")
    if "exclusiveMinimum" in kind:
        parts.append(f"over {kind['exclusiveMinimum']}")
    if "pattern" in kind:
        parts.append(f"`{kind['pattern']}`")
    return ", ".join(parts)


def _choices(values: list[Any]) -> str:
    return ", ".join(_code(value) for value in values)


def _code(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value, ensure_ascii=False)}`"


def _members(enumeration: type[Enum]) -> list[tuple[str, str]]:
    """Value and docstring of each member, which Python keeps in the source only."""
    tree = ast.parse(inspect.getsource(enumeration))
    (statements,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = []
    for statement, following in pairwise(statements):
        if isinstance(statement, ast.Assign) and isinstance(following, ast.Expr):
            value, words = ast.literal_eval(statement.value), ast.literal_eval(following.value)
            found.append((value, " ".join(words.split())))
    return found
