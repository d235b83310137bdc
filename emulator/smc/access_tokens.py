"""Activation codes.

Source: SMC 2019-06-01, CreateAccessToken, ListAccessTokens, DisableAccessToken, DeleteAccessToken.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.service import ApiError, Call, Members, action
from emulator.smc.tables import AccessToken
from emulator.world import World, iso_seconds

DEFAULT_COUNT = 100
DEFAULT_DAYS = 30


def token_status(world: World, token: AccessToken) -> str:
    """activated, unactivated or expired."""
    if token.created + timedelta(days=token.days) <= world.now:
        return "expired"
    return "activated" if token.enabled else "unactivated"


def accepts(world: World, token: AccessToken) -> bool:
    """Whether a server may register with it now."""
    return token_status(world, token) == "activated" and token.registered_count < token.count


def _find(call: Call) -> AccessToken:
    token = call.world.table(AccessToken).get(call.get("AccessTokenId", ""))
    if token is None or token.account_id != call.account_id:
        # The code for an unknown activation code is not documented.
        raise ApiError("InvalidAccessTokenId.NotFound", "The access token does not exist.", 404)
    return token


@action("smc", "CreateAccessToken")
def create_access_token(call: Call) -> Members:
    """A new code; shown this once."""
    token = call.world.table(AccessToken).put(
        AccessToken(
            access_token_id=call.world.new_id("at-bp1"),
            account_id=call.account_id,
            code=call.world.new_secret()[:32],
            name=call.get("Name") or "",
            description=call.get("Description") or "",
            count=call.get("Count", DEFAULT_COUNT),
            registered_count=0,
            days=call.get("TimeToLiveInDays", DEFAULT_DAYS),
            enabled=True,
            created=call.world.now,
        )
    )
    return {"AccessTokenId": token.access_token_id, "AccessTokenCode": token.code}


@action("smc", "ListAccessTokens")
def list_access_tokens(call: Call) -> Members:
    """Codes by id, name or status, without the codes themselves; all on one page."""
    ids = call.get("AccessTokenId") or []
    found = [
        t
        for t in call.world.table(AccessToken).find(account_id=call.account_id)
        if (not ids or t.access_token_id in ids)
        and call.get("Name") in {None, "", t.name}
        and call.get("Status") in {None, "", token_status(call.world, t)}
    ]
    return {
        "AccessTokens": {"AccessToken": [_members(call, t) for t in found]},
        "PageNumber": 1,
        "TotalCount": len(found),
    }


@action("smc", "DisableAccessToken")
def disable_access_token(call: Call) -> Members:
    """No more servers register with it; those that did stay."""
    call.world.table(AccessToken).put(replace(_find(call), enabled=False))
    return {}


@action("smc", "DeleteAccessToken")
def delete_access_token(call: Call) -> Members:
    """Delete a code."""
    call.world.table(AccessToken).delete(_find(call).access_token_id)
    return {}


def _members(call: Call, token: AccessToken) -> dict[str, Any]:
    return {
        "AccessTokenId": token.access_token_id,
        "Count": str(token.count),
        "CreationTime": iso_seconds(token.created),
        "Description": token.description,
        "Name": token.name,
        "RegisteredCount": str(token.registered_count),
        "Status": token_status(call.world, token),
        "TimeToLiveInDays": str(token.days),
    }
