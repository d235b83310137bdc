"""Guardrails on waves."""

from collections.abc import Iterator, Sequence

from pulumi_policy import PolicyResource, ResourceValidationArgs, Severity

from policy.guardrail import ADVISORY, MANDATORY, Config, of_resource, of_stack
from policy.kinds import DRILL_RUN, WAVE_RUN
from smc.wave_plan import WaveJob

STARTS = WaveJob.model_fields["start"].default
"""What holds where a job of a wave does not say whether it is started: defaults are left out."""

RUNNING_JOBS_OF_AN_ACCOUNT = 50
"""SMC's own limit (SMC documentation, "Limits")."""


def _too_many_at_once(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    most = int(config.get("most", RUNNING_JOBS_OF_AN_ACCOUNT))
    quota = int(args.props["running_quota"])
    if quota > most:
        yield f"up to {quota} jobs run at a time, more than {most}."


def _not_drilled(
    resources: Sequence[PolicyResource], _config: Config
) -> Iterator[tuple[str, PolicyResource]]:
    drilled = {
        (resource.props["wave"], server)
        for resource in resources
        if resource.resource_type == DRILL_RUN
        for server in resource.props["servers"]
    }
    for resource in resources:
        if resource.resource_type == WAVE_RUN:
            wave = resource.props["wave"]
            for server, job in resource.props["jobs"].items():
                if job.get("start", STARTS) and (wave, server) not in drilled:
                    yield f"{server} is migrated without a drill.", resource


WAVE_GUARDRAILS = [
    of_resource(
        "running-quota",
        [WAVE_RUN],
        _too_many_at_once,
        says="Not too many migrations run at a time.",
        level=MANDATORY,
        severity=Severity.MEDIUM,
        remedy="Lower runningQuota.",
        settings={
            "most": {
                "type": "integer",
                "minimum": 1,
                "description": "Running jobs; SMC's limit of 50 if left out.",
            }
        },
    ),
    of_stack(
        "drill-before-migration",
        _not_drilled,
        says="Servers are drilled before they are migrated.",
        level=ADVISORY,
        severity=Severity.HIGH,
        remedy="Set execution: drillAndMigrate.",
    ),
]
