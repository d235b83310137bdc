"""Signatures: a published vector, both versions over the wire, and what must be refused."""

from typing import Any

import pytest
import requests
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_openapi.utils import Utils

from tests.support.cloud import SOURCE, Cloud


def sts(cloud: Cloud, *, secret: str | None = None, **options: Any) -> StsClient:
    account = cloud.described["accounts"]["source"]
    return StsClient(
        Config(
            access_key_id=account["access_key_id"],
            access_key_secret=secret or account["access_key_secret"],
            endpoint=cloud.described["endpoint"].removeprefix("http://"),
            protocol="http",
            region_id="cn-hangzhou",
            **options,
        )
    )


def v1(cloud: Cloud, *, method: str = "GET", **changes: str) -> dict[str, str]:
    """Signed parameters of GetCallerIdentity."""
    account = cloud.described["accounts"]["source"]
    fields = {
        "Action": "GetCallerIdentity",
        "Version": "2015-04-01",
        "AccessKeyId": account["access_key_id"],
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureType": "",
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
    } | changes
    secret = account["access_key_secret"]
    return {**fields, "Signature": Utils.get_rpcsignature(fields, method, secret)}


def test_published_vector_of_v1() -> None:
    """ECS DescribeRegions of the signature documentation."""
    fields = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }
    assert Utils.get_rpcsignature(fields, "GET", "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("algorithm", [None, "v2"])
def test_official_client_signs_either_way(cloud: Cloud, algorithm: str | None) -> None:
    options = {"signature_algorithm": algorithm} if algorithm else {}
    body = sts(cloud, **options).get_caller_identity().body
    assert body.account_id == SOURCE
    assert body.arn == f"acs:ram::{SOURCE}:user/account-admin"


@pytest.mark.parametrize("algorithm", [None, "v2"])
def test_wrong_secret_is_refused(cloud: Cloud, algorithm: str | None) -> None:
    options = {"signature_algorithm": algorithm} if algorithm else {}
    with pytest.raises(ClientException) as raised:
        sts(cloud, secret="wrong", **options).get_caller_identity()
    assert raised.value.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("place", ["query", "body", "split"])
def test_v1_in_query_body_or_both(cloud: Cloud, place: str) -> None:
    fields = v1(cloud, method="POST")
    query = {k: fields[k] for k in ("Action", "Signature")} if place == "split" else fields
    form = {k: v for k, v in fields.items() if k not in query}
    if place == "query":
        answer = requests.post(cloud.described["endpoint"], params=fields, timeout=10)
    elif place == "body":
        answer = requests.post(cloud.described["endpoint"], data=fields, timeout=10)
    else:
        answer = requests.post(cloud.described["endpoint"], params=query, data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.json()["AccountId"] == SOURCE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Timestamp": "2020-01-01T00:00:00Z"}, "InvalidTimeStamp.Expired"),
        ({"Timestamp": "yesterday"}, "InvalidTimeStamp.Format"),
        ({"SignatureNonce": ""}, "MissingSignatureNonce"),
        ({"AccessKeyId": "nobody"}, "InvalidAccessKeyId.NotFound"),
        ({"SignatureMethod": "HMAC-SHA256"}, "InvalidSignatureMethod"),
    ],
)
def test_stale_or_foreign_requests_are_refused(
    cloud: Cloud, changes: dict[str, str], code: str
) -> None:
    answer = requests.get(cloud.described["endpoint"], params=v1(cloud, **changes), timeout=10)
    assert answer.status_code in {400, 404}
    assert answer.json()["Code"] == code


def test_another_algorithm_of_v3_is_named(cloud: Cloud) -> None:
    with pytest.raises(ClientException) as raised:
        sts(cloud, signature_algorithm="ACS3-HMAC-SM3").get_caller_identity()
    assert raised.value.code == "InvalidSignatureMethod"


def test_headers_do_not_decide_what_a_v1_request_does(cloud: Cloud) -> None:
    """They are not signed, and @alicloud/pop-core sends them."""
    answer = requests.get(
        cloud.described["endpoint"],
        params=v1(cloud),
        headers={"x-acs-action": "ListUsers", "x-acs-version": "2015-05-01"},
        timeout=10,
    )
    assert answer.json()["AccountId"] == SOURCE


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_are_refused_in_json(cloud: Cloud, method: str) -> None:
    answer = requests.request(method, cloud.described["endpoint"], timeout=10)
    assert (answer.status_code, answer.json()["Code"]) == (400, "UnsupportedHTTPMethod")


def test_a_replayed_request_is_refused(cloud: Cloud) -> None:
    fields = v1(cloud)
    first = requests.get(cloud.described["endpoint"], params=fields, timeout=10)
    second = requests.get(cloud.described["endpoint"], params=fields, timeout=10)
    assert first.status_code == 200
    assert second.json()["Code"] == "SignatureNonceUsed"


def test_unsigned_and_unknown_calls_are_refused_in_the_apis_shape(cloud: Cloud) -> None:
    unsigned = requests.get(cloud.described["endpoint"], params={"Action": "X"}, timeout=10)
    assert unsigned.json()["Code"] == "MissingAccessKeyId"
    unknown = requests.get(
        cloud.described["endpoint"], params=v1(cloud, Action="DeleteEverything"), timeout=10
    )
    assert unknown.status_code == 404
    assert unknown.json()["Code"] == "InvalidAction.NotFound"
    assert {"RequestId", "HostId", "Code", "Message"} <= unknown.json().keys()


def test_another_host_name_and_large_bodies_are_refused(cloud: Cloud) -> None:
    rebound = requests.get(
        cloud.described["endpoint"],
        params=v1(cloud),
        headers={"Host": "evil.example:80"},
        timeout=10,
    )
    assert rebound.json()["Code"] == "InvalidHost"
    large = requests.post(cloud.described["endpoint"], data=b"x" * (1024 * 1024 + 1), timeout=10)
    assert large.status_code == 413
    assert requests.get(cloud.described["endpoint"], params=v1(cloud), timeout=10).ok


def test_control_interface_needs_its_token(cloud: Cloud) -> None:
    url = f"{cloud.described['endpoint']}/-/clock"
    assert requests.post(url, json={"advance_seconds": 60}, timeout=10).status_code == 403
    header = {"x-emulator-control-token": cloud.described["control_token"]}
    before = cloud.world.clock.now()
    assert requests.post(url, json={"advance_seconds": 60}, headers=header, timeout=10).ok
    assert (cloud.world.clock.now() - before).total_seconds() == 60
