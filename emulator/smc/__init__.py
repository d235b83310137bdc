"""SMC 2019-06-01."""

from emulator.smc import (
    access_tokens,
    client,
    job_actions,
    job_changes,
    job_listing,
    lifecycle,
    new_jobs,
    source_servers,
    tags,
    workgroups,
)

__all__ = [
    "access_tokens",
    "client",
    "job_actions",
    "job_changes",
    "job_listing",
    "lifecycle",
    "new_jobs",
    "source_servers",
    "tags",
    "workgroups",
]
