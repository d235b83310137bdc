"""The access components as a plugin, as programs in other languages use them."""

import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from cli.pulumi_stack import PulumiStack
from tests.support.cloud import DESTINATION, SOURCE, Cloud

ROOT = Path(__file__).parents[2]

PROGRAM = """
import pulumi
from components import account_provider
from smc.connection import Connection

class Remote(pulumi.ComponentResource):
    @property
    @pulumi.getter(name="roleArn")
    def role_arn(self):
        return pulumi.get(self, "roleArn")

source = account_provider("source-account", Connection.model_validate(%s))
made = Remote(
    "smc-migration:index:SourceAccountAccess",
    "shared",
    {"principal": pulumi.Output.from_input("acs:ram::%s:root"), "roleName": "shared-role",
     "roleArn": None},
    pulumi.ResourceOptions(providers=[source]),
    remote=True,
)
pulumi.export("roleArn", made.role_arn)
"""


def test_access_from_a_program_that_does_not_import_it(
    tmp_path: Path, fast_cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "binaries"
    plugins.mkdir()
    starter = plugins / "pulumi-resource-smc-migration"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "plugin"}" "$@"\n')
    starter.chmod(0o755)
    monkeypatch.setenv("PATH", str(plugins), prepend=os.pathsep)
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "other", "runtime": "python"}))
    connection = fast_cloud.connection("source").model_dump(exclude_none=True)
    (program / "__main__.py").write_text(PROGRAM % (connection, DESTINATION))
    stack = PulumiStack(program, tmp_path / "home", "test")
    stack.select()

    up = stack.run("up", "--yes", "--skip-preview", "--non-interactive", quiet=True)
    assert up.returncode == 0, up.stdout
    assert stack.outputs() == {"roleArn": f"acs:ram::{SOURCE}:role/shared-role"}
    again = stack.run("preview", "--expect-no-changes", "--non-interactive", quiet=True)
    assert again.returncode == 0, again.stdout
    exported = json.loads(stack.run("stack", "export", quiet=True).stdout)
    kinds = {resource["type"] for resource in exported["deployment"]["resources"]}
    assert "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment" in kinds
