"""RAM 2015-05-01: roles, custom policies, and who has which policies. Reads only.

What is granted, Pulumi's alicloud provider grants.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from smc.api._call import call
from smc.api._fields import utc_time
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import RamEntity


def get_role(clients: Clients, name: str) -> RamEntity | None:
    """The role of this name, or None."""
    from alibabacloud_ram20150501.models import GetRoleRequest  # noqa: PLC0415 - loaded on use

    method = clients.ram().get_role
    return _if_there(clients, "ram:GetRole", method, GetRoleRequest(role_name=name), _role)


def get_custom_policy(clients: Clients, name: str) -> RamEntity | None:
    """The custom policy of this name, or None."""
    from alibabacloud_ram20150501.models import GetPolicyRequest  # noqa: PLC0415 - loaded on use

    request = GetPolicyRequest(policy_name=name, policy_type="Custom")
    return _if_there(clients, "ram:GetPolicy", clients.ram().get_policy, request, _policy)


def policies_of_role(clients: Clients, name: str) -> Mapping[str, datetime | None]:
    """Names of the policies of a role, and since when it has them."""
    from alibabacloud_ram20150501 import models  # noqa: PLC0415 - loaded on use

    request = models.ListPoliciesForRoleRequest(role_name=name)
    method = clients.ram().list_policies_for_role
    return call(clients, "ram:ListPoliciesForRole", method, request, _attached)


def policies_of_user(clients: Clients, name: str) -> Mapping[str, datetime | None]:
    """Names of the policies of a user, and since when they have them."""
    from alibabacloud_ram20150501 import models  # noqa: PLC0415 - loaded on use

    request = models.ListPoliciesForUserRequest(user_name=name)
    method = clients.ram().list_policies_for_user
    return call(clients, "ram:ListPoliciesForUser", method, request, _attached)


def _if_there(
    clients: Clients, action: str, method: Any, request: Any, read: Callable[[Any], RamEntity]
) -> RamEntity | None:
    try:
        return call(clients, action, method, request, read)
    except ApiError as error:
        if error.code.startswith("EntityNotExist"):
            return None
        raise


def _role(body: Any) -> RamEntity:
    return _entity(body.role.role_name, body.role)


def _policy(body: Any) -> RamEntity:
    return _entity(body.policy.policy_name, body.policy)


def _entity(name: str, given: Any) -> RamEntity:
    created = utc_time(given.create_date)
    return RamEntity(name=name, description=given.description or "", created=created)


def _attached(body: Any) -> Mapping[str, datetime | None]:
    listed = (body.policies.policy if body.policies else None) or []
    return {policy.policy_name: utc_time(policy.attach_date) for policy in listed}
