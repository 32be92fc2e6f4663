"""Rows of the table of accounts, with their secrets encrypted and decrypted."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row

from monitors.model.account import ParallelAccount
from monitors.storage.sealing import Sealer, SealError

# The operator's own account has a row, but its secrets stay in the settings.
OPERATOR: Final = ""
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountRows:
    """Raises SealError for what no key opens."""

    sealer: Sealer
    operator_key: str | None = field(repr=False)
    operator_secrets: tuple[str, ...] = field(repr=False)
    now: Callable[[], datetime]

    def opened(self, rows: Sequence[Row[Any]]) -> Sequence[ParallelAccount]:
        """Logs and skips an account that can't be decrypted because its key was lost."""
        found: list[ParallelAccount] = []
        for row in rows:
            try:
                account = self.account(row)
            except SealError as error:
                _log.error(
                    "account skipped: it can't be decrypted", team_id=row.team_id, error=str(error)
                )
                continue
            if account is not None:
                found.append(account)
        return found

    def sealed(self, team_id: str, **secrets: str) -> dict[str, str]:
        context = account_context(team_id)
        return {name: self.sealer.seal(text, context=context) for name, text in secrets.items()}

    def account(self, row: Row[Any]) -> ParallelAccount | None:
        if row.team_id == OPERATOR:
            return self.operator(row.endpoint_id)
        context = account_context(row.team_id)
        # A disconnected account receives no webhooks, and has no secrets.
        sealed = row.webhook_secrets
        known: list[str] = json.loads(self.sealer.open(sealed, context=context)) if sealed else []
        if row.old_secrets_until is not None and row.old_secrets_until <= self.now():
            known = known[:1]
        return ParallelAccount(
            endpoint_id=row.endpoint_id,
            api_key=self.sealer.open(row.api_key, context=context),
            webhook_secrets=tuple(known),
            team_id=row.team_id,
        )

    def operator(self, endpoint_id: str) -> ParallelAccount | None:
        if self.operator_key is None:
            return None
        return ParallelAccount(endpoint_id, self.operator_key, self.operator_secrets)


def account_context(team_id: str) -> str:
    """The context an account's secrets are encrypted for."""
    return f"parallel:{team_id}"
