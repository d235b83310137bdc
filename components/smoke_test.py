"""The smoke tests of a wave, for those of its servers that have one."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from components.resource_inputs import pace_inputs, without_defaults
from providers import SmokeTestRun, WaveRun
from smc.handlers.smoke_test_inputs import LaunchInputs, SmokeTestServer
from smc.handlers.smoke_test_instance import life_seconds
from smc.handlers.smoke_test_run import failures_text
from smc.settings import Settings
from smc.settings.model import Server
from smc.settings.smoke_test import Launch, SmokeTest


def declare_smoke_tests(
    name: str,
    settings: Settings,
    stack: str,
    servers: Mapping[str, Server],
    wave: WaveRun,
    opts: pulumi.ResourceOptions,
) -> SmokeTestRun | None:
    """Declare the smoke tests of a wave; None if no server of it has one.

    Args:
        name: name of the wave.
        settings: the whole configuration.
        stack: see `smc.ownership`.
        servers: the servers of the wave.
        wave: the run whose results are tested.
        opts: resource options.
    """
    tests = {n: test for n, s in servers.items() if (test := settings.smoke_test(name, s))}
    if not tests:
        return None
    described = {n: _described(settings, servers[n], test) for n, test in tests.items()}
    run = SmokeTestRun(
        name,
        {
            "wave": name,
            "stack": stack,
            "destination": settings.connection(settings.destination).model_dump(exclude_none=True),
            "servers": wave.results.apply(_with_results(described)),
            "pace": pace_inputs(settings, 0),
        },
        opts,
    )
    run.failures.apply(lambda failed: _show(name, failed, run))
    if pulumi.runtime.is_dry_run():
        _show_preview(tests, described, run)
    return run


def _described(settings: Settings, server: Server, test: SmokeTest) -> dict[str, Any]:
    """What is known of a test before its server is migrated; see `SmokeTestServer`."""
    target = server.target
    is_image = target.kind == "image"
    values = {
        "run": server.run,
        "region": target.region or settings.destination.region,
        "instance_id": target.instance,
        "command": test.command,
        "http": test.http,
        "host": test.host,
        "expected": test.status,
        "within_seconds": test.within_seconds,
        "launch": _launch(test.launch) if is_image and test.launch else None,
    }
    return without_defaults(SmokeTestServer, values)


def _launch(launch: Launch) -> dict[str, Any]:
    template = launch.template
    values = launch.model_dump(exclude={"template"}) | {
        "template_id": template.id if template else None,
        "template_version": template.version if template else None,
    }
    return without_defaults(LaunchInputs, values)


def _with_results(described: Mapping[str, Mapping[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def complete(results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        return {
            name: {
                **test,
                "status": results[name]["status"] if name in results else "",
                **({"image_id": results[name]["image_id"]} if name in results else {}),
            }
            for name, test in described.items()
        }

    return complete


def _show(wave: str, failures: Mapping[str, str], run: SmokeTestRun) -> None:
    if failures:
        pulumi.log.error(failures_text(wave, failures), run)


def _show_preview(
    tests: Mapping[str, SmokeTest], described: Mapping[str, Mapping[str, Any]], run: SmokeTestRun
) -> pulumi.Output[bool]:
    """Say in a preview what may be tested, and above all what is billed for it.

    Returns:
        Whether there was something to say.
    """

    async def told() -> bool:
        if await run.results.is_known():
            return False
        lines = [_line(name, tests[name], described[name]) for name in tests]
        pulumi.log.info("\n".join(lines), run)
        return True

    # The program ends only when every output is known.
    return pulumi.Output.from_input(told())


def _line(name: str, test: SmokeTest, described: Mapping[str, Any]) -> str:
    how = f"{test.http} has to answer {test.status}" if test.http else "a command has to end with 0"
    server = SmokeTestServer.model_validate({**described, "status": ""})
    if server.launch is None:
        return f"{name}: when migrated, {how} on {server.instance_id}"
    launch = server.launch
    kind = launch.instance_type or f"instance of {launch.template_id}"
    minutes = life_seconds(server) / 60
    return (
        f"{name}: when migrated, {how} on a short-lived {kind} of its image, which is billed until"
        f" its test has ended, at most {minutes:.0f} minutes"
    )
