"""A wave: its jobs are started within the quota and waited for, all in one loop.

This is the only place that waits for migrations: one look at a thousand jobs costs a Describe call
for every 50. A server that fails does not stop the others; what is left is for the next run.

Calls: smc:DescribeReplicationJobs, smc:StartReplicationJob, smc:StopReplicationJob,
smc:CutOverReplicationJob, smc:TagResources, smc:DescribeSourceServers, ecs:TagResources,
ecs:DescribeSnapshots, ecs:DeleteSnapshot.
Source: the seed's step 3 (start, automatic incremental synchronization) and "view the migration
result".
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from smc.api import replication_jobs as jobs_api
from smc.api.tags import tag_source_servers
from smc.clients import Clients
from smc.clock import utc_text
from smc.connection import Connection
from smc.estimate.actual import actuals, actuals_in_words
from smc.estimate.move import Move
from smc.handlers.announcements import WaveAnnouncer
from smc.handlers.context import Context
from smc.handlers.job_removal import stop_and_claim
from smc.handlers.listings import stack_jobs
from smc.handlers.target_backup import discard_backups
from smc.handlers.wave_drive import Drive, finished_servers, result_of, times_of
from smc.models import ReplicationJob
from smc.ownership import FINISHED_TAG
from smc.settings.notifications import Notifications
from smc.settings.prices import Prices
from smc.speed import Meter
from smc.states import JobStatus
from smc.waiters import Pace, rounds
from smc.wave_plan import WaveJob

NOT_MIGRATED = "not migrated: "
"""Begins the error with which a program ends that has come to its end, before the servers that are
not migrated; any other error says that it has not."""


class WaveRunInputs(BaseModel):
    """The jobs that move together.

    Attributes:
        wave: name of the wave.
        stack: see `smc.ownership`.
        destination: account of the jobs.
        jobs: server name -> job.
        import_failures: server name -> why it has no job.
        blocked: server name -> why its job must not start.
        refused: server name -> why its changed settings are refused; nothing is done with it.
        held_by: waves before this one that hold it, because a server of theirs is not migrated or
            has not passed its smoke test.
        start_at: UTC time before which nothing is started; empty for none.
        wait: whether to wait for the migrations, or only to start them.
        running_quota: how many jobs of the account may run at a time.
        moves: server name -> what it moves, where that is not as by default.
        prices: what the user pays; None without.
        pace: of the wait; its deadline ends the wait, not the migration.
        notifications: who is told of the start, the end and failures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave: str
    stack: str
    destination: Connection
    jobs: dict[str, WaveJob]
    import_failures: dict[str, str]
    blocked: dict[str, str] = Field(default_factory=dict)
    refused: dict[str, str] = Field(default_factory=dict)
    held_by: list[str] = Field(default_factory=list)
    start_at: str = ""
    wait: bool = True
    running_quota: int
    moves: dict[str, Move] = Field(default_factory=dict)
    prices: Prices | None = None
    pace: Pace = Pace()
    notifications: Notifications | None = None


Outputs = dict[str, Any]
"""`results`: server -> {job_id, run, status, image_id, instance_id, region, started, ended, runs,
starts; as far as this program saw it queued and phases, see `smc.handlers.wave_drive.TIMES`; and of
a finished job actual, see `smc.estimate.actual`}; `failures`: server -> reason, for every server
whose migration is wanted and not finished."""


