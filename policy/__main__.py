"""Serves the guardrails to Pulumi, which starts this and ends it."""

import os
from pathlib import Path

from pulumi_policy import PolicyPack

from policy.pack import GUARDRAILS

# Pulumi starts a pack in the pack's folder; files that settings name are relative to the project's.
os.chdir(Path(__file__).parents[1])
PolicyPack("smc-migration", GUARDRAILS)
