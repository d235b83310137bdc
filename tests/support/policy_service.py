"""The policy pack's own process and gRPC service, as Pulumi uses it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

PACK = Path(__file__).parents[2] / "policy"


class PolicyService:
    """Asks a running pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub: Any = analyzer_pb2_grpc.AnalyzerStub(channel)

    def guardrails(self) -> dict[str, Any]:
        """What the pack says of itself, by guardrail."""
        info = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        return {policy.name: policy for policy in info.policies}

    def configure(
        self, guardrail: str, level: proto.EnforcementLevel.ValueType, **settings: Any
    ) -> None:
        """Set one guardrail."""
        config = proto.PolicyConfig(enforcementLevel=level, properties=_struct(settings))
        self._stub.Configure(proto.ConfigureAnalyzerRequest(policyConfig={guardrail: config}))

    def violations(self, kind: str, name: str, properties: Mapping[str, Any]) -> dict[str, str]:
        """Guardrail -> what is wrong with one resource."""
        request = proto.AnalyzeRequest(
            urn=_urn(kind, name), type=kind, name=name, properties=_struct(properties)
        )
        return _by_guardrail(self._stub.Analyze(request))

    def stack_violations(self, *resources: tuple[str, str, Mapping[str, Any]]) -> dict[str, str]:
        """Guardrail -> what is wrong with resources together: (type, name, properties) each."""
        request = proto.AnalyzeStackRequest(
            resources=[
                proto.AnalyzerResource(
                    urn=_urn(kind, name), type=kind, name=name, properties=_struct(properties)
                )
                for kind, name, properties in resources
            ]
        )
        return _by_guardrail(self._stub.AnalyzeStack(request))


def _by_guardrail(response: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for diagnostic in response.diagnostics:
        before = f"{found[diagnostic.policyName]}\n" if diagnostic.policyName in found else ""
        found[diagnostic.policyName] = before + diagnostic.message
    return found


def _urn(kind: str, name: str) -> str:
    return f"urn:pulumi:test::smc-migration::{kind}::{name}"


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(dict(values))
    return made


@contextmanager
def policy_service() -> Iterator[PolicyService]:
    """Start the pack as its host does, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(PACK)], stdout=subprocess.PIPE, text=True, cwd=PACK
    )
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield PolicyService(channel)
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout
        process.stdout.close()
