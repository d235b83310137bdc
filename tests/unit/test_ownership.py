"""Names and marks by which later versions, too, have to find what a stack made."""

from datetime import UTC, datetime

import pytest

from smc import ownership
from smc.ownership import FINISHED_TAG, client_token, digest, finished_run

STACK = "organization/smc-migration/prod"


def test_names_never_change() -> None:
    """A command or a code that an earlier version made is found by them."""
    assert {
        "code": ownership.access_token_name(STACK),
        "import": ownership.command_name(STACK),
        "removal": ownership.removal_command_name(STACK),
        "drill": ownership.drill_command_name(STACK),
        "smoke test": ownership.smoke_test_command_name(STACK),
        "images": ownership.rehearsal_image_prefix(STACK),
        "image": ownership.rehearsal_image_name(STACK, "web-1"),
        "tags": ownership.stack_tags(STACK),
    } == {
        "code": "smc-migration-ab710c0289ba7a45",
        "import": "smc-migration-import-ab710c0289ba7a45",
        "removal": "smc-migration-removal-ab710c0289ba7a45",
        "drill": "smc-migration-drill-ab710c0289ba7a45",
        "smoke test": "smc-migration-smoke-test-ab710c0289ba7a45",
        "images": "smc-migration-rehearsal-ab710c0289ba7a45-",
        "image": "smc-migration-rehearsal-ab710c0289ba7a45-851de7a0",
        "tags": {"smc-migration-stack": STACK},
    }


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (ownership.access_token_name("a"), True),
        ("smc-migration-0123456789abcdef", True),
        ("smc-migration-0123456789abcdeg", False),
        ("smc-migration-0123456789ABCDEF", False),
        ("smc-migration-0123456789abcde", False),
        ("smc-migration-0123456789abcdef0", False),
        ("x-smc-migration-0123456789abcdef", False),
        (ownership.command_name("a"), False),
        ("", False),
    ],
)
def test_codes_of_this_program_are_told_from_others(name: str, ours: bool) -> None:
    assert ownership.is_access_token_name(name) is ours


def test_a_digest_depends_on_every_part_and_on_nothing_else() -> None:
    assert digest("a", 1, {"b": 1, "a": 2}) == "58998e464869754d92d5f52d3afc110b6e51a7be"
    assert digest("a", 1, {"a": 2, "b": 1}) == digest("a", 1, {"b": 1, "a": 2})
    assert digest("a", "b") != digest("ab")
    assert digest("a", 1) != digest(1, "a")
    moment = datetime(2026, 1, 31, 13, tzinfo=UTC)
    assert digest(moment) == digest("2026-01-31 13:00:00+00:00")


def test_client_tokens_are_short_ascii_and_depend_on_everything() -> None:
    token = client_token("org/p/dev", "web-1", 1, {"image": "a"})
    assert token == client_token("org/p/dev", "web-1", 1, {"image": "a"})
    assert token == f"smc-{digest('org/p/dev', 'web-1', 1, {'image': 'a'})}"
    assert len(token) <= 64
    assert token.isascii()
    others = {
        client_token("org/p/prod", "web-1", 1, {"image": "a"}),
        client_token("org/p/dev", "web-2", 1, {"image": "a"}),
        client_token("org/p/dev", "web-1", 2, {"image": "a"}),
        client_token("org/p/dev", "web-1", 1, {"image": "b"}),
    }
    assert token not in others
    assert len(others) == 4


@pytest.mark.parametrize(
    ("tags", "run"),
    [
        ({}, 0),
        ({FINISHED_TAG: "3"}, 3),
        ({FINISHED_TAG: "12"}, 12),
        ({FINISHED_TAG: "by hand"}, 0),
        ({FINISHED_TAG: "-1"}, 0),
        ({FINISHED_TAG: ""}, 0),
        ({"another": "3"}, 0),
    ],
)
def test_the_mark_of_a_finished_run(tags: dict[str, str], run: int) -> None:
    assert finished_run(tags) == run


def test_the_job_of_a_rehearsal_is_told_from_others() -> None:
    job = ownership.stack_tags(STACK) | ownership.REHEARSAL_JOB_TAGS
    assert ownership.is_rehearsal_job(STACK, job)
    assert ownership.is_rehearsal_job(STACK, job | {"team": "a"})
    assert not ownership.is_rehearsal_job("organization/smc-migration/dev", job)
    assert not ownership.is_rehearsal_job(STACK, ownership.stack_tags(STACK))
    assert not ownership.is_rehearsal_job(STACK, ownership.REHEARSAL_JOB_TAGS)


def test_what_a_stack_made_says_so() -> None:
    said = ownership.made_by(STACK, "Lets servers be moved.")
    assert said == f"Lets servers be moved. Made by smc-migration for {STACK}."
    assert ownership.is_made_by(STACK, said)
    assert not ownership.is_made_by("organization/smc-migration/dev", said)
    assert not ownership.is_made_by(STACK, "Lets servers be moved.")
    assert not ownership.is_made_by(STACK, f"{said} Changed.")
