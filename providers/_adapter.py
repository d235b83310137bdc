"""What the providers share: decoding, unknown values, errors as a user should see them."""

import sys
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn, TypeVar, cast

from pulumi.dynamic import CheckFailure, CheckResult, ReadResult
from pulumi.output import Unknown
from pydantic import BaseModel, ValidationError

from providers._engine import cancelled, stop_if_orphaned, watch_engine
from providers._live_row import LiveRow
from smc.clients import Clients
from smc.clock import SystemClock
from smc.connection import Connection
from smc.errors import MigrationError
from smc.handlers.context import Context, Shared

Properties = dict[str, Any]
Inputs = TypeVar("Inputs", bound=BaseModel)

URN = "urn"
"""Input that carries the resource's own URN, which Pulumi does not tell a dynamic provider."""

_clock = SystemClock(cancelled)
watch_engine()


class ProcessContext(Context):
    """The context of a provider process: what is made for one call is kept for the next."""

    def clients(self, connection: Connection) -> Clients:
        """Clients of a side, made once."""
        return _shared_clients(connection)

    def shared(self, key: Hashable, make: Callable[[], Shared]) -> Shared:
        """What `make` returned for the first caller with this key."""
        with _lock:
            return cast("Shared", _kept.setdefault(key, make()))


_lock = threading.Lock()
_kept: dict[Hashable, object] = {}


@cache
def _shared_clients(connection: Connection) -> Clients:
    return Clients(connection, _clock, before_call=stop_if_orphaned)


def context_of(urn: str) -> Context:
    """The context for a call on a resource."""
    row = LiveRow(urn)
    return ProcessContext(clock=_clock, progress=row.progress, note=row.note)


def show_error(urn: str, error: MigrationError) -> None:
    """Show an error on the row of a resource, and go on."""
    LiveRow(urn).error(f"{type(error).__name__}: {error}")


def decode(model: type[Inputs], properties: Mapping[str, Any]) -> Inputs:
    """The typed inputs among the properties of a resource (inputs, or outputs that repeat them)."""
    return model.model_validate({k: v for k, v in properties.items() if k in model.model_fields})


def encode(inputs: BaseModel, properties: Mapping[str, Any], outputs: Properties) -> Properties:
    """All properties that go into the state: the inputs, the URN, and the outputs."""
    urn = {URN: properties[URN]} if properties.get(URN) else {}
    return {**inputs.model_dump(mode="json", exclude_defaults=True), **urn, **outputs}


def read_result(resource_id: str, model: type[BaseModel], properties: Properties) -> ReadResult:
    """What `read` returns for a resource that exists."""
    inputs = {k: v for k, v in properties.items() if k in model.model_fields or k == URN}
    return ReadResult(resource_id, properties, inputs)


def gone() -> ReadResult:
    """What `read` returns for a resource that does not exist: the engine drops it."""
    return ReadResult("", {})


def is_unknown(value: Any) -> bool:
    """Whether a value, or something inside it, is not known in this preview."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return any(is_unknown(v) for v in value.values())
    if isinstance(value, list):
        return any(is_unknown(v) for v in value)
    return False


def check_inputs(model: type[BaseModel], news: Properties) -> CheckResult:
    """Check all known inputs against the model."""
    known = {k: v for k, v in news.items() if k in model.model_fields and not is_unknown(v)}
    failures = []
    try:
        model.model_validate(known)
    except ValidationError as error:
        unknown = set(news) - set(known)
        failures = [
            CheckFailure(".".join(map(str, e["loc"])), e["msg"])
            for e in error.errors()
            if e["loc"][0] not in unknown
        ]
    return CheckResult(news, failures)


def assume_unchanged(olds: Properties, news: Properties) -> Properties:
    """New inputs, with the old value for what this preview cannot know."""
    return {k: olds.get(k, v) if is_unknown(v) else v for k, v in news.items()}


def differs(model: type[BaseModel], olds: Properties, news: Properties, fields: set[str]) -> bool:
    """Whether one of the fields changed; an unknown new value counts as a change."""
    if any(is_unknown(news.get(field)) for field in fields):
        return True
    before, after = decode(model, olds), decode(model, assume_unchanged(olds, news))
    return any(getattr(before, field) != getattr(after, field) for field in fields)


def reached_otherwise(olds: Properties, news: Properties) -> bool:
    """Whether the same account is reached by another profile, file or region than before.

    That alone is a change: refresh and destroy know the credentials' name from the state only.
    """
    if is_unknown(news["destination"]):
        return False
    before, after = map(Connection.model_validate, (olds["destination"], news["destination"]))
    return before != after and before.account == after.account


@contextmanager
def clean_errors() -> Iterator[None]:
    """Let the user see the message of an expected failure, and nothing else.

    The dynamic provider server sends `traceback.format_exc()` to the engine, so the message stands
    alone only if the exception has no traceback, no cause, and no module name.
    """
    try:
        yield
    except MigrationError as error:
        _fail(error)
    except Exception:
        # A defect of ours: its traceback is what a report needs.
        sys.tracebacklimit = 1000
        raise


def _fail(error: MigrationError) -> NoReturn:
    sys.tracebacklimit = 0
    # The name of its class is shown before the message: a review tells refusals by it.
    shown = type(type(error).__name__, (Exception,), {"__module__": "builtins"})
    raise shown(str(error)) from None
