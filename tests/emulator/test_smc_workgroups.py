"""Workgroups: who is in them, and what they say of their sources' jobs."""

from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.smc.tables import PlannedFailure, SourceServer
from tests.support.cloud import Cloud
from tests.support.smc_calls import LONGER_THAN_A_RUN, Smc


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def make(smc: Smc, name: str = "wave", **options: Any) -> str:
    return str(
        smc.sdk.create_workgroup(sdk.CreateWorkgroupRequest(name=name, **options)).body.workgroup_id
    )


def associate(smc: Smc, workgroup_id: str, *source_ids: str) -> None:
    smc.sdk.associate_source_servers(
        sdk.AssociateSourceServersRequest(workgroup_id=workgroup_id, source_id=list(source_ids))
    )


def disassociate(smc: Smc, workgroup_id: str, *source_ids: str) -> None:
    smc.sdk.disassociate_source_servers(
        sdk.DisassociateSourceServersRequest(workgroup_id=workgroup_id, source_id=list(source_ids))
    )


def delete(smc: Smc, workgroup_id: str) -> None:
    smc.sdk.delete_workgroup(sdk.DeleteWorkgroupRequest(workgroup_id=workgroup_id))


def listed(smc: Smc, **filters: Any) -> list[Any]:
    body = smc.sdk.describe_workgroups(sdk.DescribeWorkgroupsRequest(**filters)).body
    return list(body.workgroups.workgroup)


def warnings(smc: Smc) -> dict[str, list[str]]:
    (workgroup,) = listed(smc)
    return {w.warning_type: list(w.source_ids.source_id) for w in workgroup.warnings.warning}


def test_a_workgroup_is_made_changed_found_and_deleted(smc: Smc) -> None:
    tag = sdk.CreateWorkgroupRequestTag(key="team", value="a")
    workgroup_id = make(smc, description="first", tag=[tag])
    make(smc, "other")
    smc.sdk.modify_workgroup_attribute(
        sdk.ModifyWorkgroupAttributeRequest(workgroup_id=workgroup_id, name="wave-1")
    )
    wanted = sdk.DescribeWorkgroupsRequestTag(key="team", value="a")
    (found,) = listed(smc, tag=[wanted], name="wave-1", status="NotStarted")
    assert (found.workgroup_id, found.description) == (workgroup_id, "first")
    delete(smc, workgroup_id)
    assert [w.name for w in listed(smc)] == ["other"]


def test_names_are_unique_and_counts_are_limited(smc: Smc) -> None:
    smc.setting("smc.workgroups_quota", 2)
    workgroup_id = make(smc)
    with pytest.raises(TeaException, match=r"WorkgroupName\.Duplicate"):
        make(smc)
    make(smc, "second")
    with pytest.raises(TeaException, match=r"QuotaExceeded\.Workgroup"):
        make(smc, "third")
    same = sdk.ModifyWorkgroupAttributeRequest(workgroup_id=workgroup_id, name="second")
    with pytest.raises(TeaException, match=r"WorkgroupName\.Duplicate"):
        smc.sdk.modify_workgroup_attribute(same)


def test_tags_come_once(smc: Smc) -> None:
    tag = sdk.CreateWorkgroupRequestTag(key="team", value="a")
    with pytest.raises(TeaException, match=r"InvalidParameter\.Tag"):
        make(smc, tag=[tag, tag])


def test_a_source_is_in_one_workgroup(smc: Smc) -> None:
    one, two = make(smc, "one"), make(smc, "two")
    source_id = smc.source()
    associate(smc, one, source_id)
    associate(smc, one, source_id)
    with pytest.raises(TeaException, match=r"SourceServer\.AlreadyAssociated"):
        associate(smc, two, source_id)
    disassociate(smc, two, source_id)
    assert [s.source_id for s in smc.sources(workgroup_id=one)] == [source_id]
    disassociate(smc, one, source_id)
    associate(smc, two, source_id)
    assert smc.sources()[0].workgroup_id == two
    assert smc.job(smc.create(source_id)).workgroup_id == two


def test_a_workgroup_has_at_most_fifty_sources(smc: Smc) -> None:
    workgroup_id = make(smc)
    first = smc.source_row(smc.source())
    ids = [f"s-{number}" for number in range(50)]
    with smc.world.transaction():
        for source_id in ids:
            smc.world.table(SourceServer).put(replace(first, source_id=source_id))
    associate(smc, workgroup_id, *ids)
    with pytest.raises(TeaException, match=r"QuotaExceeded\.WorkgroupSourceServer"):
        associate(smc, workgroup_id, first.source_id)


def test_a_workgroup_with_sources_is_not_deleted(smc: Smc) -> None:
    workgroup_id, source_id = make(smc), smc.source()
    associate(smc, workgroup_id, source_id)
    with pytest.raises(TeaException, match=r"SourceServer\.Related"):
        delete(smc, workgroup_id)
    smc.sdk.delete_source_server(sdk.DeleteSourceServerRequest(source_id=source_id))
    delete(smc, workgroup_id)
    assert listed(smc) == []


def test_an_unknown_source_leaves_everything_as_it_was(smc: Smc) -> None:
    workgroup_id, source_id = make(smc), smc.source()
    with pytest.raises(TeaException, match=r"SourceServer\.NotFound"):
        associate(smc, workgroup_id, source_id, "s-none")
    assert smc.sources()[0].workgroup_id == ""


def test_its_status_and_warnings_follow_the_jobs(smc: Smc) -> None:
    workgroup_id = make(smc)
    one, two = smc.source(), smc.source("i-source0web2")
    associate(smc, workgroup_id, one, two)

    def status() -> str:
        (workgroup,) = listed(smc)
        return str(workgroup.status)

    assert warnings(smc) == {"UnRelated": [one, two]}
    with smc.world.transaction():
        smc.world.table(PlannedFailure).put(
            PlannedFailure(subject=one, at_percent=40, code="S1", message="Rsync not found.")
        )
    failing, fine = smc.incremental(one), smc.incremental(two)
    assert (status(), warnings(smc)) == ("NotStarted", {})
    smc.start(failing)
    smc.start(fine)
    assert status() == "InProgress"
    smc.pass_time(LONGER_THAN_A_RUN)
    assert warnings(smc) == {"InError": [one]}
    smc.start(failing)
    smc.pass_time(LONGER_THAN_A_RUN)
    smc.cut_over(fine)
    assert status() == "Cutover"
    smc.cut_over(failing)
    smc.pass_time(60)
    assert status() == "Completed"
