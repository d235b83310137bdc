"""Whatever happens in whatever order, it can be put right: the invariant of the whole design.

After any mix of updates, kills, cancels, faults, expiry, drift and changed settings, what the
documentation says (refresh, up, and raise `run` where a failure says so) ends with one source
server and at most one unfinished job a server, an empty preview, and a destroy that leaves nothing
of ours and touches nothing else.

With THOROUGH set there are many more walks, others each time. One that fails is shown step by step.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emulator.ecs.tables import Instance
from emulator.http.faults import Faults
from emulator.http.incidents import ClientOffline, ClientOnline, JobFailure, SessionExpiry
from emulator.service import ApiError
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world.snapshot import Snapshot, restore_snapshot, take_snapshot
from smc.api import access_tokens
from tests.scenarios.conftest import image_targets
from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud
from tests.support.engine_model import Stack, UpdateError
from tests.support.faults import arm, disarm, happen
from tests.support.migration import grant_access
from tests.support.provider_process import Death, Killed
from tests.support.residue import Baseline, key_of
from tests.support.smc_calls import DAY, Smc
from tests.support.thorough import THOROUGH

SERVERS = ("web-1", "web-2", "app-1", "files-1")
FOREIGN = "i-source0db1"
UNFINISHED = {"Ready", "Running", "Stopped", "InError", "Waiting"}
HANDS_OFF = {"Stop": {"Running"}, "Start": {"Ready", "Stopped", "InError"}}
WALKS, STEPS = (400, 60) if THOROUGH else (24, 30)

CALLS = st.integers(min_value=1, max_value=160)
SLEEPS = st.integers(min_value=1, max_value=40)
SERVER = st.sampled_from(SERVERS)
FAULTS = st.sampled_from(["throttle", "error", "reset", "lost", "truncated", "stale"])


class Prepared:
    """A world with access granted and somebody else's migration in it, to begin walks from."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        grant_access(cloud)
        smc = Smc(cloud)
        job = smc.create(smc.source(FOREIGN), name="somebody-elses", image_name="their-image")
        smc.start(job)
        cloud.world.clock.advance(300)
        smc.stop(job)
        access_tokens.create_access_token(cloud.clients("destination"), "their-code", 1, 90)
        self.snapshot: Snapshot = take_snapshot(cloud.world)
        self.steps = self.commands = 0


