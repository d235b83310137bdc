"""Taking over jobs that exist, and telling what others changed."""

from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk

from smc.api.replication_jobs import describe_replication_jobs, modify_replication_job
from smc.handlers import replication_job
from smc.ownership import RUN_TAG, STACK_TAG
from tests.support.migration import STACK, Migrator


@pytest.fixture
def source_id(migrator: Migrator) -> str:
    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    return str(outputs["sources"]["web-1"]["source_id"])


def made_in_the_console(migrator: Migrator, source_id: str, **values: Any) -> str:
    request = sdk.CreateReplicationJobRequest(
        source_id=source_id,
        name="by-hand",
        **{
            "region_id": "ap-northeast-1",
            "target_type": "Image",
            "image_name": "by-hand-image",
            "run_once": True,
            "system_disk_size": 40,
            "tag": [sdk.CreateReplicationJobRequestTag(key="team", value="web")],
        }
        | values,
    )
    return str(migrator.clients.smc().create_replication_job(request).body.job_id)


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_job_is_adopted_as_it_is(migrator: Migrator, source_id: str, by: str) -> None:
    job_id = made_in_the_console(migrator, source_id)
    inputs = migrator.job_inputs(
        "web-1",
        source_id,
        image_name="by-hand-image",
        tags={"team": "web"},
        adopt_job=job_id if by == "id" else "by-hand",
    )
    outputs = replication_job.create(inputs, migrator.context)
    assert outputs["job_id"] == job_id
    (job,) = describe_replication_jobs(migrator.clients)
    assert (job.tags[STACK_TAG], job.tags[RUN_TAG], job.tags["team"]) == (STACK, "1", "web")
    # Nothing differs afterwards.
    read = replication_job.read(inputs, outputs, migrator.context)
    assert read == outputs


def test_a_job_that_differs_is_not_adopted(migrator: Migrator, source_id: str) -> None:
    job_id = made_in_the_console(migrator, source_id, license_type="BYOL")
    inputs = migrator.job_inputs("web-1", source_id, adopt_job=job_id)
    refused = replication_job.create(inputs, migrator.context)["error"]
    for words in (
        "license is 'BYOL' in the job, '' in the settings",
        "target.image is 'by-hand-image' in the job",
        "tags is {'team': 'web'} in the job",
    ):
        assert words in refused
    (job,) = describe_replication_jobs(migrator.clients)
    assert STACK_TAG not in job.tags


def test_a_job_that_is_not_there_is_named_with_those_that_are(
    migrator: Migrator, source_id: str
) -> None:
    job_id = made_in_the_console(migrator, source_id)
    inputs = migrator.job_inputs("web-1", source_id, adopt_job="another")
    refused = replication_job.create(inputs, migrator.context)
    assert f"no replication job another; it has {job_id}" in refused["error"]


def test_a_job_of_another_stack_is_not_adopted(migrator: Migrator, source_id: str) -> None:
    job_id = migrator.job("web-1", source_id, stack="organization/other/dev")["job_id"]
    inputs = migrator.job_inputs("web-1", source_id, adopt_job=job_id)
    refused = replication_job.create(inputs, migrator.context)
    assert "belongs to stack organization/other/dev" in refused["error"]


def test_what_others_changed_is_read(migrator: Migrator, source_id: str) -> None:
    inputs = migrator.job_inputs("web-1", source_id)
    outputs = replication_job.create(inputs, migrator.context)
    modify_replication_job(
        migrator.clients,
        sdk.ModifyReplicationJobAttributeRequest(
            job_id=outputs["job_id"], description="by hand", image_name="by-hand"
        ),
    )
    read = replication_job.read(inputs, outputs, migrator.context)
    assert read is not None
    assert (read["description"], read["image_name"]) == ("by hand", "by-hand")
    # Brought back by the next update.
    drifted = inputs.model_copy(update={"description": "by hand", "image_name": "by-hand"})
    replication_job.update(inputs, drifted, outputs, migrator.context)
    assert replication_job.read(inputs, outputs, migrator.context) == outputs
