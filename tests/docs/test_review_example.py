"""The example in docs/review.md is of the demo as it is."""

import re

import yaml

from cli.stack_file import KEY
from tools.docs.review_example import PAGE
from tools.docs.scratch import ROOT


def test_the_example_has_every_server_of_the_demo_in_its_wave() -> None:
    settings = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"][KEY]
    wave, shown = "", {}
    for line in PAGE.read_text().splitlines():
        if found := re.match(r"### Wave `(.+?)`", line):
            wave = found[1]
        elif found := re.match(r"\| `(.+?)` \| \**(.+?)\** \| `(.+?), ", line):
            shown[found[1]] = (wave, found[2], found[3])
    assert shown == {
        name: (
            server["wave"],
            "drill, then create, then start",
            " ".join((kind := next(iter(server["target"])), server["target"][kind])),
        )
        for name, server in settings["servers"].items()
    }, "run `python -m tools.docs review`"
