"""Requests signed without an SDK, where a test needs their bytes."""

import json
from collections.abc import Mapping
from typing import Any

import requests
from alibabacloud_tea_openapi.utils import Utils

VERSIONS = {"sts": "2015-04-01", "ram": "2015-05-01", "ecs": "2014-05-26", "smc": "2019-06-01"}


def signed(account: Mapping[str, str], service: str, action: str, **given: str) -> dict[str, str]:
    """The parameters of a GET of `action`, signed V1 by the keys of an account."""
    fields = {
        "Action": action,
        "Version": VERSIONS[service],
        "AccessKeyId": account["access_key_id"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
        **given,
    }
    return {
        **fields,
        "Signature": Utils.get_rpcsignature(fields, "GET", account["access_key_secret"]),
    }


class RawClient:
    """Calls of an account on one connection, never through a proxy."""

    def __init__(self, described: Mapping[str, Any], side: str) -> None:
        self._endpoint = described["endpoint"]
        self._account = described["accounts"][side]
        self._session = requests.Session()
        self._session.trust_env = False
        # The answer to a refusal tells the host: it must not depend on the port.
        self._session.headers["Host"] = "127.0.0.1"

    def answer(self, service: str, action: str, **given: str) -> bytes:
        """The body of the answer, whatever its status."""
        parameters = signed(self._account, service, action, **given)
        return self._session.get(self._endpoint, params=parameters, timeout=10).content

    def members(self, service: str, action: str, **given: str) -> Any:
        """The members of the answer, whatever its status."""
        return json.loads(self.answer(service, action, **given))
