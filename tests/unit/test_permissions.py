"""Every document that `python -m cli policy` prints, for every kind of settings, word for word."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from smc import permissions
from smc.policies import LONGEST_POLICY
from smc.settings import Settings, load_settings
from tests.support.cloud import DESTINATION, SOURCE

CASES: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())


def settings_of(case: dict[str, Any]) -> Settings:
    """The settings of a case: two accounts, and what it says beside."""
    source = {"account": SOURCE, "region": "cn-hangzhou", "role": case.get("role", {})}
    user = {"user": case["user"]} if "user" in case else {}
    destination = {"account": DESTINATION, "region": "ap-northeast-1", **user}
    rest = {k: v for k, v in case.items() if k in {"servers", "defaults", "waves"}}
    return load_settings({"source": source, "destination": destination, **rest})


def shown(text: str | None) -> Any:
    """A document as the cases have it: one line a statement."""
    if text is None:
        return None
    parsed = json.loads(text)
    assert parsed.pop("Version") == "1"
    statements = parsed.pop("Statement")
    assert parsed == {}
    for statement in statements:
        assert statement.pop("Effect") == "Allow"
        # All objects are said in one way.
        assert statement["Resource"] == "*" or "*" not in statement["Resource"]
    return [
        f"{', '.join(s['Action'])} on {', '.join(s['Resource']) if s['Resource'] != '*' else '*'}"
        for s in statements
    ]


@pytest.mark.parametrize("name", CASES)
def test_documents(name: str) -> None:
    case = CASES[name]
    settings = settings_of(case)
    made = {
        "trusts": permissions.trusted_principal(settings),
        "role": shown(permissions.role_permissions(settings)),
        "maker": shown(permissions.role_maker_policy(settings)),
        "runner": shown(permissions.destination_policy(settings)),
    }
    assert {key: made[key] for key in case["documents"]} == case["documents"]
    assert set(case["documents"]) >= {"runner"}


def test_who_only_looks_may_only_look() -> None:
    assert shown(permissions.watcher_policy()) == [
        "smc:DescribeReplicationJobs, smc:DescribeSourceServers on *"
    ]
    (reviewer,) = shown(permissions.reviewer_policy())
    actions, _, resource = reviewer.partition(" on ")
    assert resource == "*"
    assert {action.partition(":")[2][:8] for action in actions.split(", ")} == {"Describe"}
    assert {"smc:DescribeReplicationJobs", "ecs:DescribeImages"} <= set(actions.split(", "))


@pytest.mark.parametrize(("count", "named"), [(50, True), (51, False)])
def test_more_target_instances_than_fit_are_not_named(count: int, named: bool) -> None:
    servers = {
        f"n{number}": {
            "select": {"id": f"i-source{number}"},
            "target": {"instance": f"i-target{number}", "acknowledge": f"i-target{number}"},
        }
        for number in range(count)
    }
    text = permissions.destination_policy(settings_of({"servers": servers, "user": "operator"}))
    assert len(text) <= LONGEST_POLICY
    (last,) = [s for s in shown(text) if s.startswith("ecs:DetachDisk on")]
    every = f"ecs:DetachDisk on acs:ecs:ap-northeast-1:{DESTINATION}:instance/*"
    assert (last == every) is not named
    assert last.count("instance/") == (count if named else 1)
