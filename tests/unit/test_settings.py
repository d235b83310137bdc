from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smc.errors import Problem, SettingsError
from smc.settings import load_settings

VALID: dict[str, Any] = {
    "source": {"account": "1000000000000001", "region": "cn-hangzhou"},
    "destination": {"account": "2000000000000002", "region": "ap-northeast-1"},
    "servers": {"web-1": {"select": {"id": "i-1"}, "target": {"image": "web-1-image"}}},
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


@pytest.mark.parametrize(
    ("path", "value", "reported", "words"),
    [
        ("source.account", 1000000000000001, "source.account", "valid string"),
        ("source.account", "12", "source.account", "16 digits"),
        ("source.region", "Hangzhou", "source.region", "region id"),
        ("source.colour", "red", "source.colour", "is not a setting"),
        ("source.role.sessionSeconds", 60, "source.role.sessionSeconds", "900"),
        ("destination.account", "1000000000000001", "destination.account", "the same as source"),
        ("servers.web-1.select", {}, "servers.web-1.select", "exactly one"),
        ("servers.web-1.select", {"id": "i-1", "name": "a"}, "servers.web-1.select", "exactly one"),
        ("servers.web-1.select", {"privateIp": "10.0.0"}, "servers.web-1.select.privateIp", "IPv4"),
        ("servers.web-1.target", {}, "servers.web-1.target", "either image or instance"),
        ("servers.web-1.target", {"instance": "i-9"}, "servers.web-1.target", "acknowledge"),
        (
            "servers.web-1.target",
            {"instance": "i-9", "acknowledge": "i-8"},
            "servers.web-1.target",
            "acknowledge",
        ),
        ("servers.web-1.wave", "nope", "servers.web-1.wave", "nope is not a wave"),
        ("servers.web-1.validDays", 3, "servers.web-1.validDays", "7"),
        ("servers.web-1.execution", "later", "servers.web-1.execution", "immediate"),
        ("servers.9x", VALID["servers"]["web-1"], "servers.9x", "form"),
        ("waves", {"a": {"after": ["b"]}}, "waves.a.after", "b is not a wave"),
        ("waves", {"a": {"after": ["b"]}, "b": {"after": ["a"]}}, "waves.a.after", "itself"),
        ("pollling", {}, "pollling", "is not a setting"),
    ],
)
def test_problem_is_reported_with_its_path(
    path: str, value: Any, reported: str, words: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(changed(path, value))
    matching = [p for p in raised.value.problems if p.path == reported]
    assert matching, str(raised.value)
    assert words in str(matching[0])


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
    assert [p.path for p in raised.value.problems] == ["servers.web-1.wave"]


def test_waves_come_after_those_they_wait_for() -> None:
    raw = changed("waves", {"late": {"after": ["early"]}, "early": {}})
    raw["servers"]["web-1"]["wave"] = "late"
    assert list(load_settings(raw).wave_members()) == ["early", "late"]


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
