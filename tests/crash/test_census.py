"""The census sees every object, and nothing else."""

from dataclasses import replace

from emulator.ecs.tables import Instance
from emulator.smc.tables import SourceServer
from emulator.world.snapshot import restore_snapshot, take_snapshot
from tests.crash.census import take_census
from tests.support.cloud import Cloud
from tests.support.smc_calls import Smc


def test_worlds_that_came_to_the_same_have_one_census(cloud: Cloud) -> None:
    before = take_snapshot(cloud.world)
    smc = Smc(cloud)
    smc.source()
    once = take_census(cloud.world)
    restore_snapshot(cloud.world, before)
    cloud.world.clock.advance(1000)
    # Ids are others then.
    cloud.world.new_id("x-")
    smc.source()
    assert take_census(cloud.world) == once
    restore_snapshot(cloud.world, take_snapshot(cloud.world))
    assert take_census(cloud.world) == once


def test_what_is_there_twice_or_changed_is_seen(cloud: Cloud) -> None:
    source = Smc(cloud).source_row(Smc(cloud).source())
    before = take_census(cloud.world)
    cloud.world.table(SourceServer).put(replace(source, source_id="s-another0of0the0same"))
    doubled = take_census(cloud.world) - before
    assert [line.split()[0] for line in doubled] == ["smc_source_server"]
    target = cloud.world.table(Instance).get("i-target0files")
    assert target is not None
    cloud.world.table(Instance).put(replace(target, os_name="another"))
    changed = take_census(cloud.world) - before
    assert {line.split()[0] for line in changed} == {"smc_source_server", "ecs_instance"}
