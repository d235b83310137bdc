"""`make profile`: where time and memory go, by process and by code, beside the floor's.

Writes bench/results/profile.json and a part of docs/performance.md. Nothing here is a figure with a
goal: sampling slows what is sampled. The floor is not sampled.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.blocks import block, replaced
from bench.fleet import engine_trace
from bench.fleet.engine import DESTROY, FAST_FOR_MANY, PREVIEW, REFRESH, UP, pair_of_stacks
from bench.fleet.processes import Share
from bench.fleet.sampling import Sampler
from bench.fleet.state_parts import state_parts
from bench.machine import measured_here
from bench.page import PAGE

RESULTS = Path(__file__).parents[1] / "results" / "profile.json"
PART = "profile"
SIZES = (100, 1000)
COMMANDS = {
    "first preview": PREVIEW,
    "up": UP,
    "no-change preview": PREVIEW,
    "refresh": REFRESH,
    "destroy": DESTROY,
}
KINDS = ("engine", "program", "provider", "alicloud plugin")


def profiles(folder: Path, servers: int, states: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each command of a life: what the processes of ours and of the floor took.

    What their states are made of after `up` is put into `states`.
    """
    with pair_of_stacks(folder, servers, FAST_FOR_MANY) as (_, ours, floor):
        for name, command in COMMANDS.items():
            sampler = Sampler(folder / name)
            cost = ours.cost(*command, *engine_trace.options(folder / name), begun=sampler.begun)
            yield {
                "servers": servers,
                "command": name,
                "ours": _members(cost.shares),
                "floor": _members(floor.cost(*command).shares),
                "code": sampler.groups(),
                "engine": engine_trace.engine_shares(folder / name),
            }
            print(f"{servers} servers, {name}: {cost.seconds:.0f} s", flush=True)
            if name == "up":
                sides = (("ours", ours), ("floor", floor))
                states |= {side: state_parts(stack.resources(), servers) for side, stack in sides}


def _members(shares: Mapping[str, Share]) -> dict[str, dict[str, float]]:
    return {
        kind: {"cpu_seconds": round(share.cpu_seconds, 2), "most_mib": share.most_mib}
        for kind, share in shares.items()
    }


def lines(results: Mapping[str, Any]) -> Iterator[str]:
    """The part of the page."""
    yield (
        f"Measured on {results['measured']} with Python {results['python']} on"
        f" {results['cores']} cores; every value is in `bench/results/profile.json`. CPU seconds,"
        " ours / floor, and the most memory that one process of ours held."
    )
    yield ""
    yield f"| servers | command | {' | '.join(KINDS)} | most memory, MiB |"
    yield f"|---|---|{'---|' * len(KINDS)}---|"
    for each in results["profiles"]:
        cells = [_pair(each, kind) for kind in KINDS]
        memory = ", ".join(
            f"{kind} {each['ours'][kind]['most_mib']:.0f}"
            for kind in KINDS[:3]
            if kind in each["ours"]
        )
        yield f"| {each['servers']:,} | {each['command']} | {' | '.join(cells)} | {memory} |"
    yield ""
    yield "Where the interpreter was, in the program and in the provider:"
    yield ""
    yield "| servers | command | process | |"
    yield "|---|---|---|---|"
    for each in results["profiles"]:
        for kind, groups in each["code"].items():
            told = ", ".join(f"{group} {share:.0%}" for group, share in _largest(groups))
            yield f"| {each['servers']:,} | {each['command']} | {kind} | {told} |"

    yield ""
    yield "What the engine did, by its own profile; a sample can count twice, the rest is steps:"
    yield ""
    yield "| servers | command | |"
    yield "|---|---|---|"
    for each in results["profiles"]:
        told = ", ".join(f"{purpose} {share:.0%}" for purpose, share in _largest(each["engine"]))
        yield f"| {each['servers']:,} | {each['command']} | {told} |"
    yield ""
    yield "What the state is made of after `up`, in bytes a server:"
    yield ""
    yield "| servers | | |"
    yield "|---|---|---|"
    for state in results["states"]:
        for side in ("ours", "floor"):
            told = ", ".join(f"{what} {size:,}" for what, size in state[side].items() if size >= 20)
            whole = sum(state[side].values())
            yield f"| {state['servers']:,} | {side}: {whole:,} | {told} |"


def _pair(each: Mapping[str, Any], kind: str) -> str:
    both = [each[side].get(kind) for side in ("ours", "floor")]
    shown = [f"{share['cpu_seconds']:.1f}" if share else "-" for share in both]
    return " / ".join(shown) if any(both) else ""


def _largest(groups: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return [(group, share) for group, share in groups.items() if share >= 0.03]


def main() -> None:
    """Profile all sizes, and write what came of it."""
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="numbers of servers")
    parser.add_argument("--only-print", action="store_true", help="write nothing")
    options = parser.parse_args()
    results: dict[str, Any] = {
        **measured_here(),
        "profiles": [],
        "states": [],
    }
    for servers in options.sizes:
        with tempfile.TemporaryDirectory(prefix="profile-") as folder:
            states: dict[str, Any] = {"servers": servers}
            results["profiles"] += profiles(Path(folder), servers, states)
            results["states"].append(states)
    made = list(lines(results))
    print("\n".join(made))
    if not options.only_print:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        part = block(PART, "make profile", made)
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), PART, part), encoding="utf-8")


if __name__ == "__main__":
    main()
