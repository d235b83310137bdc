"""Which webhooks can be set, and that what is set holds no secret."""

from typing import Any

import pytest

from smc.errors import MigrationError, SettingsError
from smc.notifications.signature import receiver_of
from smc.settings import load_settings
from tests.support.project import SETTINGS
from tests.support.receiver import SECRET

FROM = {"environment": "SMC_WEBHOOK_SECRET"}


def problems(**notifications: Any) -> str:
    try:
        load_settings({**SETTINGS, "notifications": notifications})
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("notifications", "says"),
    [
        ({"url": "https://h.example/x"}, "notifications.secretFrom: is missing"),
        ({"secretFrom": FROM}, "notifications: name either url or urlFrom"),
        (
            {"url": "https://h.example", "urlFrom": FROM, "secretFrom": FROM},
            "either url or urlFrom",
        ),
        ({"url": "http://h.example/x", "secretFrom": FROM}, "has to begin with https://"),
        ({"url": "ftp://127.0.0.1/x", "secretFrom": FROM}, "has to begin with https://"),
        ({"url": "https://a:b@h.example", "secretFrom": FROM}, "name it with urlFrom instead"),
        ({"url": "https://h.example/?key=1", "secretFrom": FROM}, "name it with urlFrom instead"),
        ({"url": "https://h.example", "secretFrom": {}}, "name either environment or file"),
        ({"url": "https://h.example", "secretFrom": {"environment": "A B"}}, "environment"),
        ({"url": "https://h.example", "secretFrom": FROM, "events": ["other"]}, "events.0"),
        ({"url": "https://h.example", "secret": "x", "secretFrom": FROM}, "is not a setting"),
    ],
)
def test_what_cannot_be_set(notifications: dict[str, Any], says: str) -> None:
    assert says in problems(**notifications)


def test_what_can_be_set() -> None:
    assert problems(url="https://h.example/x", secretFrom=FROM) == ""
    assert problems(url="http://127.0.0.1:8/x", secretFrom={"file": "~/secret"}) == ""
    assert problems(urlFrom=FROM, secretFrom=FROM, events=["wave.ended"]) == ""


def test_a_receiver_shows_neither_address_nor_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(
        {**SETTINGS, "notifications": {"urlFrom": {"environment": "ADDRESS"}, "secretFrom": FROM}}
    )
    assert settings.notifications is not None
    monkeypatch.setenv("SMC_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("ADDRESS", "http://elsewhere.example/CANARY")
    with pytest.raises(MigrationError, match="has to begin with https://") as raised:
        receiver_of(settings.notifications)
    assert "CANARY" not in str(raised.value)
    monkeypatch.setenv("ADDRESS", "https://hooks.example/CANARY?key=CANARY")
    receiver = receiver_of(settings.notifications)
    assert receiver.url.endswith("?key=CANARY")
    assert repr(receiver) == "Receiver()"
