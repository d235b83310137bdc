"""`python -m tools.metadata FOLDER`: read FOLDER/<service>.json, write the emulator's tables.

The source is the API metadata that Alibaba Cloud publishes for each product. What is kept are facts
that a validator needs: parameter names, types, ranges, which are required, and error codes.
"""

import json
import sys
from pathlib import Path
from typing import Any

SERVICES = ("ecs", "ram", "smc", "sts")
LIMITS = ("minimum", "maximum", "maxItems", "maxLength")


def parameter(given: dict[str, Any]) -> dict[str, Any]:
    """The facts of one parameter."""
    schema = given["schema"]
    kept: dict[str, Any] = {"type": schema.get("type", "string")}
    if schema.get("required") or schema.get("docRequired"):
        kept["required"] = True
    if given.get("style"):
        kept["style"] = given["style"]
    if schema.get("enum"):
        kept["enum"] = schema["enum"]
    kept |= {limit: int(schema[limit]) for limit in LIMITS if limit in schema}
    return kept


def service(metadata: dict[str, Any]) -> dict[str, Any]:
    """The facts of all actions of a service."""
    return {
        name: {
            "parameters": {p["name"]: parameter(p) for p in action["parameters"]},
            "errors": {
                error["errorCode"]: int(status)
                for status, errors in action.get("errorCodes", {}).items()
                for error in errors
            },
        }
        for name, action in sorted(metadata["apis"].items())
    }


def main(folder: Path) -> None:
    """Write the tables of all services."""
    for name in SERVICES:
        metadata = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        target = Path("emulator") / name / "metadata.json"
        lines = [
            f"  {json.dumps(action)}: {json.dumps(facts, sort_keys=True)}"
            for action, facts in service(metadata).items()
        ]
        target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
