from smc.models import Instance
from smc.selection import select_instances

PLACE = "account 1, region r"


def instance(number: int, name: str, **tags: str) -> Instance:
    return Instance(
        instance_id=f"i-{number}",
        name=name,
        status="Running",
        os_type="linux",
        os_name="Ubuntu",
        host_name=name,
        private_ips=(f"10.0.0.{number}",),
        public_ips=(f"203.0.113.{number}",),
        tags=tags,
    )


WORLD = [instance(1, "web"), instance(2, "app"), instance(3, "twin"), instance(4, "twin")]


def test_every_kind_of_selector_finds_its_instance() -> None:
    selection = select_instances(
        {
            "a": {"id": "i-1"},
            "b": {"name": "app"},
            "c": {"private_ip": "10.0.0.3"},
            "d": {"public_ip": "203.0.113.4"},
        },
        WORLD,
        PLACE,
    )
    assert {n: i.instance_id for n, i in selection.instances.items()} == {
        "a": "i-1",
        "b": "i-2",
        "c": "i-3",
        "d": "i-4",
    }
    assert selection.failures == {}


def test_none_and_several_name_what_was_seen() -> None:
    selection = select_instances({"a": {"name": "twin"}, "b": {"id": "i-9"}}, WORLD, PLACE)
    assert selection.instances == {}
    assert "means 2 instances" in selection.failures["a"]
    assert "i-3 (twin, 10.0.0.3" in selection.failures["a"]
    assert "select it by id" in selection.failures["a"]
    assert "no instance with id i-9 in account 1, region r" in selection.failures["b"]
    assert "i-1 (web" in selection.failures["b"]


def test_two_servers_on_one_instance_both_fail() -> None:
    selection = select_instances({"a": {"id": "i-1"}, "b": {"name": "web"}}, WORLD, PLACE)
    assert selection.instances == {}
    assert set(selection.failures) == {"a", "b"}
    assert "as does b" in selection.failures["a"]


def test_long_listings_are_cut() -> None:
    many = [instance(n, f"s{n}") for n in range(1, 40)]
    failure = select_instances({"a": {"id": "i-99"}}, many, PLACE).failures["a"]
    assert "and 34 more" in failure


def test_tags_find_the_one_instance_that_has_them_all() -> None:
    world = [
        instance(1, "a", role="web", stage="live"),
        instance(2, "b", role="web", stage="test"),
        instance(3, "c"),
    ]
    selection = select_instances(
        {
            "one": {"tags": {"role": "web", "stage": "test"}},
            "several": {"tags": {"role": "web"}},
            "none": {"tags": {"role": "db"}},
        },
        world,
        PLACE,
    )
    assert {n: i.instance_id for n, i in selection.instances.items()} == {"one": "i-2"}
    assert "tags role=web means 2 instances" in selection.failures["several"]
    assert "no instance with tags role=db" in selection.failures["none"]
