from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, running_cloud
from tests.support.ecs_world import ecs_world


@pytest.fixture
def ecs_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A world with something of everything that ECS has; time passes only on request."""
    with running_cloud(tmp_path, ecs_world()) as running:
        yield running
