"""Access alone, for an account whose servers other stacks migrate."""

from components.program import run

run()
