"""One server's smoke test: a step a look, until it has passed or its time is up.

    CLEAR --earlier instances are gone, one is made--> TEST --passed or late--> RELEASE --> OVER
    (an instance that was migrated to begins in TEST and ends in OVER: it is not ours to release)

What fails is tried again until the time is up, for services come up after their server.
"""

from collections.abc import Sequence
from enum import Enum, auto
from uuid import uuid4

from smc.api.cloud_assistant import describe_invocation, run_command
from smc.clients import Clients
from smc.clock import Clock
from smc.errors import ApiError
from smc.handlers.command_batches import RUNNING
from smc.handlers.smoke_test_inputs import SmokeTestServer
from smc.handlers.smoke_test_instance import LAUNCH_SECONDS, RELEASE_SECONDS, launch, release
from smc.http_check import Answer, Question, address
from smc.models import Instance, Invocation
from smc.ownership import smoke_test_command_name
from smc.states import InvocationStatus

SHORTEST_COMMAND_SECONDS = 10
"""Least timeout of a command (RunCommand, Timeout)."""

SHOWN = 200


class Phase(Enum):
    """Where a test is."""

    CLEAR = auto()
    TEST = auto()
    RELEASE = auto()
    OVER = auto()


class SmokeTest:
    """The test of one server.

    Args:
        clients: of the destination side.
        clock: tells when its time is up.
        stack: see `smc.ownership`.
        name: of the server.
        server: what is tested, and how.
        attempt: counts the tests of this server.

    Attributes:
        server: what is tested, and how.
        attempt: counts the tests of this server.
        phase: where it is.
        passed: whether it has passed.
        reason: why it has not, or what was seen last.
        instance_id: the instance that is tested; empty as long as there is none.
    """

    def __init__(
        self,
        clients: Clients,
        clock: Clock,
        stack: str,
        name: str,
        server: SmokeTestServer,
        attempt: int,
    ) -> None:
        self._clients = clients
        self._clock = clock
        self._stack = stack
        self._name = name
        self._until = clock.monotonic() + LAUNCH_SECONDS
        self._runs = False
        self._released: set[str] = set()
        self._invoke_id = ""
        self._os_type = ""
        self.server = server
        self.attempt = attempt
        self.phase = Phase.CLEAR if server.launch else Phase.TEST
        self.passed = False
        self.reason = "begins"
        self.instance_id = server.instance_id

    def look(self, seen: Sequence[Instance]) -> Question | None:
        """Take the next step by what ECS shows.

        Args:
            seen: the instance that was migrated to, or the server's test instances.

        Returns:
            What is to be asked by HTTP now; the answer goes to `hear`.
        """
        match self.phase:
            case Phase.CLEAR:
                self._release(seen)
                if not seen:
                    self._launch()
            case Phase.TEST:
                return self._test(seen)
            case Phase.RELEASE:
                self._release(seen)
                if not seen:
                    self.phase = Phase.OVER
            case Phase.OVER:
                pass
        return None

    def hear(self, answer: Answer) -> None:
        """Judge the answer to the question that `look` returned."""
        said = f"{self.server.http} {answer}"
        if answer.status == self.server.expected:
            self._end(said, passed=True)
        else:
            wanted = f", not {self.server.expected}" if answer.status else ""
            self.reason = f"{said}{wanted}"

    def describe(self) -> str:
        """What it waits for, in a few words."""
        match self.phase:
            case Phase.CLEAR:
                return "gets a test instance"
            case Phase.TEST:
                return self.reason
            case Phase.RELEASE | Phase.OVER:
                return f"{'passed' if self.passed else 'failed'}, releasing {self.instance_id}"

    def _is_late(self) -> bool:
        return self._clock.monotonic() >= self._until

    def _end(self, reason: str, *, passed: bool = False) -> None:
        self.passed, self.reason = passed, reason
        self.phase = Phase.RELEASE if self.server.launch else Phase.OVER
        self._until = self._clock.monotonic() + RELEASE_SECONDS

    def _launch(self) -> None:
        try:
            self.instance_id = launch(
                self._clients,
                self._stack,
                self._name,
                self.server,
                self.attempt,
                self._released,
            )
        except ApiError as error:
            # The answer may have been lost: what there is, is released.
            self._end(f"its test instance could not be made. {error}")
            return
        self.phase = Phase.TEST
        self._until = self._clock.monotonic() + LAUNCH_SECONDS

    def _test(self, seen: Sequence[Instance]) -> Question | None:
        instance = next((i for i in seen if i.instance_id == self.instance_id), None)
        if instance is None or instance.status != "Running":
            state = instance.status if instance else "not there"
            self.reason = f"{self.instance_id} is {state}"
            if self._is_late():
                self._end(self.reason)
            return None
        if not self._runs:
            self._runs = True
            self._until = self._clock.monotonic() + self.server.within_seconds
        elif self._is_late():
            self._end(self.reason)
            return None
        if self.server.http:
            return self._question(instance)
        self._ask_command(instance)
        return None

    def _question(self, instance: Instance) -> Question | None:
        url = address(self.server.http, instance.public_ips, instance.private_ips)
        if url is None:
            self._end(f"{self.instance_id} has no such address as {self.server.http} asks")
            return None
        return Question(url, self.server.host)

    def _ask_command(self, instance: Instance) -> None:
        region = self.server.region
        try:
            if self._invoke_id:
                shown = describe_invocation(self._clients, region, self._invoke_id)
                if any(each.status in RUNNING for each in shown):
                    return
                self._judge(shown)
            if self.phase is Phase.TEST:
                left = self._until - self._clock.monotonic()
                self._invoke_id = run_command(
                    self._clients,
                    region,
                    [instance.instance_id],
                    name=smoke_test_command_name(self._stack),
                    os_type=instance.os_type,
                    script=self.server.command,
                    timeout_seconds=max(int(left), SHORTEST_COMMAND_SECONDS),
                    # Each is one of its own: an earlier answer would hide that it is right by now.
                    client_token=f"smc-{uuid4().hex}",
                )
        except ApiError as error:
            self._end(f"the command could not be run. {error}")

    def _judge(self, shown: Sequence[Invocation]) -> None:
        self.reason = "the command has no result"
        for each in shown:
            self.reason = f"the command {_ending(each)}"
            if each.status == InvocationStatus.SUCCESS:
                self._end(self.reason, passed=True)

    def _release(self, seen: Sequence[Instance]) -> None:
        """Release the test instances that ECS shows, or say that they cannot be."""
        self._released |= {each.instance_id for each in seen}
        problem = ""
        if seen and self._is_late():
            problem = "it is not gone in time"
        elif seen:
            try:
                release(self._clients, self.server.region, seen)
            except ApiError as error:
                problem = str(error)
        if problem:
            ids = ", ".join(each.instance_id for each in seen)
            self.passed = False
            self.reason += f"; {ids} could not be released, which ECS does by itself: {problem}"
            self.phase = Phase.OVER


def _ending(invocation: Invocation) -> str:
    if invocation.status not in {InvocationStatus.SUCCESS, InvocationStatus.FAILED}:
        code = invocation.error_code or "no reason given"
        return f"ended as {invocation.status} ({code})"
    lines = invocation.output.split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    printed = f", and printed last: {last[:SHOWN]}" if last else ""
    return f"ended with exit code {invocation.exit_code}{printed}"
