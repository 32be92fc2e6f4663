"""Stores in memory, for suites that need one quickly; held to the real ones by the contracts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitors.delivery.ledger import GRACE
from monitors.model.ledger import Baseline, LedgerKey, LedgerRow, PostState
from monitors.model.workspace import ThreadRef, Workspace
from monitors.storage.tenancy import team_of


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
