"""`python -m tests.emulator.conformance [--write]`: examine every action, and report.

With --write, what the actions read and answered goes to emulator/<service>/coverage.json, and the
table made from it to docs/emulator-coverage.md, unless something failed.
"""

import json
import sys
from pathlib import Path

from emulator.coverage import recorded, table
from emulator.service import ACTIONS
from emulator.services import SERVICES, load_services
from tests.emulator.conformance.examination import Examination, examine
from tests.emulator.conformance.report import report

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "docs" / "emulator-coverage.md"


def examined(service: str, action: str) -> Examination:
    """The examination of an action; what stopped it is a failure."""
    try:
        return examine(service, action)
    except Exception as error:  # noqa: BLE001 - the other actions are examined too
        return Examination(service, action, failures=[f"{type(error).__name__}: {error}"])


def write(found: list[Examination]) -> None:
    """Write coverage of all services, an action on each line, and the table."""
    for service in SERVICES:
        lines = [
            f"  {json.dumps(one.action)}: {json.dumps(one.coverage())}"
            for one in found
            if one.service == service
        ]
        target = ROOT / "emulator" / service / "coverage.json"
        target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    recorded.cache_clear()
    TABLE.write_text(table(), encoding="utf-8")


def main() -> int:
    """Print the report; 1 where anything failed."""
    load_services()
    found = [examined(service, action) for service, action in sorted(ACTIONS)]
    print(report(found))
    if any(one.failures for one in found):
        return 1
    if "--write" in sys.argv[1:]:
        write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
