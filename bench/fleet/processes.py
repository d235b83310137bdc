"""What each process below this one costs: CPU and memory, by what the process is."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

KINDS: Mapping[str, str] = {
    "pulumi.dynamic": "provider",
    "pulumi-language-python-exec": "program",
    "pulumi-resource-alicloud": "alicloud plugin",
    "pulumi-language-python": "language host",
    "pulumi": "engine",
}
"""Last part of a word of the command line -> what the process is; the first that fits."""

LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """What the processes of one kind took together.

    Attributes:
        cpu_seconds: until the last look before their end.
        most_mib: most that one of them held in memory.
    """

    cpu_seconds: float
    most_mib: float


class Processes:
    """Watches all processes below this one while a block runs.

    Args:
        begun: called with the kind and the id of each process of a kind when it is first seen.
    """

    def __init__(self, begun: Callable[[str, int], None] = lambda _kind, _process: None) -> None:
        self._begun = begun
        self._cpu: dict[int, tuple[str, float]] = {}
        self._most: dict[str, float] = defaultdict(float)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Processes":
        self._thread.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()

    def shares(self) -> dict[str, Share]:
        """Kind -> what it took."""
        cpu: dict[str, float] = defaultdict(float)
        for kind, seconds in self._cpu.values():
            cpu[kind] += seconds
        return {kind: Share(seconds, self._most[kind]) for kind, seconds in cpu.items()}

    def _watch(self) -> None:
        known: dict[int, str] = {}
        while not self._end.wait(LOOK_SECONDS):
            for process in psutil.Process(os.getpid()).children(recursive=True):
                try:
                    self._look(process, known)
                except (psutil.Error, OSError):
                    # It has ended: what was seen last is what it took.
                    known.pop(process.pid, None)

    def _look(self, process: psutil.Process, known: dict[int, str]) -> None:
        kind = _kind(process.cmdline())
        if kind is None:
            return
        if known.get(process.pid) != kind:
            known[process.pid] = kind
            self._begun(kind, process.pid)
        times = process.cpu_times()
        self._cpu[process.pid] = kind, times.user + times.system
        self._most[kind] = max(self._most[kind], _most_mib(process.pid))


def _kind(command: list[str]) -> str | None:
    names = {word.rpartition("/")[2] for word in command[:4]}
    return next((kind for name, kind in KINDS.items() if name in names), None)


def _most_mib(process: int) -> float:
    """What a process held at most, which the system keeps."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0
