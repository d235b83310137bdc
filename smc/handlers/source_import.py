"""Import of source servers: selectors become registered, online source servers.

One handler call serves all servers of a source account and region: it finds the instances, checks
them, registers the new ones through Cloud Assistant and waits until SMC sees them online. A server
that cannot be imported is a failure of its own; the others go on.

Calls: sts:AssumeRole, ecs:DescribeInstances, ecs:DescribeCloudAssistantStatus, ecs:RunCommand,
ecs:DescribeInvocations, smc:DescribeSourceServers, smc:CreateAccessToken, smc:ListAccessTokens,
smc:DisableAccessToken, smc:DeleteAccessToken, smc:ModifySourceServerAttribute, smc:TagResources,
smc:DescribeReplicationJobs, smc:DeleteSourceServer.
Source: the seed's step 2 ("import the migration source").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from smc.api import source_servers as sources_api
from smc.api.cloud_assistant import available_instances
from smc.api.instances import describe_instances
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.tags import tag_source_servers
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import ApiError, WaitError
from smc.handlers.context import Context, RoleAccess, once_permitted, source_clients
from smc.handlers.job_removal import delete_jobs_of
from smc.handlers.registration import (
    RegistrationRequest,
    register,
    registered_before,
    revoke_activation_codes,
)
from smc.models import Instance, SourceServer
from smc.ownership import INSTANCE_TAG, SERVER_TAG, stack_tags
from smc.selection import Selector, select_instances
from smc.states import JobStatus, SourceState
from smc.waiters import JOB_GONE, Pace, Verdict, wait_for


class SourceImportInputs(BaseModel):
    """What is imported, from where, on whose behalf.

    Attributes:
        stack: see `smc.ownership`.
        destination: where the source servers are registered.
        role: the role in the source account.
        servers: server name -> selector, see `smc.selection`.
        import_commands: system -> template that replaces the built-in command.
        pace: of the wait until servers are online.
        cleanup_seconds: longest wait for jobs to be gone on delete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    destination: Connection
    role: RoleAccess
    servers: dict[str, Selector]
    import_commands: dict[str, str] = Field(default_factory=dict)
    pace: Pace = Pace()
    cleanup_seconds: float = 3600.0


Outputs = dict[str, Any]
"""`sources`: server -> {source_id, instance_id, platform, agent_version, disk_sizes_gib, adopted};
`failures`: server -> reason."""


def create(inputs: SourceImportInputs, context: Context) -> Outputs:
    """Import every server that can be imported; see `update`."""
    return update(inputs, {"sources": {}, "failures": {}}, context)


