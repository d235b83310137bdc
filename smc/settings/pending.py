"""Settings that are understood and checked, but not carried out yet: refused, never ignored."""

from collections.abc import Iterator

from smc.errors import Problem
from smc.settings.rules import Parts

SERVER = ("smoke_test",)


def not_yet(parts: Parts) -> Iterator[Problem]:
    """Everything that would otherwise be ignored in silence."""
    paths = [f"waves.{name}.smoke_test" for name, wave in parts.waves.items() if wave.smoke_test]
    for name, server in parts.servers.items():
        paths += [f"servers.{name}.{key}" for key in SERVER if getattr(server, key)]
    for path in paths:
        yield Problem(path, "is not supported yet.", "leave it out.")
