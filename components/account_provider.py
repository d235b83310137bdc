"""An explicit alicloud provider for each account, so that nothing lands in the wrong one."""

import pulumi
import pulumi_alicloud as alicloud

from smc.connection import Connection


def account_provider(
    name: str, connection: Connection, opts: pulumi.ResourceOptions | None = None
) -> alicloud.Provider:
    """The alicloud provider of one side.

    Credentials come from the profile, never from inputs: the state holds names only.

    Args:
        name: name of the provider resource.
        connection: the side.
        opts: resource options.
    """
    endpoint = connection.endpoint()
    if endpoint is None:
        return alicloud.Provider(
            name,
            region=connection.region,
            profile=connection.profile,
            shared_credentials_file=connection.credentials_file,
            opts=opts,
        )
    return alicloud.Provider(
        name,
        region=connection.region,
        profile=connection.profile,
        shared_credentials_file=connection.credentials_file,
        protocol="HTTP",
        # The plugin otherwise asks a billing service on the internet what kind of account this is.
        account_type="Domestic",
        skip_region_validation=True,
        endpoints=[alicloud.ProviderEndpointArgs(ram=endpoint, sts=endpoint, bssopenapi=endpoint)],
        opts=opts,
    )
