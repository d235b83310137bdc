"""Estimates of a fleet: figures worked out by hand, money only from prices."""

from typing import Any

from smc.estimate.cost import Cost
from smc.estimate.duration import GIB, Speed, estimated_seconds
from smc.estimate.expected import expected_speed
from smc.estimate.fleet import Estimate, LeftOut, Subject, estimate
from smc.estimate.move import Move
from smc.estimate.schedule import Turn
from smc.estimate.text import lines, row_line
from smc.settings.job import Network
from smc.settings.prices import Prices

PRICES = Prices(
    currency="CNY",
    transition_instance_hour=0.5,
    disk_gib_hour=0.001,
    snapshot_gib_month=0.12,
    public_traffic_gib=0.8,
)
SPEED = Speed(100, "documented")


MOVE: dict[str, Any] = {
    "volume_bytes": 10 * GIB,
    "volume_of": "files",
    "disks_gib": 40,
    "mbit_per_second": 100,
}


def subject(name: str, *, move: dict[str, Any] | None = None, **values: Any) -> Subject:
    moved = Move(**MOVE | (move or {}))
    return Subject(server=name, wave="all", verdict="create", move=moved, speed=SPEED, **values)


def of(*subjects: Subject, prices: Prices | None = PRICES, quota: int = 50) -> Estimate:
    return estimate(
        subjects, {"db-1": LeftOut("nothing", "it is paused")}, {"all": Turn()}, quota, prices
    )


def test_the_example_of_the_documentation() -> None:
    # 10 GB at 10 Mbit/s: 8192 s for the transfer, 341 s for the image.
    assert round(estimated_seconds(10 * GIB, 10)) == 8192 + 341


def test_the_speed_is_what_the_settings_let_expect() -> None:
    assert expected_speed(Network()) == SPEED
    assert expected_speed(Network(bandwidth_limit=0)) == SPEED
    assert expected_speed(Network(bandwidth_limit=20)) == Speed(20, "bandwidthLimit")
    # Whatever its unit is, more than a transition instance receives is no limit.
    assert expected_speed(Network(bandwidth_limit=10_000)) == SPEED
    both = Network(bandwidth_limit=20, expected_mbit_per_second=500)
    assert expected_speed(both) == Speed(500, "expectedMbitPerSecond")


def test_cost_is_worked_out_from_the_prices() -> None:
    made = of(subject("web-1", measured_seconds=7200))
    # 2 h · 0.5, 2 h · 40 GiB · 0.001, 10 GiB · 0.8, and 10 GiB · 0.12 a month.
    assert made.cost == Cost(1.0, 0.08, 8.0, 1.2)
    assert made.seconds == 7200
    assert made.members()["total"] == {
        "seconds": 7200,
        "running_quota": 50,
        "currency": "CNY",
        "cost": {
            "transition_instance": 1.0,
            "disks": 0.08,
            "traffic": 8.0,
            "images_month": 1.2,
            "once": 9.08,
        },
    }


def test_what_is_not_there_costs_nothing() -> None:
    private = of(subject("web-1", move={"public": False}, measured_seconds=3600)).cost
    assert private == Cost(0.5, 0.04, 0.0, 1.2)
    # The target does the work of a transition instance, and there is no image.
    assert of(subject("files-1", move={"target": "instance", "public": False})).cost == Cost()
    kept = of(subject("web-1", move={"images": 3, "public": False}, measured_seconds=0)).members()[
        "total"
    ]
    assert kept["cost"] == {
        "transition_instance": 0.0,
        "disks": 0.0,
        "traffic": 0.0,
        "images_month": 3.6,
        "once": 0.0,
    }


def test_a_rehearsal_comes_before_and_costs_once_more() -> None:
    both = of(subject("web-1", rehearsed=True, measured_seconds=3600), subject("web-2"))
    assert both.seconds == 7200
    rehearsed = next(each for each in both.servers if each.subject.server == "web-1")
    assert rehearsed.cost == Cost(1.0, 0.08, 16.0, 1.2)
    alone = of(subject("web-1", rehearsed=True, migrated=False, measured_seconds=3600))
    assert (alone.seconds, alone.cost) == (3600, Cost(0.5, 0.04, 8.0, 0.0))


def test_what_has_begun_needs_only_the_rest() -> None:
    assert of(subject("web-1", done_percent=75, measured_seconds=4000)).seconds == 1000


def test_without_prices_nothing_is_told_in_money() -> None:
    made = of(subject("web-1"), prices=None)
    text = "\n".join(lines(made))
    assert "no prices are configured" in text
    assert "CNY" not in text
    assert not any(line.endswith("cost") for line in text.splitlines())
    assert made.members()["servers"]["web-1"]["cost"] is None
    assert made.members()["total"]["cost"] is None


def test_a_price_that_is_missing_is_told() -> None:
    some = Prices(currency="JPY", transition_instance_hour=10, disk_gib_hour=0.1)
    made = of(subject("web-1"), prices=some)
    text = "\n".join(lines(made))
    assert "public traffic is not in the cost: prices.publicTrafficGib is missing" in text
    assert "images are not in the cost: prices.snapshotGibMonth is missing" in text
    cost = made.members()["total"]["cost"]
    assert (cost["traffic"], cost["images_month"]) == (None, None)


IN_WORDS = """\
estimate, nothing measured: 2 servers in about 97 min, at most 1 at a time; 40.92 CNY, then 6.00 a \
month for images
  server  wave  verdict  to move          at          takes   begins     ends       cost
  app-1   all   create   40 GiB of disks  100 Mbit/s  77 min  at once    in 77 min  32.75 CNY
  web-1   all   create   10 GiB of files  100 Mbit/s  19 min  in 77 min  in 97 min  8.17 CNY
  db-1: nothing to move: it is paused
  100 Mbit/s is what SMC documents for a transition instance
  `disks` are whole ones: how much of them is used, a drill tells
  public traffic is counted uncompressed, so it is at most that"""


def test_an_estimate_in_words() -> None:
    whole = {"volume_bytes": 40 * GIB, "volume_of": "disks", "disks_gib": 80}
    made = of(subject("web-1"), subject("app-1", move=whole), quota=1)
    assert "\n".join(lines(made)) == IN_WORDS
    assert "  and 1 more: `python -m cli estimate`" in list(lines(made, longest=1))
    assert row_line(made.servers[0], "CNY") == (
        "app-1: create and start: 40 GiB of disks in about 77 min at 100 Mbit/s, 32.75 CNY,"
        " then 4.80 a month for images (estimate)"
    )
