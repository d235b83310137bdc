"""Every secret of a run is searched wherever something is kept, shown or passed on: no hits.

Not searched are the two files that hold credentials for their owner (`credentials.json`, the
emulator's `emulator.json`) and the emulator's own world, which has to know the secrets that it
checks signatures with; all of them can be read by their owner alone.
"""

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import __main__ as cli
from emulator.http.faults import Fault
from emulator.world import World
from tests.support.canaries import command_lines, files_below, forms, leaks, secrets_of
from tests.support.project import Project

REPORTS = {
    "certificate": ("--json",),
    "doctor": ("--json",),
    "drill": ("--json",),
    "estimate": ("--json",),
    "policy": (),
    "report": ("--output", "report.html"),
    "status": ("--json",),
    "sweep": ("--json",),
}
"""Commands that tell of a stack, and how they do it in full."""


def reports(project: Project) -> dict[str, bytes]:
    """What `python -m cli …` prints of the stack, by command."""
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(project.program)
        for name, value in project.stack.environment().items():
            patch.setenv(name, value)
        for name, arguments in REPORTS.items():
            done = CliRunner().invoke(cli.app, [name, "--stack", "test", *arguments])
            assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
            assert done.output
            printed[f"output of cli {name}"] = done.output.encode()
    return printed


def test_no_secret_gets_anywhere(
    project: Project, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    said: dict[str, bytes] = {}
    faults = project.cloud.server.gateway.faults

    def run(name: str, *arguments: str, code: int = 0) -> None:
        outcome = project.pulumi(*arguments)
        assert outcome.code == code, outcome.text
        said[f"output of {name}"] = outcome.text.encode()

    with command_lines() as seen:
        run("preview", "preview", "--json")
        # Errors quote what they refuse: while an activation code is on its way, and a wrong key.
        faults.arm(
            Fault(service="ecs", action="RunCommand", kind="error", status=403, code="No", count=99)
        )
        run("an import that fails", "up", "--yes", "--skip-preview", "--debug", code=1)
        faults.disarm()
        project.cloud.write_credentials(destination="not-the-secret")
        run("a refusal", "preview", code=1)
        project.cloud.write_credentials()
        run("up", "up", "--yes", "--skip-preview", "--debug", "--logtostderr", "-v=9")
        run("refresh", "refresh", "--yes", "--skip-preview", "--debug")
        project.settings["servers"]["web-1"]["description"] = "changed"
        run("preview of a change", "preview", "--diff", "--json")
        run("export", "stack", "export", "--show-secrets")
        said |= reports(project)
        state = files_below(tmp_path / "home")
        assert any(path.endswith("test.json") for path in state)
        assert any(path.endswith(".json.bak") for path in state), sorted(state)
        run("destroy", "destroy", "--yes", "--skip-preview", "--debug")
    ledger = project.cloud.server.gateway.ledger
    said["ledger"] = json.dumps(ledger.entries()).encode()
    said["command lines"] = b"\n".join(seen)
    assert b"pulumi-language-python" in said["command lines"]
    secrets = secrets_of(project.cloud) | {"a refused secret": "not-the-secret"}
    kinds = {what.split(" of ")[0] for what in secrets}
    assert kinds >= {"control token", "secret", "token", "activation code"}
    places = said | state | files_below(tmp_path, "credentials.json", "emulator.json")
    assert any(path.endswith("report.html") for path in places)
    assert len(places) > 40
    size = sum(map(len, places.values())) / 2**20
    record_property("figures", f"{len(secrets)} secrets in {len(places)} places, {size:.0f} MiB: 0")
    assert leaks(secrets, places) == []


@pytest.mark.parametrize("prefix", ["", "a", "ab", "abc"])
def test_a_secret_would_be_found_in_every_form(prefix: str) -> None:
    secret = "sEcReT/with+signs=0123456789"
    content = base64.b64encode(f"{prefix}{secret} and more".encode())
    assert leaks({"it": secret}, {"there": content}) == ["it in there"]
    assert leaks({"it": secret}, {"there": b"q=sEcReT%2Fwith%2Bsigns%3D0123456789"})
    assert leaks({"it": secret}, {"there": b"say " + secret.encode()})
    assert leaks({"it": secret}, {"there": b"sEcReT"}) == []
    assert all(len(form) > 16 for form in forms(secret))


def test_the_emulators_world_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "emulator.sqlite"
    world = World(path=file)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("emulator.*")} == {0o600}
    world.close()
