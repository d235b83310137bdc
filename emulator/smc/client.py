"""The SMC client inside an instance: registers it as a source server, and keeps in contact.

The client goes down with its instance, at once, and is back when that runs again; how long SMC
waits for a silent client is not documented.

The registration is UNCERTAIN, and therefore only here. Documented are the client's name, the Cloud
Assistant plug-in's name, the names of the values it asks for, the folder, the success message, and
three to ten minutes. The text of the command that the console runs is not. So any script counts
that runs the client or the plug-in and hands over both values under their documented names, in
whatever form: `--name=value`, `name=value`, or a JSON member.
Source: SMC user guide; smc-docs sections 1 and 1c.
"""

import re
from dataclasses import replace

from emulator.ecs.guest import POWER_LISTENERS, PROGRAMS, Outcome
from emulator.ecs.tables import Disk, Instance
from emulator.service import ApiError
from emulator.smc import lifecycle, source_state
from emulator.smc.access_tokens import accepts
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world import World

MOST_SOURCES = "smc.source_servers_quota"
OFFLINE = "SourceServer.Offline"
OFFLINE_MESSAGE = "The SMC client of the source server is offline."

_CLIENT = re.compile(r"go2aliyun_client|smc-client-plugin")
_FOLDER_DELETED = re.compile(
    r"\brm\s+-\w*r[^\n]*\s/smc(?![\w./-])|\bRemove-Item\b[^\n]*\bC:\\smc(?![\w.\\-])",
    re.IGNORECASE,
)
_VALUE = r"""["']?\s*[=:]\s*["']?([A-Za-z0-9_-]+)"""
_ID = re.compile(f"access_token_id{_VALUE}")
_CODE = re.compile(f"access_token_code{_VALUE}")


class SmcClient:
    """A model of the client's registration."""

    def recognises(self, script: str) -> bool:
        """Whether the script runs the client or the plug-in."""
        return _CLIENT.search(script) is not None

    def seconds(self, world: World, instance: Instance) -> float:
        """Three to ten minutes, always the same for an instance."""
        if "import_seconds" in instance.facts:
            return float(instance.facts["import_seconds"])
        return world.random("import", instance.instance_id).uniform(180, 600)

    def run(self, world: World, instance: Instance, script: str) -> Outcome:
        """Register the instance, or say why not."""
        if "import_failure" in instance.facts:
            return _refused(str(instance.facts["import_failure"]))
        token_id, code = _ID.search(script), _CODE.search(script)
        if not token_id or not code:
            return _refused("access_token_id and access_token_code are required")
        token = world.table(AccessToken).get(token_id[1])
        if token is None or token.code != code[1] or not accepts(world, token):
            return _refused("The activation code is invalid, used up or expired")
        try:
            source = register(world, instance, token)
        except ApiError as error:
            return _refused(error.message)
        return Outcome(f"Import Source Server [{source.source_id}] Successfully!\n")


class ClientRemoval:
    """A model of a script that deletes the client's folder, whatever else it does.

    The folder is documented, how the client is uninstalled is not; that it loses contact with its
    folder is assumed. The script ends well, with or without a client to remove.
    """

    def recognises(self, script: str) -> bool:
        """Whether the script deletes the folder."""
        return _FOLDER_DELETED.search(script) is not None

    def seconds(self, _world: World, _instance: Instance) -> float:
        """As long as it takes to end a process."""
        return 5.0

    def run(self, world: World, instance: Instance, _script: str) -> Outcome:
        """The client is not in contact any more, for whichever account it was."""
        for source in world.table(SourceServer).find(instance_id=instance.instance_id):
            lose_client(world, source)
        return Outcome()


def register(world: World, instance: Instance, token: AccessToken) -> SourceServer:
    """Register an instance, once: a second time gives the same source server, online again."""
    sources = world.table(SourceServer)
    for known in sources.find(instance_id=instance.instance_id, account_id=token.account_id):
        return regain_client(world, known)
    if len(sources.find(account_id=token.account_id)) >= int(world.setting(MOST_SOURCES, 1000)):
        raise ApiError("QuotaExceeded.SourceServer", "The quota of source servers is used up")
    world.table(AccessToken).put(replace(token, registered_count=token.registered_count + 1))
    disks = sorted(
        world.table(Disk).find(instance_id=instance.instance_id), key=lambda d: d.type != "system"
    )
    return sources.put(
        SourceServer(
            source_id=world.new_id("s-bp1"),
            account_id=token.account_id,
            instance_id=instance.instance_id,
            name="",
            description="",
            state="Available",
            agent_version=str(instance.facts.get("client_version", "2.8.7")),
            platform=_platform(instance),
            hostname=instance.host_name,
            ipv4=instance.private_ips[0] if instance.private_ips else "",
            disk_sizes_gib=[disk.size_gib for disk in disks],
            disks_used_gib=[disk.used_gib for disk in disks],
            created=world.now,
        )
    )


def lose_client(world: World, source: SourceServer) -> None:
    """The client loses contact: the source is Unavailable, and a job that needs it fails.

    Once the data is there, the job goes on without the client. `SourceServer.Offline` is the
    documented code of the source; that the job shows it too is assumed.
    """
    source_state.go_offline(world, source, OFFLINE, OFFLINE_MESSAGE)
    for job in _connected_jobs(world, source_id=source.source_id):
        lifecycle.fail(world, job, OFFLINE, OFFLINE_MESSAGE)


def regain_client(world: World, source: SourceServer) -> SourceServer:
    """The client is in contact: with it back, the source is what its jobs make it."""
    if source.state != "Unavailable":
        return source
    return source_state.come_online(world, source)


def _power_changed(world: World, instance: Instance, is_up: bool) -> None:
    for source in world.table(SourceServer).find(instance_id=instance.instance_id):
        if is_up:
            regain_client(world, source)
        else:
            lose_client(world, source)
    if not is_up:
        # What receives the data is gone: a transition instance, or a target.
        for job in _connected_jobs(world):
            if instance.instance_id in {
                job.transition_instance_id,
                job.parameters.get("InstanceId"),
            }:
                lifecycle.fail(world, job, *lifecycle.LOST_CONNECTION)


def _connected_jobs(world: World, **equals: str) -> list[ReplicationJob]:
    """Jobs with a source that is sending data now."""
    running = world.table(ReplicationJob).find(**equals, status="Running")
    return [job for job in running if job.source_id and job.state in lifecycle.NEEDS_CONNECTION]


def _platform(instance: Instance) -> str:
    """What the client tells of the system: its family and no more across accounts."""
    return "Windows" if instance.os_type == "windows" else instance.os_name.split(" ")[0]


def _refused(reason: str) -> Outcome:
    return Outcome(f"Error: {reason}\nGoto Aliyun Not Finished!\n", 1)


# What removes the client names it, too.
PROGRAMS.extend((ClientRemoval(), SmcClient()))
POWER_LISTENERS.append(_power_changed)
