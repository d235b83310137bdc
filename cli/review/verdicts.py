"""What happens to one server: a verdict in words, and what of it is destructive or billed.

A verdict is read from three resources of the preview: the server's job (created, modified, replaced
or deleted), its entry in its wave (started, paused, cut over) and the drill before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.review.preview import UNKNOWN, State, Step
from smc.states import JobStatus
from smc.verdicts import LOST, Kind
from smc.wave_plan import WaveJob

HOLDS_DATA = frozenset(
    {JobStatus.RUNNING, JobStatus.STOPPED, JobStatus.IN_ERROR, JobStatus.WAITING}
)

REFUSED = "refused"
NOT_IMPORTED = "not imported"
START = "start"
SCHEDULED = "SMC starts it at"

ON_JOB = {"create": "create", "update": "modify", "replace": "replace", "delete": "remove"}
REMOVED = "its job and its source server are deleted; what was migrated stays"
TARGET_UNKNOWN = "perhaps its target, which this preview does not have: make it with --show-sames"

DRILLS = {"checks": "drill", "rehearsal": "rehearse", "unknown": "drill", "": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a preview says of one server.

    Attributes:
        server: its name.
        wave: its wave.
        job: the step on its job; None if the preview does not have it.
        entry: its entry in the wave; None if it is not in the wave any more.
        before: its entry in the wave before; None if it is new there.
        result: what the last update recorded of it.
        failure: why the last update did not migrate it; empty if it did, or was not to.
        wave_runs: whether the wave does anything.
        drill: `checks` or `rehearsal`; `unknown` before the import, empty for none.
        notes: what its job's row says.
        obstacle: why it cannot be imported; empty if it can.
        refused: why its change is refused; empty if it is not.
    """

    server: str
    wave: str
    job: Step | None
    entry: WaveJob | None
    before: WaveJob | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    failure: str = ""
    wave_runs: bool = True
    drill: str = ""
    notes: tuple[str, ...] = ()
    obstacle: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerVerdict:
    """What happens to one server.

    Attributes:
        server: its name.
        wave: its wave.
        words: the verdict, ours.
        target: what it becomes.
        reason: more about it, from the provider; text of others.
        destroys: what is lost; text of ours with names of others, empty for nothing.
        billed: whether something billable is made for it.
    """

    server: str
    wave: str
    words: str
    target: str
    reason: str = ""
    destroys: str = ""
    billed: bool = False


def verdict(facts: Facts) -> ServerVerdict | None:
    """The verdict on a server; None if nothing happens to it."""
    words = _words(facts)
    if not words:
        return None
    starts = START in words
    return ServerVerdict(
        server=facts.server,
        wave=facts.wave,
        words=", then ".join(words),
        target=_target(facts.job.state) if facts.job else "",
        reason=facts.refused or facts.obstacle or _reason(facts),
        destroys=_destroys(facts, starts=starts),
        billed=starts or facts.drill == "rehearsal" or words[-1].startswith(SCHEDULED),
    )


def _words(facts: Facts) -> list[str]:
    if facts.refused or facts.obstacle:
        return [REFUSED if facts.refused else NOT_IMPORTED]
    in_wave = _in_wave(facts)
    words = [DRILLS[facts.drill], _on_job(facts, alone=not in_wave), in_wave]
    return [word for word in words if word]


def _on_job(facts: Facts, *, alone: bool) -> str:
    if facts.job is None or not facts.job.changes:
        return ""
    if facts.job.op != "create":
        return ON_JOB.get(facts.job.op, facts.job.op)
    done = "adopt its job" if facts.job.new.inputs.get("adopt_job") else "create"
    return f"{done} only" if alone else done


def _in_wave(facts: Facts) -> str:
    entry, before, status = facts.entry, facts.before, facts.result.get("status", "")
    if entry is None or not facts.wave_runs:
        return ""
    here = status if facts.result.get("run") == entry.run else ""
    if here == JobStatus.FINISHED:
        return ""
    if entry.paused:
        return "" if before and before.paused else "pause"
    if here == JobStatus.WAITING:
        last = "after a last sync" if entry.cutover == "finalSync" else "now"
        return f"cut over {last}" if entry.cutover else ""
    if entry.start_at:
        moved = before is None or before.start_at != entry.start_at
        return f"{SCHEDULED} {entry.start_at}" if moved else ""
    return START if entry.start else ""


def _reason(facts: Facts) -> str:
    if facts.job is not None and facts.job.op == "delete":
        return REMOVED
    return " ".join(map(_without_kind, facts.notes)) or facts.failure


def _without_kind(note: str) -> str:
    kind, separator, rest = note.partition(": ")
    return rest if separator and kind in set(Kind) else note


def _destroys(facts: Facts, *, starts: bool) -> str:
    job = facts.job
    if job is None:
        return TARGET_UNKNOWN if starts else ""
    lost = [note for note in facts.notes if LOST in note]
    if job.op in {"replace", "delete"} and (lost or facts.result.get("status") in HOLDS_DATA):
        return "what its job has transferred"
    instance = job.state.inputs.get("instance_id", "")
    if instance and starts:
        return f"the system of {instance} and its automatic snapshots"
    if instance and facts.drill == "rehearsal":
        return f"the system of {instance}, which a rehearsal replaces and brings back"
    if instance and facts.drill == "unknown":
        return f"the system of {instance}, should the drill be a rehearsal, which brings it back"
    return ""


def _target(state: State) -> str:
    inputs = state.inputs
    region = str(inputs.get("region", ""))
    if container := inputs.get("container"):
        made = f"{container.get('namespace')}/{container.get('repository')}:{container.get('tag')}"
        return f"container {made}, {region}"
    if instance := inputs.get("instance_id"):
        return f"instance {instance}, {region}"
    image = inputs.get("image_name", "")
    return f"image {image}, {region}" if image and image != UNKNOWN else ""
