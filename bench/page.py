"""docs/performance.md: the part on the emulator, made from the results."""

from pathlib import Path
from typing import Any

from bench.blocks import block

PART = "emulator"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

SERVED = {
    "emulator": "emulator",
    "plain_h11": "constant body, uvicorn in pure Python (h11, asyncio)",
    "plain_compiled": "constant body, uvicorn with httptools and uvloop, as the emulator has them",
}


def part(results: dict[str, Any]) -> str:
    """The part in Markdown."""
    throughput, memory = results["throughput"], results["memory"]
    rows = []
    for name, served in SERVED.items():
        rate = throughput["per_second"][name]
        share = throughput["share"].get(name)
        shown = (
            f"{share['median']:.0%} ({share['least']:.0%} to {share['most']:.0%})" if share else ""
        )
        spread = f"{rate['median']:,.0f} ({rate['least']:,.0f} to {rate['most']:,.0f})"
        rows.append(f"| {served} | {spread} | {shown} |")
    rounds = len(throughput["per_second"]["emulator"]["values"])
    text = f"""Measured on {results["measured"]} with Python {results["python"]} on
{results["cores"]} cores, which client and servers share; every value is in
`bench/results/emulator.json`.

DescribeReplicationJobs with {throughput["jobs"]} running jobs on one page
({throughput["body_bytes"]:,} bytes), signed V1, against a Starlette route that answers as many
constant bytes. {rounds} rounds in turn of {throughput["requests_a_round"]:,} requests over four
connections; median, least and most.

| | requests per second | the emulator's share |
|---|---|---|
{chr(10).join(rows)}

Each request of the emulator is parsed, its signature, nonce and timestamp are checked, policies are
evaluated, parameters validated, and every job looked up. No answer is kept; what is kept is each
job's JSON, until its row or its progress, in hundredths of a percent, changes.

`python -m emulator serve` with {memory["servers"]:,} registered servers and {memory["jobs"]:,}
running jobs: {memory["fresh_mib"]} MiB resident at the start, {memory["after_requests_mib"]} MiB
after {memory["requests"]:,} listings.
"""
    return block(PART, "make bench-emulator", text.splitlines())
