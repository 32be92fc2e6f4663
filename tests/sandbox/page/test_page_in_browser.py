"""The page as a person uses it: real Chromium, both stand-ins, and an app's door that records."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.sandbox.page.door import AppDoor

pytestmark = pytest.mark.browser

Json = dict[str, Any]
CallSlack = Callable[..., Json]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def card(text: str) -> list[Json]:
    question = {
        "title": plain("Cancel this monitor?"),
        "text": plain("Nothing more will be posted."),
        "confirm": plain("Cancel it"),
        "deny": plain("Keep it"),
        "style": "danger",
    }
    button = {"type": "button", "action_id": "cancel", "value": "m1", "text": plain("Cancel")}
    options = [{"text": plain(name), "value": name.lower()} for name in ("Pause", "Snooze")]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button | {"style": "danger", "confirm": question},
                {"type": "overflow", "action_id": "more", "options": options},
            ],
        },
    ]


def form() -> Json:
    field = {"type": "plain_text_input", "action_id": "query"}
    return {
        "type": "modal",
        "callback_id": "new_monitor",
        "title": plain("New monitor"),
        "submit": plain("Watch"),
        "blocks": [{"type": "input", "block_id": "q", "label": plain("Query"), "element": field}],
    }


@pytest.fixture
def post(call_slack: CallSlack, general: str) -> Callable[[list[Json]], str]:
    """Post as the app in #general; returns the ts."""

    def post(blocks: list[Json]) -> str:
        answer = call_slack("chat.postMessage", channel=general, text="A card", blocks=blocks)
        return str(answer["ts"])

    return post


def message(page: Page, ts: str) -> Locator:
    return page.locator(f'[data-testid="message"][data-ts="{ts}"]')


def test_a_command_reaches_the_app_and_only_who_typed_it_sees_the_answer(
    page: Page, door: AppDoor
) -> None:
    door.answers["command"] = {"text": "Setting up *your* monitor"}
    box = page.get_by_test_id("composer")
    box.press_sequentially("/mon")
    expect(page.get_by_test_id("suggestion")).to_have_count(1)
    box.press("Tab")
    expect(box).to_have_value("/monitor ")
    box.press_sequentially("latest AI research papers")
    box.press("Enter")

    command = door.next("command")["body"]
    assert command["command"] == "/monitor"
    assert command["text"] == "latest AI research papers"
    ephemeral = page.get_by_test_id("ephemeral")
    expect(ephemeral).to_contain_text("Only visible to you")
    expect(ephemeral.locator("strong", has_text="your")).to_be_visible()
    expect(box).to_have_value("")

    page.get_by_test_id("user-switch").select_option(index=1)
    expect(ephemeral).to_have_count(0)


def test_an_unknown_command_stays_in_the_box_and_is_explained(page: Page, door: AppDoor) -> None:
    box = page.get_by_test_id("composer")
    box.fill("/moniter papers")
    box.press("Enter")

    expect(page.get_by_test_id("ephemeral")).to_contain_text("/moniter is not a valid command")
    expect(box).to_have_value("/moniter papers")
    assert "command" not in door.kinds()


def test_what_strangers_write_is_shown_and_never_run(
    page: Page, post: Callable[[list[Json]], str]
) -> None:
    ts = post(
        [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": "*bold* &lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|click> "
                    "<https://example.com/a_b_c|source> `a*b*c` :tada: 2 * 3 * 4",
                },
            }
        ]
    )

    shown = message(page, ts)
    expect(shown).to_contain_text("<img src=x onerror=alert(1)>")
    expect(shown).to_contain_text("🎉 2 * 3 * 4")
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown.locator("code")).to_have_text("a*b*c")
    expect(shown.locator("a")).to_have_count(1)
    expect(shown.get_by_role("link", name="source")).to_have_attribute(
        "href", "https://example.com/a_b_c"
    )


