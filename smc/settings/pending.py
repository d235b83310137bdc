"""Settings that are understood and checked, but not carried out yet: refused, never ignored."""

from collections.abc import Iterator

from smc.errors import Problem
from smc.settings.job import BUILT_IN, DRILLED, JobOptions, merged
from smc.settings.model import Server
from smc.settings.rules import Parts

SERVER = ("smoke_test",)


def not_yet(parts: Parts) -> Iterator[Problem]:
    """Everything that would otherwise be ignored in silence."""
    paths = [f"waves.{name}.smoke_test" for name, wave in parts.waves.items() if wave.smoke_test]
    for name, server in parts.servers.items():
        template = parts.templates.get(server.template or "", JobOptions())
        options = merged(BUILT_IN, parts.defaults, template, server)
        paths += [f"servers.{name}.{key}" for key in _pending(server, options)]
    for path in paths:
        yield Problem(path, "is not supported yet.", "leave it out.")


def _pending(server: Server, options: JobOptions) -> Iterator[str]:
    yield from (key for key in SERVER if getattr(server, key))
    rehearsed = options.drill and options.drill.kind == "rehearsal"
    if options.execution in DRILLED and rehearsed:
        yield "drill.kind"
