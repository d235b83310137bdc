"""Virtual time that several threads share: it passes when all of them wait."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from emulator.world import World

Subject = TypeVar("Subject")
Result = TypeVar("Result")


class SharedTime:
    """A clock for so many threads. The emulator's jumps to the earliest end of their sleeps."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._change = threading.Condition()
        self._awake = 0
        self._ends: list[float] = []

    def monotonic(self) -> float:
        """The emulator's time."""
        return self._world.clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait until the others have brought time so far, or bring it there."""
        with self._change:
            end = self.monotonic() + seconds
            self._ends.append(end)
            self._awake -= 1
            self._pass()
            while self.monotonic() < end:
                self._change.wait()
            self._ends.remove(end)
            self._awake += 1

    def run(
        self, work: Callable[[Subject], Result], subjects: Iterable[Subject], threads: int
    ) -> list[Result]:
        """What `work` returns for each subject; so many at a time."""
        waiting = list(enumerate(subjects))[::-1]
        results: dict[int, Result] = {}
        # All count from the beginning, or time would pass before the last one is there.
        self._awake += threads

        def worker() -> None:
            try:
                while True:
                    with self._change:
                        if not waiting:
                            return
                        number, subject = waiting.pop()
                    results[number] = work(subject)
            finally:
                with self._change:
                    self._awake -= 1
                    self._pass()

        with ThreadPoolExecutor(threads) as workers:
            for done in [workers.submit(worker) for _ in range(threads)]:
                done.result()
        return [result for _, result in sorted(results.items())]

    def _pass(self) -> None:
        if self._awake == 0 and self._ends:
            left = min(self._ends) - self.monotonic()
            # A millisecond more, for the clock rounds.
            self._world.clock.advance(max(left, 0.0) + 0.001)
            self._change.notify_all()
