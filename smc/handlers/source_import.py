"""Import of source servers: selectors become registered, online source servers.

One handler call serves all servers of a source account and region: it finds the instances, checks
them, registers the new ones through Cloud Assistant and waits until SMC sees them online. A server
that cannot be imported is a failure of its own; the others go on.

Calls: sts:AssumeRole, ecs:DescribeInstances, ecs:DescribeCloudAssistantStatus, ecs:RunCommand,
ecs:DescribeInvocations, smc:DescribeSourceServers, smc:CreateAccessToken, smc:ListAccessTokens,
smc:DisableAccessToken, smc:DeleteAccessToken, smc:ModifySourceServerAttribute, smc:TagResources,
smc:DescribeReplicationJobs, smc:DeleteSourceServer; see `smc.handlers.client_removal`.
Source: the seed's step 2 ("import the migration source").
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from smc.api import source_servers as sources_api
from smc.api.instances import describe_instances
from smc.clients import Clients
from smc.connection import Connection
from smc.handlers.client_removal import remove_clients
from smc.handlers.context import Context, RoleAccess, once_permitted, source_clients
from smc.handlers.precheck import NOT_IMPORTED, unfit_instances
from smc.handlers.registration import (
    RegistrationRequest,
    register,
    revoke_activation_codes,
)
from smc.handlers.source_claim import altered, claim_source, mark_source, name_source
from smc.handlers.source_removal import delete_sources, free_sources, release_sources
from smc.handlers.source_search import (
    Sources,
    adopted_sources,
    refuse_doubles,
    registered_sources,
)
from smc.models import Instance, SourceServer
from smc.ownership import stack_tags
from smc.selection import Selector, select_instances
from smc.side_by_side import side_by_side
from smc.states import SourceState
from smc.waiters import Pace


class SourceImportInputs(BaseModel):
    """What is imported, from where, on whose behalf.

    Attributes:
        stack: see `smc.ownership`.
        destination: where the source servers are registered.
        role: the role in the source account.
        servers: server name -> selector, see `smc.selection`; or `{"source_id": …}` of a source
            server that is registered already.
        import_commands: system -> template that replaces the built-in command.
        pace: of the wait until servers are online.
        cleanup_seconds: longest wait for jobs to be gone on delete.
        remove_client: take the SMC client off a server before its source server is deleted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    destination: Connection
    role: RoleAccess
    servers: dict[str, Selector]
    import_commands: dict[str, str] = Field(default_factory=dict)
    pace: Pace = Pace()
    cleanup_seconds: float = 3600.0
    remove_client: bool = False


Records = Mapping[str, Mapping[str, Any]]
"""Server name -> what is known of its source server, see `Outputs`."""

Outputs = dict[str, Any]
"""`sources`: server -> {source_id, instance_id, platform, agent_version, disk_sizes_gib, adopted;
and where somebody else changed it altered, see `smc.handlers.source_claim`}; `failures`: server ->
reason."""


def create(inputs: SourceImportInputs, context: Context) -> Outputs:
    """Import every server that can be imported; see `update`."""
    return update(inputs, {"sources": {}, "failures": {}}, context)


def update(
    inputs: SourceImportInputs,
    previous: Mapping[str, Any],
    context: Context,
    before: SourceImportInputs | None = None,
) -> Outputs:
    """Bring the source servers in line with the inputs.

    Imports what is missing, deletes the sources of servers that were removed or are others now,
    leaves the rest.

    Args:
        inputs: what is wanted.
        previous: the outputs so far.
        context: time and progress.
        before: what `previous` was made from; without it everything is searched for anew.

    Raises:
        MigrationError: the role cannot be assumed, or a service does not answer. What was
            registered until then is found again by the next call.
    """
    destination = context.clients(inputs.destination)
    records = previous["sources"]
    _remove(inputs, {n: r for n, r in records.items() if n not in inputs.servers}, context)

    kept = _as_before(inputs, before, previous, destination)
    wanted = {n: s for n, s in inputs.servers.items() if n not in kept}
    named = {n: str(s["source_id"]) for n, s in wanted.items() if "source_id" in s}
    selectors = {n: s for n, s in wanted.items() if n not in named}
    sources = adopted_sources(destination, named) if named else Sources()
    instances: dict[str, Instance] = {}
    if selectors:
        imported, instances = _import(inputs, selectors, records.keys(), destination, context)
        sources |= imported
    refuse_doubles(sources, {r["source_id"]: name for name, r in kept.items()})
    others = {
        name: records[name]
        for name, source in sources.found.items()
        if name in records and records[name]["source_id"] != source.source_id
    }
    _remove(inputs, others, context)

    ours = sorted(sources.ours)
    claimed = side_by_side(
        lambda name: claim_source(
            destination, inputs.stack, name, instances[name], sources.found[name]
        ),
        ours,
    )
    sources.found.update(zip(ours, claimed, strict=True))
    new = {
        name: _record(source, instances.get(name), name not in sources.ours)
        for name, source in sources.found.items()
    }
    return {
        "sources": dict(sorted(({**kept, **new}).items())),
        "failures": dict(sorted(sources.failures.items())),
    }


def read(inputs: SourceImportInputs, previous: Mapping[str, Any], context: Context) -> Outputs:
    """The sources as they are. One that is gone is left out, so that the next update imports it."""
    return {
        "sources": _present(inputs, previous["sources"], context.clients(inputs.destination)),
        "failures": dict(previous["failures"]),
    }


