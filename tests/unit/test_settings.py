from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.errors import Problem, SettingsError
from smc.settings import load_settings
from smc.settings.job import BUILT_IN, Execution, JobOptions, Network, merged

VALID: dict[str, Any] = {
    "source": {"account": "1000000000000001", "region": "cn-hangzhou"},
    "destination": {"account": "2000000000000002", "region": "ap-northeast-1"},
    "servers": {
        "web-1": {"select": {"id": "i-1"}, "target": {"image": "web-1-image"}},
        "app-1": {
            "select": {"name": "app-1"},
            "target": {"instance": "i-2", "acknowledge": "i-2"},
        },
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """VALID with the value at a dotted path replaced."""
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(VALID))
    *parents, last = path.split(".")
    node = copy
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value
    return copy


BAD_SETTINGS = yaml.safe_load((Path(__file__).parent / "bad_settings.yaml").read_text())


@pytest.mark.parametrize("case", BAD_SETTINGS, ids=lambda case: f"{case['set']}={case['to']}")
def test_problem_is_reported_with_its_path(case: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(changed(case["set"], case["to"]))
    reported = case.get("reported", case["set"])
    matching = [p for p in raised.value.problems if p.path == reported]
    assert matching, str(raised.value)
    assert case["words"] in str(matching[0])


def test_two_servers_with_one_target_or_selector_are_refused() -> None:
    raw = changed("servers.web-2", VALID["servers"]["web-1"])
    with pytest.raises(SettingsError) as raised:
        load_settings(raw)
    assert [p.path for p in raised.value.problems] == [
        "servers.web-2.target.image",
        "servers.web-2.select",
    ]


def test_wave_is_needed_only_where_there_are_several() -> None:
    assert load_settings(changed("waves", {"one": {}})).wave_members() == {
        "one": load_settings(VALID).servers
    }
    with pytest.raises(SettingsError) as raised:
        load_settings(changed("waves", {"one": {}, "two": {}}))
    assert {p.path for p in raised.value.problems} == {"servers.web-1.wave", "servers.app-1.wave"}


def test_waves_come_after_those_they_wait_for() -> None:
    raw = changed("waves", {"late": {"after": ["early"]}, "early": {}})
    raw["servers"]["web-1"]["wave"] = "late"
    raw["servers"]["app-1"]["wave"] = "early"
    assert list(load_settings(raw).wave_members()) == ["early", "late"]


def test_a_strict_policy_has_a_longest_length() -> None:
    raw = changed("source.role.strict", True)
    raw["servers"] = {
        f"s{n:03}": {
            "select": {"id": f"i-bp1000000000000000{n:03}"},
            "target": {"image": f"s{n:03}"},
        }
        for n in range(90)
    }
    with pytest.raises(SettingsError) as raised:
        load_settings(raw)
    (problem,) = raised.value.problems
    assert problem.path == "source.role.strict"
    assert "lists 90 instances" in problem.message
    assert "RAM allows 6144" in problem.message
    raw["servers"] = dict(list(raw["servers"].items())[:70])
    assert load_settings(raw)


@pytest.mark.parametrize("raw", [None, [], "text", {}, {"servers": []}, {"source": None}])
def test_nonsense_is_reported_and_does_not_crash(raw: Any) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(raw)
    assert raised.value.problems


def problems_of(raw: Any) -> tuple[Problem, ...] | None:
    """What is wrong with a configuration; None if nothing is."""
    try:
        load_settings(raw)
    except SettingsError as error:
        return error.problems
    return None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)  # The machine may be busy.
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "source": ANYTHING | st.just(VALID["source"]),
            "destination": ANYTHING | st.just(VALID["destination"]),
            "servers": ANYTHING | st.dictionaries(st.text(max_size=8), ANYTHING, max_size=2),
            "waves": ANYTHING | st.dictionaries(st.text(max_size=8), ANYTHING, max_size=2),
            "defaults": ANYTHING,
        },
    )
)
def test_whatever_is_written_gives_settings_or_problems(raw: dict[str, Any]) -> None:
    problems = problems_of(raw)
    assert problems is None or problems
    assert all(problem.path and problem.message for problem in problems or ())


def test_the_demo_stack_is_valid() -> None:
    stack = yaml.safe_load(Path("Pulumi.dev.yaml").read_text())
    settings = load_settings(stack["config"]["smc-migration:migration"])
    assert {name: list(servers) for name, servers in settings.wave_members().items()} == {
        "front": ["web-1", "web-2"],
        "back": ["app-1", "db-1", "files-1"],
    }


def test_options_are_inherited_key_by_key() -> None:
    raw = changed("defaults", {"network": {"compressLevel": 7, "checksum": True}, "validDays": 10})
    raw["templates"] = {"big": {"network": {"compressLevel": 1}, "tags": {"size": "big"}}}
    raw["servers"]["web-1"] |= {"template": "big", "network": {"vswitch": "vsw-1"}}
    settings = load_settings(raw)
    big, small = (settings.options(settings.servers[name]) for name in ("web-1", "app-1"))
    assert big.network == Network(vswitch="vsw-1", compress_level=1, checksum=True)
    assert (big.valid_days, big.tags) == (10, {"size": "big"})
    assert small.network == Network(compress_level=7, checksum=True)
    assert (small.valid_days, small.tags, small.attempts) == (10, {}, 3)


def test_an_inherited_schedule_ends_where_a_server_is_executed_otherwise() -> None:
    moment = "2026-01-31T22:00:00+09:00"
    scheduled = JobOptions.model_validate({"execution": "scheduled", "startAt": moment})
    assert merged(BUILT_IN, scheduled).start_at is not None
    assert merged(BUILT_IN, scheduled, JobOptions(execution=Execution.IMMEDIATE)).start_at is None
