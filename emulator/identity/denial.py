"""The refusal of a caller without permission, and its `AccessDeniedDetail`.

Source: RAM documentation, "How do I troubleshoot an access denied error?". The encoded message for
DecodeDiagnosticMessage is not modelled.
"""

from typing import Literal

from emulator.service import ApiError, Caller

PolicyType = Literal["SessionPolicy", "AssumeRolePolicy", "AccountLevelIdentityBasedPolicy"]

CODES = {
    "ecs": ("Forbidden.RAM", "User not authorized to operate on the specified resource"),
    "smc": (
        "Forbidden.Unauthorized",
        "A required authorization for the specified action is not supplied",
    ),
}
USUAL_CODE = (
    "NoPermission",
    "You are not authorized to do this action. You should be authorized by RAM",
)
PRINCIPAL_TYPES = {"root": "Account", "user": "SubUser", "role": "AssumedRoleUser"}
"""By kind of caller; that of an account's root is not documented."""


def access_denied(
    caller: Caller, action: str, policy_type: PolicyType, *, explicit: bool
) -> ApiError:
    """The error with the code of the action's service; its message names action and caller.

    Args:
        caller: who is refused.
        action: `ecs:RunCommand`.
        policy_type: the policy that does not allow it.
        explicit: whether it denies, and does not just allow nothing.
    """
    code, text = CODES.get(action.partition(":")[0], USUAL_CODE)
    error = ApiError(code, f"{text}: {action} for {caller.arn}.", 403)
    error.access_denied_detail = {
        "AuthAction": action,
        "AuthPrincipalDisplayName": _display_name(caller),
        "AuthPrincipalOwnerId": caller.account_id,
        "AuthPrincipalType": {"user": "SubUser", "role": "AssumedRoleUser"}.get(
            caller.kind, "Root"
        ),
        "NoPermissionType": "ExplicitDeny" if explicit else "ImplicitDeny",
        "PolicyType": policy_type,
    }
    return error


def _display_name(caller: Caller) -> str:
    """The id of a user; `RoleName:RoleSessionName` of a role."""
    if caller.kind == "role":
        return f"{caller.name}:{caller.principal_id.partition(':')[2]}"
    return caller.principal_id
