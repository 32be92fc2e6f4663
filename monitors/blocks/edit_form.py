"""The forms that change a monitor: all of it, or what made it find something not relevant."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitors.blocks import kit
from monitors.blocks.delivery_form import floor_field
from monitors.blocks.monitor_form import (
    CO_OWNER,
    QUERY_CHARACTERS,
    QUERY_LABEL,
    how_fields,
    query_field,
    where_fields,
)
from monitors.model.codec import encode
from monitors.model.edit import Ask, EditForm, MonitorSettings
from monitors.model.message import Block
from monitors.texts import edit_texts
from monitors.texts.thread_texts import MODAL_TITLES

EDIT_FORM: Final = "edit_form"
HOSTS: Final = "hosts"


def edit_form(
    settings: MonitorSettings, form: EditForm, *, is_snapshot: bool = False, ask: Ask | None = None
) -> Block:
    """Filled in as `settings`; sent, it counts only while its monitor is set as `seen` says.

    Slack keeps what is typed in a block while the block keeps its id, so that names it, too: once
    someone else has changed the monitor, the form shows what it is now.
    """
    fields = (
        _everything(settings, is_snapshot=is_snapshot)
        if form.hosts is None
        else _what_was_wrong(settings, form.hosts, is_snapshot=is_snapshot)
    )
    blocks = [
        *kit.plain_sections(ask.words if ask else ""),
        *(
            {**each, "block_id": f"{each['block_id']}:{form.seen}"}
            if each["type"] == "input"
            else each
            for each in fields
        ),
    ]
    is_open = any(block["type"] == "input" for block in blocks)
    return kit.modal(
        blocks,
        callback_id=EDIT_FORM,
        submit=_submit(form, ask) if is_open else "",
        # "Cancel" here could be taken to mean the monitor.
        close="Keep as it is",
        title=MODAL_TITLES[form.about],
        metadata=encode(form),
    )


def _submit(form: EditForm, ask: Ask | None) -> str:
    if ask is not None and form.shown:
        return "Start the new one" if ask.is_new else "Apply"
    return "Save" if form.hosts is None else "Preview"


def _everything(settings: MonitorSettings, *, is_snapshot: bool) -> Iterator[Block]:
    if is_snapshot:
        yield from kit.plain_sections(edit_texts.SNAPSHOT_ONLY)
    else:
        yield from _query(settings.query)
    yield from how_fields(settings)
    if not is_snapshot:
        yield from where_fields(settings)
    yield _co_owner(settings.co_owner)


def _what_was_wrong(
    settings: MonitorSettings, hosts: Sequence[str], *, is_snapshot: bool
) -> Iterator[Block]:
    """The ways to find less of that kind, and to post less of it."""
    if is_snapshot:
        yield from kit.plain_sections(edit_texts.SNAPSHOT_ONLY)
        return
    if hosts:
        sites = kit.ticks({host: host for host in hosts})
        yield kit.field(HOSTS, "Websites to leave out", sites, optional=True)
    yield from _query(settings.query, label=edit_texts.NARROW_THE_QUERY)
    yield floor_field(settings.floor)


def _co_owner(user_id: str) -> Block:
    """For one person: of a menu for several, the choice can be taken back."""
    element: Block = {
        "type": "multi_users_select",
        "placeholder": kit.plain("Nobody"),
        "max_selected_items": 1,
        **kit.given(initial_users=user_id and [user_id]),
    }
    hint = edit_texts.CO_OWNER_HINT
    return kit.field(CO_OWNER, edit_texts.CO_OWNER, element, hint=hint, optional=True)


def _query(query: str, *, label: str = QUERY_LABEL) -> Iterator[Block]:
    if len(query) > QUERY_CHARACTERS:
        yield from kit.plain_sections(edit_texts.too_long_to_edit(len(query)))
    else:
        yield query_field(query, label=label)
