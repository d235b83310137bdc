"""`python -m cli doctor`: what stands in the way of a stack, and the one command that mends it.

Nothing is changed. Every check ends as ok, as a problem, or as unknown where nobody can tell.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cli.backend import Backend, Pulumi
from cli.doctor_access import examine_access, ids_in_ram
from cli.doctor_accounts import examine_accounts
from cli.doctor_backend import examine_backend
from cli.finding import Finding, State
from cli.pulumi_stack import PulumiStack
from cli.stack_file import stack_settings
from cli.sweep import full_stack_name
from smc.errors import SettingsError
from tools.engine.ensure import is_at_hand

DEV = "dev"
"""The stack of the local emulator; its Pulumi is kept in the project's folder."""


def examine(
    project: Path, stack: str, organization: str, embedded: PulumiStack | None
) -> Iterator[Finding]:
    """Every check of a stack, each as soon as it is done.

    Args:
        project: folder of Pulumi.yaml.
        stack: name of the stack.
        organization: of the stack.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.
    """
    file = f"Pulumi.{stack}.yaml"
    full_name = full_stack_name(project, stack, organization)
    if embedded is not None:
        backend = Backend(_run_embedded(embedded), stack, full_name, "python -m cli pulumi")
    else:
        backend = Backend(_run_own, stack, full_name, "pulumi")
    engine = _engine(embedded)
    yield engine
    deployment = None
    if engine.state is State.OK:
        deployment = yield from examine_backend(backend)
    try:
        settings = stack_settings(project, stack)
    except SettingsError as error:
        says = "; ".join(str(problem) for problem in error.problems)
        yield Finding("settings", State.PROBLEM, says, f"correct {file}")
        return
    yield Finding("settings", State.OK, f"{file}: {len(settings.servers)} servers")
    yield from examine_accounts(settings, full_name, file, backend.line("up"))
    if deployment is not None and not settings.source.role.existing:
        known = ids_in_ram(deployment)
        yield examine_access(settings, full_name, known, backend.line("up"))


def is_healthy(findings: Sequence[Finding]) -> bool:
    """Whether none is a problem."""
    return all(finding.state is not State.PROBLEM for finding in findings)


def members(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings in JSON."""
    return {"healthy": is_healthy(findings), "findings": [asdict(each) for each in findings]}


def _engine(embedded: PulumiStack | None) -> Finding:
    if embedded is None:
        if shutil.which("pulumi"):
            return Finding("engine", State.OK, "pulumi on PATH")
        says = "there is no pulumi on PATH."
        return Finding("engine", State.PROBLEM, says, "install Pulumi: pulumi.com/docs/install")
    if is_at_hand():
        return Finding("engine", State.OK, "at hand")
    says = "neither on PATH nor in the cache; it is downloaded, or built in about ten minutes."
    return Finding("engine", State.PROBLEM, says, "make setup")


def _run_embedded(stack: PulumiStack) -> Pulumi:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return stack.run(*arguments, "--non-interactive", quiet=True)

    return run


def _run_own(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - the user's own pulumi, our own arguments
        ["pulumi", *arguments, "--non-interactive"],  # noqa: S607
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