def update(inputs: SourceImportInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """Bring the source servers in line with the inputs.

    Imports what is missing, deletes the sources of servers that were removed, leaves the rest.

    Raises:
        MigrationError: the role cannot be assumed, or a service does not answer. What was
            registered until then is found again by the next call.
    """
    destination = context.clients(inputs.destination)
    source = source_clients(destination, inputs.role, inputs.stack)
    removed = {n: s for n, s in previous["sources"].items() if n not in inputs.servers}
    _delete_sources(inputs, removed, context)

    place = f"account {inputs.role.account}, region {inputs.role.region}"
    context.progress(f"looking for {len(inputs.servers)} servers in {place}")
    visible = _visible_instances(inputs, source)
    selection = select_instances(inputs.servers, visible, place)
    failures = dict(selection.failures)

    request = RegistrationRequest(
        inputs.stack,
        destination,
        source,
        inputs.role.region,
        inputs.import_commands,
        inputs.pace,
    )
    known = _known_sources(request, selection.instances)
    missing = {n: i for n, i in selection.instances.items() if n not in known.sources}
    failures |= _unfit(request, missing)
    missing = {n: i for n, i in missing.items() if n not in failures}
    if missing:
        result = register(request, missing, context)
        known.sources |= result.sources
        known.ours |= result.sources.keys()
        failures |= result.failures
    for name in known.ours & known.sources.keys():
        known.sources[name] = _claim(request, name, selection.instances[name], known.sources[name])
    return {
        "sources": {
            name: _record(known.sources[name], selection.instances[name], name not in known.ours)
            for name in sorted(inputs.servers)
            if name in known.sources
        },
        "failures": dict(sorted(failures.items())),
    }


def read(inputs: SourceImportInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """The sources as they are. One that is gone is left out, so that the next update imports it."""
    records = previous["sources"]
    found = {
        source.source_id: source
        for source in sources_api.describe_source_servers(
            context.clients(inputs.destination), [r["source_id"] for r in records.values()]
        )
        if source.state != SourceState.DELETING
    }
    return {
        "sources": {
            name: record | _observed(found[record["source_id"]])
            for name, record in records.items()
            if record["source_id"] in found
        },
        "failures": dict(previous["failures"]),
    }


def delete(inputs: SourceImportInputs, previous: Mapping[str, Any], context: Context) -> None:
    """Delete the sources that this stack registered, and its activation code.

    Their jobs go first. Sources that were registered by others stay.

    Raises:
        WaitError: a job is still there.
    """
    _delete_sources(inputs, previous["sources"], context)
    revoke_activation_codes(context.clients(inputs.destination), inputs.stack)


def is_complete(inputs: SourceImportInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server is imported, and nothing else."""
    return set(inputs.servers) == set(outputs["sources"])


@dataclass(slots=True)
class _KnownSources:
    """Sources by server name; `ours` are the names whose source this stack registered."""

    sources: dict[str, SourceServer]
    ours: set[str]


def _visible_instances(request: SourceImportInputs, source: Clients) -> list[Instance]:
    selectors = list(request.servers.values())
    ids = [str(selector["id"]) for selector in selectors if "id" in selector]
    # Names and addresses are matched here: the API takes one name a call.
    only = ids if len(ids) == len(selectors) else None
    return once_permitted(lambda: describe_instances(source, request.role.region, only), source)


def _known_sources(
    request: RegistrationRequest, instances: Mapping[str, Instance]
) -> _KnownSources:
    """Which instances are source servers already, by our tag, our commands, or their host."""
    listed = sources_api.describe_source_servers(request.destination)
    by_id = {s.source_id: s for s in listed if s.state != SourceState.DELETING}
    ours = stack_tags(request.stack).items()
    by_tag = {s.tags.get(INSTANCE_TAG): s for s in by_id.values() if ours <= s.tags.items()}
    untagged = {
        (s.hostname, s.ipv4): s for s in by_id.values() if s.ipv4 and INSTANCE_TAG not in s.tags
    }
    known = _KnownSources({}, set())
    by_command: dict[str, str] | None = None
    for name, instance in instances.items():
        if instance.instance_id in by_tag:
            known.sources[name] = by_tag[instance.instance_id]
            known.ours.add(name)
            continue
        same_host = next(
            (
                untagged[instance.host_name, ip]
                for ip in instance.private_ips
                if (instance.host_name, ip) in untagged
            ),
            None,
        )
        if same_host is None:
            continue
        if by_command is None:
            by_command = registered_before(request.source, request.region, request.stack)
        known.sources[name] = same_host
        if by_command.get(instance.instance_id) == same_host.source_id:
            known.ours.add(name)
    return known


def _unfit(request: RegistrationRequest, instances: Mapping[str, Instance]) -> dict[str, str]:
    """Why instances cannot be imported as they are."""
    reasons = {
        name: f"{instance} is {instance.status}, but must be Running to be imported."
        " Fix: start it and run `pulumi up` again."
        for name, instance in instances.items()
        if instance.status != "Running"
    }
    running = {n: i for n, i in instances.items() if n not in reasons}
    available = available_instances(
        request.source, request.region, [i.instance_id for i in running.values()]
    )
    return reasons | {
        name: f"Cloud Assistant does not answer on {instance}."
        " Likely cause: its agent is not installed or stopped."
        " Fix: install or start the Cloud Assistant agent and run `pulumi up` again."
        for name, instance in running.items()
        if instance.instance_id not in available
    }


def _claim(
    request: RegistrationRequest, name: str, instance: Instance, source: SourceServer
) -> SourceServer:
    """Name and tag a source of ours, unless it is so already; returns it as it is now."""
    tags = stack_tags(request.stack) | {
        SERVER_TAG: name,
        INSTANCE_TAG: instance.instance_id,
    }
    if not tags.items() <= source.tags.items():
        tag_source_servers(request.destination, [source.source_id], tags)
    unique = f"{name}-{instance.instance_id}"
    if source.name in {name, unique}:
        return source
    description = f"{instance.instance_id} ({instance.name})"
    given = name
    try:
        sources_api.modify_source_server(request.destination, source.source_id, name, description)
    except ApiError as error:
        if error.code != "SourceServerName.Duplicate":
            raise
        # The name is for people; the tag is what we go by.
        given = unique
        sources_api.modify_source_server(request.destination, source.source_id, unique, description)
    return replace(source, name=given)


def _record(source: SourceServer, instance: Instance, adopted: bool) -> dict[str, Any]:
    return {
        "source_id": source.source_id,
        "instance_id": instance.instance_id,
        "os_type": instance.os_type,
        "adopted": adopted,
        **_observed(source),
    }


def _observed(source: SourceServer) -> dict[str, Any]:
    return {
        "name": source.name,
        "platform": source.platform,
        "agent_version": source.agent_version,
        "disk_sizes_gib": list(source.disk_sizes_gib),
    }


def _cleanup_pace(inputs: SourceImportInputs) -> Pace:
    return replace(inputs.pace, deadline_seconds=inputs.cleanup_seconds)


def _delete_sources(
    inputs: SourceImportInputs, records: Mapping[str, Any], context: Context
) -> None:
    doomed = {n: r["source_id"] for n, r in records.items() if not r["adopted"]}
    if not doomed:
        return
    destination = context.clients(inputs.destination)
    names = {source_id: name for name, source_id in doomed.items()}
    delete_jobs_of(destination, inputs.stack, names, _cleanup_pace(inputs), context)

    def jobs_left(pending: Sequence[str]) -> dict[str, str]:
        left = {j.source_id for j in describe_replication_jobs(destination, source_ids=pending)}
        return {s: "Related" if s in left else JobStatus.GONE for s in pending}

    verdicts = wait_for(list(names), JOB_GONE, jobs_left, _cleanup_pace(inputs), context.clock)
    for source_id, verdict in verdicts.items():
        if verdict is not Verdict.SUCCESS:
            raise WaitError(
                f"{names[source_id]}: source server {source_id} still has a replication job after"
                f" {inputs.cleanup_seconds / 60:.0f} minutes. Fix: look at the job in the SMC"
                " console, then run `pulumi destroy` again."
            )
        sources_api.delete_source_server(destination, source_id)
