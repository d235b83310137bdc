"""Every secret of a run is searched wherever something is kept, shown or passed on: no hits.

Not searched are the two files that hold credentials for their owner (`credentials.json`, the
emulator's `emulator.json`) and the emulator's own world, which has to know the secrets that it
checks signatures with; all of them can be read by their owner alone.
"""

import base64
import json
import stat
from pathlib import Path

import pytest

from emulator.world import World
from tests.support.canaries import command_lines, files_below, forms, leaks, secrets_of
from tests.support.project import Project


def test_no_secret_gets_anywhere(project: Project, tmp_path: Path) -> None:
    said: dict[str, bytes] = {}
    with command_lines() as seen:
        # A wrong secret in between: refusals quote what they refuse.
        for name, arguments in {
            "preview": ("preview", "--json"),
            "up": ("up", "--yes", "--skip-preview", "--debug"),
            "refresh": ("refresh", "--yes", "--skip-preview", "--debug"),
            "preview of a change": ("preview", "--diff", "--json"),
            "export": ("stack", "export", "--show-secrets"),
        }.items():
            if name == "preview of a change":
                project.settings["servers"]["web-1"]["description"] = "changed"
            outcome = project.pulumi(*arguments)
            assert outcome.code == 0, outcome.text
            said[f"output of {name}"] = outcome.text.encode()
        state = files_below(tmp_path / "home")
        assert any(path.endswith("test.json") for path in state)
        assert any(path.endswith(".json.bak") for path in state), sorted(state)
        project.cloud.write_credentials(destination="not-the-secret")
        refused = project.preview()
        assert refused.code == 1
        said["output of a refusal"] = refused.text.encode()
        project.cloud.write_credentials()
        destroyed = project.pulumi("destroy", "--yes", "--skip-preview", "--debug")
        assert destroyed.code == 0, destroyed.text
        said["output of destroy"] = destroyed.text.encode()
    ledger = project.cloud.server.gateway.ledger
    said["ledger"] = json.dumps(ledger.entries()).encode()
    said["command lines"] = b"\n".join(seen)
    assert b"pulumi-language-python" in said["command lines"]
    secrets = secrets_of(project.cloud) | {"a refused secret": "not-the-secret"}
    kinds = {what.split(" of ")[0] for what in secrets}
    assert kinds >= {"control token", "secret", "token", "activation code"}
    places = said | state | files_below(tmp_path, "credentials.json", "emulator.json")
    assert len(places) > 20
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
