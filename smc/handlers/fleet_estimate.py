"""What is known of a stack's servers before they are migrated, for its estimate of time and cost.

Sizes are those of the drill's report, else of the source server's disks, else of the instance's.

Calls: smc:DescribeSourceServers, smc:DescribeReplicationJobs; for servers that are not imported yet
sts:AssumeRole, ecs:DescribeInstances, ecs:DescribeDisks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smc.api.instances import attached_disks
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.errors import MigrationError
from smc.estimate.duration import Speed
from smc.estimate.expected import expected_speed, move_of
from smc.estimate.fleet import UNKNOWN, Estimate, LeftOut, Subject, estimate
from smc.estimate.schedule import Turn
from smc.handlers.context import Context, RoleAccess
from smc.handlers.listings import stack_jobs
from smc.handlers.precheck import visible_instances
from smc.models import ReplicationJob, SourceServer
from smc.ownership import RUN_TAG, SERVER_TAG, finished_run, stack_tags
from smc.selection import select_instances
from smc.settings.job import STARTED, Execution, Network
from smc.settings.model import Server, Settings
from smc.settings.wave import Wave
from smc.states import STARTABLE, JobStatus

Reports = Mapping[str, Mapping[str, Any]]
"""Server -> report of its drill; see `smc.handlers.drill_run.Outputs`."""


@dataclass(slots=True)
class _Known:
    """What the services tell, by server name.

    Attributes:
        sources: its source server.
        jobs: its job of the run that the settings want.
        has_job: those with a job of any run.
        disks_gib: GiB of its disks.
        unknown: why nothing is known.
    """

    sources: dict[str, SourceServer] = field(default_factory=dict)
    jobs: dict[str, ReplicationJob] = field(default_factory=dict)
    has_job: set[str] = field(default_factory=set)
    disks_gib: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def fleet_estimate(settings: Settings, stack: str, reports: Reports, context: Context) -> Estimate:
    """The estimate of all servers of a stack that the next `pulumi up` migrates. Changes nothing.

    Args:
        settings: the configuration.
        stack: see `smc.ownership`.
        reports: of drills, as far as there are any.
        context: time.

    Raises:
        MigrationError: a service of the destination account does not answer.
    """
    known = _look(settings, stack, context)
    left_out = {name: LeftOut(UNKNOWN, reason) for name, reason in known.unknown.items()}
    now = context.clients(settings.connection(settings.destination)).utc_now()
    subjects = []
    for wave_name, servers in settings.wave_members().items():
        for name, server in servers.items():
            if name in left_out:
                continue
            reason = _not_migrated(settings, name, server, known)
            if reason:
                begins = _begins(name, server, known)
                verdict = begins if begins in {"create", "adopt", "replace"} else "nothing"
                left_out[name] = LeftOut(verdict, reason)
            else:
                report = reports.get(name, {})
                subjects.append(_subject(settings, name, wave_name, server, known, report, now))
    turns = {}
    for name in settings.wave_members():
        wave = settings.waves.get(name) or Wave()
        until = _seconds_until(wave.start, now)
        turns[name] = Turn(wave.after, until, settings.waits_for(name))
    return estimate(subjects, left_out, turns, settings.running_quota, settings.prices)


def _look(settings: Settings, stack: str, context: Context) -> _Known:
    clients = context.clients(settings.connection(settings.destination))
    known = _Known()
    ours = stack_tags(stack).items()
    listed = {source.source_id: source for source in describe_source_servers(clients)}
    named = {s.tags.get(SERVER_TAG): s for s in listed.values() if ours <= s.tags.items()}
    for name, server in settings.servers.items():
        source = listed.get(server.source_id) if server.source_id else named.get(name)
        if source is not None:
            known.sources[name] = source
            known.disks_gib[name] = sum(source.disk_sizes_gib)
    for job in stack_jobs(context, clients, stack).all():
        name = job.tags.get(SERVER_TAG, "")
        if name in settings.servers:
            known.has_job.add(name)
            if job.tags.get(RUN_TAG) == str(settings.servers[name].run):
                known.jobs[name] = job
    _look_at_instances(settings, stack, clients, known, context)
    return known


def _look_at_instances(
    settings: Settings, stack: str, clients: Clients, known: _Known, context: Context
) -> None:
    """Disks of the instances that are not imported yet."""
    left = {n: s for n, s in settings.servers.items() if n not in known.sources}
    known.unknown |= {
        n: f"there is no source server {s.source_id}" for n, s in left.items() if s.source_id
    }
    selectors = {n: s.select.model_dump(exclude_none=True) for n, s in left.items() if s.select}
    if not selectors:
        return
    role = RoleAccess.of(settings.source)
    own = None if settings.source.role.existing else settings.connection(settings.source)
    try:
        source, instances = visible_instances(clients, role, stack, own, context)
        selection = select_instances(selectors, instances, f"account {role.account}")
        ids = {instance.instance_id for instance in selection.instances.values()}
        disks = attached_disks(source, role.region, ids)
    except MigrationError as error:
        reason = str(error).splitlines()[0]
        known.unknown |= dict.fromkeys(selectors, f"not known before access is granted: {reason}")
        return
    known.unknown |= selection.failures
    for name, instance in selection.instances.items():
        known.disks_gib[name] = sum(disk.size_gib for disk in disks[instance.instance_id])


def _not_migrated(settings: Settings, name: str, server: Server, known: _Known) -> str:
    """Why the next `pulumi up` does not migrate a server; empty if it does."""
    options, job, source = settings.options(server), known.jobs.get(name), known.sources.get(name)
    if source is not None and finished_run(source.tags) >= server.run:
        return f"run {server.run} is finished"
    if job is not None and job.status not in STARTABLE | {JobStatus.RUNNING}:
        cutover = options.synchronization.cutover if options.synchronization else None
        if job.status == JobStatus.WAITING and cutover and not server.paused:
            last = "after a last sync" if cutover == "finalSync" else "now"
            return f"its job {job.job_id} is {job.status}, and is cut over {last}"
        return f"its job {job.job_id} is {job.status}"
    if server.paused:
        return "it is paused"
    if options.execution in STARTED | {Execution.SCHEDULED} or options.rehearses:
        return ""
    return f"its execution is {options.execution}"


def _begins(name: str, server: Server, known: _Known) -> str:
    """What is done with a server's job first."""
    job = known.jobs.get(name)
    if job is None:
        return "adopt" if server.adopt_job else "replace" if name in known.has_job else "create"
    if job.status == JobStatus.RUNNING:
        return "wait"
    return "start" if job.status == JobStatus.READY else "resume"


def _subject(
    settings: Settings,
    name: str,
    wave: str,
    server: Server,
    known: _Known,
    report: Mapping[str, Any],
    now: datetime,
) -> Subject:
    options = settings.options(server)
    figures, job = report.get("figures", {}), known.jobs.get(name)
    measured = figures.get("basis") == "rehearsal"
    speed = expected_speed(options.network or Network())
    if measured and figures["bytes_per_second"]:
        speed = Speed(round(figures["bytes_per_second"] * 8 / 1e6, 1), "rehearsal")
    begun = job is not None and job.status != JobStatus.READY
    return Subject(
        server=name,
        wave=wave,
        verdict=_begins(name, server, known),
        move=move_of(server, options, report).with_disks(known.disks_gib[name]),
        speed=speed,
        done_percent=job.progress if job is not None and begun else 0.0,
        measured_seconds=float(figures["seconds"]) if measured else None,
        at=_seconds_until(options.start_at, now) if options.start_at and not begun else None,
        rehearsed=options.rehearses and not measured and not begun,
        migrated=options.execution is not Execution.DRILL_ONLY,
    )


def _seconds_until(moment: datetime | None, now: datetime) -> float:
    return max((moment - now).total_seconds(), 0.0) if moment else 0.0
