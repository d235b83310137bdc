"""How a guardrail is made: a rule that yields what is wrong, a level, and exceptions with reasons.

An exception names a resource and says why; one without a reason is refused by the schema. It takes
the resource out of that guardrail alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

MANDATORY, ADVISORY = EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY

Config = Mapping[str, Any]
"""What the policy pack's configuration says of one guardrail."""

ResourceRule = Callable[[ResourceValidationArgs, Config], Iterable[str]]
"""Yields a sentence for everything that is wrong with a resource."""

StackRule = Callable[[Sequence[PolicyResource], Config], Iterable[tuple[str, PolicyResource]]]
"""Yields a sentence, and the resource that it is about, for everything that is wrong."""

EXCEPTIONS: dict[str, Any] = {
    "type": "array",
    "description": "Resources that this guardrail leaves alone, each with the reason.",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["resource", "reason"],
        "properties": {
            "resource": {"type": "string", "minLength": 1},
            "reason": {"type": "string", "minLength": 10},
        },
    },
}


def of_resource(
    name: str,
    kinds: Sequence[str],
    rule: ResourceRule,
    *,
    says: str,
    level: EnforcementLevel,
    severity: Severity,
    remedy: str,
    settings: Mapping[str, dict[str, Any]] | None = None,
) -> Policy:
    """A guardrail that looks at one resource at a time.

    Args:
        name: its name in the configuration.
        kinds: Pulumi types that it looks at.
        rule: finds what is wrong.
        says: what it demands, in a sentence.
        level: what a violation does where the configuration does not say.
        severity: how bad a violation is.
        remedy: what to do about one.
        settings: JSON Schema of its own settings.
    """

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in kinds:
            return
        config = args.get_config()
        reason = _excepted(args.name, config)
        if reason:
            args.not_applicable(f"{args.name} is excepted: {reason}")
        for wrong in rule(args, config):
            report(f"{args.name}: {wrong}", None)

    return ResourceValidationPolicy(
        name=name,
        description=says,
        validate=validate,
        enforcement_level=level,
        severity=severity,
        remediation_steps=remedy,
        config_schema=_schema(settings),
    )


def of_stack(
    name: str,
    rule: StackRule,
    *,
    says: str,
    level: EnforcementLevel,
    severity: Severity,
    remedy: str,
    settings: Mapping[str, dict[str, Any]] | None = None,
) -> Policy:
    """A guardrail that looks at all resources together; arguments as of `of_resource`."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        config = args.get_config()
        for wrong, resource in rule(args.resources, config):
            if not _excepted(resource.name, config):
                report(f"{resource.name}: {wrong}", resource.urn)

    return StackValidationPolicy(
        name=name,
        description=says,
        validate=validate,
        enforcement_level=level,
        severity=severity,
        remediation_steps=remedy,
        config_schema=_schema(settings),
    )


def _schema(settings: Mapping[str, dict[str, Any]] | None) -> PolicyConfigSchema:
    return PolicyConfigSchema({**(settings or {}), "exceptions": EXCEPTIONS})


def _excepted(resource: str, config: Config) -> str:
    """Why a resource is excepted; empty if it is not."""
    listed = config.get("exceptions") or ()
    return next((str(e["reason"]) for e in listed if e["resource"] == resource), "")
