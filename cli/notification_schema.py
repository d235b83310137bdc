"""The JSON Schema of what a webhook is sent, which is checked in for those who write receivers."""

import json
from pathlib import Path

from cli.model_schema import described_schema
from smc.notifications.events import Event

TARGET = Path(__file__).parents[1] / "schema" / "notification.schema.json"


def encoded() -> str:
    """The schema as it is checked in."""
    schema = described_schema(Event, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
