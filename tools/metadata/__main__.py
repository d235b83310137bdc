"""`python -m tools.metadata FOLDER`: read FOLDER/<service>.json, write the emulator's tables.

FOLDER holds the API metadata that Alibaba Cloud publishes for each product. What is kept are facts
that a validator needs; where they come from is told in `tools.metadata.facts`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.metadata.facts import service_facts
from tools.metadata.sdk_models import PACKAGES

DOCUMENTED = Path(__file__).with_name("documented")


def documented(service: str) -> dict[str, Any]:
    """Action -> path of a parameter -> what prose says of it."""
    source = DOCUMENTED / f"{service}.yaml"
    loaded: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return loaded


def main(folder: Path) -> None:
    """Write the tables of all services, an action on each line."""
    for service in PACKAGES:
        published = json.loads((folder / f"{service}.json").read_text(encoding="utf-8"))
        lines = [
            f"  {json.dumps(action)}: {json.dumps(facts, sort_keys=True)}"
            for action, facts in service_facts(service, published, documented(service)).items()
        ]
        target = Path("emulator") / service / "metadata.json"
        target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
