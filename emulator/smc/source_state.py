"""The state of a source server, as its jobs and its client make it."""

from dataclasses import replace

from emulator.smc.states import SOURCE_TRANSITIONS, UnlistedTransitionError
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.world import World


def settle(world: World, source_id: str) -> None:
    """InUse while any of its jobs runs, else Available; an offline source stays Unavailable."""
    source = world.table(SourceServer).get(source_id)
    if source is not None and source.state != "Unavailable":
        change(world, source, _online_state(world, source_id))


def come_online(world: World, source: SourceServer) -> SourceServer:
    """The client is in contact again."""
    online = replace(source, error_code="", error_message="")
    return change(world, online, _online_state(world, source.source_id))


def go_offline(world: World, source: SourceServer, code: str, message: str) -> SourceServer:
    """The client is not in contact any more."""
    return change(world, replace(source, error_code=code, error_message=message), "Unavailable")


def change(world: World, source: SourceServer, state: str) -> SourceServer:
    """Write a source server with another state, or the same.

    Raises:
        UnlistedTransitionError: the table does not list the change.
    """
    if state != source.state and (source.state, state) not in SOURCE_TRANSITIONS:
        raise UnlistedTransitionError(f"{source.state} -> {state}")
    return world.table(SourceServer).put(replace(source, state=state))


def _online_state(world: World, source_id: str) -> str:
    jobs = world.table(ReplicationJob).find(source_id=source_id)
    return "InUse" if any(job.status == "Running" for job in jobs) else "Available"
