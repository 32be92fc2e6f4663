"""The Home tab and the modals behind its settings."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import pytest

from monitors.accounts.home import PAGE
from monitors.blocks.account import (
    connect_modal,
    disconnect_modal,
    looking_modal,
    secret_kept_modal,
    secret_modal,
)
from monitors.blocks.home import home_view, look_of
from monitors.blocks.notices import notice_modal
from monitors.blocks.text import sendable
from monitors.model.account import AccountHealth
from monitors.model.app_home import AppHome, Spend
from monitors.model.listing import HomeLook, Listed, MonitorPage
from monitors.model.message import Block, Message
from monitors.model.operator_links import NO_LINKS
from monitors.model.view_requests import Asked
from monitors.texts import account_texts
from sandbox.slack.block_kit.shapes import Report
from sandbox.slack.block_kit.views import check_view
from tests.monitors.blocks.arrange import HOSTILE, event
from tests.monitors.blocks.reading import Json, buttons, faults, pings, visible
from tests.monitors.blocks.test_listing import HOME, MONITOR

THEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OWN = AccountHealth(
    last_four="abcd", is_operators=False, has_secret=True, linked_by="U0ANN", linked_at=THEN
)
ADMINS = AppHome(health=OWN, monitors=MonitorPage((Listed(MONITOR),), here=1), own=1, is_admin=True)
MONITORS = {"New monitor", "Open thread", "Cancel", "Change rules", "Export audit trail"}
MODALS: dict[str, Block] = {
    "looking": looking_modal(),
    "connect": connect_modal("https://watch.example/parallel/connect?ticket=abc", None, None),
    "connect without a browser": connect_modal(None, None, None),
    "connect away from the operator's": connect_modal(None, OWN, 3),
    "unlink": disconnect_modal(Asked.DISCONNECT, OWN, 3),
    "change": disconnect_modal(Asked.CHANGE, OWN, None),
    "unlinked": notice_modal(account_texts.DISCONNECTED),
    "secret": secret_modal(),
    "secret kept": secret_kept_modal(datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
}


def blocks_of(home: AppHome, prefix: str = "") -> tuple[Block, ...]:
    view = home_view(prefix, home, NO_LINKS)
    assert view["type"] == "home"
    blocks = tuple(cast("list[Block]", view["blocks"]))
    assert not faults(blocks, surface="home")
    return blocks


@pytest.mark.parametrize("name", MODALS)
def test_each_modal_is_a_view_that_slack_takes(name: str) -> None:
    report = Report()
    check_view(cast("Json", MODALS[name]), report, surface="modal")
    assert report.lines() == []


def test_a_full_page_of_the_longest_fits_with_all_that_may_stand_around_it() -> None:
    long = Listed(replace(MONITOR, query="研&" * 5000), newest=(event("研&" * 5000),))
    page = MonitorPage((long,) * PAGE, here=5000, first=11, newer="newer:x", older="older:x")
    spend = Spend(Decimal(9), (("C0NEWS", Decimal(9)), ("", Decimal(1))), (), unknown=2)
    look = HomeLook("x" * 100, "on_hold")
    full = replace(
        ADMINS,
        monitors=page,
        own=5000,
        look=look,
        spend=spend,
        trouble="Trouble. " * 600,
        said="Done.",
        disconnecting=("wxyz",) * 5,
    )
    words = visible(blocks_of(full, "acme-"))
    assert "11 to 20 of 5,000, newest first" in words
    assert "About $9.00 a month" in words
    assert look_of(str(home_view("", full, NO_LINKS)["private_metadata"])) == look


def test_a_tab_drawn_by_an_older_version_is_looked_at_anew() -> None:
    assert look_of("") == look_of("{") == HomeLook()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_monitor_and_no_account_can_ping_or_break_the_tab(text: str) -> None:
    metadata = HOME.to_metadata()
    monitors = [replace(MONITOR, query=text, frequency=text)] + [
        replace(MONITOR, metadata=metadata | {key: text}) for key in metadata
    ]
    health = replace(OWN, last_four=text[-4:], linked_by=text)
    entries = tuple(Listed(each, link=text, newest=(event(text),)) for each in monitors)
    page = MonitorPage(entries, here=len(entries))
    spend = Spend(Decimal(1), ((text, Decimal(1)),), ((text, Decimal(1)),))
    home = AppHome(
        health=health,
        monitors=page,
        look=HomeLook(sendable(text)),
        spend=spend,
        trouble=text,
        disconnecting=(text[-4:],),
        admin_id=text,
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
    shown = [each for each in buttons(blocks_of(home)) if each not in MONITORS]
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
