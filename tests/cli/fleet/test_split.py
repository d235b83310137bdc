"""Whoever is in a stack stays there, whatever is put into an inventory or taken out of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.fleet.fleet_file import fleet_file, read_split, write_split
from cli.fleet.split import By, Members, Split, divide
from smc.errors import SettingsError

WAVES = ["front", "middle", "back"]

inventories = st.dictionaries(
    st.integers(0, 60).map(lambda number: f"web-{number}"), st.sampled_from(WAVES), max_size=40
)
sizes = st.integers(1, 7)
kinds = st.sampled_from(By)


def split(
    wave_of: Mapping[str, str], known: Split | None = None, by: By = By.SIZE, size: int = 3
) -> Split:
    return divide("prod", wave_of, WAVES, known or Split(by, size))[0]


def in_order(wave_of: Mapping[str, str], data: st.DataObject) -> dict[str, str]:
    names = data.draw(st.permutations(sorted(wave_of)))
    return {name: wave_of[name] for name in names}


@given(inventories, inventories, kinds, sizes, sizes, st.data())
def test_nobody_moves_when_others_come_and_go(
    first: dict[str, str],
    second: dict[str, str],
    by: By,
    size: int,
    later_size: int,
    data: st.DataObject,
) -> None:
    before = split(first, by=by, size=size)
    # In whatever order, and each server in the wave that it was in.
    now = in_order({name: first.get(name, wave) for name, wave in second.items()}, data)
    known = Split(by, later_size, before.stacks)
    after = split(now, known)
    home, was = after.home(), before.home()
    assert {name: home[name] for name in was} == was
    assert home.keys() == was.keys() | now.keys()
    staying = {name for members in after.stacks.values() for name in members.servers}
    assert staying == now.keys()


@given(inventories, kinds, sizes, st.data())
def test_every_server_is_in_one_stack_of_its_wave_and_no_stack_is_too_large(
    wave_of: dict[str, str], by: By, size: int, data: st.DataObject
) -> None:
    made = split(in_order(wave_of, data), by=by, size=size)
    placed = [name for members in made.stacks.values() for name in members.servers]
    assert sorted(placed) == sorted(wave_of)
    for members in made.stacks.values():
        assert {wave_of[name] for name in members.servers} == {members.wave}
        assert by is By.WAVE or len(members.servers) <= size


@given(inventories, kinds, sizes)
def test_asked_again_nothing_changes(wave_of: dict[str, str], by: By, size: int) -> None:
    made = split(wave_of, by=by, size=size)
    again, new = divide("prod", wave_of, WAVES, made)
    assert again == made
    assert new == {}


@given(inventories, kinds, sizes)
def test_the_file_keeps_it(
    tmp_path_factory: pytest.TempPathFactory, wave_of: dict[str, str], by: By, size: int
) -> None:
    file = fleet_file(tmp_path_factory.getbasetemp(), "prod")
    made = split(dict(list(wave_of.items())[3:]), split(wave_of, by=by, size=size))
    write_split(file, made)
    assert (read_split(file) or Split(by, size)).stacks == made.stacks


def test_waves_and_numbers_name_the_stacks_in_the_order_of_waves() -> None:
    wave_of = {"a": "back", "b": "front", "c": "front", "d": "front"}
    assert list(split(wave_of, by=By.WAVE).stacks) == ["prod-front", "prod-back"]
    assert split(wave_of, size=2).stacks == {
        "prod-1": Members("front", ("b", "c")),
        "prod-2": Members("front", ("d",)),
        "prod-3": Members("back", ("a",)),
    }


def test_a_server_that_leaves_keeps_its_place_until_it_is_gone() -> None:
    before = split({"a": "front", "b": "front"}, size=2)
    without = split({"b": "front", "c": "front"}, before)
    assert without.stacks["prod-1"] == Members("front", ("b",), ("a",))
    assert without.stacks["prod-2"] == Members("front", ("c",))
    back = split({"a": "front", "b": "front", "c": "front"}, without)
    assert back.stacks["prod-1"] == Members("front", ("b", "a"))
    assert without.settled("prod-1").stacks["prod-1"] == Members("front", ("b",))
    assert list(without.without("prod-1").stacks) == ["prod-2"]


def problems(wave_of: Mapping[str, str], known: Split, waves: list[str] = WAVES) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        divide("prod", wave_of, waves, known)
    return [str(problem) for problem in raised.value.problems]


def test_who_would_move_is_told_once_a_stack() -> None:
    before = split({"a": "front", "b": "front", "c": "back"}, by=By.WAVE)
    (told,) = problems({"a": "middle", "b": "middle", "c": "back"}, before)
    assert told.startswith("servers.a.wave: a, as 1 others, is in stack prod-front")
    assert "take the server out, `fleet up`" in told


def test_waves_that_would_share_a_stack_are_refused() -> None:
    told = problems({}, Split(By.WAVE, 3), ["a:b", "a-b", "access"])
    assert [each.partition(":")[0] for each in told] == ["waves.a-b", "waves.access"]


def test_what_a_stack_cannot_have_is_refused() -> None:
    many = {f"web-{number}": "front" for number in range(1001)}
    (told,) = problems(many, Split(By.WAVE, 3))
    assert "1,001 servers" in told
    long = "w" * 100
    (told,) = problems({"a": long}, Split(By.WAVE, 3), [long])
    assert "longer than the 100 characters" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "by: wave\nstacks: {a: {wave: w, servers: [x]}, b: {wave: w, servers: [x]}}",
            "x: in more",
        ),
        ("by: colour", "fleet.yaml by: "),
        ("by: size\nsize: 0", "fleet.yaml size: "),
        ("{", "cannot be read"),
    ],
)
def test_a_file_that_somebody_has_changed_is_refused(tmp_path: Path, text: str, says: str) -> None:
    file = fleet_file(tmp_path, "prod")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        read_split(file)
