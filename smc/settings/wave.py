"""Waves: which servers move together, when, and what has to be right before others follow."""

from typing import Literal

from pydantic import AwareDatetime

from smc.settings.base import Part
from smc.settings.smoke_test import SmokeTest


class Wave(Part):
    """Servers that move together."""

    after: tuple[str, ...] = ()
    """Waves that must have ended first."""

    start: AwareDatetime | None = None
    """Not before this moment, with a time zone: `2026-01-31T22:00:00+09:00`."""

    on_failure: Literal["continue", "hold"] = "continue"
    """`hold`: the waves after this one do not start while a server of it is not migrated, for
    whatever reason: a critical item of its drill, an error, a smoke test that it does not pass."""

    smoke_test: SmokeTest | None = None
    """Test of each migrated server of the wave, for those without one of their own."""

    wait: bool | None = None
    """Overrides the stack's `wait` for this wave."""
