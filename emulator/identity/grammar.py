"""The grammar of policy documents.

RAM refuses what breaks it when a policy or a role is made, so that evaluation never meets it.
Source: RAM documentation, "Policy elements"; the notice of 2022-11-25 about its stricter check
names the error code.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from emulator.service import ApiError


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _as_text(value: object) -> object:
    """Values of conditions may be JSON booleans and numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


OneOrMore = Annotated[list[str], BeforeValidator(_as_list)]
Values = Annotated[
    list[Annotated[str, BeforeValidator(_as_text)]], BeforeValidator(_as_list), Field(min_length=1)
]


class Statement(BaseModel):
    """One statement; `actions` or `not_actions` is given, never both."""

    model_config = ConfigDict(frozen=True, strict=True)

    effect: Literal["Allow", "Deny"] = Field(alias="Effect")
    actions: OneOrMore = Field(alias="Action", default_factory=list)
    not_actions: OneOrMore | None = Field(alias="NotAction", default=None)
    resources: OneOrMore = Field(alias="Resource", default_factory=list)
    principal: dict[Literal["RAM", "Service", "Federated"], OneOrMore] | None = Field(
        alias="Principal", default=None
    )
    conditions: dict[str, dict[str, Values]] = Field(alias="Condition", default_factory=dict)

    @model_validator(mode="after")
    def _names_actions_once(self) -> "Statement":
        if bool(self.actions) == bool(self.not_actions):
            raise ValueError("either Action or NotAction is needed")
        return self

    def principals(self, kind: Literal["RAM", "Service", "Federated"]) -> Sequence[str]:
        """The principals of a kind; none in a permission policy."""
        return (self.principal or {}).get(kind, ())


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    version: Literal["1"] = Field(alias="Version")
    statements: list[Statement] = Field(alias="Statement")


@lru_cache(maxsize=1024)
def permission_statements(document: str) -> tuple[Statement, ...]:
    """The statements of a policy for users and roles: each names resources.

    Raises:
        ApiError: `MalformedPolicyDocument`.
    """
    statements = _parse(document)
    if not all(s.resources for s in statements):
        raise _malformed()
    return statements


@lru_cache(maxsize=1024)
def trust_statements(document: str) -> tuple[Statement, ...]:
    """The statements of a role's trust policy: each names principals.

    Raises:
        ApiError: `MalformedPolicyDocument`.
    """
    statements = _parse(document)
    if not all(s.principal for s in statements):
        raise _malformed()
    return statements


def _parse(document: str) -> tuple[Statement, ...]:
    try:
        return tuple(_Document.model_validate_json(document).statements)
    except ValidationError:
        raise _malformed() from None


def _malformed() -> ApiError:
    return ApiError("MalformedPolicyDocument", "The policy document has not passed grammar check.")
