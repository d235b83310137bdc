"""Rehearsals: servers are migrated for real, and everything that comes of it is taken back.

To an image: a throwaway one, deleted with its snapshots. To an instance: snapshots of all its disks
first, to which it is brought back if the rehearsal fails, or always where nothing follows it. What
a killed rehearsal left is found by tags and names, and is gone on with or cleaned up first.

SMC allows one unfinished job a source server, so a rehearsal's job is gone before the server's own
is made. What a rehearsal cannot tell: whether the migrated server does its work.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:CreateReplicationJob,
smc:StartReplicationJob, smc:StopReplicationJob, smc:DeleteReplicationJob, ecs:DescribeInstances,
ecs:DescribeDisks, ecs:TagResources, ecs:DescribeImages, ecs:DeleteImage, ecs:CreateSnapshot,
ecs:DescribeSnapshots, ecs:DeleteSnapshot, ecs:StopInstance, ecs:ResetDisk, ecs:StartInstance.
Source: the seed's step 3 ("migration drill").
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from smc.api import replication_jobs as jobs_api
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.drill.evaluation import Item
from smc.drill.figures import Measured
from smc.drill.rules import Severity
from smc.errors import ApiError, InterruptedWait, MigrationError, WaitError
from smc.handlers.context import Context
from smc.handlers.job_removal import await_gone, delete_jobs
from smc.handlers.job_request import create_request
from smc.handlers.rehearsal_image import discard_image, rehearsal_images
from smc.handlers.rehearsal_watch import RehearsalWatch
from smc.handlers.target_backup import Target
from smc.job_fields import ReplicationJobInputs
from smc.models import ReplicationJob
from smc.ownership import REHEARSAL_JOB_TAGS, is_rehearsal_job, rehearsal_image_name
from smc.states import UNFINISHED, JobStatus

LONGEST_ECS_SECONDS = 7200.0
"""For the snapshots of one instance, or for one step on the way back to them."""

ITEM = "rehearsal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rehearsal came to: how it ended, and what it took."""

    item: Item
    measured: Measured


def rehearse(
    jobs: Mapping[str, ReplicationJobInputs],
    alone: Collection[str],
    quota: int,
    context: Context,
) -> dict[str, Outcome]:
    """Rehearse servers, all at the same time within the quota.

    A server whose rehearsal fails does not stop the others.

    Args:
        jobs: server name -> its own job as it is declared; nothing of it is created.
        alone: servers after whose rehearsal no migration follows: their targets are always brought
            back.
        quota: how many jobs of the account may run at a time.
        context: time and progress.

    Returns:
        What became of each server.
    """
    outcomes = {server: _in_the_way(job) for server, job in jobs_in_the_way(jobs, context).items()}
    rehearsals = {
        server: _Rehearsal(inputs, context)
        for server, inputs in jobs.items()
        if server not in outcomes
    }
    started: dict[str, str] = {}
    for server, rehearsal in rehearsals.items():
        try:
            started[server] = rehearsal.begin()
        except InterruptedWait:
            raise
        except MigrationError as error:
            outcomes[server] = _failed(str(error))
    if not started:
        return outcomes
    watch = RehearsalWatch({s: rehearsals[s].inputs for s in started}, started, quota, context)
    watch.until_all_have_ended()
    for server, job_id in started.items():
        outcome = _outcome(watch, server)
        good = outcome.item.severity is Severity.OK
        try:
            rehearsals[server].end(job_id, take_back=server in alone or not good)
        except InterruptedWait:
            raise
        except MigrationError as error:
            told = f"{outcome.item.finding}; what it made could not be taken back: {error}"
            outcome = replace(outcome, item=_failed(told).item)
        outcomes[server] = outcome
    return outcomes


def jobs_in_the_way(
    jobs: Mapping[str, ReplicationJobInputs], context: Context
) -> dict[str, ReplicationJob]:
    """Server name -> its unfinished job that is no rehearsal: SMC allows one a source server."""
    servers = {inputs.source_id: server for server, inputs in jobs.items()}
    if not servers:
        return {}
    any_job = next(iter(jobs.values()))
    clients = context.clients(any_job.destination)
    return {
        servers[job.source_id]: job
        for job in jobs_api.describe_replication_jobs(clients, source_ids=list(servers))
        if job.status in UNFINISHED and not is_rehearsal_job(any_job.stack, job.tags)
    }


def discard(jobs: Mapping[str, ReplicationJobInputs], context: Context) -> None:
    """Remove the jobs and throwaway images of rehearsals; targets stay as they are.

    A target may have been migrated to in the meantime: on a destroy nothing is brought back.
    """
    for inputs in jobs.values():
        rehearsal = _Rehearsal(inputs, context)
        for job in rehearsal.jobs():
            rehearsal.delete_job(job.job_id)
        rehearsal.discard_images()


