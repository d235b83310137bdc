"""A fleet listed in a CSV file moves in two waves, with one template."""

from components.program import run

run()
