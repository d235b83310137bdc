"""A wave: a replication job for each of its servers, and one run that drives them together."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from components.drill import declare_drill
from components.resource_inputs import (
    HOUR_SECONDS,
    job_inputs,
    moves,
    notification_inputs,
    pace_inputs,
    wave_job,
)
from components.smoke_test import declare_smoke_tests
from components.whole_values import Whole, combined, merged
from providers import ReplicationJob, SourceImport, WaveRun
from providers.outputs import only_value
from providers.replication_job import job_id_of
from smc.clock import utc_text
from smc.handlers.wave_run import failures_text
from smc.settings import Settings
from smc.settings.model import Server
from smc.settings.wave import Wave as WaveSettings


class Wave(pulumi.ComponentResource):
    """Servers that move together.

    Attributes:
        jobs: server name -> its job.
        results: server name -> job, status, image or instance id, actual, smoke_test.
        failures: server name -> why it is not migrated, or has not passed its smoke test.
        drill_reports: server name -> what its drill found.
        refused: server name -> why its changed settings are refused.
    """

    jobs: dict[str, ReplicationJob]
    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]
    drill_reports: pulumi.Output[dict[str, dict[str, Any]]]
    refused: pulumi.Output[dict[str, str] | None]

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        stack: str,
        role: Mapping[str, pulumi.Input[Any]],
        servers: Mapping[str, Server],
        imported: SourceImport,
        before: Mapping[str, "Wave"],
        is_at_top: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the jobs and their run.

        Args:
            name: name of the wave.
            settings: the whole configuration, for its defaults.
            stack: marks what belongs to this stack, see `smc.ownership`.
            role: the role in the source account, as inputs.
            servers: the servers of this wave.
            imported: the import that registers them.
            before: waves that end before this one, by name.
            is_at_top: whether the migration is not part of another component.
            opts: resource options; what they depend on, every job of the wave depends on.
        """
        super().__init__("smc-migration:migration:Wave", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        connection = settings.connection(settings.destination).model_dump(exclude_none=True)
        polling = settings.polling
        drill = declare_drill(name, settings, stack, role, servers, imported, child)
        self.jobs = {}
        wave_jobs: dict[str, dict[str, pulumi.Input[Any]]] = {}
        sources = imported.sources.apply(Whole)
        for server_name, server in servers.items():
            source_id = sources.apply(_source_id(server_name))
            source_of_job = source_id
            if drill and settings.options(server).rehearses:
                # SMC allows one unfinished job a server: the rehearsal's has to be gone before.
                source_of_job = pulumi.Output.all(source_id, drill.without_job).apply(
                    _unless_without_job(server_name)
                )
            job = ReplicationJob(
                server_name,
                job_inputs(settings, stack, server_name, server) | {"source_id": source_of_job},
                child,
                tells_urn=not is_at_top,
            )
            self.jobs[server_name] = job
            wave_jobs[server_name] = wave_job(settings, server) | {
                # The id, for it stays known in a preview that changes something else of the job.
                "job_id": job.id,
                "source_id": source_id,
            }
        definition = settings.waves.get(name) or WaveSettings()
        holding = {
            other: wave.failures
            for other, wave in before.items()
            if settings.waves[other].on_failure == "hold"
        }
        run = WaveRun(
            name,
            {
                "wave": name,
                "stack": stack,
                "destination": connection,
                "jobs": wave_jobs,
                # That it depends on its jobs is said by `jobs`, and in a large state but once.
                "import_failures": only_value(
                    combined(
                        [
                            imported.failures.apply(_only(servers)),
                            pulumi.Output.all(*(job.id for job in self.jobs.values())),
                            pulumi.Output.all(*(job.error for job in self.jobs.values())),
                        ],
                        _without_job(list(self.jobs)),
                    )
                ),
                "blocked": drill.blocked if drill else {},
                # The provider fills it in.
                "refused": {},
                "held_by": pulumi.Output.all(**holding).apply(_with_failures) if holding else [],
                "start_at": utc_text(definition.start),
                "wait": settings.waits_for(name),
                "running_quota": settings.running_quota,
                "moves": drill.reports.apply(moves(settings, servers))
                if drill
                else moves(settings, servers)(None),
                "prices": settings.prices.model_dump(exclude_none=True)
                if settings.prices
                else None,
                "pace": pace_inputs(settings, polling.migration_hours * HOUR_SECONDS),
                **notification_inputs(settings),
            },
            child,
        )
        tests = declare_smoke_tests(name, settings, stack, servers, run, child)
        self.results, self.failures = run.results, run.failures
        if tests:
            self.results = combined([run.results, tests.results], _with_tests)
            self.failures = merged([run.failures, tests.failures])
        self.refused = run.refused
        self.drill_reports = drill.reports if drill else pulumi.Output.from_input({})
        # The run is a success of its own when servers fail, so that the other waves go on; the
        # failures are shown on its row, and the program ends with an error (see `Migration`).
        run.failures.apply(lambda failed: _show(name, failed, run))
        # What they came to is in the stack's outputs, and needs to be in a large state but once.
        self.register_outputs({})


def _with_failures(failures: Mapping[str, Mapping[str, str]]) -> list[str]:
    return sorted(wave for wave, failed in failures.items() if failed)


def _with_tests(parts: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """The results of a wave, each with what its smoke test came to."""
    results, tests = parts[0] or {}, parts[1] or {}
    return {
        server: {**result, "smoke_test": tests[server]} if server in tests else result
        for server, result in results.items()
    }


def _source_id(server: str) -> Callable[[Whole[Any]], str]:
    return lambda sources: str(sources.value.get(server, {}).get("source_id", ""))


def _unless_without_job(server: str) -> Any:
    return lambda parts: "" if server in (parts[1] or []) else parts[0]


def _without_job(servers: Sequence[str]) -> Callable[[Sequence[Any]], dict[str, str]]:
    """Server -> why there is no job; the error of one that there is, is its wave's to tell."""

    def told(parts: Sequence[Any]) -> dict[str, str]:
        failures, ids, errors = parts
        jobs = zip(servers, ids, errors, strict=True)
        refusals = {name: error for name, id_, error in jobs if error and not job_id_of(id_)}
        return refusals | dict(failures)

    return told


def _only(servers: Mapping[str, Server]) -> Any:
    return lambda failures: {s: reason for s, reason in failures.items() if s in servers}


def _show(wave: str, failures: Mapping[str, str], run: WaveRun) -> None:
    if failures:
        pulumi.log.error(failures_text(wave, failures), run)
