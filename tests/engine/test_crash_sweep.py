"""A sample of the crash sweep; `make crash` kills at every call.

Each life crashes twice: in `up`, and, once that is recovered from, in `destroy`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.sweep import Point, Sweep
from tests.crash.victims import Victim
from tests.support.cloud import demo_world, running_cloud
from tests.support.trap import Moment

SAMPLE = [
    (Victim.CLI, "ram:CreateRole 1", "smc:DeleteReplicationJob 2"),
    (Victim.CLI, "ram:AttachPolicyToUser 1", "smc:DeleteSourceServer 2"),
    (Victim.CLI, "smc:CreateAccessToken 1", "ram:DetachPolicyFromUser 1"),
    (Victim.CLI, "smc:CreateReplicationJob 2", "ram:DeleteRole 1"),
    (Victim.CLI, "smc:StartReplicationJob 2", "ram:DeletePolicy 1"),
    (Victim.PROVIDER, "ecs:RunCommand 1", "smc:DescribeReplicationJobs 1"),
    (Victim.PROVIDER, "smc:DisableAccessToken 1", "smc:DeleteReplicationJob 1"),
    (Victim.PROVIDER, "smc:TagResources 2", "ecs:TagResources 1"),
    (Victim.PROVIDER, "smc:CreateReplicationJob 1", "smc:DeleteSourceServer 3"),
    (Victim.PROVIDER, "ecs:TagResources 1", "smc:ListAccessTokens 1"),
    (Victim.PROVIDER, "smc:TagResources 4", "ecs:DescribeInstances 1"),
]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sweep]:
    folder: Path = tmp_path_factory.mktemp("crash")
    with running_cloud(folder, demo_world()) as cloud:
        yield Sweep(folder, cloud)


@pytest.mark.parametrize(("victim", "in_up", "in_destroy"), SAMPLE)
def test_nothing_is_lost_doubled_or_left(
    sweep: Sweep, victim: Victim, in_up: str, in_destroy: str
) -> None:
    up = Point("up", victim, moment(in_up))
    destroy = Point("destroy", victim, moment(in_destroy))
    verdict = sweep.crash(up, destroy)
    assert verdict.violations() == []
    assert verdict.killed == 2


def moment(text: str) -> Moment:
    action, occurrence = text.split()
    return Moment(action, int(occurrence))
