"""SMC 2019-06-01: activation codes, with which the SMC client on a server registers it."""

from typing import Any

from alibabacloud_smc20190601 import models as sdk

from smc.api._call import call, nothing
from smc.api._fields import needed, total_count, utc_time
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import AccessToken, ActivationCode


def create_access_token(clients: Clients, name: str, count: int, days: int) -> ActivationCode:
    """A new activation code; the only time that its code can be seen.

    Not retried: the action has no client token, so a lost answer leaves a code behind. Callers
    delete codes of the same name before they try again.

    Args:
        clients: of the destination side.
        name: 2 to 128 characters, starting with a letter.
        count: how many servers may register with it, 1 to 1,000.
        days: life in days, 1 to 90.
    """
    request = sdk.CreateAccessTokenRequest(
        name=name, count=str(count), time_to_live_in_days=str(days)
    )
    method = clients.smc().create_access_token
    return call(clients, "smc:CreateAccessToken", method, request, _activation_code, retry=False)


def list_access_tokens(clients: Clients, name: str | None = None) -> list[AccessToken]:
    """The activation codes with this name, or all."""
    request = sdk.ListAccessTokensRequest(name=name)
    method = clients.smc().list_access_tokens
    listed = call(clients, "smc:ListAccessTokens", method, request, _access_tokens)
    return [token for token in listed if name in {None, token.name}]


def delete_access_token(clients: Clients, access_token_id: str) -> None:
    """Revoke and delete an activation code; one that is gone already is fine.

    Servers registered with it stay registered.
    """
    client = clients.smc()
    disable = sdk.DisableAccessTokenRequest(access_token_id=access_token_id)
    delete = sdk.DeleteAccessTokenRequest(access_token_id=access_token_id)
    try:
        call(clients, "smc:DisableAccessToken", client.disable_access_token, disable, nothing)
        call(clients, "smc:DeleteAccessToken", client.delete_access_token, delete, nothing)
    except ApiError:
        # The code for one that is gone is not documented.
        if any(token.access_token_id == access_token_id for token in list_access_tokens(clients)):
            raise


def _activation_code(body: Any) -> ActivationCode:
    return ActivationCode(
        access_token_id=needed(body.access_token_id, "AccessTokenId"),
        code=needed(body.access_token_code, "AccessTokenCode"),
    )


def _access_tokens(body: Any) -> list[AccessToken]:
    total_count(body)
    listed = body.access_tokens.access_token if body.access_tokens else None
    return [
        AccessToken(
            access_token_id=needed(given.access_token_id, "AccessTokenId"),
            name=given.name or "",
            status=given.status or "",
            created=utc_time(given.creation_time),
        )
        for given in listed or []
    ]
