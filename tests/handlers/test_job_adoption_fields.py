"""Every field of a job that somebody made by hand: carried over, or refused; never lost."""

from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk

from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.clients import Clients
from smc.handlers import replication_job
from smc.job_fields import CHANGEABLE_IN
from smc.verdicts import Kind
from tests.handlers.test_job_adoption import made_in_the_console
from tests.support.migration import Migrator

GIB = 1024**3
LAYOUT = sdk.CreateReplicationJobRequestDisks(
    system=sdk.CreateReplicationJobRequestDisksSystem(
        size=60,
        lvm=False,
        part=[
            sdk.CreateReplicationJobRequestDisksSystemPart(
                path="/", size_bytes=54 * GIB, block=False
            )
        ],
    )
)
CONTAINER = {"namespace": "move", "repository": "web", "tag": "1"}
TEMPLATE = {"launch_template_id": "lt-target0small", "launch_template_version": "1"}

FIELDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "region": ({"region_id": "cn-shanghai"}, {"region": "cn-shanghai"}),
    "image_name": ({"image_name": "other-image"}, {"image_name": "other-image"}),
    "instance_id": (
        {"target_type": "TargetInstance", "instance_id": "i-target0files", "image_name": None},
        {"image_name": "", "instance_id": "i-target0files"},
    ),
    "container": (
        {
            "target_type": "ContainerImage",
            "image_name": None,
            "instance_ram_role": "push",
            **{f"container_{key}": value for key, value in CONTAINER.items()},
        },
        {"image_name": "", "container": CONTAINER, "instance_role": "push"},
    ),
    "description": ({"description": "Made by hand"}, {"description": "Made by hand"}),
    "tags": (
        {"tag": [sdk.CreateReplicationJobRequestTag(key="team", value="db")]},
        {"tags": {"team": "db"}},
    ),
    "valid_days": ({"valid_time": 60}, {"valid_days": 60}),
    "start_at": ({"scheduled_start_time": 2}, {"start_at": 2}),
    "every_hours": (
        {"run_once": False, "frequency": 12, "max_number_of_image_to_keep": 1},
        {"every_hours": 12, "keep_images": 1},
    ),
    "keep_images": (
        {"run_once": False, "frequency": 6, "max_number_of_image_to_keep": 3},
        {"every_hours": 6, "keep_images": 3},
    ),
    "vswitch_id": (
        {"net_mode": 2, "v_switch_id": "vsw-target0a"},
        {"vswitch_id": "vsw-target0a"},
    ),
    "replication_parameters": (
        {"replication_parameters": '{"compress_level": 7}'},
        {"replication_parameters": {"compress_level": 7}},
    ),
    "license_type": ({"license_type": "BYOL"}, {"license_type": "BYOL"}),
    "resource_group_id": ({"resource_group_id": "rg-1"}, {"resource_group_id": "rg-1"}),
    "instance_type": ({"instance_type": "ecs.g7.large"}, {"instance_type": "ecs.g7.large"}),
    "instance_role": ({"instance_ram_role": "push"}, {"instance_role": "push"}),
    "launch_template_id": (
        {"launch_template_id": "lt-target0small"},
        {"launch_template_id": "lt-target0small"},
    ),
    "launch_template_version": (TEMPLATE, TEMPLATE),
    "disks": ({"system_disk_size": 60}, {"disks": [{"index": 0, "size": 60}]}),
    "disks.layout": (
        {"system_disk_size": None, "disks": LAYOUT},
        {
            "disks": [
                {
                    "index": 0,
                    "size": 60,
                    "partitions": [{"path": "/", "size": "90%", "block": False}],
                }
            ]
        },
    ),
}
"""Field -> how the job was made by hand, and how the settings say the same. Times are in days."""

SILENT = {"instance_type", "replication_parameters", "resource_group_id"}
"""Where the settings say nothing, the job keeps what it has: SMC may have chosen it."""


@pytest.fixture
def source_id(migrator: Migrator) -> str:
    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    return str(outputs["sources"]["web-1"]["source_id"])


def test_the_table_has_every_field() -> None:
    assert {field.partition(".")[0] for field in FIELDS} == set(CHANGEABLE_IN) - {"server"}


def with_moments(clients: Clients, *tables: dict[str, Any]) -> list[dict[str, Any]]:
    now = clients.utc_now()
    return [
        {
            key: f"{now + timedelta(days=value):%Y-%m-%dT%H:%M:%SZ}"
            if key in {"valid_time", "scheduled_start_time", "start_at"}
            else value
            for key, value in table.items()
        }
        for table in tables
    ]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("running", [False, True], ids=["waiting", "running"])
def test_a_field_is_carried_and_the_next_preview_is_empty(
    migrator: Migrator, source_id: str, field: str, running: bool
) -> None:
    by_hand, said = with_moments(migrator.clients, *FIELDS[field])
    job_id = made_in_the_console(migrator, source_id, **by_hand)
    if running:
        start_replication_job(migrator.clients, job_id)
        migrator.clock.sleep(400)
    (before,) = describe_replication_jobs(migrator.clients)
    base = {"image_name": "by-hand-image", "tags": {"team": "web"}, "adopt_job": job_id}
    if field not in SILENT:
        silent = migrator.job_inputs("web-1", source_id, **base)
        refused = replication_job.create(silent, migrator.context)
        assert refused["job_id"] == ""
        assert "is not what the settings say" in refused["error"]
    inputs = migrator.job_inputs("web-1", source_id, **base | said)
    outputs = replication_job.create(inputs, migrator.context)
    assert outputs["job_id"] == job_id
    (after,) = describe_replication_jobs(migrator.clients)
    assert (after.declared, after.layout) == (before.declared, before.layout)
    assert (after.disk_sizes_gib, after.valid_days) == (before.disk_sizes_gib, before.valid_days)
    assert replication_job.read(inputs, outputs, migrator.context) == outputs
    unchanged = replication_job.verdict(inputs, inputs, outputs, migrator.context)
    assert unchanged.kind is Kind.KEEP
