"""ReplicationJob: the migration of one server."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from providers._adapter import (
    URN,
    Properties,
    check_inputs,
    clean_errors,
    context_of,
    decode,
    encode,
    gone,
    is_unknown,
    read_result,
    urn_of,
)
from smc.handlers import replication_job as handler
from smc.handlers.replication_job import NEW_JOB_FIELDS, ReplicationJobInputs

NO_JOB = "no-job/"
"""Begins the id of a resource whose server could not be imported, or was finished before."""


def job_id_of(resource_id: str) -> str:
    """The job's id in the id of the resource; empty where there is no job."""
    return "" if resource_id.startswith(NO_JOB) else resource_id


class ReplicationJobProvider(ResourceProvider):
    """Maps the resource onto `smc.handlers.replication_job`."""

    serialize_as_secret_always = False

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Check the form of the inputs."""
        return check_inputs(ReplicationJobInputs, news)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """In place, replaced, or refused, by the job's present status.

        Raises:
            MigrationError: SMC does not allow the change; the message says what to do.
        """
        with clean_errors():
            before = decode(ReplicationJobInputs, olds)
            after = decode(ReplicationJobInputs, _assume_unchanged(olds, news))
            changed = handler.changed_fields(before, after)
            handler.refuse_impossible(before, after, olds, context_of(olds))
            return DiffResult(
                changes=bool(changed),
                replaces=sorted(changed & NEW_JOB_FIELDS),
                # SMC allows one unfinished job a source server.
                delete_before_replace=True,
            )

    def create(self, props: Properties) -> CreateResult:
        """Create the job; does not start it."""
        with clean_errors():
            inputs = decode(ReplicationJobInputs, props)
            outputs = handler.create(inputs, context_of(props))
            resource_id = outputs["job_id"] or f"{NO_JOB}{inputs.server}/{inputs.run}"
            return CreateResult(resource_id, encode(inputs, props, outputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """The job as it is; a finished one that SMC removed stays as a tombstone."""
        with clean_errors():
            inputs = decode(ReplicationJobInputs, props)
            outputs = handler.read(inputs, handler.outputs_of(props), context_of(props))
            if outputs is None:
                return gone()
            return read_result(id_, ReplicationJobInputs, encode(inputs, props, outputs))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Modify the job in place."""
        with clean_errors():
            inputs = decode(ReplicationJobInputs, news)
            before = decode(ReplicationJobInputs, olds)
            outputs = handler.outputs_of(olds)
            return UpdateResult(
                encode(inputs, news, handler.update(inputs, before, outputs, context_of(news)))
            )

    def delete(self, _id: str, props: Properties) -> None:
        """Stop and delete the job; its result stays."""
        with clean_errors():
            inputs = decode(ReplicationJobInputs, props)
            handler.delete(inputs, handler.outputs_of(props), context_of(props))


def _assume_unchanged(olds: Properties, news: Properties) -> Properties:
    """New inputs, with the old value for what this preview cannot know.

    A source id is unknown while its import has something to do, which for a server that is imported
    already changes nothing. For one that is not, a new job will be made.
    """
    return {k: olds.get(k, v) if is_unknown(v) else v for k, v in news.items()}


class ReplicationJob(Resource, module="smc", name="ReplicationJob"):
    """One server's replication job.

    Attributes:
        job_id: id of the job; empty while the server could not be imported.
        status: status when last looked at; the wave has the final one.
        image_id: id of the image when last looked at.
    """

    job_id: pulumi.Output[str]
    status: pulumi.Output[str]
    image_id: pulumi.Output[str]
    error: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the job.

        Args:
            name: name of the resource.
            inputs: the fields of `ReplicationJobInputs`; values may be outputs.
            opts: resource options.
        """
        row = urn_of(ReplicationJob, name, opts)
        computed = {"job_id": None, "status": None, "image_id": None, "error": None}
        super().__init__(ReplicationJobProvider(), name, {**inputs, URN: row, **computed}, opts)
