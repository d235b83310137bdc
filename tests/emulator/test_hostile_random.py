"""Thousands of random requests, always the same ones: no defect, and strangers change nothing."""

import random
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from alibabacloud_tea_openapi.utils import Utils

from emulator.ecs.billing import report
from emulator.http.validate import metadata
from emulator.identity.tables import Account
from emulator.ram.users import make_access_key, make_user
from emulator.service import ACTIONS
from emulator.world.snapshot import take_snapshot
from tests.emulator.test_hostile import FORM, HALF_PAIR, account, assert_untouched, get, post
from tests.support.cloud import Cloud
from tests.support.raw import VERSIONS
from tests.support.wire import Wire

TEXTS = ("", "x", "-1", "0", "1", "99999999999999999999", "1e309", "NaN", "null", "[]", "{}")
ODD = (
    "\x00",
    "\ud7ff",
    "😀" * 40,
    "a" * 300,
    "../..",
    "' OR 1=1",
    "[[[[",
    '{"a":' * 50,
    "²",
    "*",
    HALF_PAIR,
)


def nonsense(chance: random.Random, service: str, action: str, ids: list[str]) -> dict[str, str]:
    """Parameters that an action may or may not have, with values of every kind."""
    values = (*TEXTS, *ODD, *ids)
    names = (
        "RegionId",
        "JobId",
        "SourceId",
        "InstanceId",
        "UserName",
        "RoleName",
        "PolicyDocument",
    )
    parts = ("", ".1", ".1.Key", ".2.Value", ".0", ".x", ".1.1.1")
    given = {
        chance.choice(names) + chance.choice(parts): chance.choice(values)
        for _ in range(chance.randrange(5))
    }
    known = sorted(parameters_of(service, action))
    for name in chance.sample(known, min(len(known), chance.randrange(6))):
        given[name + chance.choice(("", "", ".1", ".1.Key"))] = chance.choice(values)
    return given


def parameters_of(service: str, action: str) -> list[str]:
    return list(metadata(service).get(action, {}).get("parameters", {}))


def damaged(chance: random.Random, encoded: bytes) -> bytes:
    """The same with a few bytes changed, but none that would end the line."""
    changed = bytearray(encoded)
    for _ in range(chance.randrange(1, 4)):
        changed[chance.randrange(len(changed))] = chance.choice((*range(10), *range(14, 256)))
    return bytes(changed)


def requests_of(cloud: Cloud, keys: dict[str, str], count: int, share_damaged: float) -> Any:
    """Random requests signed by these keys, always the same ones."""
    chance = random.Random(20260131)  # noqa: S311 - nothing secret
    actions = sorted(ACTIONS)
    ids = [i["resource_id"] for i in billed(cloud)] + ["web-1", "account-admin"]
    for _ in range(count):
        service, action = chance.choice(actions)
        given = nonsense(chance, service, action, ids)
        fields = {
            "Action": action,
            "Version": VERSIONS[service],
            "AccessKeyId": keys["access_key_id"],
            "SignatureNonce": Utils.get_nonce(),
            "Timestamp": Utils.get_timestamp(),
            **given,
        }
        method = chance.choice(("GET", "POST"))
        fields["Signature"] = Utils.get_rpcsignature(fields, method, keys["access_key_secret"])
        encoded = urlencode(fields, quote_via=quote).encode()
        if chance.random() < share_damaged:
            encoded = damaged(chance, encoded)
        yield get("/?").replace(b"?", b"?" + encoded) if method == "GET" else post(encoded, FORM)


def billed(cloud: Cloud) -> list[dict[str, Any]]:
    return list(report(cloud.world)["items"])


def statuses(cloud: Cloud, requests: Any) -> Counter[int]:
    wire = Wire(cloud.described["endpoint"])
    seen = Counter(wire.ask(request)[0] for request in requests)
    wire.close()
    return seen


def test_ten_thousand_random_requests_change_nothing(
    cloud: Cloud, capfd: pytest.CaptureFixture[str]
) -> None:
    """From somebody who is known and may do nothing; every second request is damaged as well."""
    (owner, *_) = cloud.world.table(Account)
    with cloud.world.transaction():
        make_user(cloud.world, owner.account_id, "nobody")
        key = make_access_key(cloud.world, owner.account_id, "nobody")
    keys = {"access_key_id": key.access_key_id, "access_key_secret": key.secret}
    before = take_snapshot(cloud.world)
    seen = statuses(cloud, requests_of(cloud, keys, 10_000, share_damaged=0.5))
    assert sum(seen.values()) == 10_000
    assert all(status < 500 for status in seen), seen
    assert seen[400] + seen[403] + seen[404] > 9_000, seen
    assert "Traceback" not in capfd.readouterr().err
    assert_untouched(cloud, before)


def test_random_parameters_of_an_administrator_meet_no_defect(
    cloud: Cloud, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = statuses(cloud, requests_of(cloud, account(cloud), 3_000, share_damaged=0))
    outcomes = Counter(entry["outcome"] for entry in cloud.server.gateway.ledger.entries())
    assert outcomes["InternalError"] == 0, capfd.readouterr().err
    assert seen[200] > 50, seen
    assert set(seen) <= {200, 400, 403, 404, 409}, seen
