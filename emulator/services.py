"""The services that the emulator has."""

import importlib

SERVICES = ("ecs", "ram", "smc", "sts")


def load_services() -> None:
    """Register the actions, rows and events of every service; needed before a world is opened."""
    for service in SERVICES:
        importlib.import_module(f"emulator.{service}")
