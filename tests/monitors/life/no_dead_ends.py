"""For a life in which no thread is ever closed and the account always works.

Should either be met all the same, the life is not what it is taken for, and the machine fails.
"""

from collections.abc import Sequence
from datetime import datetime

from monitors.model.stranded import Stranded
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
