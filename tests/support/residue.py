"""What has come into a world and what has gone from it, results of migrations left out."""

from dataclasses import dataclass, field

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from emulator.world import World

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The rows of a world that a migration could touch, as they were."""

    rows: dict[Row, object] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World) -> "Baseline":
        """The rows as they are now."""
        world.settle()
        return cls(_rows(world))

    def left(self, world: World) -> set[Row]:
        """What has come since: with results left out, it is what a destroy forgot."""
        world.settle()
        return _rows(world).keys() - self.rows.keys()

    def lost(self, world: World) -> set[Row]:
        """What is gone since."""
        world.settle()
        return self.rows.keys() - _rows(world).keys()


def _rows(world: World) -> dict[Row, object]:
    tables = (Instance, Disk, Snapshot, AccessToken, ReplicationJob, SourceServer)
    return {(table.__name__, key_of(row)): row for table in tables for row in world.table(table)}


def key_of(row: object) -> str:
    """The id of a row, which is its first field."""
    return str(next(iter(getattr(row, name) for name in row.__dataclass_fields__)))  # type: ignore[attr-defined]


def results(world: World) -> set[str]:
    """Names of the images that there are."""
    return {image.name for image in world.table(Image) if image.account_id}
