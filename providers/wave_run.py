"""WaveRun: the jobs of a wave, started and waited for together."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, DiffResult

from providers._adapter import (
    Properties,
    assume_unchanged,
    decode,
    differs,
    is_unknown,
    reached_otherwise,
)
from providers._base import MigrationProvider, MigrationResource
from providers._refusals import refused
from providers.replication_job import job_id_of
from smc.handlers import wave_run as handler
from smc.handlers.context import Context
from smc.handlers.wave_run import WaveRunInputs

CAUSES = {"jobs", "start_at", "blocked", "held_by", "refused"}
"""Inputs whose change is something to do."""


class WaveRunProvider(MigrationProvider[WaveRunInputs]):
    """Maps the resource onto `smc.handlers.wave_run`."""

    model = WaveRunInputs
    computed = ("results", "failures")

    def check(self, olds: Properties, news: Properties) -> CheckResult:
        """Check the inputs, and add the refusals of its jobs, which were compared before."""
        reasons = {name: refused(news["stack"], name) for name in news["jobs"]}
        found = {name: reason for name, reason in reasons.items() if reason}
        jobs = {
            name: job if is_unknown(job["job_id"]) else {**job, "job_id": job_id_of(job["job_id"])}
            for name, job in news["jobs"].items()
        }
        return super().check(olds, {**news, "jobs": jobs, "refused": found})

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """Changed when its jobs are others, or when something is not finished yet."""
        if differs(WaveRunInputs, olds, news, CAUSES) or reached_otherwise(olds, news):
            return DiffResult(changes=True)
        inputs = decode(WaveRunInputs, assume_unchanged(olds, news))
        return DiffResult(changes=not handler.is_complete(inputs, olds, self.context(olds)))

    def name(self, inputs: WaveRunInputs, _outputs: Properties) -> str:
        """The wave's name."""
        return inputs.wave

    def make(self, inputs: WaveRunInputs, context: Context) -> Properties:
        """Start the jobs and wait for them."""
        return handler.drive(inputs, {}, context)

    def look(
        self, inputs: WaveRunInputs, outputs: Properties, context: Context
    ) -> Properties | None:
        """The results as SMC has them."""
        return handler.refresh(inputs, outputs, context)

    def change(
        self,
        inputs: WaveRunInputs,
        _before: WaveRunInputs,
        outputs: Properties,
        context: Context,
    ) -> Properties:
        """Drive what is not finished."""
        return handler.drive(inputs, outputs, context)

    def remove(self, inputs: WaveRunInputs, _outputs: Properties, context: Context) -> None:
        """Stop what still runs."""
        handler.stop(inputs, context)


class WaveRun(MigrationResource, module="smc", name="WaveRun"):
    """One drive of a wave; inputs: `WaveRunInputs`, where the id of a job is its resource's.

    Attributes:
        results: server name -> job_id, run, status, image_id, instance_id, region, started, ended,
            runs, starts, actual.
        failures: server name -> why it is not migrated.
        refused: server name -> why its change is refused.
    """

    provider_class = WaveRunProvider
    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]
    refused: pulumi.Output[dict[str, str]]
