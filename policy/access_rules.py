"""Guardrails on who may do what in the source account."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import ResourceValidationArgs, Severity

from policy.guardrail import ADVISORY, MANDATORY, Config, of_resource
from policy.kinds import POLICY, ROLE, SOURCE_IMPORT
from smc.policies import CHANGING_ACTION, SOURCE_ACTIONS


def _statements(document: str) -> list[dict[str, Any]]:
    return [s for s in json.loads(document)["Statement"] if s["Effect"] == "Allow"]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _accounts_are_equal(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    destination = args.props["destination"]["account"]
    source = str(args.props["role"]["arn"]).split(":")[3]
    if source == destination:
        yield f"account {source} is both source and destination."


def _actions_beyond(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    allowed = {*SOURCE_ACTIONS, *config.get("allowedActions", ())}
    for statement in _statements(args.props["policyDocument"]):
        for action in _listed(statement["Action"]):
            if "*" in action or "?" in action:
                yield f"the policy allows {action}, a wildcard."
            elif action not in allowed:
                yield f"the policy allows {action}, which an import does not need."


def _commands_anywhere(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    for statement in _statements(args.props["policyDocument"]):
        if CHANGING_ACTION in _listed(statement["Action"]) and "*" in _listed(
            statement["Resource"]
        ):
            yield f"{CHANGING_ACTION} is allowed on every instance of the account."


def _principals(args: ResourceValidationArgs) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for statement in _statements(args.props["assumeRolePolicyDocument"]):
        for named in statement["Principal"].values():
            for principal in _listed(named):
                yield principal, statement


def _trusts_anybody(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    for principal, _statement in _principals(args):
        if "*" in principal:
            yield f"the role trusts {principal}."


def _trusts_an_account(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    for principal, statement in _principals(args):
        if principal.endswith(":root") and not statement.get("Condition"):
            yield f"the role trusts everybody in account {principal.split(':')[3]}."


def _session_too_long(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    longest = int(config.get("longestSeconds", 3600))
    seconds = int(args.props["role"]["session_seconds"])
    if seconds > longest:
        yield f"sessions of the role last {seconds} s, more than {longest} s."


ACCESS_GUARDRAILS = [
    of_resource(
        "accounts-differ",
        [SOURCE_IMPORT],
        _accounts_are_equal,
        says="Servers move from one account to another.",
        level=MANDATORY,
        severity=Severity.CRITICAL,
        remedy="Correct source.account or destination.account.",
    ),
    of_resource(
        "documented-actions-only",
        [POLICY],
        _actions_beyond,
        says="The role in the source account may do what an import needs, and nothing else.",
        level=MANDATORY,
        severity=Severity.CRITICAL,
        remedy="Name the single actions, or list them under allowedActions.",
        settings={
            "allowedActions": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Actions that are allowed beside the ten documented ones.",
            }
        },
    ),
    of_resource(
        "commands-on-listed-servers",
        [POLICY],
        _commands_anywhere,
        says="Commands are run on the servers that migrate, and on no others.",
        level=ADVISORY,
        severity=Severity.HIGH,
        remedy="Set source.role.strict: true.",
    ),
    of_resource(
        "no-open-trust",
        [ROLE],
        _trusts_anybody,
        says="The role in the source account is not open to every account.",
        level=MANDATORY,
        severity=Severity.CRITICAL,
        remedy="Name the destination account, or a user or role of it.",
    ),
    of_resource(
        "narrow-trust",
        [ROLE],
        _trusts_an_account,
        says="The role in the source account trusts one user or role, not a whole account.",
        level=ADVISORY,
        severity=Severity.MEDIUM,
        remedy="Set source.role.trustedUser, trustedRole or externalId.",
    ),
    of_resource(
        "short-sessions",
        [SOURCE_IMPORT],
        _session_too_long,
        says="Sessions of the role are short.",
        level=MANDATORY,
        severity=Severity.MEDIUM,
        remedy="Lower source.role.sessionSeconds.",
        settings={
            "longestSeconds": {
                "type": "integer",
                "minimum": 900,
                "description": "Longest session in seconds; 3600 if left out.",
            }
        },
    ),
]
