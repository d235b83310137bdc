"""The table of drills: the worst first, and a server's words as they are."""

from typing import Any

from rich.console import Console

from cli.drill import is_critical, tables


def report(*items: tuple[str, str]) -> dict[str, Any]:
    severities = [severity for severity, _ in items]
    return {
        # Numbers of a Pulumi state may come back as floats.
        "ok": 9.0,
        "warning": float(severities.count("Warning")),
        "critical": float(severities.count("Critical")),
        "not_checked": float(severities.count("NotChecked")),
        "items": [
            {"name": name, "severity": severity, "finding": f"{name} found", "fix": "mend"}
            for severity, name in items
        ],
    }


def printed(reports: dict[str, Any]) -> str:
    console = Console(width=120, color_system=None)
    with console.capture() as captured:
        for table in tables(reports):
            console.print(table)
    return captured.get()


def test_the_worst_comes_first_and_everything_is_counted() -> None:
    reports = {
        "web-1": report(("NotChecked", "swap"), ("Warning", "firewall"), ("Critical", "rsync")),
        "web-2": report(),
    }
    text = printed(reports)
    assert text.index("Critical ") < text.index("rsync found") < text.index("firewall found")
    assert text.index("firewall found") < text.index("swap found")
    rows = [line.split() for line in text.splitlines() if "web-" in line]
    assert [cell for cell in rows[0] if cell != "│"] == ["web-1", "9", "1", "1", "1"]
    assert [cell for cell in rows[1] if cell != "│"] == ["web-2", "9", "0", "0", "0"]
    assert is_critical(reports)


def test_without_findings_there_is_no_second_table() -> None:
    assert printed({"web-2": report()}).count("web-2") == 1
    assert not is_critical({"web-2": report()})


def test_what_a_server_says_is_no_markup() -> None:
    assert "[bold]/data found" in printed({"web-1": report(("Warning", "[bold]/data"))})
