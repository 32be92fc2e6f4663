"""Stores in memory, for suites that need one quickly; held to the real ones by the contracts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.delivery.ledger import GRACE
from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.tenancy import team_of
from monitors.work.intent_store import HOLD_SECONDS


@dataclass
class _Kept:
    intent: Intent
    touched_at: datetime
    finished: bool = False
    held_until: datetime | None = None


class MemoryIntents:
    """`IntentStore`, `IntentHolds`, `OpenIntents` and `StaleIntents`."""

    def __init__(self, now: Callable[[], datetime], *, hold_seconds: float = HOLD_SECONDS) -> None:
        self._now = now
        self._hold = timedelta(seconds=hold_seconds)
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
            kept.held_until = self._now() + self._hold

    async def hold(self, intent_id: str) -> bool:
        kept = self._open(intent_id)
        if kept is None or (kept.held_until is not None and kept.held_until > self._now()):
            return False
        kept.touched_at = self._now()
        kept.held_until = self._now() + self._hold
        return True

    async def let_go(self, intent_id: str) -> None:
        if intent_id in self._kept:
            self._kept[intent_id].held_until = None

    async def finish(self, intent_id: str) -> None:
        if kept := self._open(intent_id):
            kept.finished = True

    async def open_intents(self, workspace: Workspace, kind: IntentKind) -> Sequence[Intent]:
        return [
            kept.intent
            for kept in self._kept.values()
            if not kept.finished
            and kept.intent.kind is kind
            and team_of(kept.intent.workspace) == team_of(workspace)
        ]

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


@dataclass
class _Part:
    state: PostState
    channel: str
    changed_at: datetime
    parts: int | None = None
    ts: str | None = None

    @property
    def is_final(self) -> bool:
        return self.state in {PostState.POSTED, PostState.DEAD}


class MemoryLedger:
    """`Ledger` and `DeadParts`."""

    def __init__(self, now: Callable[[], datetime], *, grace: timedelta = GRACE) -> None:
        self._now = now
        self._grace = grace
        self._rows: dict[tuple[str, LedgerKey], _Part] = {}

    async def posting(
        self, workspace: Workspace, key: LedgerKey, *, parts: int, channel: str
    ) -> LedgerRow:
        taken = _Part(PostState.POSTING, channel, self._now(), parts)
        found = self._rows.setdefault((team_of(workspace), key), taken)
        if found is taken:
            return LedgerRow(key, PostState.NEW, channel)
        left_behind = found.changed_at < self._now() - self._grace
        if found.state is PostState.UNCERTAIN or (found.state is PostState.POSTING and left_behind):
            self._rows[workspace.team_id, key] = taken
            return LedgerRow(key, PostState.UNCERTAIN, channel)
        found.parts = parts
        return LedgerRow(key, found.state, found.channel, found.ts)

    async def keep(
        self, workspace: Workspace, key: LedgerKey, state: PostState, *, ts: str | None = None
    ) -> None:
        row = self._rows.setdefault((team_of(workspace), key), _Part(state, "", self._now()))
        if row.state is not PostState.POSTED or state is PostState.POSTED:
            row.state, row.ts, row.changed_at = state, ts, self._now()

    async def refused(self, workspace: Workspace, key: LedgerKey) -> None:
        found = self._rows.get((team_of(workspace), key))
        if found is not None and found.state is PostState.POSTING:
            del self._rows[workspace.team_id, key]

    async def settled(
        self, workspace: Workspace, monitor_id: str, group_ids: Sequence[str]
    ) -> frozenset[str]:
        team_id = team_of(workspace)
        groups: dict[str, list[_Part]] = {}
        for (team, key), row in self._rows.items():
            if (team, key.monitor_id) == (team_id, monitor_id) and key.group_id in group_ids:
                groups.setdefault(key.group_id, []).append(row)
        return frozenset(group_id for group_id, rows in groups.items() if _is_settled(rows))

    async def final_parts(
        self, workspace: Workspace, monitor_id: str, group_id: str
    ) -> frozenset[int]:
        owner = team_of(workspace)
        return frozenset(
            key.part
            for (team, key), row in self._rows.items()
            if (team, key.monitor_id, key.group_id) == (owner, monitor_id, group_id)
            and row.state in {PostState.POSTED, PostState.DEAD}
        )

    async def revive(self, workspace: Workspace, monitor_id: str, group_id: str) -> None:
        team_id = team_of(workspace)
        for (team, key), row in list(self._rows.items()):
            is_meant = (team, key.monitor_id) == (team_id, monitor_id)
            if is_meant and group_id in {"", key.group_id} and row.state is PostState.DEAD:
                del self._rows[team, key]


def _is_settled(rows: Sequence[_Part]) -> bool:
    known = [row.parts for row in rows if row.parts is not None]
    return bool(known) and sum(row.is_final for row in rows) >= max(known)


class MemoryBaselines:
    """`Baselines`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Baseline] = {}

    async def set_baseline(self, workspace: Workspace, baseline: Baseline) -> None:
        self._kept.setdefault((team_of(workspace), baseline.monitor_id), baseline)

    async def baseline(self, workspace: Workspace, monitor_id: str) -> Baseline | None:
        return self._kept.get((team_of(workspace), monitor_id))

    async def advance(self, workspace: Workspace, monitor_id: str, *, mark: str) -> None:
        if found := self._kept.get((team_of(workspace), monitor_id)):
            self._kept[workspace.team_id, monitor_id] = replace(found, mark=mark)

    async def owner(self, endpoint_id: str, monitor_id: str) -> Workspace | None:
        teams = [
            team_id
            for (team_id, _), kept in self._kept.items()
            if (kept.endpoint_id, kept.monitor_id) == (endpoint_id, monitor_id)
        ]
        return Workspace(teams[0]) if len(teams) == 1 else None

    async def workspaces_on(self, endpoint_id: str) -> Sequence[Workspace]:
        kept = self._kept.items()
        teams = {team_id for (team_id, _), each in kept if each.endpoint_id == endpoint_id}
        return [Workspace(team_id) for team_id in sorted(teams)]

    async def forget(self, workspace: Workspace, monitor_id: str) -> None:
        self._kept.pop((team_of(workspace), monitor_id), None)


class MemoryDeadLetters:
    """`DeadLetters`."""

    def __init__(self) -> None:
        self._kept: dict[str, DeadLetter] = {}

    async def bury(self, letter: DeadLetter) -> None:
        self._kept[letter.key] = letter

    async def list_letters(self, *, team_id: str | None, limit: int) -> Sequence[DeadLetter]:
        letters = [kept for kept in self._kept.values() if team_id in {None, kept.team_id}]
        letters.sort(key=lambda kept: kept.letter_id)
        letters.sort(key=lambda kept: kept.buried_at, reverse=True)
        return letters[:limit]

    async def remove(self, letter_id: str) -> None:
        for kept in list(self._kept.values()):
            if kept.letter_id == letter_id:
                del self._kept[kept.key]


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
