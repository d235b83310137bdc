"""Servers registered with SMC as a user does it: a new activation code, and a command."""

from smc.api import access_tokens, source_servers
from smc.api.cloud_assistant import run_command
from smc.models import SourceServer
from tests.support.cloud import Cloud

SCRIPT = (
    "acs-plugin-manager -e -P smc-client-plugin -p '--access_token_id={},--access_token_code={}'"
)
LONGER_THAN_A_REGISTRATION = 700


def register(cloud: Cloud, *instance_ids: str, count: int = 10) -> list[SourceServer]:
    """Register instances of the source account with a new activation code."""
    destination, source = cloud.clients("destination"), cloud.clients("source")
    code = access_tokens.create_access_token(destination, "code", count, 1)
    run_command(
        source,
        "cn-hangzhou",
        instance_ids,
        name="import",
        os_type="linux",
        script=SCRIPT.format(code.access_token_id, code.code),
        timeout_seconds=1800,
        client_token=code.access_token_id,
    )
    cloud.world.clock.advance(LONGER_THAN_A_REGISTRATION)
    return source_servers.describe_source_servers(destination)
