"""A child process that never outlives us."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


def run_to_the_end(
    command: list[str], folder: Path, environment: dict[str, str]
) -> tuple[int, str, str]:
    """Run `command`; its exit code, output and errors.

    It is killed if anything, a signal's handler too, ends the wait. `subprocess.run` does not
    hold that: an exception while it starts the child leaves a child that nobody knows of.
    """
    child: subprocess.Popen[str] | None = None
    try:
        with _terminated_later():
            child = subprocess.Popen(  # noqa: S603 - the caller's own program
                command,
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        out, err = child.communicate()
    except BaseException:
        if child is not None:
            child.kill()
            child.wait()
        raise
    return child.returncode, out, err


@contextmanager
def _terminated_later() -> Iterator[None]:
    """Keep a SIGTERM until the block is left."""
    came: list[int] = []

    def keep(number: int, frame: FrameType | None) -> None:
        came.append(number)

    handler = signal.signal(signal.SIGTERM, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
        if came:
            signal.raise_signal(signal.SIGTERM)
