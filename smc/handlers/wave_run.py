"""A wave: its jobs are started within the quota and waited for, all in one loop.

This is the only place that waits for migrations: one look at a thousand jobs costs a Describe call
for every 50. A server that fails does not stop the others; what is left is for the next run.

Calls: smc:DescribeReplicationJobs, smc:StartReplicationJob, smc:StopReplicationJob,
smc:TagResources, smc:DescribeSourceServers, ecs:TagResources.
Source: the seed's step 3 (start) and "view the migration result".
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict

from smc.api import replication_jobs as jobs_api
from smc.api.source_servers import describe_source_servers
from smc.api.tags import tag_source_servers
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import ApiError
from smc.handlers.context import Context
from smc.handlers.stopping import stop_jobs
from smc.handlers.transition import claim_transition_instances
from smc.hints import explain
from smc.models import ReplicationJob
from smc.ownership import FINISHED_TAG, finished_run
from smc.speed import Meter
from smc.states import STARTABLE, JobStatus
from smc.waiters import JOB_FINISHED, Pace, Verdict, rounds


class WaveJob(BaseModel):
    """One job of a wave. job_id is empty while the server could not be imported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    source_id: str
    run: int
    start: bool


class WaveRunInputs(BaseModel):
    """The jobs that move together.

    Attributes:
        wave: name of the wave.
        stack: see `smc.ownership`.
        destination: account of the jobs.
        jobs: server name -> job.
        import_failures: server name -> why it has no job.
        running_quota: how many of them may run at a time.
        pace: of the wait; its deadline ends the wait, not the migration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave: str
    stack: str
    destination: Connection
    jobs: dict[str, WaveJob]
    import_failures: dict[str, str]
    running_quota: int
    pace: Pace = Pace()


Outputs = dict[str, Any]
"""`results`: server -> {job_id, run, status, image_id, instance_id, region, started, ended, runs};
`failures`: server -> reason, for every server whose migration is wanted and not finished."""


@dataclass(slots=True)
class _State:
    """What one drive of the wave knows."""

    seen: dict[str, ReplicationJob] = field(default_factory=dict)
    settled: dict[str, Verdict] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)
    claimed: set[str] = field(default_factory=set)


def drive(inputs: WaveRunInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """Start what is to run, wait for it, and say what became of each server.

    Servers whose result in `previous` is final are not looked at again. A job that stopped or is in
    error when this begins is started again once.
    """
    clients = context.clients(inputs.destination)
    results = {
        server: result
        for server, result in previous.get("results", {}).items()
        if server in inputs.jobs and is_final(result, inputs.jobs[server])
    }
    wanted = {s: j for s, j in inputs.jobs.items() if s not in results}
    state = _State(failures={s: r for s, r in inputs.import_failures.items() if s in wanted})
    for server, job in wanted.items():
        if not job.job_id and server not in state.failures:
            results[server] = _finished_before(clients, job)
    meter = Meter(clients.utc_now)
    open_jobs = {s: j for s, j in wanted.items() if j.job_id}
    for changed in rounds(inputs.pace, context.clock) if open_jobs else ():
        before = len(state.settled) + len(state.started)
        _look(clients, inputs, open_jobs, state)
        _start_more(clients, inputs, open_jobs, state)
        if len(state.settled) + len(state.started) > before:
            changed()
        context.progress(meter.summary(state.seen, len(state.settled), len(open_jobs)))
        if len(state.settled) == len(open_jobs):
            break
    _mark_finished(clients, open_jobs, state)
    for server, job in open_jobs.items():
        if server not in state.settled:
            state.failures[server] = (
                f"not finished after {inputs.pace.deadline_seconds / 3600:.0f} hours; SMC goes on"
                " with it. Fix: run `pulumi up` again to go on waiting."
            )
        results[server] = _result(job, state.seen.get(server))
    return {
        "results": dict(sorted(results.items())),
        "failures": dict(sorted(state.failures.items())),
    }


def refresh(inputs: WaveRunInputs, outputs: Mapping[str, Any], context: Context) -> Outputs:
    """The results as SMC has them now; final ones stay as they are."""
    clients = context.clients(inputs.destination)
    open_jobs = {
        job.job_id: (server, job)
        for server, job in inputs.jobs.items()
        if job.job_id and not is_final(outputs["results"].get(server, {}), job)
    }
    results = dict(outputs["results"])
    for seen in jobs_api.describe_replication_jobs(clients, list(open_jobs)):
        server, job = open_jobs[seen.job_id]
        results[server] = _result(job, seen)
    return {**outputs, "results": results}


def stop(inputs: WaveRunInputs, context: Context) -> None:
    """Stop every job of the wave that runs, and return when none does."""
    jobs = {job.job_id: server for server, job in inputs.jobs.items() if job.job_id}
    stop_jobs(context.clients(inputs.destination), jobs, inputs.pace, context)


def is_complete(inputs: WaveRunInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server of the wave is finished, or waits for its start as asked."""
    return not outputs["failures"] and all(
        not job.start or is_final(outputs["results"].get(server, {}), job)
        for server, job in inputs.jobs.items()
    )


