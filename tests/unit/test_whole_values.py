"""Large values are combined as they are: Pulumi makes no output of their parts."""

import asyncio
from typing import Any

import pulumi
import pytest

from components.whole_values import Whole, combined, merged

RESULTS = {f"node-{n}": {"status": "Finished", "runs": [{"n": n}]} for n in range(300)}


def test_mappings_become_one_and_values_stay_the_same_objects() -> None:
    async def test() -> None:
        parts = [pulumi.Output.from_input({"a": 1}), none(), whole(RESULTS)]
        found = await merged(parts).future()
        assert found == {"a": 1, **RESULTS}
        assert found["node-7"] is RESULTS["node-7"]

    asyncio.run(test())


def test_the_number_of_outputs_does_not_grow_with_the_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = 0
    track = pulumi.Output._track

    def counted(self: pulumi.Output[Any]) -> None:
        nonlocal made
        made += 1
        track(self)

    monkeypatch.setattr(pulumi.Output, "_track", counted)

    async def test(values: dict[str, Any]) -> int:
        nonlocal made
        parts = [whole(values), whole({})]
        made = 0
        await combined(parts, len).future()
        return made

    assert asyncio.run(test(RESULTS)) == asyncio.run(test({})) < 20

    async def taken_apart() -> None:
        nonlocal made
        parts = [whole(RESULTS), whole({})]
        made = 0
        await pulumi.Output.all(*parts).future()

    asyncio.run(taken_apart())
    assert made > len(RESULTS), "Output.all looks inside: without that, whole values have no use"


def test_what_is_unknown_stays_so() -> None:
    async def test() -> None:
        known = asyncio.get_running_loop().create_future()
        known.set_result(False)
        unknown: pulumi.Output[Any] = pulumi.Output(set(), value(None), known)
        assert not await combined([whole(RESULTS), unknown], len).is_known()

    asyncio.run(test())


def whole(values: Any) -> pulumi.Output[Any]:
    """An output with a value that nobody looked into."""
    return pulumi.Output.from_input(Whole(values)).apply(lambda whole: whole.value)


def none() -> pulumi.Output[Any]:
    return pulumi.Output.from_input(None)


async def value(of: Any) -> Any:
    return of
