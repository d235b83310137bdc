"""One server's replication job: created, changed and deleted here, started by its wave.

A job is created once for each `run`. When it has finished, the wave leaves a mark on the source
server; a job that SMC removed afterwards (it keeps an expired one for 7 days) is then a tombstone,
not something missing.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:CreateReplicationJob,
smc:ModifyReplicationJobAttribute, smc:StopReplicationJob, smc:DeleteReplicationJob,
ecs:DescribeInstances, ecs:DescribeDisks, ecs:TagResources.
Source: the seed's step 3 ("configure the migration").
"""

import json
from datetime import datetime, timedelta
from typing import Any

from alibabacloud_smc20190601 import models as sdk
from pydantic import BaseModel, ConfigDict, Field

from smc.api import replication_jobs as jobs_api
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import ApiError, MigrationError, RefusedError
from smc.handlers.context import Context
from smc.handlers.job_removal import delete_jobs
from smc.handlers.target_check import check_target_instance
from smc.hints import explain
from smc.models import ReplicationJob
from smc.ownership import RUN_TAG, SERVER_TAG, client_token, finished_run, stack_tags
from smc.states import UNFINISHED, JobStatus
from smc.waiters import Pace


class ReplicationJobInputs(BaseModel):
    """One server's migration.

    Attributes:
        stack: see `smc.ownership`.
        server: name in the settings, and name of the job.
        destination: account that the job belongs to.
        source_id: the source server; empty while it could not be imported.
        region: region of the target.
        image_name: the image to make; empty for an instance target.
        instance_id: the instance to replace, acknowledged; empty for an image target.
        run: counts wanted migrations of this server, from 1.
        valid_days: life of the job, 7 to 90.
        vswitch_id: for a transfer over private addresses; empty for a public one.
        replication_parameters: bandwidth_limit, compress_level, checksum as the API takes them.
        pace: of the wait for a running job to stop on delete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    server: str
    destination: Connection
    source_id: str
    region: str
    image_name: str = ""
    instance_id: str = ""
    description: str = ""
    tags: dict[str, str] = Field(default_factory=dict)
    run: int = 1
    valid_days: int = 30
    vswitch_id: str = ""
    replication_parameters: dict[str, Any] = Field(default_factory=dict)
    pace: Pace = Pace()


Outputs = dict[str, Any]
"""job_id (empty where there is none), status, image_id, error."""

NEW_JOB_FIELDS = frozenset({"source_id", "run"})
"""A change of one of these is another job."""

ANY_TIME_FIELDS = frozenset({"description"})
"""SMC changes these in every status."""

LOCAL_FIELDS = frozenset({"stack", "server", "destination", "pace"})
"""Not part of the job as SMC sees it."""

SETTABLE_FIELDS = frozenset(
    {"region", "image_name", "instance_id", "vswitch_id", "replication_parameters"}
)


def create(inputs: ReplicationJobInputs, context: Context) -> Outputs:
    """Create the job, or find the one that an interrupted run created; does not start it.

    Without a source server there is nothing to create; the outputs say so and the wave reports why.

    Raises:
        RefusedError: the target instance does not fit.
        MigrationError: SMC refuses.
    """
    if not inputs.source_id:
        return _outputs(None, JobStatus.NOT_CREATED)
    clients = context.clients(inputs.destination)
    mine = _existing(clients, inputs)
    if mine is not None:
        return _outputs(mine, mine.status)
    source = next(iter(describe_source_servers(clients, [inputs.source_id])), None)
    if source is None:
        raise MigrationError(
            f"{inputs.server}: source server {inputs.source_id} is gone."
            " Fix: run `pulumi refresh`, then `pulumi up` imports it again."
        )
    if finished_run(source.tags) >= inputs.run:
        return _outputs(None, JobStatus.FINISHED)
    if inputs.instance_id:
        check_target_instance(
            clients, inputs.region, inputs.instance_id, inputs.server, source, context.note
        )
    try:
        job_id = jobs_api.create_replication_job(clients, _create_request(clients, inputs))
    except ApiError as error:
        raise MigrationError(
            f"{inputs.server}: its replication job could not be created. {error}."
            f"{explain(error.code)}"
        ) from error
    return {**_outputs(None, JobStatus.READY), "job_id": job_id}


def read(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> Outputs | None:
    """The job as it is; None when it is gone without having finished."""
    if not outputs["job_id"]:
        return outputs
    clients = context.clients(inputs.destination)
    found = jobs_api.describe_replication_jobs(clients, [outputs["job_id"]])
    if found and found[0].status != JobStatus.DELETING:
        return _outputs(found[0], found[0].status)
    if outputs["status"] == JobStatus.FINISHED or _finished_before(clients, inputs):
        return {**outputs, "status": JobStatus.FINISHED.value}
    return None


def update(
    inputs: ReplicationJobInputs, before: ReplicationJobInputs, outputs: Outputs, context: Context
) -> Outputs:
    """Change the job in place; what cannot change was refused by `changes_allowed`."""
    changed = changed_fields(before, inputs)
    clients = context.clients(inputs.destination)
    if outputs["job_id"] and changed:
        jobs_api.modify_replication_job(
            clients, _modify_request(outputs["job_id"], inputs, changed)
        )
    current = read(inputs, outputs, context)
    return current if current is not None else outputs


def delete(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> None:
    """Stop and delete the job and what it keeps in ECS; images and target instances stay."""
    if not outputs["job_id"]:
        return
    clients = context.clients(inputs.destination)
    delete_jobs(clients, inputs.stack, {outputs["job_id"]: inputs.server}, inputs.pace, context)


def changed_fields(before: ReplicationJobInputs, after: ReplicationJobInputs) -> set[str]:
    """Fields of the job that differ."""
    fields = set(ReplicationJobInputs.model_fields) - LOCAL_FIELDS
    return {name for name in fields if getattr(before, name) != getattr(after, name)}


def refuse_impossible(
    before: ReplicationJobInputs, after: ReplicationJobInputs, outputs: Outputs, context: Context
) -> None:
    """Refuse a change that SMC does not allow in the job's present status.

    Raises:
        RefusedError: says what was changed, why it cannot be, and what to do.
    """
    fields = changed_fields(before, after)
    if not outputs["job_id"] or fields & NEW_JOB_FIELDS or fields <= ANY_TIME_FIELDS:
        return
    current = read(before, outputs, context)
    status = current["status"] if current else JobStatus.GONE
    listed = ", ".join(sorted(fields - ANY_TIME_FIELDS))
    if status == JobStatus.FINISHED:
        raise RefusedError(
            f"{after.server}: {listed} changed, but the server is already migrated"
            f" (job {outputs['job_id']}). Fix: undo the change, or set"
            f" servers.{after.server}.run to {before.run + 1} to migrate it again."
        )
    fixed = fields - ANY_TIME_FIELDS - SETTABLE_FIELDS
    if fixed:
        raise RefusedError(
            f"{after.server}: SMC cannot change {', '.join(sorted(fixed))} of job"
            f" {outputs['job_id']} after it was created. Fix: undo the change, or set"
            f" servers.{after.server}.run to {before.run + 1} to replace the job."
        )
    if status != JobStatus.READY:
        raise RefusedError(
            f"{after.server}: {listed} can change only before the first start, but job"
            f" {outputs['job_id']} is {status}. Fix: undo the change, or set"
            f" servers.{after.server}.run to {before.run + 1}, which starts over."
        )


def _existing(clients: Clients, inputs: ReplicationJobInputs) -> ReplicationJob | None:
    """Our job of this run, if an interrupted create left one."""
    wanted = (stack_tags(inputs.stack) | {RUN_TAG: str(inputs.run)}).items()
    for job in jobs_api.describe_replication_jobs(clients, source_ids=[inputs.source_id]):
        if wanted <= job.tags.items() and job.status in UNFINISHED | {JobStatus.FINISHED}:
            return job
    return None


def _finished_before(clients: Clients, inputs: ReplicationJobInputs) -> bool:
    sources = describe_source_servers(clients, [inputs.source_id])
    return bool(sources) and finished_run(sources[0].tags) >= inputs.run


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _outputs(job: ReplicationJob | None, status: str) -> Outputs:
    return {
        "job_id": job.job_id if job else "",
        "status": str(status),
        "image_id": job.image_id if job else "",
        "error": job.error if job else "",
    }


def _target(inputs: ReplicationJobInputs) -> dict[str, Any]:
    if inputs.instance_id:
        return {"target_type": "TargetInstance", "instance_id": inputs.instance_id}
    return {"target_type": "Image", "image_name": inputs.image_name}


def _network(inputs: ReplicationJobInputs) -> dict[str, Any]:
    network: dict[str, Any] = {"net_mode": 2 if inputs.vswitch_id else 0}
    if inputs.vswitch_id:
        network["v_switch_id"] = inputs.vswitch_id
    if inputs.replication_parameters:
        network["replication_parameters"] = json.dumps(inputs.replication_parameters)
    return network


def _create_request(
    clients: Clients, inputs: ReplicationJobInputs
) -> sdk.CreateReplicationJobRequest:
    tags = inputs.tags | stack_tags(inputs.stack)
    tags |= {SERVER_TAG: inputs.server, RUN_TAG: str(inputs.run)}
    return sdk.CreateReplicationJobRequest(
        client_token=client_token(
            inputs.stack, inputs.server, inputs.run, inputs.model_dump(mode="json")
        ),
        source_id=inputs.source_id,
        region_id=inputs.region,
        name=inputs.server if inputs.run == 1 else f"{inputs.server}-{inputs.run}",
        description=inputs.description or None,
        valid_time=_utc(clients.utc_now() + timedelta(days=inputs.valid_days)),
        run_once=True,
        tag=[sdk.CreateReplicationJobRequestTag(key=k, value=v) for k, v in tags.items()],
        **_target(inputs),
        **_network(inputs),
    )


def _modify_request(
    job_id: str, inputs: ReplicationJobInputs, changed: set[str]
) -> sdk.ModifyReplicationJobAttributeRequest:
    values: dict[str, Any] = {}
    if "description" in changed:
        values["description"] = inputs.description
    if changed & {"image_name", "instance_id"}:
        values |= _target(inputs)
    if changed & {"vswitch_id", "replication_parameters"}:
        values |= _network(inputs)
    return sdk.ModifyReplicationJobAttributeRequest(job_id=job_id, **values)
