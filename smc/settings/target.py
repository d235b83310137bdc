"""What a server becomes, and how its disks are laid out there."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from smc.settings.base import DiskId, ImageName, InstanceId, Part, Region


class ContainerImage(Part):
    """An image in Container Registry (personal edition): Linux on x86 only."""

    namespace: str
    """Namespace of the registry; has to exist."""

    repository: str
    """Repository in it; has to exist."""

    tag: str = "latest"
    """Tag of the image."""


class Target(Part):
    """A custom image, the new content of an existing instance, or a container image."""

    image: ImageName | None = None
    """Name of the custom image."""

    instance: InstanceId | None = None
    """Id of the instance whose system is replaced."""

    acknowledge: InstanceId | None = None
    """The same instance id again, as a sign that its data may be lost."""

    container: ContainerImage | None = None
    """The container image. Needs `instanceRole`, which lets the transition instance push it."""

    region: Region | None = None
    """Region of the image or the instance; default is the destination's."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if [self.image, self.instance, self.container].count(None) != 2:
            raise ValueError("name one of image, instance, container")
        if self.instance != self.acknowledge:
            raise ValueError(
                "migrating to an instance replaces its system and clears the automatic snapshots"
                " of its system disk; set acknowledge to the same instance id to allow it"
            )
        return self

    @property
    def kind(self) -> Literal["image", "instance", "container"]:
        """Which of the three it is."""
        if self.image:
            return "image"
        return "instance" if self.instance else "container"


SHARE = r"^(100|[1-9]\d?)%$"


def _partition_size(value: int | str) -> int | str:
    if isinstance(value, int) and value >= 1:
        return value
    if isinstance(value, str) and re.match(SHARE, value):
        return value
    raise ValueError(f"{value!r} is neither whole GiB nor a share of the disk such as 50%")


PartitionSize = Annotated[
    int | str,
    AfterValidator(_partition_size),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": SHARE}]}
    ),
]


class Partition(Part):
    """A partition of a target disk, named by where it is mounted."""

    path: str
    """Mount point on Linux (`/`, `/boot`), drive on Windows (`C:`)."""

    size: PartitionSize
    """In GiB, or as a share of the disk such as `50%`."""

    transfer: Literal["block", "file"] = "block"
    """Block by block, which is faster, or file by file, which lets it shrink."""


class SystemDisk(Part):
    """The target's system disk."""

    size: Annotated[int, Field(ge=20, le=2048)]
    """In GiB; more than the source uses."""

    lvm: bool = False
    """Lay it out with LVM (Linux with a boot partition only)."""

    partitions: Annotated[tuple[Partition, ...], Field(max_length=32)] = ()
    """All partitions in their order; leave it out to keep the source's."""


class DataDisk(Part):
    """One of the target's data disks."""

    index: Annotated[int, Field(ge=1, le=16)]
    """Which of the source's data disks, from 1."""

    size: Annotated[int, Field(ge=20, le=32768)]
    """In GiB; more than the source uses."""

    lvm: bool = False
    """Lay it out with LVM."""

    partitions: Annotated[tuple[Partition, ...], Field(max_length=32)] = ()
    """All partitions in their order; leave it out to keep the source's."""

    disk: DiskId | None = None
    """Which disk of the target instance it becomes."""


class DiskLayout(Part):
    """Sizes and partitions of the target's disks. Needs SMC client 2.8.0 or later."""

    system: SystemDisk | None = None
    """The system disk; left out, it stays as it is."""

    data: Annotated[tuple[DataDisk, ...], Field(max_length=16)] = ()
    """Data disks that change; the others stay as they are."""

    @model_validator(mode="after")
    def _indexes_once(self) -> Self:
        indexes = [disk.index for disk in self.data]
        if len(indexes) != len(set(indexes)):
            raise ValueError("name every index once")
        return self
