"""A workspace with people in it, the app beside it, and a Parallel whose runs the test orders.

All of it over real HTTP: the test plays people by the sandbox's control endpoints.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import httpx

T = TypeVar("T")
Json = dict[str, object]

DEADLINE_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Thread:
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class World:
    """`client` speaks to the sandbox; `app_url` is where the app answers."""

    client: httpx.Client
    app_url: str
    team_id: str = "T0ACME0001"
    channel: str = "C0RESEARCH"
    private_channel: str = "C0LEADERS1"
    user: str = "U0ADA00001"

    # What people do in Slack

    def command(
        self, command: str, text: str = "", *, channel: str = "", user: str = "", raw: bool = False
    ) -> Json:
        """Type a slash command; the sandbox's account of the answer."""
        body: Json = {
            "team_id": self.team_id,
            "channel": channel or self.channel,
            "user": user or self.user,
            "command": command,
            "text": text,
            "raw": raw,
        }
        return self.post("/control/slack/commands", body)

    def say(
        self, text: str, *, thread: Thread | None = None, user: str = "", channel: str = ""
    ) -> Json:
        """Write a message, or a reply in a thread."""
        body: Json = {
            "team_id": self.team_id,
            "channel": thread.channel if thread else channel or self.channel,
            "user": user or self.user,
            "text": text,
        }
        if thread:
            body["thread_ts"] = thread.ts
        return self.post("/control/slack/messages", body)

    def click(self, thread: Thread, action_id: str, *, user: str = "") -> Json:
        """Press a button of a card."""
        body: Json = {
            "team_id": self.team_id,
            "user": user or self.user,
            "channel": thread.channel,
            "message_ts": thread.ts,
            "action_id": action_id,
        }
        return self.post("/control/slack/actions", body)

    def install(self, team_id: str = "", *, user: str = "", outcome: str = "allow") -> Json:
        body: Json = {
            "team_id": team_id or self.team_id,
            "user_id": user or self.user,
            "outcome": outcome,
        }
        return self.post("/control/slack/install", body)

    # What happens at Parallel

    def run(self, monitor_id: str, result: str = "finding", **more: object) -> Json:
        """Have a monitor run with a result and send its webhook."""
        return self.post(f"/control/parallel/monitors/{monitor_id}/run", {"result": result, **more})

    def fault(self, side: str, kind: str, *, match: str = "*", **more: object) -> None:
        """Order a fault from `slack` or `parallel`."""
        self.post(f"/control/{side}/faults", {"match": match, "kind": kind, **more})

    # What is to be seen

    def messages(self, channel: str = "") -> list[Json]:
        """Messages of the channel, replies included, oldest first."""
        state = self.get(f"/control/slack/state?team={self.team_id}")
        messages = cast("dict[str, list[Json]]", state["messages"])
        return messages.get(channel or self.channel, [])

    def cards(self, channel: str = "") -> list[Json]:
        """The bot's messages that began a thread."""
        return [
            message
            for message in self.messages(channel)
            if message["bot_id"] and message["thread_ts"] in {None, message["ts"]}
        ]

    def replies(self, thread: Thread, *, bot: bool = True) -> list[Json]:
        """What the bot (or people) wrote in the thread."""
        return [
            message
            for message in self.messages(thread.channel)
            if message["thread_ts"] == thread.ts
            and message["ts"] != thread.ts
            and bool(message["bot_id"]) is bot
        ]

    def whispers(self) -> list[str]:
        """What single persons were told, newest last."""
        state = self.get(f"/control/slack/state?team={self.team_id}")
        return [str(each["text"]) for each in cast("list[Json]", state["ephemerals"])]

    def monitors(self) -> list[Json]:
        state = self.get("/control/parallel/state")
        return cast("list[Json]", state["monitors"])

    def requests(self, side: str) -> list[Json]:
        """What a stand-in was asked."""
        return cast("list[Json]", self.get(f"/control/{side}/requests")["requests"])

    # Whole steps

    def watch(
        self, text: str, *, command: str = "/monitor", channel: str = ""
    ) -> tuple[Thread, str]:
        """Type the command and wait until its card says watching; the thread and monitor id."""
        before = {monitor["monitor_id"] for monitor in self.monitors()}
        self.command(command, text, channel=channel)
        made = self.until(
            lambda: next((m for m in self.monitors() if m["monitor_id"] not in before), None)
        )
        metadata = cast("dict[str, str]", made["metadata"])
        thread = Thread(metadata["slack_channel_id"], metadata["slack_thread_id"])
        self.until(lambda: "watching" in self.card_text(thread).lower())
        return thread, str(made["monitor_id"])

    def card_text(self, thread: Thread) -> str:
        found = (m for m in self.messages(thread.channel) if m["ts"] == thread.ts)
        return str(next(found)["text"])

    def until(self, see: Callable[[], T | None], *, seconds: float = DEADLINE_SECONDS) -> T:
        """What `see` returns once it is true; fails after the deadline. Events decide, not time:
        this only polls for them."""
        deadline = time.monotonic() + seconds
        while True:
            seen = see()
            if seen:
                return seen
            if time.monotonic() > deadline:
                raise AssertionError(f"not seen within {seconds} s; the last look: {seen!r}")
            time.sleep(0.03)

    def get(self, path: str) -> Json:
        answer = self.client.get(path)
        assert answer.is_success, answer.text
        return cast("Json", answer.json())

    def post(self, path: str, body: Json) -> Json:
        answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return cast("Json", answer.json())
