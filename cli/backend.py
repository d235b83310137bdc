"""A stack as Pulumi keeps it, and what may be shown of where that is."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs `pulumi` with these arguments and returns its output."""

_IN_ADDRESS = re.compile(r"(://[^/\s:@]*:)[^/\s]*@")
_IN_QUERY = re.compile(r"([?&]password=)[^&\s]*")


@dataclass(frozen=True, slots=True)
class Backend:
    """A stack as Pulumi knows it.

    Attributes:
        pulumi: runs Pulumi.
        stack: name of the stack.
        full_name: `organization/project/stack`.
        command: how a user calls Pulumi for this stack, such as `pulumi`.
    """

    pulumi: Pulumi
    stack: str
    full_name: str
    command: str

    def line(self, *arguments: str) -> str:
        """A command for the user."""
        return " ".join((self.command, *arguments, "--stack", self.stack))


def folder_of(url: str) -> Path | None:
    """The folder of a backend that is one."""
    address = urlsplit(url)
    return Path(unquote(address.path)) if address.scheme == "file" else None


def without_passwords(text: str) -> str:
    """The text, passwords in its URLs left out: Pulumi shows that of a database as it was given."""
    return _IN_QUERY.sub(r"\1****", _IN_ADDRESS.sub(r"\1****@", text))


def last_line(text: str) -> str:
    """What a command said at the end."""
    return (text.strip().splitlines() or ["it said nothing"])[-1]
