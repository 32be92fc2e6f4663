"""Implements the `Renderer` port."""

from collections.abc import Sequence

from bot.blocks.account import (
    connect_modal,
    disconnect_modal,
    notice_modal,
    offering_account,
)
from bot.blocks.cancel_form import cancel_form
from bot.blocks.card import card_message
from bot.blocks.delivery_form import delivery_form
from bot.blocks.edit_form import edit_form
from bot.blocks.files import answer_file, history_file
from bot.blocks.findings import findings_messages
from bot.blocks.help import how_to_message
from bot.blocks.history import history_message, history_modal
from bot.blocks.home import home_view
from bot.blocks.listing import list_message
from bot.blocks.notices import note_message
from bot.blocks.owner_left import inherited_message, owner_left_message
from bot.blocks.questions import not_started_message, question_message
from bot.blocks.rules import approval_message
from bot.blocks.suspended import suspended_message
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


class SlackRenderer:
    """Turns domain values into Slack messages; the same ones for the same values."""

    def __init__(self, *, command_prefix: str = "") -> None:
        self._prefix = command_prefix
        self._start_command = f"/{command_prefix}monitor"

    def card(self, card: Card) -> Message:
        return card_message(card)

    def findings(
        self, group: EventGroup, *, query: str, since: str = "", mention: str = ""
    ) -> Sequence[FindingsMessage]:
        return findings_messages(group, query=query, since=since, mention=mention)

    def note(self, text: str, *, can_connect: bool = False) -> Message:
        return offering_account(note_message(text)) if can_connect else note_message(text)

    def how_to(self) -> Message:
        return how_to_message(self._prefix)

    def not_started(
        self, reason: str, *, typed: str, corrected: str = "", can_connect: bool = False
    ) -> Message:
        message = not_started_message(reason, typed=typed, corrected=corrected)
        return offering_account(message) if can_connect else message

    def question(
        self, text: str, *, intent_id: str, yes: str, thread: MonitorHome | None = None
    ) -> Message:
        return question_message(text, intent_id=intent_id, yes=yes, thread=thread)

    def approval(
        self, request: StartRequest, reason: str, *, intent_id: str, is_own: bool
    ) -> Message:
        return approval_message(request, reason, intent_id=intent_id, is_own=is_own)

    def suspended(self, monitor: Monitor, *, channel: str, happened: str, to_do: str) -> Message:
        return suspended_message(monitor, channel=channel, happened=happened, to_do=to_do)

    def owner_left(self, user_id: str, monitors: Sequence[Monitor], *, asked: str) -> Message:
        return owner_left_message(user_id, monitors, asked=asked)

    def inherited(self, user_id: str, monitors: Sequence[Monitor]) -> Message:
        return inherited_message(user_id, monitors)

    def monitor_list(self, page: MonitorPage, *, said: str = "") -> Message:
        return list_message(page, start_command=self._start_command, said=said)

    def history(self, monitor: Monitor, page: HistoryPage) -> Message:
        return history_message(monitor, page)

    def history_modal(self, monitor: Monitor, page: HistoryPage, *, at: HistoryAt) -> Block:
        return history_modal(monitor, page, at=at)

    def history_file(
        self, monitor: Monitor, entries: Sequence[HistoryEntry], *, is_whole: bool
    ) -> File:
        return history_file(monitor, entries, is_whole=is_whole)

    def answer_file(self, group: EventGroup) -> File:
        return answer_file(group)

    def home(self, home: AppHome) -> Block:
        return home_view(self._prefix, home)

    def connect_modal(self, url: str | None, change: AccountChange | None) -> Block:
        return connect_modal(url, change)

    def cancel_form(self, query: str, *, thread: str) -> Block:
        return cancel_form(query, thread=thread)

    def delivery_form(self, policy: DeliveryPolicy, *, place: str) -> Block:
        return delivery_form(policy, place=place)

    def edit_form(
        self, settings: MonitorSettings, form: EditForm, *, is_snapshot: bool = False
    ) -> Block:
        return edit_form(settings, form, is_snapshot=is_snapshot)

    def disconnect_modal(self, asked: Asked, change: AccountChange) -> Block:
        return disconnect_modal(asked, change)

    def notice_modal(self, text: str, *, title: str = "") -> Block:
        return notice_modal(text, title=title) if title else notice_modal(text)
