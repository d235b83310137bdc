"""Scenario 16: the role was made a moment ago, and STS does not know it yet."""

import pytest

from emulator.identity.access import ATTACHMENT_DELAY
from emulator.ram.roles import ROLE_DELAY
from emulator.world import Setting
from smc.handlers.context import ROLE_VISIBLE_WITHIN_SECONDS
from tests.support.cloud import Cloud, VirtualTime
from tests.support.engine_model import Stack, UpdateError
from tests.support.faults import outcomes
from tests.support.migration import grant_access

IMAGE = {"web-1": {"select": {"name": "web-1"}, "target": {"image": "web-1-image"}}}


def granted(cloud: Cloud, **delays: float) -> None:
    """Grant access that takes so many seconds until it has effect."""
    with cloud.world.transaction():
        for name, seconds in delays.items():
            cloud.world.table(Setting).put(Setting(name=name, value=seconds))
    grant_access(cloud)


@pytest.mark.parametrize(
    ("setting", "code"), [(ROLE_DELAY, "EntityNotExist.Role"), (ATTACHMENT_DELAY, "NoPermission")]
)
def test_what_becomes_visible_in_time_is_waited_for(
    cloud: Cloud, clock: VirtualTime, setting: str, code: str
) -> None:
    granted(cloud, **{setting: 40.0})
    stack = Stack(cloud, clock, IMAGE)
    stack.up()
    assert stack.failures == {}
    refusals = outcomes(cloud).count(code)
    # Delays are random; one try a second would be 40.
    assert 1 <= refusals <= 20


def test_what_does_not_is_told_in_a_minute(cloud: Cloud, clock: VirtualTime) -> None:
    granted(cloud, **{ROLE_DELAY: 3600.0})
    stack = Stack(cloud, clock, IMAGE)
    with pytest.raises(UpdateError) as raised:
        stack.up()
    said = str(raised.value)
    assert "cannot assume acs:ram::1000000000000001:role/ram-role-smc" in said
    assert "Fix: " in said
    assert clock.slept <= ROLE_VISIBLE_WITHIN_SECONDS
    cloud.world.clock.advance(3600)
    stack.up()
    assert stack.results == {"web-1": "Finished"}
