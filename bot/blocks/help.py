"""How the app is used: the answers to `/help`, `/monitor help` and a bare `/monitor`."""

from collections.abc import Iterator
from typing import Final

from bot.blocks.address import Address, parse_address
from bot.blocks.elements import utc_time
from bot.blocks.markdown import link_spans
from bot.blocks.rich import Line, LineKind, Piece, Span, plain_line, rich_pieces
from bot.blocks.text import sendable, spoken
from monitors.model.account import AccountHealth
from monitors.model.message import Message

_DOCUMENTATION: Final = Address(
    "https://docs.parallel.ai/monitor-api/monitor-quickstart", "docs.parallel.ai"
)


def help_message(
    prefix: str, *, account: AccountHealth | None, support_url: str | None = None
) -> Message:
    *how_to, where = help_pieces(prefix, support_url=support_url)
    pieces = [*how_to, *rich_pieces(account_lines(account)), where]
    text = "\n".join(piece.words for piece in pieces)
    return Message(text=spoken(text), blocks=tuple(piece.block for piece in pieces))


def usage_message(prefix: str) -> Message:
    """For a command without a query."""
    lines = [
        plain_line("What should be watched? Write it after the command:"),
        _command(f"/{prefix}monitor latest AI research papers", "checks once a day"),
        _command(f"/{prefix}hourly Fed interest rate decisions", "checks every hour"),
        plain_line("More with ", Span(f"/{prefix}monitor help", code=True), "."),
    ]
    pieces = rich_pieces(lines)
    text = "\n".join(piece.words for piece in pieces)
    return Message(text=spoken(text), blocks=tuple(piece.block for piece in pieces))


def help_pieces(prefix: str, *, support_url: str | None) -> list[Piece]:
    """All of it but the account."""
    parts = (
        _commands(prefix),
        _flags(prefix),
        _replies(),
        _where_to_get_help(support_url),
    )
    return [piece for part in parts for piece in rich_pieces(part)]


def account_lines(account: AccountHealth | None) -> Iterator[Line]:
    """Whose account it is, and how it is doing."""
    yield _heading("Parallel account")
    if account is None:
        yield plain_line(
            "Not linked yet, so nothing can be watched. An admin links one in this app's Home tab."
        )
        return
    yield plain_line(whose_account(account))
    yield plain_line(account_health(account))


def whose_account(account: AccountHealth) -> str:
    key = f"(key …{sendable(account.last_four)})"
    if account.is_operators:
        return f"This app's own account is used {key}."
    since = f", since {utc_time(account.linked_at)}" if account.linked_at else ""
    return f"This workspace's own account is linked {key}{since}."


def account_health(account: AccountHealth) -> str:
    """In one line: when it last worked, and whether its webhooks are verified."""
    call = utc_time(account.last_good_call_at) if account.last_good_call_at else "none yet"
    if not account.has_secret:
        return f"Last good call: {call}. Webhooks are hints only: no webhook secret is kept."
    webhook = utc_time(account.last_webhook_at) if account.last_webhook_at else "none yet"
    return f"Last good call: {call}. Last verified webhook: {webhook}."


def _commands(prefix: str) -> Iterator[Line]:
    yield _heading("Watch the web from Slack")
    yield plain_line(
        "Each monitor lives in one thread: what it finds is posted there, with its sources."
    )
    yield _command(f"/{prefix}monitor latest AI research papers", "watch it, checked once a day")
    yield _command(f"/{prefix}hourly Fed interest rate decisions", "watch it, checked every hour")
    yield _command(f"/{prefix}monitor list", "what is being watched")
    yield _command(f"/{prefix}help", "this help")


def _flags(prefix: str) -> Iterator[Line]:
    yield _heading("Before the query, if you like")
    yield _command("--every 6h", "how often: from 1h to 30d")
    yield _command("--deep", "a more thorough, dearer search")
    yield _command("--from sec.gov,ft.com", "only these sites")
    yield _command("--not reddit.com", "not these sites")
    yield _command("--in us", "as seen from a country")
    yield _command("--backfill", "also a sample of what happened lately")
    example = f"/{prefix}monitor --every 6h --from sec.gov 8-K filings of Acme Corp"
    yield plain_line("For example: ", Span(example, code=True))


def _replies() -> Iterator[Line]:
    yield _heading("In a monitor's thread")
    yield plain_line("Reply with one of these and nothing else, or use the buttons:")
    yield _command("cancelmonitor", "stop for good")
    yield _command("run now", "check once more, now")
    yield _command("status", "how it is doing")


def _where_to_get_help(support_url: str | None) -> Iterator[Line]:
    yield _heading("Where to get help")
    support = parse_address(support_url or "")
    if support is not None:
        yield Line((Span("This app: "), *link_spans("support", support)))
    else:
        yield plain_line("This app: ask whoever installed it in this workspace.")
    yield Line((Span("Parallel: "), *link_spans("how monitors work", _DOCUMENTATION)))


def _heading(text: str) -> Line:
    return plain_line(Span(text, bold=True))


def _command(command: str, meaning: str) -> Line:
    return Line((Span(command, code=True), Span(f": {meaning}")), kind=LineKind.BULLET)
