"""Stores in memory, for suites that need one quickly; held to the real ones by the contracts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.model.dead_letter import DeadLetter
from monitors.model.intent import Intent, IntentKind
from monitors.model.workspace import Workspace
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
