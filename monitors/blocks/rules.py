"""What admins allow: in the Home tab, the form that changes it, and requests for approval."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from monitors.blocks.account import button, modal
from monitors.blocks.elements import mention, mrkdwn, plain, plain_sections, section
from monitors.blocks.rich import message_of
from monitors.blocks.text import clip, one_line, sendable
from monitors.model.message import Block, Message
from monitors.model.requests import StartRequest
from monitors.model.rules import Rules, Who
from monitors.texts import file_texts, rule_texts

RULES: Final = "workspace_rules"
STARTS: Final = "who_starts"
CHANGES: Final = "who_changes"
CHANNELS: Final = "allowed_channels"
BUDGETS: Final = {
    "budget_workspace": "Budget of the workspace",
    "budget_channel": "Budget of each channel",
    "budget_person": "Budget of each person",
}
APPROVE: Final = "approve_start"
DECLINE: Final = "decline_start"
EXPORT_AUDIT: Final = "export_audit"

_TITLE: Final = "Workspace rules"
_WORDS: Final = {
    Who.EVERYONE: "Everyone",
    Who.OWNER: "Who started it, and admins",
    Who.ADMINS: "Only admins",
}
_MOST_CHANNELS: Final = 50
_QUERY_CHARACTERS: Final = 500
_CHANNEL_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def rules_section(rules: Rules, *, is_admin: bool) -> Iterator[Block]:
    """For the Home tab."""
    lines = [
        "*Rules of this workspace*",
        f"{rule_texts.WHO_STARTS[rules.who_starts]} {rule_texts.WHO_CHANGES[rules.who_changes]}",
    ]
    places = [f"<#{each}>" for each in rules.channels if _CHANNEL_ID.fullmatch(each)]
    if places:
        lines.append(f"Allowed in {', '.join(places)} only.")
    if budgets := rule_texts.budgets(rules):
        lines.append(budgets)
    yield section(mrkdwn("\n".join(lines)))
    if is_admin:
        export = button(file_texts.EXPORT_AUDIT, EXPORT_AUDIT)
        yield {"type": "actions", "elements": [button("Change rules", RULES), export]}


def rules_form(rules: Rules, *, shown: str) -> Block:
    """`shown` comes back with the answer, so that a form that is out of date is recognised."""
    budgets = (rules.budgets.workspace, rules.budgets.channel, rules.budgets.person)
    blocks = [
        _menu(STARTS, "Who may start monitors?", (Who.EVERYONE, Who.ADMINS), rules.who_starts),
        _menu(CHANGES, "Who may change and cancel them?", tuple(Who), rules.who_changes),
        _channels(rules.channels),
        *(
            _budget(block_id, label, limit)
            for (block_id, label), limit in zip(BUDGETS.items(), budgets, strict=True)
        ),
        *plain_sections(
            "A budget is in US dollars a month, by estimate. What would exceed it waits until an "
            "admin approves it."
        ),
    ]
    form = modal(blocks, callback_id=RULES, submit="Save", title=_TITLE)
    return {**form, "private_metadata": shown}


def rules_notice(text: str) -> Block:
    return modal(plain_sections(text), title=_TITLE)


def approval_message(
    request: StartRequest, reason: str, *, intent_id: str, is_own: bool
) -> Message:
    """For an admin: who wants what, where, and what it would cost; they themselves if `is_own`."""
    reply_to = request.reply_to
    who = mention(reply_to.user_id) or "Someone"
    place = f"<#{reply_to.channel}>" if _CHANNEL_ID.fullmatch(reply_to.channel) else "a channel"
    query = f"“{clip(one_line(sendable(request.spec.query)), _QUERY_CHARACTERS)}”"
    headline = f"{who} wants to start a monitor in {place}, over the budget."
    if is_own:
        headline = "This monitor is over the budget. As an admin, you can approve it."
    elements = [
        {**button(rule_texts.APPROVE, APPROVE, style="primary"), "value": intent_id},
        {**button(rule_texts.DECLINE, DECLINE), "value": intent_id},
    ]
    blocks = [
        section(mrkdwn(headline)),
        *plain_sections(query),
        *plain_sections(reason),
        {"type": "actions", "elements": elements},
    ]
    return message_of(blocks)


def _menu(block_id: str, label: str, choices: Iterable[Who], now: Who) -> Block:
    options: dict[Who, Block] = {
        each: {"text": plain(_WORDS[each]), "value": each.value} for each in choices
    }
    element: Block = {
        "type": "static_select",
        "action_id": block_id,
        "options": list(options.values()),
        "initial_option": options[now],
    }
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def _channels(allowed: tuple[str, ...]) -> Block:
    element: dict[str, object] = {
        "type": "multi_conversations_select",
        "action_id": CHANNELS,
        "placeholder": plain("Every channel"),
        "max_selected_items": _MOST_CHANNELS,
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    if allowed:
        element["initial_conversations"] = list(allowed)
    return {
        "type": "input",
        "block_id": CHANNELS,
        "label": plain("In which channels?"),
        "hint": plain("Leave it empty to allow every channel."),
        "element": element,
        "optional": True,
    }


def _budget(block_id: str, label: str, limit: int | None) -> Block:
    element: dict[str, object] = {
        "type": "plain_text_input",
        "action_id": block_id,
        "max_length": 9,
        "placeholder": plain("No limit"),
    }
    if limit is not None:
        element["initial_value"] = str(limit)
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": True,
    }
