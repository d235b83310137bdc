"""The secret of a webhook, and the headers by which a receiver knows that an event is ours.

Signed are the event's id, the moment of the attempt and the body, so that a receiver can refuse
what was changed, and what was recorded and sent again later.
Source: Standard Webhooks, specification 1.0.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from smc.errors import MigrationError
from smc.settings.notifications import Notifications, SecretSource, address_problem

PREFIX = "whsec_"
SHORTEST_BYTES, LONGEST_BYTES = 24, 64


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is told, and the key that signs; neither is shown."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)


def receiver_of(notifications: Notifications) -> Receiver:
    """Read the address and the secret.

    Raises:
        MigrationError: one of them is missing or of the wrong form.
    """
    if notifications.url is not None:
        url = notifications.url
    else:
        url = _read(notifications.url_from, "notifications.urlFrom")
        # What is wrong with it is told, but not the address.
        if problem := address_problem(url.partition("?")[0]):
            raise MigrationError(f"notifications.urlFrom: {problem}.")
    secret = _read(notifications.secret_from, "notifications.secretFrom").removeprefix(PREFIX)
    try:
        key = base64.b64decode(secret, validate=True)
    except ValueError:
        key = b""
    if not SHORTEST_BYTES <= len(key) <= LONGEST_BYTES:
        raise MigrationError(
            f"notifications.secretFrom: the secret is not {PREFIX} and {SHORTEST_BYTES} to"
            f' {LONGEST_BYTES} bytes in Base64. Fix: make one with `echo "{PREFIX}$(openssl rand'
            ' -base64 32)"`.'
        )
    return Receiver(url, key)


def headers(receiver: Receiver, event_id: str, body: bytes, seconds: int) -> dict[str, str]:
    """The headers of one attempt.

    Args:
        receiver: whose key signs.
        event_id: id of the event.
        body: what is sent.
        seconds: the moment of this attempt, in seconds since 1970.
    """
    signed = f"{event_id}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.digest(receiver.key, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{signature}",
        "Content-Type": "application/json",
        "User-Agent": "smc-migration",
    }


def _read(source: SecretSource | None, path: str) -> str:
    if source is None:
        raise MigrationError(f"{path} is missing.")
    if source.environment:
        text = os.environ.get(source.environment, "")
        place = f"environment variable {source.environment}"
    else:
        file = Path(source.file or "").expanduser()
        place = str(file)
        try:
            text = file.read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            text = ""
    if not text.strip():
        raise MigrationError(f"{path}: {place} is missing or empty. Fix: set it.")
    return text.strip()
