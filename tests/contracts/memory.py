"""Stores in memory, for suites that need one quickly; held to the real ones by the contracts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitors.domain.intent import Intent
from monitors.domain.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.domain.workspace import ThreadRef, Workspace
from monitors.store.tenancy import team_of


@dataclass
class _Kept:
    intent: Intent
    touched_at: datetime
    finished: bool = False


class MemoryIntents:
    """`IntentStore` and `StaleIntents`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[str, _Kept] = {}

    async def add(self, intent: Intent) -> bool:
        team_of(intent.workspace)
        if intent.intent_id in self._kept:
            return False
        self._kept[intent.intent_id] = _Kept(intent, self._now())
        return True

    async def get(self, intent_id: str) -> Intent | None:
        kept = self._open(intent_id)
        return kept.intent if kept else None

    async def save_progress(self, intent_id: str, progress: str) -> None:
        if kept := self._open(intent_id):
            kept.intent = replace(kept.intent, progress=progress)
            kept.touched_at = self._now()

    async def finish(self, intent_id: str) -> None:
        if kept := self._open(intent_id):
            kept.finished = True

    async def stale(self, *, older_than: datetime, limit: int) -> Sequence[Intent]:
        waiting = [
            kept
            for kept in self._kept.values()
            if not kept.finished and kept.touched_at < older_than
        ]
        waiting.sort(key=lambda kept: kept.touched_at)
        return [kept.intent for kept in waiting[:limit]]

    def _open(self, intent_id: str) -> _Kept | None:
        kept = self._kept.get(intent_id)
        return None if kept is None or kept.finished else kept


class MemoryLedger:
    """`Ledger`."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, LedgerKey], LedgerRow] = {}

    async def rows(
        self, workspace: Workspace, monitor_id: str, group_id: str
    ) -> Sequence[LedgerRow]:
        team_id = team_of(workspace)
        return sorted(
            (
                row
                for (team, key), row in self._rows.items()
                if (team, key.monitor_id, key.group_id) == (team_id, monitor_id, group_id)
            ),
            key=lambda row: row.key.part,
        )

    async def posting(self, workspace: Workspace, key: LedgerKey, *, channel: str) -> LedgerRow:
        found = self._rows.get((team_of(workspace), key))
        if found is not None:
            return found
        self._rows[workspace.team_id, key] = LedgerRow(key, PostState.POSTING, channel)
        return LedgerRow(key, PostState.NEW, channel)

    async def posted(self, workspace: Workspace, key: LedgerKey, *, ts: str) -> None:
        found = self._rows.get((team_of(workspace), key), LedgerRow(key, PostState.NEW, ""))
        self._rows[workspace.team_id, key] = replace(found, state=PostState.POSTED, ts=ts)

    async def refused(self, workspace: Workspace, key: LedgerKey) -> None:
        found = self._rows.get((team_of(workspace), key))
        if found is not None and found.state is PostState.POSTING:
            del self._rows[workspace.team_id, key]


class MemoryBaselines:
    """`Baselines`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Baseline] = {}

    async def set_baseline(self, workspace: Workspace, baseline: Baseline) -> None:
        self._kept.setdefault((team_of(workspace), baseline.monitor_id), baseline)

    async def baseline(self, workspace: Workspace, monitor_id: str) -> Baseline | None:
        return self._kept.get((team_of(workspace), monitor_id))


class MemoryThreads:
    """`ThreadIndex`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ThreadRef], str] = {}

    async def remember(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None:
        self._kept[team_of(workspace), thread] = monitor_id

    async def monitor_in(self, workspace: Workspace, thread: ThreadRef) -> str | None:
        return self._kept.get((team_of(workspace), thread))

    async def forget(self, workspace: Workspace, monitor_id: str, thread: ThreadRef) -> None:
        if self._kept.get((team_of(workspace), thread)) == monitor_id:
            del self._kept[workspace.team_id, thread]
