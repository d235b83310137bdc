"""What a user would write who wants nothing but speed: the same calls of the SDKs, with asyncio.

`python -m bench.fleet.plain_script ADDRESS_FILE SERVERS START` imports so many servers, makes their
jobs and starts START of them. No state, no retries, no checks, nothing is taken back.
"""

import asyncio
import base64
import json
import sys
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_ram20150501 import models as ram
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_smc20190601 import models as smc
from alibabacloud_smc20190601.client import Client as SmcClient
from alibabacloud_sts20150401 import models as sts
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config

from smc.import_command import TIMEOUT_SECONDS, import_script
from smc.models import ActivationCode
from smc.policies import account_principal, role_arn, source_policy, trust_policy
from tests.support.fleet import instance_id, names

AT_A_TIME = 20
BATCH = 50
LOOKS_EVERY_SECONDS = 0.5


async def main(address_file: str, servers: int, start: int) -> None:
    """Import, make jobs, start."""
    described = json.loads(Path(address_file).read_text(encoding="utf-8"))
    accounts = described["accounts"]

    def config(side: str, region: str, **more: Any) -> Config:
        key = {k: accounts[side][k] for k in ("access_key_id", "access_key_secret")}
        address = described["endpoint"].removeprefix("http://")
        return Config(endpoint=address, protocol="HTTP", region_id=region, **(key | more))

    source, destination = accounts["source"]["id"], accounts["destination"]["id"]
    await _grant(config, destination)
    client = SmcClient(config("destination", "ap-northeast-1"))
    assumed = await StsClient(config("destination", "cn-hangzhou")).assume_role_async(
        sts.AssumeRoleRequest(role_arn=role_arn(source, "ram-role-smc"), role_session_name="plain")
    )
    role = assumed.body.credentials
    session = {
        "access_key_id": role.access_key_id,
        "access_key_secret": role.access_key_secret,
        "security_token": role.security_token,
    }
    assistant = EcsClient(config("source", "cn-hangzhou", **session))
    token = (
        await client.create_access_token_async(
            smc.CreateAccessTokenRequest(name="plain", count=str(servers), time_to_live_in_days="1")
        )
    ).body
    code = ActivationCode(access_token_id=token.access_token_id, code=token.access_token_code)
    script = base64.b64encode(import_script("linux", code).encode()).decode()
    ids = [instance_id(name) for name in names(servers)]
    await _some_at_a_time(
        assistant.run_command_async(
            ecs.RunCommandRequest(
                region_id="cn-hangzhou",
                instance_id=ids[first : first + BATCH],
                type="RunShellScript",
                content_encoding="Base64",
                command_content=script,
                timeout=TIMEOUT_SECONDS,
            )
        )
        for first in range(0, servers, BATCH)
    )
    sources = await _registered(client, servers)
    created = await _some_at_a_time(
        client.create_replication_job_async(
            smc.CreateReplicationJobRequest(
                source_id=source_id,
                region_id="ap-northeast-1",
                name=f"plain-{number}",
                image_name=f"plain-{number}",
            )
        )
        for number, source_id in enumerate(sources)
    )
    await _some_at_a_time(
        client.start_replication_job_async(smc.StartReplicationJobRequest(job_id=job.body.job_id))
        for job in created[:start]
    )


async def _grant(config: Any, destination: str) -> None:
    source = RamClient(config("source", "cn-hangzhou"))
    await asyncio.gather(
        source.create_role_async(
            ram.CreateRoleRequest(
                role_name="ram-role-smc",
                assume_role_policy_document=trust_policy(account_principal(destination)),
            )
        ),
        source.create_policy_async(
            ram.CreatePolicyRequest(policy_name="policy-smc", policy_document=source_policy())
        ),
    )
    await asyncio.gather(
        source.attach_policy_to_role_async(
            ram.AttachPolicyToRoleRequest(
                policy_type="Custom", policy_name="policy-smc", role_name="ram-role-smc"
            )
        ),
        RamClient(config("destination", "cn-hangzhou")).attach_policy_to_user_async(
            ram.AttachPolicyToUserRequest(
                policy_type="System",
                policy_name="AliyunSTSAssumeRoleAccess",
                user_name="migration-operator",
            )
        ),
    )


async def _registered(client: SmcClient, servers: int) -> list[str]:
    """The ids of all source servers, once SMC has so many that are online."""
    while True:
        pages = await _some_at_a_time(
            client.describe_source_servers_async(
                smc.DescribeSourceServersRequest(page_number=page + 1, page_size=BATCH)
            )
            for page in range(-(-servers // BATCH))
        )
        listed = [each for page in pages for each in page.body.source_servers.source_server]
        online = [each.source_id for each in listed if each.state == "Available"]
        if len(online) >= servers:
            return online
        await asyncio.sleep(LOOKS_EVERY_SECONDS)


async def _some_at_a_time(calls: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    gate = asyncio.Semaphore(AT_A_TIME)

    async def one(call: Coroutine[Any, Any, Any]) -> Any:
        async with gate:
            return await call

    return await asyncio.gather(*map(one, calls))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
