"""WaveRun: the jobs of a wave, started and waited for together."""

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
    differs,
    encode,
    read_result,
    urn_of,
)
from smc.handlers import wave_run as handler
from smc.handlers.wave_run import WaveRunInputs


class WaveRunProvider(ResourceProvider):
    """Maps the resource onto `smc.handlers.wave_run`."""

    serialize_as_secret_always = False

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Check the form of the inputs."""
        return check_inputs(WaveRunInputs, news)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Changed when its jobs are others, or when something is not finished yet."""
        changed = differs(WaveRunInputs, olds, news, {"jobs"}) or not handler.is_complete(
            decode(WaveRunInputs, news), olds
        )
        return DiffResult(changes=changed)

    def create(self, props: Properties) -> CreateResult:
        """Start the jobs and wait for them."""
        with clean_errors():
            inputs = decode(WaveRunInputs, props)
            outputs = handler.drive(inputs, {}, context_of(props))
            return CreateResult(inputs.wave, encode(inputs, props, outputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """The results as SMC has them."""
        with clean_errors():
            inputs = decode(WaveRunInputs, props)
            outputs = handler.refresh(inputs, handler.outputs_of(props), context_of(props))
            return read_result(id_, WaveRunInputs, encode(inputs, props, outputs))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Drive what is not finished."""
        with clean_errors():
            inputs = decode(WaveRunInputs, news)
            outputs = handler.drive(inputs, handler.outputs_of(olds), context_of(news))
            return UpdateResult(encode(inputs, news, outputs))

    def delete(self, _id: str, props: Properties) -> None:
        """Stop what still runs."""
        with clean_errors():
            handler.stop(decode(WaveRunInputs, props), context_of(props))


class WaveRun(Resource, module="smc", name="WaveRun"):
    """One drive of a wave.

    Attributes:
        results: server name -> job_id, run, status, image_id, instance_id, region, started, ended.
        failures: server name -> why it is not migrated.
    """

    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the run.

        Args:
            name: name of the resource.
            inputs: the fields of `WaveRunInputs`; values may be outputs.
            opts: resource options.
        """
        row = urn_of(WaveRun, name, opts)
        props = {**inputs, URN: row, "results": None, "failures": None}
        super().__init__(WaveRunProvider(), name, props, opts)
