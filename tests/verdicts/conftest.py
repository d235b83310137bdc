import pytest

from tests.support.cloud import Cloud, VirtualTime
from tests.support.migration import Migrator, grant_access


@pytest.fixture
def migrator(cloud: Cloud, clock: VirtualTime) -> Migrator:
    """Handlers on the demo's world, access granted."""
    grant_access(cloud)
    return Migrator(cloud, clock)
