"""What a PostgreSQL address says in libpq's words, for asyncpg.

Platforms give addresses that are meant for libpq. asyncpg reads most of one as libpq does; here is
the rest.
"""

import ssl
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

CONNECT_SECONDS: Final = 10.0
ACCEPTED: Final = (
    "Use postgresql+asyncpg://user:password@host/database (postgres:// will do), or "
    "sqlite:///path/to/file"
)
_VERIFIED: Final = {"verify-ca", "verify-full"}
_MODES: Final = {"disable", "allow", "prefer", "require", *_VERIFIED}
_FILES: Final = {"sslrootcert", "sslcert", "sslkey"}
# What asyncpg reads itself, and settings of the session, which it hands on.
_PASSED: Final = {
    *("host", "port", "user", "password", "dbname", "target_session_attrs", "sslnegotiation"),
    *("application_name", "options", "search_path", "timezone", "statement_timeout", "role"),
    *("lock_timeout", "idle_in_transaction_session_timeout", "sslmode", *_FILES),
}
# They tune what libpq alone does.
_IGNORED: Final = {
    *("gssencmode", "keepalives", "keepalives_idle", "keepalives_interval"),
    *("keepalives_count", "tcp_user_timeout", "sslcompression", "sslsni", "client_encoding"),
    *("fallback_application_name", "load_balance_hosts", "connection_limit", "pool_timeout"),
}
_OURS: Final = {"ssl", "connect_timeout", "channel_binding"}
_BINDINGS: Final = {"disable", "prefer", "require"}
# What platforms and drivers call a pooler that hands each transaction to another connection.
_UNPREPARED: Final = {
    "pgbouncer": "true",
    "prepare_threshold": "0",
    "prepareThreshold": "0",
    "statement_cache_size": "0",
    "prepared_statement_cache_size": "0",
}


class DatabaseUrlError(ValueError):
    """`DATABASE_URL` can't be used; the message says why, and never shows a password."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"DATABASE_URL {problem}.")


def postgres_arguments(text: str) -> dict[str, object]:
    """The arguments of asyncpg's `connect` (and of SQLAlchemy's dialect) for an address.

    Raises DatabaseUrlError.
    """
    address, _, query = text.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - _PASSED - _IGNORED - _OURS - _UNPREPARED.keys())
    if unknown:
        raise DatabaseUrlError(f"has the unknown option {', '.join(unknown)}: remove it")
    where, slash, database = address.partition("://")[2].partition("/")
    who, _, hosts = where.rpartition("@")
    port = given.get("port", "")
    named = given.get("host") or (unquote(hosts) if port else "")
    if not (hosts or named):
        raise DatabaseUrlError(f"names no host. {ACCEPTED}")
    arguments: dict[str, object] = {"timeout": _seconds(given.get("connect_timeout"))}
    passed = {name: value for name, value in given.items() if name in _PASSED}
    if named:
        passed["host"], hosts = named, ""
    if port and "," not in port:
        # One port is that of all.
        passed["port"] = ",".join([port] * (named.count(",") + 1))
    mode = _mode(given)
    if mode is not None:
        passed["sslmode"] = mode
    try:
        if mode in _VERIFIED and passed.get("sslrootcert", "system") == "system":
            passed.pop("sslrootcert", None)
            arguments["ssl"] = _trusting_the_system(given, names_host=mode == "verify-full")
        place = f"{who}@{hosts}{slash if database else ''}{database}"
        arguments["dsn"] = f"postgresql://{place}?{urlencode(passed, quote_via=quote)}"
        _check(arguments)
    except OSError as error:
        raise DatabaseUrlError(
            f"names a file that can't be read ({error.strerror or type(error).__name__}): "
            f"check {' or '.join(sorted(_FILES & given.keys()))}"
        ) from error
    except (ValueError, IndexError):
        # The driver's own words may show a password.
        raise DatabaseUrlError(
            "can't be read: check its options, and name several hosts as host1:5432,host2:5432. "
            f"{ACCEPTED}"
        ) from None
    if any(given.get(name) == value for name, value in _UNPREPARED.items()):
        arguments |= UNPREPARED
    return arguments


def _check(arguments: Mapping[str, object]) -> None:
    """Have the driver read the address, as it will when it connects."""
    from asyncpg import connect_utils  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs] - SQLite needs none

    read: Callable[..., object] = connect_utils._parse_connect_dsn_and_args  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType, reportUnknownVariableType] - it has no other
    read(**{name: arguments.get(name) for name in signature(read).parameters})


# A statement prepared on one of the pooler's connections isn't there on the next.
UNPREPARED: Final[dict[str, int | Callable[[], str]]] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": str,  # no name
}


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or 0)
    except ValueError:
        raise DatabaseUrlError("has a connect_timeout that isn't a number: give seconds") from None
    # libpq waits for ever at 0; the app never does.
    return min(seconds, CONNECT_SECONDS) if seconds > 0 else CONNECT_SECONDS


def _mode(given: Mapping[str, str]) -> str | None:
    mode = given.get("sslmode", given.get("ssl"))
    mode = {"true": "require", "false": "disable"}.get(mode or "", mode)
    mode = _bound(given.get("channel_binding", "prefer"), mode)
    if mode is not None and mode not in _MODES:
        raise DatabaseUrlError(
            f"has sslmode={mode}: use disable, prefer, require, verify-ca or verify-full"
        )
    # As libpq does.
    return "verify-ca" if mode == "require" and "sslrootcert" in given else mode


def _bound(binding: str, mode: str | None) -> str | None:
    """The mode that gives what is asked for.

    asyncpg can't bind a channel (SCRAM-SHA-256-PLUS). Who requires it wants no one in
    between, and a certificate that is verified with the host's name keeps them out too.
    """
    if binding not in _BINDINGS:
        raise DatabaseUrlError(f"has channel_binding={binding}: use disable, prefer or require")
    if binding != "require":
        return mode
    if mode in {"disable", "allow"}:
        raise DatabaseUrlError(
            f"has channel_binding=require with sslmode={mode}, but there is no channel without "
            "TLS: use sslmode=verify-full, or remove channel_binding"
        )
    return "verify-full" if mode is None or mode in _MODES else mode


def _trusting_the_system(given: Mapping[str, str], *, names_host: bool) -> ssl.SSLContext:
    """The driver would look for a file in the home directory instead."""
    context = ssl.create_default_context()
    context.check_hostname = names_host
    if "sslcert" in given:
        context.load_cert_chain(given["sslcert"], given.get("sslkey"))
    return context
