"""Faults and incidents in a cloud, in short words."""

from typing import Any

from emulator.http.faults import Fault
from emulator.http.incidents import Incident
from tests.support.cloud import Cloud


def arm(cloud: Cloud, kind: str, action: str = "*", **details: Any) -> None:
    """Let calls fail; see `emulator.http.faults.Fault`."""
    fault = Fault.model_validate({"kind": kind, "action": action, **details})
    cloud.server.gateway.faults.arm(fault)


def disarm(cloud: Cloud) -> None:
    """Let no more calls fail."""
    cloud.server.gateway.faults.disarm()


def happen(cloud: Cloud, incident: Incident) -> None:
    """Let something happen in the world."""
    cloud.world.settle()
    with cloud.world.transaction():
        incident.happen(cloud.world)


def outcomes(cloud: Cloud, action: str = "") -> list[str]:
    """How the calls of an action ended, or all calls, oldest first."""
    return [
        entry["outcome"]
        for entry in cloud.server.gateway.ledger.entries()
        if action in {"", f"{entry['service']}:{entry['action']}"}
    ]
