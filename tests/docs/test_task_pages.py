"""Task pages: in step with their sources, with settings that load and commands that exist."""

import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import __main__ as cli
from cli.pulumi_stack import PulumiStack
from smc.errors import SettingsError
from smc.settings import load_settings
from tools.docs.scratch import BASE, merged
from tools.docs.source import (
    PAGES,
    Between,
    File,
    Messages,
    Run,
    Settings,
    read_source,
    source_names,
)
from tools.docs.task_pages import is_in_step, made
from tools.docs.transcript import alike, shown

NAMES = source_names()
RUN_FOR_REAL = "grant-access"


def commands() -> Iterator[list[str]]:
    for name in NAMES:
        for part in read_source(name).parts:
            if isinstance(part, Run):
                yield shlex.split(part.command)


def test_there_is_a_page_for_every_task() -> None:
    assert set(NAMES) >= {
        "grant-access",
        "import",
        "drill",
        "migrate-to-image",
        "migrate-to-instance",
        "incremental",
        "resize-disks",
        "waves",
        "clean-up",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_in_step_with_its_source(name: str) -> None:
    assert is_in_step(read_source(name)), f"run `python -m tools.docs tasks {name}`"


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_a_page_load_wherever_a_command_uses_them(
    name: str, tmp_path: Path
) -> None:
    settings = BASE
    for part in [*read_source(name).parts, Run(command="")]:
        match part:
            case Settings(values=values):
                settings = merged(settings, values)
            case File(file, text):
                (tmp_path / file).write_text(text)
            case Run(refused=True):
                with pytest.raises(SettingsError):
                    load_settings(settings, tmp_path)
            case Run():
                # What `discover` writes is not there yet.
                if (tmp_path / settings.get("serversFile", ".")).exists():
                    load_settings(settings, tmp_path)


def test_the_commands_of_this_project_exist_with_their_options() -> None:
    tried = 0
    for words in commands():
        if words[:3] == ["python", "-m", "cli"]:
            # Options are looked at before help is given.
            answer = CliRunner().invoke(cli.app, [*words[3:], "--help"])
            assert answer.exit_code == 0, answer.output
            tried += 1
    assert tried > 5
    assert CliRunner().invoke(cli.app, ["drill", "--colour", "--help"]).exit_code != 0


def test_the_commands_of_pulumi_exist_with_their_options(tmp_path: Path) -> None:
    stack = PulumiStack(tmp_path, tmp_path / "home")
    known: dict[tuple[str, ...], str] = {}
    for words in commands():
        if words[0] != "pulumi":
            continue
        options = [word for word in words if word.startswith("--")]
        path = tuple(words[1:3] if words[1] == "stack" else words[1:2])
        if path not in known:
            known[path] = stack.run(*path, "--help", quiet=True, check=True).stdout
        assert [o for o in options if not re.search(rf"{o}\b", known[path])] == [], words
    assert {("up",), ("preview",), ("destroy",), ("stack", "output")} <= known.keys()


def test_no_page_knows_the_machine_it_was_made_on() -> None:
    here = (tempfile.gettempdir(), str(Path.home()), str(PAGES.parent))
    for page in PAGES.glob("*.md"):
        text = page.read_text()
        assert [folder for folder in here if f"{folder}/" in text] == [], page.name


@pytest.mark.engine
def test_a_page_that_is_made_anew_is_as_it_was() -> None:
    source = read_source(RUN_FOR_REAL)
    assert made(source) == source.page.read_text()


OUTPUT = """Updating (prod):
@ updating....

 +  pulumi:x:Thing one created (0.31s)
 +  pulumi:x:Other two created (1.20s) in /somewhere/else
Diagnostics:
  pulumi:x:Thing (one):
    a message

  pulumi:x:Other (two):
    another message

Resources:
    + 2 created
"""


def test_what_is_left_out_is_marked() -> None:
    run = Run(
        command="", show=("Thing one", Messages(of="Other"), Between(first="^Res", last="d$"))
    )
    assert shown(OUTPUT, run, Path("/nowhere")) == (
        "…\n +  pulumi:x:Thing one created (0.31s)\n…\n  pulumi:x:Other (two):\n"
        "    another message\n\nResources:\n    + 2 created\n"
    )


def test_everything_is_shown_but_the_spinner_and_this_machine_and_what_is_hidden() -> None:
    text = shown(OUTPUT, Run(command="", hide=("Thing one",)), Path("/somewhere"))
    assert "@" not in text
    assert "in ~/move/else" in text
    assert text.startswith("Updating (prod):\n…\n +  pulumi:x:Other two")


def test_long_lines_are_wrapped_below_their_beginning() -> None:
    lines = shown(f"    {'word ' * 40}", Run(command=""), Path("/nowhere")).splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 118 for line in lines)
    assert lines[1].startswith("        word")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "created (0.31s)\nj-bp14ky2zahukbsy6ctoi\n",
            "j-bp1x4huqlk1rm3cpqttt\ncreated (2s)\n",
            True,
        ),
        ("Syncing 12 %\n", "Syncing 12 %\nSyncing 45 %\n", True),
        ("    + 2 created\n", "    + 2 updated\n", False),
        ("1 of 2 · web-1 Syncing 9 %\n2 of 2\n", "2 of 2\n", True),
        ("web-1 Syncing 12 %\n", "web-2 failed at 12 %\n", False),
    ],
)
def test_outputs_are_alike_but_for_figures_ids_and_order(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
