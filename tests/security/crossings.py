"""Everything that one workspace can try on another: requests, webhooks, jobs.

Who asks is always the one side: Slack and Parallel vouch for that. Everything else that a request
names is drawn from either side.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Final, Protocol, TypeVar
from uuid import uuid4

import httpx

from bot.wiring import Wiring
from monitors.blocks.account import (
    CHANGE,
    KEY_BLOCK,
    KEY_FORM,
    OPEN_CONNECT,
    PASTE,
    SECRET,
    SECRET_BLOCK,
    UNLINK,
)
from monitors.blocks.card import (
    CANCEL,
    DELIVERY,
    EDIT,
    HISTORY,
    MORE,
    PAUSE,
    RESUME,
    RUN_NOW,
    SNOOZE,
)
from monitors.blocks.card_forms import CANCEL_FORM, HOURS_BLOCK, SNOOZE_FORM
from monitors.blocks.decisions import (
    APPROVE,
    DECLINE,
    MOVE,
    MOVE_BLOCK,
    SHOW_MONITORS,
    START_ANYWAY,
    TAKE_OVER,
)
from monitors.blocks.delivery_form import DELIVERY_FORM, DeliveryPlace
from monitors.blocks.edit_form import EDIT_FORM
from monitors.blocks.finding_buttons import NOT_RELEVANT, RESEARCH
from monitors.blocks.history import EXPORT_HISTORY, HISTORY_PAGES
from monitors.blocks.home import FILTER, HOME_PAGES, NEW_MONITOR, SEARCH
from monitors.blocks.listing import CANCEL_LISTED, LIST_PAGES
from monitors.blocks.monitor_form import CHANNEL, EVERY, MONITOR_FORM, QUERY
from monitors.blocks.notices import CONNECT
from monitors.blocks.rules import EXPORT_AUDIT, RULES
from monitors.blocks.threadless import ADOPT, END
from monitors.model.account import AccountProblem
from monitors.model.codec import encode
from monitors.model.command import REPLIES
from monitors.model.edit import EditForm
from monitors.model.intent import Intent, IntentKind
from monitors.model.listing import HistoryAt, ListedMonitor
from monitors.model.monitor import MonitorSpec
from monitors.model.requests import (
    AccountSuspended,
    AdminAnswer,
    ChannelChanged,
    ChannelUnblocked,
    CheckRequest,
    ConnectedRequest,
    DeliverRequest,
    DisconnectRequest,
    Installed,
    ListRequest,
    MentionRequest,
    MonitorNotice,
    MoveRequest,
    PersonRequest,
    ReplyTo,
    ResearchRequest,
    RulesRequest,
    StartRequest,
    ThreadlessRequest,
    ThreadRequest,
    UninstallRequest,
    WebhooksRefused,
)
from monitors.model.research import AskedFinding
from monitors.model.rules import NO_RULES
from monitors.model.view_requests import (
    Asked,
    CancelListedRequest,
    HomeRequest,
    ModalRequest,
    MonitorModalRequest,
)
from monitors.model.workspace import ThreadRef
from monitors.work.intent_store import SqlIntents
from monitors.work.intents import enqueue_intent
from sandbox.plain_http import NO_TLS
from tests.flows.findings import finding
from tests.flows.world import Json
from tests.security.border import Border, Side

T = TypeVar("T")

ON_MESSAGES: Final = (
    CANCEL,
    RUN_NOW,
    MOVE,
    EDIT,
    HISTORY,
    NOT_RELEVANT,
    RESEARCH,
    CANCEL_LISTED,
    *LIST_PAGES,
    START_ANYWAY,
    SHOW_MONITORS,
    APPROVE,
    DECLINE,
    TAKE_OVER,
)
MENU: Final = (PAUSE, RESUME, SNOOZE, DELIVERY)
ON_VIEWS: Final = (
    CONNECT,
    CHANGE,
    UNLINK,
    SECRET,
    PASTE,
    OPEN_CONNECT,
    NEW_MONITOR,
    RULES,
    ADOPT,
    END,
    SEARCH,
    FILTER,
    CANCEL_LISTED,
    *HOME_PAGES,
    *HISTORY_PAGES,
    EXPORT_AUDIT,
    EXPORT_HISTORY,
)
VIEWS: Final = (UNLINK, SECRET, KEY_FORM, MONITOR_FORM, RULES)
MONITOR_VIEWS: Final = (CANCEL_FORM, SNOOZE_FORM, DELIVERY_FORM, EDIT_FORM, ADOPT)


class Pick(Protocol):
    """Chooses between what is one's own and what is another's."""

    def __call__(self, mine: T, theirs: T) -> T: ...


@dataclass(frozen=True, slots=True)
class Try:
    """One side tries something on another; `said` is all that it was answered."""

    border: Border
    mine: Side
    theirs: Side
    pick: Pick
    said: list[str]

    def channel(self) -> str:
        return self.pick(self.mine.thread.channel, self.theirs.thread.channel)

    def ts(self) -> str:
        return self.pick(self.mine.thread.ts, self.theirs.thread.ts)

    def monitor_id(self) -> str:
        return self.pick(self.mine.monitor_id, self.theirs.monitor_id)

    def user(self) -> str:
        return self.pick(self.mine.world.user, self.theirs.world.user)

    def hear(self, answer: httpx.Response) -> None:
        self.said.append(answer.text)
        assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR


Crossing = Callable[[Try], None]


def crossings() -> Mapping[str, Crossing]:
    """Each by a name that says what it is."""
    return dict(
        [*_commands(), *_replies(), *_presses(), *_views(), *_events(), *_webhooks(), *_jobs()]
    )


# What Slack sends


def _commands() -> Iterator[tuple[str, Crossing]]:
    texts = ("", "list", "help", "weather news")
    for command, text in product(("/monitor", "/hourly", "/help"), texts):

        def typed(one: Try, command: str = command, text: str = text) -> None:
            here = {"channel_id": one.channel(), "user_id": one.user()}
            # The same words in the same channel would be asked about, and wait for an answer.
            words = f"{text} {uuid4().hex[:8]}" if " " in text else text
            one.hear(one.border.slack.command(one.mine.world, command, words, **here))

        yield f"{command} {text}".strip(), typed


def _replies() -> Iterator[tuple[str, Crossing]]:
    for word in (*REPLIES, "something else"):

        def replied(one: Try, word: str = word) -> None:
            event: Json = {
                "type": "message",
                "channel": one.channel(),
                "user": one.user(),
                "text": word,
                "ts": "1999999999.000100",
                "thread_ts": one.ts(),
            }
            one.hear(one.border.slack.event(one.mine.world, event, **_envelope(one)))

        yield f"reply {word}", replied


def _envelope(one: Try) -> dict[str, object]:
    """In a shared channel the outer team may be another's; the authorization says whose it is."""
    return {
        "team_id": one.pick(one.mine.team_id, one.theirs.team_id),
        "authorizations": [{"team_id": one.mine.team_id, "user_id": one.mine.bot_user_id}],
    }


