"""A drill of a wave: what stands against each server's migration, before it is started.

SMC's public API has no drill, so this one is made of public calls: a read-only script on the source
server, run by the role through Cloud Assistant, and what SMC and ECS say of source and target. It
changes nothing. What nobody could check is reported as not checked, and blocks nothing.

Not looked at: whether the image's name is taken, for SMC adds a suffix then.
Calls: sts:AssumeRole, ecs:RunCommand, ecs:DescribeInvocations, smc:DescribeSourceServers,
ecs:DescribeInstances, ecs:DescribeDisks.
Source: the seed's step 3 ("migration drill"); SMC user guide, "Drill items".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from smc.api.cloud_assistant import describe_invocation, run_command
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.connection import Connection
from smc.drill.evaluation import Item, evaluate
from smc.drill.rules import Severity
from smc.drill.scripts import TIMEOUT_SECONDS, check_script
from smc.errors import RefusedError
from smc.handlers.command_batches import RUNNING, run_in_batches
from smc.handlers.context import Context, RoleAccess, silent, source_clients
from smc.handlers.target_check import check_target_instance
from smc.models import Invocation, SourceServer
from smc.ownership import drill_command_name
from smc.states import InvocationStatus
from smc.waiters import SOURCE_AVAILABLE, Pace, Verdict, rounds


class DrillServer(BaseModel):
    """A server to be drilled.

    Attributes:
        source_id: its source server; empty while it could not be imported: then it is left out.
        source_instance: its ECS instance; empty where an adopted source does not tell it.
        os_type: `linux` or `windows`.
        target_instance: instance that it will replace; empty for an image.
        target_region: where it goes.
        run: a new run is a new drill.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str
    source_instance: str
    os_type: str
    target_instance: str
    target_region: str
    run: int


class DrillRunInputs(BaseModel):
    """The drills of one wave.

    Attributes:
        wave: name of the wave.
        stack: see `smc.ownership`.
        destination: account of the source servers and targets.
        role: the role in the source account.
        servers: server name -> what is drilled.
        pace: of the wait for the script.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave: str
    stack: str
    destination: Connection
    role: RoleAccess
    servers: dict[str, DrillServer]
    pace: Pace = Pace()


Outputs = dict[str, Any]
"""`reports`: server -> {ok, warning, critical, not_checked: how many, items: those that are not Ok,
each {name, severity, finding, fix}}; `blocked`: server -> why it must not be started."""


def drill(
    inputs: DrillRunInputs,
    before: DrillRunInputs | None,
    previous: Mapping[str, Any],
    context: Context,
) -> Outputs:
    """Drill every server that is new, changed or blocked; the reports of the others stay.

    Raises:
        MigrationError: the role cannot be assumed, or a service does not answer.
    """
    kept = {
        name: report
        for name, report in (previous.get("reports") or {}).items()
        if before is not None
        and name in inputs.servers
        and inputs.servers[name] == before.servers.get(name)
        and name not in previous["blocked"]
    }
    due = {n: s for n, s in inputs.servers.items() if s.source_id and n not in kept}
    items = _looked_up(inputs, due, context)
    for name, asked in _asked(inputs, due, context).items():
        items[name] += asked
    for name, found in sorted(items.items()):
        for item in found:
            if item.severity in {Severity.WARNING, Severity.CRITICAL}:
                context.note(f"{name}: {item.severity}: {item.name}: {item.finding}")
    return {
        "reports": dict(sorted((kept | {n: _report(found) for n, found in items.items()}).items())),
        "blocked": {n: reason for n, found in sorted(items.items()) if (reason := _blocked(found))},
    }


def is_complete(inputs: DrillRunInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server was drilled, and none is blocked."""
    imported = {name for name, server in inputs.servers.items() if server.source_id}
    return not outputs["blocked"] and imported == set(outputs["reports"])


def _looked_up(
    inputs: DrillRunInputs, servers: Mapping[str, DrillServer], context: Context
) -> dict[str, list[Item]]:
    """What SMC and ECS say of each server and its target."""
    destination = context.clients(inputs.destination)
    wanted = [server.source_id for server in servers.values()]
    sources = {s.source_id: s for s in describe_source_servers(destination, wanted)}
    items: dict[str, list[Item]] = {}
    for name, server in servers.items():
        source = sources.get(server.source_id)
        items[name] = [_source_item(server, source)]
        if server.target_instance and source is not None:
            items[name].append(_target_item(destination, name, server, source))
    return items


def _source_item(server: DrillServer, source: SourceServer | None) -> Item:
    if source is not None and SOURCE_AVAILABLE.judge(source.state) is Verdict.SUCCESS:
        return Item("source server", Severity.OK, source.state)
    finding = f"SMC has no source server {server.source_id}"
    if source is not None:
        finding = f"SMC shows {source.source_id} as {source.state}"
        finding += f": {source.error}" if source.error else ""
    return Item(
        "source server",
        Severity.CRITICAL,
        finding,
        "start the SMC client on the server and let it reach the service on port 443.",
    )


