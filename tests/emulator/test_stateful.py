"""Random calls of STS, ECS and SMC, with time and faults in between, never break what must hold.

The calls go through the gateway, signed; only HTTP itself is left out, for speed. What follows what
is listed here from the documentation, not taken from the emulator.
"""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.http.faults import Fault
from emulator.http.gateway import Delivery, Gateway
from emulator.http.incidents import ClientOffline, ClientOnline, Incident, JobFailure, SessionExpiry
from emulator.identity.tables import AccessKey, Account, Session
from emulator.service import ApiError
from emulator.services import load_services
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world import World
from emulator.world.history import History
from tests.support.cloud import SOURCE, demo_world
from tests.support.raw import signed
from tests.support.registration import SCRIPT

JOBS_QUOTA, SOURCES_QUOTA = 4, 3
SERVERS = ("i-source0web1", "i-source0web2", "i-source0app1", "i-source0files")
TARGET = "i-target0files"
TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"RAM": [f"acs:ram::{SOURCE}:root"]},
            }
        ],
    }
)

RUNNING = ("Preparing", "Syncing", "Processing", "Cleaning")
HALTED = ("Ready", "Stopped", "InError")
JOB_STEPS = {
    ("", "Ready"),
    ("Ready", "Preparing"),
    ("Preparing", "Syncing"),
    ("Syncing", "Processing"),
    ("Processing", "Cleaning"),
    ("Cleaning", "Finished"),
    ("Syncing", "Stopped"),
    ("Preparing", "InError"),
    ("Syncing", "InError"),
    ("Stopped", "Syncing"),
    ("InError", "Preparing"),
    ("InError", "Syncing"),
    *((status, "Expired") for status in HALTED),
    *((status, "Deleting") for status in (*HALTED, "Finished", "Expired")),
    *((status, "") for status in (*HALTED, "Finished", "Expired", "Deleting")),
}
"""Steps of a job that runs once; while it runs, its business status counts."""

SOURCE_STEPS = {
    ("", "Available"),
    ("Available", "InUse"),
    ("InUse", "Available"),
    ("Available", "Unavailable"),
    ("InUse", "Unavailable"),
    ("Unavailable", "Available"),
    ("Unavailable", "InUse"),
    ("Available", ""),
    ("Unavailable", ""),
}

REACHED: set[tuple[str, str]] = set()
"""Steps of jobs and sources that were taken."""

BILLED = (Instance, Disk, Image, Snapshot)
NUMBERED = (*BILLED, ReplicationJob, SourceServer, AccessToken, Session)
NUMBERS = st.integers(min_value=0, max_value=5)
SERVER = st.sampled_from(SERVERS)


def status_of(row: Any) -> str:
    if row is None:
        return ""
    if isinstance(row, SourceServer):
        return row.state
    return str(row.business_status if row.status == "Running" else row.status)


