from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, VirtualTime, running_cloud
from tests.support.engine_model import Stack
from tests.support.fleet import fleet_world, names
from tests.support.migration import grant_access


def image_targets(*servers: str) -> dict[str, object]:
    """The `servers` of the settings: each to an image of its own."""
    return {
        name: {"select": {"name": name}, "target": {"image": f"{name}-image"}} for name in servers
    }


@pytest.fixture
def stack(cloud: Cloud, clock: VirtualTime) -> Stack:
    """A stack that is to move two servers of the demo's world, access granted."""
    grant_access(cloud)
    return Stack(cloud, clock, image_targets("web-1", "web-2"))


@pytest.fixture
def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack of as many servers as the test's parameter says, or 20, on four workers."""
    count = getattr(request, "param", 20)
    with running_cloud(tmp_path, fleet_world(count)) as cloud:
        grant_access(cloud)
        servers = image_targets(*names(count))
        yield Stack(cloud, VirtualTime(cloud.world), servers, workers=4)
