"""One wave at a time starts jobs, of whatever stack and process."""

import fcntl
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from smc.connection import Connection
from smc.handlers.start_turn import PATIENCE_SECONDS, turn_file, turn_to_start


class Waits:
    """A clock that lets something happen while somebody sleeps."""

    def __init__(self, happens: Callable[[int], object] = lambda _: None) -> None:
        self.now = 0.0
        self.slept = 0
        self._happens = happens

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += 1
        self._happens(self.slept)


class OtherProcess:
    """Has the turn, as a process of another stack has it: the system tells open files apart."""

    def __init__(self, connection: Connection) -> None:
        self.file = os.open(turn_file(connection), os.O_RDWR | os.O_CREAT)
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def close(self) -> None:
        os.close(self.file)


def connection(folder: Path) -> Connection:
    return Connection(
        account="2000000000000002", region="cn-beijing", emulator=str(folder / "emulator.json")
    )


def test_a_free_turn_is_not_waited_for(tmp_path: Path) -> None:
    clock = Waits()
    with turn_to_start(connection(tmp_path), clock) as still_used:
        still_used()
    with turn_to_start(connection(tmp_path), clock):
        pass
    assert clock.slept == 0


def test_another_process_is_waited_for_until_it_gives_the_turn_up(tmp_path: Path) -> None:
    other = OtherProcess(connection(tmp_path))
    clock = Waits(lambda slept: other.close() if slept == 3 else None)
    with turn_to_start(connection(tmp_path), clock):
        assert clock.slept == 3
        file = turn_file(connection(tmp_path))
        with file.open("rb") as opened, pytest.raises(BlockingIOError):
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_whoever_goes_on_starting_is_waited_for(tmp_path: Path) -> None:
    other = OtherProcess(connection(tmp_path))
    starts = 2 * round(PATIENCE_SECONDS / 0.05)

    def happens(slept: int) -> None:
        if slept < starts:
            os.utime(other.file, ns=(slept, slept))
        elif slept == starts:
            other.close()

    clock = Waits(happens)
    with turn_to_start(connection(tmp_path), clock):
        assert clock.slept == starts


def test_a_process_that_stands_still_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    other = OtherProcess(connection(tmp_path))
    clock = Waits()
    with closing(other), turn_to_start(connection(tmp_path), clock):
        assert clock.now == pytest.approx(PATIENCE_SECONDS, abs=0.1)


def test_where_no_file_can_be_written_there_is_nobody_to_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(in_the_way))
    real = Connection(account="2000000000000002", region="cn-beijing")
    with turn_to_start(real, Waits()) as still_used:
        still_used()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert turn_file(real) == tmp_path / "smc-migration" / "starting-2000000000000002.lock"
