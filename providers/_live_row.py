"""Live progress on a resource's own row of `pulumi up`.

The engine's Log call takes the URN of the row. Where there is no engine, nothing is printed.
"""

from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from providers._engine import engine_address

_LONGEST_WAIT_SECONDS = 5.0


class LiveRow:
    """The row of one resource.

    Args:
        urn: URN of the resource; empty for none.
    """

    def __init__(self, urn: str) -> None:
        self._urn = urn
        self._shown = ""
        self._engine: Any = None
        address = engine_address()
        if urn and address is not None:
            channel = grpc.insecure_channel("{}:{}".format(*address))
            self._engine = engine_pb2_grpc.EngineStub(channel)

    def progress(self, text: str) -> None:
        """Replace what the row shows."""
        if text != self._shown:
            self._shown = text
            self._log(text, ephemeral=True)

    def note(self, text: str) -> None:
        """Add a line that stays after the update."""
        self._log(text, ephemeral=False)

    def error(self, text: str) -> None:
        """Add an error to the row. By itself it does not end the update."""
        self._log(text, ephemeral=False, severity=engine_pb2.ERROR)

    def _log(self, text: str, *, ephemeral: bool, severity: Any = engine_pb2.INFO) -> None:
        if self._engine is None:
            return
        request = engine_pb2.LogRequest(
            severity=severity, message=text, urn=self._urn, ephemeral=ephemeral
        )
        try:
            self._engine.Log(request, timeout=_LONGEST_WAIT_SECONDS)
        except grpc.RpcError:
            # Progress is for people; a migration does not fail because nobody could be told.
            self._engine = None
