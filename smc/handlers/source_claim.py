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
    destination: Clients, stack: str, name: str, instance: Instance, source: SourceServer
) -> SourceServer:
    """Tag a source as a server of the stack, unless it is so already; returns it as it is now."""
    tags = stack_tags(stack) | {
        SERVER_TAG: name,
        INSTANCE_TAG: instance.instance_id,
    }
    if tags.items() <= source.tags.items():
        return source
    tag_source_servers(destination, [source.source_id], tags)
    return replace(source, tags={**source.tags, **tags})


def name_source(
    destination: Clients, name: str, instance: Instance, source: SourceServer
) -> SourceServer:
    """Name and describe a source of ours, unless it is so already; returns it as it is now."""
    unique = f"{name}-{instance.instance_id}"
    if source.name in {name, unique}:
        return source
    description = f"{instance.instance_id} ({instance.name})"
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
