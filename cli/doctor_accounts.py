"""What both accounts say: whose credentials these are, and what is unfinished there."""

from collections.abc import Iterator
from pathlib import Path

from cli.finding import Finding, State
from cli.local_emulator import running_description
from smc.accounts import verify_account
from smc.api._call import call, nothing
from smc.api.replication_jobs import describe_replication_jobs
from smc.catalogue import find
from smc.clients import Clients
from smc.errors import ApiError, MigrationError, WrongAccountError
from smc.ownership import SERVER_TAG, stack_tags
from smc.settings import Settings
from smc.settings.accounts import Side
from smc.settings.job import STARTED
from smc.states import UNFINISHED, JobStatus

SERVICE_ROLE = "AliyunServiceRoleForSMC"


def examine_accounts(settings: Settings, stack: str, stack_file: str, up: str) -> Iterator[Finding]:
    """Emulator, credentials, service role and jobs.

    Args:
        settings: of the stack.
        stack: its full name.
        stack_file: file to edit where the settings are wrong.
        up: the command that updates the stack.
    """
    if settings.emulator is not None:
        running = running_description(Path(settings.emulator))
        if running is None:
            says = f"{settings.emulator} names none that answers."
            yield Finding("emulator", State.PROBLEM, says, "make emulator")
            return
        yield Finding("emulator", State.OK, str(running["endpoint"]))
    if not settings.source.role.existing:
        yield _credentials(settings, "source", stack_file)
    found = _credentials(settings, "destination", stack_file)
    yield found
    if found.state is State.OK:
        clients = Clients(settings.connection(settings.destination))
        yield _service_role(clients)
        yield _jobs(clients, settings, stack, up)


def _credentials(settings: Settings, name: str, stack_file: str) -> Finding:
    side: Side = getattr(settings, name)
    check = f"{name} credentials"
    profile = side.credentials.profile
    renew = f"aliyun configure --profile {profile or 'default'}"
    try:
        arn = verify_account(Clients(settings.connection(side)), name)
    except WrongAccountError as error:
        # Refused credentials have the API's error as their cause; those of another account do not.
        refused = isinstance(error.__cause__, ApiError)
        mend = renew if refused else f"correct {name}.account or its profile in {stack_file}"
        return Finding(check, State.PROBLEM, _first_line(error), mend)
    except MigrationError as error:
        return Finding(check, State.PROBLEM, _first_line(error), renew)
    return Finding(check, State.OK, arn)


def _service_role(clients: Clients) -> Finding:
    from alibabacloud_ram20150501.models import GetRoleRequest  # noqa: PLC0415 - loaded on use

    check = "service role of SMC"
    try:
        request = GetRoleRequest(role_name=SERVICE_ROLE)
        call(clients, "ram:GetRole", clients.ram().get_role, request, nothing)
    except ApiError as error:
        known = find("ram:GetRole", error.code)
        if known is not None and error.code == "EntityNotExist.Role":
            return Finding(check, State.PROBLEM, known.cause, known.fix)
        says = f"these credentials may not ask for it ({error.code or 'no answer'})."
        return Finding(check, State.UNKNOWN, says)
    return Finding(check, State.OK, SERVICE_ROLE)


def _jobs(clients: Clients, settings: Settings, stack: str, up: str) -> Finding:
    check = "replication jobs"
    unfinished = []
    for job in describe_replication_jobs(clients, tags=stack_tags(stack)):
        server = settings.servers.get(job.tags.get(SERVER_TAG, ""))
        waits = server is not None and settings.options(server).execution not in STARTED
        if job.status == JobStatus.READY and waits:
            continue
        if job.status in UNFINISHED | {JobStatus.EXPIRED}:
            error = f" ({job.error})" if job.error else ""
            unfinished.append(f"{job.name} is {job.status} at {job.progress:.0f} %{error}")
    if not unfinished:
        return Finding(check, State.OK, "none is unfinished")
    return Finding(check, State.PROBLEM, "; ".join(unfinished), up)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
