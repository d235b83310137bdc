"""What the table says a key becomes in CreateReplicationJob is what changes in the request."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from components.resource_inputs import job_inputs
from smc.clients import Clients
from smc.handlers.job_request import create_request
from smc.job_fields import ReplicationJobInputs
from smc.settings import load_settings
from tests.support.project import SETTINGS
from tests.unit.test_partitions import source
from tools.docs.api_parameters import api_parameters

ACTION = "smc:CreateReplicationJob."

Server = dict[str, Any]

IMAGE: Server = {"select": {"id": "i-a"}, "target": {"image": "one"}}
INSTANCE: Server = {"select": {"id": "i-a"}, "target": {"instance": "i-b", "acknowledge": "i-b"}}
REGISTERED: Server = {"sourceId": "s-one", "target": {"image": "one"}}


def container(**changes: str) -> Server:
    image = {"namespace": "n", "repository": "r", "tag": "t"} | changes
    return IMAGE | {"target": {"container": image}, "instanceRole": "pusher"}


def disks(size: int = 60, **of_disk: Any) -> Server:
    return IMAGE | {"disks": {"system": {"size": size, **of_disk}}}


def data_disk(of: Server = IMAGE, **of_disk: Any) -> Server:
    return of | {"disks": {"data": [{"index": 1, "size": 50, **of_disk}]}}


def parts(*given: tuple[str, Any, str]) -> list[dict[str, Any]]:
    return [{"path": path, "size": size, "transfer": how} for path, size, how in given]


ROOT, HOME, SMALL = ("/", "90%", "block"), ("/home", "90%", "block"), ("/", 20, "block")
FILES = ("/", "90%", "file")
SYNCHRONIZED = {"synchronization": {"everyHours": 12, "keepImages": 2}}

CASES: dict[str, list[tuple[Server, Server]]] = {
    "JobOptions.startAt": [
        (
            IMAGE | {"execution": "createOnly"},
            IMAGE | {"execution": "scheduled", "startAt": "2026-01-31T22:00:00+09:00"},
        )
    ],
    "JobOptions.validDays": [(IMAGE, IMAGE | {"validDays": 8})],
    "JobOptions.license": [(IMAGE, IMAGE | {"license": "BYOL"})],
    "JobOptions.resourceGroup": [(IMAGE, IMAGE | {"resourceGroup": "rg-a"})],
    "JobOptions.transitionInstanceType": [(IMAGE, IMAGE | {"transitionInstanceType": "ecs.c6"})],
    "JobOptions.instanceRole": [(IMAGE, IMAGE | {"instanceRole": "r"})],
    "JobOptions.tags": [(IMAGE, IMAGE | {"tags": {"a": "b"}})],
    "LaunchTemplate.id": [(IMAGE, IMAGE | {"launchTemplate": {"id": "lt-a"}})],
    "LaunchTemplate.version": [
        (
            IMAGE | {"launchTemplate": {"id": "lt-a"}},
            IMAGE | {"launchTemplate": {"id": "lt-a", "version": "2"}},
        )
    ],
    "Synchronization.everyHours": [
        (
            IMAGE | SYNCHRONIZED,
            IMAGE | {"synchronization": {"everyHours": 6, "keepImages": 2}},
        )
    ],
    "Synchronization.keepImages": [
        (
            IMAGE | SYNCHRONIZED,
            IMAGE | {"synchronization": {"everyHours": 12, "keepImages": 3}},
        )
    ],
    "Network.vswitch": [(IMAGE, IMAGE | {"network": {"vswitch": "vsw-a"}})],
    "Network.bandwidthLimit": [(IMAGE, IMAGE | {"network": {"bandwidthLimit": 50}})],
    "Network.compressLevel": [(IMAGE, IMAGE | {"network": {"compressLevel": 7}})],
    "Network.checksum": [(IMAGE, IMAGE | {"network": {"checksum": True}})],
    "Server.sourceId": [(REGISTERED, REGISTERED | {"sourceId": "s-two"})],
    "Server.description": [(IMAGE, IMAGE | {"description": "the shop"})],
    "Target.image": [(IMAGE, IMAGE | {"target": {"image": "two"}})],
    "Target.instance": [
        (INSTANCE, INSTANCE | {"target": {"instance": "i-c", "acknowledge": "i-c"}})
    ],
    "Target.region": [(IMAGE, IMAGE | {"target": {"image": "one", "region": "cn-beijing"}})],
    "ContainerImage.namespace": [(container(), container(namespace="other"))],
    "ContainerImage.repository": [(container(), container(repository="other"))],
    "ContainerImage.tag": [(container(), container(tag="other"))],
    "SystemDisk.size": [(disks(60), disks(70)), (disks(60, lvm=True), disks(70, lvm=True))],
    "SystemDisk.lvm": [(disks(partitions=parts(ROOT)), disks(partitions=parts(ROOT), lvm=True))],
    "SystemDisk.partitions": [(disks(lvm=True), disks(lvm=True, partitions=parts(ROOT)))],
    "DataDisk.size": [
        (data_disk(), data_disk(size=60)),
        (data_disk(lvm=True), data_disk(lvm=True, size=60)),
    ],
    "DataDisk.lvm": [
        (data_disk(partitions=parts(ROOT)), data_disk(partitions=parts(ROOT), lvm=True))
    ],
    "DataDisk.partitions": [(data_disk(lvm=True), data_disk(lvm=True, partitions=parts(ROOT)))],
    "DataDisk.disk": [(data_disk(INSTANCE, disk="d-a"), data_disk(INSTANCE, disk="d-b"))],
    "Partition.path": [
        (disks(partitions=parts(ROOT)), disks(partitions=parts(HOME))),
        (data_disk(partitions=parts(ROOT)), data_disk(partitions=parts(HOME))),
    ],
    "Partition.size": [
        (disks(partitions=parts(ROOT)), disks(partitions=parts(SMALL))),
        (data_disk(partitions=parts(ROOT)), data_disk(partitions=parts(SMALL))),
    ],
    "Partition.transfer": [
        (disks(partitions=parts(ROOT)), disks(partitions=parts(FILES))),
        (data_disk(partitions=parts(ROOT)), data_disk(partitions=parts(FILES))),
    ],
}
"""Key -> servers that differ in it."""

ELSEWHERE = {
    "Settings.servers": "the name of a server, not a value",
    "Destination.region": "a key of the stack, not of a server",
    "JobOptions.synchronization": "a change of it is a change of its keys",
    "Server.target": "another kind of target changes its keys, too",
    "DataDisk.index": "says which of the sizes changes",
}
"""Keys that end in CreateReplicationJob and are tried below by themselves."""


class _Clients:
    """No cloud is needed to make a request, only the time."""

    def utc_now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def request(server: Server, name: str = "web-1", region: str = "ap-northeast-1") -> dict[str, Any]:
    """The parameters of the request for a server's job, by path."""
    raw = SETTINGS | {
        "servers": {name: server},
        "destination": SETTINGS["destination"] | {"region": region},
    }
    settings = load_settings(raw)
    given = job_inputs(settings, "o/p/s", name, settings.servers[name])
    source_id = settings.servers[name].source_id or "s-one"
    inputs = ReplicationJobInputs.model_validate(given | {"source_id": source_id})
    registered = source(source_id=source_id)
    made = create_request(cast("Clients", _Clients()), inputs, registered).to_map()
    del made["ClientToken"]
    return dict(_flat(made))


