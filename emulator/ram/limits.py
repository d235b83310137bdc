"""How many of a thing RAM lets an account have.

Source: RAM documentation, "Limitations" (2025) for the numbers, "Error messages" for the codes. The
limits that can be raised on request are settings of the world: `ram.roles_quota` and so on.
"""

from emulator.service import ApiError, Call

ADJUSTABLE = {
    "Role": ("ram.roles_quota", 1000),
    "Policy": ("ram.policies_quota", 1500),
    "System": ("ram.attached_system_policies_quota", 20),
    "Custom": ("ram.attached_custom_policies_quota", 10),
}
FIXED = {"User": 5000, "User.AccessKey": 2, "Policy.Version": 5}


def must_have_room(call: Call, limit: str, count: int, *, entity: str = "") -> None:
    """Refuse one more where there are `count` already.

    Args:
        call: the call that would add one.
        limit: a key of ADJUSTABLE or FIXED.
        count: how many there are.
        entity: what the error code names, such as `Role.Policy`; `limit` where it is empty.

    Raises:
        ApiError: `LimitExceeded.<entity>`.
    """
    most = FIXED.get(limit) or float(call.world.setting(*ADJUSTABLE[limit]))
    if count >= most:
        named = entity or limit
        raise ApiError(f"LimitExceeded.{named}", f"The count of {named} beyond the limit.", 409)
