"""Taking over a replication job that exists already, and telling how a job differs from what is
declared.
"""  # noqa: D205 - one sentence

from collections.abc import Mapping, Sequence
from typing import Any

from smc.api.replication_jobs import describe_replication_jobs
from smc.api.tags import tag_job
from smc.clients import Clients
from smc.errors import RefusedError
from smc.handlers.job_request import job_tags, sizes_gib
from smc.job_fields import ReplicationJobInputs
from smc.models import ReplicationJob, SourceServer, TargetDisk
from smc.ownership import STACK_TAG
from smc.partitions import GIB, size_bytes
from smc.states import JobStatus
from smc.verdicts import WORDS

FILLED_BY_SMC = frozenset(
    {
        "container",
        "image_name",
        "instance_id",
        "instance_type",
        "launch_template_version",
        "replication_parameters",
        "resource_group_id",
    }
)
"""Where nothing is declared, SMC may show what it chose, or a target that it had before."""

OURS = "smc-migration-"


def adopt(
    clients: Clients, inputs: ReplicationJobInputs, source: SourceServer | None
) -> ReplicationJob:
    """The job that the settings name, now marked as the stack's.

    Args:
        clients: of the destination side.
        inputs: what is declared.
        source: its source server, whose disks a job has where the settings do not say otherwise.

    Raises:
        RefusedError: there is none, it is another server's or another stack's, or the settings
            differ from it.
    """
    wanted = inputs.adopt_job
    server = inputs.server
    jobs = describe_replication_jobs(clients, source_ids=[inputs.source_id])
    found = [job for job in jobs if wanted in {job.job_id, job.name}]
    if len(found) != 1:
        have = ", ".join(f"{job.job_id} ({job.name}, {job.status})" for job in jobs) or "none"
        raise RefusedError(
            f"{server}: its source server {inputs.source_id} has no replication job {wanted}; it"
            f" has {have}. Fix: correct servers.{server}.adoptJob."
        )
    (job,) = found
    owner = job.tags.get(STACK_TAG, inputs.stack)
    if owner != inputs.stack:
        raise RefusedError(
            f"{server}: job {job.job_id} belongs to stack {owner}. Fix: migrate it there; or"
            f" give it up there with `pulumi state delete`, and take its tag {STACK_TAG} off."
        )
    differences = {**differing(inputs, job), **_only_of_adoption(inputs, job, source)}
    if differences:
        lines = "; ".join(
            f"{WORDS.get(name, name)} is {actual!r} in the job, {declared!r} in the settings"
            for name, (declared, actual) in sorted(differences.items())
        )
        raise RefusedError(
            f"{server}: job {job.job_id} is not what the settings say: {lines}."
            f" Fix: write servers.{server} as the job is; change it afterwards."
        )
    missing = {k: v for k, v in job_tags(inputs).items() if job.tags.get(k) != v}
    if missing:
        tag_job(clients, job.job_id, missing)
    return job


def differing(inputs: ReplicationJobInputs, job: ReplicationJob) -> Mapping[str, tuple[Any, Any]]:
    """Field -> (declared, actual), for each in which the job is another.

    Left out: what SMC fills in by itself, the end of validity, which SMC keeps as a moment, and
    what SMC adds to the image's name once the job has run.
    """
    declared = inputs.model_dump(mode="json")
    result = {}
    for name, actual in job.declared.items():
        wanted = declared[name]
        if wanted == actual or (not wanted and not actual):
            continue
        if not wanted and name in FILLED_BY_SMC:
            continue
        if name == "image_name" and job.status != JobStatus.READY and actual.startswith(wanted):
            continue
        result[name] = (wanted, actual)
    tags = {k: v for k, v in job.tags.items() if not k.startswith(OURS)}
    if tags != inputs.tags:
        result["tags"] = (inputs.tags, tags)
    return result


def _only_of_adoption(
    inputs: ReplicationJobInputs, job: ReplicationJob, source: SourceServer | None
) -> dict[str, tuple[Any, Any]]:
    """Differences in what nobody but us can change later, or what a later change moves."""
    result: dict[str, tuple[Any, Any]] = {}
    if job.valid_days is not None and job.valid_days != inputs.valid_days:
        result["valid_days"] = (inputs.valid_days, job.valid_days)
    if source is None or not inputs.image_name:
        return result
    sizes, found = sizes_gib(inputs, source), list(job.disk_sizes_gib)
    if found[0] and sizes != found:
        result["disks"] = (_in_gib(sizes), _in_gib(found))
    elif job.layout and _layout(inputs, source) != list(job.layout):
        result["disks"] = (_in_words(_layout(inputs, source)), _in_words(job.layout))
    return result


def _in_gib(sizes: Sequence[int]) -> str:
    return " + ".join(f"{size} GiB" for size in sizes)


def _in_words(layout: Sequence[TargetDisk]) -> str:
    words = []
    for disk in layout:
        parts = [
            f"{path} {size / GIB:g} GiB by {'block' if block else 'file'}"
            for path, size, block in disk.partitions
        ]
        words.append(" ".join(["LVM" if disk.lvm else "plain", ", ".join(parts)]).strip())
    return "; ".join(words)


def _layout(inputs: ReplicationJobInputs, source: SourceServer) -> list[TargetDisk]:
    """The layout that the settings come to; where they do not say, that of the server."""
    declared = {disk.index: disk for disk in inputs.disks}
    result = []
    for index, size in enumerate(sizes_gib(inputs, source)):
        disk = declared.get(index)
        parts = tuple(
            (part.path, size_bytes(part.size, size), part.block)
            for part in (disk.partitions if disk else ())
        )
        result.append(TargetDisk(lvm=bool(disk and disk.lvm), partitions=parts))
    return result
