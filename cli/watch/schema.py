"""The JSON Schema of `status --json`, which is checked in for those who write scripts."""

import json
from pathlib import Path

from cli.model_schema import described_schema
from smc.fleet_status import FleetStatus

TARGET = Path(__file__).parents[2] / "schema" / "status.schema.json"


def encoded() -> str:
    """The schema as it is checked in."""
    schema = described_schema(FleetStatus, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
