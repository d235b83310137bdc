"""A whole migration from one settings object: access, import, waves, and the guard behind them."""

from typing import Any

import pulumi

from components.access import Access, declare_access
from components.estimate_preview import show_estimate
from components.import_preview import selectors, show_import_preview
from components.resource_inputs import (
    MINUTE_SECONDS,
    notification_inputs,
    pace_inputs,
    role_inputs,
)
from components.stack import full_stack_name
from components.wave import Wave
from components.whole_values import merged
from providers import CleanupGuard, SourceImport
from smc.errors import MigrationError
from smc.notifications.signature import receiver_of
from smc.settings import Settings


class Migration(pulumi.ComponentResource):
    """Moves the servers of the settings. Without servers it is access alone.

    On destroy the order is: waves stop what runs, jobs are deleted, then the source servers and the
    activation code, then the guard verifies that nothing billable is left, and access goes last.

    Attributes:
        role_arn: the role in the source account.
        results: server name -> job, status, image or instance id, smoke_test.
        failures: server name -> why it is not migrated, or has not passed its smoke test.
        drill_reports: server name -> what its drill found.
        refused: wave by wave, server name -> why its changed settings are refused.
        over_budget: why the estimate of a preview is above the budget; empty if it is not.
    """

    role_arn: pulumi.Output[str]
    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]
    drill_reports: pulumi.Output[dict[str, dict[str, Any]]]
    refused: list[pulumi.Output[dict[str, str] | None]]
    over_budget: pulumi.Output[str]

    def __init__(
        self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare everything.

        Args:
            name: name of the component.
            settings: the configuration, already checked.
            opts: resource options.
        """
        super().__init__("smc-migration:migration:Migration", name, None, opts)
        self._is_at_top = opts is None or opts.parent is None
        stack = full_stack_name()
        granted = declare_access(settings, stack, self)
        self.role_arn = granted.role_arn
        self.results = pulumi.Output.from_input({})
        self.failures = pulumi.Output.from_input({})
        self.drill_reports = pulumi.Output.from_input({})
        self.refused = []
        self.over_budget = pulumi.Output.from_input("")
        if settings.servers:
            self._migrate(settings, stack, granted)
        # The program puts out what it came to: a thousand results are in the state once less.
        self.register_outputs(_budget(settings))

    def _migrate(self, settings: Settings, stack: str, granted: Access) -> None:
        _warn_if_nobody_can_be_told(settings, self)
        guard = CleanupGuard(
            "cleanup",
            {
                "stack": stack,
                "destination": settings.connection(settings.destination).model_dump(
                    exclude_none=True
                ),
                **_watched(settings),
                "role": role_inputs(settings, self.role_arn),
                "pace": pace_inputs(settings, settings.polling.cleanup_minutes * MINUTE_SECONDS),
                **notification_inputs(settings),
            },
            pulumi.ResourceOptions(parent=self, depends_on=granted.grants),
        )
        imported = self._import(settings, stack, guard)
        waves: dict[str, Wave] = {}
        for wave_name, servers in settings.wave_members().items():
            definition = settings.waves.get(wave_name)
            waves[wave_name] = Wave(
                wave_name,
                settings=settings,
                stack=stack,
                role=role_inputs(settings, self.role_arn),
                servers=servers,
                imported=imported,
                before={n: waves[n] for n in settings.waves_before(wave_name)},
                is_at_top=self._is_at_top,
                opts=pulumi.ResourceOptions(
                    parent=self,
                    depends_on=[waves[other] for other in (definition.after if definition else ())],
                ),
            )
        self.results = merged([wave.results for wave in waves.values()])
        self.failures = merged([wave.failures for wave in waves.values()])
        # Not merged: in a preview those of some waves are not known.
        self.refused = [wave.refused for wave in waves.values()]
        reports = [wave.drill_reports for wave in waves.values()]
        self.drill_reports = merged(reports)
        if pulumi.runtime.is_dry_run():
            results = [wave.results for wave in waves.values()]
            jobs = {name: job for wave in waves.values() for name, job in wave.jobs.items()}
            self.over_budget = show_estimate(settings, stack, results, reports, self, jobs)

    def _import(self, settings: Settings, stack: str, guard: CleanupGuard) -> SourceImport:
        polling = settings.polling
        imported = SourceImport(
            "source-servers",
            {
                "stack": stack,
                "destination": settings.connection(settings.destination).model_dump(
                    exclude_none=True
                ),
                "role": role_inputs(settings, self.role_arn),
                "servers": selectors(settings),
                "import_commands": settings.import_command.model_dump(exclude_none=True),
                "pace": pace_inputs(settings, polling.import_minutes * MINUTE_SECONDS),
                "cleanup_seconds": polling.cleanup_minutes * MINUTE_SECONDS,
                "remove_client": settings.cleanup.remove_client,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[guard]),
        )
        if pulumi.runtime.is_dry_run():
            show_import_preview(settings, stack, imported)
        return imported


def _warn_if_nobody_can_be_told(settings: Settings, component: pulumi.Resource) -> None:
    if settings.notifications is not None:
        try:
            receiver_of(settings.notifications)
        except MigrationError as error:
            pulumi.log.warn(f"notifications are not sent. {error}", component)


def _watched(settings: Settings) -> dict[str, Any]:
    """Where something billable can appear: the regions and instances of all targets."""
    default = settings.destination.region
    targets = [server.target for server in settings.servers.values()]
    return {
        "regions": sorted({target.region or default for target in targets}),
        "target_instances": {
            target.instance: target.region or default for target in targets if target.instance
        },
    }


def _budget(settings: Settings) -> dict[str, Any]:
    """The output that guardrails hold against what they allow; the same in preview and update."""
    if settings.budget is None or settings.prices is None:
        return {}
    return {"budget": {"most": settings.budget, "currency": settings.prices.currency}}
