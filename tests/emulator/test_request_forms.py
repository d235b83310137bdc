"""The forms in which RPC clients send one call: all of them mean the same."""

import hashlib
import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils

from tests.support.cloud import Cloud

RAM = "2015-05-01"
ECS = "2014-05-26"
FORM = {"content-type": "application/x-www-form-urlencoded"}
TRUST = {
    "Version": "1",
    "Statement": [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"RAM": ["acs:ram::2000000000000002:root"]},
        }
    ],
}


@pytest.fixture
def connection(cloud: Cloud) -> Iterator[http.client.HTTPConnection]:
    """One connection that is kept alive, as the clients keep theirs."""
    opened = http.client.HTTPConnection(cloud.described["endpoint"].removeprefix("http://"))
    yield opened
    opened.close()


def v1(cloud: Cloud, method: str, version: str, action: str, **parameters: str) -> dict[str, str]:
    """Signed parameters of a V1 call; the blank one is sent, and signed, by classic SDKs."""
    account = cloud.described["accounts"]["source"]
    fields = {
        "Action": action,
        "Version": version,
        "AccessKeyId": account["access_key_id"],
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureType": "",
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
    } | parameters
    secret = account["access_key_secret"]
    return {**fields, "Signature": Utils.get_rpcsignature(fields, method, secret)}


def v3(
    cloud: Cloud,
    method: str,
    action: str,
    query: dict[str, str],
    body: bytes = b"",
    date: str = "",
) -> dict[str, str]:
    """Signed headers of a V3 call of ECS; Action and Version are headers."""
    account = cloud.described["accounts"]["source"]
    body_hash = hashlib.sha256(body).hexdigest()
    headers = {
        "host": cloud.described["endpoint"].removeprefix("http://"),
        "x-acs-action": action,
        "x-acs-version": ECS,
        "x-acs-date": date or Utils.get_timestamp(),
        "x-acs-signature-nonce": Utils.get_nonce(),
        "x-acs-content-sha256": body_hash,
    }
    request = SimpleNamespace(method=method, pathname="/", query=query, headers=headers)
    key, secret = account["access_key_id"], account["access_key_secret"]
    algorithm = "ACS3-HMAC-SHA256"
    return headers | {
        "authorization": Utils.get_authorization(request, algorithm, body_hash, key, secret)
    }


def answer(connection: http.client.HTTPConnection) -> tuple[int, dict[str, Any]]:
    response = connection.getresponse()
    members: dict[str, Any] = json.loads(response.read())
    return response.status, members


def names(members: dict[str, Any]) -> list[str]:
    return [instance["InstanceName"] for instance in members["Instances"]["Instance"]]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_v1_in_the_query(cloud: Cloud, connection: http.client.HTTPConnection, method: str) -> None:
    for _ in range(2):
        fields = v1(cloud, method, ECS, "DescribeInstances", RegionId="cn-hangzhou", PageSize="1")
        connection.request(method, f"/?{urlencode(fields)}")
        assert names(answer(connection)[1]) == ["web-1"]


