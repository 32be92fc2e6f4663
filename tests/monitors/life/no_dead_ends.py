"""For a life in which no thread is ever closed and the account always works.

Should either be met all the same, the life is not what it is taken for, and the machine fails.
"""

from collections.abc import Sequence
from datetime import datetime

from monitors.model.stranded import Stranded, Trouble, TroubleKind
from monitors.model.workspace import Workspace


class NothingStranded:
    """`StrandedStore` and `DueStranded`."""

    async def strand(self, stranded: Stranded) -> Stranded:
        raise AssertionError(stranded)

    async def find(self, endpoint_id: str, monitor_id: str) -> Stranded | None:
        del endpoint_id, monitor_id
        return None

    async def keep_told(self, stranded: Stranded, at: datetime) -> None:
        del at
        raise AssertionError(stranded)

    async def drop(self, workspace: Workspace, monitor_id: str) -> None:
        """There is none."""

    async def due(self, *, now: datetime, limit: int) -> Sequence[Stranded]:
        del now, limit
        return []


class NoTroubles:
    """`TroubleStore` and `Installers`."""

    async def begin(self, trouble: Trouble) -> Trouble:
        raise AssertionError(trouble)

    async def find(self, trouble: Trouble) -> Trouble | None:
        raise AssertionError(trouble)

    async def open_on(self, endpoint_id: str) -> Sequence[Trouble]:
        del endpoint_id
        return []

    async def keep_told(self, trouble: Trouble, at: datetime) -> None:
        del at
        raise AssertionError(trouble)

    async def end(self, endpoint_id: str, kinds: Sequence[TroubleKind], *, at: datetime) -> None:
        """There is none."""

    async def workspaces_on(self, endpoint_id: str) -> Sequence[Workspace]:
        del endpoint_id
        return []

    async def installer(self, workspace: Workspace) -> str | None:
        del workspace
        return None
