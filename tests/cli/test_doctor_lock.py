"""What the doctor makes of a lock, whoever tells of it; tests/engine has real ones."""

import subprocess

import pytest

from cli.backend import Backend, without_passwords
from cli.doctor_lock import examine_lock
from cli.finding import Finding, State

BUCKET = "s3://bucket?region=cn-hangzhou"
LOCKED = (
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to"
    " end or delete the lock file with `pulumi cancel`.\n"
    "  s3://bucket/.pulumi/locks/organization/smc-migration/prod/one.json?region=cn-hangzhou:"
    " created by CORP\\anna maria@ci-1 (pid 1) at 2026-01-01T03:30:00+09:00\n"
)


def lock(url: str, said: str) -> tuple[Finding, list[tuple[str, ...]]]:
    """The finding, where Pulumi says this, and what it was asked."""
    asked: list[tuple[str, ...]] = []

    def pulumi(*arguments: str) -> "subprocess.CompletedProcess[str]":
        asked.append(arguments)
        return subprocess.CompletedProcess(arguments, 1, said)

    backend = Backend(pulumi, "prod", "organization/smc-migration/prod", "pulumi")
    return examine_lock(backend, url), asked


def test_a_lock_that_pulumi_tells_of() -> None:
    found, asked = lock(BUCKET, LOCKED)
    assert asked == [("stack", "rename", "prod", "--stack", "prod")]
    assert found.state is State.UNKNOWN
    assert found.says == (
        "held by CORP\\anna maria@ci-1, process 1, since 2025-12-31T18:30:00 UTC; whether that"
        " still runs cannot be seen from here."
    )
    assert found.mend == "pulumi cancel --yes --stack prod"


@pytest.mark.parametrize("url", [BUCKET, "postgres://db/state", "gs://bucket", "azblob://bucket"])
def test_a_stack_that_keeps_its_name_has_no_lock(url: str) -> None:
    found, _ = lock(url, "error: a stack named prod already exists\n")
    assert found == Finding("lock", State.OK, "none")


def test_an_answer_that_says_nothing_of_a_lock() -> None:
    said = "error: unable to open bucket postgres://anna:sesame@db/state: connection refused\n"
    found, _ = lock("postgres://anna:sesame@db/state", said)
    assert found.state is State.UNKNOWN
    assert found.says.endswith("postgres://anna:****@db/state: connection refused")


def test_pulumi_cloud_is_not_asked() -> None:
    found, asked = lock("https://app.pulumi.com/anna", LOCKED)
    assert found.state is State.UNKNOWN
    assert asked == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("(postgres://anna:se%2Fs:a@me@db:5432/state)", "(postgres://anna:****@db:5432/state)"),
        ("postgres://anna@db/state?password=sesame&x=1", "postgres://anna@db/state?password=****&x=1"),
        ("s3://b?endpoint=http://127.0.0.1:9000&region=a", "s3://b?endpoint=http://127.0.0.1:9000&region=a"),
        ("file:///home/anna@work/state", "file:///home/anna@work/state"),
    ],
)  # fmt: skip
def test_passwords_are_left_out(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
