"""An image is kept up to date with its server, until it is cut over."""

from components.program import run

run()
