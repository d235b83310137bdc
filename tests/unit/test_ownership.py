from smc.ownership import (
    FINISHED_TAG,
    access_token_name,
    client_token,
    command_name,
    finished_run,
)


def test_client_tokens_are_short_ascii_and_depend_on_everything() -> None:
    token = client_token("org/p/dev", "web-1", 1, {"image": "a"})
    assert token == client_token("org/p/dev", "web-1", 1, {"image": "a"})
    assert len(token) <= 64
    assert token.isascii()
    others = {
        client_token("org/p/prod", "web-1", 1, {"image": "a"}),
        client_token("org/p/dev", "web-2", 1, {"image": "a"}),
        client_token("org/p/dev", "web-1", 2, {"image": "a"}),
        client_token("org/p/dev", "web-1", 1, {"image": "b"}),
    }
    assert token not in others
    assert len(others) == 4


def test_names_differ_between_stacks() -> None:
    assert access_token_name("a") != access_token_name("b")
    assert command_name("a") != command_name("b")


def test_finished_mark() -> None:
    assert finished_run({}) == 0
    assert finished_run({FINISHED_TAG: "3"}) == 3
    assert finished_run({FINISHED_TAG: "by hand"}) == 0
