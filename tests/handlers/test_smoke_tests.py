"""Smoke tests: on instances and on short-lived instances of images, repeated until they pass."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulator.ecs.tables import Disk, Image, Instance, ScriptAnswer
from emulator.http.faults import Fault
from smc.clients import Clients
from smc.handlers import cleanup_guard, smoke_test_run
from smc.handlers.smoke_test_inputs import LaunchInputs, SmokeTestRunInputs, SmokeTestServer
from smc.handlers.smoke_test_instance import smoke_test_instances
from smc.ownership import SMOKE_TEST_TAG
from tests.support.cloud import DESTINATION
from tests.support.migration import PACE, STACK, TARGET_REGION, Migrator
from tests.support.site import running_site

TARGET = "i-target0files"
LAUNCH = LaunchInputs(
    instance_type="ecs.g7.large", vswitch="vsw-target0a", security_group="sg-target0"
)
IMAGE_ID = "m-migrated"


def of_instance(**changes: Any) -> SmokeTestServer:
    values: dict[str, Any] = {
        "status": "Finished",
        "run": 1,
        "region": TARGET_REGION,
        "instance_id": TARGET,
        "command": "systemctl is-active files",
    }
    return SmokeTestServer(**values | changes)


def of_image(**changes: Any) -> SmokeTestServer:
    return of_instance(**{"instance_id": "", "image_id": IMAGE_ID, "launch": LAUNCH} | changes)


def inputs(migrator: Migrator, **servers: SmokeTestServer) -> SmokeTestRunInputs:
    return SmokeTestRunInputs(
        wave="all",
        stack=STACK,
        destination=migrator.connection,
        servers={name.replace("_", "-"): server for name, server in servers.items()},
        pace=PACE,
    )


def run(
    migrator: Migrator, wanted: SmokeTestRunInputs, previous: dict[str, Any] | None = None
) -> dict[str, Any]:
    return smoke_test_run.run(wanted, previous or {}, migrator.context)


def put_image(migrator: Migrator, image_id: str = IMAGE_ID) -> None:
    world = migrator.cloud.world
    with world.transaction():
        world.table(Image).put(
            Image(
                image_id=image_id,
                account_id=DESTINATION,
                region=TARGET_REGION,
                name=image_id,
                os_type="linux",
                os_name="Ubuntu 22.04 64 bit",
                disk_sizes_gib=[40, 60],
                created=world.now,
                origin="test",
            )
        )


def answering(migrator: Migrator, instance_id: str, *answers: ScriptAnswer) -> None:
    """Let an instance answer commands."""
    table = migrator.cloud.world.table(Instance)
    row = table.get(instance_id)
    assert row is not None
    with migrator.cloud.world.transaction():
        table.put(replace(row, answers=list(answers)))


def launched(migrator: Migrator) -> list[Instance]:
    """The test instances that are there now."""
    return [i for i in migrator.cloud.world.table(Instance) if SMOKE_TEST_TAG in i.tags]


def on_every_look(migrator: Migrator, do: Callable[[], None]) -> None:
    """Do something each time that progress is told."""
    object.__setattr__(migrator.context, "progress", lambda _: do())


BROKEN = ScriptAnswer(matches="systemctl", output="looking\ninactive\n", exit_code=3)


def test_a_command_on_the_instance_that_was_migrated_to(migrator: Migrator) -> None:
    wanted = inputs(migrator, files_1=of_instance())
    outputs = run(migrator, wanted)
    assert outputs["failures"] == {}
    result = outputs["results"]["files-1"]
    assert (result["passed"], result["instance_id"], result["attempts"]) == (True, TARGET, 1)
    assert result["reason"] == "the command ended with exit code 0"
    assert smoke_test_run.is_complete(wanted, outputs)
    # It is not ours to release, and not tested again.
    assert migrator.cloud.world.table(Instance).get(TARGET) is not None
    assert run(migrator, wanted, outputs) == outputs
    assert migrator.cloud.counts["ecs:RunCommand"] == 1
    assert "ecs:RunInstances" not in migrator.cloud.counts


def test_what_fails_is_tried_until_its_time_is_up_and_again_by_the_next_run(
    migrator: Migrator,
) -> None:
    put_image(migrator)
    answering(migrator, TARGET, BROKEN)
    wanted = inputs(migrator, files_1=of_instance(), web_1=of_image())
    first = run(migrator, wanted)
    assert first["results"]["web-1"]["passed"]
    reason = first["failures"]["files-1"]
    assert "exit code 3, and printed last: inactive. Fix: correct its smokeTest, or mend" in reason
    assert f"mend {TARGET}. `pulumi up` tests it again" in reason
    assert not smoke_test_run.is_complete(wanted, first)
    tries = migrator.cloud.counts["ecs:RunCommand"]
    assert tries > 5
    answering(migrator, TARGET)
    second = run(migrator, wanted, first)
    assert second["failures"] == {}
    assert second["results"]["files-1"]["attempts"] == 2
    assert second["results"]["web-1"] == first["results"]["web-1"]
    assert migrator.cloud.counts["ecs:RunCommand"] == tries + 1
    assert migrator.cloud.counts["ecs:RunInstances"] == 1


def test_a_service_that_comes_up_later_is_waited_for(migrator: Migrator) -> None:
    answering(migrator, TARGET, BROKEN)
    looks: list[int] = []

    def mended_at_the_third_look() -> None:
        looks.append(len(looks))
        if len(looks) == 3:
            answering(migrator, TARGET)

    on_every_look(migrator, mended_at_the_third_look)
    outputs = run(migrator, inputs(migrator, files_1=of_instance()))
    assert outputs["failures"] == {}
    assert len(looks) >= 4


def test_an_image_is_tested_on_an_instance_that_is_released(migrator: Migrator) -> None:
    put_image(migrator)
    world = migrator.cloud.world
    before = {instance.instance_id for instance in world.table(Instance)}
    disks = {disk.disk_id for disk in world.table(Disk)}
    seen: dict[str, Instance] = {}
    on_every_look(migrator, lambda: seen.update({i.instance_id: i for i in launched(migrator)}))
    outputs = run(migrator, inputs(migrator, web_1=of_image()))
    assert (outputs["failures"], outputs["results"]["web-1"]["passed"]) == ({}, True)
    (instance,) = seen.values()
    assert instance.image_id == IMAGE_ID
    assert instance.instance_id == outputs["results"]["web-1"]["instance_id"]
    assert (instance.vswitch_id, instance.security_group_ids) == ("vsw-target0a", ["sg-target0"])
    assert instance.public_ips == []
    assert instance.auto_release is not None
    life = instance.auto_release - instance.created
    assert 1800 < life.total_seconds() < 7200
    assert {i.instance_id for i in world.table(Instance)} == before
    assert {disk.disk_id for disk in world.table(Disk)} == disks


def test_a_launch_template_fills_in_what_is_left_out(migrator: Migrator) -> None:
    put_image(migrator)
    launch = LaunchInputs(
        template_id="lt-target0small",
        template_version="1",
        vswitch="vsw-target0a",
        security_group="sg-target0",
        disk_category="cloud_auto",
        public_bandwidth=5,
    )
    seen: list[Instance] = []
    on_every_look(migrator, lambda: seen.extend(launched(migrator)))
    assert run(migrator, inputs(migrator, web_1=of_image(launch=launch)))["failures"] == {}
    assert seen[0].instance_type == "ecs.g7.large"
    assert len(seen[0].public_ips) == 1


def test_an_image_that_fails_is_released_as_well(migrator: Migrator) -> None:
    put_image(migrator)

    def break_it() -> None:
        for instance in launched(migrator):
            answering(migrator, instance.instance_id, BROKEN)

    on_every_look(migrator, break_it)
    outputs = run(migrator, inputs(migrator, web_1=of_image(within_seconds=60)))
    reason = outputs["failures"]["web-1"]
    assert "smoke test (its instance was made of the image): the command ended with" in reason
    assert "mend the source server and raise its run" in reason
    assert launched(migrator) == []


def test_at_most_twenty_at_a_time(migrator: Migrator) -> None:
    put_image(migrator)
    counts: list[int] = []
    on_every_look(migrator, lambda: counts.append(len(launched(migrator))))
    wanted = inputs(migrator, **{f"s{n}": of_image() for n in range(25)})
    outputs = run(migrator, wanted)
    assert outputs["failures"] == {}
    assert max(counts) == 20
    assert migrator.cloud.counts["ecs:RunInstances"] == 25
    assert launched(migrator) == []


def test_by_http_with_the_name_of_the_site(migrator: Migrator) -> None:
    table = migrator.cloud.world.table(Instance)
    row = table.get(TARGET)
    assert row is not None
    table.put(replace(row, private_ips=["127.0.0.1"]))
    with running_site(301) as site:
        server = of_instance(
            command="", http=f"http://{{ip}}:{site.port}/health", host="files.test"
        )
        wanted = inputs(migrator, files_1=server)
        first = run(migrator, wanted)
        assert "/health answers 301 (Moved Permanently), not 200" in first["failures"]["files-1"]
        assert set(site.asked) == {("files.test", "/health")}
        site.status = 200
        second = run(migrator, wanted, first)
        assert second["failures"] == {}
    nobody = run(migrator, wanted)
    assert "does not answer: Cannot connect" in nobody["failures"]["files-1"]


def test_an_address_that_the_instance_does_not_have_fails_at_once(migrator: Migrator) -> None:
    server = of_instance(command="", http="http://{publicIp}/")
    slept = migrator.clock.slept
    outputs = run(migrator, inputs(migrator, files_1=server))
    assert "has no such address as http://{publicIp}/ asks" in outputs["failures"]["files-1"]
    assert migrator.clock.slept - slept < 60


def test_an_instance_that_does_not_run_is_told(migrator: Migrator) -> None:
    table = migrator.cloud.world.table(Instance)
    row = table.get(TARGET)
    assert row is not None
    table.put(replace(row, status="Stopped"))
    outputs = run(migrator, inputs(migrator, files_1=of_instance()))
    assert f"smoke test: {TARGET} is Stopped." in outputs["failures"]["files-1"]


def test_what_ecs_refuses_fails_alone(migrator: Migrator) -> None:
    put_image(migrator)
    nowhere = LAUNCH.model_copy(update={"vswitch": "vsw-nowhere"})
    outputs = run(migrator, inputs(migrator, web_1=of_image(launch=nowhere), web_2=of_image(run=2)))
    reason = outputs["failures"]["web-1"]
    assert (
        "its test instance could not be made. ecs:RunInstances failed. InvalidVSwitchId" in reason
    )
    assert outputs["results"]["web-2"]["passed"]


def test_who_is_not_migrated_has_no_result_and_no_failure(migrator: Migrator) -> None:
    wanted = inputs(migrator, files_1=of_instance(status="Running"))
    outputs = run(migrator, wanted)
    assert outputs == {"results": {}, "failures": {}}
    assert smoke_test_run.is_complete(wanted, outputs)
    assert not smoke_test_run.is_complete(inputs(migrator, files_1=of_instance()), outputs)


def test_an_image_that_nobody_knows_any_more_is_said(migrator: Migrator) -> None:
    outputs = run(migrator, inputs(migrator, web_1=of_image(image_id="")))
    assert "raise servers.web-1.run, or take the smokeTest out" in outputs["failures"]["web-1"]


def test_another_image_or_test_is_tested_again_and_more_time_is_not(migrator: Migrator) -> None:
    put_image(migrator)
    put_image(migrator, "m-later")
    outputs = run(migrator, inputs(migrator, web_1=of_image()))
    assert run(migrator, inputs(migrator, web_1=of_image(within_seconds=900)), outputs) == outputs
    for number, changes in enumerate([{"image_id": "m-later"}, {"command": "true"}], start=2):
        again = inputs(migrator, web_1=of_image(**changes))
        assert not smoke_test_run.is_complete(again, outputs)
        assert run(migrator, again, outputs)["failures"] == {}
        assert migrator.cloud.counts["ecs:RunInstances"] == number


def test_an_instance_that_cannot_be_released_is_a_failure(migrator: Migrator) -> None:
    put_image(migrator)
    faults = migrator.cloud.server.gateway.faults
    faults.arm(
        Fault(
            service="ecs", action="DeleteInstance", kind="error", code="Forbidden.RAM", status=403
        )
    )
    outputs = run(migrator, inputs(migrator, web_1=of_image()))
    (left,) = launched(migrator)
    assert (
        f"{left.instance_id} could not be released, which ECS does by itself"
        in (outputs["failures"]["web-1"])
    )
    faults.disarm()
    again = run(migrator, inputs(migrator, web_1=of_image()), outputs)
    assert (again["failures"], launched(migrator)) == ({}, [])


def test_an_answer_that_is_lost_makes_no_second_instance(migrator: Migrator) -> None:
    put_image(migrator)
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="ecs", action="RunInstances", kind="lost")
    )
    seen: set[str] = set()
    on_every_look(migrator, lambda: seen.update(i.instance_id for i in launched(migrator)))
    assert run(migrator, inputs(migrator, web_1=of_image()))["failures"] == {}
    assert len(seen) == 1
    assert migrator.cloud.counts["ecs:RunInstances"] == 2


class Killed(BaseException):
    """The process is killed."""


def killed_after(migrator: Migrator, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test of an image that is killed after a call, and never released."""
    put_image(migrator)
    real, already = Clients.note_service_time, migrator.cloud.counts.get(step, 0)

    def answered(clients: Clients, date: str | None) -> None:
        real(clients, date)
        if migrator.cloud.counts.get(step, 0) > already:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Clients, "note_service_time", answered)
        with pytest.raises(Killed):
            run(migrator, inputs(migrator, web_1=of_image()))


