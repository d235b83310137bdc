"""One server becomes a custom image in another account and region."""

from components.program import run

run()
