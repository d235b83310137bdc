"""The plugin's schema, which programs in other languages are generated from, is checked in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime import proto
from pulumi.runtime.proto import provider_pb2_grpc

ROOT = Path(__file__).parents[2]
CHECKED_IN = ROOT / "schema" / "plugin.schema.json"


def served_schema() -> dict[str, Any]:
    """What the running plugin answers."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "plugin"), "127.0.0.1:1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
            schema: dict[str, Any] = json.loads(stub.GetSchema(proto.GetSchemaRequest()).schema)
            return schema
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout
        process.stdout.close()


def test_the_schema_is_the_one_checked_in() -> None:
    """After a wanted change: write what is served into the file."""
    served = served_schema()
    assert served == json.loads(CHECKED_IN.read_text())
    for resource in served["resources"].values():
        assert resource["description"]
        assert all(p["description"] for p in resource["inputProperties"].values())
