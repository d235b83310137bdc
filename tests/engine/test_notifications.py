"""Notifications from `pulumi up`: told by the provider's own process, no secret in the state."""

import pytest

from emulator.smc.tables import PlannedFailure
from tests.support.canaries import files_below, leaks
from tests.support.project import Project
from tests.support.receiver import SECRET, running_receiver


def test_an_update_tells_a_webhook(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.cloud.world.table(PlannedFailure).put(
        PlannedFailure(
            subject="i-source0web1", at_percent=40, code="S1", message="Rsync not found."
        )
    )
    with running_receiver() as receiver:
        project.settings["notifications"] = {
            "url": receiver.url,
            "secretFrom": {"environment": "SMC_WEBHOOK_SECRET"},
        }
        warned = project.preview()
        assert "SMC_WEBHOOK_SECRET is missing or empty" in warned.text
        monkeypatch.setenv("SMC_WEBHOOK_SECRET", SECRET)
        receiver.answers.append(500)
        up = project.up()
        assert up.code == 1, up.text
        types = ["wave.started", "wave.started", "server.failed", "wave.ended"]
        assert receiver.types == types
        assert {each.verified()["data"]["stack"] for each in receiver.received} == {
            "organization/smc-migration/test"
        }
        places = {"output": (up.text + warned.text).encode()} | files_below(project.program.parent)
        assert leaks({"webhook secret": SECRET}, places) == []
        assert project.up().code == 0
        assert receiver.types == [*types, "wave.started", "wave.ended"]
        assert len(receiver.once()) == 5
