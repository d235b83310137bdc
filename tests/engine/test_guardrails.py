"""The policy pack under the real engine: it stops an update, warns, and takes its configuration."""

import json
import os
from pathlib import Path

import pytest

from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from tests.support.cloud import Cloud
from tests.support.policy_pack import startable_pack
from tests.support.project import Project


def test_guardrails_stop_warn_and_are_configured(
    project: Project, fast_cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, binaries = startable_pack(tmp_path)
    monkeypatch.setenv("PATH", str(binaries), prepend=os.pathsep)
    config = tmp_path / "guardrails.json"
    with_pack = ("--policy-pack", str(pack), "--policy-pack-config", str(config))
    exception = {"resource": "web-1", "reason": "no VPN to this site before May"}
    config.write_text(
        json.dumps(
            {
                "allowed-regions": {"regions": ["cn-beijing"]},
                "private-transfer": {"enforcementLevel": "mandatory", "exceptions": [exception]},
                "drill-before-migration": {"enforcementLevel": "mandatory"},
                "budget": {"most": 0.01, "currency": "CNY"},
            }
        )
    )
    project.settings["prices"] = {
        "currency": "CNY",
        "transitionInstanceHour": 1,
        "diskGibHour": 0.001,
    }
    project.settings["budget"] = 1000
    refused = project.preview(*with_pack)
    assert refused.code != 0
    assert "web-1: the target is in ap-northeast-1; allowed: cn-beijing." in refused.text
    assert "app-1: the server's data travels over the public internet." in refused.text
    assert "web-1: the server's data" not in refused.text
    assert "the role trusts everybody in account" in refused.text
    assert "app-1 is migrated without a drill." in refused.text
    assert "its budget is 1,000.00 CNY, more than 0.01." in refused.text

    config.write_text("{}")
    for server in project.settings["servers"].values():
        server["execution"] = "createOnly"
    done = project.pulumi("up", "--yes", "--skip-preview", *with_pack)
    assert done.code == 0, done.text
    # A migration that is under way when its server is to be started over.
    fast_cloud.world.clock.speed = 0
    clients = fast_cloud.clients("destination")
    (job,) = [job for job in describe_replication_jobs(clients) if job.name == "web-1"]
    start_replication_job(clients, job.job_id)
    project.settings["servers"]["web-1"]["run"] = 2
    config.write_text(json.dumps({"allowed-regions": {"regions": ["ap-northeast-1"]}}))
    refused = project.preview(*with_pack)
    assert refused.code != 0, refused.text
    assert "the target is in" not in refused.text
    assert f"web-1: run 2 deletes job {job.job_id}, which is Running at 0 %" in refused.text
