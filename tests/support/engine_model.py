"""What Pulumi does with the project's dynamic resources, in milliseconds and without Pulumi.

The providers are the real ones, called in the engine's order. What is in the state follows the
engine: an operation is recorded when its provider has returned, never otherwise. Not modelled:
unknown values, and what the engine does with resources that do not depend on one that failed.
"""

import builtins
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from components.import_preview import selectors
from components.resource_inputs import (
    job_inputs,
    notification_inputs,
    pace_inputs,
    role_inputs,
    wave_job,
)
from providers.cleanup_guard import CleanupGuardProvider
from providers.replication_job import ReplicationJobProvider, job_id_of
from providers.source_import import SourceImportProvider
from providers.wave_run import WaveRunProvider
from smc.handlers.context import RoleAccess
from smc.settings import Settings, load_settings
from tests.support.cloud import DESTINATION, SOURCE, Cloud, VirtualTime
from tests.support.migration import STACK
from tests.support.provider_process import Death, provider_process

GUARD, IMPORT, WAVE = "cleanup", "source-servers", "wave"
PROVIDERS = {
    GUARD: CleanupGuardProvider(),
    IMPORT: SourceImportProvider(),
    WAVE: WaveRunProvider(),
}
JOB = ReplicationJobProvider()

Inputs = dict[str, Any]


def _is_for_the_user(error: Exception) -> bool:
    """Whether a provider raised it for the user to see, and it is no defect."""
    kind = type(error)
    return kind.__module__ == "builtins" and not hasattr(builtins, kind.__name__)


class UpdateError(Exception):
    """What Pulumi would print: the resource and its error."""


@dataclass(slots=True)
class Resource:
    """A resource in the state."""

    id: str
    outputs: dict[str, Any]


