"""The validator, and that nothing a client sends makes the emulator stumble."""

from typing import Any

import pytest
import requests
from alibabacloud_tea_openapi.utils import Utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.http.request import SERVICES, parse
from emulator.http.validate import metadata, validate
from emulator.service import ACTIONS, ApiError
from emulator.services import load_services
from tests.support.cloud import Cloud

load_services()
JOB = {"RegionId": "cn-hangzhou", "SourceId": "s-1"}
SESSION = {"RoleArn": "acs:ram::1:role/r", "RoleSessionName": "session"}
DATA_DISK = "InvalidParameter.DataDisk"
BAD_SESSION_NAME = "InvalidParameter.RoleSessionName"


@pytest.mark.parametrize(
    ("service", "action", "sent", "expected"),
    [
        ("smc", "CreateReplicationJob", JOB | {"NetMode": "2"}, {"NetMode": 2}),
        ("smc", "CreateReplicationJob", JOB | {"RunOnce": "TRUE"}, {"RunOnce": True}),
        ("smc", "DescribeReplicationJobs", {"JobId": '["a", "b"]'}, {"JobId": ["a", "b"]}),
        ("smc", "DescribeReplicationJobs", {"JobId": ["a"]}, {"JobId": ["a"]}),
        ("smc", "DescribeReplicationJobs", {"Colour": "red"}, {}),
        ("ram", "ListRoles", {"MaxItems": "1000"}, {"MaxItems": 1000}),
        ("ram", "ListRoles", {"MaxItems": "", "Marker": ""}, {"Marker": ""}),
        ("ram", "ListPolicies", {"PolicyType": ""}, {}),
        ("smc", "CreateReplicationJob", JOB | {"TargetType": "image"}, {"TargetType": "Image"}),
        ("smc", "CreateReplicationJob", JOB | {"LicenseType": ""}, {"LicenseType": ""}),
        (
            "smc",
            "CreateReplicationJob",
            JOB | {"DataDisk": [{"Index": "1", "Part": [{"Block": "true"}], "Colour": "red"}]},
            {"DataDisk": [{"Index": 1, "Part": [{"Block": True}]}]},
        ),
        (
            "smc",
            "CreateReplicationJob",
            JOB | {"DataDisk": '[{"Index": 1, "Part": [{"Block": true, "SizeBytes": 5}]}]'},
            {"DataDisk": [{"Index": 1, "Part": [{"Block": True, "SizeBytes": 5}]}]},
        ),
    ],
)
def test_conversion(
    service: str, action: str, sent: dict[str, Any], expected: dict[str, Any]
) -> None:
    common = {key: value for key, value in sent.items() if key in JOB}
    assert validate(service, action, sent) == common | expected


