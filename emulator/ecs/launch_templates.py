"""Launch templates: what a world file declares; nothing here changes them.

Source: ECS 2014-05-26 API reference. Their versions hold parameters of RunInstances.
"""

from typing import Any

from emulator.ecs.listing import given_tags, page, tag_members
from emulator.ecs.tables import LaunchTemplate
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds

LARGEST_PAGE = 50


def find_template(call: Call) -> LaunchTemplate | None:
    """The template that a call names by id or by name; None where it names none.

    Raises:
        ApiError: `InvalidLaunchTemplate.NotFound`.
    """
    template_id, name = call.get("LaunchTemplateId"), call.get("LaunchTemplateName")
    if not template_id and not name:
        return None
    for template in call.world.table(LaunchTemplate).find(account_id=call.account_id):
        if template.region == call.get("RegionId") and (
            template.template_id == template_id or (not template_id and template.name == name)
        ):
            return template
    raise ApiError(
        "InvalidLaunchTemplate.NotFound", "The specified LaunchTemplate is not found.", 404
    )


def version_of(template: LaunchTemplate, number: int | None) -> dict[str, Any]:
    """The parameters in a version, the default one where none is named.

    Raises:
        ApiError: `InvalidLaunchTemplateVersion.NotFound`.
    """
    wanted = template.default_version if number is None else number
    if not 1 <= wanted <= len(template.versions):
        raise ApiError(
            "InvalidLaunchTemplateVersion.NotFound",
            "The specified LaunchTemplateVersion is not found.",
            404,
        )
    return template.versions[wanted - 1]


@action("ecs", "DescribeLaunchTemplates")
def describe_launch_templates(call: Call) -> Members:
    """Launch templates of a region."""
    ids = set(call.get("LaunchTemplateId") or [])
    names = set(call.get("LaunchTemplateName") or [])
    tags = given_tags(call, "TemplateTag")
    found = [
        t
        for t in call.world.table(LaunchTemplate).find(
            account_id=call.account_id, region=call.get("RegionId")
        )
        if (not ids or t.template_id in ids)
        and (not names or t.name in names)
        and all(key in t.tags and value in {None, t.tags[key]} for key, value in tags.items())
    ]
    shown, described = page(call, found, LARGEST_PAGE, _template)
    described.pop("NextToken")
    return {"LaunchTemplateSets": {"LaunchTemplateSet": shown}, **described}


@action("ecs", "DescribeLaunchTemplateVersions")
def describe_launch_template_versions(call: Call) -> Members:
    """Versions of one template, newest first."""
    template = find_template(call)
    if template is None:
        raise ApiError(
            "MissingParameter",
            "LaunchTemplateId or LaunchTemplateName is mandatory for this action.",
        )
    numbers = {int(number) for number in call.get("LaunchTemplateVersion") or []}
    newest = len(template.versions)
    found = [
        number
        for number in range(newest, 0, -1)
        if (not numbers or number in numbers)
        and call.get("MinVersion", 1) <= number <= call.get("MaxVersion", newest)
        and (not call.get("DefaultVersion") or number == template.default_version)
    ]
    detailed = call.get("DetailFlag", True)
    shown, described = page(
        call, found, LARGEST_PAGE, lambda number: _version(template, number, detailed=detailed)
    )
    described.pop("NextToken")
    return {"LaunchTemplateVersionSets": {"LaunchTemplateVersionSet": shown}, **described}


def _template(template: LaunchTemplate) -> dict[str, Any]:
    return {
        "CreateTime": iso_seconds(template.created),
        "CreatedBy": template.account_id,
        "DefaultVersionNumber": template.default_version,
        "LatestVersionNumber": len(template.versions),
        "LaunchTemplateId": template.template_id,
        "LaunchTemplateName": template.name,
        "ModifiedTime": iso_seconds(template.created),
        "Tags": tag_members(template.tags),
    }


def _version(template: LaunchTemplate, number: int, *, detailed: bool) -> dict[str, Any]:
    shown = {
        "CreateTime": iso_seconds(template.created),
        "CreatedBy": template.account_id,
        "DefaultVersion": number == template.default_version,
        "LaunchTemplateId": template.template_id,
        "LaunchTemplateName": template.name,
        "ModifiedTime": iso_seconds(template.created),
        "VersionDescription": "",
        "VersionNumber": number,
    }
    return shown | (
        {"LaunchTemplateData": _data(template.versions[number - 1])} if detailed else {}
    )


def _data(given: dict[str, Any]) -> dict[str, Any]:
    """Parameters of RunInstances as the members of LaunchTemplateData.

    The system disk is shown twice: the API's metadata has `SystemDisk.Size`, its SDK an object.
    """
    data = {k: v for k, v in given.items() if k not in {"DataDisk", "Tag"}}
    groups = data.pop("SecurityGroupIds", None)
    data |= {f"SystemDisk.{name}": value for name, value in given.get("SystemDisk", {}).items()}
    if groups:
        data["SecurityGroupIds"] = {"SecurityGroupId": groups}
    return data | {
        "DataDisks": {"DataDisk": given.get("DataDisk", [])},
        "Tags": {"InstanceTag": given.get("Tag", [])},
    }
