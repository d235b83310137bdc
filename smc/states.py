"""The states of SMC and Cloud Assistant, in the API's own words.

Source: SMC 2019-06-01 DescribeSourceServers and DescribeReplicationJobs, ECS 2014-05-26
DescribeInvocations. An unknown state is kept as text and never taken for success.
"""

from enum import StrEnum


class SourceState(StrEnum):
    """State of a source server. The console calls Available "Online"."""

    UNAVAILABLE = "Unavailable"
    AVAILABLE = "Available"
    IN_USE = "InUse"
    DELETING = "Deleting"


class JobStatus(StrEnum):
    """Status of a replication job."""

    READY = "Ready"
    RUNNING = "Running"
    STOPPED = "Stopped"
    IN_ERROR = "InError"
    FINISHED = "Finished"
    WAITING = "Waiting"
    EXPIRED = "Expired"
    DELETING = "Deleting"

    GONE = "Gone"
    """Not of the API: it does not list the job any more."""

    NOT_CREATED = "NotCreated"
    """Not of the API: the source server could not be imported, so there is no job."""


class BusinessStatus(StrEnum):
    """What a running job is doing. Only Syncing can be stopped."""

    PREPARING = "Preparing"
    SYNCING = "Syncing"
    PROCESSING = "Processing"
    CLEANING = "Cleaning"


STARTABLE = frozenset({JobStatus.READY, JobStatus.STOPPED, JobStatus.IN_ERROR})
"""A job in one of these can be started (StartReplicationJob)."""

UNFINISHED = frozenset(
    {
        JobStatus.READY,
        JobStatus.RUNNING,
        JobStatus.STOPPED,
        JobStatus.IN_ERROR,
        JobStatus.WAITING,
    }
)
"""A source server has at most one job in one of these."""


class InvocationStatus(StrEnum):
    """Status of a Cloud Assistant command on one instance (InvocationStatus)."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    STOPPED = "Stopped"
    ABORTED = "Aborted"
    ERROR = "Error"
    TIMEOUT = "Timeout"
    INVALID = "Invalid"
    TERMINATED = "Terminated"
    CANCELLED = "Cancelled"
