"""Every action: refused as documented, answered as documented, and covered as the table says."""

import pytest

from emulator.coverage import recorded, table
from emulator.service import ACTIONS
from emulator.services import load_services
from tests.emulator.conformance.__main__ import TABLE
from tests.emulator.conformance.examination import examine

AGAIN = "run `python -m tests.emulator.conformance --write`, and look at what it changed"

load_services()


@pytest.mark.parametrize(("service", "action"), sorted(ACTIONS))
def test_action(service: str, action: str) -> None:
    found = examine(service, action)
    assert not found.failures, "\n".join(found.failures)
    assert found.good_calls
    claimed = recorded(service).get(action, {})
    assert found.coverage() == claimed, f"{service}:{action} does something else now: {AGAIN}"


def test_no_coverage_is_claimed_for_what_is_not_there() -> None:
    for service in {service for service, _ in ACTIONS}:
        gone = recorded(service).keys() - {name for owner, name in ACTIONS if owner == service}
        assert not gone, f"{service}: {gone}: {AGAIN}"


def test_the_table_is_made_from_code() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), AGAIN
