"""What users' states rely on: paths of provider classes, resource types, small pickles."""

import base64

import dill
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from providers.cleanup_guard import CleanupGuardProvider
from providers.drill_run import DrillRunProvider
from providers.replication_job import NO_JOB, ReplicationJobProvider, job_id_of
from providers.smoke_test_run import SmokeTestRunProvider
from providers.source_import import SourceImportProvider
from providers.wave_run import WaveRunProvider

PATHS: dict[type[ResourceProvider], str] = {
    CleanupGuardProvider: "providers.cleanup_guard.CleanupGuardProvider",
    DrillRunProvider: "providers.drill_run.DrillRunProvider",
    ReplicationJobProvider: "providers.replication_job.ReplicationJobProvider",
    SmokeTestRunProvider: "providers.smoke_test_run.SmokeTestRunProvider",
    SourceImportProvider: "providers.source_import.SourceImportProvider",
    WaveRunProvider: "providers.wave_run.WaveRunProvider",
}


@pytest.mark.parametrize("provider", PATHS, ids=lambda p: p.__name__)
def test_provider_is_pickled_by_reference_under_its_path(provider: type[ResourceProvider]) -> None:
    assert f"{provider.__module__}.{provider.__qualname__}" == PATHS[provider]
    pickled = base64.b64decode(serialize_provider(provider()))
    assert len(pickled) < 200
    assert provider.__module__.encode() in pickled
    assert b"_create_code" not in pickled
    assert isinstance(dill.loads(pickled), provider)  # noqa: S301 - our own bytes


@pytest.mark.parametrize("provider", PATHS, ids=lambda p: p.__name__)
def test_provider_is_no_secret(provider: type[ResourceProvider]) -> None:
    assert provider.serialize_as_secret_always is False
    assert vars(provider()) == {}


def test_job_id_of_a_resource_without_a_job() -> None:
    assert job_id_of("j-bp1") == "j-bp1"
    assert job_id_of(f"{NO_JOB}web-1/1") == ""
