"""Failures that a world plans: the next job of a subject that reaches a progress fails there.

The closest subject counts: the job, its source server, the source's ECS instance, then `*`.
"""

from datetime import datetime

from emulator.smc.tables import PlannedFailure, ReplicationJob, SourceServer
from emulator.world import World


def planned_failure(world: World, job: ReplicationJob) -> PlannedFailure | None:
    """What is planned for a job."""
    source = world.table(SourceServer).get(job.source_id)
    of_source = (source.source_id, source.instance_id) if source else ()
    planned = world.table(PlannedFailure)
    return next((found for s in (job.job_id, *of_source, "*") if (found := planned.get(s))), None)


def failure_due(world: World, job: ReplicationJob, progress: float) -> datetime | None:
    """When the job fails in its present phase; None when it does not.

    What `progress`, the job's now in percent, has passed does not happen any more.
    """
    planned = planned_failure(world, job)
    if not planned or job.business_status != "Syncing" or not job.phase_from or not job.phase_until:
        return None
    length = job.progress_until - job.progress_from
    reached = (planned.at_percent - job.progress_from) / length if length else 1.0
    if progress > planned.at_percent or reached >= 1:
        return None
    return job.phase_from + (job.phase_until - job.phase_from) * reached
