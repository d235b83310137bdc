"""Secrets of a run, and whether any of them got somewhere where it does not belong."""

import base64
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from emulator.ecs.assistant_tables import Invocation
from emulator.identity.tables import AccessKey, Session
from tests.support.cloud import Cloud

SAMPLE_SECONDS = 0.02

_CODE = re.compile(r"access_token_code[=: '\"]+([A-Za-z0-9]{16,})")


def secrets_of(cloud: Cloud) -> dict[str, str]:
    """Every secret that the cloud gave out so far, by what it is."""
    found = {"control token": str(cloud.described["control_token"])}
    for key in cloud.world.table(AccessKey):
        found[f"secret of {key.access_key_id}"] = key.secret
    for session in cloud.world.table(Session):
        found[f"secret of {session.access_key_id}"] = session.secret
        found[f"token of {session.access_key_id}"] = session.token
    # Revoked codes are gone from SMC, but not from the commands that carried them.
    for invocation in cloud.world.table(Invocation):
        for code in _CODE.findall(invocation.content):
            found[f"activation code of {invocation.invoke_id}"] = code
    return found


def forms(secret: str) -> set[bytes]:
    """How a secret can stand in a text: plain, quoted for a URL, inside of Base64."""
    encoded = {secret.encode(), quote(secret, safe="").encode()}
    for lead in range(3):
        inside = base64.b64encode(b"x" * lead + secret.encode())
        # The characters at both ends depend on what stands beside the secret.
        encoded.add(inside[4 if lead else 0 : -4])
    return encoded


def leaks(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """What was found where."""
    return [
        f"{what} in {place}"
        for what, secret in secrets.items()
        for form in forms(secret)
        for place, content in places.items()
        if form in content
    ]


def files_below(folder: Path, *except_for: str) -> dict[str, bytes]:
    """Content of all files of a folder, but not of what is linked into it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.name not in except_for
    }


@contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Command lines of all processes of the machine, sampled while the block runs."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(process.read_bytes())
                except OSError:
                    continue

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()
