import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import __main__ as cli
from cli.policy import policy_documents
from smc.policies import LONGEST_POLICY, document
from smc.settings import load_settings
from tests.support.exact_users import actions_of
from tests.support.project import SETTINGS


def printed(**changes: Any) -> dict[str, Any]:
    settings = copy.deepcopy(SETTINGS)
    for side in ("source", "destination"):
        settings[side] |= changes.pop(side, {})
    return policy_documents(load_settings({**settings, **changes}))


def targets(count: int) -> dict[str, Any]:
    return {
        f"s{n}": {
            "select": {"id": f"i-source{n}"},
            "target": {"instance": f"i-target{n}", "acknowledge": f"i-target{n}"},
        }
        for n in range(count)
    }


def test_a_user_that_is_granted_access_may_grant_itself_that_and_nothing_else() -> None:
    first = printed()["destination"]["policy"]["Statement"][0]
    assert first["Action"] == [
        "ram:AttachPolicyToUser",
        "ram:DetachPolicyFromUser",
        "ram:ListPoliciesForUser",
    ]
    assert first["Resource"] == [
        "acs:ram:*:2000000000000002:user/migration-operator",
        "acs:ram:*:system:policy/AliyunSTSAssumeRoleAccess",
    ]


def test_without_a_user_the_one_role_may_be_assumed_and_nothing_is_of_ram() -> None:
    policy = printed(destination={"user": None})["destination"]["policy"]
    assert policy["Statement"][0] == {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Resource": ["acs:ram:*:1000000000000001:role/ram-role-smc"],
    }
    assert not [a for a in actions_of(policy) if a.startswith("ram:")]


def test_images_need_no_disk_to_be_touched_and_access_alone_needs_nothing_of_ecs() -> None:
    assert "ecs:DeleteDisk" not in actions_of(printed()["destination"]["policy"])
    alone = actions_of(printed(servers={})["destination"]["policy"])
    assert {action.partition(":")[0] for action in alone} == {"ram"}


def test_a_role_that_exists_needs_nobody_to_make_it() -> None:
    assert printed(source={"role": {"existing": True}})["source"]["roleMaker"] is None


def test_nothing_but_reading_and_smc_is_allowed_on_everything() -> None:
    documents = printed(servers=targets(3))
    for policy in (documents["destination"]["policy"], documents["source"]["roleMaker"]):
        for statement in policy["Statement"]:
            if statement["Resource"] == "*":
                assert all(a.startswith(("smc:", "ecs:Describe")) for a in statement["Action"])


@pytest.mark.parametrize("count", [1, 50, 51, 1000])
def test_every_policy_fits_into_what_ram_allows(count: int) -> None:
    policy = printed(servers=targets(count))["destination"]["policy"]
    assert len(document(*policy["Statement"])) <= LONGEST_POLICY


def test_the_command_prints_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_text(
        json.dumps({"config": {"smc-migration:migration": SETTINGS}})
    )
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli.app, ["policy", "--stack", "prod"])
    assert json.loads(done.stdout) == printed()
    missing = CliRunner().invoke(cli.app, ["policy", "--stack", "other"])
    assert "Pulumi.other.yaml" in str(missing.exception)
