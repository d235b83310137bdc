"""What the user wants: the configuration, checked as a whole before anything is called."""

from smc.settings.load import load_settings
from smc.settings.model import Settings

__all__ = ["Settings", "load_settings"]
