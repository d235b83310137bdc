"""ModifyReplicationJobAttribute.

Which parameter may be changed in which status is data in `emulator.smc.states`.
Source: SMC 2019-06-01.
"""

from dataclasses import replace

from emulator.service import Call, Members, action
from emulator.smc import lifecycle
from emulator.smc.job_options import check_options
from emulator.smc.jobs import check_names, find_job, scheduled_start, valid_until
from emulator.smc.states import BEFORE_THE_FIRST_RUN, MODIFIABLE, refuse_status
from emulator.smc.tables import ReplicationJob, SourceServer

NAMES_THE_JOB = frozenset({"JobId", "RegionId"})


@action("smc", "ModifyReplicationJobAttribute")
def modify_replication_job_attribute(call: Call) -> Members:
    """Change a job; name and description at any time, most of the rest before it first runs."""
    job = find_job(call)
    changes = {k: v for k, v in call.parameters.items() if k not in NAMES_THE_JOB}
    for name in changes:
        refuse_status(job.status, MODIFIABLE.get(name, BEFORE_THE_FIRST_RUN))
    parameters = {**job.parameters, **changes}
    source = call.world.table(SourceServer).get(job.source_id)
    if source is not None and job.status in BEFORE_THE_FIRST_RUN:
        check_options(call, source, job.region, parameters)
    name = call.get("Name") or job.name
    check_names(call, name, job.region, but=job.job_id)
    changed = replace(
        job,
        name=name,
        description=call.get("Description", job.description),
        target_type=call.get("TargetType") or job.target_type,
        parameters=parameters,
        valid_until=valid_until(call, job.created) or job.valid_until,
        scheduled=scheduled_start(call) or job.scheduled,
    )
    call.world.table(ReplicationJob).put(changed)
    if changed.valid_until != job.valid_until:
        call.world.schedule(changed.valid_until, lifecycle.EXPIRES, job.job_id)
    if changed.scheduled is not None and changed.scheduled != job.scheduled:
        call.world.schedule(changed.scheduled, lifecycle.STARTS, job.job_id)
    return {}
