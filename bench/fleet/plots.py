"""docs/images/fleet-cost.png: seconds of each command against the number of servers."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure as Drawing

IMAGE = Path(__file__).parents[2] / "docs" / "images" / "fleet-cost.png"
PANELS = (
    ("first_preview", "first preview"),
    ("up", "up"),
    ("preview", "no-change preview"),
    ("refresh", "refresh"),
    ("destroy", "destroy"),
)
SIDES = (("seconds", "a fleet", "o-"), ("floor_seconds", "floor: trivial resources", "s--"))


def points(results: Mapping[str, Any], command: str, side: str) -> Iterator[tuple[int, Any]]:
    """Number of servers and the spread of the seconds, wherever the command was measured."""
    measured = [*results.get("lives", ()), results.get("ups", {}), results.get("looks", {})]
    for each in measured:
        if command in each:
            yield each["servers"], each[command][side]


def plot(results: Mapping[str, Any], image: Path = IMAGE) -> None:
    """Draw all panels, both axes logarithmic; bars reach from the least to the most."""
    drawing = Drawing(figsize=(12, 3.2), layout="constrained")
    panels = drawing.subplots(1, len(PANELS), sharey=True)
    for panel, (command, title) in zip(panels, PANELS, strict=True):
        for side, label, style in SIDES:
            known = list(points(results, command, side))
            sizes, medians = [n for n, _ in known], [spread["median"] for _, spread in known]
            below = [spread["median"] - spread["least"] for _, spread in known]
            above = [spread["most"] - spread["median"] for _, spread in known]
            panel.errorbar(sizes, medians, [below, above], fmt=style, capsize=3, label=label)
        panel.set(title=title, xlabel="servers", xscale="log", yscale="log")
        panel.grid(visible=True, which="both", alpha=0.3)
    panels[0].set_ylabel("seconds")
    panels[0].legend(fontsize="small")
    # Without the time of making, the same results make the same file.
    drawing.savefig(image, dpi=110, metadata={"Software": ""})
