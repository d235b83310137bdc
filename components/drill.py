"""The drill of a wave, for those of its servers whose execution has one."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from components.resource_inputs import job_inputs, pace_inputs
from providers import DrillRun, SourceImport
from smc.drill.scripts import LONGEST_SECONDS
from smc.settings import Settings
from smc.settings.job import DRILLED, Execution
from smc.settings.model import Server


def declare_drill(
    name: str,
    settings: Settings,
    stack: str,
    role: Mapping[str, pulumi.Input[Any]],
    servers: Mapping[str, Server],
    imported: SourceImport,
    opts: pulumi.ResourceOptions,
) -> DrillRun | None:
    """Declare the drill of a wave; None if no server of it is drilled.

    Args:
        name: name of the wave.
        settings: the whole configuration.
        stack: see `smc.ownership`.
        role: the role in the source account, as inputs.
        servers: the servers of the wave.
        imported: the import that registers them.
        opts: resource options.
    """
    drilled = {n: s for n, s in servers.items() if settings.options(s).execution in DRILLED}
    if not drilled:
        return None
    rehearsed = any(settings.options(server).rehearses for server in drilled.values())
    return DrillRun(
        name,
        {
            "wave": name,
            "stack": stack,
            "destination": settings.connection(settings.destination).model_dump(exclude_none=True),
            "role": role,
            "servers": imported.sources.apply(_drill_servers(drilled, settings, stack)),
            **({"running_quota": settings.running_quota} if rehearsed else {}),
            "pace": pace_inputs(settings, LONGEST_SECONDS),
        },
        opts,
    )


def _drill_servers(
    servers: Mapping[str, Server], settings: Settings, stack: str
) -> Callable[[Any], dict[str, dict[str, Any]]]:
    described = {n: _drill_server(n, s, settings, stack) for n, s in servers.items()}
    return lambda sources: {name: describe(sources) for name, describe in described.items()}


def _drill_server(
    name: str, server: Server, settings: Settings, stack: str
) -> Callable[[Any], dict[str, Any]]:
    options = settings.options(server)
    job = job_inputs(settings, stack, name, server) if options.rehearses else None

    def described(sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        source = sources.get(name, {})
        return {
            "source_id": source.get("source_id", ""),
            "source_instance": source.get("instance_id", ""),
            "os_type": source.get("os_type", ""),
            "target_instance": server.target.instance or "",
            "target_region": server.target.region or settings.destination.region,
            "run": server.run,
            **({"alone": True} if options.execution is Execution.DRILL_ONLY else {}),
            **({"rehearsal": job | {"source_id": source.get("source_id", "")}} if job else {}),
        }

    return described
