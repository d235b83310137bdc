"""Names in SMC: 2 to 128 characters, a letter or Chinese character first."""

import re

from emulator.service import ApiError

_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff][\w:.\-]{1,127}")


def check_name(name: str, parameter: str) -> None:
    """Refuse a name that is not of the documented form.

    Raises:
        ApiError: its code is not documented; the form is.
    """
    if not _NAME.fullmatch(name) or name.startswith(("http://", "https://")):
        raise ApiError(
            f"InvalidParameter.{parameter}", f"The specified parameter {parameter} is not valid."
        )
