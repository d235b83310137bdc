"""One action examined: its good calls, what they read and answer, and all calls it must refuse."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests
from alibabacloud_tea_openapi.utils import Utils

from emulator.http import gateway
from emulator.http.answers import encoded
from emulator.http.gateway import Answer
from emulator.http.request import SERVICES
from emulator.http.validate import metadata, validate
from emulator.world.table import ROW_SPECS, Table
from tests.emulator.conformance.answers import documented_members, members, problems
from tests.emulator.conformance.cases import refused_calls
from tests.emulator.conformance.recipes import Player
from tests.support.cloud import Cloud, demo_world, running_cloud
from tools.metadata.sdk_models import response_schema

VERSIONS = {service: version for version, service in SERVICES.items()}


@dataclass
class Examination:
    """What was found. `reads` are parameters, `returns` paths of members of answers."""

    service: str
    action: str
    good_calls: int = 0
    refused_calls: int = 0
    failures: list[str] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    returns: set[str] = field(default_factory=set)

    def coverage(self) -> dict[str, Any]:
        """What the emulator claims; `members` are two numbers: there, and documented."""
        schema = response_schema(self.service, self.action)
        documented = documented_members(schema) - {"RequestId"}
        return {
            "members": [len(self.returns & documented), len(documented)],
            "reads": sorted(self.reads),
            "returns": sorted(self.returns),
        }


def examine(service: str, action: str) -> Examination:
    """Play the recipe of an action on a new cloud, and every call that it must refuse."""
    found = Examination(service, action)
    with (
        tempfile.TemporaryDirectory() as folder,
        _recorded(found) as answers,
        running_cloud(Path(folder), demo_world()) as cloud,
    ):
        player = Player(cloud)
        recipe = player.prepare(service, action)
        good = player.resolved(recipe.get("call") or {})
        _refusals(cloud, player.side(service, recipe), good, found)
        for call in [recipe.get("call") or {}, *recipe.get("more", ())]:
            answers.clear()
            before = _rows(cloud)
            player.answers[action] = player.call(service, action, recipe, call)
            found.good_calls += 1
            _watch_rows(cloud, before, found)
            _check(json.loads(encoded(answers[-1].members)), found)
        player.play_all(service, recipe.get("then", ()))
    # What several actions share reads what not all of them have.
    found.reads &= metadata(service)[action]["parameters"].keys()
    return found


def _check(answer: dict[str, Any], found: Examination) -> None:
    schema = response_schema(found.service, found.action)
    found.failures += sorted(set(problems(schema, answer)))
    found.returns |= members(answer) - {"RequestId"}


def _refusals(cloud: Cloud, side: str, good: dict[str, Any], found: Examination) -> None:
    facts = metadata(found.service)[found.action]["parameters"]
    with requests.Session() as session:
        session.trust_env = False
        session.get(cloud.described["endpoint"], timeout=10)  # lets happen what is due
        before = _rows(cloud)
        for case in refused_calls(facts, good):
            answer = session.post(
                cloud.described["endpoint"],
                data=_signed(cloud, side, found, case.parameters),
                timeout=10,
            )
            got = (answer.json().get("Code"), answer.status_code)
            found.refused_calls += 1
            if got != (case.code, case.status):
                wanted = (case.code, case.status)
                found.failures.append(f"{case.what}: answered {got}, documented is {wanted}")
        if _rows(cloud) != before:
            found.failures.append("a refused call changed the world")


def _signed(
    cloud: Cloud, side: str, found: Examination, parameters: dict[str, Any]
) -> dict[str, str]:
    account = cloud.described["accounts"][side]
    fields = dict(_flat(parameters)) | {
        "Action": found.action,
        "Version": VERSIONS[found.service],
        "AccessKeyId": account["access_key_id"],
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
    }
    signature = Utils.get_rpcsignature(fields, "POST", account["access_key_secret"])
    return fields | {"Signature": signature}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Repeat lists and flat objects: `Tag.1.Key`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{path}.{number}")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


class _Watched(dict[str, Any]):
    """Parameters that note which of them are read by name; a copy of all is no reading."""

    def __init__(self, parameters: dict[str, Any], reads: set[str]) -> None:
        super().__init__(parameters)
        self._reads = reads

    def __getitem__(self, name: str) -> Any:
        self._reads.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._reads.add(name)
        return super().get(name, default)


def _watch_rows(cloud: Cloud, before: list[Any], found: Examination) -> None:
    """Rows that keep the call's parameters for later note what is read of them then."""
    older = {id(row) for row in before}
    for row in _rows(cloud):
        kept = getattr(row, "parameters", None)
        if isinstance(kept, dict) and id(row) not in older:
            object.__setattr__(row, "parameters", _Watched(kept, found.reads))


@contextmanager
def _recorded(found: Examination) -> Iterator[list[Answer]]:
    """Note what the action reads, and keep the answers of its good calls as they are sent."""
    answers: list[Answer] = []
    answer = gateway.Gateway.answer

    def watched(service: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
        parameters = validate(service, action, given)
        if (service, action) == (found.service, found.action):
            return _Watched(parameters, found.reads)
        return parameters

    def kept(*arguments: Any) -> Answer:
        answers.append(answer(*arguments))
        return answers[-1]

    with patch.object(gateway, "validate", watched), patch.object(gateway.Gateway, "answer", kept):
        yield answers


def _rows(cloud: Cloud) -> list[Any]:
    tables: list[Table[Any]] = [cloud.world.table(row_class) for row_class in ROW_SPECS]
    return [row for table in tables for row in table]