@dataclass(slots=True)
class Stack:
    """A stack on an emulated cloud.

    Attributes:
        servers: the `servers` of the settings.
        options: other parts of the settings.
        workers: operations at the same time; a provider process has four, but what is not to
            depend on chance has one.
        state: name -> what is recorded of the resource, in the order of creation.
        operations: what the latest command did, such as `create web-1`.
    """

    cloud: Cloud
    time: VirtualTime
    servers: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    workers: int = 1
    state: dict[str, Resource] = field(default_factory=dict)
    operations: list[str] = field(default_factory=list)

    def settings(self) -> Settings:
        """The settings as the program loads them."""
        side = {"file": str(self.cloud.credentials_file)}
        return load_settings(
            {
                "source": {
                    "account": SOURCE,
                    "region": "cn-hangzhou",
                    "credentials": {"profile": "source", **side},
                },
                "destination": {
                    "account": DESTINATION,
                    "region": "ap-northeast-1",
                    "credentials": {"profile": "destination", **side},
                },
                "emulator": str(self.cloud.address_file),
                "servers": self.servers,
                "polling": {"firstSeconds": 20, "longestSeconds": 60},
            }
            | self.options
        )

    def up(self, death: Death | None = None, cancel_at_sleep: int = 0) -> None:
        """`pulumi up`.

        Raises:
            UpdateError: a provider failed; nothing that depends on it was tried.
            Killed: the process died.
        """
        self.operations.clear()
        with provider_process(self.time, death, cancel_at_sleep):
            for stage in self._program():
                with ThreadPoolExecutor(self.workers) as workers:
                    list(workers.map(self._apply, stage, stage.values()))
            wanted = {name for stage in self._program() for name in stage}
            for name in [n for n in reversed(self.state) if n not in wanted]:
                self._delete(name)

    def preview(self) -> list[str]:
        """`pulumi preview`: what `up` would do first; an empty list if it would do nothing."""
        with provider_process(self.time):
            program = {n: inputs for stage in self._program() for n, inputs in stage.items()}
            changes = [f"delete {name}" for name in self.state if name not in program]
            for name, inputs in program.items():
                old = self.state.get(name)
                checked = self._checked(name, inputs)
                if old is None or self._call(name, "diff", old.id, old.outputs, checked).changes:
                    changes.append(f"change {name}")
        return changes

    def refresh(self) -> None:
        """`pulumi refresh`.

        Raises:
            UpdateError: a provider failed.
        """
        self.operations.clear()
        with provider_process(self.time):
            for name, resource in list(self.state.items()):
                read = self._call(name, "read", resource.id, resource.outputs)
                if read.id:
                    self.state[name] = Resource(read.id, read.outs)
                else:
                    del self.state[name]
                    self.operations.append(f"gone {name}")

    def destroy(self, death: Death | None = None, cancel_at_sleep: int = 0) -> None:
        """`pulumi destroy`.

        Raises:
            UpdateError: a provider failed; nothing that it depends on was tried.
            Killed: the process died.
        """
        self.operations.clear()
        with provider_process(self.time, death, cancel_at_sleep):
            order = [WAVE, *(n for n in self.state if n not in PROVIDERS), IMPORT, GUARD]
            for name in [name for name in order if name in self.state]:
                self._delete(name)

    @property
    def failures(self) -> dict[str, str]:
        """Server -> why it is not migrated."""
        return dict(self._outputs(WAVE).get("failures", {}))

    @property
    def results(self) -> dict[str, str]:
        """Server -> status of its job at the end of the wave."""
        return {s: r["status"] for s, r in self._outputs(WAVE).get("results", {}).items()}

    def _apply(self, name: str, inputs: Inputs) -> None:
        old = self.state.get(name)
        inputs = self._checked(name, inputs)
        if old is None:
            self._create(name, inputs)
            return
        diff = self._call(name, "diff", old.id, old.outputs, inputs)
        if diff.replaces:
            self._delete(name)
            self._create(name, inputs)
            self.operations[-2:] = [f"replace {name}"]
        elif diff.changes:
            old.outputs = self._call(name, "update", old.id, old.outputs, inputs).outs
            self.operations.append(f"update {name}")

    def _checked(self, name: str, inputs: Inputs) -> Inputs:
        result = self._call(name, "check", self._outputs(name), inputs)
        assert result.failures == []
        checked: Inputs = result.inputs
        return checked

    def _create(self, name: str, inputs: Inputs) -> None:
        made = self._call(name, "create", inputs)
        self.state[name] = Resource(made.id, made.outs)
        self.operations.append(f"create {name}")

    def _delete(self, name: str) -> None:
        resource = self.state[name]
        self._call(name, "delete", resource.id, resource.outputs)
        del self.state[name]
        self.operations.append(f"delete {name}")

    def _call(self, name: str, method: str, *arguments: Any) -> Any:
        try:
            return getattr(PROVIDERS.get(name, JOB), method)(*arguments)
        except Exception as error:
            if not _is_for_the_user(error):
                raise
            raise UpdateError(f"{name}: {error}") from None

    def _program(self) -> Iterator[dict[str, Inputs]]:
        """The resources as `components.migration` declares them: name -> inputs, by stages.

        Those of a stage depend on all before; it is made when those are done.
        """
        settings = self.settings()
        connection = settings.connection(settings.destination).model_dump(exclude_none=True)
        common: Inputs = {"stack": STACK, "destination": connection}
        default = settings.destination.region
        targets = [server.target for server in settings.servers.values()]
        instances = {t.instance: t.region or default for t in targets if t.instance}
        role = role_inputs(settings, RoleAccess.of(settings.source).arn)
        guard = {
            "role": role,
            "regions": sorted({target.region or default for target in targets}),
            "target_instances": instances,
            "pace": pace_inputs(settings, 3600),
            **notification_inputs(settings),
        }
        yield {GUARD: common | guard}
        importing = {
            "role": role,
            "servers": selectors(settings),
            "pace": pace_inputs(settings, 2700),
            "cleanup_seconds": 3600,
        }
        yield {IMPORT: common | importing}
        imported = self._outputs(IMPORT)
        sources = imported.get("sources", {})
        source_ids = {n: sources.get(n, {}).get("source_id", "") for n in settings.servers}
        yield {
            name: job_inputs(settings, STACK, name, server) | {"source_id": source_ids[name]}
            for name, server in settings.servers.items()
        }
        jobs = {
            name: wave_job(settings, server)
            | {
                "job_id": job_id_of(self.state[name].id) if name in self.state else "",
                "source_id": source_ids[name],
            }
            for name, server in settings.servers.items()
        }
        wave = {
            "wave": "default",
            "jobs": jobs,
            "import_failures": self._refusals(settings.servers) | imported.get("failures", {}),
            "running_quota": settings.running_quota,
            "pace": pace_inputs(settings, 24 * 3600),
            **notification_inputs(settings),
        }
        yield {WAVE: common | wave}

    def _refusals(self, servers: Iterable[str]) -> dict[str, str]:
        """Server -> why it has no job."""
        outputs = {name: self._outputs(name) for name in servers}
        return {n: o["error"] for n, o in outputs.items() if o.get("error") and not o["job_id"]}

    def _outputs(self, name: str) -> Inputs:
        resource = self.state.get(name)
        return resource.outputs if resource else {}
