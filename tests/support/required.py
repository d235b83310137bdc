"""What a test needs of the machine and this one does not have."""

import os

import pytest


def missing(reason: str, variable: str) -> BaseException:
    """What to raise: the test is skipped, or with `variable` set, as in the workflow, it fails."""
    if os.environ.get(variable):
        return pytest.fail.Exception(reason, pytrace=False)
    return pytest.skip.Exception(reason)
