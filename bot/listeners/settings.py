"""The workspace's settings in the Home tab: the Parallel account, rules, monitors without a thread.

Slack is asked whether a person is an admin when a form is filled, and again when it is sent.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from bot.listeners.interactions import Press, Submission, refusal
from bot.listeners.keys import show_key_form
from bot.pages.webhook_check import PLAUSIBLE
from monitors.blocks import account, rules
from monitors.blocks.decisions import APPROVE, DECLINE, TAKE_OVER
from monitors.blocks.kit import BadFormError
from monitors.blocks.notices import CONNECT, notice_modal
from monitors.blocks.threadless import ADOPT, CHANNEL, END, adopt_form
from monitors.model.codec import encode
from monitors.model.intent import IntentKind
from monitors.model.message import Block
from monitors.model.requests import (
    AdminAnswer,
    DisconnectRequest,
    PersonRequest,
    RulesRequest,
    ThreadlessRequest,
)
from monitors.model.rules import Budgets, Rules, Who
from monitors.model.view_requests import Asked, ModalRequest
from monitors.ports import QueueDownError, StoreDownError
from monitors.texts import account_texts, file_texts, rule_texts, start_texts

_MOST_DOLLARS: Final = 1_000_000
# Python reads no number of thousands of them.
_MOST_DIGITS: Final = 100
_ACCOUNT: Final = {
    CONNECT: Asked.CONNECT,
    account.CHANGE: Asked.CHANGE,
    account.UNLINK: Asked.DISCONNECT,
}
_ANSWERS: Final = {
    APPROVE: IntentKind.APPROVE,
    DECLINE: IntentKind.DECLINE,
    TAKE_OVER: IntentKind.TAKE_OVER,
}


async def _account(press: Press) -> None:
    """In the Home tab, or under a message."""
    opened = await press.open(account.looking_modal())
    if opened is not None:
        asked = _ACCOUNT[press.action_id]
        await press.fill(ModalRequest(press.workspace, press.actor.person, opened.id, asked))


async def _follow_link(_press: Press) -> None:
    """The browser does."""


async def _ask_secret(press: Press) -> None:
    await press.open(account.secret_modal())


async def disconnect(form: Submission) -> Block:
    """Disconnect the account and have its monitors cancelled."""
    workspace, services = form.workspace, form.services
    person = await form.admin()
    connected = await services.accounts.for_workspace(workspace)
    health = await services.accounts.health(workspace)
    app_id = await services.installations.app_id(workspace)
    if connected is None or health is None or health.is_operators or app_id is None:
        raise refusal(account_texts.NOTHING_LINKED)
    if health.identity != form.view.private_metadata:
        raise refusal(account_texts.CHANGED_MEANWHILE)
    request = DisconnectRequest(
        workspace=workspace,
        endpoint_id=connected.endpoint_id,
        linked_at=health.linked_at,
        app_id=app_id,
        by_user_id=person.user_id,
        by_name=person.name,
    )
    await form.submit(IntentKind.DISCONNECT, request)
    # The intent does it too; but an admin who reads "disconnected" may connect another at once.
    with suppress(StoreDownError):
        await services.accounts.disconnect(workspace, connected.endpoint_id, health.linked_at)
    await form.redraw_home(after=form.view.id)
    return notice_modal(account_texts.DISCONNECTED)


async def keep_secret(form: Submission) -> Block:
    accounts, secret = form.services.accounts, form.view.one(account.SECRET_BLOCK).strip()
    if PLAUSIBLE.fullmatch(secret) is None:
        raise refusal(account_texts.NOT_ONE_WORD)
    await form.admin()
    if await accounts.add_secret(form.workspace, secret) is None:
        raise refusal(account_texts.NOTHING_LINKED)
    health = None
    with suppress(StoreDownError):
        health = await accounts.health(form.workspace)
    await form.redraw_home(after=form.view.id)
    # A moment later than the answer below, which shows the modal that the result replaces. Without
    # Redis, the next real webhook tells.
    test = ModalRequest(form.workspace, form.actor.person, form.view.id, Asked.TEST_SECRET)
    with suppress(QueueDownError):
        await form.fill(test, delay_seconds=1.0)
    return account.secret_kept_modal(health.old_secrets_until if health else None)


async def _show_rules(press: Press) -> None:
    current = (await press.services.parts.rules.of(press.workspace)).rules
    await press.open(rules.rules_form(current, shown=encode(current)))


async def keep_rules(form: Submission) -> Block:
    budgets = {block_id: _dollars(form.view.one(block_id)) for block_id in rules.BUDGETS}
    errors = {each: rule_texts.NOT_DOLLARS for each, usd in budgets.items() if usd == -1}
    if errors:
        raise BadFormError(errors)
    try:
        await _keep_rules(form, Budgets(*budgets.values()))
    except BadFormError as error:
        return notice_modal(str(error), title=rules.RULES_TITLE)
    return notice_modal(rule_texts.RULES_SAVED, title=rules.RULES_TITLE)


async def _keep_rules(form: Submission, budgets: Budgets) -> None:
    workspace, view = form.workspace, form.view
    admin = await form.admin()
    now = (await form.services.parts.rules.of(workspace)).rules
    if encode(now) != view.private_metadata:
        raise refusal(rule_texts.CHANGED_MEANWHILE)
    wanted = Rules(
        who_starts=_who(view.one(rules.STARTS), now.who_starts),
        who_changes=_who(view.one(rules.CHANGES), now.who_changes),
        channels=tuple(sorted(set(view.all(rules.CHANNELS)))),
        budgets=budgets,
    )
    request = RulesRequest(workspace, wanted, admin.user_id)
    await form.submit(IntentKind.RULES, request)


def _who(chosen: str, now: Who) -> Who:
    return next((each for each in Who if each.value == chosen), now)


def _dollars(typed: str) -> int | None:
    """None for no limit, -1 for what isn't a whole number of dollars."""
    text = typed.strip().removeprefix("$").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number and int(text) <= _MOST_DOLLARS else -1


