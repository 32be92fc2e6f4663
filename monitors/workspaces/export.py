"""Everything stored about one workspace, without secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from monitors.accounts.store import SqlAccounts
from monitors.model.account import ParallelAccount
from monitors.model.installation import Installation
from monitors.model.monitor import MonitorStatus
from monitors.model.parallel_errors import ParallelError
from monitors.model.workspace import Workspace
from monitors.watching.parts import Parts
from monitors.workspaces.records import Row, WorkspaceRecords


@dataclass(frozen=True, slots=True)
class Holdings:
    """`incomplete` says why something could not be read."""

    team_id: str
    enterprise_id: str | None
    installation: Row | None
    accounts: Sequence[Row]
    monitors: Sequence[Mapping[str, object]]
    tables: Mapping[str, Sequence[Row]]
    cache_keys: Sequence[str]
    incomplete: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """True if nothing is stored; cancelled monitors stay at Parallel and don't count."""
        active = [each for each in self.monitors if each["status"] is MonitorStatus.ACTIVE]
        return not (self.installation or active or any(self.tables.values()))


@dataclass(frozen=True, slots=True)
class ExportWorkspace:
    parts: Parts
    accounts: SqlAccounts
    records: WorkspaceRecords

    async def run(self, workspace: Workspace) -> Holdings:
        """Raises StoreDownError, QueueDownError."""
        installation = await self.parts.installations.stored(workspace)
        accounts = await self.accounts.may_hold_monitors_of(workspace)
        monitors: list[Mapping[str, object]] = []
        incomplete: list[str] = []
        for account in accounts:
            try:
                found = await self.parts.gateway.list_monitors(account, include_cancelled=True)
            except ParallelError as error:
                name = type(error).__name__
                incomplete.append(f"The monitors of the account …{account.last_four}: {name}")
                continue
            monitors += [
                {**asdict(each), "is_on_operators_account": not account.team_id}
                for each in found
                if each.home is not None and each.home.team_id == workspace.team_id
            ]
        return Holdings(
            team_id=workspace.team_id,
            enterprise_id=workspace.enterprise_id,
            installation=None if installation is None else _installation(installation),
            accounts=[_account(each) for each in accounts],
            monitors=monitors,
            tables=await self.records.export(workspace),
            cache_keys=await self.records.keys(workspace),
            incomplete=incomplete,
        )


def _installation(installation: Installation) -> Row:
    return {
        "team_id": installation.place.team_id or None,
        "enterprise_id": installation.place.enterprise_id,
        "is_organisation_wide": not installation.place.team_id,
        "app_id": installation.app_id,
        "bot_user_id": installation.bot_user_id,
        "installed_at": installation.installed_at.isoformat(),
    }


def _account(account: ParallelAccount) -> Row:
    return {
        "api_key_last_four": account.last_four,
        "is_operators": not account.team_id,
        "webhook_secrets": len(account.webhook_secrets),
    }
