"""`python -m tools.metadata FOLDER`: read FOLDER/<service>.json, write the emulator's tables.

The source is the API metadata that Alibaba Cloud publishes for each product. What is kept are facts
that a validator needs: parameter names, types, ranges, which are required, and error codes. Facts
that only the prose of the documentation has are in documented.yaml and are merged over it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

SERVICES = ("ecs", "ram", "smc", "sts")
LIMITS = ("minimum", "maximum", "maxItems", "maxLength")
DOCUMENTED = Path(__file__).with_name("documented.yaml")

Facts = dict[str, Any]


def parameter(given: Facts) -> Facts:
    """The facts of one parameter."""
    schema = given["schema"]
    kept: Facts = {"type": schema.get("type", "string")}
    if schema.get("required") or schema.get("docRequired"):
        kept["required"] = True
    if given.get("style"):
        kept["style"] = given["style"]
    if schema.get("enum"):
        kept["enum"] = schema["enum"]
    if schema.get("items"):
        kept["items"] = schema["items"].get("type", "string")
    kept |= {limit: int(schema[limit]) for limit in LIMITS if limit in schema}
    return kept


def service(metadata: Facts, documented: dict[str, dict[str, Facts]]) -> Facts:
    """The facts of all actions of a service."""
    actions: dict[str, dict[str, Facts]] = {
        name: {
            "parameters": {p["name"]: parameter(p) for p in action["parameters"]},
            "errors": {
                error["errorCode"]: int(status)
                for status, errors in action.get("errorCodes", {}).items()
                for error in errors
            },
        }
        for name, action in metadata["apis"].items()
    }
    for name, parameters in documented.items():
        known = actions.setdefault(name, {"parameters": {}, "errors": {}})["parameters"]
        for parameter_name, facts in parameters.items():
            known[parameter_name] = {**known.get(parameter_name, {}), **facts}
    return dict(sorted(actions.items()))


def main(folder: Path) -> None:
    """Write the tables of all services."""
    documented = yaml.safe_load(DOCUMENTED.read_text(encoding="utf-8"))
    for name in SERVICES:
        metadata = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        target = Path("emulator") / name / "metadata.json"
        lines = [
            f"  {json.dumps(action)}: {json.dumps(facts, sort_keys=True)}"
            for action, facts in service(metadata, documented.get(name, {})).items()
        ]
        target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
