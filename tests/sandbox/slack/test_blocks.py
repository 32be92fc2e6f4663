"""Block Kit's rules, message by message."""

import pytest

from tests.sandbox.slack.driver import Json, Slack


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Json) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go"} | more


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(number: int = 1, **more: Json) -> Json:
    return {"text": plain(f"Option {number}"), "value": str(number)} | more


def overflow(count: int) -> Json:
    options = [option(number) for number in range(count)]
    return {"type": "overflow", "action_id": "more", "options": options}


def confirm(**more: Json) -> Json:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("Really"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    } | more


GOOD: list[Json] = [
    {"type": "divider"},
    {"type": "header", "text": plain("x" * 150)},
    {"type": "section", "text": mrkdwn("x" * 3000)},
    {"type": "section", "fields": [mrkdwn("x")] * 10, "accessory": button()},
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    actions(*[button(action_id=f"go{number}") for number in range(25)]),
    actions(button(url="https://example.com/a?b=c", style="danger", confirm=confirm())),
    actions(overflow(1), overflow(5) | {"action_id": "other"}),
    {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"},
    {"type": "markdown", "text": "# hello"},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]},
    {
        "type": "input",
        "label": plain("Query"),
        "element": {"type": "plain_text_input", "action_id": "q", "max_length": 3000},
    },
    actions(
        {
            "type": "static_select",
            "action_id": "pick",
            "options": [option(1), option(2)],
            "initial_option": option(2),
        }
    ),
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "a", "style": {"bold": True}},
                            {"type": "link", "url": "https://example.com", "text": "b"},
                        ],
                    }
                ],
            }
        ],
    },
]

BAD: list[tuple[Json, str]] = [
    ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ({}, "missing required field: type [json-pointer:/blocks/0]"),
    ("text", "must provide an object [json-pointer:/blocks/0]"),
    (
        {"type": "section", "text": mrkdwn("x" * 3001)},
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        {"type": "section", "text": mrkdwn("")},
        "must be more than 0 characters [json-pointer:/blocks/0/text/text]",
    ),
    ({"type": "section"}, "missing required field: text or fields [json-pointer:/blocks/0]"),
    (
        {"type": "section", "text": "hello"},
        "must provide an object [json-pointer:/blocks/0/text]",
    ),
    (
        {"type": "section", "fields": [mrkdwn("x")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    (
        {"type": "header", "text": mrkdwn("x")},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    (
        {"type": "header", "text": plain("x" * 151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    (
        {"type": "context", "elements": [mrkdwn("x")] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (
        {"type": "divider", "text": "x"},
        "invalid additional property: text [json-pointer:/blocks/0]",
    ),
    (
        actions(*[button(action_id=f"go{number}") for number in range(26)]),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    (actions(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
    (
        actions(button(), button()),
        "action_id already exists: go [json-pointer:/blocks/0/elements/1/action_id]",
    ),
    (
        actions(button(text=plain("x" * 76))),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    (
        actions(button(value="x" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    (
        actions(button(action_id="x" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    (
        actions(button(url="https://example.com/" + "x" * 3000)),
        "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions(button(url="example")),
        "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions(button(url="http://[")),
        "must be a valid URL [json-pointer:/blocks/0/elements/0/url]",
    ),
    (
        actions(button(style="loud")),
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    (
        actions(button(confirm=confirm(confirm=plain("x" * 31)))),
        "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]",
    ),
    (
        actions(button(confirm=confirm(title=plain("x" * 101)))),
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    (
        actions(overflow(6)),
        "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]",
    ),
    (
        actions(overflow(1) | {"options": [option(value="x" * 151)]}),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        actions({"type": "static_select", "action_id": "pick"}),
        "must provide exactly one of: options, option_groups [json-pointer:/blocks/0/elements/0]",
    ),
    (
        actions(
            {
                "type": "static_select",
                "action_id": "pick",
                "options": [option(1)],
                "initial_option": option(2),
            }
        ),
        "must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]",
    ),
    (
        actions({"type": "plain_text_input", "action_id": "q"}),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    (
        {"type": "image", "alt_text": "a"},
        "must provide exactly one of: image_url, slack_file [json-pointer:/blocks/0]",
    ),
    (
        {"type": "section", "text": mrkdwn("x"), "block_id": "x" * 256},
        "must be less than 256 characters [json-pointer:/blocks/0/block_id]",
    ),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
def test_a_good_block_is_taken(slack: Slack, block: Json) -> None:
    assert slack.post(slack.acme.research, blocks=[block])["ok"]
    assert slack.api("blocks.validate", blocks=[block])["ok"]


@pytest.mark.parametrize(("block", "complaint"), BAD)
def test_a_bad_block_is_refused_by_its_place(slack: Slack, block: Json, complaint: str) -> None:
    answer = slack.api("chat.postMessage", channel=slack.acme.research, text="x", blocks=[block])
    assert answer["error"] == "invalid_blocks"
    assert f"[ERROR] {complaint}" in answer["response_metadata"]["messages"]
    pointer = complaint.partition("[json-pointer:")[2].rstrip("]").removeprefix("/blocks")
    errors = slack.api("blocks.validate", blocks=[block])["errors"]
    assert pointer in [error["pointer"] for error in errors]


def test_rules_across_blocks(slack: Slack) -> None:
    def complaints(blocks: Json) -> Json:
        answer = slack.api("chat.postMessage", channel=slack.acme.research, text="x", blocks=blocks)
        return answer["response_metadata"]["messages"]

    twins: Json = [{"type": "divider", "block_id": "b"}] * 2
    expected = "[ERROR] block_id already exists: b [json-pointer:/blocks/1/block_id]"
    assert complaints(twins) == [expected]
    many: Json = [{"type": "divider"}] * 51
    assert complaints(many) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    table: Json = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    assert complaints([table, table]) == ["[ERROR] only_one_table_allowed [json-pointer:/blocks]"]
    markdown: Json = {"type": "markdown", "text": "x" * 7000}
    assert "exceed 12000 characters together" in complaints([markdown, markdown])[0]


def test_action_ids_may_repeat_in_different_blocks(slack: Slack) -> None:
    assert slack.post(slack.acme.research, blocks=[actions(button()), actions(button())])["ok"]


def test_blocks_given_as_a_json_string_are_read(slack: Slack) -> None:
    assert slack.post(slack.acme.research, blocks='[{"type": "divider"}]')["ok"]
