"""The guardrail on cost: the budget that a preview keeps, against what may be spent."""

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
        if resource.resource_type != MIGRATION:
            continue
        # The preview itself fails if its estimate is above this.
        budget = resource.props.get("budget")
        if not budget:
            yield "it has no budget, so a preview of any cost passes.", resource
        elif currency and budget["currency"] != currency:
            yield f"its budget is in {budget['currency']}; {currency} is what is allowed.", resource
        elif budget["most"] > most:
            spent = f"{budget['most']:,.2f} {budget['currency']}"
            yield f"its budget is {spent}, more than {most:,.2f}.", resource


COST_GUARDRAILS = [
    of_stack(
        "budget",
        _too_expensive,
        says="A migration has a budget, and that is no more than is allowed.",
        level=MANDATORY,
        severity=Severity.HIGH,
        remedy="Set prices, and budget to no more than that.",
        settings={
            "most": {
                "type": "number",
                "minimum": 0,
                "description": "The largest budget; without it nothing is checked.",
            },
            "currency": {
                "type": "string",
                "description": "Such as CNY; the prices have to be in it.",
            },
        },
    )
]
