"""The real engine and plugin with users that hold exactly what `python -m cli policy` prints."""

from typing import Any

import pytest

from cli.policy import policy_documents
from smc.policies import SOURCE_ACTIONS, document
from smc.settings import load_settings
from tests.engine.test_failures import assert_clean_failure
from tests.support.exact_users import actions_of, log_in_with, without
from tests.support.project import Project

SERVERS = {
    "web-1": {"select": {"id": "i-source0web1"}, "target": {"image": "web-1-image"}},
    "files-1": {
        "select": {"id": "i-source0files"},
        "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
    },
}


def log_in(project: Project, leave_out: str = "") -> dict[str, Any]:
    """Both sides get users with the printed policies, less one action."""
    project.settings["destination"]["user"] = "runner"
    project.settings["servers"] = SERVERS
    printed = policy_documents(load_settings(project.settings))
    maker = without(printed["source"]["roleMaker"], leave_out)
    runner = without(printed["destination"]["policy"], leave_out)
    log_in_with(project.cloud, "source", document(*maker["Statement"]), "maker")
    log_in_with(project.cloud, "destination", document(*runner["Statement"]), "runner")
    return printed


def test_a_whole_migration_with_exactly_the_printed_policies(project: Project) -> None:
    printed = log_in(project)
    assert project.up().code == 0
    project.settings["source"]["role"] = {"strict": True, "trustedUser": "runner"}
    changed = project.up()
    assert changed.code == 0, changed.text
    assert project.refresh().code == 0
    assert project.preview("--expect-no-changes").code == 0
    destroyed = project.destroy()
    assert destroyed.code == 0, destroyed.text
    entries = [
        entry
        for entry in project.cloud.server.gateway.ledger.entries()
        if entry["action"] != "GetCallerIdentity"
    ]

    def calls(caller: str) -> set[str]:
        return {f"{e['service']}:{e['action']}" for e in entries if caller in e["caller"]}

    assert calls("user/maker") == actions_of(printed["source"]["roleMaker"])
    runner = actions_of(printed["destination"]["policy"])
    # The role of the system policy that the stack grants its user.
    assert calls("user/runner") <= runner | {"sts:AssumeRole"}
    assert calls("assumed-role") <= set(SOURCE_ACTIONS)
    assert [e for e in entries if e["outcome"].startswith("Forbidden")] == []


@pytest.mark.parametrize(
    "action", ["ram:AttachPolicyToRole", "ram:AttachPolicyToUser", "smc:StartReplicationJob"]
)
def test_one_action_less_fails_and_is_named(project: Project, action: str) -> None:
    log_in(project, leave_out=action)
    assert_clean_failure(project.up(), action.partition(":")[2])
