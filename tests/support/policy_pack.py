"""The policy pack in a form that the Pulumi at hand can start.

The language host that is built here (3.79.0) cannot start a policy pack; newer ones can. Pulumi
also looks for a program `pulumi-analyzer-policy-<runtime>` on PATH if it has no language host of a
name: so the same pack is started under a runtime name of its own.
"""

import shutil
import sys
from pathlib import Path

import yaml

from tests.support.policy_service import PACK

RUNTIME = "guardrails-under-test"


def startable_pack(folder: Path) -> tuple[Path, Path]:
    """The folder to name as `--policy-pack`, and one that has to be on PATH."""
    official = shutil.which("pulumi-language-python")
    if official:
        return PACK, Path(official).parent
    pack, binaries = folder / "pack", folder / "binaries"
    pack.mkdir()
    binaries.mkdir()
    description = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump(description | {"runtime": RUNTIME}))
    starter = binaries / f"pulumi-analyzer-policy-{RUNTIME}"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -u "{PACK}"\n')
    starter.chmod(0o755)
    return pack, binaries
