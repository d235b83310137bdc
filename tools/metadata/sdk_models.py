"""What the official Python SDKs say of actions: names, types, nesting, what is required, and prose.

The API metadata that Alibaba Cloud publishes lacks newer actions and parameters. The SDKs are
generated from newer metadata, so their models complete it. A schema is a dict as in JSON Schema:
`type`, `properties` of an object, `items` of an array; `required` is true on a member itself. With
`says` it carries the words of the model's documentation.
"""

import importlib
import inspect
import re
import sys
import typing
from functools import cache
from types import ModuleType
from typing import Any

Schema = dict[str, Any]

PACKAGES = {
    "ecs": "alibabacloud_ecs20140526",
    "ram": "alibabacloud_ram20150501",
    "smc": "alibabacloud_smc20190601",
    "sts": "alibabacloud_sts20150401",
}

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}
_MEMBER = re.compile(r"((?:\n +#[^\n]*)*)\n +self\.(\w+) = ")
_REQUIRED = "This parameter is required."


def models(service: str) -> ModuleType:
    """The module that has a service's models."""
    return importlib.import_module(f"{PACKAGES[service]}.models")


def actions(service: str) -> list[str]:
    """All actions of a service's SDK that have a response."""
    endings = [n for n in dir(models(service)) if n.endswith("ResponseBody")]
    return [name.removesuffix("ResponseBody") for name in endings]


def request_schema(service: str, action: str) -> Schema:
    """The parameters of an action; no properties where it has none."""
    model = getattr(models(service), f"{action}Request", None)
    return _schema(model) if model else {"type": "object", "properties": {}}


def response_schema(service: str, action: str) -> Schema:
    """The members of an action's response."""
    return _schema(getattr(models(service), f"{action}ResponseBody"))


class _Probe:
    """Stands for a nested model, so that `to_map` shows under which name it is sent."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def to_map(self) -> str:
        return self.attribute


@cache
def _schema(model: type) -> Schema:
    hints = typing.get_type_hints(model.__init__, vars(sys.modules[model.__module__]))  # type: ignore[misc]
    hints.pop("return", None)
    names = _api_names(model, hints)
    says = _documentation(model)
    properties = {}
    for attribute, hint in hints.items():
        member = _typed(hint)
        if _REQUIRED in says.get(attribute, ""):
            member["required"] = True
        properties[names[attribute]] = member | {"says": says.get(attribute, "")}
    return {"type": "object", "properties": properties}


def _typed(hint: Any) -> Schema:
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    origin = typing.get_origin(hint)
    if origin is list:
        return {"type": "array", "items": _typed(typing.get_args(hint)[0])}
    if origin is dict or hint in {dict, Any}:
        return {"type": "object"}
    return dict(_schema(hint))


def _api_names(model: type, hints: dict[str, Any]) -> dict[str, str]:
    """Attribute -> the name in the API, as the model itself maps it."""
    probe = model()
    for attribute, hint in hints.items():
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint
        value: Any = _Probe(attribute) if hasattr(inner, "to_map") else attribute
        setattr(probe, attribute, value if inner is hint else [value])
    return {
        value[0] if isinstance(value, list) else value: name
        for name, value in probe.to_map().items()
    }


def _documentation(model: type) -> dict[str, str]:
    """Attribute -> the words above it, on one line."""
    source = inspect.getsource(model.__init__)  # type: ignore[misc]
    return {
        match[2]: " ".join(re.sub(r"\n +#", " ", match[1]).split())
        for match in _MEMBER.finditer(source)
    }
