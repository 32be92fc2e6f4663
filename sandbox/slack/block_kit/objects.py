"""Composition objects: text, options, confirmations, filters."""

from sandbox.slack.block_kit.shapes import (
    Check,
    Field,
    Report,
    also,
    anything,
    array,
    boolean,
    by_type,
    choice,
    exactly_one,
    required,
    shape,
    string,
    url,
)
from sandbox.slack.wire import JsonObject, as_list, objects_in


def plain_text(longest: int, *, shortest: int = 1) -> Check:
    return by_type({"plain_text": _plain(longest, shortest)})


def mrkdwn_or_plain(longest: int, *, shortest: int = 1) -> Check:
    return by_type({"plain_text": _plain(longest, shortest), "mrkdwn": _mrkdwn(longest, shortest)})


def _plain(longest: int, shortest: int) -> Check:
    return shape(
        {
            "type": anything,
            "text": required(string(longest, shortest=shortest)),
            "emoji": boolean,
        }
    )


def _mrkdwn(longest: int, shortest: int) -> Check:
    return shape(
        {
            "type": anything,
            "text": required(string(longest, shortest=shortest)),
            "verbatim": boolean,
        }
    )


CONFIRM = shape(
    {
        "title": required(plain_text(100)),
        "text": required(mrkdwn_or_plain(300)),
        "confirm": required(plain_text(30)),
        "deny": required(plain_text(30)),
        "style": choice("primary", "danger"),
    }
)

OPTION_FIELDS: dict[str, Field | Check] = {
    "text": required(plain_text(75)),
    "value": required(string(150, shortest=1)),
    "description": plain_text(75),
}
OPTION = shape(OPTION_FIELDS)
# Only an overflow menu's options may carry a link.
OVERFLOW_OPTION = shape(OPTION_FIELDS | {"url": url(3000)})
# Radio buttons and checkboxes may show mrkdwn.
TICK_OPTION = shape(
    OPTION_FIELDS | {"text": required(mrkdwn_or_plain(75)), "description": mrkdwn_or_plain(75)}
)

OPTION_GROUP = shape(
    {"label": required(plain_text(75)), "options": required(array(OPTION, most=100))}
)


def _initial_is_offered(content: JsonObject, pointer: str, report: Report) -> None:
    offered = list(as_list(content.get("options")) or [])
    for group in objects_in(content.get("option_groups")):
        offered.extend(as_list(group.get("options")) or [])
    if not offered:
        return
    if "initial_option" in content and content["initial_option"] not in offered:
        report.add(f"{pointer}/initial_option", "must match one of the options")
    for index, option in enumerate(as_list(content.get("initial_options")) or []):
        if option not in offered:
            report.add(f"{pointer}/initial_options/{index}", "must match one of the options")


def with_options(check: Check) -> Check:
    """A static menu: options or option groups, and an initial choice among them."""
    return also(also(check, exactly_one("options", "option_groups")), _initial_is_offered)


def with_initial(check: Check) -> Check:
    return also(check, _initial_is_offered)


CONVERSATION_FILTER = shape(
    {
        "include": array(choice("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)
