"""`python3 -m tools.engine`: make sure that there is an engine, and print its folder."""

import argparse
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType

from tools.engine.ensure import ensure
from tools.engine.environment import engine_environment
from tools.engine.failure import EngineError


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="tools.engine", description=__doc__)
    parser.add_argument(
        "--environment",
        metavar="FOLDER",
        type=Path,
        help="print shell exports for running pulumi with all that it keeps below FOLDER",
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        engine = ensure()
    except EngineError as error:
        print(f"tools.engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if arguments.environment is None:
        print(engine.binaries)
        return 0
    for name, value in engine_environment(engine, arguments.environment).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    # As an exception, so that Go is stopped too and the unfinished build is removed.
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
