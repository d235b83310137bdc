"""Several values of one figure, as results keep them."""

import statistics
from collections.abc import Sequence
from typing import Any


def spread(values: Sequence[float], digits: int = 0) -> dict[str, Any]:
    """Median, least and most, and every value."""
    return {
        "median": round(statistics.median(values), digits),
        "least": round(min(values), digits),
        "most": round(max(values), digits),
        "values": [round(value, digits) for value in values],
    }
