"""What was looked at, what was found there, what was released: the record of a clean-up.

A certificate repeats answers of the APIs: that at this moment, in these regions, for this account,
nothing (or this) was there that carries the names and tags by which a migration is known. It proves
nothing about other regions and later moments, nor about what carries no such sign, and it is not
signed: whoever has to trust it makes a new one, which takes seconds.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from smc.models import Disk, Instance
from smc.ownership import SMOKE_TEST_TAG


class Kind(StrEnum):
    """What a migration can leave behind."""

    TRANSITION_INSTANCE = "transition instance"
    TEMPORARY_DISK = "temporary disk"
    SMOKE_TEST_INSTANCE = "smoke test instance"
    ACTIVATION_CODE = "activation code"
    REPLICATION_JOB = "replication job"
    SOURCE_SERVER = "source server"
    IMAGE = "throwaway image"
    SNAPSHOT = "snapshot"


BILLED = frozenset(
    {
        Kind.TRANSITION_INSTANCE,
        Kind.TEMPORARY_DISK,
        Kind.SMOKE_TEST_INSTANCE,
        Kind.IMAGE,
        Kind.SNAPSHOT,
    }
)
"""What costs money as long as it is there."""


class Leftover(BaseModel):
    """Something that no live job explains.

    Attributes:
        kind: what it is.
        id: its id.
        name: its name.
        region: where it is; empty for what SMC keeps centrally.
        stack: stack that it belongs to; empty if nothing tells.
        disk_gib: GiB of disks that are billed with it.
        hours: for how long it has existed; None if the API does not say.
        proof: why it is SMC's or ours; empty if nothing proves it.
        caution: why somebody has to look at it before it is removed; empty if nobody has to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    id: str
    name: str = ""
    region: str = ""
    stack: str = ""
    disk_gib: int = 0
    hours: float | None = None
    proof: str = ""
    caution: str = ""

    def __str__(self) -> str:
        place = f" in {self.region}" if self.region else ""
        since = f", billed for {self.hours:.1f} hours" if self.is_billed and self.hours else ""
        return f"{self.kind} {self.id}{place}{since}"

    @property
    def is_billed(self) -> bool:
        """Whether it costs money as long as it is there."""
        return self.kind in BILLED


class Check(BaseModel):
    """One look: what was listed, where (empty: in the whole account), how many there were."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    region: str = ""
    seen: int


class Certificate(BaseModel):
    """The record of one clean-up or of one look at an account.

    Attributes:
        stack: whose clean-up it was.
        account: account that was looked at.
        emulated: it was an account of the local emulator.
        at: time of the service that answered.
        checked: every look.
        live: ids of the stack's jobs that are not over; what they have in ECS is not left over.
        released: what was found and removed.
        left: what was found and is still there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    account: str
    emulated: bool
    at: datetime
    checked: Sequence[Check]
    live: Sequence[str] = ()
    released: Sequence[Leftover] = ()
    left: Sequence[Leftover] = ()

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left that no live job explains."""
        return not self.left

    def members(self) -> dict[str, object]:
        """The certificate as JSON members; `clean` says it all."""
        return {"clean": self.is_clean, **self.model_dump(mode="json")}

    def line(self) -> str:
        """The certificate in one line of JSON, for logs."""
        return f"certificate: {json.dumps(self.members(), separators=(',', ':'))}"

    def text(self) -> Iterator[str]:
        """The certificate for people, line by line."""
        emulated = " of the local emulator" if self.emulated else ""
        yield f"{self.stack}, account {self.account}{emulated}, {self.at:%Y-%m-%d %H:%M} UTC"
        for check in self.checked:
            yield f"  checked   {check.what}{_place(check.region)}: {check.seen}"
        for leftover in self.released:
            yield f"  released  {leftover}"
        for leftover in self.left:
            yield f"  left      {leftover}"
        if self.live:
            yield f"  live      {len(self.live)} jobs of the stack: {', '.join(self.live)}"
        if self.is_clean:
            yield "  Nothing is left" + (" but what live jobs use." if self.live else ".")


def _place(region: str) -> str:
    return f", {region}" if region else ", whole account"


def hours_since(created: datetime | None, now: datetime) -> float | None:
    """Hours from then to now; None if then is not known."""
    return None if created is None else (now - created).total_seconds() / 3600


def instance_leftover(region: str, instance: Instance, now: datetime) -> Leftover:
    """A transition or test instance; whose it is and how large its disks are is not known yet."""
    is_test = SMOKE_TEST_TAG in instance.tags
    return Leftover(
        kind=Kind.SMOKE_TEST_INSTANCE if is_test else Kind.TRANSITION_INSTANCE,
        id=instance.instance_id,
        name=instance.name,
        region=region,
        hours=hours_since(instance.created, now),
    )


def disk_leftover(region: str, disk: Disk, now: datetime) -> Leftover:
    """A temporary disk; who it belongs to is not known yet."""
    return Leftover(
        kind=Kind.TEMPORARY_DISK,
        id=disk.disk_id,
        name=disk.name,
        region=region,
        disk_gib=disk.size_gib,
        hours=hours_since(disk.created, now),
    )
