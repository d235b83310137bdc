"""The estimate of a stack, as `python -m cli estimate --json` writes it."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smc.errors import MigrationError
from smc.estimate.duration import in_words


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Cost(_Part):
    """What is paid once."""

    once: float


class ServerFigures(_Part):
    """One server's: seconds of its migration, and its cost if there are prices."""

    seconds: float
    cost: Cost | None = None


class Total(_Part):
    """The whole's."""

    seconds: float = 0
    currency: str | None = None
    cost: Cost | None = None


class Estimates(_Part):
    """All of them; empty where none was given."""

    servers: dict[str, ServerFigures] = Field(default_factory=dict)
    total: Total = Total()

    def takes(self, server: str) -> str:
        """How long a server takes, in words; empty if that is not estimated."""
        figures = self.servers.get(server)
        return in_words(figures.seconds) if figures else ""

    def costs(self, server: str) -> str:
        """What a server costs; empty if that is not estimated."""
        figures = self.servers.get(server)
        return self._money(figures.cost) if figures else ""

    def summary(self) -> str:
        """The whole in words; empty without an estimate."""
        if not self.servers:
            return ""
        money = self._money(self.total.cost) or "no prices are configured"
        return f"about {in_words(self.total.seconds)}, {money}"

    def _money(self, cost: Cost | None) -> str:
        return f"{cost.once:.2f} {self.total.currency or ''}".strip() if cost else ""


def read_estimates(text: str) -> Estimates:
    """The estimates in a text.

    Raises:
        MigrationError: it is something else.
    """
    try:
        return Estimates.model_validate_json(text)
    except ValidationError as error:
        raise MigrationError(
            "this is not the output of `python -m cli estimate --json`. Fix: leave out --estimate,"
            " or see what that command wrote to standard error."
        ) from error
