"""What admins allow: in the Home tab, and the form that changes it."""

from collections.abc import Iterator
from typing import Final

from monitors.blocks import kit
from monitors.model.message import Block
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
EXPORT_AUDIT: Final = "export_audit"

RULES_TITLE: Final = "Workspace rules"
_WORDS: Final[dict[str, str]] = {
    Who.EVERYONE: "Everyone",
    Who.OWNER: "Who started it, and admins",
    Who.ADMINS: "Only admins",
}
_MOST_CHANNELS: Final = 50


def rules_section(rules: Rules, *, is_admin: bool) -> Iterator[Block]:
    """For the Home tab."""
    lines = [
        "*Rules of this workspace*",
        f"{rule_texts.WHO_STARTS[rules.who_starts]} {rule_texts.WHO_CHANGES[rules.who_changes]}",
    ]
    places = [name for each in rules.channels if (name := kit.channel_name(each, ""))]
    if places:
        lines.append(f"Allowed in {', '.join(places)} only.")
    if budgets := rule_texts.budgets(rules):
        lines.append(budgets)
    yield kit.own_section("\n".join(lines))
    if is_admin:
        export = kit.button(file_texts.EXPORT_AUDIT, EXPORT_AUDIT)
        yield from kit.actions(kit.button("Change rules", RULES), export)


def rules_form(rules: Rules, *, shown: str) -> Block:
    """`shown` comes back with the answer, so that a form that is out of date is recognised."""
    starts = {each: words for each, words in _WORDS.items() if each is not Who.OWNER}
    budgets = (rules.budgets.workspace, rules.budgets.channel, rules.budgets.person)
    return kit.modal(
        [
            kit.field(STARTS, "Who may start monitors?", kit.menu(starts, rules.who_starts)),
            kit.field(
                CHANGES, "Who may change and cancel them?", kit.menu(_WORDS, rules.who_changes)
            ),
            _channels(rules.channels),
            *map(_budget, BUDGETS.items(), budgets),
            *kit.plain_sections(
                "Budgets are in US dollars a month, by estimate. A monitor that would exceed one "
                "waits until an admin approves it."
            ),
        ],
        title=RULES_TITLE,
        callback_id=RULES,
        submit="Save",
        metadata=shown,
    )


def _channels(allowed: tuple[str, ...]) -> Block:
    element: Block = {
        **kit.channel_menu("Every channel"),
        "type": "multi_conversations_select",
        "max_selected_items": _MOST_CHANNELS,
        **kit.given(initial_conversations=list(allowed)),
    }
    hint = "Leave it empty to allow every channel."
    return kit.field(CHANNELS, "In which channels?", element, hint=hint, optional=True)


def _budget(name_and_label: tuple[str, str], limit: int | None) -> Block:
    known = "" if limit is None else str(limit)
    return kit.field(
        *name_and_label, kit.typed(known, longest=9, example="No limit"), optional=True
    )
