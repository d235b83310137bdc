"""Serves the guardrails to Pulumi, which starts this and ends it."""

from pulumi_policy import PolicyPack

from policy.pack import GUARDRAILS

PolicyPack("smc-migration", GUARDRAILS)
