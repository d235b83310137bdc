"""How the official SDKs reach an endpoint.

The SDKs send every call through HTTP_PROXY, loopback addresses included, and do not look at
NO_PROXY (measured with darabonba-core 1.0.9). A proxy cannot reach this machine's loopback, and
must not see signed requests meant for it, so the session that the SDKs keep for a loopback endpoint
gets an adapter that goes there directly.
"""

from typing import Any

import requests
from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore
from requests.adapters import HTTPAdapter


class DirectAdapter(HTTPAdapter):
    """Sends without any proxy, whatever the caller asks for."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send the request straight to its host."""
        kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


def connect_directly(endpoint: str) -> None:
    """Make the SDKs reach `endpoint` (host:port, plain HTTP) without a proxy."""
    key = f"http://{endpoint}:80:pool={DEFAULT_POOL_MAXSIZE}"
    # Private to the SDK core, and its only place to change the transport; the version is pinned
    # and a test runs the SDKs against a dead proxy.
    session = DaraCore._get_session(  # noqa: SLF001
        session_key=key, protocol="http", pool_size=DEFAULT_POOL_MAXSIZE
    )
    adapter = DirectAdapter(pool_maxsize=DEFAULT_POOL_MAXSIZE)
    session.mount(f"http://{endpoint}", adapter)
