"""A whole life on the real engine: up, nothing to do, refresh, change, destroy."""

from datetime import timedelta

import pytest

from cli.demo import unexpected
from cli.inventory import list_accounts
from emulator.ecs.tables import Image
from providers.replication_job import ReplicationJobProvider
from smc.settings import load_settings
from tests.support.cloud import Cloud
from tests.support.project import Project

UP_CALLS = {
    "ecs:DescribeCloudAssistantStatus",
    "ecs:DescribeInstances",
    "ecs:DescribeInvocations",
    "ecs:RunCommand",
    "ecs:TagResources",
    "ram:AttachPolicyToRole",
    "ram:AttachPolicyToUser",
    "ram:CreatePolicy",
    "ram:CreateRole",
    "ram:GetPolicy",
    "ram:GetRole",
    "ram:ListPoliciesForRole",
    "ram:ListPoliciesForUser",
    "ram:ListTagResources",
    "smc:CreateAccessToken",
    "smc:CreateReplicationJob",
    "smc:DeleteAccessToken",
    "smc:DescribeReplicationJobs",
    "smc:DescribeSourceServers",
    "smc:DisableAccessToken",
    "smc:ListAccessTokens",
    "smc:ModifySourceServerAttribute",
    "smc:StartReplicationJob",
    "smc:TagResources",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
}

DESTROY_CALLS = {
    "ecs:DescribeInstances",
    "ram:DeletePolicy",
    "ram:DeleteRole",
    "ram:DetachPolicyFromRole",
    "ram:DetachPolicyFromUser",
    "smc:DeleteReplicationJob",
    "smc:DeleteSourceServer",
    "smc:DescribeReplicationJobs",
    "smc:ListAccessTokens",
}


def changes(cloud: Cloud) -> dict[str, int]:
    """Calls so far that change something."""
    reads = ("Describe", "Get", "List", "AssumeRole")
    return {a: n for a, n in cloud.counts.items() if not a.partition(":")[2].startswith(reads)}


def test_from_up_to_destroy(project: Project) -> None:
    # As somebody declares it who says as little as possible.
    del project.settings["defaults"]
    settings = load_settings(project.settings)
    untouched = list_accounts(settings)
    known = set(project.cloud.counts)
    up = project.up()
    assert up.code == 0, up.text
    assert "Traceback" not in up.text
    assert "Syncing" in up.text, "no live progress on the wave's row"
    results = project.stack.outputs()["results"]
    assert {server: result["status"] for server, result in results.items()} == {
        "web-1": "Finished",
        "app-1": "Finished",
    }
    images = {i.name: i.image_id for i in project.cloud.world.table(Image)}
    assert images["web-1-image"] == results["web-1"]["image_id"]
    assert set(project.cloud.counts) - known <= UP_CALLS
    assert set(project.cloud.counts) >= UP_CALLS

    jobs = [each for each in project.state() if each["type"].endswith(":ReplicationJob")]
    for job in jobs:
        # Not in the state, for the provider knows it; of a thousand jobs it would be a tenth.
        assert "urn" not in job["inputs"].keys() | job["outputs"].keys()
        assert ReplicationJobProvider().urn(job["inputs"]) == job["urn"]
    assert len(jobs) == 2

    again = project.preview("--expect-no-changes")
    assert again.code == 0, again.text
    mutating = changes(project.cloud)
    assert project.up().code == 0
    assert changes(project.cloud) == mutating

    assert project.refresh().code == 0
    refreshed = project.preview("--expect-no-changes")
    assert refreshed.code == 0, refreshed.text

    project.settings["servers"]["app-1"]["description"] = "changed"
    changed = project.preview("--diff")
    assert '+ description           : "changed"' in changed.text or "description" in changed.text
    assert "1 to update" in changed.text
    assert project.up().code == 0

    before = dict(project.cloud.counts)
    destroyed = project.destroy()
    assert destroyed.code == 0, destroyed.text
    assert "no replication job, transition instance or temporary disk" in destroyed.text
    made = {a for a, n in project.cloud.counts.items() if n > before.get(a, 0)}
    assert made >= DESTROY_CALLS
    items = list_accounts(settings)
    assert unexpected(untouched, items, settings) == []
    assert {i.name.split("(")[1] for i in items if i.kind == "image"} == {
        "web-1-image)",
        "app-1-image)",
    }
    assert project.state() == []


def test_waves_come_one_after_the_other_and_not_before_their_time(project: Project) -> None:
    # Some hours later than the first wave can end: a second of ours is an hour.
    moment = f"{project.cloud.world.clock.now() + timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}"
    project.settings["waves"] = {"late": {"after": ["early"], "start": moment}, "early": {}}
    project.settings["servers"]["web-1"]["wave"] = "late"
    project.settings["servers"]["app-1"]["wave"] = "early"
    assert project.up().code == 0
    results = project.outputs()["results"]
    assert results["app-1"]["ended"] <= results["web-1"]["started"] >= moment


def test_a_dead_proxy_does_not_matter(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    up = project.up()
    assert up.code == 0, up.text


def test_a_server_taken_out_of_the_settings_goes_with_its_job_and_source(project: Project) -> None:
    project.settings["defaults"] = {"execution": "createOnly"}
    assert project.up().code == 0
    del project.settings["servers"]["app-1"]
    project.settings["cleanup"] = {"removeClient": True}
    up = project.up()
    assert up.code == 0, up.text
    assert "app-1: the SMC client is removed from i-source0app1" in up.text
    assert project.preview("--expect-no-changes").code == 0
    items = list_accounts(load_settings(project.settings))
    names = {i.name.split("(")[1] for i in items if i.service == "SMC"}
    assert names == {"web-1)"}
    destroyed = project.destroy()
    assert destroyed.code == 0, destroyed.text
    assert "web-1: the SMC client is removed from i-source0web1" in destroyed.text
