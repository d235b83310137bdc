"""What the source account grants: a policy, a role that the destination may assume, and their bond.

Source: the seed's step 1 ("grant permissions in the source account").
"""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from components.stack import full_stack_name
from smc.handlers.granted_access import NOTHING, GrantedAccess
from smc.ownership import made_by
from smc.policies import source_policy, trust_policy


class SourceAccountAccessArgs(TypedDict):
    """Who gets access to the servers of the source account, and how far it goes."""

    principal: pulumi.Input[str]
    """Who may assume the role: `acs:ram::<account>:root` for the whole destination account, or one
    RAM user or role of it (`acs:ram::<account>:user/<name>`)."""

    external_id: NotRequired[pulumi.Input[str] | None]
    """What has to be passed to AssumeRole besides. Not a secret."""

    commands_only_on: NotRequired[pulumi.Input[list[str]] | None]
    """ARNs of the instances on which commands may be run; without it, on all."""

    role_name: NotRequired[pulumi.Input[str]]
    """Name of the role; `ram-role-smc` if left out."""

    policy_name: NotRequired[pulumi.Input[str]]
    """Name of the policy; `policy-smc` if left out."""

    session_seconds: NotRequired[pulumi.Input[int]]
    """Longest session in seconds, 3,600 to 43,200; 3,600 if left out."""


class SourceAccountAccess(pulumi.ComponentResource):
    """Access of the destination account to the servers of the source account."""

    role_arn: pulumi.Output[str]
    """ARN of the role to assume; known only after the policy is attached to it."""

    def __init__(
        self,
        name: str,
        args: SourceAccountAccessArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        granted: GrantedAccess = NOTHING,
    ) -> None:
        """Grant access.

        Args:
            name: name of the component.
            args: who gets access, and how far it goes.
            opts: must carry the alicloud provider of the source account.
            granted: what is there already and taken over.
        """
        super().__init__("smc-migration:access:SourceAccountAccess", name, None, opts)
        stack = full_stack_name()
        policy = alicloud.ram.Policy(
            f"{name}-policy",
            policy_name=args.get("policy_name", "policy-smc"),
            policy_document=pulumi.Output.from_input(args.get("commands_only_on")).apply(
                source_policy
            ),
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
            role_name=args.get("role_name", "ram-role-smc"),
            assume_role_policy_document=pulumi.Output.all(
                args["principal"], args.get("external_id")
            ).apply(lambda known: trust_policy(*known)),
            description=made_by(stack, "Assumed by the account that servers are migrated to."),
            max_session_duration=args.get("session_seconds", 3600),
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
