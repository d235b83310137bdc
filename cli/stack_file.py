"""The settings of a stack, read from its file as the program reads them."""

from pathlib import Path
from typing import Any

import yaml

from smc.errors import Problem, SettingsError
from smc.settings import Settings, load_settings

KEY = "smc-migration:migration"


def stack_settings(project: Path, stack: str) -> Settings:
    """The checked settings of `Pulumi.<stack>.yaml` in a project folder.

    Raises:
        SettingsError: there is no such file, it is not YAML, or the settings have problems.
    """
    return load_settings(raw_settings(project, stack), project)


def raw_settings(project: Path, stack: str) -> Any:
    """The settings as they stand in `Pulumi.<stack>.yaml`, not checked.

    Raises:
        SettingsError: there is no such file, it is not YAML, or it has no settings.
    """
    file = project / f"Pulumi.{stack}.yaml"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or error
        problem = Problem(file.name, f"cannot be read: {reason}.", "name a stack with --stack.")
        raise SettingsError([problem]) from error
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict) or KEY not in config:
        missing = Problem(f"{file.name} config", f"has no {KEY}.", "see the README.")
        raise SettingsError([missing])
    return config[KEY]
