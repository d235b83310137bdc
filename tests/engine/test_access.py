"""Access on the real engine: alone, shared, narrowed, and as it was found."""

import json
from pathlib import Path

from emulator.identity.tables import Policy, Role, key_of
from tests.support.cloud import SOURCE, Cloud
from tests.support.project import Project

ROLE_CALLS = {"ram:CreateRole", "ram:CreatePolicy", "ram:AttachPolicyToRole"}


def second(folder: Path, cloud: Cloud) -> Project:
    """Another stack with a state of its own, on the same accounts."""
    (folder / "second").mkdir()
    return Project(folder / "second", cloud)


def test_access_of_one_stack_is_used_by_another(
    project: Project, tmp_path: Path, fast_cloud: Cloud
) -> None:
    project.settings["servers"] = {}
    project.settings["source"]["role"] = {
        "name": "shared-smc",
        "trustedUser": "migration-operator",
        "externalId": "tokyo-move",
    }
    up = project.up()
    assert up.code == 0, up.text
    assert project.outputs()["roleArn"] == f"acs:ram::{SOURCE}:role/shared-smc"
    assert "ram:AttachPolicyToUser" in fast_cloud.counts
    assert project.preview("--expect-no-changes").code == 0
    assert not any("dynamic/smc" in resource["type"] for resource in project.state())
    trust = json.loads(role(fast_cloud, "shared-smc").trust_document)["Statement"][0]
    assert trust["Principal"] == {"RAM": ["acs:ram::2000000000000002:user/migration-operator"]}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "tokyo-move"}}

    user = second(tmp_path, fast_cloud)
    user.settings["source"]["role"] = {
        "name": "shared-smc",
        "existing": True,
        "externalId": "tokyo-move",
    }
    # The access stack has granted the user, and nobody needs keys of the source account any more.
    del user.settings["destination"]["user"]
    user.settings["source"]["credentials"]["profile"] = "nobody"
    before = dict(fast_cloud.counts)
    up = user.up()
    assert up.code == 0, up.text
    assert user.outputs()["results"]["web-1"]["status"] == "Finished"
    assert {a for a in ROLE_CALLS if fast_cloud.counts[a] > before[a]} == set()
    assert user.preview("--expect-no-changes").code == 0
    assert user.destroy().code == 0
    assert role(fast_cloud, "shared-smc")
    assert project.destroy().code == 0
    assert fast_cloud.world.table(Role).get(key_of(SOURCE, "shared-smc")) is None


def test_a_strict_policy_grows_with_the_servers(project: Project, fast_cloud: Cloud) -> None:
    project.settings["source"]["role"] = {"strict": True}
    project.settings["defaults"] = {"execution": "createOnly"}
    servers = {
        name: {"select": {"id": f"i-source0{name}"}, "target": {"image": f"{name}-image"}}
        for name in ("web1", "web2")
    }
    project.settings["servers"] = {"web1": servers["web1"]}
    up = project.up()
    assert up.code == 0, up.text
    assert commands_on(fast_cloud) == ["i-source0web1"]
    project.settings["servers"] = servers
    up = project.up()
    assert up.code == 0, up.text
    assert commands_on(fast_cloud) == ["i-source0web1", "i-source0web2"]
    assert project.preview("--expect-no-changes").code == 0


def test_a_policy_changes_more_often_than_it_has_versions(
    project: Project, fast_cloud: Cloud
) -> None:
    project.settings["servers"] = {}
    # RAM keeps five: the sixth needs room.
    for strict in (False, True) * 3:
        project.settings["source"]["role"] = {"strict": strict}
        up = project.up()
        assert up.code == 0, up.text
    assert commands_on(fast_cloud) == []
    assert project.destroy().code == 0


def role(cloud: Cloud, name: str) -> Role:
    found = cloud.world.table(Role).get(key_of(SOURCE, name))
    assert found is not None
    return found


def commands_on(cloud: Cloud) -> list[str]:
    """Ids of the instances on which the policy in force allows RunCommand."""
    policy = cloud.world.table(Policy).get(key_of(SOURCE, "policy-smc"))
    assert policy is not None
    statements = json.loads(policy.versions[policy.default_version])["Statement"]
    running = [s for s in statements if s["Action"] == ["ecs:RunCommand"]]
    return [arn.rpartition("/")[2] for s in running for arn in s["Resource"] if ":instance/" in arn]
