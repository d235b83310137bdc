"""What the source account grants: a policy, a role that the destination may assume, and their bond.

Source: the seed's step 1 ("grant permissions in the source account").
"""

from collections.abc import Sequence

import pulumi
import pulumi_alicloud as alicloud

from smc.handlers.granted_access import NOTHING, GrantedAccess
from smc.ownership import made_by
from smc.policies import source_policy, trust_policy


class SourceAccountAccess(pulumi.ComponentResource):
    """Access of the destination account to the servers of the source account.

    Attributes:
        role_arn: ARN of the role to assume; known only after the policy is attached to it.
    """

    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        stack: str,
        principal: str,
        external_id: str | None = None,
        commands_only_on: Sequence[str] | None = None,
        role_name: str = "ram-role-smc",
        policy_name: str = "policy-smc",
        session_seconds: int = 3600,
        granted: GrantedAccess = NOTHING,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Grant access.

        Args:
            name: name of the component.
            stack: written into the descriptions, see `smc.ownership`.
            principal: who may assume the role: `acs:ram::<account>:root` for the whole destination
                account, or one RAM user or role of it (`acs:ram::<account>:user/<name>`).
            external_id: what has to be passed to AssumeRole besides. Not a secret.
            commands_only_on: ARNs of the instances on which commands may be run; None for all.
            role_name: name of the role.
            policy_name: name of the policy.
            session_seconds: longest session, 3,600 to 43,200.
            granted: what is there already and taken over.
            opts: must carry the alicloud provider of the source account.
        """
        super().__init__("smc-migration:access:SourceAccountAccess", name, None, opts)
        policy = alicloud.ram.Policy(
            f"{name}-policy",
            policy_name=policy_name,
            policy_document=source_policy(commands_only_on),
            description=made_by(
                stack, "Lets Server Migration Center import ECS instances of this account."
            ),
            # RAM keeps five versions and refuses a sixth.
            rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
            # Otherwise a policy that was ever changed cannot be deleted: its versions stay.
            force=True,
            opts=pulumi.ResourceOptions(parent=self, import_=granted.policy),
        )
        role = alicloud.ram.Role(
            f"{name}-role",
            role_name=role_name,
            assume_role_policy_document=trust_policy(principal, external_id),
            description=made_by(stack, "Assumed by the account that servers are migrated to."),
            max_session_duration=session_seconds,
            opts=pulumi.ResourceOptions(parent=self, import_=granted.role),
        )
        attachment = alicloud.ram.RolePolicyAttachment(
            f"{name}-role-policy",
            policy_name=policy.policy_name,
            policy_type="Custom",
            role_name=role.role_name,
            opts=pulumi.ResourceOptions(parent=self, import_=granted.role_policy),
        )
        self.role_arn = pulumi.Output.all(role.arn, attachment.id).apply(lambda known: known[0])
        self.register_outputs({"role_arn": self.role_arn})
