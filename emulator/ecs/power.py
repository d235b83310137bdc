"""Starting, stopping, rebooting and releasing instances.

    Pending -> Starting -> Running -> Stopping -> Stopped -> Starting …

Source: ECS 2014-05-26 API reference. How long an instance is Pending, Starting or Stopping is not
documented.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from emulator.ecs import resources
from emulator.ecs.billing import close_bill
from emulator.ecs.disks import WRONG_INSTANCE_STATUS, delete_disk_row
from emulator.ecs.execution import interrupt
from emulator.ecs.guest import tell_power
from emulator.ecs.idempotence import once
from emulator.ecs.instances import find_instance
from emulator.ecs.listing import refuse_dry_run
from emulator.ecs.tables import Disk, Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, on_event

PENDING_SECONDS = 5.0
STARTING_SECONDS = 30.0
STOPPING_SECONDS = 15.0
SETTLES = "ecs.instance_settles"
RELEASES = "ecs.instance_releases"

FOLLOWING = {
    "Pending": ("Starting", STARTING_SECONDS),
    "Starting": ("Running", None),
    "Stopping": ("Stopped", None),
}
"""Status -> the status that follows by itself, and for how long that one lasts."""

Change = Callable[[Call, Instance], None]


def enter(world: World, instance: Instance, status: str, seconds: float) -> Instance:
    """Let an instance be in a passing status for a while."""
    world.schedule(world.now + timedelta(seconds=seconds), SETTLES, instance.instance_id)
    return world.table(Instance).put(replace(instance, status=status))


def release_at(world: World, instance_id: str, moment: datetime) -> None:
    """Plan the release of an instance."""
    world.schedule(moment, RELEASES, instance_id)


@on_event(SETTLES)
def _settles(world: World, instance_id: str) -> None:
    instance = world.table(Instance).get(instance_id)
    if instance is None or instance.status not in FOLLOWING:
        return
    if instance.status == "Stopping" and instance.stopped_mode == "Reboot":
        enter(world, replace(instance, stopped_mode=""), "Starting", STARTING_SECONDS)
        return
    status, seconds = FOLLOWING[instance.status]
    if seconds is not None:
        enter(world, instance, status, seconds)
        return
    saves = status == "Stopped" and instance.stopped_mode == "StopCharging"
    settled = world.table(Instance).put(
        replace(
            instance,
            status=status,
            started=world.now if status == "Running" else instance.started,
            unbilled_since=world.now if saves else None,
        )
    )
    if status == "Running":
        tell_power(world, settled, is_up=True)


@on_event(RELEASES)
def _releases(world: World, instance_id: str) -> None:
    release_instance(world, instance_id)


@action("ecs", "StartInstance", resources=resources.instance)
def start_instance(call: Call) -> Members:
    """Start a stopped instance."""
    return _single(call, _may_start, _start)


@action("ecs", "StopInstance", resources=resources.instance)
def stop_instance(call: Call) -> Members:
    """Stop a running instance."""
    return _single(call, _is_running, _stop)


@action("ecs", "RebootInstance")
def reboot_instance(call: Call) -> Members:
    """Stop a running instance and start it again."""
    return _single(call, _is_running, _reboot)


@action("ecs", "StartInstances")
def start_instances(call: Call) -> Members:
    """Start stopped instances."""
    return _batch(call, _may_start, _start)


@action("ecs", "StopInstances")
def stop_instances(call: Call) -> Members:
    """Stop running instances."""
    return _batch(call, _is_running, _stop)


@action("ecs", "RebootInstances")
def reboot_instances(call: Call) -> Members:
    """Stop running instances and start them again."""
    return _batch(call, _is_running, _reboot)


@action("ecs", "DeleteInstance", resources=resources.instance)
def delete_instance(call: Call) -> Members:
    """Release an instance with the disks that go with it; a running one only by force."""
    instance = find_instance(call, call.get("InstanceId"))
    _may_be_released(call, instance)
    refuse_dry_run(call)
    release_instance(call.world, instance.instance_id)
    return {}


@action("ecs", "DeleteInstances")
def delete_instances(call: Call) -> Members:
    """Release instances; when one of them cannot be, none is."""
    return once(call, lambda: _delete_instances(call))


def _delete_instances(call: Call) -> Members:
    instances = [find_instance(call, found) for found in _ids(call)]
    for instance in instances:
        _may_be_released(call, instance)
    refuse_dry_run(call)
    for instance in instances:
        release_instance(call.world, instance.instance_id)
    return {}


def release_instance(world: World, instance_id: str) -> None:
    """Remove an instance and the disks that go with it; fine if it is gone."""
    instance = world.table(Instance).get(instance_id)
    if instance is None:
        return
    for disk in world.table(Disk).find(instance_id=instance_id):
        if disk.delete_with_instance:
            delete_disk_row(world, disk)
        else:
            world.table(Disk).put(
                replace(disk, instance_id="", device="", changing_to="", detached=world.now)
            )
    interrupt(world, instance_id, "InstanceReleased")
    world.cancel(SETTLES, instance_id)
    world.cancel(RELEASES, instance_id)
    close_bill(world, instance)
    world.table(Instance).delete(instance_id)
    tell_power(world, instance, is_up=False)


def start(world: World, instance: Instance) -> None:
    """Begin to start a stopped instance."""
    unbilled = instance.unbilled_seconds
    if instance.unbilled_since:
        unbilled += (world.now - instance.unbilled_since).total_seconds()
    billed = replace(instance, stopped_mode="", unbilled_seconds=unbilled, unbilled_since=None)
    enter(world, billed, "Starting", STARTING_SECONDS)


def stop(world: World, instance: Instance, stopped_mode: str = "KeepCharging") -> None:
    """Begin to stop a running instance; with the mode Reboot it starts again by itself."""
    interrupt(world, instance.instance_id)
    enter(world, replace(instance, stopped_mode=stopped_mode), "Stopping", STOPPING_SECONDS)
    tell_power(world, instance, is_up=False)


def _single(call: Call, check: Change, change: Change) -> Members:
    instance = find_instance(call, call.get("InstanceId"))
    check(call, instance)
    refuse_dry_run(call)
    change(call, instance)
    return {}


def _batch(call: Call, check: Change, change: Change) -> Members:
    """AllTogether changes all or refuses; SuccessFirst tells of each instance how it went."""
    instances = [find_instance(call, found) for found in _ids(call)]
    refused: dict[str, ApiError] = {}
    for instance in instances:
        try:
            check(call, instance)
        except ApiError as error:
            if call.get("BatchOptimization", "AllTogether") != "SuccessFirst":
                raise
            refused[instance.instance_id] = error
    if call.get("DryRun"):
        raise ApiError("DRYRUN.SUCCESS", "Request validation has been passed with DryRun flag set.")
    responses = []
    for instance in instances:
        refusal = refused.get(instance.instance_id)
        if refusal is None:
            change(call, instance)
        now = find_instance(call, instance.instance_id)
        responses.append(
            {
                "Code": refusal.code if refusal else "200",
                "CurrentStatus": now.status,
                "InstanceId": instance.instance_id,
                "Message": refusal.message if refusal else "success",
                "PreviousStatus": instance.status,
            }
        )
    return {"InstanceResponses": {"InstanceResponse": responses}}


def _ids(call: Call) -> list[str]:
    return list(dict.fromkeys(call.get("InstanceId")))


def _may_start(call: Call, instance: Instance) -> None:
    _must_be(instance, "Stopped")
    disks = call.world.table(Disk).find(instance_id=instance.instance_id)
    if not any(disk.type == "system" for disk in disks):
        raise ApiError(
            "InvalidInstance.NotFoundSystemDisk",
            "The specified instance does not have system disk.",
        )
    if any(disk.changing_to for disk in disks):
        raise ApiError("DiskError", "IncorrectDiskStatus.", 403)


def _is_running(call: Call, instance: Instance) -> None:
    _must_be(instance, "Running")


def _may_be_released(call: Call, instance: Instance) -> None:
    if instance.deletion_protection:
        raise ApiError(
            "InvalidOperation.DeletionProtection",
            "The operation is not allowed due to deletion protection.",
            403,
        )
    if instance.status in {"Pending", "Starting"}:
        raise ApiError(
            "IncorrectInstanceStatus.Initializing",
            "The specified instance status does not support this operation.",
            403,
        )
    if not call.get("Force"):
        _must_be(instance, "Stopped")


def _start(call: Call, instance: Instance) -> None:
    start(call.world, instance)


def _stop(call: Call, instance: Instance) -> None:
    stop(call.world, instance, call.get("StoppedMode") or "KeepCharging")


def _reboot(call: Call, instance: Instance) -> None:
    stop(call.world, instance, "Reboot")


def _must_be(instance: Instance, status: str) -> None:
    if instance.status != status:
        raise ApiError("IncorrectInstanceStatus", WRONG_INSTANCE_STATUS, 403)
