import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud
from tests.support.migration import Migrator, grant_access


@pytest.fixture(autouse=True)
def _same_chances(request: pytest.FixtureRequest) -> None:
    """Jitter is the same in every run of a test, whichever tests ran before it."""
    random.seed(request.node.nodeid)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """The demo's world on loopback; its time passes only on request."""
    with running_cloud(tmp_path, demo_world()) as running:
        yield running


@pytest.fixture
def clock(cloud: Cloud) -> VirtualTime:
    """Waits take no time of ours: they advance the emulator's clock."""
    return VirtualTime(cloud.world)


@pytest.fixture
def migrator(cloud: Cloud, clock: VirtualTime) -> Migrator:
    """Handlers on the demo's world, access granted."""
    grant_access(cloud)
    return Migrator(cloud, clock)