def _interaction(one: Try, kind: str, **more: object) -> None:
    payload: Json = {
        "type": kind,
        "trigger_id": f"1.2.{uuid4().hex}",
        "api_app_id": "A0SANDBOX01",
        "team": {"id": one.mine.team_id},
        "user": {"id": one.user(), "team_id": one.pick(one.mine.team_id, one.theirs.team_id)},
        **more,
    }
    if isinstance(view := more.get("view"), dict):
        # An organisation's installation leaves `team` out: then the view says whose it is.
        payload |= {
            "team": one.pick(payload["team"], None),
            "view": view | {"team_id": one.mine.team_id},
        }
    one.hear(one.border.slack.interaction(payload))


def _on_message(one: Try) -> Json:
    return {"channel": {"id": one.channel()}, "message": {"ts": one.ts()}}


def _presses() -> Iterator[tuple[str, Crossing]]:
    on_messages = [(each, each, "") for each in ON_MESSAGES]
    for name, action_id, chosen in (*on_messages, *((f"menu {each}", MORE, each) for each in MENU)):

        def pressed(one: Try, action_id: str = action_id, chosen: str = chosen) -> None:
            action = {
                "action_id": action_id,
                "block_id": MOVE_BLOCK + one.monitor_id(),
                "value": _value(one, action_id),
                "selected_conversation": one.channel(),
                "selected_option": {"value": chosen},
            }
            _interaction(one, "block_actions", actions=[action], **_on_message(one))

        yield f"press {name}", pressed

    for action_id in ON_VIEWS:

        def pressed_in_view(one: Try, action_id: str = action_id) -> None:
            thread, monitor_id = _thread(one), one.monitor_id()
            at = HistoryAt(thread, monitor_id, trail=("a", "b"), older="c")
            view: Json = {
                "id": f"V{uuid4().hex[:10].upper()}",
                "type": one.pick("home", "modal"),
                "private_metadata": encode(at)
                if action_id in {*HISTORY_PAGES, EXPORT_HISTORY}
                else "",
                # Not all of their word: one's own search is shown again.
                "state": {"values": {SEARCH: {SEARCH: {"value": one.theirs.word[:-1]}}}},
            }
            action = {"action_id": action_id, "value": _value(one, action_id)}
            _interaction(one, "block_actions", actions=[action], view=view)

        yield f"press {action_id}", pressed_in_view

    def shortcut(one: Try) -> None:
        _interaction(one, "message_action", callback_id="cancel_monitor", **_on_message(one))

    yield "shortcut cancel_monitor", shortcut


