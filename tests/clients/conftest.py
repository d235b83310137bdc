"""What goes over the wire: clients differ in it, and the table of docs/emulator.md tells how."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.cloud import Cloud


@pytest.fixture
def wire(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The forms of the requests so far: signature, method, and where the parameters are."""
    seen: set[str] = set()
    answer = cloud.server.gateway.answer

    def noted(method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes) -> Any:
        signature = "V3" if "authorization" in headers else "V1"
        chunked = " chunked" if "transfer-encoding" in headers else ""
        place = " query and body" if query and body else " body" if body else " query"
        seen.add(f"{signature} {method}{chunked}{place}")
        return answer(method, path, query, headers, body)

    monkeypatch.setattr(cloud.server.gateway, "answer", noted)
    return seen