def _target_item(
    destination: Clients, name: str, server: DrillServer, source: SourceServer
) -> Item:
    try:
        check_target_instance(
            destination, server.target_region, server.target_instance, name, source, silent
        )
    except RefusedError as error:
        finding, _, fix = str(error).removeprefix(f"{name}: ").partition(" Fix: ")
        return Item("target instance", Severity.CRITICAL, finding, fix)
    return Item("target instance", Severity.OK, f"{server.target_instance} fits")


def _asked(
    inputs: DrillRunInputs, servers: Mapping[str, DrillServer], context: Context
) -> dict[str, list[Item]]:
    """What the servers themselves say to the script."""
    items = {
        name: [_not_asked("SMC does not tell which ECS instance an adopted source server is")]
        for name, server in servers.items()
        if not server.source_instance
    }
    asked = {s.source_instance: (n, s.os_type) for n, s in servers.items() if s.source_instance}
    if not asked:
        return items
    source = source_clients(context.clients(inputs.destination), inputs.role, inputs.stack)
    invoke_ids: list[str] = []
    for os_type in sorted({os_type for _, os_type in asked.values()}):
        ids = [instance_id for instance_id, (_, system) in asked.items() if system == os_type]
        run = partial(_run, inputs, source, os_type)
        invoked, refused = run_in_batches(source, ids, run)
        invoke_ids += invoked
        for instance_id, error in refused.items():
            name, _ = asked.pop(instance_id)
            items[name] = [_not_asked(f"Cloud Assistant does not accept the script. {error}")]
    ended = _await_end(inputs, source, invoke_ids, len(asked), context)
    for instance_id, (name, os_type) in asked.items():
        items[name] = _said(ended.get(instance_id), os_type)
    return items


def _run(inputs: DrillRunInputs, source: Clients, os_type: str, instance_ids: Sequence[str]) -> str:
    return run_command(
        source,
        inputs.role.region,
        instance_ids,
        name=drill_command_name(inputs.stack),
        os_type=os_type,
        script=check_script(os_type),
        timeout_seconds=TIMEOUT_SECONDS,
        # Each drill is one of its own: the answer of an earlier one would hide what was mended.
        client_token=f"smc-{uuid4().hex}",
    )


def _await_end(
    inputs: DrillRunInputs,
    source: Clients,
    invoke_ids: Sequence[str],
    count: int,
    context: Context,
) -> dict[str, Invocation]:
    """The commands that have ended, by instance, as soon as all have, or the deadline passed."""
    ended: dict[str, Invocation] = {}
    open_ids = list(invoke_ids)
    for changed in rounds(inputs.pace, context.clock):
        before = len(ended)
        for invoke_id in list(open_ids):
            seen = describe_invocation(source, inputs.role.region, invoke_id)
            ended |= {i.instance_id: i for i in seen if i.status not in RUNNING}
            if all(i.status not in RUNNING for i in seen):
                open_ids.remove(invoke_id)
        context.progress(f"drill: {len(ended)} of {count} servers have answered")
        if not open_ids:
            break
        if len(ended) > before:
            changed()
    return ended


def _said(invocation: Invocation | None, os_type: str) -> list[Item]:
    if invocation is None:
        return [_not_asked("the script has not ended in time")]
    if invocation.status != InvocationStatus.SUCCESS:
        code = invocation.error_code or f"exit code {invocation.exit_code}"
        return [_not_asked(f"the script ended as {invocation.status} ({code})")]
    if not invocation.output.strip():
        return [_not_asked("the script printed nothing")]
    return evaluate(invocation.output, os_type)


def _not_asked(reason: str) -> Item:
    return Item("check script", Severity.NOT_CHECKED, reason)


def _report(items: Sequence[Item]) -> dict[str, Any]:
    severities = [item.severity for item in items]
    return {
        "ok": severities.count(Severity.OK),
        "warning": severities.count(Severity.WARNING),
        "critical": severities.count(Severity.CRITICAL),
        "not_checked": severities.count(Severity.NOT_CHECKED),
        "items": [
            asdict(i) | {"severity": str(i.severity)}
            for i in items
            if i.severity is not Severity.OK
        ],
    }


def _blocked(items: Sequence[Item]) -> str:
    critical = [item for item in items if item.severity is Severity.CRITICAL]
    if not critical:
        return ""
    count = f"{len(critical)} critical item" + ("s" if len(critical) > 1 else "")
    said = "; ".join(f"{i.name}: {i.finding.rstrip('.')}. Fix: {i.fix}" for i in critical)
    return f"the drill found {count}: {said}"