def _views() -> Iterator[tuple[str, Crossing]]:
    for callback_id in (*VIEWS, *MONITOR_VIEWS):

        def submitted(one: Try, callback_id: str = callback_id) -> None:
            typed = {"value": {"value": "a-key-or-secret-that-is-nobodys"}}
            place = _places(one).get(callback_id)
            linked = one.border.link_of(one.pick(one.mine, one.theirs))
            view: Json = {
                "id": f"V{uuid4().hex[:10].upper()}",
                "type": "modal",
                "callback_id": callback_id,
                "private_metadata": linked if place is None else place,
                "state": {
                    "values": {
                        SECRET_BLOCK: typed,
                        KEY_BLOCK: typed,
                        HOURS_BLOCK: {"value": {"selected_option": {"value": "4"}}},
                        QUERY: {"value": {"value": f"weather news {uuid4().hex[:8]}"}},
                        EVERY: {"value": {"selected_option": {"value": "1d"}}},
                        CHANNEL: {"value": {"selected_conversation": one.channel()}},
                    }
                },
            }
            _interaction(one, "view_submission", view=view)

        yield f"view {callback_id}", submitted


def _thread(one: Try) -> ThreadRef:
    thread = one.pick(one.mine, one.theirs).thread
    return ThreadRef(thread.channel, thread.ts)


def _value(one: Try, action_id: str) -> str:
    """What a button says of its monitor or finding."""
    monitor_id = one.monitor_id()
    values: Mapping[str, object] = {
        NOT_RELEVANT: AskedFinding("mevt_1", "", "mevtgrp_1"),
        RESEARCH: AskedFinding("mevt_1"),
        CANCEL_LISTED: ListedMonitor(_thread(one), monitor_id),
    }
    return encode(values[action_id]) if action_id in values else monitor_id


def _places(one: Try) -> Mapping[str, str]:
    """What a form says of the monitor that it is about."""
    thread, monitor_id = _thread(one), one.monitor_id()
    return {
        CANCEL_FORM: encode(thread),
        SNOOZE_FORM: encode(thread),
        DELIVERY_FORM: encode(DeliveryPlace(thread, "UTC")),
        EDIT_FORM: encode(EditForm(thread, monitor_id, one.pick("", "seen"))),
        ADOPT: monitor_id,
    }


def _events() -> Iterator[tuple[str, Crossing]]:
    def event(one: Try, **about: object) -> None:
        one.hear(one.border.slack.event(one.mine.world, dict(about), **_envelope(one)))

    def home(one: Try) -> None:
        event(one, type="app_home_opened", user=one.user(), channel="D1", tab="home")

    def joined(one: Try) -> None:
        user = one.pick(one.mine.bot_user_id, one.theirs.bot_user_id)
        event(one, type="member_joined_channel", user=user, channel=one.channel())

    def renumbered(one: Try) -> None:
        old, new = one.channel(), one.channel()
        event(one, type="channel_id_changed", old_channel_id=old, new_channel_id=new)

    def uninstalled(one: Try) -> None:
        event(one, type="app_uninstalled")

    def revoked(one: Try) -> None:
        bot = one.pick(one.mine.bot_user_id, one.theirs.bot_user_id)
        event(one, type="tokens_revoked", tokens={"oauth": [], "bot": [bot]})

    def left(one: Try) -> None:
        event(one, type="user_change", user={"id": one.user(), "deleted": True})

    yield "event app_home_opened", home
    yield "event user_change", left
    yield "event member_joined_channel", joined
    yield "event channel_id_changed", renumbered
    yield "event app_uninstalled", uninstalled
    yield "event tokens_revoked", revoked
    for kind in ("channel_unarchive", "group_unarchive"):

        def opened(one: Try, kind: str = kind) -> None:
            event(one, type=kind, channel=one.channel())

        yield f"event {kind}", opened


