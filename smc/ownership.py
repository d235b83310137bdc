"""How our objects are found again after a crash: names, tags and client tokens of the stack.

A stack is `organization/project/stack` or any other text that no second stack shares.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

STACK_TAG = "smc-migration-stack"
SERVER_TAG = "smc-migration-server"
INSTANCE_TAG = "smc-migration-instance"
RUN_TAG = "smc-migration-run"
FINISHED_TAG = "smc-migration-finished-run"
"""On a source server: the run that has finished. Survives SMC's removal of the job."""

REHEARSAL_TAG = "smc-migration-rehearsal"
"""On the job of a rehearsal (`job`) and on the snapshots of its image (`image`)."""

REHEARSAL_JOB_TAGS = {REHEARSAL_TAG: "job"}
"""What the job of a rehearsal carries beside the tags of other jobs."""

BACKUP_TAG = "smc-migration-backup-of"
"""On the snapshots that a rehearsal can bring a target instance back to: the instance's id."""

BACKUP_STATUS_TAG = "smc-migration-backup-status"
"""On the same: Running or Stopped, as the instance was."""

BACKUP_NEEDED_TAG = "smc-migration-backup-needed"
"""On the same: `yes` from when the rehearsal may have changed the target, `no` when it is over."""

SMOKE_TEST_TAG = "smc-migration-smoke-test"
"""On the instance that is made of an image to test it (`instance`)."""


def digest(*parts: Any) -> str:
    """40 hexadecimal digits that depend on every part and on nothing else."""
    encoded = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(encoded.encode()).hexdigest()[:40]


def stack_tags(stack: str) -> dict[str, str]:
    """The tag that everything of a stack carries."""
    return {STACK_TAG: stack}


def made_by(stack: str, what: str) -> str:
    """The description of a role or policy, which says which stack made it."""
    return f"{what} Made by smc-migration for {stack}."


def is_made_by(stack: str, description: str) -> bool:
    """Whether a description says that this stack made it."""
    return description.endswith(made_by(stack, ""))


def finished_run(tags: Mapping[str, str]) -> int:
    """The highest run that the mark on a source server says is finished; 0 without a mark."""
    mark = tags.get(FINISHED_TAG, "")
    return int(mark) if mark.isdecimal() else 0


def client_token(stack: str, server: str, run: int, parameters: Mapping[str, Any]) -> str:
    """The token that makes creating a job repeatable: at most 64 ASCII characters."""
    return f"smc-{digest(stack, server, run, parameters)}"


def is_rehearsal_job(stack: str, tags: Mapping[str, str]) -> bool:
    """Whether a replication job with these tags is a rehearsal of the stack."""
    return (stack_tags(stack) | REHEARSAL_JOB_TAGS).items() <= tags.items()


def access_token_name(stack: str) -> str:
    """Name of the activation code of a stack."""
    return f"smc-migration-{digest(stack)[:16]}"


def is_access_token_name(name: str) -> bool:
    """Whether an activation code was made for a stack of this program."""
    return re.fullmatch(r"smc-migration-[0-9a-f]{16}", name) is not None


def command_name(stack: str) -> str:
    """Name of the import command of a stack, by which its invocations are found again."""
    return f"smc-migration-import-{digest(stack)[:16]}"


def removal_command_name(stack: str) -> str:
    """Name of the command that takes the SMC client off servers."""
    return f"smc-migration-removal-{digest(stack)[:16]}"


def drill_command_name(stack: str) -> str:
    """Name of the check command of a stack's drills."""
    return f"smc-migration-drill-{digest(stack)[:16]}"


def smoke_test_command_name(stack: str) -> str:
    """Name of the commands of a stack's smoke tests."""
    return f"smc-migration-smoke-test-{digest(stack)[:16]}"


def rehearsal_image_name(stack: str, server: str) -> str:
    """Name of the throwaway image of a server's rehearsal."""
    return f"{rehearsal_image_prefix(stack)}{digest(server)[:8]}"


def rehearsal_image_prefix(stack: str) -> str:
    """How the names of all throwaway images of a stack begin; SMC may append a job's id."""
    return f"smc-migration-rehearsal-{digest(stack)[:16]}-"
