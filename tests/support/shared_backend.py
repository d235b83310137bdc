"""Where several people keep the state of one stack."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SharedBackend:
    """A backend as its users know it.

    Attributes:
        url: its `PULUMI_BACKEND_URL`.
        secret: what opens it.
        environment: the variables that carry the secret and whatever belongs to it.
    """

    url: str
    secret: str
    environment: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Everything that `pulumi` is told of it."""
        return {"PULUMI_BACKEND_URL": self.url, **self.environment}
