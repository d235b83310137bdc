"""Both sides must be who the settings say, before anything is changed."""

from smc.api.sts import get_caller_identity
from smc.clients import Clients
from smc.errors import ApiError, WrongAccountError


def verify_account(clients: Clients, side: str) -> str:
    """Check that the credentials of a side belong to its account.

    Args:
        clients: of the side.
        side: `source` or `destination`, for the message.

    Returns:
        The ARN of the caller.

    Raises:
        WrongAccountError: they belong to another account, or are refused.
    """
    connection = clients.connection
    profile = f"profile {connection.profile}" if connection.profile else "the default chain"
    try:
        identity = get_caller_identity(clients)
    except ApiError as error:
        raise WrongAccountError(
            f"{side}: the credentials of account {connection.account} ({profile}) are not accepted."
            f" {error.bare}\nFix: renew them (`aliyun configure --profile NAME`) and check"
            f" `{side}.credentials` in the settings."
        ) from error
    if identity.account_id != connection.account:
        raise WrongAccountError(
            f"{side}: the settings say account {connection.account}, but the credentials"
            f" ({profile}) belong to {identity.account_id} ({identity.arn}).\nFix: correct"
            f" `{side}.account` or `{side}.credentials`; if both sides are exchanged, servers would"
            " move the wrong way. Nothing was changed."
        )
    return identity.arn