def is_final(result: Mapping[str, Any], job: WaveJob) -> bool:
    """Whether this run of a server is over for good."""
    return result.get("status") == JobStatus.FINISHED and result.get("run") == job.run


def _look(
    clients: Clients, inputs: WaveRunInputs, jobs: Mapping[str, WaveJob], state: _State
) -> None:
    pending = {job.job_id: server for server, job in jobs.items() if server not in state.settled}
    found = jobs_api.describe_replication_jobs(clients, list(pending))
    new = [j for j in found if j.transition_instance_id not in state.claimed | {""}]
    state.claimed |= claim_transition_instances(clients, inputs.stack, new)
    state.seen |= {pending[job.job_id]: job for job in found}
    here = {job.job_id for job in found}
    for job_id, server in pending.items():
        job = jobs[server]
        status = state.seen[server].status if job_id in here else JobStatus.GONE
        _settle(server, job, status, state)


def _settle(server: str, job: WaveJob, status: str, state: _State) -> None:
    if not job.start and status == JobStatus.READY:
        state.settled[server] = Verdict.SUCCESS
        return
    if job.start and status in STARTABLE and server not in state.started:
        return
    verdict = JOB_FINISHED.judge(status)
    if verdict is Verdict.FAILURE:
        state.failures[server] = _reason(status, state.seen.get(server))
    if verdict is not Verdict.PENDING:
        state.settled[server] = verdict


def _start_more(
    clients: Clients, inputs: WaveRunInputs, jobs: Mapping[str, WaveJob], state: _State
) -> None:
    open_servers = [s for s in jobs if s not in state.settled and s in state.seen]
    running = [s for s in open_servers if state.seen[s].status == JobStatus.RUNNING]
    free = inputs.running_quota - len(running)
    startable = [
        s
        for s in open_servers
        if jobs[s].start and state.seen[s].status in STARTABLE and s not in state.started
    ]
    for server in startable[: max(free, 0)]:
        state.started.add(server)
        try:
            jobs_api.start_replication_job(clients, jobs[server].job_id)
        except ApiError as error:
            if error.code == "ReplicationJob.InvalidStatus":
                # An answer that was lost: it runs already, as the next look shows.
                continue
            state.failures[server] = f"could not be started. {error}.{explain(error.code)}"
            state.settled[server] = Verdict.FAILURE


def _mark_finished(clients: Clients, jobs: Mapping[str, WaveJob], state: _State) -> None:
    """Leave a mark on the source servers, which outlive their jobs."""
    by_run: dict[int, list[str]] = {}
    for server, job in jobs.items():
        seen = state.seen.get(server)
        if seen is not None and seen.status == JobStatus.FINISHED:
            by_run.setdefault(job.run, []).append(job.source_id)
    for run, source_ids in by_run.items():
        tag_source_servers(clients, source_ids, {FINISHED_TAG: str(run)})


def _finished_before(clients: Clients, job: WaveJob) -> dict[str, Any]:
    """The result of a server whose job SMC has removed after it finished."""
    sources = describe_source_servers(clients, [job.source_id])
    done = any(finished_run(source.tags) >= job.run for source in sources)
    status = JobStatus.FINISHED if done else JobStatus.GONE
    return _result(job, None) | {"status": str(status)}


def _result(job: WaveJob, seen: ReplicationJob | None) -> dict[str, Any]:
    return {
        "job_id": job.job_id,
        "run": job.run,
        "status": seen.status if seen else str(JobStatus.GONE),
        "region": seen.region if seen else "",
        "image_id": seen.image_id if seen else "",
        "instance_id": seen.instance_id if seen else "",
        "started": seen.start_time if seen else "",
        "ended": seen.end_time if seen else "",
        "runs": [asdict(run) for run in seen.runs] if seen else [],
    }


def _reason(status: str, seen: ReplicationJob | None) -> str:
    if seen is None or status == JobStatus.GONE:
        return (
            "its replication job is gone. Likely cause: it was deleted by hand."
            " Fix: `pulumi refresh`, then `pulumi up` creates it again."
        )
    code = seen.error.partition(":")[0]
    detail = f": {seen.error.rstrip('.')}" if seen.error else ""
    return (
        f"migration ended as {status} at {seen.progress:.0f} % (job {seen.job_id}){detail}."
        f"{explain(code)} Its transition instance stays and is billed until the job is deleted."
        " `pulumi up` starts it again where it stopped."
    )


def failures_text(wave: str, failures: Mapping[str, str]) -> str:
    """All failures of a wave, one server a line."""
    lines = [f"{server}: {reason}" for server, reason in sorted(failures.items())]
    return "\n".join([f"wave {wave}: {_count(failures)} not migrated.", *lines])


def _count(servers: Iterable[str]) -> str:
    number = len(list(servers))
    return f"{number} server" + ("s are" if number != 1 else " is")