# What Parallel sends, and what an account's owner can do there


def _webhooks() -> Iterator[tuple[str, Crossing]]:
    for kind in ("event.detected", "execution.completed", "execution.failed"):

        def about_theirs(one: Try, kind: str = kind) -> None:
            body = _webhook(kind, one.theirs.monitor_id, one.theirs.metadata)
            one.hear(one.border.parallel(one.mine, secret_of=one.mine).send(body))

        def at_their_address(one: Try, kind: str = kind) -> None:
            body = _webhook(kind, one.monitor_id(), one.theirs.metadata)
            answer = one.border.parallel(one.theirs, secret_of=one.mine).send(body)
            assert answer.status_code == httpx.codes.UNAUTHORIZED

        def in_their_name(one: Try, kind: str = kind) -> None:
            ran = one.mine.world.run(
                one.mine.monitor_id, webhook="lost", events=[finding(f"{one.mine.word} again")]
            )
            group = str(ran["event_group_id"])
            body = _webhook(kind, one.mine.monitor_id, one.theirs.metadata, group=group)
            one.hear(one.border.parallel(one.mine, secret_of=one.mine).send(body))

        yield f"webhook {kind} in their name", in_their_name
        yield f"webhook {kind} about theirs, {APART}", about_theirs
        yield f"webhook {kind} at their address, {APART}", at_their_address

    def forged(one: Try) -> None:
        """A person with a key of their own may write any thread's name on a monitor."""
        made = httpx.post(
            f"{one.border.app.settings.parallel_base_url}/v1/monitors",
            headers={"x-api-key": one.mine.account.api_key},
            json={
                "type": "event_stream",
                "frequency": "1d",
                "settings": {"query": "something else"},
                "metadata": one.theirs.metadata,
                "webhook": {
                    "url": one.border.parallel(one.mine, secret_of=one.mine).url,
                    "event_types": ["monitor.event.detected", "monitor.execution.completed"],
                },
            },
            trust_env=False,
            verify=NO_TLS,
        )
        assert made.status_code == httpx.codes.CREATED, made.text
        monitor_id = str(made.json()["monitor_id"])
        one.mine.world.run(monitor_id, events=[finding(SLIPPED_IN)])

    yield FORGED, forged


APART: Final = "accounts apart"
"""Ends the names of those that mean nothing between workspaces that share an account."""
FORGED: Final = f"forged monitor, {APART}"
SLIPPED_IN: Final = "slipped in from next door"


def _webhook(kind: str, monitor_id: str, metadata: object, *, group: str = "mevtgrp_1") -> bytes:
    data: Json = {
        "monitor_id": monitor_id,
        "event": {"event_group_id": group},
        "metadata": metadata,
    }
    return json.dumps({"type": f"monitor.{kind}", "data": data}).encode()


# What only a mistake of ours could write down


def _requests(one: Try) -> dict[str, object]:
    """Of each kind of job, what this account asks for that is the other's."""
    endpoint_id, monitor_id = one.mine.account.endpoint_id, one.theirs.monitor_id
    mine, thread = one.mine.workspace, ThreadRef(one.theirs.thread.channel, one.theirs.thread.ts)
    reply_to = ReplyTo(thread.channel, one.user(), thread_ts=thread.ts)
    asked = ThreadRequest(mine, thread, reply_to, monitor_id=monitor_id)
    theirs, bad_key, now = one.theirs.workspace, AccountProblem.BAD_KEY, datetime.now(UTC)
    return {
        "deliver": DeliverRequest(endpoint_id, monitor_id, "mevtgrp_1"),
        "refresh": CheckRequest(endpoint_id, monitor_id),
        "notify of a run": MonitorNotice(endpoint_id, monitor_id, "run"),
        "notify of a monitor": MonitorNotice(endpoint_id, monitor_id),
        "notify of an account": AccountSuspended(theirs, endpoint_id, one.user(), bad_key, now),
        "notify of webhooks": WebhooksRefused(theirs, endpoint_id, now),
        "show home": HomeRequest(mine, one.theirs.world.user),
        "show modal": ModalRequest(mine, one.user(), "V1", Asked.DISCONNECT),
        "show cancel form": MonitorModalRequest(asked, "V1", about="cancel"),
        "show delivery form": MonitorModalRequest(asked, "V1", "h", "delivery"),
        "show edit form": MonitorModalRequest(asked, "V1", "h", "edit"),
        "show history": MonitorModalRequest(asked, "V1", at=HistoryAt(thread, monitor_id)),
    }


