"""docs/reference.md: up to date, and every key in it with what it is."""

import pytest

from tools.docs.api_parameters import api_parameters, exists, shown
from tools.docs.reference import TARGET, key_paths, reference_page


def test_the_page_that_is_checked_in_is_up_to_date() -> None:
    assert TARGET.read_text() == reference_page(), "run `python -m tools.docs reference`"


def test_every_key_is_in_the_table_of_api_parameters_and_nothing_else_is() -> None:
    told = {(model, key) for model, keys in api_parameters().items() for key in keys}
    assert told == set(key_paths().values())


def test_every_api_parameter_exists() -> None:
    references = {
        reference
        for keys in api_parameters().values()
        for given in keys.values()
        for reference in given
    }
    assert [each for each in sorted(references) if not exists(each)] == []


@pytest.mark.parametrize(
    "reference",
    ["smc:CreateDrill", "smc:CreateReplicationJob.Speed", "smc:CreateReplicationJob.Disks.LVM"],
)
def test_what_the_api_does_not_have_is_noticed(reference: str) -> None:
    assert not exists(reference)


def test_parameters_of_one_action_are_shown_together() -> None:
    given = [
        "smc:CreateReplicationJob.VSwitchId",
        "smc:CreateReplicationJob.ReplicationParameters:checksum",
        "smc:StopReplicationJob",
    ]
    assert shown(given) == (
        "CreateReplicationJob `VSwitchId`, `ReplicationParameters` → `checksum`; StopReplicationJob"
    )


def test_a_row_tells_values_default_unit_example_and_parameter() -> None:
    rows = reference_page().splitlines()
    assert (
        "| `validDays` | whole number, 7 to 90; days | `30` | How long SMC keeps the job startable."
        " | `30` | CreateReplicationJob `ValidTime` |"
    ) in rows
    (execution,) = [row for row in rows if row.startswith("| `execution` |")]
    assert "`drillOnly`: The drill runs; the migration does not." in execution
