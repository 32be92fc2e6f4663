"""`manifest.yml`: valid by Slack's schema, and what the code registers and calls, no more."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from jsonschema_rs import validator_for

from bot import listeners
from bot.listeners.services import Hang, Listener, ListenerServices
from bot.slack.manifest import bot_scopes, manifest_for
from monitors.texts.problem_texts import BOT_NAME

ROOT: Final = Path(__file__).parents[2]
SCHEMA: Final = ROOT / "tests" / "contracts" / "facts" / "manifest.schema.2.0.0.json"

# JSON of a schema that nobody here has typed.
Json = Any

# Source: https://docs.slack.dev/reference/methods, each method's own page.
METHOD_SCOPES: Final = {
    "auth.test": set[str](),
    "bots.info": {"users:read"},
    "chat.delete": {"chat:write"},
    "chat.getPermalink": set[str](),
    "chat.postEphemeral": {"chat:write"},
    # Into public channels that the app is no member of, too.
    "chat.postMessage": {"chat:write", "chat:write.public"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history", "mpim:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.join": {"channels:join"},
    "conversations.replies": {"channels:history", "groups:history", "im:history", "mpim:history"},
    # Without it, pages lack the workspace's icon.
    "team.info": {"team:read"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "users.conversations": {"channels:read", "groups:read"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "views.open": set[str](),
    "views.publish": set[str](),
    "views.push": set[str](),
    "views.update": set[str](),
}
EVENT_SCOPES: Final = {
    "app_home_opened": set[str](),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set[str](),
    "team_access_granted": set[str](),
    "team_access_revoked": set[str](),
    "tokens_revoked": set[str](),
    "user_change": {"users:read"},
    "channel_id_changed": {"channels:read", "groups:read"},
    "channel_unarchive": {"channels:read"},
    "group_unarchive": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
}


@dataclass
class Registered:
    """A ListenerRegistry that only writes down what is hung into it."""

    commands: set[str] = field(default_factory=set[str])
    shortcuts: set[str] = field(default_factory=set[str])
    events: set[str] = field(default_factory=set[str])

    def command(self, command: str | re.Pattern[str]) -> Hang:
        if isinstance(command, str):
            self.commands.add(command)
        return _hang

    def action(self, constraints: str | dict[str, str]) -> Hang:
        del constraints
        return _hang

    def view(self, constraints: str) -> Hang:
        del constraints
        return _hang

    def shortcut(self, constraints: dict[str, str]) -> Hang:
        self.shortcuts.add(constraints["callback_id"])
        return _hang

    def event(self, event: str) -> Hang:
        self.events.add(event)
        return _hang


def _hang(listener: Listener) -> Listener:
    return listener


@pytest.fixture
def registered() -> Registered:
    """What the code listens to, with the prefix `acme-`; nothing else is asked while it hangs."""
    found = Registered()
    services = cast("ListenerServices", SimpleNamespace(parts=SimpleNamespace(prefix="acme-")))
    listeners.register(found, services)
    return found


def manifest(public_url: str | None = "https://watch.acme.example", prefix: str = "acme-") -> Json:
    return manifest_for(public_url, prefix=prefix)


def methods_called() -> set[str]:
    """Slack's methods that the room `bot` names."""
    pattern = re.compile(r'"((?:auth|bots|chat|conversations|files|team|users|views)\.[A-Za-z.]+)"')
    files = (ROOT / "bot").rglob("*.py")
    return {name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("public_url", ["https://watch.acme.example", None])
def test_the_manifest_is_valid_by_slacks_schema(public_url: str | None) -> None:
    schema: Json = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = [
        f"{error.instance_path}: {error.message}"
        for error in validator_for(schema).iter_errors(manifest(public_url))
    ]
    assert found == []


def test_every_command_is_registered_under_its_prefix_and_no_other(registered: Registered) -> None:
    commands = manifest()["features"]["slash_commands"]
    assert {each["command"] for each in commands} == registered.commands
    # Names and addresses arrive as tokens, which the app unwraps.
    assert all(each["should_escape"] for each in commands)


def test_every_shortcut_is_registered_and_no_other(registered: Registered) -> None:
    shortcuts = manifest()["features"]["shortcuts"]
    assert {each["callback_id"] for each in shortcuts} == registered.shortcuts


def test_every_event_is_listened_to_and_no_other(registered: Registered) -> None:
    events = manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert {each.partition(".")[0] for each in events} == registered.events


def test_each_scope_is_needed_and_none_is_missing() -> None:
    events: list[str] = manifest()["settings"]["event_subscriptions"]["bot_events"]
    needed = {"commands"}
    needed = needed.union(*(METHOD_SCOPES[method] for method in methods_called()))
    needed = needed.union(*(EVENT_SCOPES[event] for event in events))
    assert set(bot_scopes()) == needed
    assert len(bot_scopes()) == len(set(bot_scopes()))


def test_the_scopes_in_the_manifest_are_those_an_install_asks_for() -> None:
    assert manifest()["oauth_config"]["scopes"]["bot"] == bot_scopes()


def test_every_address_in_it_is_the_apps_own() -> None:
    found = re.findall(r'https://[^"/]+', json.dumps(manifest()))
    assert set(found) == {"https://watch.acme.example"}


def test_without_an_address_it_uses_sockets_and_names_none() -> None:
    made = manifest(None)
    assert made["settings"]["socket_mode_enabled"] is True
    assert "https://" not in json.dumps(made)


def test_with_an_address_sockets_are_used_only_when_asked_for() -> None:
    assert manifest()["settings"]["socket_mode_enabled"] is False
    made: Json = manifest_for("https://watch.acme.example", prefix="", sockets=True)
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["oauth_config"]["redirect_urls"] != []


def test_people_are_told_to_invite_the_bot_by_its_real_name() -> None:
    assert manifest()["features"]["bot_user"]["display_name"] == BOT_NAME


def test_people_can_type_to_the_app_in_its_messages_tab() -> None:
    features = cast("dict[str, dict[str, bool]]", manifest_for(None, prefix="")["features"])
    assert features["app_home"]["messages_tab_enabled"]
    assert not features["app_home"]["messages_tab_read_only_enabled"]