@pytest.mark.parametrize(
    ("service", "action", "sent", "code"),
    [
        ("smc", "CreateReplicationJob", {"RegionId": "x"}, "MissingSourceId"),
        ("smc", "CreateReplicationJob", JOB | {"SourceId": ""}, "MissingSourceId"),
        ("smc", "CreateReplicationJob", JOB | {"NetMode": "1"}, "InvalidParameter.NetMode"),
        ("smc", "CreateReplicationJob", JOB | {"NetMode": "x"}, "InvalidParameter.NetMode"),
        ("smc", "CreateReplicationJob", JOB | {"TargetType": "X"}, "InvalidParameter.TargetType"),
        ("smc", "CreateReplicationJob", JOB | {"RunOnce": "maybe"}, "InvalidParameter.RunOnce"),
        ("smc", "CreateReplicationJob", JOB | {"Name": ["a"]}, "InvalidParameter.Name"),
        ("smc", "CreateReplicationJob", JOB | {"Tag": ["a"]}, "InvalidParameter.Tag"),
        ("smc", "CreateReplicationJob", JOB | {"Tag": "[" * 100_000}, "InvalidParameter.Tag"),
        ("smc", "CreateReplicationJob", JOB | {"Name": "http://a"}, "InvalidParameter.Name"),
        ("smc", "CreateReplicationJob", JOB | {"DataDisk": [{"Index": "x"}]}, DATA_DISK),
        ("smc", "CreateReplicationJob", JOB | {"DataDisk": [{"Size": "19"}]}, DATA_DISK),
        ("smc", "TagResources", {"ResourceId": ["a"]}, "MissingParameter.ResourceType"),
        ("sts", "AssumeRole", SESSION | {"RoleSessionName": "a b"}, BAD_SESSION_NAME),
        ("sts", "AssumeRole", SESSION | {"ExternalId": "1"}, "InvalidParameter.ExternalId"),
        ("sts", "AssumeRole", SESSION | {"Policy": "p" * 2049}, "InvalidParameter.PolicySize"),
        ("smc", "DescribeReplicationJobs", {"PageSize": "51"}, "InvalidParameter.PageSize"),
        ("smc", "DescribeReplicationJobs", {"JobId": ["j"] * 101}, "InvalidParameter.JobId"),
        ("smc", "DescribeReplicationJobs", {"JobId": "{}"}, "InvalidParameter.JobId"),
        ("ram", "GetPolicy", {"PolicyName": "a", "PolicyType": "X"}, "InvalidParameter.PolicyType"),
    ],
)
def test_refusals(service: str, action: str, sent: dict[str, Any], code: str) -> None:
    with pytest.raises(ApiError) as raised:
        validate(service, action, sent)
    assert (raised.value.code, raised.value.status) == (code, 400)


@pytest.mark.parametrize("query", [b"a=%ff", "a=\N{SNOWMAN}".encode(), b".".join([b"a"] * 50)])
def test_what_cannot_be_parsed_is_refused(query: bytes) -> None:
    with pytest.raises(ApiError, match="InvalidParameter"):
        parse("GET", "/", query + b"=1", {}, b"").parameters()


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        (
            b"SystemDisk.Size=40&SystemDisk.Category=",
            {"SystemDisk": {"Size": "40", "Category": ""}},
        ),
        (b"Tag.1.Key=a&Tag.10.Key=c&Tag.2.Key=b", {"Tag": [{"Key": k} for k in "abc"]}),
        (b"Id.1=a&Id.2=", {"Id": ["a", ""]}),
        (b"D.1.P.1.S=1&D.1.P.2.S=2", {"D": [{"P": [{"S": "1"}, {"S": "2"}]}]}),
    ],
)
def test_flat_names_become_lists_and_objects(query: bytes, parameters: dict[str, Any]) -> None:
    assert parse("GET", "/", query, {}, b"").parameters() == parameters


def test_every_action_has_metadata() -> None:
    for service, action in ACTIONS:
        assert action in metadata(service), f"{service}:{action}"


VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["", "0", "-1", "true", "[]", "{}", "[1]", '[{"Key": 5}]', "null", "1e999"]),
)


@settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_call_is_a_defect(cloud: Cloud, data: st.DataObject) -> None:
    service, action = data.draw(st.sampled_from(sorted(ACTIONS)))
    facts = metadata(service)[action]["parameters"]
    known = sorted(facts) or ["Name"]
    names = st.builds(
        "".join,
        st.tuples(st.sampled_from(known), st.sampled_from(["", ".1", ".2", ".1.Key", ".x"])),
    )
    sent = data.draw(st.dictionaries(names, VALUES, max_size=6))
    required = {name: "1" for name, fact in facts.items() if fact.get("required")}
    (version,) = (v for v, s in SERVICES.items() if s == service)
    account = cloud.described["accounts"]["source"]
    fields = {
        **required,
        **sent,
        "Action": action,
        "Version": version,
        "AccessKeyId": account["access_key_id"],
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
    }
    fields["Signature"] = Utils.get_rpcsignature(fields, "POST", account["access_key_secret"])
    answer = requests.post(cloud.described["endpoint"], data=fields, timeout=10)
    assert answer.status_code < 500, (action, sent, answer.text)
    assert answer.json()["RequestId"]
