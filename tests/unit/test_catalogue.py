"""The error catalogue is whole: every documented code of every call is explained, or ruled out."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from smc.catalogue import COMMAND, COMMON, JOB, entries, explain, find
from smc.errors import ApiError
from tools.called_actions import called_actions
from tools.error_page import CATALOGUE, PAGE, documented, page

ROOT = Path(__file__).parents[2]
SERVICES = ("smc", "ecs", "sts", "ram")

Reached = set[tuple[str, str]]


@pytest.fixture(scope="module")
def listed() -> Reached:
    """(`service:Action`, code) as the API metadata lists them for what we call."""
    return {
        (f"{service}:{action}", code)
        for service in SERVICES
        for action, codes in documented(service).items()
        for code in codes
    }


@pytest.fixture(scope="module")
def ruled_out(listed: Reached) -> Reached:
    groups = not_reachable()
    return {
        (action, code)
        for action, code in listed
        for group in groups
        if code in group.get(action.partition(":")[0], ())
        and action.partition(":")[2] in group.get("actions", [action.partition(":")[2]])
    }


@cache
def not_reachable() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(CATALOGUE.read_text())["notReachable"]
    assert all(group["reason"] for group in groups)
    return groups


def test_every_listed_code_is_explained_or_ruled_out(listed: Reached, ruled_out: Reached) -> None:
    assert len(listed) > 300
    explained = {(action, code) for action, code in listed if find(action, code)}
    assert listed - explained - ruled_out == set()
    assert explained & ruled_out == set()


def test_nothing_is_ruled_out_that_no_call_lists(ruled_out: Reached) -> None:
    codes = {(action.partition(":")[0], code) for action, code in ruled_out}
    written = {
        (service, code)
        for group in not_reachable()
        for service in SERVICES
        for code in group.get(service, ())
    }
    assert written == codes


def test_a_code_is_listed_for_a_call_or_says_where_it_is_documented(listed: Reached) -> None:
    for section, codes in entries().items():
        for entry in codes:
            assert entry.cause, entry
            assert entry.fix, entry
            assert not (entry.cause + entry.fix).endswith("."), entry
            assert entry.codes or entry.phrases
            if entry.source:
                continue
            assert section in SERVICES, f"{entry.codes} name no source"
            of_section = {a for a in called_actions(ROOT) if a.startswith(f"{section}:")}
            actions = {f"{section}:{action}" for action in entry.actions} or of_section
            for code in entry.codes:
                assert {(action, code) for action in actions} & listed, (section, code)


def test_a_code_is_explained_once_at_a_place() -> None:
    for section, codes in entries().items():
        seen = [(code, a) for e in codes for code in e.codes for a in (e.actions or ("",))]
        assert len(seen) == len(set(seen)), section


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m tools.error_page`"


def test_what_ram_answers_is_explained() -> None:
    """RAM's metadata lists no codes; those that the emulator knows come from its documentation."""
    for code in ram_codes():
        assert find("ram:CreateRole", code) or find("ram:GetRole", code), code


def ram_codes() -> Iterator[str]:
    """Codes of RAM about roles, policies and attachments."""
    metadata = json.loads((ROOT / "emulator" / "ram" / "metadata.json").read_text())
    for action in ("CreateRole", "CreatePolicy", "AttachPolicyToRole", "AttachPolicyToUser"):
        for name, fact in metadata[action]["parameters"].items():
            if name in {"RoleName", "PolicyName", "UserName"}:
                yield from (code for code, _ in fact.get("codes", {}).values())
    for kind in ("Role", "Policy", "Role.Policy", "User.Policy"):
        yield from (f"EntityAlreadyExists.{kind}", f"LimitExceeded.{kind}")
        yield f"EntityNotExist.{kind}"
    yield from ("DeleteConflict.Role.Policy", "DeleteConflict.Policy.User", "NoPermission")


def test_the_same_code_means_what_its_place_makes_of_it() -> None:
    role = "EntityNotExist.Role"
    assert "service role" in explain("smc:CreateReplicationJob", role)
    assert "source account has no such role" in explain("sts:AssumeRole", role)
    assert "service role" in explain("ram:GetRole", role)
    assert "deleted by hand" in explain("ram:UpdateRole", role)
    assert explain("ecs:DescribeZones", "Throttling") == explain(COMMON, "Throttling")


def test_what_the_client_says_without_a_code() -> None:
    assert "GRUB" in explain(JOB, "", text="Do Grub Failed, see the log")
    assert "rsync" in explain(JOB, "S16", text="S16: check rsync failed")
    assert explain(JOB, "", text="Something else") == ""
    assert "Cloud Assistant" in explain(COMMAND, "ClientNotRunning")


def test_an_unknown_code_is_shown_raw_with_where_to_read_on() -> None:
    error = ApiError("ecs:RunCommand", "New.Code", "Something new.", 403, "1A-2B")
    assert str(error) == (
        "ecs:RunCommand failed. New.Code: Something new (request 1A-2B). The error catalogue does"
        " not have this code; see https://api.alibabacloud.com/troubleshoot?q=New.Code&product=Ecs"
        "&requestId=1A-2B"
    )


def test_no_answer_has_a_cause_too() -> None:
    assert "Fix: open HTTPS" in str(ApiError("smc:TagResources", "", "timed out"))