@pytest.mark.parametrize(
    "step", ["ecs:RunInstances", "ecs:RunCommand", "ecs:DescribeInvocations", "ecs:DeleteInstance"]
)
def test_killed_after_any_step_the_next_run_releases_and_tests(
    migrator: Migrator, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(migrator, step, monkeypatch)
    wanted = inputs(migrator, web_1=of_image())
    most: list[int] = []
    on_every_look(migrator, lambda: most.append(len(launched(migrator))))
    outputs = run(migrator, wanted)
    assert outputs["failures"] == {}
    assert max(most) == 1
    assert launched(migrator) == []
    assert smoke_test_run.is_complete(wanted, outputs)


def test_killed_and_destroyed_the_instance_is_released(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(migrator, "ecs:RunInstances", monkeypatch)
    assert len(launched(migrator)) == 1
    smoke_test_run.discard(inputs(migrator, web_1=of_image()), migrator.context)
    assert launched(migrator) == []


def test_killed_and_destroyed_before_it_was_recorded_the_guard_releases(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(migrator, "ecs:RunInstances", monkeypatch)
    lines = cleanup_guard.delete(migrator.guard_inputs(), migrator.context)
    assert launched(migrator) == []
    assert lines[0].startswith("released smoke test instance i-")


def test_forgotten_by_everybody_ecs_releases_it_by_itself(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_after(migrator, "ecs:RunInstances", monkeypatch)
    assert len(smoke_test_instances(migrator.clients, TARGET_REGION, STACK)) == 1
    migrator.clock.sleep(2 * 3600)
    assert smoke_test_instances(migrator.clients, TARGET_REGION, STACK) == []
