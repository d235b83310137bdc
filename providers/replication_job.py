"""ReplicationJob: the migration of one server."""

import pulumi
from pulumi.dynamic import DiffResult

from providers import _refusals
from providers._adapter import (
    Properties,
    assume_unchanged,
    decode,
    reached_otherwise,
    show_error,
)
from providers._base import MigrationProvider, MigrationResource
from smc.errors import RefusedError
from smc.handlers import replication_job as handler
from smc.handlers.context import Context
from smc.job_fields import ReplicationJobInputs, changed_fields
from smc.verdicts import Kind

USUAL_TYPES = (
    "smc-migration:migration:Migration$smc-migration:migration:Wave"
    "$pulumi-python:dynamic/smc:ReplicationJob"
)
"""Types in the URN of a job whose migration is not part of another component."""

NO_JOB = "no-job/"
"""Begins the id of a resource whose server could not be imported, or was finished before."""


def job_id_of(resource_id: str) -> str:
    """The job's id in the id of the resource; empty where there is no job."""
    return "" if resource_id.startswith(NO_JOB) else resource_id


class ReplicationJobProvider(MigrationProvider[ReplicationJobInputs]):
    """Maps the resource onto `smc.handlers.replication_job`."""

    model = ReplicationJobInputs
    computed = ("job_id", "status", "image_id", "error")

    def urn(self, props: Properties) -> str:
        """The URN, of which a thousand jobs keep only what is unusual."""
        *_, project, stack = ["", *str(props["stack"]).split("/")]
        usual = f"urn:pulumi:{stack}::{project}::{USUAL_TYPES}::{props['server']}"
        return super().urn(props) or usual

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """In place, replaced, or refused, by the job's present status.

        A job whose change is refused stays as it is; its wave tells the program.
        """
        otherwise = reached_otherwise(olds, news)
        if otherwise:
            # The credentials that the state names may be gone.
            olds = {**olds, "destination": news["destination"]}
        before = decode(ReplicationJobInputs, olds)
        # A source id is unknown while its import has something to do, which for a server that is
        # imported already changes nothing. For one that is not, a new job will be made.
        after = decode(ReplicationJobInputs, assume_unchanged(olds, news))
        context = self.context(olds)
        try:
            verdict = handler.verdict(before, after, olds, context)
        except RefusedError as error:
            reason = str(error).removeprefix(f"{after.server}: ")
            _refusals.remember(after.stack, after.server, reason)
            show_error(self.urn(olds), error)
            return DiffResult(changes=False)
        _refusals.remember(after.stack, after.server, "")
        if verdict.kind is Kind.KEEP:
            return DiffResult(changes=otherwise)
        context.note(f"{after.server}: {verdict}")
        changed = sorted(changed_fields(before, after)) or ["job_id"]
        return DiffResult(
            changes=True,
            replaces=changed if verdict.kind in {Kind.CREATE, Kind.REPLACE} else [],
            # SMC allows one unfinished job a source server.
            delete_before_replace=True,
        )

    def name(self, inputs: ReplicationJobInputs, outputs: Properties) -> str:
        """The job's id."""
        return outputs["job_id"] or f"{NO_JOB}{inputs.server}/{inputs.run}"

    def make(self, inputs: ReplicationJobInputs, context: Context) -> Properties:
        """Create the job; does not start it."""
        return handler.create(inputs, context)

    def look(
        self, inputs: ReplicationJobInputs, outputs: Properties, context: Context
    ) -> Properties | None:
        """The job as it is; a finished one that SMC removed stays as a tombstone."""
        return handler.read(inputs, outputs, context)

    def change(
        self,
        inputs: ReplicationJobInputs,
        before: ReplicationJobInputs,
        outputs: Properties,
        context: Context,
    ) -> Properties:
        """Modify the job in place."""
        return handler.update(inputs, before, outputs, context)

    def remove(self, inputs: ReplicationJobInputs, outputs: Properties, context: Context) -> None:
        """Stop and delete the job; its result stays."""
        handler.delete(inputs, outputs, context)


class ReplicationJob(MigrationResource, module="smc", name="ReplicationJob"):
    """One server's replication job; inputs: `ReplicationJobInputs`.

    Attributes:
        job_id: id of the job; empty while the server could not be imported.
        status: status when last looked at; the wave has the final one.
        image_id: id of the image when last looked at.
        error: SMC's error when last looked at.
    """

    provider_class = ReplicationJobProvider
    job_id: pulumi.Output[str]
    status: pulumi.Output[str]
    image_id: pulumi.Output[str]
    error: pulumi.Output[str]
