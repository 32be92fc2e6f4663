"""A linked Parallel account."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ParallelAccount:
    """Whose key works for a workspace.

    `endpoint_id` names its webhook address; it is as secret as it is unguessable, no more. Without
    `webhook_secrets` its webhooks are hints only.
    """

    endpoint_id: str
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    team_id: str | None = None

    @property
    def last_four(self) -> str:
        return self.api_key[-4:]
