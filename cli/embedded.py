"""Which stacks are the local emulator's, with a Pulumi of their own in the project's folder."""

from pathlib import Path

from cli.fleet.fleet_file import fleet_file, read_split
from cli.fleet.split import ACCESS
from cli.pulumi_stack import PulumiStack
from smc.errors import SettingsError

DEV = "dev"
"""The stack of the local emulator."""


def embedded_pulumi(project: Path, local: Path, stack: str) -> PulumiStack | None:
    """Pulumi with a home of its own for `dev` and the stacks of its fleet; None for other stacks.

    Args:
        project: folder of Pulumi.yaml.
        local: folder of what is kept for the emulator.
        stack: name of the stack.
    """
    return PulumiStack(project, local, stack) if _is_dev(project, stack) else None


def _is_dev(project: Path, stack: str) -> bool:
    if stack in {DEV, f"{DEV}-{ACCESS}"}:
        return True
    try:
        split = read_split(fleet_file(project, DEV)) if stack.startswith(f"{DEV}-") else None
    except SettingsError:
        # Whoever reads it for the fleet says what is wrong with it.
        return False
    return split is not None and stack in split.stacks
