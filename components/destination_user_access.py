"""What the destination account grants its RAM user: to assume roles of other accounts.

Source: the seed's preparation.
"""

from typing import TypedDict

import pulumi
import pulumi_alicloud as alicloud

from smc.handlers.granted_access import NOTHING, GrantedAccess
from smc.policies import ASSUME_ROLE_POLICY


class DestinationUserAccessArgs(TypedDict):
    """Who runs the migration."""

    user_name: pulumi.Input[str]
    """Name of the RAM user in the destination account."""


class DestinationUserAccess(pulumi.ComponentResource):
    """AliyunSTSAssumeRoleAccess for the RAM user that runs the migration."""

    def __init__(
        self,
        name: str,
        args: DestinationUserAccessArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        granted: GrantedAccess = NOTHING,
    ) -> None:
        """Grant access.

        Args:
            name: name of the component.
            args: who runs the migration.
            opts: must carry the alicloud provider of the destination account. Where a role is made
                in the source account, it must come first, see `smc.handlers.granted_access`.
            granted: what is there already and taken over.
        """
        super().__init__("smc-migration:access:DestinationUserAccess", name, None, opts)
        alicloud.ram.UserPolicyAttachment(
            f"{name}-assume-role",
            policy_name=ASSUME_ROLE_POLICY,
            policy_type="System",
            user_name=args["user_name"],
            opts=pulumi.ResourceOptions(parent=self, import_=granted.user_policy),
        )
        self.register_outputs({})
