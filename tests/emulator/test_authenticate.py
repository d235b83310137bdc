"""Who signed: published signatures, tampering, nonces, and sessions at their end.

A published request is long past: its timestamp is refused, but only once its signature was found
right.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils

from emulator.http.authenticate import ALLOWED_SKEW_SECONDS, Authenticator, Nonces
from emulator.http.request import RpcRequest, parse
from emulator.identity.tables import AccessKey, Session
from emulator.service import ApiError
from emulator.services import load_services
from emulator.world import World
from smc.api.sts import assume_role
from smc.policies import account_principal
from tests.emulator.test_identity import ROLE, grant
from tests.emulator.test_signatures import v1
from tests.support.cloud import DESTINATION, Cloud

EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
V3_HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": EMPTY_SHA256,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
    "authorization": (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    ),
}
V3_QUERY = b"ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
V1_QUERY = (
    b"AccessKeyId=testid&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1"
    b"&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0"
    b"&Timestamp=2016-02-23T12%3A46%3A24Z&Version=2014-05-26"
    b"&Signature=OLeaidS1JvxuMvnyHOwuJ%2BuX5qY%3D"
)


def code_of(request: RpcRequest) -> str:
    """The code with which a request is refused by a world that knows the published keys."""
    load_services()
    world = World()
    for key_id, secret in (("YourAccessKeyId", "YourAccessKeySecret"), ("testid", "testsecret")):
        world.table(AccessKey).put(
            AccessKey(
                access_key_id=key_id,
                secret=secret,
                account_id="1",
                user_name="",
                created=world.now,
            )
        )
    with pytest.raises(ApiError) as raised:
        Authenticator(world).caller(request)
    world.close()
    return raised.value.code


def v3(query: bytes = V3_QUERY, body: bytes = b"", **headers: str) -> RpcRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return parse("POST", "/", query, V3_HEADERS | named, body)


def test_published_signatures_are_right() -> None:
    assert code_of(v3()) == "InvalidTimeStamp.Expired"
    assert code_of(parse("GET", "/", V1_QUERY, {}, b"")) == "InvalidTimeStamp.Expired"


@pytest.mark.parametrize(
    ("tampered", "code"),
    [
        (v3(V3_QUERY + b"&DryRun=true"), "SignatureDoesNotMatch"),
        (v3(x_acs_action="DeleteInstances"), "SignatureDoesNotMatch"),
        (v3(host="127.0.0.1"), "SignatureDoesNotMatch"),
        (v3(body=b"InstanceId=i-1"), "SignatureDoesNotMatch"),
        (v3(x_acs_security_token="t"), "IncompleteSignature"),
        (replace(v3(), method="GET"), "SignatureDoesNotMatch"),
        (v3(authorization="ACS3-HMAC-SHA256 Credential=YourAccessKeyId"), "IncompleteSignature"),
        (parse("POST", "/", V1_QUERY, {}, b""), "SignatureDoesNotMatch"),
        (parse("GET", "/", V1_QUERY + b"&DryRun=true", {}, b""), "SignatureDoesNotMatch"),
    ],
)
def test_what_was_not_signed_is_refused(tampered: RpcRequest, code: str) -> None:
    assert code_of(tampered) == code


def test_a_nonce_is_refused_for_as_long_as_its_request_could_be_valid() -> None:
    nonces = Nonces()
    assert nonces.use("a", 0)
    assert not nonces.use("a", 2 * ALLOWED_SKEW_SECONDS)
    assert nonces.use("b", 1)
    assert nonces.use("a", 2 * ALLOWED_SKEW_SECONDS + 1)


def test_scheme_in_the_host_header(cloud: Cloud) -> None:
    """Python's credential providers send and sign `Host: http://127.0.0.1:PORT`."""
    host = {"Host": cloud.described["endpoint"]}
    answer = requests.get(cloud.described["endpoint"], params=v1(cloud), headers=host, timeout=10)
    assert answer.status_code == 200, answer.text


def test_sessions_end_in_real_time_and_their_token_must_fit(cloud: Cloud) -> None:
    grant(cloud, account_principal(DESTINATION))
    session = assume_role(cloud.clients("destination"), ROLE, "test", 900)

    def call(token: str) -> str:
        fields = {
            "Action": "GetCallerIdentity",
            "Version": "2015-04-01",
            "AccessKeyId": session.access_key_id,
            "SecurityToken": token,
            "SignatureNonce": Utils.get_nonce(),
            "Timestamp": Utils.get_timestamp(),
        }
        signature = Utils.get_rpcsignature(fields, "GET", session.access_key_secret)
        signed = {**fields, "Signature": signature}
        answer = requests.get(cloud.described["endpoint"], params=signed, timeout=10)
        return str(json.loads(answer.text).get("Code", "OK"))

    cloud.world.clock.advance(86400)
    assert call(session.security_token) == "OK"
    assert call("another") == "InvalidSecurityToken.Malformed"
    assert call("") == "InvalidSecurityToken.Malformed"
    stored = cloud.world.table(Session).get(session.access_key_id)
    assert stored is not None
    past = datetime.now(UTC) - timedelta(seconds=1)
    cloud.world.table(Session).put(replace(stored, expiration=past))
    assert call(session.security_token) == "InvalidSecurityToken.Expired"


def test_credential_provider_of_the_sdk_assumes_a_role(cloud: Cloud) -> None:
    """It sends a signed GET to STS by itself, and gives V3 clients its session."""
    from alibabacloud_credentials.client import Client as Credentials
    from alibabacloud_credentials.models import Config as CredentialConfig
    from alibabacloud_sts20150401.client import Client as Sts

    grant(cloud, account_principal(DESTINATION))
    account = cloud.described["accounts"]["destination"]
    credentials = Credentials(
        CredentialConfig(
            type="ram_role_arn",
            access_key_id=account["access_key_id"],
            access_key_secret=account["access_key_secret"],
            role_arn=ROLE,
            role_session_name="provider",
            sts_endpoint=cloud.described["endpoint"],
        )
    )
    client = Sts(
        Config(
            credential=credentials,
            endpoint=cloud.described["endpoint"].removeprefix("http://"),
            protocol="http",
            region_id="cn-hangzhou",
        )
    )
    arn = client.get_caller_identity().body.arn
    assert arn == "acs:ram::1000000000000001:assumed-role/ram-role-smc/provider"
