"""Where the time of a Python process goes, by py-spy: what holds the interpreter, sampled."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

SAMPLES_A_SECOND = "50"
LONGEST_SECONDS = 60.0
SAMPLED = frozenset({"program", "provider"})

IMPORTS = "imports"
GROUPS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("components, providers, smc", re.compile(r"\((components|providers|smc)/")),
    ("Pulumi's SDK", re.compile(r"\((pulumi|pulumi_alicloud|dill)/|pulumi-language-python-exec")),
    ("Alibaba Cloud's SDKs", re.compile(r"\((alibabacloud_\w+|Tea|darabonba)/")),
    ("HTTP", re.compile(r"\((requests|urllib3|http)/")),
    ("gRPC, protobuf", re.compile(r"\((grpc|google)/")),
    ("pydantic", re.compile(r"\(pydantic(_core)?/")),
    ("asyncio", re.compile(r"\(asyncio/")),
)
"""What a sample counts for: the group of the innermost call that is in one."""

REST = "Python's library"


class Sampler:
    """Samples the Python processes of one command.

    Args:
        folder: of its files.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._running: list[tuple[str, Path, subprocess.Popen[bytes]]] = []

    def begun(self, kind: str, process: int) -> None:
        """Sample a process until it ends, if it is one of ours."""
        if kind not in SAMPLED:
            return
        file = self._folder / f"{kind}-{process}"
        tool = str(Path(sys.executable).with_name("py-spy"))
        options = ["--format", "raw", "--gil", "--nonblocking", "--rate", SAMPLES_A_SECOND]
        spy = subprocess.Popen(  # noqa: S603 - our own tool and arguments
            [tool, "record", "--pid", str(process), *options, "--output", str(file)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._running.append((kind, file, spy))

    def groups(self) -> dict[str, dict[str, float]]:
        """Kind of process -> group of code -> its share of the samples."""
        counted: dict[str, Counter[str]] = {}
        for kind, file, spy in self._running:
            spy.wait(LONGEST_SECONDS)
            lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
            counted.setdefault(kind, Counter()).update(dict(counts(lines)))
        return {kind: _shares(counter) for kind, counter in counted.items()}


def counts(folded: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Group and number of samples of each stack; stacks are `outer;inner 3`, one a line."""
    summed = Counter[str]()
    for line in folded:
        stack, _, number = line.rpartition(" ")
        # A process that is not stopped for it may be read in the middle of a change.
        if number.isdecimal():
            summed[_group(stack.split(";"))] += int(number)
    yield from summed.items()


def _group(frames: list[str]) -> str:
    if any("_find_and_load" in frame for frame in frames):
        return IMPORTS
    for frame in reversed(frames):
        inner = re.sub(r"\(.*site-packages/", "(", frame)
        for name, pattern in GROUPS:
            if pattern.search(inner):
                return name
    return REST


def _shares(counter: Counter[str]) -> dict[str, float]:
    total = sum(counter.values())
    return {name: round(count / total, 3) for name, count in counter.most_common()}
