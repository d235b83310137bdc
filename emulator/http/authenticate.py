"""Who signed a request: V1 (HMAC-SHA1) and V3 (ACS3-HMAC-SHA256), checked with the official code.

Timestamps are held against real time, for clients sign with their own clock; so are the lives of
STS sessions.
Source: "Request signatures" of the Alibaba Cloud OpenAPI documentation.
"""

import hashlib
import hmac
import re
from collections import deque
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

from alibabacloud_tea_openapi.utils import Utils

from emulator.http.request import RpcRequest
from emulator.identity.credentials import Credential, find_credential
from emulator.service import ApiError, Caller
from emulator.world import World

ALLOWED_SKEW_SECONDS = 900
V1 = "HMAC-SHA1"
V3 = "ACS3-HMAC-SHA256"

_AUTHORIZATION = re.compile(
    rf"{V3} Credential=(?P<key>[^,]+),\s*SignedHeaders=(?P<headers>[^,]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]+)"
)


class Nonces:
    """The nonces that were used, for as long as a request that repeats one could be valid."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._by_age: deque[tuple[float, str]] = deque()

    def use(self, nonce: str, now: float) -> bool:
        """Remember a nonce at `now`, in seconds; False: it was used before."""
        while self._by_age and self._by_age[0][0] < now - 2 * ALLOWED_SKEW_SECONDS:
            self._known.discard(self._by_age.popleft()[1])
        if nonce in self._known:
            return False
        self._known.add(nonce)
        self._by_age.append((now, nonce))
        return True


class Authenticator:
    """Checks signatures, timestamps and nonces."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nonces = Nonces()

    def caller(self, request: RpcRequest) -> Caller:
        """Who signed the request.

        Raises:
            ApiError: nobody that we know, not now, or not this request.
        """
        return self._v3(request) if request.is_v3 else self._v1(request)

    def _v3(self, request: RpcRequest) -> Caller:
        authorization = request.headers["authorization"]
        _must_be(V3, authorization.partition(" ")[0])
        match = _AUTHORIZATION.fullmatch(authorization)
        if match is None:
            raise ApiError("IncompleteSignature", "The Authorization header is malformed.")
        credential = self._credential(match["key"], request.headers.get("x-acs-security-token", ""))
        names = match["headers"].split(";")
        self._must_sign(names, request)
        body_hash = hashlib.sha256(request.body).hexdigest()
        if request.headers.get("x-acs-content-sha256", body_hash) != body_hash:
            raise ApiError("SignatureDoesNotMatch", "x-acs-content-sha256 is not the body's hash.")
        signed = SimpleNamespace(
            method=request.method,
            pathname=request.path,
            query=dict(request.query),
            headers={name: request.headers.get(name, "") for name in names},
        )
        expected = Utils.get_authorization(
            signed, V3, body_hash, credential.access_key_id, credential.secret
        )
        self._compare(expected.rpartition("Signature=")[2], match["signature"])
        self._check_freshness(
            request.headers.get("x-acs-date", ""), request.headers.get("x-acs-signature-nonce", "")
        )
        return credential.caller

    @staticmethod
    def _must_sign(names: list[str], request: RpcRequest) -> None:
        """A header that decides what the call does must not be open to change on the way."""
        unsigned = [
            name
            for name in request.headers
            if (name.startswith("x-acs-") or name == "host") and name not in names
        ]
        if unsigned:
            raise ApiError("IncompleteSignature", f"Not signed: {', '.join(sorted(unsigned))}.")

    def _v1(self, request: RpcRequest) -> Caller:
        fields = dict(request.fields)
        given = fields.pop("Signature", "")
        key = fields.get("AccessKeyId", "")
        if not key or not given:
            raise ApiError("MissingAccessKeyId", "AccessKeyId is mandatory for this action.")
        _must_be(V1, fields.get("SignatureMethod", V1))
        credential = self._credential(key, fields.get("SecurityToken", ""))
        self._compare(Utils.get_rpcsignature(fields, request.method, credential.secret), given)
        self._check_freshness(fields.get("Timestamp", ""), fields.get("SignatureNonce", ""))
        return credential.caller

    def _credential(self, access_key_id: str, token: str) -> Credential:
        credential = find_credential(self._world, access_key_id)
        if credential is None:
            raise ApiError("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        if credential.token and not hmac.compare_digest(credential.token, token):
            raise ApiError(
                "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."
            )
        if credential.expiration and credential.expiration <= datetime.now(UTC):
            raise ApiError("InvalidSecurityToken.Expired", "Specified SecurityToken is expired.")
        return credential

    @staticmethod
    def _compare(expected: str, given: str) -> None:
        if not hmac.compare_digest(expected.encode(), given.encode()):
            raise ApiError(
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation.",
            )

    def _check_freshness(self, timestamp: str, nonce: str) -> None:
        now = datetime.now(UTC)
        moment = _moment(timestamp)
        if moment is None:
            raise ApiError("InvalidTimeStamp.Format", "Specified time stamp is not well formatted.")
        if abs((now - moment).total_seconds()) > ALLOWED_SKEW_SECONDS:
            raise ApiError("InvalidTimeStamp.Expired", "Specified time stamp is expired.")
        if not nonce:
            raise ApiError("MissingSignatureNonce", "SignatureNonce is mandatory for this action.")
        if not self._nonces.use(nonce, now.timestamp()):
            raise ApiError("SignatureNonceUsed", "Specified signature nonce was used already.")


def _must_be(known: str, given: str) -> None:
    if given != known:
        raise ApiError("InvalidSignatureMethod", "Specified signature method is not valid.")


def _moment(timestamp: str) -> datetime | None:
    try:
        return datetime.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(timestamp)
    except ValueError:
        return None
