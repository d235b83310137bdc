"""Guardrails on single replication jobs."""

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs, Severity

from policy.guardrail import ADVISORY, MANDATORY, Config, of_resource
from policy.kinds import REPLICATION_JOB
from policy.live_jobs import replaced_jobs


def _not_acknowledged(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    instance = args.props.get("instance_id")
    if instance and args.props.get("acknowledged") != instance:
        yield (
            f"migrating to {instance} replaces its system and clears the automatic snapshots of its"
            " system disk, and nobody has acknowledged that."
        )


def _elsewhere(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    allowed = config.get("regions")
    if not allowed:
        args.not_applicable("no regions are configured")
        return
    region = args.props["region"]
    if region not in allowed:
        yield f"the target is in {region}; allowed: {', '.join(allowed)}."


def _tags_missing(args: ResourceValidationArgs, config: Config) -> Iterator[str]:
    wanted = config.get("tags")
    if not wanted:
        args.not_applicable("no tags are configured")
        return
    tags = args.props.get("tags") or {}
    missing = [tag for tag in wanted if not tags.get(tag)]
    if missing:
        yield f"tags {', '.join(missing)} are missing."


def _public_transfer(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    if not args.props.get("vswitch_id"):
        yield "the server's data travels over the public internet."


def _replaces_running(args: ResourceValidationArgs, _config: Config) -> Iterator[str]:
    yield from replaced_jobs(args.props)


JOB_GUARDRAILS = [
    of_resource(
        "target-instance-acknowledged",
        [REPLICATION_JOB],
        _not_acknowledged,
        says="Whoever has an instance overwritten repeats its id.",
        level=MANDATORY,
        severity=Severity.CRITICAL,
        remedy="Set target.acknowledge to the id of the instance.",
    ),
    of_resource(
        "no-replacement-of-running-jobs",
        [REPLICATION_JOB],
        _replaces_running,
        says="A job that has transferred data is not deleted for another one.",
        level=MANDATORY,
        severity=Severity.CRITICAL,
        remedy="Wait until it is finished, or except the server with the reason.",
    ),
    of_resource(
        "allowed-regions",
        [REPLICATION_JOB],
        _elsewhere,
        says="Targets are in regions that are allowed.",
        level=MANDATORY,
        severity=Severity.HIGH,
        remedy="Change target.region or destination.region.",
        settings={
            "regions": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Region ids; without them nothing is checked.",
            }
        },
    ),
    of_resource(
        "required-tags",
        [REPLICATION_JOB],
        _tags_missing,
        says="Replication jobs carry the tags that are required.",
        level=MANDATORY,
        severity=Severity.LOW,
        remedy="Add them under defaults.tags or to the server.",
        settings={
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Keys; without them nothing is checked.",
            }
        },
    ),
    of_resource(
        "private-transfer",
        [REPLICATION_JOB],
        _public_transfer,
        says="Data travels over private addresses.",
        level=ADVISORY,
        severity=Severity.HIGH,
        remedy="Set network.vswitch.",
    ),
]
