"""StartReplicationJob, StopReplicationJob, CutOverReplicationJob, DeleteReplicationJob.

In which statuses each is allowed is data in `emulator.smc.states`. Source: SMC 2019-06-01.
"""

from emulator.service import Call, Members, action
from emulator.smc import lifecycle
from emulator.smc.jobs import check_room, find_job
from emulator.smc.states import require_source_state, require_status
from emulator.smc.tables import ReplicationJob, SourceServer


@action("smc", "StartReplicationJob")
def start_replication_job(call: Call) -> Members:
    """Start a job that is Ready, Stopped or InError; its source must be online."""
    job = find_job(call)
    require_status(job.state, call.action)
    _require_source(call, job)
    check_room(call)
    lifecycle.start(call.world, job)
    return {}


@action("smc", "StopReplicationJob")
def stop_replication_job(call: Call) -> Members:
    """Stop a job that is Running and Syncing."""
    job = find_job(call)
    require_status(job.state, call.action)
    lifecycle.stop(call.world, job)
    return {}


@action("smc", "CutOverReplicationJob")
def cut_over_replication_job(call: Call) -> Members:
    """Finish an incremental job that is Waiting; with SyncData after one more run."""
    job = find_job(call)
    require_status(job.state, call.action)
    sync_data = bool(call.get("SyncData"))
    if sync_data:
        _require_source(call, job)
    check_room(call)
    lifecycle.cut_over(call.world, job, sync_data=sync_data)
    return {}


@action("smc", "DeleteReplicationJob")
def delete_replication_job(call: Call) -> Members:
    """Delete a job that does not run, and what it keeps in ECS."""
    job = find_job(call)
    require_status(job.state, call.action)
    lifecycle.begin_deletion(call.world, job)
    return {}


def _require_source(call: Call, job: ReplicationJob) -> None:
    """A cross-zone job has no source."""
    source = call.world.table(SourceServer).get(job.source_id)
    if source is not None:
        require_source_state(source.state, call.action)
