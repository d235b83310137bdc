"""What the user wants: the configuration, checked as a whole before anything is called.

Its parts are loaded by whoever asks for the whole: the provider needs two of them, and to load all
takes longer than a call of SMC.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smc.settings.load import load_settings
    from smc.settings.model import Settings

__all__ = ["Settings", "load_settings"]


def __getattr__(name: str) -> Any:
    if name == "Settings":
        return import_module("smc.settings.model").Settings
    if name == "load_settings":
        return import_module("smc.settings.load").load_settings
    raise AttributeError(name)
