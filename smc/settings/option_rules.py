"""Rules about a server's options: they hold for what it inherits as well."""

from collections.abc import Iterator

from smc.errors import Problem
from smc.settings.job import BUILT_IN, DRILLED, Execution, JobOptions, merged
from smc.settings.model import Server
from smc.settings.rules import Parts
from smc.settings.smoke_test import SmokeTest


def templates_exist(parts: Parts) -> Iterator[Problem]:
    """Templates named by servers exist."""
    known = ", ".join(sorted(parts.template_names)) or "none is defined"
    for name, server in parts.servers.items():
        if server.template is not None and server.template not in parts.template_names:
            yield Problem(
                f"servers.{name}.template",
                f"{server.template} is not a template.",
                f"define it under `templates`, or name one of: {known}.",
            )


def options_fit_their_server(parts: Parts) -> Iterator[Problem]:
    """What a server inherits and says itself goes together."""
    for name, server in parts.servers.items():
        template = parts.templates.get(server.template or "", JobOptions())
        options = merged(BUILT_IN, parts.defaults, template, server)
        yield from _execution_fits(f"servers.{name}", server, options)
        yield from _target_fits(f"servers.{name}", server, options)
        yield from _smoke_test_fits(f"servers.{name}", server, parts)


def _execution_fits(path: str, server: Server, options: JobOptions) -> Iterator[Problem]:
    if options.execution is Execution.SCHEDULED and options.start_at is None:
        yield Problem(
            f"{path}.startAt",
            "is missing for execution: scheduled.",
            'add the moment, with a time zone: "2026-01-31T22:00:00+09:00".',
        )
    if options.execution in DRILLED and options.drill and options.drill.kind == "rehearsal":
        if server.target.kind == "container":
            yield Problem(
                f"{path}.drill.kind",
                "there is no rehearsal for a container image.",
                "use kind: checks.",
            )
        if options.synchronization:
            yield Problem(
                f"{path}.drill.kind",
                "a rehearsal and a synchronization exclude each other.",
                "use kind: checks; the first image of a synchronization can be tried out.",
            )


def _target_fits(path: str, server: Server, options: JobOptions) -> Iterator[Problem]:
    kind = server.target.kind
    if options.synchronization and kind != "image":
        yield Problem(
            f"{path}.synchronization",
            f"is for image targets, but the target is {_a(kind)}.",
            "leave it out, or migrate to an image.",
        )
    if options.launch_template and kind != "image":
        yield Problem(
            f"{path}.launchTemplate",
            f"is for image targets, but the target is {_a(kind)}.",
            "leave it out.",
        )
    if kind == "container" and not options.instance_role:
        yield Problem(
            f"{path}.instanceRole",
            "is missing for a container image.",
            "name a RAM role that ECS may assume and that may push to the registry.",
        )
    if server.disks:
        if kind == "container":
            yield Problem(f"{path}.disks", "a container image has no disks.", "leave it out.")
        for number, disk in enumerate(server.disks.data):
            if disk.disk and kind != "instance":
                yield Problem(
                    f"{path}.disks.data.{number}.disk",
                    "names a disk of a target instance, but the target is an image.",
                    "leave it out.",
                )


def _smoke_test_fits(path: str, server: Server, parts: Parts) -> Iterator[Problem]:
    wave_name = server.wave or next(iter(parts.waves), "")
    wave = parts.waves.get(wave_name)
    test = server.smoke_test or (wave.smoke_test if wave else None)
    where = f"{path}.smokeTest" if server.smoke_test else f"waves.{wave_name}.smokeTest"
    if test is None:
        return
    if server.target.kind == "container":
        yield Problem(
            where,
            f"{path} becomes a container image, of which SMC runs nothing.",
            "test it where it runs; a server without a test has to be in a wave without one.",
        )
    elif server.target.kind == "image":
        yield from _image_can_be_tested(where, path, test)
    elif server.smoke_test and test.launch:
        yield Problem(
            f"{where}.launch", "is for image targets: the target is tested itself.", "leave it out."
        )


def _image_can_be_tested(where: str, path: str, test: SmokeTest) -> Iterator[Problem]:
    if test.launch is None:
        yield Problem(
            f"{where}.launch",
            f"is missing: {path} becomes an image, and only a running server can be tested.",
            "say how a short-lived instance of the image is made.",
        )
        return
    if test.http and not test.addresses:
        yield Problem(
            f"{where}.http",
            f"is not the address of the test instance that is made of {path}'s image.",
            "put {ip} in the place of its address.",
        )
    if "publicIp" in test.addresses and not test.launch.public_bandwidth:
        yield Problem(
            f"{where}.launch.publicBandwidth",
            f"is 0, so the test instance of {path}'s image has no public address.",
            "give it some Mbit/s, or test {privateIp}.",
        )


def _a(kind: str) -> str:
    return {"image": "an image", "instance": "an instance", "container": "a container image"}[kind]
