"""A linked Parallel account."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from monitors.model.parallel_errors import (
    BadKeyError,
    ForbiddenError,
    NoCreditError,
    ParallelError,
)


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


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """How the account that serves a workspace is doing; a moment is None where there was none.

    `linked_by` is a Slack user; the operator's account was linked by nobody. `last_webhook_at` is
    of the last one whose signature was right. Until `old_secrets_until` the secrets before the
    newest count as well.
    """

    last_four: str
    is_operators: bool
    has_secret: bool
    linked_by: str | None = None
    linked_at: datetime | None = None
    last_good_call_at: datetime | None = None
    last_webhook_at: datetime | None = None
    old_secrets_until: datetime | None = None


class AccountProblem(StrEnum):
    """Why an account is suspended: what its owner must fix."""

    BAD_KEY = "bad_key"
    NO_CREDIT = "no_credit"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class AccountSuspension:
    """Parallel refuses the account; its monitors wait until it works again."""

    reason: AccountProblem
    since: datetime


_PROBLEMS: Final[dict[type[ParallelError], AccountProblem]] = {
    BadKeyError: AccountProblem.BAD_KEY,
    NoCreditError: AccountProblem.NO_CREDIT,
    ForbiddenError: AccountProblem.FORBIDDEN,
}


def account_problem(error: ParallelError) -> AccountProblem | None:
    """None for what is no matter of the account's."""
    return _PROBLEMS.get(type(error))
