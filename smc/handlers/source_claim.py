"""A source server is made known as a server of the stack: by tags, and by a name for people.

Calls: smc:TagResources, smc:ModifySourceServerAttribute.
"""

from dataclasses import replace

from smc.api.source_servers import modify_source_server
from smc.api.tags import tag_source_servers
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import Instance, SourceServer
from smc.ownership import INSTANCE_TAG, SERVER_TAG, stack_tags


def mark_source(
    destination: Clients, stack: str, name: str, instance_id: str, source: SourceServer
) -> SourceServer:
    """Tag a source as a server of the stack, unless it is so already; returns it as it is now."""
    tags = _tags(stack, name, instance_id)
    if tags.items() <= source.tags.items():
        return source
    tag_source_servers(destination, [source.source_id], tags)
    return replace(source, tags={**source.tags, **tags})


def claim_source(
    destination: Clients, stack: str, name: str, instance: Instance, source: SourceServer
) -> SourceServer:
    """Mark and name the source of an instance as a server of the stack; as it is now."""
    id_ = instance.instance_id
    marked = mark_source(destination, stack, name, id_, source)
    return name_source(destination, name, id_, f"{id_} ({instance.name})", marked)


def altered(stack: str, name: str, instance_id: str, source: SourceServer) -> list[str]:
    """What somebody else changed of a source of ours: `name`, `tags`."""
    wrong = [] if source.name in _names(name, instance_id) else ["name"]
    if not _tags(stack, name, instance_id).items() <= source.tags.items():
        wrong.append("tags")
    return wrong


def name_source(
    destination: Clients, name: str, instance_id: str, description: str, source: SourceServer
) -> SourceServer:
    """Name and describe a source of ours, unless it is so already; returns it as it is now."""
    _, unique = _names(name, instance_id)
    if source.name in {name, unique}:
        return source
    given = name
    try:
        modify_source_server(destination, source.source_id, name, description)
    except ApiError as error:
        if error.code != "SourceServerName.Duplicate":
            raise
        # The name is for people; the tag is what we go by.
        given = unique
        modify_source_server(destination, source.source_id, unique, description)
    return replace(source, name=given)


def _tags(stack: str, name: str, instance_id: str) -> dict[str, str]:
    return stack_tags(stack) | {SERVER_TAG: name, INSTANCE_TAG: instance_id}


def _names(name: str, instance_id: str) -> tuple[str, str]:
    """The name that a source gets, and the one if that is taken."""
    return name, f"{name}-{instance_id}"
