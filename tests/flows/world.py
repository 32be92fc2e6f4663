"""A workspace with people in it, the app beside it, and a Parallel whose runs the test orders.

All of it over real HTTP: the test plays people by the sandbox's control endpoints.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar, cast
from uuid import uuid4

import httpx

from tests.job_log import ended

T = TypeVar("T")
Json = dict[str, object]

# Of what comes in a second on a machine with nothing else to do.
DEADLINE_SECONDS: Final = 120.0
ADA: Final = "U0ADA00001"
BEN: Final = "U0BEN00001"
CLEO: Final = "U0CLEO0001"


@dataclass(frozen=True, slots=True)
class Thread:
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class World:
    """`client` speaks to the sandbox; `app_url` is where the app answers.

    What is looked at is what happened in `channel`: each test has a channel of its own (`room`).
    """

    client: httpx.Client
    app_url: str
    team_id: str = "T0ACME0001"
    channel: str = "C0RESEARCH"
    user: str = ADA

    # Where it happens

    def room(
        self,
        kind: str = "public",
        *,
        members: Sequence[str] = (ADA, BEN, CLEO),
        shared: bool = False,
        channel_id: str = "",
    ) -> "World":
        """The same world, seen from a new channel; a shared one is another company's, too."""
        body: Json = {
            "team_id": self.team_id,
            "name": f"room-{uuid4().hex[:12]}",
            "kind": kind,
            "members": list(members),
            "shared": shared,
            "id": channel_id,
        }
        return replace(self, channel=str(self.post("/control/slack/channels", body)["id"]))

    def workspace(self, name: str, *, enterprise_id: str = "") -> "World":
        """Another workspace with one admin and one channel; the app is not installed there."""
        organisation = {"enterprise_id": enterprise_id} if enterprise_id else {}
        team = str(self.post("/control/slack/teams", {"name": name, **organisation})["team_id"])
        person: Json = {"team_id": team, "name": f"{name}-admin", "is_admin": True}
        user = str(self.post("/control/slack/users", person)["id"])
        return replace(self, team_id=team, user=user).room(members=[user])

    # What people do in Slack

    def command(self, command: str, text: str = "", *, user: str = "", raw: bool = False) -> Json:
        """Type a slash command; the sandbox's account of the answer."""
        body: Json = {
            "team_id": self.team_id,
            "channel": self.channel,
            "user": user or self.user,
            "command": command,
            "text": text,
            "raw": raw,
        }
        return self.post("/control/slack/commands", body)

    def say(
        self,
        text: str,
        *,
        thread: Thread | None = None,
        user: str = "",
        broadcast: bool = False,
        with_file: bool = False,
    ) -> Json:
        """Write a message, or a reply in a thread; back once the app has answered the event."""
        body: Json = {
            "team_id": self.team_id,
            "channel": thread.channel if thread else self.channel,
            "user": user or self.user,
            "text": text,
            "broadcast": broadcast,
            "with_file": with_file,
        }
        if thread:
            body["thread_ts"] = thread.ts
        return self.post("/control/slack/messages", body)

    def click(self, thread: Thread, action_id: str, *, user: str = "") -> Json:
        """Press a button of a card."""
        return self.post("/control/slack/actions", self._on(thread, user, action_id=action_id))

    def shortcut(self, message: Thread, callback_id: str = "cancel_monitor") -> Json:
        """Use a message shortcut; `message` may be a card or a reply."""
        return self.post("/control/slack/shortcuts", self._on(message, "", callback_id=callback_id))

    def shortcut_and_confirm(self, message: Thread) -> Json:
        """Use the shortcut, and say yes once the modal asks."""
        self.shortcut(message)
        return self.submit_modal(str(self.until_form()["id"]))

    def until_form(self) -> Json:
        """The person's modal, once it can be submitted."""

        def look() -> Json | None:
            modals = cast("list[Json]", self.state()["modals"])
            views = [cast("Json", each["view"]) for each in modals if each["user"] == self.user]
            return next((view for view in views if view.get("submit")), None)

        return self.until(look)

    def submit_modal(self, view_id: str, values: Json | None = None) -> Json:
        return self.post(f"/control/slack/views/{view_id}/submit", {"values": values or {}})

    def _on(self, message: Thread, user: str, **more: object) -> Json:
        place: Json = {
            "team_id": self.team_id,
            "user": user or self.user,
            "channel": message.channel,
            "message_ts": message.ts,
        }
        return place | more

    def install(self, *, user: str = "", outcome: str = "allow") -> Json:
        """Walk through the OAuth pages, as a browser does."""
        body: Json = {
            "team_id": self.team_id,
            "user_id": user or self.user,
            "outcome": outcome,
        }
        return self.post("/control/slack/install", body)

    # What happens at Parallel and in between

    def run(self, monitor_id: str, result: str = "finding", **more: object) -> Json:
        """Have a monitor run with a result and send its webhook."""
        return self.post(f"/control/parallel/monitors/{monitor_id}/run", {"result": result, **more})

    def fault(self, side: str, kind: str, *, match: str = "*", **more: object) -> None:
        """Order a fault from `slack` or `parallel`.

        One of so many `times` meets messages of this channel alone: a late one of another test's
        would take it otherwise.
        """
        if "times" in more and (match.startswith("chat.") or match == "POST /v1/monitors"):
            more = {"holding": self.channel, **more}
        self.post(f"/control/{side}/faults", {"match": match, "kind": kind, **more})

    def until_held(self, side: str) -> None:
        """Until the fault of so many `times` that was ordered last has met its requests."""
        self.until(lambda: self.get(f"/control/{side}/faults")["faults"] == [])

    def calm(self) -> None:
        """No faults any more; what is slow or held goes on."""
        for side in ("slack", "parallel"):
            assert self.client.delete(f"/control/{side}/faults").is_success

    def change(self, path: str, **values: object) -> None:
        """PATCH something of the sandbox."""
        answer = self.client.patch(path, json=values)
        assert answer.is_success, answer.text

    # What is to be seen

    def state(self) -> Json:
        return self.get(f"/control/slack/state?team={self.team_id}")

    def messages(self) -> list[Json]:
        """Messages of the channel, replies included, oldest first."""
        return self._here()["messages"]

    def _here(self) -> dict[str, list[Json]]:
        return cast("dict[str, list[Json]]", self.get(f"/control/slack/channels/{self.channel}"))

    def cards(self) -> list[Json]:
        """The bot's messages that began a thread."""
        return [
            message
            for message in self.messages()
            if message["bot_id"] and message["thread_ts"] in {None, message["ts"]}
        ]

    def card_text(self, thread: Thread) -> str:
        return str(next(m for m in self.messages() if m["ts"] == thread.ts)["text"])

    def buttons(self, thread: Thread) -> list[str]:
        """The labels of a message's buttons."""
        return self.buttons_of(next(m for m in self.messages() if m["ts"] == thread.ts))

    def buttons_of(self, message: Json) -> list[str]:
        """The same of a message, or of what one person was told."""
        elements = [
            element
            for block in cast("list[dict[str, list[Json]]]", message["blocks"])
            for element in block.get("elements", [])
            if element["type"] == "button"
        ]
        return [str(cast("Json", element["text"])["text"]) for element in elements]

    def replies(self, thread: Thread) -> list[str]:
        """What the bot wrote in the thread, as plain words, oldest first."""
        return [str(message["text"]) for message in self.reply_messages(thread)]

    def direct_messages(self, user: str = "") -> list[Json]:
        """What the app wrote to that person, or to anyone; not its welcome."""
        state = self.state()
        messages = cast("dict[str, list[Json]]", state["messages"])
        return [
            message | {"channel": room["id"]}
            for room in cast("list[Json]", state["channels"])
            if room["kind"] == "dm" and (not user or user in cast("list[str]", room["members"]))
            for message in messages[str(room["id"])]
            if message["bot_id"] and not str(message["text"]).startswith("Thanks for adding me.")
        ]

    def reply_messages(self, thread: Thread) -> list[Json]:
        """The same, whole."""
        return [
            message
            for message in self.messages()
            if message["thread_ts"] == thread.ts
            and message["ts"] != thread.ts
            and message["bot_id"]
        ]

    def whispers(self) -> list[str]:
        """What single persons were told in the channel, newest last."""
        return [str(each["text"]) for each in self._here()["ephemerals"]]

    def monitors(self) -> list[Json]:
        """The monitors whose metadata names the channel, newest first."""
        return [each for each in self._about(self.channel) if _channel_of(each) == self.channel]

    def monitor(self, monitor_id: str) -> Json:
        (found,) = self._about(monitor_id)
        return found

    def _about(self, id_: str) -> list[Json]:
        return cast("list[Json]", self.get(f"/control/parallel/state?about={id_}")["monitors"])

    def all_monitors(self) -> list[Json]:
        return cast("list[Json]", self.get("/control/parallel/state")["monitors"])

    def deliveries(self, monitor_id: str) -> list[Json]:
        """Each try to hand over one of the monitor's webhooks, oldest first."""
        state = self.get(f"/control/parallel/state?about={monitor_id}")
        return cast("list[Json]", state["deliveries"])

    def mark(self, side: str) -> int:
        """Where the request log of a side stands."""
        return cast("int", self.get(f"/control/{side}/requests?since=999999999")["next"])

    def requests(self, side: str, *, since: int = 0) -> list[Json]:
        """What a stand-in was asked."""
        return cast("list[Json]", self.get(f"/control/{side}/requests?since={since}")["requests"])

    def slack_calls(self, method: str, *, since: int = 0) -> list[Json]:
        asked = self.requests("slack", since=since)
        return [each for each in asked if each["api_method"] == method]

    def calls_here(self, *, since: int = 0) -> list[Json]:
        """What Slack was asked about the channel."""
        asked = self.requests("slack", since=since)
        return [each for each in asked if cast("Json", each["body"]).get("channel") == self.channel]

    def creates(self, *, since: int = 0) -> list[Json]:
        """The requests to make a monitor in the channel."""
        asked = self.requests("parallel", since=since)
        return [
            each for each in asked if (each["method"], each["path"]) == ("POST", "/v1/monitors")
        ]

    def jobs(self, kind: str, outcome: str = "Done") -> int:
        """How many attempts of a kind of job have ended so."""
        wanted = f'threadwatch_jobs_total{{kind="{kind}",outcome="{outcome}"}} '
        for line in self.client.get(f"{self.app_url}/metrics").text.splitlines():
            if line.startswith(wanted):
                return int(float(line.removeprefix(wanted)))
        return 0

    def thread_of(self, message: Json) -> Thread:
        """The thread that a message begins, or would."""
        return Thread(self.channel, str(message["ts"]))

    # Whole steps

    def watch(self, text: str, *, command: str = "/monitor", user: str = "") -> tuple[Thread, str]:
        """Type the command and wait until its card says watching; the thread and monitor id."""
        before = {monitor["monitor_id"] for monitor in self.monitors()}
        self.command(command, text, user=user)
        return self.until_watching(before=before)

    def until_watching(self, *, before: set[object] | None = None) -> tuple[Thread, str]:
        """Wait for a new monitor and for its card to say so."""
        known = before or set()
        made = self.until(
            lambda: next((m for m in self.monitors() if m["monitor_id"] not in known), None)
        )
        metadata = cast("dict[str, str]", made["metadata"])
        thread = Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])
        self.until(lambda: self.card_text(thread).startswith("Watching"))
        return thread, str(made["monitor_id"])

    def until(self, see: Callable[[], T | None]) -> T:
        """What `see` returns once it is true; fails after the deadline.

        Events decide, not time: this only polls for them, the longer it waits the less often, and
        leaves most of a busy machine's time to those who make them happen.
        """
        began = time.monotonic()
        while True:
            looking = time.monotonic()
            seen = see()
            if seen:
                return seen
            now = time.monotonic()
            if now - began > DEADLINE_SECONDS:
                raise AssertionError(f"not seen in {now - began:.0f} s; the last look: {seen!r}")
            time.sleep(max(0.05, 3 * (now - looking), 0.15 * (now - began)))

    def until_nothing(self, see: Callable[[], list[str]]) -> None:
        """Once `see` finds nothing any more; fails after the deadline, with what it still found."""
        found: list[str] = []

        def is_nothing() -> bool:
            found[:] = see()
            return not found

        try:
            self.until(is_nothing)
        except AssertionError as error:
            raise AssertionError(f"{error}: {found}") from None

    def until_done(
        self,
        kind: str,
        act: Callable[[], object],
        *,
        about: str = "",
        times: int = 1,
    ) -> None:
        """Do something, and wait for the jobs that it begets to end well.

        Other tests' monitors have jobs, too: only those count that are `about` this monitor, this
        kind of intent, or, by default, this workspace, which of all jobs only intents name. The app
        runs in this process.
        """
        about = about or self.team_id
        before = ended(kind, "Done", about=about)
        act()
        self.until(lambda: ended(kind, "Done", about=about) >= before + times)

    def passes(self, times: int = 2) -> None:
        """So many times the reconciler has looked: that many passes have ended, one since now."""
        before = self.jobs("reconcile")
        self.until(lambda: self.jobs("reconcile") >= before + times)

    def get(self, path: str) -> Json:
        answer = self.client.get(path)
        assert answer.is_success, answer.text
        return cast("Json", answer.json())

    def post(self, path: str, body: Json) -> Json:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return cast("Json", answer.json())


def _channel_of(monitor: Json) -> str | None:
    metadata = cast("dict[str, str] | None", monitor["metadata"])
    return metadata.get("slack_channel_id") if metadata else None


def shown_in(message: Json) -> str:
    """All text of a message's blocks, as a person sees it."""
    return "\n".join(_texts(message["blocks"]))


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for each in cast("list[object]", value) for text in _texts(each)]
    if not isinstance(value, dict):
        return []
    content = cast("Json", value)
    own = content.get("text")
    if isinstance(own, str):
        # mrkdwn is escaped, plain text and rich text are not.
        return [_unescaped(own) if content.get("type") == "mrkdwn" else own]
    return [text for each in content.values() for text in _texts(each)]


def _unescaped(text: str) -> str:
    return re.sub(
        r"&(lt|gt|amp);", lambda match: {"lt": "<", "gt": ">", "amp": "&"}[match[1]], text
    )
