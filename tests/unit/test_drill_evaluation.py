"""What a drill makes of a server's answers: figures on both sides of each limit, and no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.drill.evaluation import LONGEST_VALUE, Item, evaluate
from smc.drill.rules import Severity

HEALTHY = {
    "architecture": "x86_64",
    "kernel": "5.10.0",
    "cpu_percent": "12",
    "memory_percent": "40",
    "swap_kib": "0",
    "logical_volumes": "0",
    "filesystem": "ext4|41|7|/",
    "firewall": "none",
    "proxy": "none",
    "initramfs": "present",
    "kernel_image": "present",
    "boot_loader": "/boot/grub2/grub.cfg",
    "client": "running",
    "client_free_kib": "20000000",
    "rsync": "present",
    "service": "smc-service.aliyuncs.com:443",
    "outbound": "open",
    "complete": "yes",
}
OK, WARNING, CRITICAL, NOT_CHECKED = Severity


def items(os_type: str = "linux", /, **changes: str | None) -> dict[str, Item]:
    """The items of a healthy server with other facts; None leaves a fact out."""
    facts = HEALTHY | changes
    output = "".join(f"{key}={value}\n" for key, value in facts.items() if value is not None)
    return {item.name: item for item in evaluate(output, os_type)}


def bad(os_type: str = "linux", /, **changes: str | None) -> dict[str, Severity]:
    found = items(os_type, **changes)
    return {name: item.severity for name, item in found.items() if item.severity is not OK}


def test_a_healthy_server_is_ok_in_every_item() -> None:
    assert bad() == {}
    assert len(items()) == 17


@pytest.mark.parametrize(
    ("changes", "name", "severity"),
    [
        ({"cpu_percent": "90"}, "CPU utilization", OK),
        ({"cpu_percent": "91"}, "CPU utilization", WARNING),
        ({"memory_percent": "95"}, "memory utilization", OK),
        ({"memory_percent": "96"}, "memory utilization", WARNING),
        ({"filesystem": "ext4|99|7|/"}, "file system space /", OK),
        ({"filesystem": "ext4|100|7|/"}, "file system space /", CRITICAL),
        ({"filesystem": "ext4|1|99|/"}, "file system inodes /", OK),
        ({"filesystem": "ext4|1|100|/"}, "file system inodes /", WARNING),
        ({"filesystem": "zfs|1|1|/"}, "file system type /", WARNING),
        ({"firewall": "firewalld"}, "firewall", WARNING),
        ({"proxy": "/etc/environment"}, "network proxy", WARNING),
        ({"initramfs": "other"}, "initramfs file", WARNING),
        ({"initramfs": "missing"}, "initramfs file", WARNING),
        ({"kernel_image": "missing"}, "kernel image", WARNING),
        ({"boot_loader": "missing"}, "boot loader", WARNING),
        ({"architecture": "sparc64"}, "architecture", WARNING),
        ({"client": "installed"}, "SMC client", WARNING),
        ({"client": "absent"}, "SMC client", WARNING),
        ({"client_free_kib": "1048576"}, "space for the SMC client", OK),
        ({"client_free_kib": "1048575"}, "space for the SMC client", WARNING),
        ({"rsync": "missing"}, "rsync", CRITICAL),
        ({"outbound": "closed"}, "connection to the service", WARNING),
    ],
)
def test_each_limit(changes: dict[str, str], name: str, severity: Severity) -> None:
    item = items(**changes)[name]
    assert item.severity is severity
    assert bool(item.fix) == (severity in {WARNING, CRITICAL})


@pytest.mark.parametrize("value", [None, "unknown", "", "²", "-1", "no such word"])
@pytest.mark.parametrize(
    ("fact", "name"),
    [
        ("cpu_percent", "CPU utilization"),
        ("memory_percent", "memory utilization"),
        ("client_free_kib", "space for the SMC client"),
        ("swap_kib", "swap"),
        ("logical_volumes", "logical volumes"),
        ("filesystem", "file systems"),
        ("initramfs", "initramfs file"),
        ("kernel_image", "kernel image"),
        ("client", "SMC client"),
        ("rsync", "rsync"),
        ("outbound", "connection to the service"),
        ("complete", "check script"),
    ],
)
def test_what_the_server_does_not_tell_is_not_checked(
    fact: str, name: str, value: str | None
) -> None:
    assert bad(**{fact: value}) == {name: NOT_CHECKED}


@pytest.mark.parametrize("fact", ["firewall", "proxy", "architecture", "boot_loader"])
@pytest.mark.parametrize("value", [None, "unknown", ""])
def test_a_word_of_its_own_needs_to_be_told(fact: str, value: str | None) -> None:
    assert list(bad(**{fact: value}).values()) == [NOT_CHECKED]


def test_a_fact_told_twice_is_not_believed() -> None:
    output = "rsync=missing\nrsync=present\n"
    found = {item.name: item for item in evaluate(output, "linux")}
    assert found["rsync"].severity is NOT_CHECKED


def test_windows_has_items_of_its_own() -> None:
    found = items(
        "windows", filesystem="NTFS|50|-|C:", shadow_copies="Manual", rsync=None, initramfs=None
    )
    assert {item.severity for item in found.values()} == {OK}
    assert "file system inodes C:" not in found
    assert "rsync" not in found
    assert bad("windows", filesystem="ReFS|5|-|D:", shadow_copies="Disabled") == {
        "file system type D:": WARNING,
        "Volume Shadow Copy service": WARNING,
    }


def test_a_server_with_very_many_file_systems_is_not_all_shown() -> None:
    output = "".join(f"filesystem=ext4|1|1|/data{n}\n" for n in range(1000))
    found = evaluate(output, "linux")
    assert len(found) < 250
    assert "936 more" in next(item.finding for item in found if item.name == "file systems")


@given(st.text(st.characters(exclude_characters="=")))
def test_an_output_that_tells_nothing_makes_no_item_ok(output: str) -> None:
    for os_type in ("linux", "windows"):
        assert {item.severity for item in evaluate(output, os_type)} == {NOT_CHECKED}


@given(st.sampled_from(sorted(HEALTHY)), st.text(alphabet=st.characters(), min_size=1))
def test_what_a_server_says_is_shown_as_one_printable_line(key: str, value: str) -> None:
    for item in items(**{key: value}).values():
        assert item.finding.isprintable()
        assert item.name.isprintable()
        assert len(item.finding) < LONGEST_VALUE + 200
