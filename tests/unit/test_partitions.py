"""Layouts that fit a server and layouts that do not."""

from typing import Any

import pytest

from smc.job_fields import DiskInputs
from smc.models import SourceDisk, SourcePartition, SourceServer
from smc.partitions import GIB, layout_problems, size_bytes


def partition(path: str, gib: int, *, can_block: bool = True, needed: bool = True) -> Any:
    return SourcePartition(
        path=path, device="0_1", size_bytes=gib * GIB, can_block=can_block, needed=needed
    )


SYSTEM = (partition("/boot", 1), partition("/", 39))


def source(**changes: Any) -> SourceServer:
    values: dict[str, Any] = {
        "source_id": "s-1",
        "name": "web-1",
        "description": "",
        "state": "Available",
        "agent_version": "2.8.5",
        "platform": "Linux",
        "hostname": "web-1",
        "ipv4": "",
        "disks": (
            SourceDisk(index=0, size_gib=40, partitions=SYSTEM),
            SourceDisk(index=1, size_gib=100, partitions=(partition("/data", 100),)),
        ),
        "error": "",
        "tags": {},
    }
    return SourceServer(**(values | changes))


def disk(
    index: int, size: int, *partitions: tuple[str, int | str, bool], **more: Any
) -> DiskInputs:
    listed = [{"path": p, "size": s, "block": b} for p, s, b in partitions]
    return DiskInputs.model_validate({"index": index, "size": size, "partitions": listed, **more})


BOOT = ("/boot", 1, True)


@pytest.mark.parametrize(
    "declared",
    [
        disk(0, 40),
        disk(0, 80),
        disk(1, 200),
        disk(0, 60, BOOT, ("/", 59, True)),
        disk(0, 60, BOOT, ("/", "90%", True)),
        disk(0, 30, BOOT, ("/", 20, False)),
        disk(0, 60, BOOT, ("/", 59, True), lvm=True),
    ],
    ids=lambda declared: f"{declared.index}-{declared.size}-{len(declared.partitions)}",
)
def test_fits(declared: DiskInputs) -> None:
    assert layout_problems([declared], source()) == []


@pytest.mark.parametrize(
    ("declared", "changes", "words"),
    [
        (disk(0, 80), {"agent_version": "2.7.9"}, "older than 2.8.0"),
        (disk(0, 80), {"agent_version": ""}, "(unknown)"),
        (disk(2, 80), {}, "no data disk 2 (it has 1 data disks)"),
        (disk(0, 30), {}, "less than its partitions have (40 GiB)"),
        (disk(0, 40, BOOT, ("/", 60, True)), {}, "add up to 61 GiB"),
        (disk(0, 40, BOOT, ("/", "100%", True)), {}, "add up to 41 GiB"),
        (disk(0, 40, BOOT, ("/", 20, True)), {}, "which only transfer: file can do"),
        (disk(0, 80, ("/", 60, True)), {}, "/boot is needed and is not listed"),
        (disk(0, 80, BOOT, ("/", 50, True), ("/x", 5, True)), {}, "no partition /x"),
        (disk(0, 80, BOOT, ("/", 50, True), lvm=True), {"platform": "Windows"}, "no LVM"),
        (disk(1, 200, ("/data", 150, True), lvm=True), {"platform": "Windows"}, "no LVM"),
        (
            disk(0, 80, ("/", 50, True), lvm=True),
            {"disks": (SourceDisk(index=0, size_gib=40, partitions=(partition("/", 40),)),)},
            "partition of its own for /boot",
        ),
        (
            disk(0, 80, ("/", 50, True)),
            {
                "disks": (
                    SourceDisk(
                        index=0, size_gib=40, partitions=(partition("/", 40, can_block=False),)
                    ),
                )
            },
            "cannot be transferred in blocks",
        ),
    ],
)
def test_does_not_fit(declared: DiskInputs, changes: dict[str, Any], words: str) -> None:
    problems = layout_problems([declared], source(**changes))
    assert any(words in problem for problem in problems), problems


def test_nothing_declared_is_nothing_to_check() -> None:
    assert layout_problems([], source(agent_version="1.0")) == []


def test_sizes() -> None:
    assert size_bytes(5, 40) == 5 * GIB
    assert size_bytes("50%", 40) == 20 * GIB
    assert size_bytes("33%", 40) % 1024**2 == 0
