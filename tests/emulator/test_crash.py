"""kill -9 under load: every change that was acknowledged is there after a restart."""

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.emulator.test_serve import serve
from tests.support.raw import RawClient

ROUNDS = 4
MOST_CHANGES = 400
"""A round ends here if the kill did not come before; it comes after every hundred."""


class Writer(threading.Thread):
    """Makes users and deletes every third one, until nobody answers any more."""

    def __init__(self, described: dict[str, Any], name: str, half_way: threading.Event) -> None:
        super().__init__()
        self._client = RawClient(described, "source")
        self._prefix = name
        self._half_way = half_way
        self.there: set[str] = set()
        self.gone: set[str] = set()
        self.unknown: set[str] = set()

    def run(self) -> None:
        """Write, and note what was acknowledged; of the call in flight nothing is known."""
        for number in range(MOST_CHANGES):
            user = f"{self._prefix}-{number}"
            self.unknown = {user}
            try:
                self._acknowledged("CreateUser", user)
                self.there.add(user)
                if number % 3 == 0:
                    self._acknowledged("DeleteUser", user)
                    self.there.remove(user)
                    self.gone.add(user)
            except requests.RequestException:
                return
            self.unknown = set()
            if number == 25:
                self._half_way.set()

    def _acknowledged(self, action: str, user: str) -> None:
        answer = self._client.members("ram", action, UserName=user)
        assert "Code" not in answer, answer


def user_names(described: dict[str, Any]) -> set[str]:
    client = RawClient(described, "source")
    names: set[str] = set()
    marker = ""
    while True:
        more = {"Marker": marker} if marker else {}
        page = client.members("ram", "ListUsers", MaxItems="100", **more)
        names |= {user["UserName"] for user in page["Users"]["User"]}
        if not page["IsTruncated"]:
            return names
        marker = page["Marker"]


@pytest.mark.parametrize("writers", [1, 3])
def test_acknowledged_changes_survive_kills_under_load(tmp_path: Path, writers: int) -> None:
    state = ("--state", str(tmp_path / "state.sqlite"))
    there: set[str] = set()
    gone: set[str] = set()
    for round_number in range(ROUNDS):
        process, described = serve(*state)
        half_way = threading.Event()
        load = [
            Writer(described, f"r{round_number}-w{number}", half_way) for number in range(writers)
        ]
        for writer in load:
            writer.start()
        assert half_way.wait(30)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)
        for writer in load:
            writer.join(30)
            assert len(writer.there) < MOST_CHANGES, "the kill came when all was done"
            there |= writer.there - writer.unknown
            gone |= writer.gone - writer.unknown
        again, described = serve(*state)
        found = user_names(described)
        os.kill(again.pid, signal.SIGKILL)
        again.communicate(timeout=10)
        assert there <= found
        assert not gone & found
