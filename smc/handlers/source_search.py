"""Which servers are registered with SMC already, and whose source servers those are.

Calls: smc:DescribeSourceServers, ecs:DescribeInvocations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from smc.api import source_servers as sources_api
from smc.clients import Clients
from smc.handlers.registration import registered_before
from smc.models import Instance, SourceServer
from smc.ownership import INSTANCE_TAG, stack_tags
from smc.states import SourceState
from smc.waiters import SOURCE_AVAILABLE, Verdict


@dataclass(slots=True)
class Sources:
    """Source servers by server name, and the reason for every server without one.

    `ours` are the names whose source this stack registered. The others are adopted: they keep their
    name and description, and stay on destroy.
    """

    found: dict[str, SourceServer] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)

    def __ior__(self, other: "Sources") -> "Sources":
        self.found |= other.found
        self.ours |= other.ours
        self.failures |= other.failures
        return self


def registered_sources(
    destination: Clients,
    source: Clients,
    stack: str,
    instances: Mapping[str, Instance],
) -> Sources:
    """The source servers of instances, found by our tag, our commands, or their host."""
    listed = sources_api.describe_source_servers(destination)
    by_id = {s.source_id: s for s in listed if s.state != SourceState.DELETING}
    ours = stack_tags(stack).items()
    by_tag = {s.tags.get(INSTANCE_TAG): s for s in by_id.values() if ours <= s.tags.items()}
    untagged = {
        (s.hostname, s.ipv4): s for s in by_id.values() if s.ipv4 and INSTANCE_TAG not in s.tags
    }
    known = Sources()
    by_command: dict[str, str] | None = None
    for name, instance in instances.items():
        if instance.instance_id in by_tag:
            known.found[name] = by_tag[instance.instance_id]
            known.ours.add(name)
            continue
        hosts = ((instance.host_name, ip) for ip in instance.private_ips)
        same_host = next((untagged[host] for host in hosts if host in untagged), None)
        if same_host is None:
            continue
        if by_command is None:
            by_command = registered_before(source, source.connection.region, stack)
        known.found[name] = same_host
        if by_command.get(instance.instance_id) == same_host.source_id:
            known.ours.add(name)
    return known


def adopted_sources(destination: Clients, wanted: Mapping[str, str]) -> Sources:
    """The source servers that the settings name (server name -> source id), if they are online."""
    listed = sources_api.describe_source_servers(destination, list(wanted.values()))
    by_id = {source.source_id: source for source in listed}
    account = destination.connection.account
    known = Sources()
    for name, source_id in wanted.items():
        source = by_id.get(source_id)
        if source is None:
            known.failures[name] = (
                f"account {account} has no source server {source_id}."
                " Fix: correct sourceId, or import the server and name the new id."
            )
        elif SOURCE_AVAILABLE.judge(source.state) is not Verdict.SUCCESS:
            reason = f" ({source.error})" if source.error else ""
            known.failures[name] = (
                f"source server {source_id} is {source.state}{reason}, but must be Available."
                " Likely cause: the SMC client on it does not run or cannot reach SMC."
                " Fix: start it there and run `pulumi up` again."
            )
        else:
            known.found[name] = source
    return known


def refuse_doubles(sources: Sources, kept: Mapping[str, str]) -> None:
    """Two servers with one source server: no new one may go on, for one of them is wrong.

    `kept` are those that were there before: source id -> server name.
    """
    names = {source_id: [name] for source_id, name in kept.items()}
    for name, source in sources.found.items():
        names.setdefault(source.source_id, []).append(name)
    for source_id, servers in names.items():
        for name in servers if len(servers) > 1 else ():
            others = ", ".join(s for s in servers if s != name)
            sources.found.pop(name, None)
            sources.ours.discard(name)
            if kept.get(source_id) != name:
                sources.failures[name] = (
                    f"is source server {source_id}, as is {others}. Fix: keep one."
                )
