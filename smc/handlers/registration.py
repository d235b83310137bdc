"""Registration of instances as source servers through Cloud Assistant.

One activation code for all, valid for a day and for exactly that many servers, revoked as soon as
the last one is registered or given up. RunCommand goes out in batches; a batch that the API refuses
because of one instance is split until that instance is alone, so the others are not held up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from smc.api import access_tokens
from smc.api.cloud_assistant import (
    describe_invocation,
    describe_invocations_of,
    run_command,
)
from smc.api.source_servers import describe_source_servers
from smc.catalogue import COMMAND, JOB, explain
from smc.clients import Clients
from smc.errors import MigrationError
from smc.handlers.command_batches import ENDED_BADLY, run_in_batches
from smc.handlers.context import Context, RoleAccess, once_permitted
from smc.import_command import TIMEOUT_SECONDS, import_script, log_place, registered_source_id
from smc.models import ActivationCode, Instance, Invocation, SourceServer
from smc.ownership import INSTANCE_TAG, STACK_TAG, access_token_name, command_name, digest
from smc.retry import with_retries
from smc.side_by_side import side_by_side
from smc.states import InvocationStatus
from smc.waiters import SOURCE_AVAILABLE, Pace, Verdict, rounds

ACTIVATION_CODE_DAYS = 1

OWNER_TAGS = (STACK_TAG, INSTANCE_TAG)
"""On a source server: whose it is."""


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """Who registers where.

    `source` are clients of the role that read; `commands` maps a system to a template that replaces
    the built-in one; `claim` makes a server's source server known as ours, and returns it as it is
    then.
    """

    stack: str
    destination: Clients
    source: Clients
    role: RoleAccess
    commands: Mapping[str, str]
    claim: Callable[[str, SourceServer], SourceServer]
    pace: Pace


@dataclass(slots=True)
class Registration:
    """Sources by server name, and the reason for every server without one."""

    sources: dict[str, SourceServer] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def register(
    request: RegistrationRequest, instances: Mapping[str, Instance], context: Context
) -> Registration:
    """Register instances and wait until SMC sees them online.

    Raises:
        ApiError: a service does not answer, or refuses for all of them.
    """
    result = Registration()
    try:
        activation = _new_activation_code(request, len(instances))
        invocations = _run_on_all(request, instances, activation, result)
        _await_online(request, instances, invocations, result, context)
    except Exception:
        # What went wrong first is what the user has to know; the next run revokes the code as well.
        with suppress(MigrationError):
            revoke_activation_codes(request.destination, request.stack)
        raise
    revoke_activation_codes(request.destination, request.stack)
    return result


def _new_activation_code(request: RegistrationRequest, count: int) -> ActivationCode:
    """The only activation code of the stack; one whose answer was lost is deleted."""
    destination, stack = request.destination, request.stack

    def create() -> ActivationCode:
        revoke_activation_codes(destination, stack)
        return access_tokens.create_access_token(
            destination, access_token_name(stack), count, ACTIVATION_CODE_DAYS
        )

    return with_retries(create, destination.clock, destination.budget)


def revoke_activation_codes(destination: Clients, stack: str) -> None:
    """Delete every activation code of the stack, also one that a crash left behind."""
    for token in access_tokens.list_access_tokens(destination, access_token_name(stack)):
        access_tokens.delete_access_token(destination, token.access_token_id)


def registered_before(request_source: Clients, region: str, stack: str) -> dict[str, str]:
    """Instance id -> source id of what earlier commands of this stack registered.

    A crash between registration and tagging leaves a source server that carries no tag; the output
    of the command still names it.
    """
    found: dict[str, str] = {}
    for invoke_id in describe_invocations_of(request_source, region, command_name(stack)):
        for invocation in describe_invocation(request_source, region, invoke_id):
            source_id = registered_source_id(invocation.output)
            if source_id:
                found.setdefault(invocation.instance_id, source_id)
    return found


def _run_on_all(
    request: RegistrationRequest,
    instances: Mapping[str, Instance],
    activation: ActivationCode,
    result: Registration,
) -> list[str]:
    """Send the command to every instance and return the invocation ids."""
    by_id = {instance.instance_id: name for name, instance in instances.items()}
    invoke_ids: list[str] = []
    for os_type in sorted({instance.os_type for instance in instances.values()}):
        script = import_script(os_type, activation, request.commands.get(os_type))
        ids = [i.instance_id for i in instances.values() if i.os_type == os_type]
        run = partial(_run, request, os_type, script, activation)
        invoked, refused = run_in_batches(
            request.destination, request.role, request.stack, ids, run
        )
        invoke_ids += invoked
        for instance_id, error in refused.items():
            result.failures[by_id[instance_id]] = (
                f"Cloud Assistant does not accept the import command for {instance_id}. {error}"
            )
    return invoke_ids


def _run(
    request: RegistrationRequest,
    os_type: str,
    script: str,
    activation: ActivationCode,
    commanding: Clients,
    instance_ids: Sequence[str],
) -> str:
    send = partial(
        run_command,
        commanding,
        request.role.region,
        instance_ids,
        name=command_name(request.stack),
        os_type=os_type,
        script=script,
        timeout_seconds=TIMEOUT_SECONDS,
        # Another activation code is another command: the token must differ with it.
        client_token=f"smc-{digest(activation.access_token_id, sorted(instance_ids))}",
    )
    # A strict policy has got the new instances a moment ago.
    return once_permitted(send, commanding)


def _await_online(
    request: RegistrationRequest,
    instances: Mapping[str, Instance],
    invoke_ids: Sequence[str],
    result: Registration,
    context: Context,
) -> None:
    by_id = {
        instance.instance_id: name
        for name, instance in instances.items()
        if name not in result.failures
    }
    revoked = False
    source_ids: dict[str, str] = {}
    for changed in rounds(request.pace, context.clock):
        before = len(result.sources) + len(result.failures) + len(source_ids)
        for invocation in _unsettled(request, invoke_ids, by_id, source_ids, result):
            name = by_id[invocation.instance_id]
            source_id = registered_source_id(invocation.output)
            if source_id:
                source_ids[name] = source_id
            elif invocation.status in ENDED_BADLY or invocation.status == InvocationStatus.SUCCESS:
                result.failures[name] = _client_failure(instances[name], invocation)
        if not revoked and set(by_id.values()) <= source_ids.keys() | result.failures.keys():
            # The last server is registered or given up; being online needs no code.
            revoke_activation_codes(request.destination, request.stack)
            revoked = True
        _observe_sources(request, instances, source_ids, result)
        if len(result.sources) + len(result.failures) + len(source_ids) > before:
            changed()
        waiting = [n for n in by_id.values() if n not in result.sources | result.failures]
        context.progress(
            f"imported {len(result.sources)} of {len(instances)}"
            + (f", waiting for {', '.join(waiting[:3])}" if waiting else "")
            + (" …" if len(waiting) > 3 else "")
        )
        if not waiting:
            return
    for name in by_id.values():
        if name not in result.sources and name not in result.failures:
            result.failures[name] = (
                f"not online {request.pace.deadline_seconds / 60:.0f} minutes after the import"
                f" command. Likely cause: it cannot reach SMC on port 443. See"
                f" {log_place(instances[name].os_type)} on {instances[name].instance_id}."
                " Fix: open the connection and run `pulumi up` again."
            )


def _unsettled(
    request: RegistrationRequest,
    invoke_ids: Sequence[str],
    by_id: Mapping[str, str],
    source_ids: Mapping[str, str],
    result: Registration,
) -> Iterator[Invocation]:
    """Invocations on instances of which it is not known yet how the command ended."""
    settled = source_ids.keys() | result.failures.keys()
    if settled >= set(by_id.values()):
        return
    look = partial(describe_invocation, request.source, request.role.region)
    for of_command in side_by_side(look, invoke_ids):
        for invocation in of_command:
            if by_id.get(invocation.instance_id, None) not in settled | {None}:
                yield invocation


def _observe_sources(
    request: RegistrationRequest,
    instances: Mapping[str, Instance],
    source_ids: Mapping[str, str],
    result: Registration,
) -> None:
    pending = {
        source_id: name
        for name, source_id in source_ids.items()
        if name not in result.sources and name not in result.failures
    }
    if not pending:
        return
    online: dict[str, SourceServer] = {}
    for source in describe_source_servers(request.destination, list(pending)):
        name = pending[source.source_id]
        instance_id = instances[name].instance_id
        owner = (request.stack, instance_id)
        marked = tuple(source.tags.get(t, o) for t, o in zip(OWNER_TAGS, owner, strict=True))
        if marked != owner:
            result.failures[name] = (
                f"the SMC client on {instance_id} names source server {source.source_id}, which is"
                f" that of instance {marked[1]} in stack {marked[0]}. Fix: look at {instance_id};"
                " what it says is not true."
            )
        elif SOURCE_AVAILABLE.judge(source.state) is Verdict.SUCCESS:
            online[name] = source
    # At once: what is not marked yet would have to be searched for after a crash.
    claimed = side_by_side(lambda name: request.claim(name, online[name]), online)
    result.sources.update(zip(online, claimed, strict=True))


def _client_failure(instance: Instance, invocation: Invocation) -> str:
    said = [line.strip() for line in invocation.output.splitlines() if line.strip()]
    errors = [line.removeprefix("Error: ") for line in said if line.startswith("Error")]
    reason = next(iter(errors or said[-1:]), invocation.error_info or invocation.status)
    code = invocation.error_code or f"exit code {invocation.exit_code}"
    known = explain(JOB, "", text=reason) or explain(COMMAND, invocation.error_code)
    return (
        f"the SMC client did not register {instance.instance_id}: {reason} ({code})."
        f" See {log_place(instance.os_type)} on the server."
        + (known or " Fix: mend that and run `pulumi up` again.")
    )
