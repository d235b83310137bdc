"""The example in docs/review.md: the review of the demo's first preview, by the page's commands."""

import re

import yaml

from cli.stack_file import KEY
from tools.docs.scratch import ROOT, STACK, scratch_project
from tools.docs.source import Run, Settings

PAGE = ROOT / "docs" / "review.md"

COMMANDS = (
    "pulumi preview --json --show-sames > preview.json",
    f"python -m cli estimate --stack {STACK} --json > estimate.json",
)
REVIEW = Run(command="python -m cli review preview.json --estimate estimate.json", exit=10)
"""Something is destroyed: the system of the demo's target instance."""

_EXAMPLE = re.compile(r"(?<=^---$\n\n).*?(?=\n^---$)", re.MULTILINE | re.DOTALL)


def page() -> str:
    """The page with a new example.

    Raises:
        CommandError: a command did not end as it should.
        ValueError: the page has no place for an example, or more than one.
    """
    demo = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    with scratch_project() as scratch:
        scratch.take(Settings("", demo["config"][KEY], hidden=True))
        for command in COMMANDS:
            scratch.take(Run(command=command))
        # The first line is the comment's marker, which nobody sees.
        example = scratch.take(REVIEW).split("\n", 1)[1].strip()
    text, places = _EXAMPLE.subn(lambda _: f"{example}\n", PAGE.read_text(encoding="utf-8"))
    if places != 1:
        raise ValueError(f"{PAGE} has {places} places for an example")
    return text
