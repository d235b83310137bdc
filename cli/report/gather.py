"""From what is known of a stack to its report: pure functions over state, settings and a look.

What is recorded as finished stays so, whatever SMC says now: its job may be gone since.
"""

from collections.abc import Iterator, Sequence

from cli.report.model import Drill, Finding, Report, ServerReport, SmokeTest, Span
from cli.report.recorded import Properties, Recorded, recorded
from cli.report.scale import moment_of
from smc.certificate import Certificate
from smc.estimate.cost import cost_of
from smc.estimate.duration import estimated_seconds
from smc.estimate.move import Move
from smc.fleet_status import FleetStatus, ServerStatus, Stage
from smc.settings import Settings
from smc.settings.prices import Prices
from smc.states import BusinessStatus, JobStatus

HOUR_SECONDS = 3600


def report_of(
    settings: Settings,
    stack: str,
    resources: Sequence[Properties],
    status: FleetStatus | None,
    certificate: Certificate | None,
    *,
    at: str,
    earlier: Report | None = None,
    notes: Sequence[str] = (),
) -> Report:
    """The report of a stack.

    Args:
        settings: its configuration.
        stack: its full name, see `smc.ownership`.
        resources: of its state.
        status: a look at it; None if SMC was not asked.
        certificate: of a look for leftovers; None if nobody looked.
        at: when it is made.
        earlier: a report from before, for what the state does not know any more.
        notes: what could not be asked, and why.
    """
    told = recorded(resources)
    now = {s.server: s for s in status.members()} if status else {}
    before = {s.server: s for s in earlier.servers} if earlier else {}
    waves = {n: wave for wave, members in settings.wave_members().items() for n in members}
    waves = {n: s.wave for n, s in before.items()} | told.waves | waves
    prices = settings.prices
    return Report(
        at=at,
        stack=stack,
        account=settings.destination.account,
        source_account=settings.source.account,
        emulated=settings.emulator is not None,
        currency=prices.currency if prices else earlier.currency if earlier else "",
        waves=tuple(dict.fromkeys(waves[name] for name in waves)),
        servers=tuple(
            server_report(name, wave, told, now.get(name), before.get(name), prices)
            for name, wave in waves.items()
        ),
        certificate=certificate,
        notes=tuple(notes),
    )


def server_report(
    name: str,
    wave: str,
    told: Recorded,
    now: ServerStatus | None,
    earlier: ServerReport | None,
    prices: Prices | None = None,
) -> ServerReport:
    """What is known of a server.

    Args:
        name: of the server.
        wave: its wave.
        told: what the state says.
        now: what SMC says now; None if it was not asked or has nothing.
        earlier: from an earlier report; used where the state knows no result any more.
        prices: of the settings; None without.
    """
    result = told.results.get(name, {})
    if not result and earlier is not None and not (now and now.job_id):
        return earlier
    final = result.get("status") == JobStatus.FINISHED
    seen = now if now is not None and not final else None
    source = told.sources.get(name, {})
    move = Move.model_validate(told.moves.get(name, {})).with_disks(
        int(sum(source.get("disk_sizes_gib") or ()))
    )
    actual, drill = result.get("actual") or {}, told.drills.get(name)
    stage, tested = _stage(name, told, seen), told.smoke_tests.get(name)
    spent = seen.cost if seen else None
    volume = int(actual.get("volume_bytes") or move.volume_bytes) or None
    expected = _expected_seconds(move, drill or {})
    return ServerReport(
        server=name,
        wave=wave,
        stage=stage,
        status=seen.status if seen else str(result.get("status", JobStatus.NOT_CREATED)),
        run=int(result.get("run", 1)),
        progress_percent=100.0 if final else seen.progress_percent if seen else 0.0,
        instance=str(source.get("instance_id", "")),
        system=str(source.get("platform", "")),
        target=now.target if now else "",
        region=str(result.get("region") or (now.region if now else "")),
        image_id=str(result.get("image_id") or (seen.image_id if seen else "")),
        instance_id=str(result.get("instance_id") or (seen.instance_id if seen else "")),
        job_id=seen.job_id if seen else str(result.get("job_id", "")),
        starts=int(result.get("starts", 0)),
        spans=tuple(_spans(result, seen)),
        seconds=_seconds(result) if final else None,
        volume_bytes=volume,
        volume_of=str(actual.get("volume_of") or move.volume_of) if volume else "",
        bytes_per_second=actual.get("bytes_per_second", seen.bytes_per_second if seen else None),
        speed_over=str(actual.get("speed_over", "")),
        cost=(actual.get("cost") or {}).get("once") if final else spent,
        failure=told.failures.get(name, "") if stage is not Stage.DONE else "",
        trouble=seen.trouble if seen else None,
        drill=_drill(drill) if drill else None,
        smoke_test=SmokeTest(passed=tested["passed"], at=tested["at"]) if tested else None,
        estimated_seconds=expected,
        estimated_cost=_expected_cost(move, expected, prices),
    )


def _stage(name: str, told: Recorded, seen: ServerStatus | None) -> Stage:
    if seen is not None and seen.job_id:
        return seen.stage
    if name in told.failures:
        return Stage.FAILED
    if told.results.get(name, {}).get("status") == JobStatus.FINISHED:
        return Stage.DONE
    return seen.stage if seen else Stage.PENDING


def _spans(result: Properties, seen: ServerStatus | None) -> Iterator[Span]:
    """What the job did: its activities if the wave watched them, else its runs."""
    queued, started = str(result.get("queued", "")), str(result.get("started", ""))
    started = started or (seen.started if seen else "")
    if queued and started and queued < started:
        yield Span(what="Queued", begin=queued, end=started)
    if not started:
        return
    runs = result.get("runs") or []
    ended = str(result.get("ended", "")) or str(runs[-1].get("ended", "") if runs else "")
    ended = seen.ended if seen and seen.ended else ended
    phases = sorted((str(at), what) for what, at in (result.get("phases") or {}).items())
    if phases and len(runs) <= 1:
        if phases[0][1] == BusinessStatus.PREPARING:
            # It begins with that, whenever it was looked at.
            phases[0] = (started, phases[0][1])
        else:
            phases.insert(0, (started, "Running"))
        for (begin, what), end in zip(phases, [*(at for at, _ in phases[1:]), ended], strict=True):
            yield Span(what=what, begin=begin, end=end)
    elif len(runs) > 1:
        for run in runs:
            yield Span(what="Running", begin=str(run["started"]), end=str(run["ended"]))
    else:
        yield Span(what="Running", begin=started, end=ended)


def _seconds(result: Properties) -> float | None:
    started, ended = moment_of(str(result["started"])), moment_of(str(result["ended"]))
    return (ended - started).total_seconds() if started and ended else None


def _expected_seconds(move: Move, drill: Properties) -> float | None:
    """What a rehearsal took, else what the formula says; None if the volume is not known."""
    figures = drill.get("figures") or {}
    if figures.get("basis") == "rehearsal":
        return float(figures["seconds"])
    if not move.volume_bytes:
        return None
    return estimated_seconds(move.volume_bytes, move.mbit_per_second)


def _expected_cost(move: Move, seconds: float | None, prices: Prices | None) -> float | None:
    if seconds is None or prices is None:
        return None
    return cost_of(move, seconds / HOUR_SECONDS, 1, move.images, prices).once


def _drill(report: Properties) -> Drill:
    counts = {key: int(report[key]) for key in ("ok", "warning", "critical", "not_checked")}
    items = tuple(Finding.model_validate(item) for item in report["items"])
    return Drill(**counts, items=items)
