"""A command on many instances: in batches, and without one instance holding up the others.

Each batch is run in a session of the role that may run commands on these instances and nothing
else, so a batch is also no larger than the policy of a session can list.

Source: ECS 2014-05-26 RunCommand: at most 100 instances; one that does not qualify fails the call.
"""

from collections.abc import Callable, Sequence

from smc.api.cloud_assistant import COMMAND_BATCH, describe_invocation
from smc.clients import Clients
from smc.clock import Clock
from smc.errors import ApiError
from smc.handlers.context import RoleAccess, commanding_clients
from smc.models import Invocation
from smc.policies import instance_arn, session_batches
from smc.side_by_side import side_by_side
from smc.states import InvocationStatus
from smc.waiters import Pace, rounds

RUNNING = frozenset({InvocationStatus.PENDING, InvocationStatus.RUNNING})
ENDED_BADLY = frozenset(set(InvocationStatus)) - RUNNING - {InvocationStatus.SUCCESS}


def run_in_batches(
    destination: Clients,
    role: RoleAccess,
    stack: str,
    instance_ids: Sequence[str],
    run: Callable[[Clients, Sequence[str]], str],
) -> tuple[list[str], dict[str, ApiError]]:
    """Run a command on every instance that accepts it.

    A batch that the API refuses because of an instance is split until that instance is alone.

    Args:
        destination: clients that may assume the role.
        role: the role in the source account.
        stack: see `smc.ownership`.
        instance_ids: instances of one system.
        run: runs the command on some of them and returns the invocation's id.

    Returns:
        The invocations' ids, and why an instance does not accept the command, by its id.

    Raises:
        ApiError: the API refuses for all of them, or does not answer.
    """
    arns = {instance_arn(role.region, role.account, each): each for each in instance_ids}
    pending = [[arns[arn] for arn in b] for b in session_batches(list(arns), COMMAND_BATCH)]
    invoke_ids: list[str] = []
    refused: dict[str, ApiError] = {}

    def attempt(batch: Sequence[str]) -> str | ApiError:
        try:
            return run(commanding_clients(destination, role, stack, batch), batch)
        except ApiError as error:
            if not error.code.startswith("InvalidInstance"):
                raise
            return error

    while pending:
        tried, pending = pending, []
        for batch, outcome in zip(tried, side_by_side(attempt, tried), strict=True):
            if isinstance(outcome, str):
                invoke_ids.append(outcome)
            elif len(batch) == 1:
                refused[batch[0]] = outcome
            else:
                half = len(batch) // 2
                pending += [batch[:half], batch[half:]]
    return invoke_ids, refused


def await_end(
    source: Clients,
    region: str,
    invoke_ids: Sequence[str],
    pace: Pace,
    clock: Clock,
    progress: Callable[[int], None],
) -> dict[str, Invocation]:
    """The commands that have ended, by instance, as soon as all have, or the deadline passed.

    Args:
        source: clients of the role that read.
        region: of the instances.
        invoke_ids: what was run.
        pace: how often and how long.
        clock: the time.
        progress: is told after each look how many have ended.
    """
    ended: dict[str, Invocation] = {}
    open_ids = list(invoke_ids)
    for changed in rounds(pace, clock):
        before = len(ended)
        for invoke_id in list(open_ids):
            seen = describe_invocation(source, region, invoke_id)
            ended |= {i.instance_id: i for i in seen if i.status not in RUNNING}
            # A listing may lag behind: a command that it does not show yet has not ended.
            if seen and all(i.status not in RUNNING for i in seen):
                open_ids.remove(invoke_id)
        progress(len(ended))
        if not open_ids:
            break
        if len(ended) > before:
            changed()
    return ended
