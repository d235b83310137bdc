"""The bench's own parts: time that threads share, and the figures of a run."""

from pathlib import Path
from typing import Any

import pytest

from bench.fleet.engine_trace import shares
from bench.fleet.figures import figures, growth
from bench.fleet.plots import PANELS, plot, points
from bench.fleet.sampling import counts
from bench.fleet.shared_time import SharedTime
from bench.fleet.state_parts import state_parts
from tests.support.cloud import Cloud


def test_time_passes_when_all_wait_and_to_the_earliest_end(cloud: Cloud) -> None:
    time = SharedTime(cloud.world)
    begun = time.monotonic()

    def work(naps: tuple[float, ...]) -> list[int]:
        ends = []
        for seconds in naps:
            time.sleep(seconds)
            ends.append(round(time.monotonic() - begun))
        return ends

    # Two at a time: the third begins when the first is done.
    assert time.run(work, [(10, 20), (100,), (5,)], threads=2) == [[10, 30], [100], [35]]


def test_what_fails_does_not_keep_the_others_waiting(cloud: Cloud) -> None:
    time = SharedTime(cloud.world)

    def work(seconds: float) -> None:
        if not seconds:
            raise LookupError
        time.sleep(seconds)

    with pytest.raises(LookupError):
        time.run(work, [0.0, 50.0, 60.0], threads=2)


def pair(ratio: float, seconds: float = 3.0) -> dict[str, Any]:
    spread = {"median": ratio, "least": ratio - 0.1, "most": ratio + 0.1}
    return {
        "ratio": spread,
        "seconds": {"median": seconds},
        "floor_seconds": {"median": 1.0},
        "provider_mib": 120.0,
    }


def test_figures_are_held_against_the_goals() -> None:
    commands = ("first_preview", "up", "preview", "refresh", "destroy")
    small = {"servers": 100, **{name: pair(1.2) for name in commands}}
    large = {
        "servers": 1000,
        "state_bytes": 3_100_000,
        "calls": {"preview": 44, "refresh": 46},
        **{name: pair(1.4, seconds=25.0) for name in commands},
    }
    results = {
        "lives": [small],
        "ups": {"servers": 500, "up": pair(2.0)},
        "destroy_running": {"servers": 100, **pair(1.4)},
        "looks": large,
        "cold_start": pair(1.5),
        "first_running": {"servers": 100, "running": 50, **pair(1.6)},
        "many_stacks": {"servers": 3000, "stacks": 6, "ratio": 1.2, "migrated": 2999},
        "makespan": {"servers": 200, "quota": 50, "ratio": 1.02},
        "against_naive": {"servers": 100, "ratio": 0.2},
        "virtual_looks": [{"running": 51, "calls": [2]}, {"running": 50, "calls": [1, 2]}],
        "calls": {"polling_apart": 4.2},
    }
    missed = {figure.says for figure in figures(results) if not figure.is_met}
    assert missed == {
        "`up` of 500 servers ÷ floor",
        "first preview of 1000 servers ÷ floor",
        "no-change preview of 1000 servers ÷ floor",
        "refresh of 1000 servers ÷ floor",
        "API calls of a refresh of 1000 servers",
        "state bytes a server",
        "of 3,000 servers in 6 stacks not migrated",
        "until 50 of 100 run ÷ plain script",
        "100 servers up to finished ÷ naive provider, virtual time",
        "Describe calls a tick, 50 running",
    }
    assert [(grown.value, grown.is_met) for grown in growth(results)] == [(12.0, False)] * 4
    large["preview"] = pair(1.4, seconds=23.0)
    assert [grown.is_met for grown in growth(results)] == [False, False, True, False]
    del results["looks"]
    assert list(growth(results)) == []


def test_a_plot_has_every_size_at_which_a_command_was_measured(tmp_path: Path) -> None:
    def spreads(seconds: float) -> dict[str, Any]:
        spread = {"median": seconds, "least": seconds * 0.9, "most": seconds * 1.2}
        return {"seconds": spread, "floor_seconds": spread}

    results = {
        "lives": [{"servers": 10, "up": spreads(4), "destroy": spreads(3)}],
        "ups": {"servers": 500, "up": spreads(40)},
        "looks": {"servers": 1000, "up": spreads(100), "preview": spreads(9)},
    }
    sizes = {name: [n for n, _ in points(results, name, "seconds")] for name, _ in PANELS}
    assert sizes == {
        "first_preview": [],
        "up": [10, 500, 1000],
        "preview": [1000],
        "refresh": [],
        "destroy": [10],
    }
    images = [tmp_path / "one.png", tmp_path / "two.png"]
    for image in images:
        plot(results, image)
    assert images[0].read_bytes() == images[1].read_bytes()
    assert images[0].read_bytes().startswith(b"\x89PNG")
    del results["looks"]
    plot(results, images[1])
    assert images[0].read_bytes() != images[1].read_bytes()


def test_samples_count_for_the_innermost_code_that_is_known() -> None:
    folded = [
        "main (pulumi/runtime/stack.py:1);_find_and_load (<frozen importlib._bootstrap>:1) 3",
        "main (pulumi/x.py:1);make (providers/_base.py:2);send (/site-packages/requests/s.py:9) 2",
        "main (pulumi/x.py:1);make (providers/_base.py:2);join (posixpath.py:9) 5",
        "work (threading.py:1) 1",
        "torn (",
    ]
    assert dict(counts(folded)) == {
        "imports": 3,
        "HTTP": 2,
        "components, providers, smc": 5,
        "Python's library": 1,
    }


def test_a_state_is_told_by_what_its_bytes_are_of() -> None:
    job = {"type": "smc:ReplicationJob", "inputs": {"a": 1}, "stackTrace": [{}], "id": "j"}
    wave = {"type": "smc:WaveRun", "outputs": {"results": "x" * 500}}
    parts = state_parts([job, job, wave], servers=2)
    assert next(iter(parts)) == "WaveRun"
    assert parts["ReplicationJob: stack trace, by Pulumi's SDK"] == len('{"stackTrace":[{}]}')
    assert parts["ReplicationJob: inputs"] == len('{"inputs":{"a":1}}')


def test_the_engines_own_profile_is_told_by_purpose() -> None:
    told = """\
      flat  flat%   sum%        cum   cum%
         0     0%     0%      9.84s 73.49%  x/pkg/v3/backend.(*SnapshotManager).saveSnapshot
     1.49s 11.13%  0.37%      2.12s 15.83%  runtime.gcBgMarkWorker
     0.10s  1.00%  0.37%      0.12s  1.10%  runtime.gcBgMarkWorker.func2
     0.05s  0.37%  0.37%      0.17s  1.27%  crypto/pbkdf2.Key[go.shape.interface { BlockSize int }]
     0.04s  0.30%  0.37%      0.16s  1.19%  golang.org/x/crypto/pbkdf2.Key
"""
    assert shares(told.splitlines()) == {
        "saves the state": 0.735,
        "collects garbage": 0.158,
        "derives the key of secrets": 0.013,
    }
