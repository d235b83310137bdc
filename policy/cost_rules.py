"""The guardrail on cost: what a preview estimates, against what may be spent."""

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, Severity

from policy.guardrail import MANDATORY, Config, of_stack
from policy.kinds import MIGRATION


def _too_expensive(
    resources: Sequence[PolicyResource], config: Config
) -> Iterator[tuple[str, PolicyResource]]:
    most, currency = config.get("most"), config.get("currency")
    if most is None:
        return
    for resource in resources:
        # Only a preview estimates, and only where there is something to migrate.
        total = resource.props.get("estimate") if resource.resource_type == MIGRATION else None
        if not total:
            continue
        cost = total.get("cost")
        if cost is None:
            yield "what it costs cannot be told, for no prices are configured.", resource
        elif currency and total["currency"] != currency:
            yield f"the estimate is in {total['currency']}, the budget in {currency}.", resource
        elif cost["once"] > most:
            spent = f"{cost['once']:,.2f} {total['currency']}"
            yield f"the estimate is {spent}, more than {most:,.2f}.", resource


COST_GUARDRAILS = [
    of_stack(
        "budget",
        _too_expensive,
        says="A migration costs no more than is allowed.",
        level=MANDATORY,
        severity=Severity.HIGH,
        remedy="Move fewer servers at a time, raise the budget, or set prices.",
        settings={
            "most": {
                "type": "number",
                "minimum": 0,
                "description": "What may be spent; without it nothing is checked.",
            },
            "currency": {
                "type": "string",
                "description": "Currency of the budget, such as CNY; that of prices has to be it.",
            },
        },
    )
]
