"""The table of scenarios: none is missing, every test that it names exists, the page has it."""

import pytest

from bench.blocks import replaced
from tests.scenarios.table import PAGE, PART, Scenario, exists, part, results, scenarios

NUMBERS = range(1, 27)


def test_every_scenario_has_a_row() -> None:
    assert [each["number"] for each in scenarios()] == list(NUMBERS)


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda each: str(each["number"]))
def test_every_test_that_is_named_exists(scenario: Scenario) -> None:
    assert set(scenario) == {"number", "scenario", "expected", "tests"}
    assert scenario["tests"]
    assert [test for test in scenario["tests"] if not exists(test)] == []


@pytest.mark.parametrize(
    "test", ["tests/nowhere.py", "tests/engine/test_drift.py::test_nothing", "tests/engine/x::y"]
)
def test_one_that_does_not_exist_is_noticed(test: str) -> None:
    assert not exists(test)


def test_the_page_has_the_table_and_the_figures_of_the_last_run() -> None:
    page = PAGE.read_text()
    made = part(scenarios(), results())
    assert replaced(page, PART, made) == page, "run `python -m tests.scenarios table`"


def test_the_figures_are_of_the_tests_that_are_named() -> None:
    measured = results()["scenarios"]
    if measured:
        assert set(measured) == {str(number) for number in NUMBERS}
        assert [number for number, row in measured.items() if not row["tests"]] == []
