"""Workgroups: source servers that are migrated together.

Documented are names, counts and the members; the codes of refusals are assumed, and so is which of
its statuses follows from which jobs. Source: SMC 2019-06-01, the SDK's documentation of
CreateWorkgroup, ModifyWorkgroupAttribute, DeleteWorkgroup, DescribeWorkgroups,
AssociateSourceServers, DisassociateSourceServers.
"""

from dataclasses import replace
from typing import Any

from emulator.ecs.idempotence import once
from emulator.service import ApiError, Call, Members, action
from emulator.smc.listing import has_tags, page
from emulator.smc.source_servers import find_source
from emulator.smc.tables import ReplicationJob, SourceServer, Workgroup
from emulator.smc.tags import given_tags

WORKGROUP_QUOTA = "smc.workgroups_quota"
MOST_SOURCES = 50


@action("smc", "CreateWorkgroup")
def create_workgroup(call: Call) -> Members:
    """A new workgroup without sources."""
    return once(call, lambda: _create(call), malformed="InvalidParameter.ClientToken")


def _create(call: Call) -> Members:
    name = call.get("Name") or ""
    _check_name(call, name)
    workgroups = call.world.table(Workgroup)
    quota = int(call.world.setting(WORKGROUP_QUOTA, 50))
    if len(workgroups.find(account_id=call.account_id)) >= quota:
        raise ApiError("QuotaExceeded.Workgroup", "The maximum number of workgroups is exceeded.")
    tags = given_tags(call)
    if len(tags) < len(call.get("Tag") or []):
        raise ApiError("InvalidParameter.Tag", "The tag keys cannot be duplicated.")
    workgroup_id = call.world.new_id("wg-bp1")
    workgroups.put(
        Workgroup(
            workgroup_id=workgroup_id,
            account_id=call.account_id,
            name=name or workgroup_id,
            description=call.get("Description") or "",
            created=call.world.now,
            tags=tags,
        )
    )
    return {"WorkgroupId": workgroup_id}


@action("smc", "ModifyWorkgroupAttribute")
def modify_workgroup_attribute(call: Call) -> Members:
    """Change name and description."""
    workgroup = _find(call)
    name = call.get("Name") or workgroup.name
    _check_name(call, name, but=workgroup.workgroup_id)
    description = call.get("Description", workgroup.description)
    call.world.table(Workgroup).put(replace(workgroup, name=name, description=description))
    return {}


@action("smc", "DeleteWorkgroup")
def delete_workgroup(call: Call) -> Members:
    """Delete a workgroup that has no sources any more."""
    workgroup = _find(call)
    if _sources(call, workgroup):
        raise ApiError("SourceServer.Related", "The workgroup has related source servers.")
    call.world.table(Workgroup).delete(workgroup.workgroup_id)
    return {}


@action("smc", "DescribeWorkgroups")
def describe_workgroups(call: Call) -> Members:
    """Workgroups; filters are joined by AND.

    Not modelled: the alert NotPassed, for there is no migration test.
    """
    ids = call.get("WorkgroupId")
    found = [
        w
        for w in call.world.table(Workgroup).find(account_id=call.account_id)
        if (not ids or w.workgroup_id in ids)
        and call.get("Name") in {None, "", w.name}
        and call.get("Status") in {None, "", _status(_latest_jobs(call, w))}
        and has_tags(call, w.tags)
    ]
    shown, described = page(call, found, lambda w: _members(call, w))
    return {"Workgroups": {"Workgroup": shown}, **described}


@action("smc", "AssociateSourceServers")
def associate_source_servers(call: Call) -> Members:
    """Put sources into a workgroup; each is in one at most."""
    workgroup = _find(call)
    sources = _given_sources(call)
    for source in sources:
        if source.workgroup_id not in {"", workgroup.workgroup_id}:
            raise ApiError(
                "SourceServer.AlreadyAssociated",
                f"The source server {source.source_id} is associated with another workgroup.",
            )
    members = {s.source_id for s in _sources(call, workgroup)} | {s.source_id for s in sources}
    if len(members) > MOST_SOURCES:
        raise ApiError(
            "QuotaExceeded.WorkgroupSourceServer",
            "A workgroup can be associated with a maximum of 50 source servers.",
        )
    for source in sources:
        _put(call, source, workgroup.workgroup_id)
    return {}


@action("smc", "DisassociateSourceServers")
def disassociate_source_servers(call: Call) -> Members:
    """Take sources out of a workgroup; one that is not in it is ignored."""
    workgroup = _find(call)
    for source in _given_sources(call):
        if source.workgroup_id == workgroup.workgroup_id:
            _put(call, source, "")
    return {}


def _find(call: Call) -> Workgroup:
    workgroup = call.world.table(Workgroup).get(call.get("WorkgroupId"))
    if workgroup is None or workgroup.account_id != call.account_id:
        raise ApiError("Workgroup.NotFound", "The workgroup does not exist.", 404)
    return workgroup


def _check_name(call: Call, name: str, but: str = "") -> None:
    same = call.world.table(Workgroup).find(account_id=call.account_id, name=name)
    if any(workgroup.workgroup_id != but for workgroup in same):
        raise ApiError("WorkgroupName.Duplicate", "The workgroup name already exists.")


def _given_sources(call: Call) -> list[SourceServer]:
    ids = dict.fromkeys(call.get("SourceId"))
    return [find_source(replace(call, parameters={"SourceId": key})) for key in ids]


def _sources(call: Call, workgroup: Workgroup) -> list[SourceServer]:
    return call.world.table(SourceServer).find(
        account_id=workgroup.account_id, workgroup_id=workgroup.workgroup_id
    )


def _put(call: Call, source: SourceServer, workgroup_id: str) -> None:
    call.world.table(SourceServer).put(replace(source, workgroup_id=workgroup_id))


def _latest_jobs(call: Call, workgroup: Workgroup) -> dict[str, ReplicationJob | None]:
    """Of each source of a workgroup by its id."""
    jobs = call.world.table(ReplicationJob)
    return {
        source.source_id: next(iter(reversed(jobs.find(source_id=source.source_id))), None)
        for source in _sources(call, workgroup)
    }


def _status(latest: dict[str, ReplicationJob | None]) -> str:
    """NotStarted, InProgress, Cutover or Completed."""
    jobs = [job for job in latest.values() if job is not None]
    if all(job.started is None for job in jobs):
        return "NotStarted"
    if len(jobs) == len(latest) and all(job.status == "Finished" for job in jobs):
        return "Completed"
    return "Cutover" if any(job.cuts_over for job in jobs) else "InProgress"


def _members(call: Call, workgroup: Workgroup) -> dict[str, Any]:
    latest = _latest_jobs(call, workgroup)
    warned = {
        "InError": [key for key, job in latest.items() if job and job.status == "InError"],
        "UnRelated": [key for key, job in latest.items() if job is None],
    }
    return {
        "Description": workgroup.description,
        "Name": workgroup.name,
        "Status": _status(latest),
        "Tags": {"Tag": [{"Key": k, "Value": v} for k, v in workgroup.tags.items()]},
        "Warnings": {
            "Warning": [
                {"WarningType": kind, "SourceIds": {"SourceId": keys}}
                for kind, keys in warned.items()
                if keys
            ]
        },
        "WorkgroupId": workgroup.workgroup_id,
    }
