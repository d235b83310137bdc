"""Reviews of real previews: verdicts, permissions, refusals, hostile names, a large fleet."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import __main__ as cli
from cli.estimate import stack_estimate
from cli.policy import policy_documents
from cli.review.comment import LONGEST_BYTES
from cli.review.outcome import Outcome
from smc.settings import load_settings
from tests.cli.review.test_markdown import HOSTILE
from tests.engine.test_executions import assert_clean
from tests.support.canaries import leaks, secrets_of
from tests.support.exact_users import log_in_with
from tests.support.migration import grant_access
from tests.support.project import Project
from tests.support.rendered import Rendered

TAGS = {"h2", "h3", "p", "ul", "li", "strong", "code", "pre", "details", "summary"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
STACK = "organization/smc-migration/test"


def previewed(project: Project, *more: str) -> str:
    return project.preview("--json", "--show-sames", *more).text


def reviewed(folder: Path, preview: str, *options: str) -> Result:
    file = folder / "preview.json"
    file.write_text(preview)
    return CliRunner().invoke(cli.app, ["review", str(file), *options])


def assert_harmless(comment: str) -> None:
    rendered = Rendered(comment)
    assert rendered.tags <= TAGS | TABLE_TAGS
    assert rendered.attributes <= {"lang"}
    assert rendered.comments == ["smc-migration-review: smc-migration/test"]
    assert "@everyone" not in rendered.prose


def test_a_life_in_reviews(project: Project, tmp_path: Path) -> None:
    settings, servers = project.settings, project.settings["servers"]
    settings["waves"] = {"late": {"after": ["early"]}, "early": {}}
    settings["importCommand"] = {"windows": "echo {{access_token_id}} {{access_token_code}} CANARY"}
    servers["web-1"] |= {"wave": "late", "execution": "createOnly"}
    servers["app-1"] |= {"wave": "early", "description": " ".join(HOSTILE)[:120]}
    servers["nowhere"] = {
        "select": {"name": " ".join(HOSTILE)},
        "target": {"image": "nowhere-image"},
        "wave": "early",
    }
    servers["files-1"] = {
        "select": {"name": "files-1"},
        "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
        "execution": "createOnly",
        "wave": "early",
    }
    estimate = tmp_path / "estimate.json"
    made = stack_estimate(load_settings(settings), STACK, "test", project.stack)
    estimate.write_text(json.dumps(made.members()))
    text = previewed(project)
    first = reviewed(tmp_path, text, "--estimate", str(estimate))
    assert first.exit_code == Outcome.SAFE, first.output
    assert_harmless(first.stdout)
    told = Rendered(first.stdout).text
    assert "3 servers change, 1 at a cost, 1 not imported" in told
    assert "Not imported: nowhere: no instance with name" in told
    assert "<img src=x onerror=alert(1)>" in told
    assert "+ allow ecs:RunCommand on *" in told
    assert "a script, sha256" in told
    assert "CANARY" not in first.stdout
    assert leaks(secrets_of(project.cloud), {"comment": first.stdout.encode()}) == []
    rows = {line.split("|")[1].strip(): line for line in first.stdout.splitlines() if "|" in line}
    takes = {each.subject.server: each for each in made.servers}
    assert set(takes) == {"app-1"}
    assert "create, then start" in rows["`app-1`"]
    assert "h |" in rows["`app-1`"] or "min |" in rows["`app-1`"]
    assert "create only" in rows["`web-1`"]
    assert first.stdout.index("### Wave `early`") < first.stdout.index("### Wave `late`, after")

    del servers["nowhere"]
    plan = tmp_path / "plan.json"
    assert (
        "3 servers change"
        in reviewed(tmp_path, previewed(project, "--save-plan", str(plan))).stdout
    )
    assert_clean(project.pulumi("up", "--yes", "--skip-preview", "--plan", str(plan)))
    nothing = reviewed(tmp_path, previewed(project))
    assert nothing.exit_code == Outcome.SAFE
    assert "0 servers change · resources: no changes" in nothing.stdout

    servers["files-1"]["execution"] = servers["web-1"]["execution"] = "immediate"
    servers["app-1"]["run"] = 2
    settings["source"]["role"] = {"trustedUser": "migration-operator"}
    mixed = reviewed(tmp_path, previewed(project))
    assert mixed.exit_code == Outcome.DESTRUCTIVE
    assert_harmless(mixed.stdout)
    told = Rendered(mixed.stdout).text
    assert "Destroyed: files-1: the system of i-target0files and its automatic snapshots" in told
    assert "- allow sts:AssumeRole for acs:ram::2000000000000002:root" in told
    assert "+ allow sts:AssumeRole for acs:ram::2000000000000002:user/migration-operator" in told
    rows = {line.split("|")[1].strip(): line for line in mixed.stdout.splitlines() if "|" in line}
    assert "replace, then start" in rows["`app-1`"]
    assert "run 2 follows run 1" in rows["`app-1`"]
    assert "**start**" in rows["`files-1`"]
    # Without the resources that stay the same, a target that is overwritten cannot be seen.
    short = reviewed(tmp_path, project.preview("--json").text)
    assert short.exit_code == Outcome.DESTRUCTIVE
    assert "make it with --show-sames" in short.stdout
    assert plan_of(short) == plan_of(mixed), "the same plan has the same hash"

    del servers["app-1"]["run"]
    servers["app-1"]["target"] = {"image": "another-image"}
    refused = reviewed(tmp_path, previewed(project))
    assert refused.exit_code == Outcome.REFUSED
    assert "**Refused:** `app-1`: target.image changed" in refused.stdout
    assert "Fix: undo the change, or set servers.app-1.run to 2" in refused.stdout
    # Everything else of the preview is told, too.
    assert "**Destroyed:** `files-1`" in refused.stdout
    assert "2 servers change, 2 at a cost, 1 refused" in refused.stdout
    settings["pollling"] = {}
    failed = reviewed(tmp_path, previewed(project))
    assert failed.exit_code == Outcome.FAILED
    assert "pollling: is not a setting" in failed.stdout
    del settings["pollling"]
    servers["app-1"]["target"] = {"image": "app-1-image"}
    gone = reviewed(tmp_path, project.pulumi("destroy", "--preview-only", "--json").text)
    assert gone.exit_code == Outcome.DESTRUCTIVE
    assert "**Deleted:** `source-access-role`" in gone.stdout
    (tmp_path / "large.json").write_text(thousandfold(json.loads(text)))
    large = CliRunner().invoke(cli.app, ["review", str(tmp_path / "large.json")])
    assert len(large.stdout.encode()) <= LONGEST_BYTES
    assert_harmless(large.stdout)
    assert large.stdout.count("create, then start") == 1000


def test_a_reviewer_sees_everything_and_changes_nothing(project: Project, tmp_path: Path) -> None:
    grant_access(project.cloud)
    project.settings["source"]["role"] = {"existing": True}
    del project.settings["destination"]["user"]
    project.settings["defaults"] = {"execution": "createOnly"}
    runner = dict(project.cloud.described["accounts"]["destination"])
    document = policy_documents(load_settings(project.settings))["destination"]["reviewer"]
    log_in_with(project.cloud, "destination", json.dumps(document), "reviewer")
    reviewer = dict(project.cloud.described["accounts"]["destination"])
    first = reviewed(tmp_path, previewed(project))
    assert first.exit_code == Outcome.SAFE
    assert "**Not looked at:** `app-1`, `web-1`: account 2000000000000002 cannot" in first.stdout
    assert "create only" in first.stdout
    assert project.up().code == 1

    project.cloud.described["accounts"]["destination"] = runner
    project.cloud.write_credentials()
    assert_clean(project.up())
    project.cloud.described["accounts"]["destination"] = reviewer
    project.cloud.write_credentials()
    assert_clean(project.preview("--refresh", "--expect-no-changes"))


def plan_of(done: Result) -> str:
    return done.stdout.partition("· plan `")[2].partition("`")[0]


def thousandfold(preview: dict[str, Any]) -> str:
    """A real preview in which one server stands a thousand times, with hostile descriptions."""
    steps = preview["steps"]
    (job,) = (s for s in steps if s["urn"].endswith("ReplicationJob::app-1"))
    (run,) = (s for s in steps if s["urn"].endswith("WaveRun::early"))
    entry = run["newState"]["inputs"]["jobs"]["app-1"]
    steps.remove(job)
    run["newState"]["inputs"]["jobs"] = {}
    for number in range(1000):
        name = f"server-with-a-long-name-{number:04}"
        copied = copy.deepcopy(job)
        copied["urn"] = copied["newState"]["urn"] = job["urn"].replace("::app-1", f"::{name}")
        copied["newState"]["inputs"]["server"] = name
        run["newState"]["inputs"]["jobs"][name] = entry
        steps.append(copied)
    return json.dumps(preview)


@pytest.mark.parametrize("text", ["", "error: no stack selected\n", "[]", '{"steps": 1}'])
def test_what_is_no_preview_is_a_failed_one(tmp_path: Path, text: str) -> None:
    done = reviewed(tmp_path, text, "--stack", "smc-migration/test")
    assert done.exit_code == Outcome.FAILED
    assert done.stdout.startswith("<!-- smc-migration-review: smc-migration/test -->\n")
    assert "the preview failed" in done.stdout
