"""What a stack's state says of its servers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TYPE = "pulumi-python:dynamic/smc:"

Properties = Mapping[str, Any]
"""Outputs of a resource, as the state has them: every number is a float there."""


@dataclass(slots=True)
class Recorded:
    """What a state says of the servers, by their names.

    Attributes:
        waves: server -> wave.
        results: see `smc.handlers.wave_run.Outputs`.
        failures: why servers are not migrated, or have not passed their smoke tests.
        moves: what is moved, see `smc.estimate.move`.
        drills: see `smc.handlers.drill_run.Outputs`.
        sources: see `smc.handlers.source_import.Outputs`.
        smoke_tests: see `smc.handlers.smoke_test_run.Outputs`.
    """

    waves: dict[str, str] = field(default_factory=dict)
    results: dict[str, Properties] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    moves: dict[str, Properties] = field(default_factory=dict)
    drills: dict[str, Properties] = field(default_factory=dict)
    sources: dict[str, Properties] = field(default_factory=dict)
    smoke_tests: dict[str, Properties] = field(default_factory=dict)


def recorded(resources: Sequence[Properties]) -> Recorded:
    """What the resources of a state say."""
    told = Recorded()
    for resource in resources:
        outputs = resource.get("outputs") or {}
        match str(resource["type"]).removeprefix(TYPE):
            case "WaveRun":
                told.waves |= dict.fromkeys(outputs.get("jobs") or {}, outputs["wave"])
                told.results |= outputs.get("results") or {}
                told.failures |= outputs.get("failures") or {}
                told.moves |= outputs.get("moves") or {}
            case "DrillRun":
                told.drills |= outputs.get("reports") or {}
            case "SmokeTestRun":
                told.smoke_tests |= outputs.get("results") or {}
                told.failures |= outputs.get("failures") or {}
            case "SourceImport":
                told.sources |= outputs.get("sources") or {}
    return told