def _flat(members: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of all that is in a request; lists become columns."""
    for name, value in members.items():
        path = f"{above}{name}"
        if name == "ReplicationParameters":
            yield from _flat(json.loads(value), f"{path}:")
        elif name == "Tag":
            yield path, value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif isinstance(value, list):
            columns: dict[str, list[Any]] = {}
            for entry in value:
                for key, each in _flat(entry, f"{path}."):
                    columns.setdefault(key, []).append(each)
            yield from columns.items()
        else:
            yield path, value


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {
        f"{ACTION}{path}"
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    }


def said(key: str) -> set[str]:
    """Parameters of CreateReplicationJob that the table has for a key."""
    model, name = key.split(".")
    return {each for each in api_parameters()[model][name] if each.startswith(ACTION)}


def test_every_key_that_is_a_parameter_is_tried() -> None:
    keys = {f"{model}.{key}" for model, keys in api_parameters().items() for key in keys}
    assert {key for key in keys if said(key)} == CASES.keys() | ELSEWHERE.keys()


@pytest.mark.parametrize("key", CASES)
def test_a_key_changes_its_parameters_and_no_other(key: str) -> None:
    seen: set[str] = set()
    for before, after in CASES[key]:
        seen |= changed(request(before), request(after))
    if key.endswith(".partitions"):
        # What is told of a list is told of what is in it.
        seen = {each[: each.index(".Part") + len(".Part")] for each in seen}
    assert seen == said(key)


def test_what_is_more_than_the_value_of_a_server_s_key() -> None:
    assert changed(request(IMAGE), request(IMAGE, name="web-2")) >= said("Settings.servers") & {
        f"{ACTION}Name"
    }
    assert changed(request(IMAGE), request(IMAGE, region="cn-beijing")) == (
        said("Destination.region")
    )
    assert said("JobOptions.synchronization") < changed(
        request(IMAGE), request(IMAGE | SYNCHRONIZED)
    )
    assert said("Server.target") < changed(request(IMAGE), request(INSTANCE))
    assert request(data_disk())["DataDisk.Index"] == [1]
    assert request(data_disk())["DataDisk.Size"] == [50]
