"""Scenario 13: 30 % of the calls are throttled, 10 % fail in the service, and 20 servers arrive."""

from collections import Counter
from collections.abc import Callable

from tests.support.engine_model import Stack
from tests.support.faults import arm, outcomes
from tests.support.residue import Baseline


def test_twenty_servers_arrive_all_the_same(
    fleet: Stack, record_property: Callable[[str, object], None]
) -> None:
    before = Baseline.of(fleet.cloud.world)
    arm(fleet.cloud, "throttle", share=0.3)
    arm(fleet.cloud, "error", code="InternalError", status=500, share=0.1)
    fleet.up()
    assert (fleet.failures, set(fleet.results.values())) == ({}, {"Finished"})
    assert fleet.preview() == []
    fleet.destroy()
    assert before.left(fleet.cloud.world) == set()

    ended = Counter(outcomes(fleet.cloud))
    failed = ended["Throttling.User"] + ended["InternalError"]
    assert ended.total() == ended["OK"] + failed
    assert 0.3 < failed / ended.total() < 0.45
    # Waits for jobs are 16 seconds and longer; the rest are delays before another try.
    delays = sorted(seconds for seconds in fleet.time.sleeps if seconds < 16)
    figures = f"{ended.total()} calls, of which {failed} failed and were repeated"
    record_property("figures", f"{figures}; median delay {delays[len(delays) // 2]:.2f} s")
    # Full jitter: no two threads come back together, and delays begin at nothing.
    assert len({round(seconds, 6) for seconds in delays}) > 0.9 * len(delays)
    assert delays[0] < 0.05


def test_every_doubled_call_is_one_object(fleet: Stack) -> None:
    """What was carried out and not answered is done once."""
    arm(fleet.cloud, "lost", share=0.2)
    arm(fleet.cloud, "truncated", share=0.1)
    before = Baseline.of(fleet.cloud.world)
    fleet.up()
    assert (fleet.failures, set(fleet.results.values())) == ({}, {"Finished"})
    made = Counter(kind for kind, _ in before.left(fleet.cloud.world))
    assert made == {"SourceServer": 20, "ReplicationJob": 20}
    fleet.destroy()
    assert before.left(fleet.cloud.world) == set()