def delete(inputs: SourceImportInputs, previous: Mapping[str, Any], context: Context) -> None:
    """Delete the sources that this stack registered, and its activation code.

    Their jobs go first. Sources that were registered by others stay.

    Raises:
        WaitError: a job is still there.
    """
    destination = context.clients(inputs.destination)
    _remove(inputs, previous["sources"], context)
    # Also what an update that failed halfway registered, or left when its selector was changed.
    rest = sources_api.describe_source_servers(destination, tags=stack_tags(inputs.stack))
    _delete(inputs, {s.source_id: s.name or s.source_id for s in rest}, context)
    revoke_activation_codes(destination, inputs.stack)


def is_complete(inputs: SourceImportInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server is imported and nothing else, and all are as they should be."""
    return set(inputs.servers) == set(outputs["sources"]) and not altered_sources(outputs)


def altered_sources(outputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """Server -> what somebody else changed of its source server, as of the last look."""
    records = outputs["sources"].items()
    return {name: record["altered"] for name, record in records if record.get("altered")}


def _as_before(
    inputs: SourceImportInputs,
    before: SourceImportInputs | None,
    previous: Mapping[str, Any],
    destination: Clients,
) -> Records:
    """What is imported and selected in the same way still, even if its instance is gone.

    What somebody else changed of it is put right.
    """
    same = {
        name: record
        for name, record in previous["sources"].items()
        if before is not None and inputs.servers.get(name) == before.servers.get(name)
    }
    present = _present(inputs, same, destination)
    wrong = {name: present[name] for name in altered_sources({"sources": present})}
    found = _found(wrong, destination)
    for name, record in wrong.items():
        id_, source = record["instance_id"], found[record["source_id"]]
        marked = mark_source(destination, inputs.stack, name, id_, source)
        name_source(destination, name, id_, source.description, marked)
    return {**present, **_present(inputs, wrong, destination)} if wrong else present


def _present(inputs: SourceImportInputs, records: Records, destination: Clients) -> Records:
    """The records of sources that are there, as they are now."""
    found = _found(records, destination)
    result = {}
    for name, record in records.items():
        source = found.get(record["source_id"])
        if source is None:
            continue
        result[name] = {k: v for k, v in record.items() if k != "altered"} | _observed(source)
        wrong = altered(inputs.stack, name, record["instance_id"], source)
        if wrong and not record["adopted"]:
            result[name]["altered"] = wrong
    return result


def _found(records: Records, destination: Clients) -> dict[str, SourceServer]:
    ids = [record["source_id"] for record in records.values()]
    return {
        source.source_id: source
        for source in sources_api.describe_source_servers(destination, ids)
        if source.state != SourceState.DELETING
    }


def _import(
    inputs: SourceImportInputs,
    selectors: Mapping[str, Selector],
    known: Collection[str],
    destination: Clients,
    context: Context,
) -> tuple[Sources, dict[str, Instance]]:
    """Find instances and register those that are not; a server that cannot be fails alone.

    One that is `known` gets another source: the one before has its name until it is removed.
    """
    source = source_clients(destination, inputs.role, inputs.stack)
    place = f"account {inputs.role.account}, region {inputs.role.region}"
    context.progress(f"looking for {len(selectors)} servers in {place}")
    selection = select_instances(selectors, _visible_instances(selectors, source), place)
    sources = registered_sources(destination, source, inputs.stack, selection.instances)
    sources.failures |= selection.failures
    new = {n: i for n, i in selection.instances.items() if n not in sources.found}
    sources.failures |= unfit_instances(source, new)
    for name, reason in sorted(sources.failures.items()):
        context.note(f"{name} {NOT_IMPORTED}: {reason}")
    fit = {n: i for n, i in new.items() if n not in sources.failures}
    if fit:
        request = RegistrationRequest(
            inputs.stack,
            destination,
            source,
            inputs.role,
            inputs.import_commands,
            lambda name, found: (
                mark_source(destination, inputs.stack, name, fit[name].instance_id, found)
                if name in known
                else claim_source(destination, inputs.stack, name, fit[name], found)
            ),
            inputs.pace,
        )
        result = register(request, fit, context)
        sources |= Sources(result.sources, set(result.sources), result.failures)
    else:
        # One that was killed after its last registration, or could not revoke, left its code.
        revoke_activation_codes(destination, inputs.stack)
    return sources, selection.instances


def _visible_instances(selectors: Mapping[str, Selector], source: Clients) -> list[Instance]:
    ids = [str(selector["id"]) for selector in selectors.values() if "id" in selector]
    # Names, addresses and tags are matched here: the API takes one name a call.
    only = ids if len(ids) == len(selectors) else None
    return once_permitted(
        lambda: describe_instances(source, source.connection.region, only), source
    )


def _record(source: SourceServer, instance: Instance | None, adopted: bool) -> dict[str, Any]:
    windows = source.platform.startswith("Windows")
    return {
        "source_id": source.source_id,
        "instance_id": instance.instance_id if instance else "",
        "os_type": instance.os_type if instance else "windows" if windows else "linux",
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


def _remove(inputs: SourceImportInputs, records: Records, context: Context) -> None:
    """Delete sources of ours, and take our mark off adopted ones."""
    adopted = [record["source_id"] for record in records.values() if record["adopted"]]
    if adopted:
        release_sources(context.clients(inputs.destination), adopted)
    ours = {r["source_id"]: name for name, r in records.items() if not r["adopted"]}
    _delete(inputs, ours, context)


def _delete(inputs: SourceImportInputs, doomed: Mapping[str, str], context: Context) -> None:
    pace = replace(inputs.pace, deadline_seconds=inputs.cleanup_seconds)
    destination = context.clients(inputs.destination)
    if inputs.remove_client and doomed:
        free_sources(destination, inputs.stack, doomed, pace, context)
        remove_clients(destination, inputs.role, inputs.stack, doomed, pace, context)
    delete_sources(destination, inputs.stack, doomed, pace, context)
