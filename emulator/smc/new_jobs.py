"""CreateReplicationJob and CreateCrossZoneMigrationJob.

Source: SMC 2019-06-01. Both take a client token; what happens when other parameters come with it is
on ECS's page on idempotence, to which theirs links.
"""

from dataclasses import replace

from emulator.ecs.idempotence import once
from emulator.service import Call, Members, action
from emulator.smc import cross_zone, lifecycle
from emulator.smc.job_options import check_options
from emulator.smc.jobs import (
    DEFAULT_VALIDITY,
    check_account,
    check_names,
    check_room,
    scheduled_start,
    valid_until,
)
from emulator.smc.source_servers import find_source
from emulator.smc.states import (
    NO_JOB,
    READY,
    UNFINISHED,
    check_job_transition,
    invalid_source_state,
    require_source_state,
)
from emulator.smc.tables import ReplicationJob
from emulator.smc.tags import given_tags

MALFORMED_TOKEN = "InvalidParameter.ClientToken"  # noqa: S105 - the code of an error


@action("smc", "CreateReplicationJob")
def create_replication_job(call: Call) -> Members:
    """A new job, Ready; it does not run before it is started, or its scheduled time has come.

    Not modelled: job types but server migration; LaunchTemplateId, LVM and resource groups are
    stored and shown without effect; security groups; real-name verification.
    """
    return once(call, lambda: _create(call), malformed=MALFORMED_TOKEN)


def _create(call: Call) -> Members:
    check_account(call)
    source = find_source(call)
    require_source_state(source.state, call.action)
    related = call.world.table(ReplicationJob).find(source_id=source.source_id)
    if any(job.status in UNFINISHED for job in related):
        raise invalid_source_state(source.state, call.action)
    check_options(call, source, call.get("RegionId"), call.parameters)
    job = _new_job(call, source.source_id)
    scheduled = scheduled_start(call)
    check_job_transition(NO_JOB, READY)
    status, business_status = READY
    call.world.table(ReplicationJob).put(
        replace(
            job,
            status=status,
            business_status=business_status,
            description=call.get("Description") or "",
            target_type=call.get("TargetType") or "Image",
            scheduled=scheduled,
            tags=given_tags(call),
        )
    )
    if scheduled is not None:
        call.world.schedule(scheduled, lifecycle.STARTS, job.job_id)
    return {"JobId": job.job_id}


@action("smc", "CreateCrossZoneMigrationJob")
def create_cross_zone_migration_job(call: Call) -> Members:
    """A job that stops an instance, moves it to another zone of its region, and starts it again.

    Not modelled: the hours for which disks are copied after that; performance levels; payment of
    subscriptions; the families that cannot be moved.
    """
    return once(call, lambda: _create_cross_zone(call), malformed=MALFORMED_TOKEN)


def _create_cross_zone(call: Call) -> Members:
    check_account(call)
    check_room(call)
    instance = cross_zone.check(call)
    cross_zone.take_down(call.world, instance)
    job = _new_job(call, "")
    lifecycle.start(call.world, replace(job, parameters={**call.parameters, "JobType": 2}))
    return {"JobId": job.job_id}


def _new_job(call: Call, source_id: str) -> ReplicationJob:
    """A job that is in no state yet, and will expire."""
    job_id = call.world.new_id("j-bp1")
    name = call.get("Name") or job_id
    check_names(call, name, call.get("RegionId"))
    job = ReplicationJob(
        job_id=job_id,
        account_id=call.account_id,
        source_id=source_id,
        region=call.get("RegionId"),
        name=name,
        description="",
        status=NO_JOB.status,
        business_status=NO_JOB.business_status,
        target_type="",
        parameters=dict(call.parameters),
        valid_until=valid_until(call, call.world.now) or call.world.now + DEFAULT_VALIDITY,
        created=call.world.now,
    )
    call.world.schedule(job.valid_until, lifecycle.EXPIRES, job_id)
    return job
