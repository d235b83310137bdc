"""STS 2015-04-01."""

from emulator.sts import actions

__all__ = ["actions"]
