"""What can go wrong, told to the user.

MigrationError                  anything a user meets; str() is the whole message
├── SettingsError               the configuration: every problem at once, with its YAML path
├── ApiError                    an API refused, and would again; carries code and request id
│   └── TransientApiError       throttled, in trouble, or no answer: worth another try
├── WaitError                   what was waited for did not come in time
├── WrongAccountError           credentials belong to another account than the one configured
├── RefusedError                a change that must not be made silently
└── InterruptedWait             the update was cancelled
"""

from collections.abc import Sequence
from dataclasses import dataclass

from smc.catalogue import NO_ANSWER, explain


class MigrationError(Exception):
    """An expected failure. Its message says what failed, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration.

    path is the YAML path, such as `servers.web-1.target`; fix is an instruction, or empty.
    """

    path: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" + (f" Fix: {self.fix}" if self.fix else "")


class SettingsError(MigrationError):
    """The configuration has problems; `problems` has all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(problems)} problem" + ("s" if len(problems) > 1 else "")
        lines = "\n".join(f"  {number}. {p}" for number, p in enumerate(problems, start=1))
        super().__init__(f"the migration settings have {count}:\n{lines}")


class ApiError(MigrationError):
    """An API call failed; repeating it as it is does not help.

    Its text has the likely cause and the fix; `bare` is it without these.

    Args:
        action: service and action, such as `smc:StartReplicationJob`.
        code: the API's error code; empty when there was no answer.
        message: the API's message, or that of the transport.
        status: HTTP status; 0 when there was no answer.
        request_id: the API's request id; empty when there was no answer.
    """

    def __init__(
        self, action: str, code: str, message: str, status: int = 0, request_id: str = ""
    ) -> None:
        self.action = action
        self.code = code
        self.message = message
        self.status = status
        self.request_id = request_id
        reason = f"{code}: {message}" if code else f"no answer: {message}"
        request = f" (request {request_id})" if request_id else ""
        super().__init__(f"{action} failed. {reason.removesuffix('.')}{request}.")

    @property
    def bare(self) -> str:
        """What failed, the code, the API's message and the request id."""
        return str(self.args[0])

    def __str__(self) -> str:
        return self.bare + explain(self.action, self.code or NO_ANSWER, self.request_id)


class TransientApiError(ApiError):
    """An API call failed in a way that may pass: the same call can succeed a little later.

    Args:
        action, code, message, status, request_id: see `ApiError`.
        retry_after_seconds: how long the service wants to be left alone; 0 if it does not say.
        given_up: why it is not tried once more; empty before that.
    """

    def __init__(
        self,
        action: str,
        code: str,
        message: str,
        status: int = 0,
        request_id: str = "",
        *,
        retry_after_seconds: float = 0.0,
        given_up: str = "",
    ) -> None:
        super().__init__(action, code, message, status, request_id)
        self.retry_after_seconds = retry_after_seconds
        self.is_given_up = bool(given_up)
        if given_up:
            self.args = (f"{self.bare.removesuffix('.')}; {given_up}.",)

    def when_given_up(self, why: str) -> "TransientApiError":
        """The same failure, with the reason why it was not tried once more."""
        return TransientApiError(
            self.action,
            self.code,
            self.message,
            self.status,
            self.request_id,
            retry_after_seconds=self.retry_after_seconds,
            given_up=why,
        )


class WaitError(MigrationError):
    """A deadline passed. What was waited for may still come; the next run takes it up again."""


class WrongAccountError(MigrationError):
    """The credentials of a side belong to another account."""


class RefusedError(MigrationError):
    """A change that would lose or repeat work, and therefore needs an explicit word."""


class InterruptedWait(MigrationError):  # noqa: N818 - it is not an error of anybody
    """Waiting ended because whoever asked for it cancels."""
