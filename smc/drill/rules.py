"""What the facts of a server mean to its migration, as data.

Documented are the items of SMC's own drill, of which the page "Drill items" is known in part; what
is our judgement says so. "Critical" is kept for what makes a migration fail for certain, because it
keeps the migration from being started.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What an item of a drill comes to."""

    OK = "Ok"
    WARNING = "Warning"
    CRITICAL = "Critical"
    NOT_CHECKED = "NotChecked"


DRILL_ITEMS = 'SMC user guide, "Drill items"'
PREPARATION = "SMC user guide, preparation of an OS migration"
JUDGEMENT = "judgement of this project"
OUTBOUND_FIX = (
    "let the server reach the service on port 443, and its transition instance on 8080 and 8703."
)


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that should not pass a limit.

    Attributes:
        fact: key of the number; in `PER_FILE_SYSTEM` a field of a file system.
        item: name of the item.
        limit: the number above which `severity` holds; below it, where `least` is set.
        unit: of the number.
        severity: what passing it comes to.
        fix: what to do then.
        source: where the limit is from.
        least: whether the limit is a least one.
    """

    fact: str
    item: str
    limit: int
    unit: str
    severity: Severity
    fix: str
    source: str
    least: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A fact that is one of several words.

    Attributes:
        fact: key of the fact.
        item: name of the item.
        meanings: word -> severity and what it says.
        otherwise: the same for every other word, `{value}` in its place; None: not checked.
        fix: what to do unless it is Ok.
        source: where this is from.
    """

    fact: str
    item: str
    meanings: Mapping[str, tuple[Severity, str]]
    otherwise: tuple[Severity, str] | None
    fix: str
    source: str


CPU = Limit(
    "cpu_percent",
    "CPU utilization",
    90,
    "%",
    Severity.WARNING,
    "stop services that are not needed while the server migrates.",
    DRILL_ITEMS,
)
MEMORY = Limit(
    "memory_percent",
    "memory utilization",
    95,
    "%",
    Severity.WARNING,
    "stop services that are not needed while the server migrates.",
    DRILL_ITEMS,
)
CLIENT_SPACE = Limit(
    "client_free_kib",
    "space for the SMC client",
    1024 * 1024,
    "KiB free",
    Severity.WARNING,
    "free 1 GiB where the client is installed: /smc or C:\\smc.",
    JUDGEMENT,
    least=True,
)

SPACE = Limit(
    "space",
    "file system space",
    99,
    "%",
    Severity.CRITICAL,
    "delete or move files.",
    DRILL_ITEMS,
)
INODES = Limit(
    "inodes",
    "file system inodes",
    99,
    "%",
    Severity.WARNING,
    "delete files that are not needed.",
    DRILL_ITEMS,
)

FILE_SYSTEMS = {
    "linux": frozenset({"ext2", "ext3", "ext4", "xfs", "vfat"}),
    "windows": frozenset({"NTFS", "FAT32"}),
}
"""Types taken for supported. That others become ext2, ext3 or ext4 is documented (drill items); the
list of the supported ones is in no page known here, so these are the judgement of this project."""

FIREWALL = Choice(
    "firewall",
    "firewall",
    {"none": (Severity.OK, "no firewall service is enabled")},
    (Severity.WARNING, "enabled: {value}"),
    OUTBOUND_FIX,
    DRILL_ITEMS,
)
PROXY = Choice(
    "proxy",
    "network proxy",
    {"none": (Severity.OK, "no proxy is set")},
    (Severity.WARNING, "set in: {value}"),
    OUTBOUND_FIX,
    DRILL_ITEMS,
)
OUTBOUND = Choice(
    "outbound",
    "connection to the service",
    {
        "open": (Severity.OK, "the service answers on port 443"),
        # Not critical: inside ECS the client may use an internal endpoint instead.
        "closed": (Severity.WARNING, "the service's public endpoint does not answer on port 443"),
    },
    None,
    OUTBOUND_FIX,
    PREPARATION,
)
CLIENT = Choice(
    "client",
    "SMC client",
    {
        "running": (Severity.OK, "runs"),
        "installed": (Severity.WARNING, "is installed; no process of that name was seen"),
        "absent": (Severity.WARNING, "was not found"),
    },
    None,
    "start the client again; SMC shows the source server as Available while it runs.",
    JUDGEMENT,
)
_OTHER_KERNEL = "there is only one of another kernel than the running one"

LINUX = (
    Choice(
        "architecture",
        "architecture",
        dict.fromkeys(
            ("x86_64", "amd64", "i386", "i686", "aarch64"), (Severity.OK, "can be migrated")
        ),
        (Severity.WARNING, "{value} is none of the architectures known to work"),
        "look it up in SMC's list of supported systems.",
        JUDGEMENT,
    ),
    Choice(
        "initramfs",
        "initramfs file",
        {
            "present": (Severity.OK, "is in /boot"),
            "other": (Severity.WARNING, _OTHER_KERNEL),
            "missing": (Severity.WARNING, "is not in /boot; the target may not start"),
        },
        None,
        "build it again: dracut -f, or update-initramfs -c -k all.",
        DRILL_ITEMS,
    ),
    Choice(
        "kernel_image",
        "kernel image",
        {
            "present": (Severity.OK, "is in /boot"),
            "other": (Severity.WARNING, _OTHER_KERNEL),
            "missing": (Severity.WARNING, "is not in /boot; the target may not start"),
        },
        None,
        "install the kernel's package again.",
        DRILL_ITEMS,
    ),
    Choice(
        "boot_loader",
        "boot loader",
        {"missing": (Severity.WARNING, "no configuration of a boot loader is in /boot")},
        (Severity.OK, "{value}"),
        "install GRUB and write its configuration.",
        JUDGEMENT,
    ),
    Choice(
        "rsync",
        "rsync",
        {
            "present": (Severity.OK, "is installed"),
            "missing": (Severity.CRITICAL, "is not installed; SMC's client fails with S1"),
        },
        None,
        "install it: yum, apt-get or zypper install rsync.",
        'SMC FAQ, "rsync not found"',
    ),
)
"""Asked of Linux alone. The documented severity of a missing kernel image is not known."""

WINDOWS = (
    Choice(
        "shadow_copies",
        "Volume Shadow Copy service",
        {"Disabled": (Severity.WARNING, "is disabled; the client takes snapshots with it")},
        (Severity.OK, "starts: {value}"),
        "set the start of the service VSS to Manual.",
        'SMC FAQ, "VssSnapshotul GetSnapshotul Failed"',
    ),
)
"""Asked of Windows alone."""
