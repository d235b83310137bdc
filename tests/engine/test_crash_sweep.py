"""A sample of the crash sweep, 20 kills in 5 lives; `make crash` kills at every call.

Here an `up` and a `destroy` crash twice before they succeed: the second time while they recover.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.sweep import Point, Sweep
from tests.crash.victims import Victim
from tests.support.cloud import demo_world, running_cloud
from tests.support.trap import Moment

LIVES = [
    (
        "up cli ram:CreateRole 1",
        "up provider smc:CreateAccessToken 1",
        "destroy cli smc:DeleteReplicationJob 2",
        "destroy provider smc:DeleteSourceServer 1",
    ),
    (
        "up cli ram:AttachPolicyToUser 1",
        "up provider ecs:RunCommand 1",
        "destroy provider ecs:TagResources 1",
        "destroy cli ram:DetachPolicyFromUser 1",
    ),
    (
        "up cli smc:DisableAccessToken 1",
        "up provider smc:CreateReplicationJob 1",
        "destroy cli smc:DeleteSourceServer 2",
        "destroy provider smc:ListAccessTokens 1",
    ),
    (
        "up provider smc:TagResources 2",
        "up cli smc:StartReplicationJob 2",
        "destroy provider smc:DeleteReplicationJob 1",
        "destroy cli ram:DeletePolicy 1",
    ),
    (
        "up cli smc:CreateReplicationJob 2",
        "up provider ecs:TagResources 1",
        "destroy provider smc:DescribeReplicationJobs 1",
        "destroy cli ram:DeleteRole 1",
    ),
]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    folder: Path = tmp_path_factory.mktemp("crash")
    with running_cloud(folder, demo_world()) as cloud:
        yield Sweep(folder, cloud)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life[0])
def test_nothing_is_lost_doubled_or_left(sweep: Sweep, life: tuple[str, ...]) -> None:
    verdict = sweep.crash(*(point(text) for text in life))
    assert verdict.violations() == []
    assert verdict.killed == len(life)


def point(text: str) -> Point:
    command, victim, action, occurrence = text.split()
    assert command in {"up", "destroy"}
    return Point(
        "up" if command == "up" else "destroy", Victim(victim), Moment(action, int(occurrence))
    )
