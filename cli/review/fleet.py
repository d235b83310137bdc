"""The servers of a preview, wave by wave."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.review.preview import UNKNOWN, Preview, Step
from cli.review.verdicts import Facts, ServerVerdict, verdict
from smc.estimate.text import ESTIMATED
from smc.handlers.precheck import NOT_ADOPTED, NOT_CHECKED, NOT_IMPORTED
from smc.wave_plan import WaveJob

OBSTACLE = re.compile(rf"(?P<server>\S+) (?:{NOT_IMPORTED}|{NOT_ADOPTED}): (?P<reason>.*)")
UNSEEN = re.compile(rf"(?P<server>\S+) {NOT_CHECKED}: (?P<reason>.*)")
WAVE = "smc-migration:migration:Wave"


@dataclass(frozen=True, slots=True)
class WaveReview:
    """A wave: its servers to which something happens, and the waves it follows."""

    name: str
    after: tuple[str, ...]
    verdicts: tuple[ServerVerdict, ...]


class Fleet:
    """What a preview says of servers, looked up by name."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._runs = {step.name: step for step in preview.of_kind("WaveRun")}
        self._jobs = {step.name: step for step in preview.of_kind("ReplicationJob")}
        self._drills = {step.name: step for step in preview.of_kind("DrillRun")}
        self._obstacles = dict(self._found_obstacles())

    def waves(self) -> list[WaveReview]:
        """All waves with something to do, in the order in which they move."""
        members: dict[str, list[ServerVerdict]] = {}
        for server, wave in self._servers().items():
            judged = verdict(self._facts(server, wave))
            if judged:
                members.setdefault(wave, []).append(judged)
        after = self._after()
        return [
            WaveReview(name, tuple(sorted(after.get(name, ()))), tuple(members[name]))
            for name in _ordered(members, after)
        ]

    def unseen(self) -> dict[str, list[str]]:
        """Reason -> the servers that the preview could not look at for it."""
        found: dict[str, list[str]] = {}
        for line in self._import_lines():
            if told := UNSEEN.fullmatch(line):
                found.setdefault(told["reason"], []).append(told["server"])
        return found

    def _servers(self) -> dict[str, str]:
        """Server -> its wave, now or before."""
        found: dict[str, str] = {}
        for wave, step in self._runs.items():
            for state in (step.old, step.new):
                found |= dict.fromkeys(_entries(state.inputs), wave)
        # A job's parent is its wave, whose name ends the URN.
        found |= {name: step.state.parent.split("::")[-1] for name, step in self._jobs.items()}
        return dict(sorted(found.items()))

    def _facts(self, server: str, wave: str) -> Facts:
        job, run = self._jobs.get(server), self._runs.get(wave)
        now = run.new.inputs if run and run.op != "delete" else {}
        outputs = run.old.outputs if run else {}
        notes = self._preview.notes(job.urn) if job else []
        return Facts(
            server=server,
            wave=wave,
            job=job,
            entry=_entry(now, server),
            before=_entry(run.old.inputs if run else {}, server),
            result=(outputs.get("results") or {}).get(server, {}),
            failure=(outputs.get("failures") or {}).get(server, ""),
            wave_runs=run is not None and run.changes,
            drill=_drill(self._drills.get(wave), server),
            notes=tuple(
                note.removeprefix(f"{server}: ") for note in notes if not note.endswith(ESTIMATED)
            ),
            obstacle=self._obstacles.get(server, ""),
            refused=(now.get("refused") or {}).get(server, ""),
        )

    def _found_obstacles(self) -> Iterator[tuple[str, str]]:
        for line in self._import_lines():
            if found := OBSTACLE.fullmatch(line):
                yield found["server"], found["reason"]

    def _import_lines(self) -> Iterator[str]:
        for step in self._preview.of_kind("SourceImport"):
            yield from self._preview.notes(step.urn)

    def _after(self) -> dict[str, set[str]]:
        """Wave -> the waves that it waits for: its component depends on their runs."""
        by_urn = {step.urn: name for name, step in self._runs.items()}
        return {
            step.name: {by_urn[urn] for urn in step.state.dependencies if urn in by_urn}
            for step in self._preview.of_kind(WAVE)
        }


def _entries(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    jobs = inputs.get("jobs")
    return jobs if isinstance(jobs, Mapping) else {}


def _entry(inputs: Mapping[str, Any], server: str) -> WaveJob | None:
    entry = _entries(inputs).get(server)
    return WaveJob.model_validate(entry) if isinstance(entry, Mapping) else None


def _drill(step: Step | None, server: str) -> str:
    """Which drill the update makes of a server; see `Facts.drill`."""
    if step is None or not step.changes or step.op == "delete":
        return ""
    after, before = _member(step.new.inputs, server), _member(step.old.inputs, server)
    if after is None or after == before:
        return ""
    if after == UNKNOWN:
        return "unknown"
    return "rehearsal" if after.get("rehearsal") else "checks"


def _member(inputs: Mapping[str, Any], server: str) -> Any:
    servers = inputs.get("servers")
    return servers.get(server) if isinstance(servers, Mapping) else None


def _ordered(members: Mapping[str, Any], after: Mapping[str, set[str]]) -> Iterator[str]:
    left = sorted(members)
    while left:
        ready = [name for name in left if not after.get(name, set()) & (set(left) - {name})]
        for name in ready or list(left):
            left.remove(name)
            yield name
