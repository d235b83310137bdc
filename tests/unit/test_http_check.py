"""Addresses that are asked: what came, through which proxy, and of which server."""

import pytest

from smc.http_check import Answer, Question, address, ask, proxy_for
from tests.support.site import running_site


def test_all_are_asked_and_every_answer_is_told() -> None:
    with running_site(503) as site:
        here = f"http://127.0.0.1:{site.port}/health"
        answers = ask(
            {
                "plain": Question(here),
                "named": Question(here, "shop.test"),
                "nobody": Question("http://127.0.0.1:9/"),
                "no tls": Question(f"https://127.0.0.1:{site.port}/"),
            }
        )
    assert answers["plain"] == answers["named"] == Answer(503)
    assert str(answers["plain"]) == "answers 503 (Service Unavailable)"
    assert ("shop.test", "/health") in site.asked
    assert str(answers["nobody"]).startswith("does not answer: Cannot connect to host 127.0.0.1:9")
    assert answers["no tls"].status == 0
    assert ask({}) == {}


def test_a_status_without_a_name_is_told_as_well() -> None:
    assert str(Answer(299)) == "answers 299"


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://203.0.113.5/", "http://proxy.test:3128"),
        ("https://203.0.113.5/", "http://proxy.test:3128"),
        ("http://10.1.0.10/", None),
        ("http://127.0.0.1:80/", None),
        ("http://localhost/", None),
        ("http://shop.test/", None),
    ],
)
def test_proxies_are_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("http_proxy", "proxy.test:3128")
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,shop.test")
    assert proxy_for(url) == proxy


@pytest.mark.parametrize(
    ("url", "public", "private", "asked"),
    [
        ("http://{ip}/a", ["203.0.113.5"], ["10.0.0.1"], "http://203.0.113.5/a"),
        ("http://{ip}/a", [], ["10.0.0.1"], "http://10.0.0.1/a"),
        ("http://{privateIp}/a", ["203.0.113.5"], ["10.0.0.1"], "http://10.0.0.1/a"),
        ("http://{publicIp}/a", [], ["10.0.0.1"], None),
        ("http://{ip}/a", [], [], None),
        ("http://fixed.test/", [], [], "http://fixed.test/"),
    ],
)
def test_addresses_of_the_instance(
    url: str, public: list[str], private: list[str], asked: str | None
) -> None:
    assert address(url, public, private) == asked
