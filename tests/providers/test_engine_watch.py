"""Pulumi's own provider process, which learns that its engine cancels, or is gone."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from providers._engine import ORPHANED
from providers.wave_run import WaveRunProvider
from smc.handlers.wave_run import WaveRunInputs
from tests.support.cloud import Cloud, VirtualTime
from tests.support.migration import Migrator, grant_access
from tests.support.project import ROOT
from tests.support.trap import Moment, Trap

SERVERS = ("web-1", "web-2", "app-1", "files-1")
"""As many waves as the process has threads."""

LONGEST_SECONDS = 120.0


class Engine(engine_pb2_grpc.EngineServicer):
    """As much of an engine as a provider process talks to."""

    def __init__(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(2))
        engine_pb2_grpc.add_EngineServicer_to_server(self, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def Log(self, _request: Any, _context: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def die(self) -> None:
        self._server.stop(0).wait()


@contextmanager
def provider_process(engine: Engine) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", engine.address],
        cwd=ROOT,
        env=os.environ | {"PULUMI_PROJECT": "smc-migration"},
        stdout=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def stub_of(process: "subprocess.Popen[bytes]") -> Any:
    assert process.stdout is not None
    port = int(process.stdout.readline())
    return provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))


def wave_of(migrator: Migrator, server: str) -> provider_pb2.CreateRequest:
    """A wave of one server, whose migration never ends: time stands still."""
    inputs: WaveRunInputs = migrator.wave_inputs(migrator.prepared(server), wave=server)
    properties = struct_pb2.Struct()
    properties.update(inputs.model_dump(mode="json", exclude_none=True))
    properties.update({"__provider": serialize_provider(WaveRunProvider())})
    return provider_pb2.CreateRequest(urn="", properties=properties)


@pytest.fixture
def migrator(cloud: Cloud, clock: VirtualTime) -> Migrator:
    grant_access(cloud)
    return Migrator(cloud, clock)


@pytest.fixture
def engine() -> Iterator[Engine]:
    running = Engine()
    yield running
    running.die()


def test_cancel_ends_every_wait_although_all_threads_wait(
    migrator: Migrator, engine: Engine
) -> None:
    requests = [wave_of(migrator, server) for server in SERVERS]
    all_wait = threading.Event()
    trap = Trap(migrator.cloud.world)
    migrator.cloud.server.gateway.ledger = trap
    trap.set(Moment("smc:StartReplicationJob", len(SERVERS)), all_wait.set)
    with provider_process(engine) as process:
        stub = stub_of(process)
        creates = [stub.Create.future(request) for request in requests]
        assert all_wait.wait(LONGEST_SECONDS)
        stub.Cancel(empty_pb2.Empty(), timeout=LONGEST_SECONDS)
        for create in creates:
            error = create.exception(LONGEST_SECONDS)
            assert "cancelled. SMC goes on with what was started" in error.details()
            assert "Traceback (most recent call last)" not in error.details()
        assert process.poll() is None


def test_no_call_is_made_for_an_engine_that_is_gone(migrator: Migrator, engine: Engine) -> None:
    request = wave_of(migrator, SERVERS[0])
    trap = Trap(migrator.cloud.world)
    migrator.cloud.server.gateway.ledger = trap
    trap.set(Moment("smc:DescribeReplicationJobs", 2), engine.die)
    with provider_process(engine) as process:
        stub = stub_of(process)
        create = stub.Create.future(request)
        assert process.wait(LONGEST_SECONDS) == ORPHANED
        assert create.exception(LONGEST_SECONDS) is not None
    assert trap.counts() == {"smc:DescribeReplicationJobs": 2}, "it was about to start the job"


def test_an_idle_process_ends_with_its_engine(migrator: Migrator, engine: Engine) -> None:
    request = wave_of(migrator, SERVERS[0])
    with provider_process(engine) as process:
        check = provider_pb2.CheckRequest(news=request.properties)
        assert not stub_of(process).Check(check, timeout=LONGEST_SECONDS).failures
        engine.die()
        assert process.wait(LONGEST_SECONDS) == ORPHANED
