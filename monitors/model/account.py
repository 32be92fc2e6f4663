"""A connected Parallel account."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ParallelAccount:
    """The account whose key serves a workspace.

    `endpoint_id` is part of its webhook address; it is hard to guess, but not a secret. Without
    `webhook_secrets`, its webhooks can't be verified and only prompt a check.
    """

    endpoint_id: str
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    team_id: str | None = None

    @property
    def last_four(self) -> str:
        return self.api_key[-4:]


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """The state of the account that serves a workspace; a time is None if it never happened.

    `linked_by` is a Slack user, None for the operator's account. `last_webhook_at` is when the last
    verified webhook arrived, `webhooks_refused_at` when a streak of others began. Until
    `old_secrets_until`, older secrets are accepted too. With a `problem`, its monitors are on hold.
    """

    last_four: str
    is_operators: bool
    has_secret: bool
    linked_by: str | None = None
    linked_at: datetime | None = None
    last_good_call_at: datetime | None = None
    last_webhook_at: datetime | None = None
    webhooks_refused_at: datetime | None = None
    old_secrets_until: datetime | None = None
    problem: "AccountProblem | None" = None

    @property
    def refuses_webhooks(self) -> bool:
        """Whether that streak goes on: Parallel signs with another webhook secret."""
        began, last = self.webhooks_refused_at, self.last_webhook_at
        return began is not None and (last is None or last < began)

    @property
    def identity(self) -> str:
        """Tells one link of a workspace from the next, without naming anything secret."""
        return f"{self.last_four} {self.linked_at.isoformat() if self.linked_at else ''}"


class AccountProblem(StrEnum):
    """Why an account is suspended, which its owner has to fix."""

    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class AccountSuspension:
    """Parallel refuses the account; its monitors wait until it works again."""

    reason: AccountProblem
    since: datetime
