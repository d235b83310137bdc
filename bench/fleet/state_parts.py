"""What a state is made of: bytes a server, by what they are of."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

PER_SERVER = {"ReplicationJob", "Trivial"}
"""Resources of which there is one a server."""

PARTS = {
    "stackTrace": "stack trace, by Pulumi's SDK",
    "inputs": "inputs",
    "outputs": "outputs",
    "dependencies": "dependencies",
    "propertyDependencies": "dependencies",
}
REST = "name, type, parent, provider, times"


def state_parts(resources: Iterable[Mapping[str, Any]], servers: int) -> dict[str, float]:
    """What of -> bytes a server, the largest first.

    Args:
        resources: of the state.
        servers: of the fleet.
    """
    found = Counter[str]()
    for resource in resources:
        kind = str(resource["type"]).rpartition(":")[2]
        if kind in PER_SERVER:
            for key, value in resource.items():
                found[f"{kind}: {PARTS.get(key, REST)}"] += compact_size({key: value})
        else:
            found[kind] += compact_size(resource)
    return {name: round(size / servers) for name, size in found.most_common()}


def compact_size(value: Any) -> int:
    """Bytes of a value as it is stored."""
    return len(json.dumps(value, separators=(",", ":")))
