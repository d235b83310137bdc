"""What Pulumi keeps of a stack, asked with its own commands."""

import json
import subprocess
from typing import Any

from cli.backend import without_passwords
from cli.pulumi_stack import PulumiStack
from smc.errors import MigrationError


def resources(stack: str, embedded: PulumiStack | None) -> list[dict[str, Any]]:
    """The resources in the state of a stack; secrets in them stay encrypted.

    Args:
        stack: name of the stack.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.

    Raises:
        MigrationError: Pulumi does not tell.
    """
    deployment = _told(stack, embedded, "stack", "export")["deployment"]
    found: list[dict[str, Any]] = deployment.get("resources") or []
    return found


def outputs(stack: str, embedded: PulumiStack | None) -> dict[str, Any]:
    """The outputs of the last update; arguments and errors as above."""
    return _told(stack, embedded, "stack", "output", "--json")


def _told(stack: str, embedded: PulumiStack | None, *arguments: str) -> dict[str, Any]:
    arguments = (*arguments, "--stack", stack, "--non-interactive")
    try:
        if embedded:
            said = embedded.run(*arguments, quiet=True, check=True).stdout
        else:
            said = _own(*arguments)
        told: dict[str, Any] = json.loads(said)
    except FileNotFoundError as error:
        raise MigrationError(
            f"stack {stack} cannot be read: there is no pulumi on PATH. Fix: install Pulumi, and"
            " log in to where its state is."
        ) from error
    except (subprocess.CalledProcessError, OSError, ValueError) as error:
        said = str(getattr(error, "stderr", None) or getattr(error, "stdout", None) or error)
        reason = without_passwords(said)
        raise MigrationError(
            f"stack {stack} cannot be read. {reason.strip()} Fix: python -m cli doctor"
            f" --stack {stack}"
        ) from error
    return told


def _own(*arguments: str) -> str:
    return subprocess.run(  # noqa: S603 - the user's own pulumi, our own arguments
        ["pulumi", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
