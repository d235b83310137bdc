"""Changed and deleted by hand between two updates: seen, told, and put right; others untouched."""

import json
from typing import Any

from alibabacloud_ram20150501 import models as ram
from alibabacloud_smc20190601 import models as smc

from cli.demo import unexpected
from cli.inventory import list_accounts
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import (
    delete_source_server,
    describe_source_servers,
    modify_source_server,
)
from smc.models import ReplicationJob
from smc.policies import document, source_policy
from smc.settings import load_settings
from tests.engine.test_access import role
from tests.engine.test_lifecycle import changes
from tests.support.cloud import Cloud
from tests.support.project import Outcome, Project
from tests.support.smc_calls import DAY, Smc

ROLE, POLICY = "ram-role-smc", "policy-smc"
ATTACHED = {"policy_type": "Custom", "policy_name": POLICY, "role_name": ROLE}
WIDE = document({"Effect": "Allow", "Action": ["ecs:*"], "Resource": "*"})


def good(outcome: Outcome) -> str:
    assert outcome.code == 0, outcome.text
    assert "Traceback" not in outcome.text
    return outcome.text


def job(cloud: Cloud, name: str) -> ReplicationJob:
    (found,) = [
        j for j in describe_replication_jobs(cloud.clients("destination")) if j.name == name
    ]
    return found


def policy_in_force(cloud: Cloud) -> dict[str, Any]:
    sdk = cloud.clients("source").ram()
    request = ram.GetPolicyRequest(policy_type="Custom", policy_name=POLICY)
    text: str = sdk.get_policy(request).body.default_policy_version.policy_document
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def test_what_was_changed_by_hand_is_seen_named_and_put_right(
    project: Project, fast_cloud: Cloud
) -> None:
    """What cannot be changed in a job that waits replaces it."""
    web = project.settings["servers"]["web-1"]
    project.settings["servers"] = {"web-1": web}
    web["execution"] = "createOnly"
    good(project.up())
    made = job(fast_cloud, "web-1")
    fast_cloud.clients("destination").smc().modify_replication_job_attribute(
        smc.ModifyReplicationJobAttributeRequest(
            job_id=made.job_id, name="renamed", description="by hand"
        )
    )
    fast_cloud.clients("source").ram().create_policy_version(
        ram.CreatePolicyVersionRequest(
            policy_name=POLICY, policy_document=WIDE, set_as_default=True
        )
    )
    modify_source_server(fast_cloud.clients("destination"), made.source_id, "by-hand", "theirs")
    refreshed = good(project.refresh())
    assert "~ 3 updated" in refreshed
    preview = good(project.preview("--diff"))
    assert "web-1: modify: puts right what somebody else changed of its source server: name" in (
        preview
    )
    assert "web-1: modify: description, name of job" in preview
    assert '~ server     : "renamed" => "web-1"' in preview
    assert "~ policyDocument" in preview
    assert "+-" not in preview, "something is replaced"
    good(project.up())
    restored = job(fast_cloud, "web-1")
    assert (restored.job_id, restored.declared["description"]) == (made.job_id, "")
    assert policy_in_force(fast_cloud) == json.loads(source_policy())
    (source,) = describe_source_servers(fast_cloud.clients("destination"))
    assert source.name == "web-1"
    good(project.preview("--expect-no-changes"))

    web["license"] = "BYOL"
    replaced = good(project.preview("--diff"))
    assert "web-1: replace: license cannot be changed in a job" in replaced
    assert "nothing that was transferred is lost" in replaced
    assert f"[id={made.job_id}]" in replaced
    good(project.up())
    assert job(fast_cloud, "web-1").job_id != made.job_id
    assert len(describe_replication_jobs(fast_cloud.clients("destination"))) == 1


def test_what_was_deleted_by_hand_is_made_again_but_not_what_is_finished(
    project: Project, fast_cloud: Cloud
) -> None:
    """With things of others in both accounts."""
    others = Smc(fast_cloud)
    foreign_job = others.create(
        others.source("i-source0web2"), image_name="theirs", system_disk_size=40
    )
    settings = load_settings(project.settings)
    untouched = list_accounts(settings)
    project.settings["servers"]["web-1"]["execution"] = "createOnly"
    good(project.up())

    clients = fast_cloud.clients("destination")
    waiting, finished = job(fast_cloud, "web-1"), job(fast_cloud, "app-1")
    clients.smc().delete_replication_job(smc.DeleteReplicationJobRequest(job_id=waiting.job_id))
    delete_role(fast_cloud)
    # SMC removes a job 7 days after it has expired.
    fast_cloud.world.clock.advance(31 * DAY)
    fast_cloud.world.clock.advance(8 * DAY)
    assert [j.job_id for j in describe_replication_jobs(clients)] == []
    delete_source_server(clients, waiting.source_id)
    good(project.refresh())
    starts = fast_cloud.counts["smc:StartReplicationJob"]
    good(project.up())
    assert role(fast_cloud, ROLE)
    again = job(fast_cloud, "web-1")
    assert again.source_id != waiting.source_id
    assert project.output("results")["app-1"]["status"] == "Finished"
    assert fast_cloud.counts["smc:StartReplicationJob"] == starts, finished
    good(project.preview("--expect-no-changes"))

    # Pulumi cannot import dynamic resources; what exists is taken over by the settings.
    kind = "pulumi-python:dynamic/smc:ReplicationJob"
    state = project.state()
    refused = project.pulumi("import", kind, "other", foreign_job, "--yes")
    assert refused.code != 0
    assert "KeyError: '__provider'" in refused.text
    assert project.state() == state

    good(project.destroy())
    after = list_accounts(settings)
    assert unexpected(untouched, after, settings) == []
    assert [i.name.split()[0] for i in untouched if i not in after] == [foreign_job]
    assert {s.hostname for s in describe_source_servers(clients)} == {"web-2"}
    before = changes(fast_cloud)
    good(project.destroy())
    assert changes(fast_cloud) == before


def delete_role(cloud: Cloud) -> None:
    own = cloud.clients("source").ram()
    own.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(**ATTACHED))
    own.delete_role(ram.DeleteRoleRequest(role_name=ROLE))
