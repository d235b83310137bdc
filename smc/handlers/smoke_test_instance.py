"""The short-lived instance that an image is tested on: made, found again, released.

It carries the tags of stack and server, by which the next run, the clean-up and `python -m cli
sweep` find it, and a time at which ECS releases it by itself if none of them comes.
Source: ECS 2014-05-26 RunInstances (Tag, AutoReleaseTime, ClientToken), DeleteInstance.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from smc.api.instances import delete_instance, describe_instances
from smc.api.launch import NewInstance, run_instance
from smc.clients import Clients
from smc.errors import ApiError
from smc.handlers.smoke_test_inputs import SmokeTestServer
from smc.models import Instance
from smc.ownership import SERVER_TAG, SMOKE_TEST_TAG, digest, stack_tags

LAUNCH_SECONDS = 600.0
"""How long an instance may take until it runs."""

RELEASE_SECONDS = 600.0
"""How long an instance may take until it is gone."""

SPARE_SECONDS = 2100.0
"""From the end of a test to the release by ECS, which is at least half an hour after the launch."""

LONGEST_LIFE_SECONDS = LAUNCH_SECONDS + 3600 + SPARE_SECONDS
"""Nothing that is older is part of a test."""

PASSING = frozenset({"Pending", "Starting", "Stopping"})
"""Statuses in which an instance cannot be released yet."""


def life_seconds(server: SmokeTestServer) -> float:
    """How long the test instance of a server lives at most."""
    return LAUNCH_SECONDS + server.within_seconds + SPARE_SECONDS


def smoke_test_instances(clients: Clients, region: str, stack: str) -> list[Instance]:
    """All test instances of a stack in a region."""
    tags = stack_tags(stack) | {SMOKE_TEST_TAG: "instance"}
    return describe_instances(clients, region, tags=tags)


def launch(
    clients: Clients,
    stack: str,
    name: str,
    server: SmokeTestServer,
    attempt: int,
    instead_of: Iterable[str],
) -> str:
    """Make the test instance of a server's image; returns its id.

    Args:
        clients: of the destination side.
        stack: see `smc.ownership`.
        name: of the server.
        server: its image, and how an instance of it is made.
        attempt: counts the tests of the server: each has an instance of its own.
        instead_of: instances of an interrupted attempt, which are released.

    Raises:
        ApiError: ECS refuses.
    """
    if server.launch is None:
        raise ValueError(f"{name} is no image")
    # Whole minutes, for ECS cuts off seconds: it must not be earlier than half an hour ahead.
    released_at = clients.utc_now() + timedelta(seconds=life_seconds(server))
    declared = server.launch.model_dump(exclude_defaults=True)
    parts = (stack, name, server.image_id, declared, attempt, sorted(instead_of), released_at)
    new = NewInstance(
        name=f"smoke-test-{name}",
        image_id=server.image_id,
        tags=stack_tags(stack) | {SERVER_TAG: name, SMOKE_TEST_TAG: "instance"},
        released_at=released_at,
        client_token=f"smc-{digest(*parts)}",
        **declared,
    )
    return run_instance(clients, server.region, new)


def release(clients: Clients, region: str, instances: Sequence[Instance]) -> None:
    """Begin to release instances; those that are on the way to another status are left for later.

    Raises:
        ApiError: ECS refuses for another reason.
    """
    for instance in instances:
        if instance.status in PASSING:
            continue
        try:
            delete_instance(clients, region, instance.instance_id)
        except ApiError as error:
            if not error.code.startswith("IncorrectInstanceStatus"):
                raise
