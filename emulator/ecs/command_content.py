"""The text of a command and its parameters, within their documented limits.

Source: ECS 2014-05-26 API reference, RunCommand, InvokeCommand.
"""

import base64
import binascii
import re
from typing import Any

from emulator.ecs.execution import PARAMETER
from emulator.service import ApiError, Call

MOST_CONTENT_BYTES = 24 * 1024
MOST_KEPT_CONTENT_BYTES = 18 * 1024
MOST_NAMES = 20
MOST_PARAMETERS = 10
LONGEST_NAME = 64
BUILT_IN = "acs::"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def content_of(call: Call) -> str:
    """The decoded content of RunCommand.

    Raises:
        ApiError: `CmdContent.DecodeError`, `CmdContent.ExceedLimit`.
    """
    given = str(call.get("CommandContent"))
    # Documented: letter case is ignored, and whatever is not Base64 counts as PlainText.
    if str(call.get("ContentEncoding")).lower() != "base64":
        content = given
        encoded = base64.b64encode(given.encode())
    else:
        encoded = given.encode()
        try:
            content = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ApiError(
                "CmdContent.DecodeError", "The CommandContent can not be base64 decoded."
            ) from None
    check_size(len(encoded), kept=bool(call.get("KeepCommand")))
    return content


def check_size(encoded_bytes: int, *, kept: bool) -> None:
    """Hold the Base64 length of a command, with its parameters, against the limit.

    Raises:
        ApiError: `CmdContent.ExceedLimit`.
    """
    if encoded_bytes > (MOST_KEPT_CONTENT_BYTES if kept else MOST_CONTENT_BYTES):
        raise ApiError(
            "CmdContent.ExceedLimit",
            "The length of the command content exceeds the upper limit.",
            403,
        )


def check_names(content: str) -> None:
    """The names between braces in content that takes parameters.

    Raises:
        ApiError: `CmdParamCount.ExceedLimit`, `CmdParam.EmptyKey`, `CmdParam.InvalidParamName`,
            `CmdParamName.ExceedLimit`.
    """
    names = custom_names(content)
    if len(names) > MOST_NAMES:
        raise ApiError(
            "CmdParamCount.ExceedLimit",
            "You've reached the limit on the count of command parameters.",
            403,
        )
    for name in names:
        if not name:
            raise ApiError("CmdParam.EmptyKey", "Command parameters can not be empty.")
        if len(name) > LONGEST_NAME:
            raise ApiError(
                "CmdParamName.ExceedLimit",
                "The length of the command parameter name exceeds the limit.",
                403,
            )
        if not _NAME.fullmatch(name):
            raise ApiError("CmdParam.InvalidParamName", "A command parameter name is invalid.")


def custom_names(content: str) -> set[str]:
    """Names of the parameters that a caller gives, in lower case."""
    names = {name.lower() for name in PARAMETER.findall(content)}
    return {name for name in names if not name.startswith(BUILT_IN)}


def parameters_of(call: Call, content: str, *, taken: bool) -> dict[str, str] | None:
    """The parameters of a call for content that takes some, or takes none.

    Raises:
        ApiError: `Parameter.Disabled`, `ParameterCount.ExceedLimit`, `ParameterKey.ExceedLimit`,
            `CmdParam.EmptyKey`, `ParameterType.NotSupported`, `Parameter.NotMatched`.
    """
    given: dict[str, Any] = call.get("Parameters") or {}
    if not taken:
        if given:
            raise ApiError(
                "Parameter.Disabled",
                "Parameters should not be passed when CreateCommand.EnableParameter is false.",
            )
        return None
    if len(given) > MOST_PARAMETERS:
        raise ApiError(
            "ParameterCount.ExceedLimit",
            "The number of command parameters exceeds the maximum number that can be set.",
            403,
        )
    for name, value in given.items():
        if not name:
            raise ApiError("CmdParam.EmptyKey", "Command parameters can not be empty.")
        if len(name) > LONGEST_NAME:
            raise ApiError(
                "ParameterKey.ExceedLimit",
                "The length of the specified parameter key exceeds the maximum length that can"
                " be set.",
                403,
            )
        if not isinstance(value, str):
            raise ApiError(
                "ParameterType.NotSupported", "The type of parameter value is not supported.", 403
            )
    if not {name.lower() for name in given} <= custom_names(content):
        raise ApiError(
            "Parameter.NotMatched", "The parameters of creation do not match those of invocation."
        )
    return given