@pytest.mark.parametrize("in_query", [("Action", "Version", "Signature"), ()])
def test_v1_with_parameters_in_the_form(
    cloud: Cloud, connection: http.client.HTTPConnection, in_query: tuple[str, ...]
) -> None:
    """The alicloud plug-in splits them, @alicloud/pop-core sends all in the form."""
    fields = v1(cloud, "POST", ECS, "DescribeInstances", RegionId="cn-hangzhou", PageSize="1")
    query = urlencode({name: fields.pop(name) for name in in_query})
    connection.request("POST", f"/?{query}", urlencode(fields), FORM)
    assert names(answer(connection)[1]) == ["web-1"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_v3_in_the_query_with_an_empty_body(
    cloud: Cloud, connection: http.client.HTTPConnection, method: str
) -> None:
    query = {"RegionId": "cn-hangzhou", "PageSize": "1", "InstanceName": ""}
    headers = v3(cloud, method, "DescribeInstances", query)
    connection.request(method, f"/?{urlencode(query)}", headers=headers)
    assert names(answer(connection)[1]) == ["web-1"]


def test_v3_in_the_form(cloud: Cloud, connection: http.client.HTTPConnection) -> None:
    body = urlencode({"RegionId": "cn-hangzhou", "PageSize": "1"}).encode()
    headers = v3(cloud, "POST", "DescribeInstances", {}, body) | FORM
    connection.request("POST", "/", body, headers)
    assert names(answer(connection)[1]) == ["web-1"]


def test_chunked_bodies_empty_or_not_leave_the_connection_usable(
    cloud: Cloud, connection: http.client.HTTPConnection
) -> None:
    """Java's okhttp sends an empty chunked body with its V3 calls."""
    query = {"RegionId": "cn-hangzhou", "PageSize": "1"}
    headers = v3(cloud, "POST", "DescribeInstances", query)
    connection.request("POST", f"/?{urlencode(query)}", iter([]), headers, encode_chunked=True)
    assert names(answer(connection)[1]) == ["web-1"]
    body = urlencode(v1(cloud, "POST", ECS, "DescribeInstances", **query)).encode()
    halves = iter([body[:40], body[40:]])
    connection.request("POST", "/", halves, FORM, encode_chunked=True)
    assert names(answer(connection)[1]) == ["web-1"]


@pytest.mark.parametrize("minutes", [-14, 14])
def test_clocks_may_differ_by_less_than_15_minutes(
    cloud: Cloud, connection: http.client.HTTPConnection, minutes: int
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = v1(cloud, "GET", ECS, "DescribeRegions", Timestamp=stamp)
    connection.request("GET", f"/?{urlencode(fields)}")
    assert answer(connection)[0] == 200
    headers = v3(cloud, "GET", "DescribeRegions", {}, date=stamp)
    connection.request("GET", "/", headers=headers)
    assert answer(connection)[0] == 200


@pytest.mark.parametrize("minutes", [-16, 16])
def test_requests_from_other_times_are_refused(
    cloud: Cloud, connection: http.client.HTTPConnection, minutes: int
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = v1(cloud, "GET", ECS, "DescribeRegions", Timestamp=stamp)
    connection.request("GET", f"/?{urlencode(fields)}")
    assert answer(connection)[1]["Code"] == "InvalidTimeStamp.Expired"
    headers = v3(cloud, "GET", "DescribeRegions", {}, date=stamp)
    connection.request("GET", "/", headers=headers)
    assert answer(connection)[1]["Code"] == "InvalidTimeStamp.Expired"


def test_a_v3_request_is_served_once(cloud: Cloud, connection: http.client.HTTPConnection) -> None:
    headers = v3(cloud, "GET", "DescribeRegions", {})
    connection.request("GET", "/", headers=headers)
    assert answer(connection)[0] == 200
    connection.request("GET", "/", headers=headers)
    assert answer(connection)[1]["Code"] == "SignatureNonceUsed"


LISTS = {
    "repeated": {"Tag.1.Key": "tier", "Tag.1.Value": "front"},
    "out of order": {"Tag.2.Key": "tier", "Tag.1.Value": "front", "Tag.1.Key": "tier"},
    "JSON": {"Tag": '[{"Key": "tier", "Value": "front"}]'},
}


@pytest.mark.parametrize("form", LISTS)
def test_lists_of_objects(cloud: Cloud, connection: http.client.HTTPConnection, form: str) -> None:
    fields = v1(cloud, "POST", ECS, "DescribeInstances", RegionId="cn-hangzhou", **LISTS[form])
    connection.request("POST", "/", urlencode(fields), FORM)
    assert names(answer(connection)[1]) == ["web-1", "web-2"]


@pytest.mark.parametrize(
    "ids",
    [
        {"InstanceId.1": "i-source0web1", "InstanceId.2": "i-source0web2"},
        {"InstanceId": '["i-source0web1", "i-source0web2"]'},
    ],
)
def test_lists_of_texts(
    cloud: Cloud, connection: http.client.HTTPConnection, ids: dict[str, str]
) -> None:
    fields = v1(cloud, "POST", ECS, "DescribeInstanceStatus", RegionId="cn-hangzhou", **ids)
    connection.request("POST", "/", urlencode(fields), FORM)
    _, members = answer(connection)
    statuses = members["InstanceStatuses"]["InstanceStatus"]
    assert [status["InstanceId"] for status in statuses] == ["i-source0web1", "i-source0web2"]


@pytest.mark.parametrize(("place", "size"), [("query", 12_000), ("form", 70_000)])
def test_long_parameters(
    cloud: Cloud, connection: http.client.HTTPConnection, place: str, size: int
) -> None:
    """V3 clients put whole policies into the query; blanks between tokens make one longer."""
    document = json.dumps(TRUST, indent=1).replace("\n", "\n" + " " * (size // 10))
    fields = v1(cloud, "POST", RAM, "CreateRole", RoleName="r", AssumeRolePolicyDocument=document)
    encoded = urlencode(fields)
    assert len(encoded) > size
    if place == "query":
        connection.request("POST", f"/?{encoded}")
    else:
        connection.request("POST", "/", encoded, FORM)
    status, members = answer(connection)
    assert (status, members["Role"]["AssumeRolePolicyDocument"]) == (200, document)


@pytest.mark.parametrize("output", ["json", "JSON", "XML", ""])
def test_answers_are_json_whatever_format_is_asked_for(
    cloud: Cloud, connection: http.client.HTTPConnection, output: str
) -> None:
    fields = v1(cloud, "GET", ECS, "DescribeRegions", Format=output)
    connection.request("GET", f"/?{urlencode(fields)}")
    response = connection.getresponse()
    assert response.headers["content-type"] == "application/json;charset=utf-8"
    assert json.loads(response.read())["Regions"]


def test_parameters_that_an_action_does_not_have_are_ignored(
    cloud: Cloud, connection: http.client.HTTPConnection
) -> None:
    fields = v1(cloud, "GET", ECS, "DescribeRegions", Colour="red", **{"Colour.1.Shade": "dark"})
    connection.request("GET", f"/?{urlencode(fields)}")
    assert answer(connection)[0] == 200


@pytest.mark.parametrize(
    "wrong",
    [b"%ff=1", b"Tag.1.Key=%c3%28", "Tag=\N{SNOWMAN}".encode(), b"a." * 50 + b"a=1"],
)
def test_malformed_bodies_are_refused_and_the_next_call_is_served(
    cloud: Cloud, connection: http.client.HTTPConnection, wrong: bytes
) -> None:
    fields = urlencode(v1(cloud, "POST", ECS, "DescribeRegions")).encode()
    connection.request("POST", "/", fields + b"&" + wrong, FORM)
    status, members = answer(connection)
    assert status == 400
    assert members["Code"] in {"InvalidParameter", "SignatureDoesNotMatch"}
    connection.request("POST", "/", urlencode(v1(cloud, "POST", ECS, "DescribeRegions")), FORM)
    assert answer(connection)[0] == 200
