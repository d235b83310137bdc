"""Client tokens: the same call again has no second effect.

Source: ECS 2014-05-26 API reference, "How to ensure idempotence". How long a token is remembered
is not documented; here it is for as long as the world lives.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.service import ApiError, Call, Members
from emulator.world import row


@row("ecs_client_token", key="key")
@dataclass(frozen=True, slots=True, kw_only=True)
class ClientToken:
    """An answered call. `key` is account, action and token."""

    key: str
    digest: str
    answer: dict[str, Any]


def once(
    call: Call, run: Callable[[], Members], *, malformed: str = "InvalidClientToken.Malformed"
) -> Members:
    """Run an action, or give the answer it gave when the same token came first.

    Args:
        call: the call, whose ClientToken may be left out.
        run: what the action does.
        malformed: the action's code for a token that is not ASCII.

    Raises:
        ApiError: `malformed`; `IdempotentParameterMismatch` when other parameters came with it.
    """
    token = call.get("ClientToken") or ""
    if not token:
        return run()
    if not token.isascii():
        raise ApiError(malformed, "The specified parameter clientToken is not valid.")
    tokens = call.world.table(ClientToken)
    key = f"{call.account_id}/{call.action}/{token}"
    digest = hashlib.sha256(json.dumps(dict(call.parameters), sort_keys=True).encode()).hexdigest()
    known = tokens.get(key)
    if known is None:
        answer = run()
        tokens.put(ClientToken(key=key, digest=digest, answer=answer))
        return answer
    if known.digest != digest:
        raise ApiError(
            "IdempotentParameterMismatch",
            "The specified parameter has changed while using an already used clientToken.",
            403,
        )
    return known.answer