class Watched(History):
    """Checks every step of a row when it is committed, also those between two calls."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[tuple[type, str]] = set()

    def record(self, moment: Any, table: Any) -> None:
        """Check the steps of a transaction."""
        super().record(moment, table)
        steps = {ReplicationJob: JOB_STEPS, SourceServer: SOURCE_STEPS}.get(table.row_class)
        for key, before in table.before().items():
            after = table.get(key)
            if steps is not None:
                step = (status_of(before), status_of(after))
                if step[0] != step[1]:
                    assert step in steps, f"{key}: {step}"
                    REACHED.add(step)
            if table.row_class in NUMBERED and before is None and after is not None:
                assert (table.row_class, key) not in self.known, f"{key} is used again"
                self.known.add((table.row_class, key))


class Cloud(RuleBasedStateMachine):
    """A demo world with small quotas, called by both of its accounts."""

    def __init__(self) -> None:
        super().__init__()
        load_services()
        self.world = World(speed=0, seed="stateful")
        quotas: dict[str, float | str] = {
            "smc.jobs_quota": float(JOBS_QUOTA),
            "smc.source_servers_quota": float(SOURCES_QUOTA),
        }
        with self.world.transaction():
            demo_world(settings=quotas).plant(self.world)
        self.world._history = Watched()
        self.gateway = Gateway(self.world)
        self.keys = {
            account.side: {"access_key_id": key.access_key_id, "access_key_secret": key.secret}
            for account in self.world.table(Account)
            for key in self.world.table(AccessKey).find(user_name=account.login_user)
        }
        self.planted = self.billed()
        self.images: set[str] = set()
        self.sessions: list[tuple[dict[str, str], bool]] = []
        role = {"RoleName": "role", "AssumeRolePolicyDocument": TRUST}
        assert "Role" in self.call("source", "ram", "CreateRole", **role)
        self.import_servers(2, set(SERVERS[:2]))

    def teardown(self) -> None:
        self.world.close()

    def billed(self) -> set[str]:
        tables: list[Any] = [self.world.table(row_class) for row_class in BILLED]
        return {getattr(row, table.spec.key) for table in tables for row in table}

    def rows(self) -> list[Any]:
        return [row for table in self.world.tables() for row in table]

    def call(self, side: str, service: str, action: str, **given: str) -> dict[str, Any]:
        return self.call_by(self.keys[side], service, action, **given)

    def call_by(
        self, keys: dict[str, str], service: str, action: str, **given: str
    ) -> dict[str, Any]:
        """A call; what is refused has changed nothing. A lost answer is no members."""
        self.world.settle()
        before = self.rows()
        query = urlencode(signed(keys, service, action, **given)).encode()
        answer = self.gateway.answer("GET", "/", query, {"host": "127.0.0.1"}, b"")
        defect = answer.members.get("Message") == "A defect of the emulator."
        assert not defect, f"{action} is a defect"
        if answer.status != 200:
            assert self.rows() == before, f"{action} was refused and changed something"
        return answer.members if answer.delivery is Delivery.WHOLE else {}

    def happen(self, incident: Incident) -> None:
        self.world.settle()
        # There may be no such source server or session yet.
        with suppress(ApiError), self.world.transaction():
            incident.happen(self.world)

    def one(self, table: Any, number: int) -> str:
        rows = list(self.world.table(table))
        return getattr(rows[number % len(rows)], self.world.table(table).spec.key) if rows else "x"

    @rule(count=st.integers(min_value=1, max_value=3), servers=st.sets(SERVER, min_size=1))
    def import_servers(self, count: int, servers: set[str]) -> None:
        code = self.call("destination", "smc", "CreateAccessToken", Name="code", Count=str(count))
        if "AccessTokenId" in code:
            script = SCRIPT.format(code["AccessTokenId"], code["AccessTokenCode"])
            ids = {f"InstanceId.{n}": server for n, server in enumerate(sorted(servers), start=1)}
            wanted = {"RegionId": "cn-hangzhou", "Type": "RunShellScript", "Timeout": "1800"}
            content = {"CommandContent": script, "ContentEncoding": "PlainText"}
            self.call("source", "ecs", "RunCommand", **wanted, **content, **ids)
        self.wait(700)

    @rule(
        number=NUMBERS,
        to_instance=st.booleans(),
        seconds=st.sampled_from([None, 0, 100, 200, 200, 1000]),
    )
    def make_job(self, number: int, to_instance: bool, seconds: int | None) -> None:
        """A job; None leaves it as it is, else it is started, and runs so long."""
        target = {"TargetType": "Image"}
        if to_instance:
            target = {"TargetType": "TargetInstance", "InstanceId": TARGET}
        made = self.call(
            "destination",
            "smc",
            "CreateReplicationJob",
            RegionId="ap-northeast-1",
            SourceId=self.one(SourceServer, number),
            **target,
        )
        if seconds is not None and "JobId" in made:
            self.call("destination", "smc", "StartReplicationJob", JobId=made["JobId"])
            self.wait(seconds)

    @rule(number=NUMBERS)
    def start_job(self, number: int) -> None:
        self.change_job(number, "Start")

    @rule(number=NUMBERS, again=st.booleans())
    def stop_job(self, number: int, again: bool) -> None:
        self.change_job(number, "Stop")
        if again:
            self.change_job(number, "Start")

    @rule(number=NUMBERS)
    def delete_job(self, number: int) -> None:
        self.change_job(number, "Delete")

    def change_job(self, number: int, verb: str) -> None:
        job_id = self.one(ReplicationJob, number)
        self.call("destination", "smc", f"{verb}ReplicationJob", JobId=job_id)

    @rule(number=NUMBERS, force=st.booleans())
    def delete_source(self, number: int, force: bool) -> None:
        source_id = self.one(SourceServer, number)
        given = {"SourceId": source_id, "Force": str(force).lower()}
        self.call("destination", "smc", "DeleteSourceServer", **given)

    @rule(seconds=st.sampled_from([30, 100, 200]))
    def wait_a_little(self, seconds: int) -> None:
        self.wait(seconds)

    @rule(seconds=st.sampled_from([1000, 7200, 31 * 86400]))
    def wait_long(self, seconds: int) -> None:
        self.wait(seconds)

    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)
        self.world.settle()

    @rule(percent=st.sampled_from([5.0, 40.0, 84.9]), number=NUMBERS, any_job=st.booleans())
    def plan_failure(self, percent: float, number: int, any_job: bool) -> None:
        subject = "*" if any_job else self.one(ReplicationJob, number)
        self.happen(JobFailure(kind="job_failure", subject=subject, at_percent=percent))

    @rule(number=NUMBERS, offline=st.booleans())
    def lose_or_regain_a_client(self, number: int, offline: bool) -> None:
        subject = self.one(SourceServer, number)
        if offline:
            self.happen(ClientOffline(kind="client_offline", subject=subject))
        else:
            self.happen(ClientOnline(kind="client_online", subject=subject))

    @rule(
        kind=st.sampled_from(["throttle", "error", "reset", "lost", "stale", "truncated"]),
        share=st.sampled_from([None, 0.3]),
    )
    def arm(self, kind: str, share: float | None) -> None:
        self.gateway.faults.disarm()
        fault = {"kind": kind, "share": share, "service": "smc", "seconds": 600}
        self.gateway.faults.arm(Fault.model_validate(fault))

    @rule(number=NUMBERS, ended=st.booleans())
    def use_sessions(self, number: int, ended: bool) -> None:
        given = {"RoleArn": f"acs:ram::{SOURCE}:role/role", "RoleSessionName": "session"}
        made = self.call("source", "sts", "AssumeRole", **given)["Credentials"]
        keys = {
            "access_key_id": made["AccessKeyId"],
            "access_key_secret": made["AccessKeySecret"],
            "token": made["SecurityToken"],
        }
        if ended:
            self.happen(SessionExpiry(kind="session_expiry"))
            self.sessions = [(earlier, False) for earlier, _ in self.sessions]
        self.sessions.append((keys, not ended))
        keys, lives = self.sessions[number % len(self.sessions)]
        told = self.call_by(keys, "sts", "GetCallerIdentity", SecurityToken=keys["token"])
        assert told.get("Code", "OK") == ("OK" if lives else "InvalidSecurityToken.Expired")

    @invariant()
    def a_source_has_one_unfinished_job(self) -> None:
        unfinished = [
            job.source_id
            for job in self.world.table(ReplicationJob)
            if job.status not in {"Finished", "Expired", "Deleting"}
        ]
        assert len(unfinished) == len(set(unfinished))

    @invariant()
    def quotas_are_held(self) -> None:
        assert len(self.world.table(ReplicationJob)) <= JOBS_QUOTA
        assert len(self.world.table(SourceServer)) <= SOURCES_QUOTA
        for token in self.world.table(AccessToken):
            assert token.registered_count <= token.count

    @invariant()
    def a_source_is_in_use_while_a_job_runs(self) -> None:
        for source in self.world.table(SourceServer):
            jobs = self.world.table(ReplicationJob).find(source_id=source.source_id)
            runs = any(job.status == "Running" for job in jobs)
            assert source.state in (
                {"InUse", "Unavailable"} if runs else {"Available", "Unavailable"}
            )

    @invariant()
    def what_is_billed_is_explained_by_a_job(self) -> None:
        jobs = list(self.world.table(ReplicationJob))
        self.images |= {job.image_id for job in jobs if job.image_id}
        transition = {job.transition_instance_id for job in jobs if status_of(job) != "Finished"}
        temporary = {job.temporary_disk_id for job in jobs if status_of(job) != "Finished"}
        of_images = {s for image in self.world.table(Image) for s in image.snapshot_ids}
        explained = transition | temporary | self.images | of_images
        for disk in self.world.table(Disk):
            if disk.instance_id in transition:
                explained.add(disk.disk_id)
        assert self.billed() - self.planted <= explained


def test_random_calls_keep_what_must_hold_and_reach_most_steps() -> None:
    REACHED.clear()
    run_state_machine_as_test(
        Cloud,
        settings=settings(
            max_examples=150,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            database=None,
            # Shrinking takes minutes, and 60 calls can be read.
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    listed = JOB_STEPS | SOURCE_STEPS
    assert len(REACHED) >= 0.75 * len(listed), f"the calls were tame: {listed - REACHED}"