def drive(inputs: WaveRunInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """Start what is to run, wait for it, and say what became of each server.

    Servers whose result in `previous` is final are not looked at again. A job that stopped or is in
    error when this begins is started again, until its attempts are used up.
    """
    clients = context.clients(inputs.destination)
    with context.courier(inputs.notifications) as courier:
        announcer = WaveAnnouncer(
            courier, clients, inputs.stack, inputs.wave, inputs.jobs, previous
        )
        outputs = _driven(inputs, previous, clients, announcer, context)
        announcer.ended(outputs)
    return outputs


def _driven(
    inputs: WaveRunInputs,
    previous: Mapping[str, Any],
    clients: Clients,
    announcer: WaveAnnouncer,
    context: Context,
) -> Outputs:
    earlier = previous.get("results", {})
    results = {
        server: result
        for server, result in earlier.items()
        if server in inputs.jobs
        and (server in inputs.refused or is_final(result, inputs.jobs[server]))
    }
    wanted = {s: j for s, j in inputs.jobs.items() if s not in {*results, *inputs.refused}}
    failures = {s: r for s, r in inputs.import_failures.items() if s in wanted}
    jobless = {s: j for s, j in wanted.items() if not j.job_id and s not in failures}
    finished = finished_servers(clients, jobless)
    for server, job in jobless.items():
        status = JobStatus.FINISHED if server in finished else JobStatus.NOT_CREATED
        results[server] = result_of(job, None, 0, status)
        if job.start and server not in finished and server in inputs.blocked:
            failures[server] = inputs.blocked[server]
    jobs = {s: j for s, j in wanted.items() if j.job_id}
    held = _held(inputs) | inputs.blocked
    state = Drive(clients, inputs.stack, jobs, held, inputs.running_quota, inputs.wait, earlier)
    meter = Meter(clients.utc_now, inputs.moves)
    for changed in rounds(inputs.pace, context.clock) if jobs else ():
        early = _too_early(inputs, clients)
        if state.round(may_start=not early):
            changed()
        announcer.look(state.running(), failures | state.failures)
        progress = meter.summary(state.seen, len(state.settled), len(jobs))
        context.progress(f"starts at {inputs.start_at} · {progress}" if early else progress)
        if len(state.settled) == len(jobs) or (early and not inputs.wait):
            break
    _mark_finished(clients, inputs.stack, jobs, state)
    for server, job in jobs.items():
        if server not in state.settled and inputs.wait:
            state.failures[server] = _late(state.seen.get(server), inputs.pace)
        missing = JobStatus.FINISHED if server in state.finished_before else JobStatus.GONE
        result = result_of(job, state.seen.get(server), state.starts(server), missing)
        result |= state.times(server)
        results[server] = result | _record(inputs, server, state.seen.get(server), result)
        if results[server].get("actual"):
            told = actuals_in_words(results[server]["actual"])
            context.note(f"{server} is migrated: {told}")
    return {
        "results": dict(sorted(results.items())),
        "failures": dict(sorted((failures | state.failures | inputs.refused).items())),
    }


def _record(
    inputs: WaveRunInputs, server: str, seen: ReplicationJob | None, result: Mapping[str, Any]
) -> dict[str, Any]:
    if seen is None or seen.status != JobStatus.FINISHED:
        return {}
    move = inputs.moves.get(server, Move())
    return {"actual": actuals(seen, move, result.get("phases", {}), inputs.prices)}


def refresh(inputs: WaveRunInputs, outputs: Mapping[str, Any], context: Context) -> Outputs:
    """The results as SMC has them now; final ones stay as they are."""
    clients = context.clients(inputs.destination)
    results = dict(outputs["results"])
    open_jobs = {
        job.job_id: (server, job)
        for server, job in inputs.jobs.items()
        if job.job_id and not is_final(results.get(server, {}), job)
    }
    for seen in jobs_api.describe_replication_jobs(clients, list(open_jobs)):
        server, job = open_jobs[seen.job_id]
        before = results.get(server, {})
        result = result_of(job, seen, before.get("starts", 0)) | times_of(before)
        results[server] = result | _record(inputs, server, seen, result)
    return {**outputs, "results": results}


def stop(inputs: WaveRunInputs, context: Context) -> None:
    """Stop every job of the wave that runs, and return when none does.

    What they keep in ECS is claimed, too: for all together, before each is deleted by itself.
    """
    jobs = {job.job_id: server for server, job in inputs.jobs.items() if job.job_id}
    clients = context.clients(inputs.destination)
    stop_and_claim(clients, inputs.stack, jobs, inputs.pace, context)


def is_complete(inputs: WaveRunInputs, outputs: Mapping[str, Any], context: Context) -> bool:
    """Whether nothing is left to do: every server is as its settings say.

    A failure is something left to do, and so is a scheduled job that is not as it was last seen.
    """
    results = outputs["results"]
    if outputs["failures"] or set(results) != set(inputs.jobs):
        return False
    if not all(_as_wanted(job, results[server]) for server, job in inputs.jobs.items()):
        return False
    scheduled = [
        job.job_id
        for server, job in inputs.jobs.items()
        if job.start_at and not is_final(results[server], job)
    ]
    if not scheduled:
        return True
    clients = context.clients(inputs.destination)
    listed = stack_jobs(context, clients, inputs.stack)
    now = [listed.get(job_id) for job_id in scheduled]
    return all(job is not None and job.status == JobStatus.READY for job in now)


def _as_wanted(job: WaveJob, result: Mapping[str, Any]) -> bool:
    status = result["status"]
    if is_final(result, job):
        return True
    if result["run"] != job.run:
        return False
    if job.paused:
        return bool(status != JobStatus.RUNNING)
    if status == JobStatus.WAITING:
        return not job.cutover
    return not job.start and bool(status != JobStatus.RUNNING)


def is_final(result: Mapping[str, Any], job: WaveJob) -> bool:
    """Whether this run of a server is over for good."""
    return result.get("status") == JobStatus.FINISHED and result.get("run") == job.run


def _late(seen: ReplicationJob | None, pace: Pace) -> str:
    status = seen.status if seen else "not looked at"
    return (
        f"{status}, not finished after {pace.deadline_seconds / 3600:.0f} hours; SMC goes on with"
        " it. Fix: run `pulumi up` again to go on waiting."
    )


def _held(inputs: WaveRunInputs) -> dict[str, str]:
    if not inputs.held_by:
        return {}
    waves = ", ".join(inputs.held_by)
    reason = (
        f"not started, for servers of wave {waves} are not migrated or have not passed their smoke"
        " test, and its onFailure is hold. Fix: get those right, or set onFailure: continue."
    )
    return dict.fromkeys(inputs.jobs, reason)


def _too_early(inputs: WaveRunInputs, clients: Clients) -> bool:
    return bool(inputs.start_at) and utc_text(clients.utc_now()) < inputs.start_at


def _mark_finished(clients: Clients, stack: str, jobs: Mapping[str, WaveJob], state: Drive) -> None:
    """Leave a mark on the source servers, which outlive their jobs."""
    by_run: dict[int, list[str]] = {}
    for server, job in jobs.items():
        seen = state.seen.get(server)
        if seen is not None and seen.status == JobStatus.FINISHED:
            by_run.setdefault(job.run, []).append(job.source_id)
            if seen.instance_id:
                # Of a rehearsal that was killed: nobody wants the instance as it was any more.
                discard_backups(clients, stack, seen.region, seen.instance_id)
    for run, source_ids in by_run.items():
        tag_source_servers(clients, source_ids, {FINISHED_TAG: str(run)})


def failures_text(wave: str, failures: Mapping[str, str]) -> str:
    """All failures of a wave, one server a line."""
    lines = [f"{server}: {reason}" for server, reason in sorted(failures.items())]
    verb = "server is" if len(failures) == 1 else "servers are"
    return "\n".join([f"wave {wave}: {len(failures)} {verb} not migrated.", *lines])
