"""The job `refresh`: a monitor's card is redrawn, or posted again where it was deleted."""

from dataclasses import dataclass

from monitors import texts
from monitors.delivery.address import Addressed, AddressMonitor
from monitors.delivery.refresh import RefreshCard, state_of
from monitors.delivery.suspend import SuspendMonitors
from monitors.model.card import card_of
from monitors.model.monitor import MonitorStatus
from monitors.model.monitor_row import MonitorRow
from monitors.model.outcome import Attempt, Done, Outcome
from monitors.model.requests import CheckRequest
from monitors.model.slack_errors import CARD_GONE, DeadDestinationError, DeadInstallationError
from monitors.ports import Renderer, ThreadPoster
from monitors.watching.move import MoveThread


@dataclass(frozen=True, slots=True)
class ShowCard:
    """A card that a delivery found deleted is posted again; any other is redrawn."""

    refresh: RefreshCard
    addresses: AddressMonitor
    poster: ThreadPoster
    renderer: Renderer
    moving: MoveThread
    suspend_monitors: SuspendMonitors

    async def run(self, request: CheckRequest, attempt: Attempt) -> Outcome:
        row = await self.suspend_monitors.monitors.find(request.endpoint_id, request.monitor_id)
        if row is None or row.suspension is None or row.suspension.reason not in CARD_GONE:
            return await self.refresh.run(request, attempt)
        addressed = await self.addresses.address(request.endpoint_id, request.monitor_id)
        if addressed is None or addressed.monitor.status is MonitorStatus.CANCELLED:
            await self.suspend_monitors.resume(row)
            return Done()
        try:
            return await self._restore(addressed, row, attempt=attempt)
        except (DeadDestinationError, DeadInstallationError) as error:
            return await self.suspend_monitors.suspend(addressed, error)

    async def _restore(self, addressed: Addressed, row: MonitorRow, *, attempt: Attempt) -> Outcome:
        """Post a new card in the same channel, where the monitor goes on.

        Checks that the card is really gone; otherwise a channel that refuses replies would get a
        new card at every retry.
        """
        card = card_of(addressed.monitor, state_of(addressed.monitor))
        thread = addressed.home.thread
        try:
            await self.poster.update(addressed.workspace, thread, self.renderer.card(card))
        except DeadDestinationError as error:
            if error.code not in CARD_GONE:
                raise
        else:
            return await self.suspend_monitors.card_exists(addressed, row)
        return await self.moving.to_channel(
            addressed, thread.channel, said=texts.CARD_RESTORED, attempt=attempt
        )
