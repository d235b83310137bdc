"""What is kept of all that an engine tells while it works."""

from pulumi.automation import EngineEvent, OpType
from pulumi.automation.events import (
    DiagnosticEvent,
    ResOpFailedEvent,
    ResOutputsEvent,
    StepEventMetadata,
    SummaryEvent,
)

from cli.fleet.events import Events


def said(message: str, severity: str = "error", *, ephemeral: bool = False) -> EngineEvent:
    event = DiagnosticEvent(message, "never", severity, ephemeral=ephemeral)
    return EngineEvent(0, 0, diagnostic_event=event)


def made(operation: OpType) -> EngineEvent:
    step = StepEventMetadata(operation, "urn", "type", "provider")
    return EngineEvent(0, 0, res_outputs_event=ResOutputsEvent(step))


def listening(*events: EngineEvent) -> tuple[Events, list[str]]:
    lines: list[str] = []
    listener = Events(lines.append)
    for event in events:
        listener(event)
    return listener, lines


def test_a_line_tells_how_far_it_is_and_what_a_wave_says() -> None:
    _, lines = listening(
        made(OpType.CREATE),
        made(OpType.SAME),
        said("<{%fg 2%}>1 of 3 ended<{%reset%}>\nmore", "info#err", ephemeral=True),
        made(OpType.CREATE),
    )
    assert lines == [
        "1 resource",
        "1 resource · 1 of 3 ended",
        "2 resources · 1 of 3 ended",
    ]


def test_errors_are_kept_without_mark_up_and_without_the_engines_own_sentence() -> None:
    events, _ = listening(
        said("<{%fg 1%}>error: <{%reset%}>web-1: is gone\n"),
        said("update failed"),
        said("a warning", "warning"),
    )
    assert events.errors == ["web-1: is gone"]
    assert not events.is_over


def test_the_changes_are_the_engines_or_else_what_was_done_of_them() -> None:
    cut_off, _ = listening(made(OpType.CREATE), made(OpType.SAME))
    assert cut_off.counted() == {"create": 1, "same": 1}
    step = StepEventMetadata(OpType.CREATE, "urn", "type", "provider")
    over, _ = listening(
        EngineEvent(0, 0, res_op_failed_event=ResOpFailedEvent(step, 1, 1)),
        EngineEvent(0, 0, summary_event=SummaryEvent(False, 3, {OpType.CREATE: 5}, {})),
    )
    assert over.counted() == {"create": 5}
    assert over.is_over
    assert over.has_failed_operations
