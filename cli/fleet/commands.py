"""`up`, `preview` and `destroy` of one stack of a fleet, and what each came to."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cli.fleet.conductor import Ended
from cli.fleet.engine import CommandError, ConcurrentUpdateError, Engine, Stack, last_line
from cli.fleet.events import Events
from cli.fleet.outcome import Ending, Outcome
from cli.fleet.plan import FleetStack
from smc.handlers.wave_run import NOT_MIGRATED
from smc.states import JobStatus

Tell = Callable[[str], None]
Act = Callable[[Stack, Events], object]


@dataclass(frozen=True, slots=True)
class Commands:
    """Runs Pulumi's commands on stacks of a fleet.

    Args:
        engine: runs them.
        known: names of the stacks that there are.
        is_cancelled: whether the user has asked to end.
    """

    engine: Engine
    known: frozenset[str]
    is_cancelled: Callable[[], bool]

    def preview(self, stack: FleetStack, tell: Tell) -> Outcome:
        """Preview it; one that nobody is in any more would be destroyed."""
        if stack.settings is None and stack.name not in self.known:
            return Outcome(Ending.DONE, stack.servers)
        if stack.settings is None:
            act: Act = lambda made, events: made.preview_destroy(on_event=events)  # noqa: E731
            return self._run(stack, act, tell)
        return self._run(stack, lambda made, events: made.preview(on_event=events), tell)

    def up(self, stack: FleetStack, tell: Tell) -> Outcome:
        """Migrate its servers; a stack that nobody is in any more is destroyed and removed."""
        if stack.settings is None:
            return self.destroy(stack, tell, remove=True)
        outputs: dict[str, Any] = {}

        def act(made: Stack, events: Events) -> None:
            result = made.up(on_event=events, color="never", suppress_outputs=True)
            outputs.update({key: output.value for key, output in result.outputs.items()})

        return self._run(stack, act, tell, partial(self._outputs, stack, outputs))

    def destroy(self, stack: FleetStack, tell: Tell, *, remove: bool) -> Outcome:
        """Take back all that it has.

        Args:
            stack: the stack.
            tell: takes what is new.
            remove: whether the stack and its file go, too.
        """
        if stack.name not in self.known:
            return Outcome(Ending.DONE, stack.servers)

        def act(made: Stack, events: Events) -> None:
            made.destroy(on_event=events, color="never", remove=remove)

        return self._run(stack, act, tell)

    def ended_before(self, name: str) -> Ended:
        """How the last update of a stack ended that is not driven now."""
        try:
            outputs = self.engine.outputs(name) if name in self.known else {}
        except CommandError:
            outputs = {}
        # An update that comes to its end has outputs, if only its role.
        return Ended(bool(outputs), bool(outputs.get("failures")))

    def _outputs(self, stack: FleetStack, outputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return outputs or self.engine.outputs(stack.name)

    def _run(
        self,
        stack: FleetStack,
        act: Act,
        tell: Tell,
        outputs: Callable[[], Mapping[str, Any]] | None = None,
    ) -> Outcome:
        events = Events(tell)
        begun = time.monotonic()
        errors: tuple[str, ...] = ()
        ending = Ending.DONE
        told: Mapping[str, Any] = {}
        try:
            act(self.engine.stack(stack.name, is_new=stack.name not in self.known), events)
        except ConcurrentUpdateError:
            ending, errors = Ending.BROKEN, (_locked(stack.name),)
        except CommandError as error:
            ending = self._failure(events)
            errors = tuple(events.errors) or (last_line(error),)
        if outputs is not None and ending in {Ending.DONE, Ending.FAILED}:
            try:
                told = outputs()
            except CommandError as error:
                errors += (f"its outputs cannot be read: {last_line(error)}",)
        failures = told.get("failures") or {}
        return Outcome(
            ending,
            stack.servers,
            time.monotonic() - begun,
            _migrated(told) if told and stack.members else None,
            events.counted(),
            failures,
            () if failures else errors,
        )

    def _failure(self, events: Events) -> Ending:
        if self.is_cancelled():
            return Ending.CANCELLED
        has_said = any(error.startswith(NOT_MIGRATED) for error in events.errors)
        if events.is_over and has_said and not events.has_failed_operations:
            return Ending.FAILED
        return Ending.BROKEN


def _migrated(outputs: Mapping[str, Any]) -> int:
    results, failures = outputs.get("results") or {}, outputs.get("failures") or {}
    return sum(
        result["status"] == JobStatus.FINISHED
        for server, result in results.items()
        if server not in failures
    )


def _locked(stack: str) -> str:
    return (
        "its state is locked: another update of it goes on, or one that was killed has left the"
        f" lock. Fix: `python -m cli doctor --stack {stack}` says which, and the command that"
        " mends it."
    )
