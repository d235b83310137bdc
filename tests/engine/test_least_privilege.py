"""The real engine and plugin with users that hold exactly what `python -m cli policy` prints."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from cli.policy import policy_documents
from emulator.identity.tables import Policy, key_of
from smc.policies import SOURCE_ACTIONS, document, source_policy
from smc.settings import load_settings
from tests.engine.test_failures import assert_clean_failure
from tests.support.cloud import SOURCE
from tests.support.exact_users import actions_of, log_in_with, without
from tests.support.project import KEY, ROOT, Project

DEMO = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"][KEY]


def log_in(project: Project, leave_out: str = "") -> dict[str, Any]:
    """Both sides get users with the printed policies, less one action."""
    project.settings["destination"]["user"] = "runner"
    for part in ("defaults", "waves", "servers"):
        project.settings[part] = DEMO[part]
    printed = policy_documents(load_settings(project.settings))
    maker = without(printed["source"]["roleMaker"], leave_out)
    runner = without(printed["destination"]["policy"], leave_out)
    log_in_with(project.cloud, "source", document(*maker["Statement"]), "maker")
    log_in_with(project.cloud, "destination", document(*runner["Statement"]), "runner")
    return printed


def test_the_demo_with_exactly_the_printed_policies(project: Project) -> None:
    printed = log_in(project)
    assert project.up().code == 0
    # Somebody narrows the role's policy by hand: the next update puts it right.
    policies = project.cloud.world.table(Policy)
    policy = policies.get(key_of(SOURCE, "policy-smc"))
    assert policy is not None
    policies.put(replace(policy, versions={"v1": source_policy([])}))
    project.settings["source"]["role"] = {"trustedUser": "runner"}
    changed = project.up("--refresh")
    assert changed.code == 0, changed.text
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
