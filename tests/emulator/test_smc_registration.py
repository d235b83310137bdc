"""Servers become source servers with an activation code, once, while the code holds."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as ecs

from smc.api import access_tokens, source_servers
from smc.api.cloud_assistant import describe_invocation, run_command
from smc.errors import ApiError
from tests.support.cloud import Cloud
from tests.support.registration import LONGER_THAN_A_REGISTRATION, SCRIPT, register


def refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(ApiError) as raised:
        act()
    assert raised.value.code == code


def test_an_activation_code_registers_a_server_once(cloud: Cloud) -> None:
    (first,) = register(cloud, "i-source0web1")
    (again,) = register(cloud, "i-source0web1")
    assert first.source_id == again.source_id
    assert first.state == "Available"
    assert (first.hostname, first.ipv4) == ("web-1", "192.168.0.11")
    assert first.disk_sizes_gib == (40,)


def test_a_code_registers_no_more_servers_than_its_count(cloud: Cloud) -> None:
    assert len(register(cloud, "i-source0web1", "i-source0web2", count=1)) == 1


def test_a_revoked_code_registers_nothing(cloud: Cloud) -> None:
    destination, source = cloud.clients("destination"), cloud.clients("source")
    code = access_tokens.create_access_token(destination, "code", 1, 1)
    access_tokens.delete_access_token(destination, code.access_token_id)
    invoke_id = run_command(
        source,
        "cn-hangzhou",
        ["i-source0web1"],
        name="import",
        os_type="linux",
        script=SCRIPT.format(code.access_token_id, code.code),
        timeout_seconds=1800,
        client_token="t",
    )
    cloud.world.clock.advance(LONGER_THAN_A_REGISTRATION)
    (result,) = describe_invocation(source, "cn-hangzhou", invoke_id)
    assert (result.status, result.exit_code) == ("Failed", 1)
    assert "activation code is invalid" in result.output
    assert source_servers.describe_source_servers(destination) == []


def test_run_command_is_refused_as_a_whole_or_repeated_with_its_token(cloud: Cloud) -> None:
    source = cloud.clients("source")

    def run(*ids: str, os_type: str = "linux", token: str = "t", script: str = "true") -> str:
        return run_command(
            source,
            "cn-hangzhou",
            ids,
            name="x",
            os_type=os_type,
            script=script,
            timeout_seconds=60,
            client_token=token,
        )

    refused("InvalidInstance.NotFound", lambda: run("i-source0web1", "i-missing"))
    refused("InvalidInstance.NotMatch", lambda: run("i-source0web1", "i-source0db1"))
    refused("CmdContent.ExceedLimit", lambda: run("i-source0web1", script="#" * 25_000))
    assert run("i-source0web1", token="same") == run("i-source0web1", token="same")
    refused("IdempotentParameterMismatch", lambda: run("i-source0web2", token="same"))


def test_command_text_is_shown_as_the_api_shows_it(cloud: Cloud) -> None:
    register(cloud, "i-source0web1")
    request = ecs.DescribeInvocationsRequest(region_id="cn-hangzhou")
    body = cloud.clients("source").ecs("cn-hangzhou").describe_invocations(request).body
    (invocation,) = body.invocations.invocation
    assert b"smc-client-plugin" in base64.b64decode(invocation.command_content)
