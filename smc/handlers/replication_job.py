"""One server's replication job: created, changed and deleted here, started by its wave.

A job is created once for each `run`. When it has finished, the wave leaves a mark on the source
server; a job that SMC removed afterwards (it keeps an expired one for 7 days) is then a tombstone,
not something missing.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:CreateReplicationJob,
smc:ModifyReplicationJobAttribute, smc:TagResources, smc:UntagResources, smc:StopReplicationJob,
smc:DeleteReplicationJob, ecs:DescribeInstances, ecs:DescribeDisks, ecs:TagResources.
Source: the seed's step 3 ("configure the migration").
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smc.api import replication_jobs as jobs_api
from smc.api.tags import tag_job, untag_job
from smc.clients import Clients
from smc.errors import ApiError, InterruptedWait, MigrationError, RefusedError, TransientApiError
from smc.handlers.context import Context
from smc.handlers.job_adoption import adopt, differing
from smc.handlers.job_removal import await_gone, delete_jobs
from smc.handlers.job_request import create_request, modify_request
from smc.handlers.listings import account_sources, stack_jobs
from smc.handlers.target_check import check_target_instance
from smc.job_fields import ReplicationJobInputs, changed_fields
from smc.models import ReplicationJob, SourceServer
from smc.ownership import RUN_TAG, finished_run, stack_tags
from smc.partitions import layout_problems
from smc.states import UNFINISHED, JobStatus
from smc.verdicts import JobState, Kind, Verdict, judge

if TYPE_CHECKING:
    from alibabacloud_smc20190601.models import CreateReplicationJobRequest

Outputs = dict[str, Any]
"""job_id (empty where there is none), status, image_id, error."""

EARLIEST_SCHEDULE = timedelta(minutes=10)
LATEST_SCHEDULE = timedelta(days=30)

NAME_IS_TAKEN = frozenset({"ReplicationJobName.Duplicate", "ImageName.UsedByReplicationJob"})


def create(inputs: ReplicationJobInputs, context: Context) -> Outputs:
    """Create the job, or find the one that an interrupted run created; does not start it.

    Without a source server there is nothing to create. A job that SMC refuses, or that does not fit
    what is there, must not keep the others from going on, as a failure would: the outputs say why
    there is none, its wave reports that, and the next update tries again.

    Raises:
        TransientApiError: a service is in trouble, or does not answer.
        InterruptedWait: the update was cancelled.
    """
    if not inputs.source_id:
        return _outputs(None, JobStatus.NOT_CREATED)
    try:
        return _create(inputs, context.clients(inputs.destination), context)
    except (TransientApiError, InterruptedWait):
        raise
    except MigrationError as error:
        reason = str(error).removeprefix(f"{inputs.server}: ")
        context.note(f"{inputs.server} has no replication job: {reason}")
        return _outputs(None, JobStatus.NOT_CREATED) | {"error": reason}


def _create(inputs: ReplicationJobInputs, clients: Clients, context: Context) -> Outputs:
    """See `create`.

    Raises:
        RefusedError: the target instance, the disks, the schedule or an adopted job do not fit.
        MigrationError: SMC refuses.
    """
    source = account_sources(context, clients).get(inputs.source_id)
    if inputs.adopt_job:
        mine: ReplicationJob | None = adopt(clients, inputs, source)
    else:
        mine = _existing(context, clients, inputs)
    if mine is not None and mine.status != JobStatus.EXPIRED:
        return _outputs(mine, mine.status)
    if source is None:
        raise MigrationError(
            f"{inputs.server}: source server {inputs.source_id} is gone."
            " Fix: run `pulumi refresh`, then `pulumi up` imports it again."
        )
    if finished_run(source.tags) >= inputs.run:
        return _outputs(None, JobStatus.FINISHED)
    _check(clients, inputs, source, context)
    if mine is not None:
        # It can never start again, and no other job can be made while it is there.
        delete_jobs(clients, inputs.stack, {mine.job_id: inputs.server}, inputs.pace, context)
    request = create_request(clients, inputs, source, mine.job_id if mine else "")
    try:
        job_id = _made(clients, inputs, request, context)
    except TransientApiError:
        raise
    except ApiError as error:
        raise MigrationError(f"its replication job could not be created. {error}") from error
    return {**_outputs(None, JobStatus.READY), "job_id": job_id}


def _made(
    clients: Clients,
    inputs: ReplicationJobInputs,
    request: "CreateReplicationJobRequest",
    context: Context,
) -> str:
    """The id of the new job, whose names may be those of a job that it replaces."""
    try:
        return jobs_api.create_replication_job(clients, request)
    except TransientApiError:
        raise
    except ApiError as error:
        if not _is_out_of_the_way(clients, inputs, error, context):
            raise
    return jobs_api.create_replication_job(clients, request)


def _is_out_of_the_way(
    clients: Clients, inputs: ReplicationJobInputs, refusal: ApiError, context: Context
) -> bool:
    """Whether a job of ours that a new one replaces was being deleted, and is gone now.

    Until then SMC keeps its names.
    """
    ours = stack_tags(inputs.stack).items()
    listed = jobs_api.describe_replication_jobs(clients, source_ids=[inputs.source_id])
    deleting = [
        job.job_id
        for job in listed
        if job.status == JobStatus.DELETING and ours <= job.tags.items()
    ]
    if not deleting:
        # It may have gone between the refusal and this look.
        has_name = any(job.name == inputs.job_name for job in listed)
        return refusal.code in NAME_IS_TAKEN and not has_name
    context.progress(f"waiting until SMC has removed {deleting[0]}, which this job replaces")
    return await_gone(clients, deleting, inputs.pace, context)


def read(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> Outputs | None:
    """The job as it is; None when it is gone without having finished.

    Where the job was changed by somebody else, the outputs hold its values of the changed inputs.
    """
    if not outputs["job_id"]:
        return outputs
    if _was_removed(inputs, outputs, context):
        return {**outputs, "status": JobStatus.FINISHED.value}
    job = _live(context, context.clients(inputs.destination), inputs, outputs["job_id"])
    if job is not None:
        drift = {} if job.status == JobStatus.FINISHED else differing(inputs, job)
        changed = {name: actual for name, (_, actual) in drift.items()}
        if not inputs.adopt_job and job.name != inputs.job_name:
            changed["server"] = job.name
        return changed | _outputs(job, job.status)
    return None


def update(
    inputs: ReplicationJobInputs, before: ReplicationJobInputs, outputs: Outputs, context: Context
) -> Outputs:
    """Change the job in place; what cannot change was replaced or refused by its verdict.

    Of a finished job that SMC has removed only the record is changed.
    """
    # Asked with today's credentials: those of before may be gone.
    known = before.model_copy(update={"destination": inputs.destination})
    if outputs["job_id"] and _was_removed(known, outputs, context):
        return outputs
    changed = changed_fields(before, inputs)
    clients = context.clients(inputs.destination)
    job_id = outputs["job_id"]
    if job_id and "tags" in changed:
        added = {k: v for k, v in inputs.tags.items() if before.tags.get(k) != v}
        if added:
            tag_job(clients, job_id, added)
        removed = sorted(set(before.tags) - set(inputs.tags))
        if removed:
            untag_job(clients, job_id, removed)
    if job_id and changed - {"tags"}:
        source = account_sources(context, clients).get(inputs.source_id)
        if source is not None:
            _check(clients, inputs, source, context)
        try:
            request = modify_request(clients, job_id, inputs, source, changed)
            jobs_api.modify_replication_job(clients, request)
        except ApiError as error:
            raise MigrationError(
                f"{inputs.server}: job {job_id} could not be changed. {error}"
            ) from error
    stack_jobs(context, clients, inputs.stack).forget(job_id)
    current = read(inputs, outputs, context)
    return {name: (current or outputs)[name] for name in ("job_id", "status", "image_id", "error")}


def delete(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> None:
    """Stop and delete the job and what it keeps in ECS; images and target instances stay."""
    if not outputs["job_id"]:
        return
    clients = context.clients(inputs.destination)
    delete_jobs(clients, inputs.stack, {outputs["job_id"]: inputs.server}, inputs.pace, context)
    stack_jobs(context, clients, inputs.stack).forget(outputs["job_id"])


def verdict(
    before: ReplicationJobInputs, after: ReplicationJobInputs, outputs: Outputs, context: Context
) -> Verdict:
    """What a change of the settings will do, by the job's status now.

    Raises:
        RefusedError: SMC does not allow it, or work would be lost; the message says what to do.
    """
    if not changed_fields(before, after):
        return _unchanged(before, outputs, context)
    result = judge(before, after, _state(before, outputs, context))
    if result.kind is Kind.REFUSE:
        raise RefusedError(f"{after.server}: {result.reason}")
    return result


def refusal(before: ReplicationJobInputs, after: ReplicationJobInputs, context: Context) -> str:
    """Why SMC does not allow a change; empty if it does, or if there is none.

    For whoever does not know the outputs: the job is found by its tags.
    """
    if not changed_fields(before, after):
        return ""
    clients = context.clients(before.destination)
    job = _existing(context, clients, before)
    if job is not None:
        state = JobState(job.job_id, job.status, job.progress)
    else:
        finished = _finished_before(context, clients, before)
        state = JobState("", JobStatus.FINISHED if finished else JobStatus.GONE)
    result = judge(before, after, state)
    return f"{after.server}: {result.reason}" if result.kind is Kind.REFUSE else ""


def _unchanged(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> Verdict:
    """Nothing is to be done, unless somebody else deleted the job, or it could not be made."""
    if outputs["status"] == JobStatus.NOT_CREATED and outputs["error"]:
        return Verdict(Kind.CREATE, "there is no job, for it could not be made")
    if not outputs["job_id"] or outputs["status"] == JobStatus.FINISHED:
        return Verdict(Kind.KEEP)
    if _state(inputs, outputs, context).status != JobStatus.GONE:
        return Verdict(Kind.KEEP)
    return Verdict(Kind.CREATE, f"job {outputs['job_id']} is gone, and nothing says it finished")


def _state(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> JobState:
    job_id = outputs["job_id"]
    if not job_id:
        return JobState("", outputs["status"])
    if _was_removed(inputs, outputs, context):
        return JobState(job_id, JobStatus.FINISHED)
    job = _live(context, context.clients(inputs.destination), inputs, job_id)
    return JobState(job_id, job.status, job.progress) if job else JobState(job_id, JobStatus.GONE)


def _was_removed(inputs: ReplicationJobInputs, outputs: Outputs, context: Context) -> bool:
    """Whether SMC removed the job after it had finished. Asks for no job by itself."""
    clients = context.clients(inputs.destination)
    job = stack_jobs(context, clients, inputs.stack).listed(outputs["job_id"])
    if job is not None and job.status != JobStatus.DELETING:
        return False
    return outputs["status"] == JobStatus.FINISHED or _finished_before(context, clients, inputs)


def _live(
    context: Context, clients: Clients, inputs: ReplicationJobInputs, job_id: str
) -> ReplicationJob | None:
    job = stack_jobs(context, clients, inputs.stack).get(job_id)
    return None if job is None or job.status == JobStatus.DELETING else job


def _existing(
    context: Context, clients: Clients, inputs: ReplicationJobInputs
) -> ReplicationJob | None:
    """Our job of this run, if an interrupted create left one."""
    wanted = (stack_tags(inputs.stack) | {RUN_TAG: str(inputs.run)}).items()
    for job in stack_jobs(context, clients, inputs.stack).all():
        ours = job.source_id == inputs.source_id and wanted <= job.tags.items()
        if ours and job.status in UNFINISHED | {JobStatus.FINISHED, JobStatus.EXPIRED}:
            return job
    return None


def _check(
    clients: Clients, inputs: ReplicationJobInputs, source: SourceServer, context: Context
) -> None:
    if inputs.instance_id:
        check_target_instance(
            clients, inputs.region, inputs.instance_id, inputs.server, source, context.note
        )
    if inputs.container and "windows" in source.platform.lower():
        raise RefusedError(
            f"{inputs.server}: SMC makes container images of Linux servers only, but it runs"
            f" {source.platform}. Fix: migrate it to an image."
        )
    problems = layout_problems(inputs.disks, source)
    if problems:
        raise RefusedError(
            f"{inputs.server}: its disks do not fit: {'; '.join(problems)}."
            f" Fix: correct servers.{inputs.server}.disks."
        )
    if inputs.start_at:
        _check_schedule(clients, inputs)


def _check_schedule(clients: Clients, inputs: ReplicationJobInputs) -> None:
    ahead = datetime.fromisoformat(inputs.start_at) - clients.utc_now()
    if not EARLIEST_SCHEDULE <= ahead <= LATEST_SCHEDULE:
        raise RefusedError(
            f"{inputs.server}: startAt {inputs.start_at} is not between 10 minutes and 30 days"
            f" ahead (it is {clients.utc_now():%Y-%m-%dT%H:%M:%SZ} now). Fix: set servers."
            f"{inputs.server}.startAt to a later moment, or its execution to immediate."
        )


def _finished_before(context: Context, clients: Clients, inputs: ReplicationJobInputs) -> bool:
    source = account_sources(context, clients).get(inputs.source_id)
    return source is not None and finished_run(source.tags) >= inputs.run


def _outputs(job: ReplicationJob | None, status: str) -> Outputs:
    return {
        "job_id": job.job_id if job else "",
        "status": str(status),
        "image_id": job.image_id if job else "",
        "error": job.error if job else "",
    }
