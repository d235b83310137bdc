"""Every form in which Alibaba Cloud RPC clients send a call, brought to one.

V3 clients put action and version into headers, V1 clients among the parameters; parameters come in
the query, in a form body, or in both. Blank values are kept, for V1 signs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from emulator.service import ApiError

SERVICES = {
    "2015-04-01": "sts",
    "2015-05-01": "ram",
    "2014-05-26": "ecs",
    "2019-06-01": "smc",
    "2017-12-14": "bssopenapi",
}
"""API version -> service: one endpoint serves all."""

COMMON = frozenset(
    {
        "AccessKeyId",
        "Action",
        "Format",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)
"""Parameters of the protocol, not of an action."""

DEEPEST_NAME = 10
"""Dots in a parameter's name; `Tag.1.Key` has two."""


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A call as it came in. Header names are lower case; `fields` are query and form together."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    fields: Mapping[str, str]

    @property
    def is_v3(self) -> bool:
        """Whether headers are signed; else, V1, the parameters are."""
        return self.headers.get("authorization", "").startswith("ACS3-")

    @property
    def action(self) -> str:
        """Name of the action; empty when there is none."""
        return self._signed("x-acs-action", "Action")

    @property
    def service(self) -> str:
        """Service of the API version; empty when it is unknown."""
        return SERVICES.get(self._signed("x-acs-version", "Version"), "")

    def _signed(self, header: str, field: str) -> str:
        # Some V1 clients send the headers too, unsigned: they must not decide.
        in_header = self.headers.get(header) if self.is_v3 else None
        return in_header or self.fields.get(field, "")

    def parameters(self) -> dict[str, Any]:
        """The action's own parameters, `Tag.1.Key` turned into lists of objects."""
        own = {k: v for k, v in self.fields.items() if k not in COMMON}
        return _nested(own)


def parse(
    method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes
) -> RpcRequest:
    """Parse a request.

    Raises:
        ApiError: a parameter is not UTF-8, or lies too deep.
    """
    in_query = _pairs(query)
    content_type = headers.get("content-type", "")
    in_form = _pairs(body) if content_type.startswith("application/x-www-form-urlencoded") else {}
    return RpcRequest(method, path, in_query, headers, body, {**in_query, **in_form})


def _pairs(encoded: bytes) -> dict[str, str]:
    try:
        decoded = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise ApiError("InvalidParameter", "The parameters are not UTF-8.") from None
    return dict(decoded)


def _nested(flat: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        *path, last = name.split(".")
        if len(path) > DEEPEST_NAME:
            raise ApiError("InvalidParameter", "The name of a parameter has too many parts.")
        node = tree
        for part in path:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                child = node[part] = {}
            node = child
        node[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    """Objects whose keys are 1, 2, 3 … are lists."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