async def _answer(press: Press) -> None:
    """Of the admins who were asked, the first to answer has it done: one question, one intent."""
    await press.admin()
    asked = press.value
    request = AdminAnswer(press.workspace, replace(press.reply_to, replaces=True), asked)
    once = f"answer:{press.workspace.team_id}:{asked}"
    await press.submit(_ANSWERS[press.action_id], request, once=once)


async def _export_audit(press: Press) -> None:
    said = file_texts.SENDING
    try:
        await press.admin()
    except BadFormError as error:
        is_known = str(error) == account_texts.ADMINS_ONLY
        said = file_texts.AUDIT_FOR_ADMINS if is_known else str(error)
    else:
        request = PersonRequest(press.workspace, press.actor.person)
        await press.submit(IntentKind.EXPORT_AUDIT, request)
    await press.open(notice_modal(said, title=file_texts.EXPORT_TITLE))


async def _show_adopt_form(press: Press) -> None:
    await press.open(adopt_form(press.value))


async def adopt(form: Submission) -> None:
    await form.admin()
    channel = form.view.one(CHANNEL)
    if not channel:
        raise BadFormError({CHANNEL: start_texts.CHOOSE_A_CHANNEL})
    monitor_id = form.view.private_metadata
    request = ThreadlessRequest(form.workspace, monitor_id, form.actor.person, channel)
    await form.submit(IntentKind.ADOPT, request)


async def _end_threadless(press: Press) -> None:
    await press.admin()
    request = ThreadlessRequest(press.workspace, press.value, press.actor.person)
    await press.submit(IntentKind.CANCEL_THREADLESS, request)


PRESSES: Final[dict[str, Callable[[Press], Awaitable[None]]]] = {
    **dict.fromkeys(_ACCOUNT, _account),
    account.OPEN_CONNECT: _follow_link,
    account.PASTE: show_key_form,
    account.SECRET: _ask_secret,
    rules.RULES: _show_rules,
    **dict.fromkeys(_ANSWERS, _answer),
    rules.EXPORT_AUDIT: _export_audit,
    ADOPT: _show_adopt_form,
    END: _end_threadless,
}
