"""A wave: a replication job for each of its servers, and one run that drives them together."""

from collections.abc import Mapping
from typing import Any

import pulumi

from providers import ReplicationJob, SourceImport, WaveRun
from providers.replication_job import job_id_of
from smc.handlers.wave_run import failures_text
from smc.settings import Settings
from smc.settings.job import STARTED, Network
from smc.settings.model import Server

HOUR_SECONDS = 3600
MINUTE_SECONDS = 60


class Wave(pulumi.ComponentResource):
    """Servers that move together.

    Attributes:
        results: server name -> job, status, image or instance id.
        failures: server name -> why it is not migrated.
    """

    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        *,
        settings: Settings,
        stack: str,
        servers: Mapping[str, Server],
        imported: SourceImport,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the jobs and their run.

        Args:
            name: name of the wave.
            settings: the whole configuration, for its defaults.
            stack: marks what belongs to this stack, see `smc.ownership`.
            servers: the servers of this wave.
            imported: the import that registers them.
            opts: resource options; what they depend on, every job of the wave depends on.
        """
        super().__init__("smc-migration:migration:Wave", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        connection = settings.connection(settings.destination).model_dump(exclude_none=True)
        polling = settings.polling
        jobs: dict[str, dict[str, pulumi.Input[Any]]] = {}
        for server_name, server in servers.items():
            source_id = imported.sources.apply(_source_id(server_name))
            job = ReplicationJob(
                server_name,
                job_inputs(settings, stack, server_name, server) | {"source_id": source_id},
                child,
            )
            options = settings.options(server)
            jobs[server_name] = {
                # The id, for it stays known in a preview that changes something else of the job.
                "job_id": job.id.apply(job_id_of),
                "source_id": source_id,
                "run": server.run,
                "start": options.execution in STARTED,
            }
        run = WaveRun(
            name,
            {
                "wave": name,
                "stack": stack,
                "destination": connection,
                "jobs": jobs,
                "import_failures": imported.failures.apply(_only(servers)),
                "running_quota": settings.running_quota,
                "pace": pace_inputs(settings, polling.migration_hours * HOUR_SECONDS),
            },
            child,
        )
        self.results = run.results
        self.failures = run.failures
        # The run is a success of its own when servers fail, so that the other waves go on; the
        # failures are shown on its row, and the program ends with an error (see `Migration`).
        run.failures.apply(lambda failed: _show(name, failed, run))
        self.register_outputs({"results": self.results, "failures": self.failures})


def job_inputs(settings: Settings, stack: str, name: str, server: Server) -> dict[str, Any]:
    """The inputs of a server's job, defaults filled in; all but its source id."""
    options = settings.options(server)
    network = options.network or Network()
    transfer = {
        "bandwidth_limit": network.bandwidth_limit,
        "compress_level": network.compress_level,
        "checksum": network.checksum,
    }
    return {
        "stack": stack,
        "server": name,
        "destination": settings.connection(settings.destination).model_dump(exclude_none=True),
        "region": server.target.region or settings.destination.region,
        "image_name": server.target.image or "",
        "instance_id": server.target.instance or "",
        "description": server.description,
        "tags": options.tags or {},
        "run": server.run,
        "valid_days": options.valid_days,
        "vswitch_id": network.vswitch or "",
        "replication_parameters": {k: v for k, v in transfer.items() if v is not None},
        "pace": pace_inputs(settings, settings.polling.cleanup_minutes * MINUTE_SECONDS),
    }


def pace_inputs(settings: Settings, deadline_seconds: float) -> dict[str, float]:
    """The pace of a wait, as resource inputs."""
    return {
        "first_seconds": settings.polling.first_seconds,
        "longest_seconds": settings.polling.longest_seconds,
        "deadline_seconds": deadline_seconds,
    }


def _source_id(server: str) -> Any:
    return lambda sources: sources.get(server, {}).get("source_id", "")


def _only(servers: Mapping[str, Server]) -> Any:
    return lambda failures: {s: reason for s, reason in failures.items() if s in servers}


def _show(wave: str, failures: Mapping[str, str], run: WaveRun) -> None:
    if failures:
        pulumi.log.error(failures_text(wave, failures), run)
