"""`python -m cli sweep` and `certificate`: what a migration left in the destination account."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from smc.accounts import verify_account
from smc.certificate import Certificate, Kind, Leftover
from smc.clients import Clients
from smc.handlers.context import Context
from smc.handlers.leftovers import Scope, look, remove
from smc.settings import Settings
from smc.settings.prices import Prices

MINUTE_SECONDS = 60
HOURS_A_MONTH = 730

MEANING = (
    "Repeats what the APIs answered at this time, for these regions; says nothing of other regions"
    " and later, nor of what carries neither our tags and names nor SMC's."
)


def full_stack_name(project: Path, stack: str, organization: str) -> str:
    """The name by which objects of a stack are marked: `organization/project/stack`."""
    name = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    return f"{organization}/{name}/{stack}"


@dataclass(frozen=True, slots=True)
class Sweep:
    """Looks for leftovers of a stack's account and removes them.

    Args:
        settings: of the stack.
        stack: its full name.
        gone: full names of stacks that are gone.
        regions: regions to look at besides those of the stack's targets.
    """

    settings: Settings
    stack: str
    gone: Sequence[str] = ()
    regions: Sequence[str] = ()

    def look(self, released: Sequence[Leftover] = ()) -> Certificate:
        """What is there now that no live job explains.

        Raises:
            WrongAccountError: the credentials are of another account.
        """
        return look(self._clients(), self._scope(), released)

    def remove(self, doomed: Sequence[Leftover], context: Context) -> Certificate:
        """Remove leftovers; returns what is there afterwards.

        It is looked at once more before: while somebody made up his mind, a job may have begun to
        use it.
        """
        still = {each.id for each in self.look().left}
        doomed = [each for each in doomed if each.id in still]
        polling = self.settings.polling
        pace = polling.pace(polling.cleanup_minutes * MINUTE_SECONDS)
        remove(self._clients(), doomed, pace, context)
        return self.look(doomed)

    def _clients(self) -> Clients:
        clients = Clients(self.settings.connection(self.settings.destination))
        verify_account(clients, "destination")
        return clients

    def _scope(self) -> Scope:
        default = self.settings.destination.region
        targets = [server.target for server in self.settings.servers.values()]
        return Scope(
            stack=self.stack,
            regions=sorted(
                {default, *self.regions, *(target.region or default for target in targets)}
            ),
            targets=[target.instance for target in targets if target.instance],
            gone=self.gone,
            import_seconds=self.settings.polling.import_minutes * MINUTE_SECONDS,
        )


def cost(leftover: Leftover, prices: Prices | None) -> float | None:
    """What it has cost so far, in the settings' currency; None if that is not known."""
    if prices is None or leftover.hours is None or not leftover.is_billed:
        return None
    if leftover.kind is Kind.SMOKE_TEST_INSTANCE:
        # The settings have no price for its type.
        return None
    if leftover.kind in {Kind.IMAGE, Kind.SNAPSHOT}:
        if prices.snapshot_gib_month is None:
            return None
        return leftover.hours / HOURS_A_MONTH * leftover.disk_gib * prices.snapshot_gib_month
    hourly = leftover.disk_gib * prices.disk_gib_hour
    if leftover.kind is Kind.TRANSITION_INSTANCE:
        hourly += prices.transition_instance_hour
    return leftover.hours * hourly


def members(certificate: Certificate, settings: Settings) -> dict[str, Any]:
    """The certificate in JSON, with costs where there are prices."""
    prices = settings.prices
    costs = {each.id: cost(each, prices) for each in (*certificate.released, *certificate.left)}
    known = {id_: round(value, 4) for id_, value in costs.items() if value is not None}
    return {
        **certificate.members(),
        "cost": {"currency": prices.currency, "by_id": known} if prices else None,
        "meaning": MEANING,
    }


def lines(certificate: Certificate, settings: Settings) -> Iterator[str]:
    """What is left, for people, one a line."""
    if certificate.is_clean:
        yield "Nothing is left that no live job explains."
    for each in certificate.left:
        since = "since when is not known" if each.hours is None else f"{each.hours:.1f} hours"
        place = f" in {each.region}" if each.region else ""
        price = _price(each, settings.prices)
        yield f"{each.kind} {each.id}{place}: {since}, {price}; {_may(each)}"


def _may(leftover: Leftover) -> str:
    """Whether it is removed, and why."""
    acknowledge = f"look at it, then --acknowledge {leftover.id}"
    if leftover.caution:
        return f"not removed unasked: {leftover.caution}; {acknowledge}"
    if not leftover.proof:
        return f"not proven: only its name; {acknowledge}"
    return f"removable: {leftover.proof}"


def _price(leftover: Leftover, prices: Prices | None) -> str:
    price = cost(leftover, prices)
    if price is not None and prices is not None:
        return f"{price:.2f} {prices.currency} so far"
    return "billed (no prices in the settings)" if leftover.is_billed else "not billed"