def test_a_button_that_asks_to_confirm_acts_only_on_yes(
    page: Page, door: AppDoor, post: Callable[[list[Json]], str]
) -> None:
    cancel = message(page, post(card("*papers*"))).get_by_role("button", name="Cancel")
    cancel.click()
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    cancel.click()
    page.get_by_test_id("confirm-yes").click()

    action = door.next("block_actions")["body"]["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("cancel", "buttons", "m1")
    assert "block_actions" not in door.kinds()


def test_an_overflow_menu_works_by_keyboard(
    page: Page, door: AppDoor, post: Callable[[list[Json]], str]
) -> None:
    message(page, post(card("*papers*"))).locator("[data-action-id=more]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pause")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    action = door.next("block_actions")["body"]["actions"][0]
    assert action["selected_option"]["value"] == "snooze"
    expect(page.get_by_role("menu")).to_have_count(0)


def test_a_reply_in_the_thread_reaches_the_app_and_is_counted(
    page: Page, door: AppDoor, post: Callable[[list[Json]], str]
) -> None:
    ts = post(card("*papers*"))
    message(page, ts).get_by_test_id("thread-open").click()
    page.get_by_test_id("thread-composer").fill("cancelmonitor")
    page.get_by_test_id("thread-send").click()

    while (event := door.next("message")["body"])["text"] != "cancelmonitor":
        pass
    assert event["thread_ts"] == ts
    expect(page.get_by_test_id("thread-message")).to_have_text(re.compile("cancelmonitor"))
    expect(message(page, ts).get_by_test_id("thread-open")).to_contain_text("1 reply")


def test_a_modal_sends_what_was_typed_and_shows_what_is_wrong(
    page: Page, door: AppDoor, call_slack: CallSlack
) -> None:
    door.answers["view_submission"] = {"response_action": "errors", "errors": {"q": "Too short."}}
    page.get_by_test_id("composer").fill("/monitor")
    page.get_by_test_id("composer").press("Enter")
    call_slack("views.open", trigger_id=door.next("command")["body"]["trigger_id"], view=form())
    page.get_by_label("Query").fill("x")
    page.get_by_test_id("modal-submit").click()

    values = door.next("view_submission")["body"]["view"]["state"]["values"]
    assert values["q"]["query"]["value"] == "x"
    expect(
        page.get_by_test_id("modal").get_by_role("alert").get_by_text("Too short.")
    ).to_be_visible()

    door.answers.clear()
    page.get_by_label("Query").fill("latest AI research papers")
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)


def test_the_home_tab_shows_what_the_app_publishes(
    page: Page, door: AppDoor, call_slack: CallSlack
) -> None:
    page.get_by_test_id("home-tab").click()
    opened = door.next("app_home_opened")["body"]
    blocks = card("*Your monitors*")
    call_slack("views.publish", user_id=opened["user"], view={"type": "home", "blocks": blocks})

    expect(page.locator("#home")).to_contain_text("Your monitors")
    page.locator("#home").get_by_role("button", name="Cancel").click()
    page.get_by_test_id("confirm-yes").click()
    assert door.next("block_actions")["body"]["container"]["type"] == "view"


def test_a_form_keeps_what_was_typed_when_the_app_updates_it(
    page: Page, door: AppDoor, call_slack: CallSlack
) -> None:
    page.get_by_test_id("composer").fill("/monitor")
    page.get_by_test_id("composer").press("Enter")
    trigger = door.next("command")["body"]["trigger_id"]
    view = call_slack("views.open", trigger_id=trigger, view=form())["view"]
    page.get_by_label("Query").fill("latest AI research papers")
    note = {"type": "section", "text": plain("About 3 cents a month")}
    call_slack(
        "views.update", view_id=view["id"], view=form() | {"blocks": [*form()["blocks"], note]}
    )

    expect(page.get_by_test_id("modal")).to_contain_text("About 3 cents a month")
    expect(page.get_by_label("Query")).to_have_value("latest AI research papers")


def test_an_empty_form_is_not_sent(page: Page, door: AppDoor, call_slack: CallSlack) -> None:
    page.get_by_test_id("composer").fill("/monitor")
    page.get_by_test_id("composer").press("Enter")
    call_slack("views.open", trigger_id=door.next("command")["body"]["trigger_id"], view=form())
    page.get_by_test_id("modal-submit").click()

    expect(page.get_by_text("Please complete this required field.")).to_be_visible()
    assert "view_submission" not in door.kinds()


def test_the_hint_leads_a_newcomer_on(page: Page, door: AppDoor) -> None:
    door.answers["command"] = {"text": "Setting up"}
    hint = page.get_by_role("note", name="What to do next")
    expect(hint).to_contain_text("Type /monitor latest AI research papers")
    hint.get_by_test_id("hint-action").click()
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.press("Enter")

    assert door.next("command")["body"]["text"] == "latest AI research papers"
    hint.get_by_role("button", name="Dismiss the hint").click()
    expect(hint).to_be_hidden()


def test_a_private_channel_lets_the_app_in_by_slacks_own_invite(
    page: Page, door: AppDoor, sandbox: Sandbox, call_slack: CallSlack
) -> None:
    page.get_by_test_id("channel-leadership").click()
    page.get_by_test_id("composer").fill("/invite @threadwatch")
    page.get_by_test_id("composer").press("Enter")

    expect(page.get_by_test_id("ephemeral")).to_contain_text("was added to leadership")
    call_slack("chat.postMessage", channel=sandbox.workspace.leadership, text="Hello")
    expect(page.get_by_test_id("message")).to_contain_text("Hello")
    assert "command" not in door.kinds()
