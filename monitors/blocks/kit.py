"""Slack's Block Kit: what messages, modals and the Home tab are built of, and forms read."""

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar, cast

from monitors.blocks.limits import CONTEXT_CHARACTERS, SECTION_CHARACTERS
from monitors.blocks.text import clip, from_the_web, quoted, sendable, split, spoken
from monitors.model.message import Block

_E = TypeVar("_E", bound=StrEnum)
DIVIDER: Final[Block] = {"type": "divider"}
# With the rest of the question, fewer than the 300 that Slack takes.
_ASKED_CHARACTERS: Final = 150
_READ_OUT_CHARACTERS: Final = 75
_TITLE: Final = "Parallel account"
# In our own mrkdwn, which is all that there is.
_STYLE: Final = re.compile("[*`]")
_ID: Final = re.compile(r"[A-Z0-9]{2,40}")


def plain(text: str) -> Block:
    """Text that Slack shows exactly as it is: no mentions, links or emoji codes."""
    return {"type": "plain_text", "text": sendable(text), "emoji": False}


def mrkdwn(text: str) -> Block:
    """For the app's own words only: nothing in `text` may come from outside."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def is_id(text: str) -> bool:
    """Whether it looks like the id of a person, a channel or a workspace."""
    return _ID.fullmatch(text) is not None


def mention(user_id: str | None) -> str:
    """Markup that shows a person's name; empty unless `user_id` looks like one."""
    return f"<@{user_id}>" if user_id and is_id(user_id) else ""


def channel_name(channel: str, otherwise: str) -> str:
    """Markup that shows a channel's name, to people who may see it."""
    return f"<#{channel}>" if is_id(channel) else otherwise


def section(text: Block) -> Block:
    return {"type": "section", "text": text}


def own_section(text: str) -> Block:
    """Of the app's own words, with markup."""
    return section(mrkdwn(text))


def plain_sections(text: str) -> list[Block]:
    """The whole text in as many sections as it takes; invisible parts are left out."""
    parts = split(sendable(text), SECTION_CHARACTERS)
    return [section(plain(part)) for part in parts if part.strip()]


def context(*elements: Block) -> Block:
    return {"type": "context", "elements": list(elements)}


def plain_context(texts: Iterable[str]) -> list[Block]:
    """The texts as one small line; no block if all are empty."""
    cleaned = map(from_the_web, texts)
    elements = [plain(clip(text, CONTEXT_CHARACTERS)) for text in cleaned if text.strip()]
    return [context(*elements)] if elements else []


def in_words(blocks: Iterable[Block]) -> str:
    """What sections and small lines say, a line each: for a message's top-level text."""
    lines = [" · ".join(map(_words_of, _parts_of(block))) for block in blocks]
    return "\n".join(line for line in lines if line)


def _parts_of(block: Block) -> list[Block]:
    match block["type"]:
        case "section":
            return [cast("Block", block["text"])]
        case "context":
            return cast("list[Block]", block["elements"])
        case _:
            return []


def _words_of(text: Block) -> str:
    words = str(text["text"])
    return spoken(words) if text["type"] == "plain_text" else _STYLE.sub("", words)


def given(**parts: object) -> Block:
    """Those that aren't empty: Slack refuses an empty one."""
    return {name: part for name, part in parts.items() if part}


def actions(*elements: Block) -> list[Block]:
    """A row of buttons and menus; no block if there are none."""
    return [{"type": "actions", "elements": list(elements)}] if elements else []


def button(  # noqa: PLR0913 - what Slack's own takes
    label: str,
    action_id: str,
    *,
    value: str = "",
    style: str = "",
    url: str = "",
    asks: Block | None = None,
    read_out: str = "",
) -> Block:
    """`asks` comes before what it does; `read_out` is its label for screen readers."""
    return {
        "type": "button",
        "text": plain(label),
        "action_id": action_id,
        **given(value=value, style=style, url=url, confirm=asks),
        **given(accessibility_label=clip(read_out, _READ_OUT_CHARACTERS)),
    }


def question(title: str, text: str, *, yes: str, no: str, style: str = "") -> Block:
    """Asked before a button or a menu does anything."""
    words = {"title": title, "text": text, "confirm": yes, "deny": no}
    asked = {name: plain(each) for name, each in words.items()}
    return {**asked, **given(style=style)}


def modal(  # noqa: PLR0913 - a modal's own parts
    blocks: Iterable[Block],
    *,
    title: str = _TITLE,
    callback_id: str = "",
    submit: str = "",
    close: str = "Cancel",
    metadata: str = "",
) -> Block:
    """About the account if not otherwise titled; with `submit` a form, whose `metadata` returns."""
    made: dict[str, object] = {
        "type": "modal",
        "title": plain(title),
        "close": plain(close if submit else "Close"),
        "blocks": list(blocks),
        "private_metadata": metadata,
    }
    return made | ({"callback_id": callback_id, "submit": plain(submit)} if submit else {})


class BadFormError(ValueError):
    """What is wrong, by the field's name."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(*errors.values())
        self.errors = errors


def field(
    name: str, label: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    """Of a form: its value comes back by its name."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {**element, "action_id": name},
        **given(hint=hint and plain(hint), optional=optional),
    }


def typed(text: str = "", *, longest: int, example: str = "", multiline: bool = False) -> Block:
    """A place to type in, where `text` stands already."""
    return {
        "type": "plain_text_input",
        "max_length": longest,
        **given(multiline=multiline, placeholder=example and plain(example)),
        **given(initial_value=sendable(text)[:longest]),
    }


def chosen(kind: type[_E], value: str | None, otherwise: _E) -> _E:
    """What comes back of a menu; `otherwise` if the form doesn't offer it."""
    return next((each for each in kind if each == value), otherwise)


def option(value: str, label: str) -> Block:
    return {"text": plain(label), "value": value}


def menu(choices: Mapping[str, str], chosen: str) -> Block:
    """The choices' words by their values."""
    options = {value: option(value, label) for value, label in choices.items()}
    return {
        "type": "static_select",
        "options": list(options.values()),
        "initial_option": options[chosen],
    }


def ticks(choices: Mapping[str, str], ticked: Collection[str] = ()) -> Block:
    options = [option(value, label) for value, label in choices.items()]
    initial = [each for each in options if each["value"] in ticked]
    return {"type": "checkboxes", "options": options, **given(initial_options=initial)}


def channel_menu(placeholder: str) -> Block:
    """A menu of the channels into which the app can be invited."""
    return {
        "type": "conversations_select",
        "placeholder": plain(placeholder),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }


def confirm_cancel(query: str = "") -> Block:
    """What is asked before a monitor is cancelled; `query` names it where it isn't seen."""
    named = f"{quoted(query, _ASKED_CHARACTERS)}\n" if query else ""
    return question(
        "Cancel this monitor?",
        f"{named}This can't be undone. Findings already posted stay in the thread.",
        yes="Cancel monitor",
        no="Keep watching",
        style="danger",
    )
