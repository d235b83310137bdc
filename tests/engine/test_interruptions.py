"""Updates that are killed, cancelled, or run twice, on the real engine.

Every interruption is tied to an API call: what a test does then, the emulator waits for.
"""

import signal
from pathlib import Path

import psutil
import pytest

from tests.crash.interruption import interrupted
from tests.crash.victims import LONGEST_SECONDS, Processes, Victim
from tests.support.cloud import Cloud
from tests.support.project import Outcome, Project
from tests.support.trap import Moment, Trap

LONGER_THAN_ANY_TEST = 3600.0


@pytest.fixture
def trap(cloud: Cloud) -> Trap:
    """Time passes with calls only."""
    trap = Trap(cloud.world, seconds_a_call=120.0)
    cloud.server.gateway.ledger = trap
    return trap


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud) -> Project:
    return Project(tmp_path, cloud)


def assert_clean(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.text
    assert "Traceback" not in outcome.text


def finished(project: Project) -> dict[str, str]:
    return {name: each["status"] for name, each in project.output("results").items()}


def test_a_provider_whose_engine_was_killed_calls_nobody_any_more(
    project: Project, trap: Trap
) -> None:
    counts: list[dict[str, int]] = []

    def kill(processes: Processes) -> None:
        processes.strike(Victim.CLI)
        counts.append(trap.counts())

    killed, _ = interrupted(project, trap, Moment("smc:StartReplicationJob"), kill)
    assert killed.end_what_is_left(), "the provider stays without its engine"
    assert trap.counts() == counts[0], "the second job was started for nobody"
    assert_clean(project.pulumi("cancel", "--yes"))

    # This one is stopped where it is, and goes on when the next update is over.
    orphans: list[psutil.Process] = []

    def kill_and_freeze(processes: Processes) -> None:
        provider = processes.find_provider()
        assert provider is not None
        processes.strike(Victim.CLI)
        # Not before: the system ends stopped processes whose parents die.
        provider.suspend()
        orphans.append(provider)

    interrupted(project, trap, Moment("smc:StartReplicationJob"), kill_and_freeze)
    assert_clean(project.pulumi("cancel", "--yes"))
    assert_clean(project.up())
    before = trap.counts()
    (orphan,) = orphans
    orphan.resume()
    _, alive = psutil.wait_procs([orphan], LONGEST_SECONDS)
    assert alive == []
    assert trap.counts() == before

    assert finished(project) == {"web-1": "Finished", "app-1": "Finished"}
    assert (before["smc:CreateReplicationJob"], before["smc:StartReplicationJob"]) == (2, 2)
    assert_clean(project.preview("--expect-no-changes"))


def test_a_cancelled_update_ends_at_once_and_the_next_one_goes_on(
    project: Project, trap: Trap
) -> None:
    project.settings["defaults"] = {"execution": "createOnly"}
    assert_clean(project.up())
    project.settings["defaults"] = {"execution": "immediate"}
    quick = project.settings["polling"]
    # Whoever waits for the next look waits for longer than the test.
    project.settings["polling"] = dict.fromkeys(quick, LONGER_THAN_ANY_TEST)

    def press_ctrl_c(processes: Processes) -> None:
        assert processes.find_provider() is not None
        # Only the engine gets it: it starts its plugins in process groups of their own.
        processes.command.send_signal(signal.SIGINT)

    last_start = Moment("smc:StartReplicationJob", 2)
    processes, cancelled = interrupted(project, trap, last_start, press_ctrl_c)
    assert cancelled.code > 0
    assert "cancelled. SMC goes on with what was started" in cancelled.text
    assert "Traceback" not in cancelled.text
    assert processes.end_what_is_left()
    assert project.pending_operations() == []

    # While the next one goes on, another one is refused and changes nothing.
    project.settings["polling"] = quick
    others: list[Outcome] = []
    look = Moment("smc:DescribeReplicationJobs", 2)
    _, resumed = interrupted(project, trap, look, lambda _: others.append(project.up()))
    assert_clean(resumed)
    (other,) = others
    assert other.code > 0
    assert "currently locked" in other.text
    assert finished(project) == {"web-1": "Finished", "app-1": "Finished"}
    assert trap.counts()["smc:StartReplicationJob"] == 2
    assert_clean(project.preview("--expect-no-changes"))
