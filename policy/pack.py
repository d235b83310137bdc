"""All guardrails."""

from pulumi_policy import Policy

from policy.access_rules import ACCESS_GUARDRAILS
from policy.cost_rules import COST_GUARDRAILS
from policy.job_rules import JOB_GUARDRAILS
from policy.wave_rules import WAVE_GUARDRAILS

GUARDRAILS: list[Policy] = [
    *ACCESS_GUARDRAILS,
    *JOB_GUARDRAILS,
    *WAVE_GUARDRAILS,
    *COST_GUARDRAILS,
]
