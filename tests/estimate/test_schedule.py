"""When migrations begin and end: by hand for small cases, by its laws for random ones."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smc.estimate.schedule import Slot, Task, Turn, longest_first, plan

HOUR = 3600.0


def task(wave: str, hours: float, at: float | None = None) -> Task:
    return Task(wave=wave, seconds=hours * HOUR, size_gib=hours, at=at)


def hours(slots: dict[str, Slot]) -> dict[str, tuple[float, float]]:
    return {name: (slot.begins / HOUR, slot.ends / HOUR) for name, slot in slots.items()}


def test_the_longest_go_first_and_the_rest_as_places_become_free() -> None:
    tasks = {"short": task("all", 1), "middle": task("all", 2), "long": task("all", 3)}
    assert hours(plan(tasks, {"all": Turn()}, 2)) == {
        "long": (0, 3),
        "middle": (0, 2),
        "short": (2, 3),
    }
    assert longest_first({"a": 1, "b": 2, "c": 2}) == ["b", "c", "a"]


def test_a_wave_begins_when_those_before_it_have_ended_and_at_its_time() -> None:
    tasks = {"a": task("front", 2), "b": task("back", 1), "c": task("late", 1)}
    turns = {"late": Turn(["back"], 5 * HOUR), "back": Turn(["front"]), "front": Turn()}
    assert hours(plan(tasks, turns, 50)) == {"a": (0, 2), "b": (2, 3), "c": (5, 6)}


def test_nobody_waits_for_a_wave_that_is_not_waited_for_nor_for_a_scheduled_job() -> None:
    tasks = {"a": task("front", 9), "s": task("middle", 9, 4 * HOUR), "b": task("back", 1)}
    turns = {"front": Turn(waited=False), "middle": Turn(["front"]), "back": Turn(["middle"])}
    assert hours(plan(tasks, turns, 50)) == {"a": (0, 9), "b": (0, 1), "s": (4, 13)}


def test_a_quota_of_two_and_seven_servers() -> None:
    tasks = {f"server-{n}": task("all", n) for n in range(1, 8)}
    ended = max(slot.ends for slot in plan(tasks, {"all": Turn()}, 2).values())
    assert ended == 14 * HOUR, "28 hours of work in two places"


TASKS = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.builds(
        Task,
        wave=st.sampled_from(["w0", "w1", "w2"]),
        seconds=st.floats(0, 1e6),
        size_gib=st.floats(0, 1e3),
        at=st.none() | st.floats(0, 1e6),
    ),
    max_size=30,
)


@given(TASKS, st.integers(1, 5), st.floats(0, 1e6), st.booleans())
def test_the_laws_of_a_plan(
    tasks: dict[str, Task], quota: int, not_before: float, waited: bool
) -> None:
    turns = {"w0": Turn(waited=waited), "w1": Turn(["w0"], not_before), "w2": Turn()}
    slots = plan(tasks, turns, quota)
    assert slots.keys() == tasks.keys()
    for name, slot in slots.items():
        assert slot.ends == slot.begins + tasks[name].seconds
        together = [s for s in slots.values() if s.begins <= slot.begins < s.ends]
        assert len(together) <= quota
        assert slot.begins >= (tasks[name].at or 0)
        if tasks[name].wave == "w1" and tasks[name].at is None:
            assert slot.begins >= not_before
            before = [slots[n] for n, t in tasks.items() if t.wave == "w0" and t.at is None]
            assert all(slot.begins >= (s.ends if waited else s.begins) for s in before)
    same_wave = sorted(
        (slots[name].begins, -t.size_gib)
        for name, t in tasks.items()
        if t.wave == "w2" and t.at is None
    )
    assert all(one[1] <= other[1] for one, other in pairwise(same_wave))
