"""How to use the app: the answers to `/help`, `/monitor help` and a bare `/monitor`."""

from collections.abc import Iterator
from typing import Final

from monitors.blocks.address import Address, parse_address
from monitors.blocks.rich import (
    Line,
    LineKind,
    Piece,
    Span,
    message_of,
    plain_line,
    rich_pieces,
    with_moments,
)
from monitors.blocks.text import sendable
from monitors.model.account import AccountHealth
from monitors.model.local_time import local_time
from monitors.model.message import Message
from monitors.model.operator_links import OperatorLinks
from monitors.texts.problem_texts import account_suspended

_DOCUMENTATION: Final = Address(
    "https://docs.parallel.ai/monitor-api/monitor-quickstart", "docs.parallel.ai"
)


WEBHOOKS_OFF: Final = "Webhooks: off. I check Parallel for findings instead."


def help_message(
    prefix: str, *, account: AccountHealth | None, links: OperatorLinks, has_webhooks: bool
) -> Message:
    *how_to, where = help_pieces(prefix, links)
    account_is = rich_pieces(account_lines(account, has_webhooks=has_webhooks))
    return message_of([*how_to, *account_is, where])


def thread_help_message() -> Message:
    """In a monitor's thread, where only these words count."""
    return message_of(rich_pieces(_replies()))


def how_to_message(prefix: str, links: OperatorLinks) -> Message:
    """The same, without the account."""
    return message_of(help_pieces(prefix, links))


def usage_message(prefix: str) -> Message:
    """For a command without a query."""
    lines = [
        plain_line("What should I watch? Add it after the command:"),
        _command(f"/{prefix}monitor latest AI research papers", "check once a day"),
        _command(f"/{prefix}hourly Fed interest rate decisions", "check every hour"),
        plain_line("See ", Span(f"/{prefix}monitor help", code=True), " for options."),
    ]
    return message_of(rich_pieces(lines))


def help_pieces(prefix: str, links: OperatorLinks) -> list[Piece]:
    """All of it but the account."""
    replies = [_heading("In a monitor's thread"), *_replies()]
    parts = (_commands(prefix), _flags(prefix), replies, _where_to_get_help(links))
    return [piece for part in parts for piece in rich_pieces(part)]


def account_lines(account: AccountHealth | None, *, has_webhooks: bool) -> Iterator[Line]:
    """Whose account the workspace uses, and when it last worked."""
    yield _heading("Parallel account")
    if account is None:
        yield plain_line(
            "This workspace isn't connected to Parallel yet. An admin can connect it in my Home "
            "tab."
        )
        return
    yield plain_line(*with_moments(whose_account(account)))
    yield plain_line(*with_moments(account_health(account, has_webhooks=has_webhooks)))
    if account.problem is not None:
        told = account_suspended(account.problem, is_operators=account.is_operators)
        yield plain_line(told)


def whose_account(account: AccountHealth) -> str:
    """Names the account in use. May contain a moment."""
    key = f"(key …{sendable(account.last_four)})"
    if account.is_operators:
        return f"Uses this app's shared Parallel account {key}."
    since = f" since {local_time(account.linked_at)}" if account.linked_at else ""
    return f"Uses this workspace's own Parallel account {key}, connected{since}."


def account_health(account: AccountHealth, *, has_webhooks: bool) -> str:
    """One line: when it last worked, whether its webhooks are verified. May contain moments."""
    call = local_time(account.last_good_call_at) if account.last_good_call_at else "none yet"
    if not has_webhooks:
        return f"Last successful request: {call}. {WEBHOOKS_OFF}"
    if not account.has_secret:
        return f"Last successful request: {call}. Webhooks can't be verified: no secret yet."
    if account.refuses_webhooks:
        return (
            f"Last successful request: {call}. Webhooks don't match the webhook secret, so "
            "findings arrive late. An admin can fix that in my Home tab."
        )
    webhook = local_time(account.last_webhook_at) if account.last_webhook_at else "none yet"
    return f"Last successful request: {call}. Last verified webhook: {webhook}."


def _commands(prefix: str) -> Iterator[Line]:
    yield _heading("Watch the web from Slack")
    yield plain_line("Each monitor has one thread, where I post what it finds, with sources.")
    yield _command(f"/{prefix}monitor latest AI research papers", "check once a day")
    yield _command(f"/{prefix}hourly Fed interest rate decisions", "check every hour")
    yield _command(f"/{prefix}monitor list", "list monitors")
    yield _command(f"/{prefix}help", "show this help")


def _flags(prefix: str) -> Iterator[Line]:
    yield _heading("Options, before your query")
    yield _command("--every 6h", "how often to check, 1h to 30d")
    yield _command("--deep", "a deeper search; costs more")
    yield _command("--from sec.gov,ft.com", "only these sites")
    yield _command("--not reddit.com", "not these sites")
    yield _command("--in us", "results for one country")
    yield _command("--backfill", "start with a sample of recent events")
    example = f"/{prefix}monitor --every 6h --from sec.gov 8-K filings of Acme Corp"
    yield plain_line("For example: ", Span(example, code=True))


def _replies() -> Iterator[Line]:
    yield plain_line("Reply with just one of these words, or use the buttons:")
    yield _command("cancelmonitor", "stop for good")
    yield _command("run now", "check right away")
    yield _command("pause", "hold findings back")
    yield _command("resume", "post what waited, and continue")
    yield _command("hourly", "check every hour; or daily, or weekly")
    yield _command("status", "when it last checked")
    yield _command("history", "the latest findings and checks")
    yield _command("help", "show these words")


def _where_to_get_help(links: OperatorLinks) -> Iterator[Line]:
    yield _heading("Where to get help")
    support = parse_address(links.support_url or "")
    privacy = parse_address(links.privacy_url or "")
    if support is None:
        yield plain_line("This app: ask the person who installed it in this workspace.")
    else:
        yield plain_line("This app: ", Span("support", address=support))
    if privacy is not None:
        yield plain_line("Your data: ", Span("privacy policy", address=privacy))
    yield plain_line("Parallel: ", Span("how monitors work", address=_DOCUMENTATION))


def _heading(text: str) -> Line:
    return plain_line(Span(text, bold=True))


def _command(command: str, meaning: str) -> Line:
    return Line((Span(command, code=True), Span(f": {meaning}")), kind=LineKind.BULLET)
