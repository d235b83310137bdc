"""The smoke tests of a wave: is what was migrated right?

An instance that was migrated to is tested itself; of an image a short-lived instance is made, which
is released before its test counts as passed. What passed is not tested again; what did not is
tested by the next run, without being migrated again.

Calls: ecs:DescribeInstances, ecs:RunInstances, ecs:RunCommand, ecs:DescribeInvocations,
ecs:DeleteInstance.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smc.api.instances import describe_instances
from smc.clients import Clients
from smc.errors import WaitError
from smc.handlers.context import Context
from smc.handlers.smoke_test import Phase, SmokeTest
from smc.handlers.smoke_test_inputs import SmokeTestRunInputs, SmokeTestServer
from smc.handlers.smoke_test_instance import RELEASE_SECONDS, release, smoke_test_instances
from smc.http_check import ask
from smc.models import Instance
from smc.ownership import SERVER_TAG, SMOKE_TEST_TAG
from smc.waiters import rounds

AT_A_TIME = 20
"""Tests at a time: each may have an instance, and the account has a quota of these."""

SHOWN = 3

Outputs = dict[str, Any]
"""`results`: server -> {passed, reason, instance_id (that was tested), attempts, at (UTC),
fingerprint (of the test)}; `failures`: server -> why it has not passed."""


def run(inputs: SmokeTestRunInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """Test every migrated server that has not passed this very test.

    A server that is not migrated has no result: its wave says why.

    Raises:
        ApiError: ECS does not tell what instances there are.
    """
    clients = context.clients(inputs.destination)
    earlier = previous.get("results") or {}
    results = {n: earlier[n] for n, s in inputs.servers.items() if _has_passed(s, earlier.get(n))}
    due = {n: s for n, s in inputs.servers.items() if s.is_migrated and n not in results}
    failures = {name: _no_image(name) for name, server in due.items() if not server.subject}
    waiting = [name for name in due if name not in failures]
    running: dict[str, SmokeTest] = {}
    passed, count = 0, len(waiting)
    # Each test has a deadline of its own.
    for changed in rounds(replace(inputs.pace, deadline_seconds=math.inf), context.clock):
        while waiting and len(running) < AT_A_TIME:
            name = waiting.pop(0)
            attempt = earlier.get(name, {}).get("attempts", 0) + 1
            running[name] = SmokeTest(
                clients, context.clock, inputs.stack, name, due[name], attempt
            )
        if not running:
            break
        _step(clients, inputs.stack, running)
        for name in [n for n, test in running.items() if test.phase is Phase.OVER]:
            test = running.pop(name)
            passed += test.passed
            results[name] = _result(test, clients)
            if not test.passed:
                failures[name] = _failure(test)
            changed()
        context.progress(_summary(passed, count, running))
    return {
        "results": dict(sorted(results.items())),
        "failures": dict(sorted(failures.items())),
    }


def is_complete(inputs: SmokeTestRunInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server that is migrated has passed its test."""
    results = outputs["results"] or {}
    return not outputs["failures"] and all(
        _has_passed(server, results.get(name))
        for name, server in inputs.servers.items()
        if server.is_migrated
    )


def discard(inputs: SmokeTestRunInputs, context: Context) -> None:
    """Release the test instances that an interrupted run left.

    Raises:
        WaitError: one is still there.
    """
    clients = context.clients(inputs.destination)
    for region in sorted({s.region for s in inputs.servers.values() if s.launch}):
        for _ in rounds(replace(inputs.pace, deadline_seconds=RELEASE_SECONDS), context.clock):
            left = [
                instance
                for instance in smoke_test_instances(clients, region, inputs.stack)
                if instance.tags.get(SERVER_TAG) in inputs.servers
            ]
            if not left:
                break
            context.progress(f"releasing {', '.join(each.instance_id for each in left[:SHOWN])}")
            release(clients, region, left)
        else:
            raise WaitError(
                f"not released yet: {', '.join(each.instance_id for each in left)}."
                " Fix: run the command again; ECS releases them by itself within two hours."
            )


def failures_text(wave: str, failures: Mapping[str, str]) -> str:
    """All failures of a wave's tests, one server a line."""
    verb = "server has" if len(failures) == 1 else "servers have"
    lines = [f"{server}: {reason}" for server, reason in sorted(failures.items())]
    return "\n".join([f"wave {wave}: {len(failures)} {verb} not passed the smoke test.", *lines])


def _has_passed(server: SmokeTestServer, result: Mapping[str, Any] | None) -> bool:
    return bool(result and result["passed"] and result["fingerprint"] == server.fingerprint)


def _step(clients: Clients, stack: str, running: Mapping[str, SmokeTest]) -> None:
    """Let every test look at its instances, and ask all that want to be asked at once."""
    seen = _seen(clients, stack, running)
    asked = {name: test.look(seen[name]) for name, test in running.items()}
    answers = ask({name: question for name, question in asked.items() if question})
    for name, answer in answers.items():
        running[name].hear(answer)


def _seen(
    clients: Clients, stack: str, running: Mapping[str, SmokeTest]
) -> dict[str, list[Instance]]:
    """The instances of each test: by the tags of those that are made for it, and by its id."""
    found: dict[str, dict[str, Instance]] = {name: {} for name in running}
    for region in {test.server.region for test in running.values()}:
        here = {n: t for n, t in running.items() if t.server.region == region}
        listed = describe_instances(
            clients, region, [t.instance_id for t in here.values() if t.instance_id]
        )
        if any(test.server.launch for test in here.values()):
            listed += smoke_test_instances(clients, region, stack)
        for name, test in here.items():
            found[name] |= {i.instance_id: i for i in listed if _is_of(i, name, test)}
    return {name: list(instances.values()) for name, instances in found.items()}


def _is_of(instance: Instance, name: str, test: SmokeTest) -> bool:
    if test.server.launch:
        # A target instance may carry tags of ours, too; its name is another server's.
        return SMOKE_TEST_TAG in instance.tags and instance.tags.get(SERVER_TAG) == name
    return instance.instance_id == test.instance_id


def _summary(passed: int, count: int, running: Mapping[str, SmokeTest]) -> str:
    told = [f"{name} {test.describe()}" for name, test in sorted(running.items())]
    more = f"; {len(told) - SHOWN} more" if len(told) > SHOWN else ""
    doing = f" · {'; '.join(told[:SHOWN])}{more}" if told else ""
    return f"smoke tests: {passed} of {count} passed{doing}"


def _result(test: SmokeTest, clients: Clients) -> dict[str, Any]:
    return {
        "passed": test.passed,
        "reason": test.reason,
        "instance_id": test.instance_id,
        "attempts": test.attempt,
        "at": f"{clients.utc_now():%Y-%m-%dT%H:%M:%SZ}",
        "fingerprint": test.server.fingerprint,
    }


def _failure(test: SmokeTest) -> str:
    of_image = " (its instance was made of the image)" if test.server.launch else ""
    mend = (
        "mend the source server and raise its run"
        if test.server.launch
        else f"mend {test.server.instance_id}"
    )
    fix = "" if "Fix:" in test.reason else f" Fix: correct its smokeTest, or {mend}."
    return (
        f"is migrated, but has not passed its smoke test{of_image}: {test.reason.rstrip('.')}.{fix}"
        " `pulumi up` tests it again and does not migrate it again."
    )


def _no_image(name: str) -> str:
    return (
        "is migrated, but its image is not known any more, for SMC has removed the job, so that its"
        f" smoke test cannot be made. Fix: raise servers.{name}.run, or take the smokeTest out."
    )
