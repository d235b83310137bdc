"""Good calls of every action, as data, and how they are played through the official SDKs.

recipes/<service>.yaml maps an action to its recipe. Its keys:

    call      parameters, in the API's names; `more` is a list of further good calls
    given     recipes that are played before, each once: `Action`, `service:Action`
    then      what is played after, so that parameters have their effect: recipes, `advance SECONDS`
    side      whose credentials: `source` or `destination`; `side` of the file is the default
    action    `service:Action` where the recipe's name is not the action's

`${Recipe.Member.0.Inner}` is a member of an earlier answer, `${in SECONDS}` a UTC time of the
emulator's clock.
"""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from alibabacloud_tea_openapi.models import Config

from emulator.world import iso_seconds
from tests.support.cloud import REGIONS, Cloud
from tools.metadata.sdk_models import PACKAGES, models

FOLDER = Path(__file__).with_name("recipes")

_REFERENCE = re.compile(r"\$\{([^}]+)\}")


class RecipeError(AssertionError):
    """A recipe that is missing, or that cannot be played."""


@cache
def recipes(service: str) -> dict[str, Any]:
    """The recipes of a service by name; the key `side` is the default of them all."""
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / f"{service}.yaml").read_text("utf-8"))
    return loaded


class Player:
    """Plays recipes on a cloud; answers are kept for the recipes that come after."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.answers: dict[str, Any] = {}

    def prepare(self, service: str, name: str) -> dict[str, Any]:
        """Play what a recipe builds on. Returns the recipe."""
        recipe = recipes(service).get(name)
        if recipe is None:
            raise RecipeError(
                f"{service}:{name} has no recipe of a good call: add one to {FOLDER.name}/"
                f"{service}.yaml, and run `python -m tests.emulator.conformance --write`"
            )
        self.play_all(service, recipe.get("given", ()))
        return dict(recipe)

    def play_all(self, service: str, steps: list[str]) -> None:
        """Play recipes that were not played yet, and let time pass."""
        for step in steps:
            if step.startswith("advance "):
                self.cloud.world.clock.advance(float(step.removeprefix("advance ")))
                continue
            owner, _, name = step.rpartition(":")
            if step not in self.answers and name not in self.answers:
                self.play(owner or service, name)

    def play(self, service: str, name: str) -> None:
        """Play a recipe with everything before and after its first call."""
        recipe = self.prepare(service, name)
        self.answers[name] = self.call(service, name, recipe, recipe.get("call") or {})
        self.play_all(service, recipe.get("then", ()))

    def call(self, service: str, name: str, recipe: dict[str, Any], given: dict[str, Any]) -> Any:
        """One call through the official SDK. Returns the members of the answer's body."""
        owner, _, action = recipe.get("action", f"{service}:{name}").rpartition(":")
        parameters = self.resolved(given)
        client = self._client(owner, self.side(service, recipe))
        method = {m.replace("_", ""): m for m in dir(client)}[action.lower()]
        model = getattr(models(owner), f"{action}Request", None)
        if model is None:
            return getattr(client, method)().body.to_map()
        request = model().from_map(parameters)
        if lost := parameters.keys() - request.to_map().keys():
            raise RecipeError(f"{service}:{name}: the SDK has no parameter {sorted(lost)}")
        return getattr(client, method)(request).body.to_map()

    def side(self, service: str, recipe: dict[str, Any]) -> str:
        """Whose credentials a recipe is played with."""
        return str(recipe.get("side", recipes(service)["side"]))

    def resolved(self, value: Any) -> Any:
        """A value with its references replaced."""
        if isinstance(value, dict):
            return {key: self.resolved(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolved(inner) for inner in value]
        if not isinstance(value, str):
            return value
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return self._referred(whole[1])
        return _REFERENCE.sub(lambda match: str(self._referred(match[1])), value)

    def _referred(self, reference: str) -> Any:
        if reference.startswith("in "):
            later = timedelta(seconds=float(reference.removeprefix("in ")))
            return iso_seconds(self.cloud.world.clock.now() + later)
        name, *path = reference.split(".")
        found = self.answers[name]
        for part in path:
            found = found[int(part)] if part.isdecimal() else found[part]
        return found

    def _client(self, service: str, side: str) -> Any:
        account = self.cloud.described["accounts"][side]
        module = __import__(f"{PACKAGES[service]}.client", fromlist=["Client"])
        return module.Client(
            Config(
                access_key_id=account["access_key_id"],
                access_key_secret=account["access_key_secret"],
                endpoint=self.cloud.described["endpoint"].removeprefix("http://"),
                protocol="http",
                region_id=REGIONS[side],
            )
        )