class Life(RuleBasedStateMachine):
    """A stack, its user, its cloud, and bad luck."""

    prepared: Prepared

    def __init__(self) -> None:
        super().__init__()
        self.cloud = self.prepared.cloud
        # Which calls a fault hits follows from how many there were before.
        self.cloud.server.gateway.faults = Faults(self.cloud.world)
        restore_snapshot(self.cloud.world, self.prepared.snapshot)
        self.before = Baseline.of(self.cloud.world)
        self.smc = Smc(self.cloud)
        # A longer pace takes fewer looks, and as many steps of the walk in a minute more.
        self.stack = Stack(
            self.cloud,
            VirtualTime(self.cloud.world),
            image_targets("web-1", "web-2"),
            {"polling": {"firstSeconds": 60, "longestSeconds": 300}},
        )

    @rule()
    def up(self) -> None:
        with self.may_fail():
            self.stack.up()

    @rule(call=CALLS, after=st.booleans())
    def killed_up(self, call: int, after: bool) -> None:
        with self.may_fail():
            self.stack.up(Death(call, after=after))

    @rule(sleep=SLEEPS)
    def cancelled_up(self, sleep: int) -> None:
        with self.may_fail():
            self.stack.up(cancel_at_sleep=sleep)

    @rule()
    def refresh(self) -> None:
        with self.may_fail():
            self.stack.refresh()

    @rule()
    def destroy(self) -> None:
        with self.may_fail():
            self.stack.destroy()

    @rule(call=st.integers(min_value=1, max_value=40), after=st.booleans())
    def killed_destroy(self, call: int, after: bool) -> None:
        with self.may_fail():
            self.stack.destroy(Death(call, after=after))

    @rule(sleep=st.integers(min_value=1, max_value=4))
    def cancelled_destroy(self, sleep: int) -> None:
        with self.may_fail():
            self.stack.destroy(cancel_at_sleep=sleep)

    @rule(kind=FAULTS, count=st.integers(min_value=1, max_value=4))
    def some_calls_fail(self, kind: str, count: int) -> None:
        arm(self.cloud, kind, count=count, seconds=60 if kind == "stale" else 0)

    @rule(kind=FAULTS, share=st.sampled_from([0.05, 0.2]))
    def many_calls_fail(self, kind: str, share: float) -> None:
        arm(self.cloud, kind, share=share, seconds=30 if kind == "stale" else 0)

    @rule()
    def calls_work_again(self) -> None:
        disarm(self.cloud)

    @rule(percent=st.sampled_from([10, 40, 80]))
    def a_job_will_fail(self, percent: int) -> None:
        happen(self.cloud, JobFailure(kind="job_failure", at_percent=percent))

    @rule()
    def sessions_end(self) -> None:
        with suppress(ApiError):
            happen(self.cloud, SessionExpiry(kind="session_expiry"))

    @rule()
    def clients_go(self) -> None:
        happen(self.cloud, ClientOffline(kind="client_offline"))

    @rule()
    def clients_come(self) -> None:
        happen(self.cloud, ClientOnline(kind="client_online"))

    @rule(seconds=st.sampled_from([60.0, 600.0, 7200.0, DAY, 31 * DAY, 9 * DAY]))
    def time_passes(self, seconds: float) -> None:
        self.cloud.world.clock.advance(seconds)

    @precondition(lambda self: self.ours(ReplicationJob))
    @rule(which=st.integers(min_value=0), action=st.sampled_from(["start", "stop", "delete"]))
    def somebody_meddles_with_a_job(self, which: int, action: str) -> None:
        jobs = self.ours(ReplicationJob)
        with suppress(Exception):
            getattr(self.smc, action)(jobs[which % len(jobs)].job_id)

    @precondition(lambda self: self.ours(SourceServer))
    @rule(which=st.integers(min_value=0))
    def somebody_deletes_a_source(self, which: int) -> None:
        sources = self.ours(SourceServer)
        with suppress(Exception):
            self.smc.delete_source(sources[which % len(sources)].source_id)

    @precondition(lambda self: self.transition_instances())
    @rule(which=st.integers(min_value=0))
    def somebody_releases_a_transition_instance(self, which: int) -> None:
        from emulator.ecs.power import release_instance

        instances = self.transition_instances()
        with self.cloud.world.transaction():
            release_instance(self.cloud.world, instances[which % len(instances)].instance_id)

    @rule(server=SERVER)
    def a_server_is_added_or_taken_out(self, server: str) -> None:
        if server in self.stack.servers and len(self.stack.servers) > 1:
            del self.stack.servers[server]
        else:
            self.stack.servers |= image_targets(server)

    @rule(server=SERVER, change=st.sampled_from(["run", "description", "no description"]))
    def the_settings_change(self, server: str, change: str) -> None:
        declared = self.stack.servers.get(server)
        if declared is None:
            return
        if change == "run":
            self.raise_run(server)
        elif change == "no description":
            declared.pop("description", None)
        else:
            declared["description"] = f"{declared.get('description', 'changed')} again"[-40:]

    @invariant()
    def nothing_is_doubled(self) -> None:
        self.prepared.steps += 1
        sources = self.ours(SourceServer)
        assert len({source.instance_id for source in sources}) == len(sources)
        unfinished = [j.source_id for j in self.ours(ReplicationJob) if j.status in UNFINISHED]
        assert len(set(unfinished)) == len(unfinished)

    @invariant()
    def others_are_left_alone(self) -> None:
        world = self.cloud.world
        world.settle()
        (source,) = [s for s in world.table(SourceServer) if s.instance_id == FOREIGN]
        assert source.tags == {}
        for job in world.table(ReplicationJob):
            if job.name == "somebody-elses":
                assert job.tags == {}
                assert job.status in {"Stopped", "Expired"}

    def teardown(self) -> None:
        """Put it right, then take it back."""
        self.put_right()
        self.take_back()

    def put_right(self) -> None:
        """What the documentation says, and nothing else."""
        disarm(self.cloud)
        self.clients_come()
        self.cloud.world.clock.advance(700)
        self.refresh_and_up()
        for _ in range(8):
            if not self.stack.failures:
                break
            for server, reason in self.stack.failures.items():
                if "run " in reason.replace("`", "") and "raise" in reason:
                    self.raise_run(server)
            self.refresh_and_up()
        assert self.stack.failures == {}
        assert self.stack.results.keys() == self.stack.servers.keys()
        assert set(self.stack.results.values()) == {"Finished"}
        assert self.stack.preview() == []
        # One that was registered by a killed update, and is wanted no more, goes with the destroy.
        marked = [source for source in self.ours(SourceServer) if source.tags]
        names = sorted(source.name.partition("-i-")[0] for source in marked)
        assert names == sorted(self.stack.servers)
        # Whoever deleted the source server of one that is done gets another, with a job in reserve.
        statuses = {job.status for job in self.ours(ReplicationJob)}
        assert statuses <= {"Finished", "Expired", "Ready"}
        assert self.transition_instances() == []

    def refresh_and_up(self) -> None:
        for command in (self.stack.refresh, self.stack.up):
            assert self.said_by(command) == ""

    def said_by(self, command: Callable[[], None]) -> str:
        """The error of a command; empty if it works."""
        try:
            command()
        except UpdateError as error:
            return str(error)
        return ""

    def take_back(self) -> None:
        assert self.said_by(self.stack.destroy) == ""
        assert self.stack.state == {}
        assert self.before.left(self.cloud.world) == set()
        lost = {kind for kind, _ in self.before.lost(self.cloud.world)}
        # Time ends somebody else's job, and with it what SMC keeps for it.
        assert lost <= {"ReplicationJob", "Instance", "Disk"}
        assert len(list(self.cloud.world.table(AccessToken))) == 2

    def raise_run(self, server: str) -> None:
        declared = self.stack.servers[server]
        declared["run"] = declared.get("run", 1) + 1
        # The image that there is has the name.
        declared["target"] = {"image": f"{server}-image-{declared['run']}"}

    @contextmanager
    def may_fail(self) -> Iterator[None]:
        self.prepared.commands += 1
        with suppress(UpdateError, Killed):
            yield

    def ours(self, table: type[Any]) -> list[Any]:
        self.cloud.world.settle()
        known = {key for kind, key in self.before.rows if kind == table.__name__}
        return [row for row in self.cloud.world.table(table) if key_of(row) not in known]

    def transition_instances(self) -> list[Instance]:
        return [
            each for each in self.ours(Instance) if each.name == "No_Delete_SMC_Transition_Instance"
        ]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder: Path = tmp_path_factory.mktemp("life")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with running_cloud(folder, demo_world(), seed="any order", start=start) as cloud:
        yield Prepared(cloud)


def test_it_can_always_be_put_right(
    prepared: Prepared, record_property: Callable[[str, object], None]
) -> None:
    Life.prepared = prepared
    began = time.process_time()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not THOROUGH,
            database=None,
            phases=[Phase.generate, Phase.shrink] if THOROUGH else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    minutes = (time.process_time() - began) / 60
    record_property(
        "figures",
        f"{prepared.steps} steps in {WALKS} walks, {prepared.commands} of them commands of Pulumi;"
        f" {prepared.steps / minutes:.0f} steps a minute of a processor",
    )
