"""The Home tab and the modals behind its settings."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from bot.blocks.account import (
    connect_modal,
    disconnect_modal,
    disconnected_modal,
    looking_modal,
    secret_kept_modal,
    secret_modal,
)
from bot.blocks.home import SHOWN_MONITORS, home_view
from monitors.model.account import AccountHealth
from monitors.model.app_home import AccountChange, AppHome
from monitors.model.message import Block, Message
from monitors.model.requests import Asked
from sandbox.slack.block_kit.shapes import Report
from sandbox.slack.block_kit.views import check_view
from tests.bot.blocks.arrange import HOSTILE
from tests.bot.blocks.reading import Json, buttons, faults, links, pings, visible
from tests.bot.blocks.test_listing import HOME, MONITOR

THEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OWN = AccountHealth(
    last_four="abcd", is_operators=False, has_secret=True, linked_by="U0ANN", linked_at=THEN
)
ADMINS = AppHome(health=OWN, monitors=[MONITOR], is_admin=True)
CHANGE = AccountChange(last_four="abcd", running=3, identity="abcd 2026-11-21")
MODALS: dict[str, Block] = {
    "looking": looking_modal(),
    "connect": connect_modal("https://watch.example/parallel/connect?ticket=abc", None),
    "connect without a browser": connect_modal(None, None),
    "connect away from the operator's": connect_modal(None, CHANGE),
    "unlink": disconnect_modal(Asked.DISCONNECT, CHANGE),
    "change": disconnect_modal(Asked.CHANGE, replace(CHANGE, running=None)),
    "unlinked": disconnected_modal(),
    "secret": secret_modal(),
    "secret kept": secret_kept_modal(datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
}


def blocks_of(home: AppHome, prefix: str = "") -> tuple[Block, ...]:
    view = home_view(prefix, home)
    assert view["type"] == "home"
    blocks = tuple(cast("list[Block]", view["blocks"]))
    assert not faults(blocks, surface="home")
    return blocks


@pytest.mark.parametrize("name", MODALS)
def test_each_modal_is_a_view_that_slack_takes(name: str) -> None:
    report = Report()
    check_view(cast("Json", MODALS[name]), report, surface="modal")
    assert report.lines() == []


def test_five_thousand_monitors_are_capped_and_the_rest_counted() -> None:
    long = replace(MONITOR, query="q" * 5000)
    blocks = blocks_of(replace(ADMINS, monitors=[long] * 5000), "acme-")
    shown = [url for _, url in links(blocks) if "app_redirect" in url]
    assert len(shown) == SHOWN_MONITORS
    assert f"… and {5000 - SHOWN_MONITORS:,} more monitors. To see" in visible(blocks)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_monitor_and_no_account_can_ping_or_break_the_tab(text: str) -> None:
    metadata = HOME.to_metadata()
    monitors = [replace(MONITOR, query=text, frequency=text)] + [
        replace(MONITOR, metadata=metadata | {key: text}) for key in metadata
    ]
    health = replace(OWN, last_four=text[-4:], linked_by=text)
    home = AppHome(
        health=health, monitors=monitors, trouble=text, disconnecting=(text[-4:],), admin_id=text
    )
    assert not pings(Message(text="", blocks=blocks_of(home)))


@pytest.mark.parametrize(
    ("home", "labels"),
    [
        (ADMINS, ["Rotate webhook secret", "Paste an API key", "Change account", "Disconnect"]),
        (replace(ADMINS, has_webhooks=False), ["Paste an API key", "Change account", "Disconnect"]),
        (replace(ADMINS, health=replace(OWN, is_operators=True)), ["Connect your own account"]),
        (replace(ADMINS, health=None, monitors=None), ["Connect account"]),
        (replace(ADMINS, is_admin=False), []),
        (replace(ADMINS, is_admin=None), []),
    ],
)
def test_settings_are_admins_and_fit_the_account(home: AppHome, labels: list[str]) -> None:
    shown = [each for each in buttons(blocks_of(home)) if each != "New monitor"]
    assert shown == labels


def test_an_account_that_is_still_being_left_is_named_beside_the_next() -> None:
    words = visible(blocks_of(replace(ADMINS, disconnecting=("wxyz",))))
    assert "(key …abcd)" in words
    assert "The account with the key …wxyz is being disconnected" in words


def test_in_polling_mode_no_secret_is_missed() -> None:
    health = replace(OWN, has_secret=False)
    words = visible(blocks_of(replace(ADMINS, health=health, has_webhooks=False)))
    assert "No webhook secret" not in words
    assert "I check Parallel for findings instead" in words
