"""SMC 2019-06-01: activation codes, with which the SMC client on a server registers it."""

from alibabacloud_smc20190601 import models as sdk

from smc.api._call import call
from smc.api._fields import utc_time
from smc.clients import Clients
from smc.models import AccessToken, ActivationCode


def create_access_token(clients: Clients, name: str, count: int, days: int) -> ActivationCode:
    """A new activation code; the only time that its code can be seen.

    Not retried: the action has no client token, so a lost answer leaves a code behind. Callers
    delete codes of the same name before they create one.

    Args:
        clients: of the destination side.
        name: 2 to 128 characters, starting with a letter.
        count: how many servers may register with it, 1 to 1,000.
        days: life in days, 1 to 90.
    """
    request = sdk.CreateAccessTokenRequest(
        name=name, count=str(count), time_to_live_in_days=str(days)
    )
    body = call(
        clients, "smc:CreateAccessToken", clients.smc().create_access_token, request, retry=False
    )
    return ActivationCode(access_token_id=body.access_token_id, code=body.access_token_code)


def list_access_tokens(clients: Clients, name: str | None = None) -> list[AccessToken]:
    """The activation codes with this name, or all."""
    request = sdk.ListAccessTokensRequest(name=name)
    body = call(clients, "smc:ListAccessTokens", clients.smc().list_access_tokens, request)
    listed = body.access_tokens.access_token if body.access_tokens else None
    return [
        AccessToken(
            access_token_id=t.access_token_id,
            name=t.name or "",
            status=t.status or "",
            created=utc_time(t.creation_time),
        )
        for t in listed or []
        if name in {None, t.name}
    ]


def delete_access_token(clients: Clients, access_token_id: str) -> None:
    """Revoke and delete an activation code. Servers registered with it stay registered."""
    client = clients.smc()
    call(
        clients,
        "smc:DisableAccessToken",
        client.disable_access_token,
        sdk.DisableAccessTokenRequest(access_token_id=access_token_id),
    )
    call(
        clients,
        "smc:DeleteAccessToken",
        client.delete_access_token,
        sdk.DeleteAccessTokenRequest(access_token_id=access_token_id),
    )
