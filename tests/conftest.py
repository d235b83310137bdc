import os
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud
from tests.support.migration import Migrator, grant_access

# All is on loopback and without TLS, and for each session with an emulator the SDKs would read the
# system's certificates, which takes longer than the calls of most tests.
os.environ["SSL_CERT_FILE"] = os.devnull


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every worker begins with its share of the slow tests, so that none is left with them alone.

    Workers get equal parts of the list and take over what others have left.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow: list[list[pytest.Item]] = [[] for _ in range(workers)]
    modules = [list(tests) for _, tests in groupby(items, lambda item: item.path)]
    for tests in modules:
        if tests[0].get_closest_marker("engine"):
            min(slow, key=len).extend(tests)
    rest = [t for tests in modules for t in tests if not t.get_closest_marker("engine")]
    size = -(-len(items) // workers)
    items.clear()
    for part in slow:
        taken = max(size - len(part), 0)
        items += [*part, *rest[:taken]]
        del rest[:taken]
    items += rest


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
