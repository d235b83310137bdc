"""The demo: a whole migration on the local emulator, step by step, as a user would do it."""

import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from cli.inventory import Item, list_accounts
from cli.local_emulator import LocalEmulator
from cli.pulumi_stack import PulumiStack
from smc.settings import Settings, load_settings

CONFIG = "Pulumi.dev.yaml"
KEY = "smc-migration:migration"
CHANGE = (r"description: the order database", "description: the order database, moved to Tokyo")


class DemoError(Exception):
    """A step of the demo did not do what it should."""


class Demo:
    """Runs the steps in a project folder.

    Args:
        project: folder of Pulumi.yaml.
        console: where headings and tables go.
    """

    def __init__(self, project: Path, console: Console) -> None:
        local = project / ".local"
        self._project = project
        self._console = console
        self._emulator = LocalEmulator(local)
        self._stack = PulumiStack(project, local)

    def run(self) -> None:
        """All steps, in a new world; the emulator is stopped at the end.

        Raises:
            DemoError: a step failed.
        """
        self._emulator.reset()
        _remove_state(self._project / ".local" / "state")
        try:
            self._run_steps()
        finally:
            self._emulator.stop()

    def _run_steps(self) -> None:
        started = self._emulator.start()
        self._say(f"The emulator answers on {started['endpoint']}; ten minutes there are a second.")
        self._stack.select()
        before_up = list_accounts(self._settings())
        self._step("What would happen", "preview", "--non-interactive")
        before = self._emulator.call_counts()
        self._step("Migrate", "up", "--yes", "--skip-preview")
        self._calls("Calls of `pulumi up`, by action", before)
        self._results()
        self._step("Once more: nothing is repeated", "preview", "--expect-no-changes")
        self._step(None, "up", "--yes", "--skip-preview", "--expect-no-changes")
        self._change()
        self._step("Drift: what is there, as it is", "refresh", "--yes", "--skip-preview")
        before = self._emulator.call_counts()
        self._step("Clean up", "destroy", "--yes", "--skip-preview")
        self._calls("Calls of `pulumi destroy`, by action", before)
        self._leftovers(before_up)

    def _step(self, heading: str | None, *arguments: str) -> None:
        if heading:
            self._console.rule(f"[bold]{heading}")
        self._say(f"$ pulumi {' '.join(arguments)}")
        done = self._stack.run(*arguments)
        if done.returncode:
            raise DemoError(f"`pulumi {' '.join(arguments)}` ended with {done.returncode}")

    def _change(self) -> None:
        """Preview a changed description, from a copy of the stack's configuration."""
        self._console.rule("[bold]A change, for review")
        config = (self._project / CONFIG).read_text(encoding="utf-8")
        changed, count = re.subn(*CHANGE, config)
        if count != 1:
            raise DemoError(f"{CONFIG} has no line {CHANGE[0]!r}")
        with tempfile.TemporaryDirectory(dir=self._project / ".local") as folder:
            copy = Path(folder) / CONFIG
            copy.write_text(changed, encoding="utf-8")
            self._step(None, "preview", "--diff", "--config-file", str(copy))

    def _results(self) -> None:
        table = Table(
            "server", "status", "image or instance", "took (virtual time)", title="Results"
        )
        for server, result in self._stack.outputs()["results"].items():
            became = result["image_id"] or f"{result['instance_id']} (system replaced)"
            table.add_row(server, result["status"], f"{became}, {result['region']}", _took(result))
        self._console.print(table)

    def _calls(self, title: str, before: dict[str, int]) -> None:
        table = Table("action", "calls", title=title)
        for action, count in self._emulator.call_counts().items():
            made = count - before.get(action, 0)
            if made:
                table.add_row(action, str(made))
        self._console.print(table)

    def _leftovers(self, before: Sequence[Item]) -> None:
        """Show what both accounts have now, and fail if a migration left something."""
        self._console.rule("[bold]What is left in both accounts")
        items = list_accounts(self._settings())
        table = Table("account", "service", "what", "name")
        for item in items:
            table.add_row(item.side, item.service, item.kind, item.name)
        self._console.print(table)
        left = unexpected(before, items, self._settings())
        if left:
            raise DemoError(f"left behind: {', '.join(f'{i.kind} {i.name}' for i in left)}")
        self._say(
            "Nothing is left but the images, the target instance, and the source servers' own"
            " instances."
        )

    def _settings(self) -> Settings:
        config = yaml.safe_load((self._project / CONFIG).read_text(encoding="utf-8"))
        return load_settings(config["config"][KEY])

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False)


def unexpected(before: Sequence[Item], after: Sequence[Item], settings: Settings) -> list[Item]:
    """What a migration left behind: all that is new but images and its target instances."""
    targets = [s.target.instance for s in settings.servers.values() if s.target.instance]
    return [
        item
        for item in after
        if item not in before
        and item.kind != "image"
        and not (item.kind.startswith("instance") and any(t in item.name for t in targets))
    ]


def _took(result: dict[str, Any]) -> str:
    started, ended = (datetime.fromisoformat(result[k]) for k in ("started", "ended"))
    return f"{(ended - started).total_seconds() / 60:.0f} min"


def _remove_state(folder: Path) -> None:
    """Forget the dev stack's state; everything in it was emulated."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
