"""The port through which values become Slack messages and views (`bot.blocks.renderer`)."""

from collections.abc import Sequence
from typing import Protocol

from monitors.model.app_home import AccountChange, AppHome
from monitors.model.card import Card
from monitors.model.delivery_policy import DeliveryPolicy
from monitors.model.edit import EditForm, MonitorSettings
from monitors.model.event import EventGroup, HistoryEntry, HistoryPage
from monitors.model.ledger import FindingsMessage
from monitors.model.listing import HistoryAt, MonitorPage
from monitors.model.message import Block, File, Message
from monitors.model.monitor import Monitor, MonitorHome
from monitors.model.requests import StartRequest
from monitors.model.view_requests import Asked


class Renderer(Protocol):
    """Turns domain values into Slack messages."""

    def card(self, card: Card) -> Message: ...

    def findings(
        self, group: EventGroup, *, query: str, since: str = "", mention: str = ""
    ) -> Sequence[FindingsMessage]:
        """As many messages as Slack's limits require; the same ones for the same group.

        `since`: of a digest, in words; `mention`: the id of a person to notify.
        """
        ...

    def note(self, text: str, *, can_connect: bool = False) -> Message:
        """A short plain message; foreign text in it is escaped.

        `can_connect`: the reader, an admin, may connect a Parallel account right there.
        """
        ...

    def how_to(self) -> Message:
        """How to use the app."""
        ...

    def not_started(
        self, reason: str, *, typed: str, corrected: str = "", can_connect: bool = False
    ) -> Message:
        """Why, and the whole command to be used again, corrected if that can be guessed."""
        ...

    def question(
        self, text: str, *, intent_id: str, yes: str, thread: MonitorHome | None = None
    ) -> Message:
        """Whether to go on with a start; with a link to the thread that it is about."""
        ...

    def approval(
        self, request: StartRequest, reason: str, *, intent_id: str, is_own: bool
    ) -> Message:
        """For an admin: whether a start, perhaps their own, may exceed a budget."""
        ...

    def owner_left(self, user_id: str, monitors: Sequence[Monitor], *, asked: str) -> Message:
        """For an admin, to take them over; `asked` comes back with the answer."""
        ...

    def inherited(self, user_id: str, monitors: Sequence[Monitor]) -> Message:
        """For the co-owner, who owns them now."""
        ...

    def monitor_list(self, page: MonitorPage, *, said: str = "") -> Message: ...

    def history(self, monitor: Monitor, page: HistoryPage) -> Message: ...

    def history_modal(self, monitor: Monitor, page: HistoryPage, *, at: HistoryAt) -> Block: ...

    def history_file(
        self, monitor: Monitor, entries: Sequence[HistoryEntry], *, is_whole: bool
    ) -> File:
        """A spreadsheet, newest first."""
        ...

    def answer_file(self, group: EventGroup) -> File:
        """An answer with all of its sources, as Markdown."""
        ...

    def home(self, home: AppHome) -> Block: ...

    def connect_modal(self, url: str | None, change: AccountChange | None) -> Block: ...

    def cancel_form(self, query: str, *, thread: str) -> Block:
        """`thread` comes back with the answer."""
        ...

    def delivery_form(self, policy: DeliveryPolicy, *, place: str) -> Block:
        """Filled in; `place` comes back with the answer."""
        ...

    def edit_form(
        self, settings: MonitorSettings, form: EditForm, *, is_snapshot: bool = False
    ) -> Block:
        """`form` comes back with the answer."""
        ...

    def disconnect_modal(self, asked: Asked, change: AccountChange) -> Block: ...

    def notice_modal(self, text: str, *, title: str = "") -> Block:
        """A modal with text only."""
        ...

    def suspended(self, monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
        """For the monitor's owner, with a menu to choose another channel."""
        ...
