"""What a server's migration moves: how much, how fast as it is expected, and what is billed for it.

Sizes are those of the server's drill, else of whole disks.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from smc.estimate.duration import GIB, INBOUND_MBIT_PER_SECOND


class Move(BaseModel):
    """What is moved.

    Attributes:
        target: a target instance needs no transition instance.
        volume_bytes: bytes, uncompressed; 0 if nobody has told yet.
        volume_of: what they are: `files`, or whole `disks` where only those are known.
        disks_gib: GiB of all disks; 0 if nobody has told yet.
        mbit_per_second: speed that the settings let expect.
        public: whether it goes over the Internet.
        images: how many images are kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: Literal["image", "instance", "container"] = "image"
    volume_bytes: int = 0
    volume_of: Literal["files", "disks"] = "disks"
    disks_gib: int = 0
    mbit_per_second: float = INBOUND_MBIT_PER_SECOND
    public: bool = True
    images: int = 1

    @property
    def volume_gib(self) -> float:
        """What is moved, in GiB."""
        return self.volume_bytes / GIB

    @property
    def about(self) -> str:
        """What stands before a speed or a cost that comes of the volume."""
        return "about" if self.volume_of == "files" else "at most"

    def with_disks(self, disks_gib: int) -> "Move":
        """The same with the size of its disks; all of them is moved if nothing else is told."""
        told = self.volume_bytes or disks_gib * GIB
        return self.model_copy(update={"disks_gib": disks_gib, "volume_bytes": told})
