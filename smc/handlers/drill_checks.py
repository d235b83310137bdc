"""The checks of a drill: a read-only script on the source servers, and what SMC and ECS say.

The script is run by the role through Cloud Assistant. Nothing is changed. What nobody could check
is reported as not checked, and blocks nothing.

Calls: sts:AssumeRole, ecs:RunCommand, ecs:DescribeInvocations, smc:DescribeSourceServers,
ecs:DescribeInstances, ecs:DescribeDisks.
Source: SMC user guide, "Drill items".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

from smc.api.cloud_assistant import run_command
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.drill.evaluation import Item, evaluate, used_percent
from smc.drill.rules import Severity
from smc.drill.scripts import TIMEOUT_SECONDS, check_script
from smc.errors import RefusedError
from smc.handlers.command_batches import await_end, run_in_batches
from smc.handlers.context import Context, once_permitted, silent, source_clients
from smc.handlers.drill_inputs import DrillRunInputs, DrillServer
from smc.handlers.target_check import check_target_instance
from smc.models import Invocation, SourceServer
from smc.ownership import drill_command_name
from smc.states import InvocationStatus
from smc.waiters import SOURCE_AVAILABLE, Verdict

FINISHED = Item("migration", Severity.OK, "has finished")
"""Instead of all others: the server may be switched off by now."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one server.

    Attributes:
        items: the items of its report.
        source: the source server; None if SMC has none.
        used_percent: mount point or drive -> percent in use, as far as the server tells.
    """

    items: Sequence[Item]
    source: SourceServer | None = None
    used_percent: Mapping[str, int] = field(default_factory=dict)


def check(
    inputs: DrillRunInputs, servers: Mapping[str, DrillServer], context: Context
) -> dict[str, Checked]:
    """Check servers of a drill, all of them together; nobody is asked what is migrated already.

    Raises:
        MigrationError: the role cannot be assumed, or a service does not answer.
    """
    destination = context.clients(inputs.destination)
    wanted = [server.source_id for server in servers.values()]
    sources = {s.source_id: s for s in describe_source_servers(destination, wanted)}
    finished = {n for n, s in servers.items() if s.is_finished(sources.get(s.source_id))}
    asked = _asked(inputs, {n: s for n, s in servers.items() if n not in finished}, context)
    checked = {}
    for name, server in servers.items():
        source = sources.get(server.source_id)
        if name in finished:
            checked[name] = Checked([FINISHED], source)
            continue
        items = [_source_item(server, source)]
        if server.target_instance and source is not None:
            items.append(_target_item(destination, name, server, source))
        said = asked[name]
        checked[name] = Checked([*items, *said.items], source, said.used_percent)
    return checked


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
) -> dict[str, Checked]:
    """What the servers themselves say to the script."""
    items = {
        name: _not_asked("SMC does not tell which ECS instance an adopted source server is")
        for name, server in servers.items()
        if not server.source_instance
    }
    asked = {s.source_instance: (n, s.os_type) for n, s in servers.items() if s.source_instance}
    if not asked:
        return items
    destination = context.clients(inputs.destination)
    source = source_clients(destination, inputs.role, inputs.stack)
    invoke_ids: list[str] = []
    for os_type in sorted({os_type for _, os_type in asked.values()}):
        ids = [instance_id for instance_id, (_, system) in asked.items() if system == os_type]
        run = partial(_run, inputs, os_type)
        invoked, refused = run_in_batches(destination, inputs.role, inputs.stack, ids, run)
        invoke_ids += invoked
        for instance_id, error in refused.items():
            name, _ = asked.pop(instance_id)
            items[name] = _not_asked(f"Cloud Assistant does not accept the script. {error}")
    ended = await_end(
        source,
        inputs.role.region,
        invoke_ids,
        inputs.pace,
        context.clock,
        lambda count: context.progress(f"drill: {count} of {len(asked)} servers have answered"),
    )
    for instance_id, (name, os_type) in asked.items():
        items[name] = _said(ended.get(instance_id), os_type)
    return items


def _run(
    inputs: DrillRunInputs, os_type: str, commanding: Clients, instance_ids: Sequence[str]
) -> str:
    send = partial(
        run_command,
        commanding,
        inputs.role.region,
        instance_ids,
        name=drill_command_name(inputs.stack),
        os_type=os_type,
        script=check_script(os_type),
        timeout_seconds=TIMEOUT_SECONDS,
        # Each drill is one of its own: the answer of an earlier one would hide what was mended.
        client_token=f"smc-{uuid4().hex}",
    )
    # A strict policy has got the new instances a moment ago.
    return once_permitted(send, commanding)


def _said(invocation: Invocation | None, os_type: str) -> Checked:
    if invocation is None:
        return _not_asked("the script has not ended in time")
    if invocation.status != InvocationStatus.SUCCESS:
        code = invocation.error_code or f"exit code {invocation.exit_code}"
        return _not_asked(f"the script ended as {invocation.status} ({code})")
    if not invocation.output.strip():
        return _not_asked("the script printed nothing")
    output = invocation.output
    return Checked(evaluate(output, os_type), used_percent=used_percent(output))


def _not_asked(reason: str) -> Checked:
    return Checked([Item("check script", Severity.NOT_CHECKED, reason)])
