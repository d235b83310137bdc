from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cloud import Cloud, demo_world, running_cloud
from tests.support.project import Project

FAST = 3600.0


@pytest.fixture
def fast_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """The demo's world, where an hour is a second."""
    with running_cloud(tmp_path, demo_world(), FAST) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, fast_cloud: Cloud) -> Project:
    """The program on that world."""
    return Project(tmp_path, fast_cloud)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/engine/" in item.nodeid:
            item.add_marker(pytest.mark.engine)
