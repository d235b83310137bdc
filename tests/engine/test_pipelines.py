"""The pipelines' own shell steps, run on the emulator: what CI would run is what is tried here."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.identity.tables import Policy, key_of
from smc.policies import source_policy
from tests.engine.test_executions import statuses
from tests.support.cloud import SOURCE
from tests.support.project import ROOT, Project

WORKFLOW = ROOT / ".github" / "workflows" / "migration.yml"
GITLAB = ROOT / "examples" / "gitlab"


@dataclass(frozen=True)
class Step:
    """How a step of a job ended."""

    code: int
    text: str
    outputs: dict[str, str]


class Runner:
    """Runs shell steps in the program's folder, with Pulumi on PATH as the pipelines have it."""

    def __init__(self, project: Project, folder: Path) -> None:
        self._project = project
        self._outputs, self._summary = folder / "outputs", folder / "summary"
        shutil.copytree(ROOT / "tools", project.program / "tools", dirs_exist_ok=True)

    def run(self, script: str, **environment: str) -> Step:
        """Run a step as GitHub does: `bash -e`, outputs in a file."""
        self._outputs.write_text("")
        self._summary.write_text("")
        self._project.write_settings()
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=self._project.program,
            env={
                **self._project.stack.environment(),
                "STACK": "test",
                "GITHUB_OUTPUT": str(self._outputs),
                "GITHUB_STEP_SUMMARY": str(self._summary),
                **environment,
            },
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        lines = self._outputs.read_text().splitlines()
        return Step(done.returncode, done.stdout, dict(line.split("=", 1) for line in lines))

    @property
    def summary(self) -> str:
        return self._summary.read_text()


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    return Runner(project, tmp_path)


def script(job: str, name: str) -> str:
    steps: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text())["jobs"][job]["steps"]
    (found,) = (step["run"] for step in steps if step.get("name") == name)
    return str(found)


def test_github_reviews_runs_what_was_reviewed_and_finds_drift(
    project: Project, runner: Runner, tmp_path: Path
) -> None:
    project.settings["servers"]["files-1"] = {
        "select": {"name": "files-1"},
        "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
    }
    # What an estimate tells in money must not be in the plan that `up` is held to.
    prices = {"currency": "CNY", "transitionInstanceHour": 1, "diskGibHour": 0.001}
    project.settings |= {"prices": prices, "budget": 1000}
    preview = script("preview", "preview and review")
    first = runner.run(preview)
    assert first.code == 0, first.text
    assert first.outputs == {"verdict": "10", "changes": "17"}
    comment = (project.program / "review" / "comment.md").read_text()
    assert runner.summary == comment
    assert "something is destroyed" in comment
    assert "estimate: about" in comment

    shutil.copy(project.program / "review" / "plan.json", project.program / "plan.json")
    up = runner.run(script("up", "what was reviewed, and nothing else"))
    assert up.code == 0, up.text
    assert set(statuses(project.cloud).values()) == {"Finished"}
    drift = script("drift", "nothing has changed behind our back")
    assert runner.run(drift).code == 0
    policies = project.cloud.world.table(Policy)
    policy = policies.get(key_of(SOURCE, "policy-smc"))
    assert policy is not None
    policies.put(replace(policy, versions={"v1": source_policy([])}))
    assert runner.run(drift).code != 0

    project.settings["servers"]["web-1"]["target"] = {"image": "another"}
    shutil.rmtree(project.program / "review")
    refused = runner.run(preview)
    assert refused.code == 0, refused.text
    assert refused.outputs["verdict"] == "11"
    told = posted(tmp_path, project.program / "review" / "comment.md", "")
    assert told == ["POST repos/o/r/issues/7/comments"]
    told = posted(tmp_path, project.program / "review" / "comment.md", "4711")
    assert told == ["PATCH repos/o/r/issues/comments/4711"]


def posted(folder: Path, comment: Path, earlier: str) -> list[str]:
    """What the comment's step asks of `gh`, which lists an earlier comment or none."""
    log, tools = folder / "gh.log", folder / "tools"
    tools.mkdir(exist_ok=True)
    log.write_text("")
    program = tools / "gh"
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "if '--paginate' in sys.argv:\n"
        f"    print({earlier!r}, end='')\n"
        "    assert os.environ['MARKER'].startswith('<!-- smc-migration-review: ')\n"
        "else:\n"
        "    assert sys.argv[-1] == 'body=@comment.md'\n"
        f"    open({str(log)!r}, 'a').write(' '.join(sys.argv[3:5]) + '\\n')\n"
    )
    program.chmod(0o755)
    shutil.copy(comment, folder / "comment.md")
    step = script("comment", "replace the comment of the review before")
    subprocess.run(
        ["bash", "-e", "-c", step],
        cwd=folder,
        env={"PATH": f"{tools}:{os.environ['PATH']}", "REPOSITORY": "o/r", "NUMBER": "7"},
        check=True,
    )
    return log.read_text().splitlines()


def test_gitlab_reviews_and_runs_what_was_reviewed(project: Project, runner: Runner) -> None:
    project.settings["servers"] = {"web-1": project.settings["servers"]["web-1"]}
    jobs = yaml.safe_load((GITLAB / ".gitlab-ci.yml").read_text())
    preview = runner.run("\n".join(jobs["preview"]["script"]))
    assert preview.code == 0, preview.text
    assert "nothing is destroyed" in (project.program / "comment.md").read_text()
    up = runner.run("\n".join(jobs["up"]["script"]))
    assert up.code == 0, up.text
    assert statuses(project.cloud) == {"web-1": "Finished"}
    gate = jobs["preview"]["script"][-1]
    gates = {verdict: runner.run(f"verdict={verdict}; {gate}").code for verdict in (0, 10, 11, 12)}
    assert gates == {0: 0, 10: 0, 11: 1, 12: 1}


def test_nothing_that_is_run_is_named_by_a_tag_and_no_job_has_more_than_it_needs() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in WORKFLOW.read_text()
    action = yaml.safe_load((ROOT / ".github/actions/prepare/action.yml").read_text())
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in [*steps, *action["runs"]["steps"]] if "uses" in step]
    for uses in used:
        assert uses.startswith("$/") or len(uses.partition("@")[2]) == 40, uses
    writes = {
        name: [p for p, level in job["permissions"].items() if level == "write"]
        for name, job in workflow["jobs"].items()
    }
    assert writes == {
        "preview": ["id-token"],
        "comment": ["pull-requests"],
        "up": ["id-token"],
        "drift": ["id-token"],
    }
    # The job that may write runs nothing of the pull request.
    assert not [s for s in workflow["jobs"]["comment"]["steps"] if "checkout" in s.get("uses", "")]
    assert json.dumps(workflow).count("secrets.") == 6
