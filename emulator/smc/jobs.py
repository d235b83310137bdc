"""What the actions on replication jobs share: the job of a call, unique names, times, quotas.

Source: SMC 2019-06-01, CreateReplicationJob and ModifyReplicationJobAttribute.
"""

from datetime import UTC, datetime, timedelta

from emulator.identity.tables import Account
from emulator.service import ApiError, Call
from emulator.smc.lifecycle import has_room
from emulator.smc.states import UNFINISHED
from emulator.smc.tables import ReplicationJob

JOB_QUOTA = "smc.jobs_quota"
QUOTA_EXCEEDED = "QuotaExceeded.ReplicationJob"
DEFAULT_VALIDITY = timedelta(days=30)
LATEST_SCHEDULE = timedelta(days=30)
GRACE = timedelta(minutes=1)
"""Of the limits of ValidTime: the client's clock and the way of the request."""


def find_job(call: Call) -> ReplicationJob:
    """The job named by the call.

    Raises:
        ApiError: `ReplicationJob.NotFound` (its code is not documented).
    """
    job = call.world.table(ReplicationJob).get(call.get("JobId"))
    if job is None or job.account_id != call.account_id:
        raise ApiError(
            "ReplicationJob.NotFound",
            f"The replication job {call.get('JobId')} does not exist.",
            404,
        )
    return job


def check_account(call: Call) -> None:
    """Refuse a new job of an account without the service role, or with too many jobs.

    Raises:
        ApiError: `EntityNotExist.Role`, `QuotaExceeded.ReplicationJob`.
    """
    account = call.world.table(Account).get(call.account_id)
    if account is None or not account.service_role_for_smc:
        raise ApiError(
            "EntityNotExist.Role",
            "The account is unauthorized. Please assign the role AliyunServiceRoleForSMC to your"
            " account.",
            403,
        )
    jobs = call.world.table(ReplicationJob).find(account_id=call.account_id)
    if len(jobs) >= int(call.world.setting(JOB_QUOTA, 1000)):
        raise ApiError(
            QUOTA_EXCEEDED,
            "The maximum number of replication jobs is exceeded. Please submit a ticket to raise"
            " the quota.",
        )


def check_room(call: Call) -> None:
    """Refuse one more running job when the quota is used up.

    Raises:
        ApiError: `QuotaExceeded.ReplicationJob`; which code it is here is assumed.
    """
    if not has_room(call.world, call.account_id):
        raise ApiError(
            QUOTA_EXCEEDED,
            "The maximum number of running replication jobs is exceeded. Please submit a ticket to"
            " raise the quota.",
        )


def check_names(call: Call, name: str, region: str, but: str = "") -> None:
    """Refuse a name of another job, or the image name of another unfinished one of the region.

    Args:
        call: its ImageName is checked too.
        name: the job's name.
        region: where the image will be.
        but: the job that may have both.

    Raises:
        ApiError: `ReplicationJobName.Duplicate`, `ImageName.UsedByReplicationJob`.
    """
    image_name = call.get("ImageName")
    for job in call.world.table(ReplicationJob).find(account_id=call.account_id):
        if job.job_id == but:
            continue
        if job.name == name:
            raise ApiError(
                "ReplicationJobName.Duplicate",
                "The specified replication job name already exists.",
            )
        uses_image_names = job.status in UNFINISHED and job.region == region
        if image_name and uses_image_names and job.parameters.get("ImageName") == image_name:
            raise ApiError(
                "ImageName.UsedByReplicationJob",
                f'The specified imageName: "{image_name}" was used by another replication job in'
                " the current region.",
            )


def scheduled_start(call: Call) -> datetime | None:
    """ScheduledStartTime, later than now and within 30 days.

    Raises:
        ApiError: `InvalidParameter.ScheduledStartTime`; the code is assumed.
    """
    given = _time(call, "ScheduledStartTime")
    if given and not call.world.now < given <= call.world.now + LATEST_SCHEDULE:
        raise ApiError(
            "InvalidParameter.ScheduledStartTime",
            "ScheduledStartTime must be later than now and within 30 days.",
        )
    return given


def valid_until(call: Call, created: datetime) -> datetime | None:
    """ValidTime, 7 to 90 days after the creation.

    Raises:
        ApiError: `InvalidParameter.ValidTime`; the code is assumed.
    """
    given = _time(call, "ValidTime")
    earliest, latest = created + timedelta(days=7), created + timedelta(days=90)
    if given and not earliest - GRACE <= given <= latest + GRACE:
        raise ApiError(
            "InvalidParameter.ValidTime", "ValidTime must be 7 to 90 days after the creation."
        )
    return given


def _time(call: Call, name: str) -> datetime | None:
    given = call.get(name)
    if not given:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ApiError(f"InvalidParameter.{name}", f"{name} is not a UTC time.") from None