JOBS: Final = (
    "deliver",
    "refresh",
    "notify of a run",
    "notify of a monitor",
    "notify of an account",
    "notify of webhooks",
    "show home",
    "show modal",
    "show cancel form",
    "show delivery form",
    "show edit form",
    "show history",
)


def _jobs() -> Iterator[tuple[str, Crossing]]:
    for name in JOBS:

        def queued(one: Try, name: str = name) -> None:
            kind, argument = name.split(maxsplit=1)[0], encode(_requests(one)[name])
            key = f"crossing:{uuid4().hex}"
            one.border.app.do(lambda wiring: wiring.queue.enqueue(kind, argument, key=key))

        yield f"job {name}, {APART}", queued

    for kind in IntentKind:

        def intended(one: Try, kind: IntentKind = kind) -> None:
            """Kept for the one workspace, it asks for something in the other."""
            intent = Intent(
                intent_id=uuid4().hex,
                workspace=one.mine.workspace,
                kind=kind,
                argument=encode(_request(one, kind)),
                created_at=datetime.now(UTC),
            )
            one.border.app.do(lambda wiring: _intend(wiring, intent))

        yield f"intent {kind.value}", intended


async def _intend(wiring: Wiring, intent: Intent) -> None:
    await SqlIntents(wiring.stores.database).add(intent)
    await enqueue_intent(wiring.queue, intent)


def _request(one: Try, kind: IntentKind) -> object:
    there, thread = one.theirs.workspace, one.theirs.thread
    reply_to = ReplyTo(one.channel(), one.user())
    about_thread = ThreadRequest(there, ThreadRef(thread.channel, thread.ts), reply_to)
    asked: Mapping[IntentKind, object] = {
        IntentKind.START: StartRequest(
            there, MonitorSpec("weather news"), reply_to, is_confirmed=True
        ),
        IntentKind.LIST: ListRequest(there, reply_to),
        IntentKind.MOVE: MoveRequest(there, one.monitor_id(), one.channel(), reply_to),
        IntentKind.CHANNEL_UNBLOCKED: ChannelUnblocked(there, one.channel()),
        IntentKind.CHANNEL_CHANGED: ChannelChanged(there, old=one.channel(), new=one.channel()),
        IntentKind.INSTALLED: Installed(there),
        IntentKind.CONNECTED: ConnectedRequest(there, one.user(), "somebody", "0000"),
        IntentKind.RULES: RulesRequest(there, NO_RULES, one.user()),
        IntentKind.EXPORT_AUDIT: PersonRequest(there, one.user()),
        IntentKind.PERSON_LEFT: PersonRequest(there, one.user()),
        IntentKind.TAKE_OVER: AdminAnswer(there, reply_to, f"{one.user()}:left"),
        IntentKind.APPROVE: AdminAnswer(there, reply_to, "asked"),
        IntentKind.DECLINE: AdminAnswer(there, reply_to, "asked"),
        IntentKind.MENTIONED: MentionRequest(there, reply_to),
        IntentKind.ADOPT: ThreadlessRequest(there, one.monitor_id(), one.user(), one.channel()),
        IntentKind.CANCEL_THREADLESS: ThreadlessRequest(there, one.monitor_id(), one.user()),
        IntentKind.CANCEL_LISTED: CancelListedRequest(
            there, about_thread, ListRequest(there, reply_to)
        ),
        IntentKind.RESEARCH: ResearchRequest(
            there, about_thread.thread, reply_to, AskedFinding("mevt_1")
        ),
        IntentKind.UNINSTALL: UninstallRequest(there, datetime.now(UTC), "A0SANDBOX01", there),
        IntentKind.DISCONNECT: DisconnectRequest(
            one.pick(one.mine, one.theirs).workspace,
            one.theirs.account.endpoint_id,
            linked_at=None,
            app_id="A0SANDBOX01",
            by_user_id=one.user(),
            by_name="somebody",
        ),
    }
    return asked.get(kind, about_thread)