class _Rehearsal:
    """The rehearsal of one server: what it makes and how that is found again."""

    def __init__(self, inputs: ReplicationJobInputs, context: Context) -> None:
        self.inputs = inputs
        self._context = context
        self.clients: Clients = context.clients(inputs.destination)
        pace = replace(inputs.pace, deadline_seconds=LONGEST_ECS_SECONDS)
        self._target = (
            Target(
                self.clients,
                inputs.stack,
                inputs.server,
                inputs.region,
                inputs.instance_id,
                pace,
                context,
            )
            if inputs.instance_id
            else None
        )

    def jobs(self) -> list[ReplicationJob]:
        """The jobs of this rehearsal that an earlier run left."""
        listed = jobs_api.describe_replication_jobs(
            self.clients, source_ids=[self.inputs.source_id]
        )
        return [job for job in listed if is_rehearsal_job(self.inputs.stack, job.tags)]

    def begin(self) -> str:
        """Create the job, or go on with the one that a killed run left; returns its id.

        Raises:
            MigrationError: the target cannot be backed up, or a service refuses.
        """
        for job in self.jobs():
            if job.status in UNFINISHED | {JobStatus.FINISHED}:
                if self._target:
                    self._target.expect_change()
                return job.job_id
            self.delete_job(job.job_id)
        self.discard_images()
        if self._target:
            self._target.restore()
            self._target.back_up()
        job_id = self._create_job()
        if self._target:
            self._target.expect_change()
        return job_id

    def end(self, job_id: str, *, take_back: bool) -> None:
        """Remove what the rehearsal made; `take_back`: the target is brought back, too.

        Raises:
            MigrationError: something cannot be removed, or the target not be brought back.
        """
        self.discard_images()
        self.delete_job(job_id)
        if self._target and take_back:
            self._target.roll_back()
        elif self._target:
            self._target.discard()

    def delete_job(self, job_id: str) -> None:
        """Delete a job, and wait until it and what it kept in ECS are gone."""
        inputs = self.inputs
        pace = replace(inputs.pace, deadline_seconds=LONGEST_ECS_SECONDS)
        delete_jobs(self.clients, inputs.stack, {job_id: inputs.server}, pace, self._context)
        if not await_gone(self.clients, [job_id], pace, self._context):
            raise WaitError(f"SMC has not removed job {job_id} of the rehearsal in time.")

    def discard_images(self) -> None:
        """Delete the throwaway image of this server."""
        inputs = self.inputs
        name = rehearsal_image_name(inputs.stack, inputs.server)
        for image in rehearsal_images(self.clients, inputs.region, inputs.stack):
            if image.name.startswith(name):
                discard_image(self.clients, inputs.region, inputs.stack, image)

    def _create_job(self) -> str:
        inputs = self.inputs
        declared = inputs.model_copy(
            update={
                "server": f"{inputs.server[:100]}-rehearsal",
                # Runs are counted from 1: this job is never taken for one of them.
                "run": 0,
                "image_name": rehearsal_image_name(inputs.stack, inputs.server)
                if inputs.image_name
                else "",
                "description": "Rehearsal: deleted when it has ended.",
                "tags": inputs.tags | REHEARSAL_JOB_TAGS,
                "start_at": "",
            }
        )
        source = next(iter(describe_source_servers(self.clients, [inputs.source_id])), None)
        if source is None:
            raise MigrationError(f"source server {inputs.source_id} is gone.")
        request = create_request(self.clients, declared, source, uuid4().hex)
        try:
            return jobs_api.create_replication_job(self.clients, request)
        except ApiError as error:
            raise MigrationError(f"its job could not be created. {error}") from error


def _outcome(watch: RehearsalWatch, server: str) -> Outcome:
    reason = watch.failure(server)
    if reason:
        # The time of one that failed tells nothing of a whole migration.
        return _failed(reason)
    return Outcome(Item(ITEM, Severity.OK, "has succeeded"), watch.measured(server))


def _failed(reason: str) -> Outcome:
    fix = "mend that, and run `pulumi up` again: it rehearses once more."
    return Outcome(Item(ITEM, Severity.CRITICAL, reason.rstrip("."), fix), Measured())


def _in_the_way(job: ReplicationJob) -> Outcome:
    finding = (
        f"job {job.job_id} of this server is {job.status}, and SMC allows one unfinished job a"
        " server"
    )
    fix = "drill with kind: checks, or raise the server's run and give up what the job holds."
    if job.status == JobStatus.READY:
        fix = "run `pulumi up` again: this run removes the job, for it has not started yet."
    return Outcome(Item(ITEM, Severity.CRITICAL, finding, fix), Measured())
