"""The Pulumi program: the migration that the stack's configuration describes."""

from components.program import run

run()
