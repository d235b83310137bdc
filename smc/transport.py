"""How the official SDKs reach an endpoint: directly on this machine, else as the environment says.

The SDKs send every call through HTTP_PROXY and HTTPS_PROXY, loopback addresses included, and do not
look at NO_PROXY (measured with darabonba-core 1.0.9). A proxy cannot reach this machine's loopback,
and must not see signed requests meant for it. So the sessions that the SDKs keep get an adapter
that chooses the proxy by the host, as other programs do.
"""

import re
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore
from requests.adapters import BaseAdapter
from requests.utils import get_environ_proxies

from smc.connection import is_loopback

_QUERY = re.compile(r"\?\S+")

_lock = threading.Lock()
"""The SDKs' own look-up of a session is not safe for threads."""


class ProxyByHost(BaseAdapter):
    """Sends by another adapter, with the proxy that the environment names for the host, if any.

    Args:
        sender: the SDK's adapter, with its connections and TLS settings.
    """

    def __init__(self, sender: BaseAdapter) -> None:
        super().__init__()
        self._sender = sender

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send the request; the caller's choice of a proxy is not heeded."""
        kwargs["proxies"] = proxies_for(request.url or "")
        return self._sender.send(request, *args, **kwargs)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()


def proxies_for(url: str) -> dict[str, str]:
    """Protocol -> proxy for a URL, from HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case."""
    return {} if is_loopback(urlsplit(url).hostname or "") else dict(get_environ_proxies(url))


def without_parameters(text: str) -> str:
    """An error of the network without what follows an address: parameters can hold secrets."""
    return _QUERY.sub("?…", text)


def choose_proxy_by_host(client: Any) -> None:
    """Make an SDK client choose its proxy by its endpoint. Its connections stay those of before."""
    # Private to the SDKs, and the only place to change the transport; the versions are pinned, and
    # a test runs every client against a proxy that counts.
    protocol = str(client._protocol or "HTTPS").lower()  # noqa: SLF001
    endpoint = f"{protocol}://{client._endpoint}"  # noqa: SLF001
    with _lock:
        session = DaraCore._get_session(  # noqa: SLF001
            session_key=f"{endpoint}:80:pool={DEFAULT_POOL_MAXSIZE}",
            protocol=protocol,
            pool_size=DEFAULT_POOL_MAXSIZE,
        )
        sender = session.get_adapter(endpoint)
        if not isinstance(sender, ProxyByHost):
            session.mount(f"{protocol}://", ProxyByHost(sender))
