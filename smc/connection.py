"""Where one side's API calls go and whose they are. Names only, never a secret."""

import ipaddress
import json
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from smc.errors import MigrationError


class Connection(BaseModel):
    """One side of the migration.

    Attributes:
        account: Alibaba Cloud account id, 16 digits.
        region: region id.
        profile: profile of the Alibaba Cloud CLI; without one the default credential chain decides.
        credentials_file: the CLI's configuration file; default `~/.aliyun/config.json`.
        emulator: file in which the local emulator wrote its address; without one calls go to
            Alibaba Cloud.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str
    region: str
    profile: str | None = None
    credentials_file: str | None = None
    emulator: str | None = None

    def endpoint(self) -> str | None:
        """`host:port` of the emulator, or None for Alibaba Cloud.

        Raises:
            MigrationError: the emulator is configured but not running, or not on loopback.
        """
        if self.emulator is None:
            return None
        try:
            url = json.loads(Path(self.emulator).read_text(encoding="utf-8"))["endpoint"]
        except (OSError, ValueError, KeyError) as error:
            raise MigrationError(
                f"the local emulator is not running: {self.emulator} cannot be read."
                " Fix: start it with `make emulator`."
            ) from error
        address = urlsplit(str(url))
        # Signed requests must never be sent to whatever address a file happens to hold.
        if not is_loopback(address.hostname or ""):
            raise MigrationError(f"{self.emulator} names {url}, which is not on this machine.")
        return address.netloc


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its address; no name is looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
