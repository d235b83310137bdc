"""What is billed by the hour, for how long so far, at what price, and why it is there.

Prices are the world file's. Where it has none, a cost is null: none is made up. Hours are virtual
and begin when a thing is created. An instance that is stopped in economical mode is not billed; its
disks and their snapshots are. An image made of snapshots is billed through these.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.world import World, iso_seconds, row

CURRENCY = "prices.currency"
SECONDS_PER_HOUR = 3600.0

Billed = Instance | Disk | Snapshot | Image


@row("ecs_bill", key="key", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """One billed thing.

    `kind` is instance, public_ip, disk, snapshot or image. The price is that of one `price_name`
    an hour, times `quantity`: GiB of storage, else 1. `origin` says who made it; `released` is
    None while it is there.
    """

    key: str
    kind: str
    resource_id: str
    account_id: str
    region: str
    name: str
    price_name: str
    quantity: float
    origin: str
    created: datetime
    released: datetime | None
    hours: float


def bills(world: World) -> list[Bill]:
    """Everything that is or was billed, oldest first."""
    there = [bill for table in (Instance, Disk, Snapshot, Image) for bill in _live(world, table)]
    return sorted([*world.table(Bill), *there], key=lambda bill: bill.created)


def close_bill(world: World, thing: Billed) -> None:
    """Write down what a thing has cost; called just before it is released."""
    for bill in _bills_of(world, thing, released=world.now):
        world.table(Bill).put(bill)


def report(world: World) -> dict[str, Any]:
    """The bills with their costs, and the total: null as soon as one price is missing."""
    items = []
    for bill in bills(world):
        price = world.setting(f"prices.{bill.price_name}", "")
        cost = float(price) * bill.quantity * bill.hours if price != "" else None
        shown = asdict(bill) | {
            "created": iso_seconds(bill.created),
            "released": iso_seconds(bill.released) if bill.released else None,
            "hours": round(bill.hours, 4),
            "cost": None if cost is None else round(cost, 4),
        }
        shown.pop("key")
        items.append(shown)
    costs = [item["cost"] for item in items]
    return {
        "now": iso_seconds(world.now),
        "currency": world.setting(CURRENCY, "") or None,
        "cost": None if None in costs else round(sum(costs), 4),
        "items": items,
    }


def _live(world: World, table: type[Billed]) -> list[Bill]:
    return [bill for thing in world.table(table) for bill in _bills_of(world, thing)]


def _bills_of(world: World, thing: Billed, released: datetime | None = None) -> list[Bill]:
    if isinstance(thing, Image) and (not thing.account_id or thing.snapshot_ids):
        return []
    hours = (world.now - thing.created).total_seconds() / SECONDS_PER_HOUR
    if isinstance(thing, Instance):
        return _bills_of_instance(world, thing, hours, released)
    if isinstance(thing, Disk):
        return [
            _bill(thing, thing.disk_id, f"disk/{thing.category}", thing.size_gib, hours, released)
        ]
    if isinstance(thing, Snapshot):
        return [_bill(thing, thing.snapshot_id, "snapshot", thing.used_gib, hours, released)]
    return [_bill(thing, thing.image_id, "image", sum(thing.disk_sizes_gib), hours, released)]


def _bills_of_instance(
    world: World, instance: Instance, hours: float, released: datetime | None
) -> list[Bill]:
    unbilled = instance.unbilled_seconds
    if instance.unbilled_since:
        unbilled += (world.now - instance.unbilled_since).total_seconds()
    hours -= unbilled / SECONDS_PER_HOUR
    price_name = f"instance/{instance.instance_type}"
    names = [price_name, *("public_ip" for _ in instance.public_ips)]
    return [_bill(instance, instance.instance_id, name, 1, hours, released) for name in names]


def _bill(
    thing: Billed,
    resource_id: str,
    price_name: str,
    quantity: float,
    hours: float,
    released: datetime | None,
) -> Bill:
    kind = price_name.split("/", maxsplit=1)[0]
    return Bill(
        key=f"{kind}/{resource_id}",
        kind=kind,
        resource_id=resource_id,
        account_id=thing.account_id,
        region=thing.region,
        name=thing.name,
        price_name=price_name,
        quantity=quantity,
        origin=thing.origin,
        created=thing.created,
        released=released,
        hours=hours,
    )
