"""What a template, the defaults and each server can say about a migration."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from smc.settings.base import Part, Tags


class Execution(StrEnum):
    """What happens to a job once it is created."""

    DRILL_ONLY = "drillOnly"
    """The drill runs; the migration does not."""

    DRILL_AND_MIGRATE = "drillAndMigrate"
    """The migration starts if the drill found nothing critical."""

    IMMEDIATE = "immediate"
    """The migration starts without a drill."""

    SCHEDULED = "scheduled"
    """SMC starts the migration at `startAt`."""

    CREATE_ONLY = "createOnly"
    """The job waits until the execution is changed."""


DRILLED = frozenset({Execution.DRILL_ONLY, Execution.DRILL_AND_MIGRATE})
STARTED = frozenset({Execution.IMMEDIATE, Execution.DRILL_AND_MIGRATE})


class Network(Part):
    """How data travels to the transition instance."""

    vswitch: str | None = None
    """vSwitch for a transfer over private addresses; without one it is public."""

    bandwidth_limit: Annotated[int, Field(ge=0)] | None = None
    """Passed to SMC as `bandwidth_limit`; 0 is no limit. The documentation contradicts itself about
    its unit, so nothing is converted here."""

    expected_mbit_per_second: Annotated[float, Field(gt=0)] | None = None
    """The speed that you expect of the transfer, for estimates and for the hint that it is slow.
    Without it `bandwidthLimit` is taken for Mbit/s here, and 100 for no limit."""

    compress_level: Annotated[int, Field(ge=0, le=10)] | None = None
    """0 is no compression."""

    checksum: bool | None = None
    """Verify the data transferred."""


class Synchronization(Part):
    """Keeps an image up to date with the running server, until cut over."""

    every_hours: Annotated[int, Field(ge=1, le=168)]
    """Interval of the incremental runs."""

    keep_images: Annotated[int, Field(ge=1, le=10)] = 1
    """How many images SMC keeps; older ones are deleted."""

    cutover: Literal["now", "finalSync"] | None = None
    """Add it to end the synchronization: `finalSync` after one last run, `now` without."""


class LaunchTemplate(Part):
    """An ECS launch template for the transition instance."""

    id: str
    """Id of the launch template."""

    version: str | None = None
    """Its version; default is the template's default version."""


class Drill(Part):
    """How a drill is made, for executions with one."""

    kind: Literal["checks", "rehearsal"] = "checks"
    """`checks` looks at the server and the target and changes nothing. `rehearsal` also migrates:
    to an image that is deleted again, or to the target instance, whose disks are rolled back."""


class JobOptions(Part):
    """Options of a migration. Servers inherit from their template, and that from `defaults`."""

    execution: Execution | None = None
    """What happens once the job is created."""

    start_at: AwareDatetime | None = None
    """When a scheduled migration starts, with a time zone: `2026-01-31T22:00:00+09:00`; at least 10
    minutes and at most 30 days ahead."""

    drill: Drill | None = None
    """How a drill is made."""

    synchronization: Synchronization | None = None
    """Incremental runs; without it the migration runs once."""

    network: Network | None = None
    """How data travels."""

    valid_days: Annotated[int, Field(ge=7, le=90)] | None = None
    """How long SMC keeps the job startable."""

    attempts: Annotated[int, Field(ge=1, le=20)] | None = None
    """How often a job that ends in error is started, over all runs of `pulumi up`."""

    license: Literal["BYOL"] | None = None
    """Bring your own licence."""

    resource_group: str | None = None
    """Resource group of the job."""

    transition_instance_type: str | None = None
    """Type of the transition instance; SMC chooses one if left out."""

    instance_role: str | None = None
    """RAM role of the transition instance."""

    launch_template: LaunchTemplate | None = None
    """Launch template; image targets only."""

    tags: Tags | None = None
    """Tags of the job."""

    @model_validator(mode="after")
    def _start_at_if_scheduled(self) -> Self:
        if self.start_at and self.execution not in {None, Execution.SCHEDULED}:
            raise ValueError("startAt is only for execution: scheduled")
        return self

    @property
    def rehearses(self) -> bool:
        """Whether there is a drill, and that is a rehearsal."""
        return bool(self.execution in DRILLED and self.drill and self.drill.kind == "rehearsal")

    def chosen(self) -> dict[str, Any]:
        """The options that are given here, without those that are left out."""
        return self.model_dump(
            include=set(JobOptions.model_fields), exclude_unset=True, exclude_none=True
        )


BUILT_IN = JobOptions(
    execution=Execution.DRILL_AND_MIGRATE,
    drill=Drill(),
    network=Network(),
    valid_days=30,
    attempts=3,
    tags={},
)
"""What holds where nobody says anything."""


def merged(*layers: JobOptions) -> JobOptions:
    """Options where each layer overrides those before it, nested ones key by key."""
    result: dict[str, Any] = {}
    for layer in layers:
        result = _over(result, layer.chosen())
    if result.get("execution") != Execution.SCHEDULED:
        # A schedule that is inherited ends where a server is executed otherwise.
        result.pop("start_at", None)
    return JobOptions.model_validate(result)


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _over(below[key], value)
        for key, value in above.items()
        if isinstance(value, dict) and isinstance(below.get(key), dict)
    }
    return below | above | both
