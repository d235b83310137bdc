"""Which actions of Alibaba Cloud this project calls itself, read from its code.

What the alicloud plugin calls beside them is RAM's, and not in here.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ACTION = re.compile(r"(smc|ecs|sts|ram):[A-Z][A-Za-z]+")
PACKAGES = ("smc", "cli")


@cache
def called_actions(project: Path) -> frozenset[str]:
    """Every `service:Action` that is the second argument of a `call(…)`."""
    return frozenset(
        action
        for package in PACKAGES
        for path in (project / package).rglob("*.py")
        for action in _in(ast.parse(path.read_text(encoding="utf-8")))
    )


def _in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Name("call"), [_, ast.Constant(str(action)), *_]):
                if ACTION.fullmatch(action):
                    yield action
