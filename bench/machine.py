"""When and where something was measured, as results keep it."""

import os
import platform
import time
from typing import Any


def measured_here() -> dict[str, Any]:
    """The date in UTC, the version of Python, and the number of cores."""
    return {
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
