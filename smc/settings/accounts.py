"""The two accounts: whose they are, how they are reached, and what one grants the other."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from smc.settings.base import AccountId, Part, Region, ResourceName


class Credentials(Part):
    """Where a side's access keys come from; never the keys themselves."""

    profile: str | None = None
    """Profile of the Alibaba Cloud CLI. Without one the official default chain decides:
    environment, OIDC, CLI configuration, instance role."""

    file: str | None = None
    """The CLI's configuration file, if it is not `~/.aliyun/config.json`."""


class Side(Part):
    """An account and a region of it."""

    account: AccountId
    """The 16 digits that the console's profile menu shows, in quotes."""

    region: Region
    """A region id such as cn-hangzhou."""

    credentials: Credentials = Credentials()
    """Where the access keys of this side come from."""


class SourceRole(Part):
    """The role in the source account that the destination account assumes."""

    name: ResourceName = "ram-role-smc"
    """Name of the role."""

    policy_name: ResourceName = "policy-smc"
    """Name of the policy with the ten ECS actions."""

    existing: bool = False
    """Use a role of this name that is there already, and leave it as it is. Nothing is made in the
    source account, and its credentials are not needed."""

    trusted_user: str | None = None
    """RAM user of the destination account that alone may assume the role; without one the whole
    destination account may."""

    trusted_role: str | None = None
    """RAM role of the destination account that alone may assume the role, for pipelines that run
    under a role."""

    external_id: (
        Annotated[str, StringConstraints(pattern=r"^[\w+=,.@:/-]+$", min_length=2, max_length=1224)]
        | None
    ) = None
    """A word that whoever assumes the role has to pass besides (`sts:ExternalId`). It tells apart
    on whose behalf the role is assumed; it is not a secret."""

    session_seconds: Annotated[int, Field(ge=900, le=3600)] = 3600
    """Life of a session."""

    strict: bool = False
    """Allow RunCommand only on the instances that are listed by id."""

    @model_validator(mode="after")
    def _one_trusted(self) -> Self:
        if self.trusted_user and self.trusted_role:
            raise ValueError("name trustedUser or trustedRole, not both")
        return self

    @model_validator(mode="after")
    def _existing_stays_as_it_is(self) -> Self:
        if self.existing and (self.trusted_user or self.trusted_role or self.strict):
            raise ValueError(
                "existing: true leaves the role and its policy as they are; leave out trustedUser,"
                " trustedRole and strict"
            )
        return self


class Source(Side):
    """The account and region that the servers leave."""

    role: SourceRole = SourceRole()
    """The role through which its servers are reached."""


class Destination(Side):
    """The account that the servers move to, and its default region."""

    user: str | None = None
    """RAM user that runs the migration; it is granted AliyunSTSAssumeRoleAccess."""
