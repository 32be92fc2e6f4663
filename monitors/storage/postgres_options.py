"""What a PostgreSQL address says in libpq's words, for SQLAlchemy and asyncpg.

Platforms give addresses that are meant for libpq; asyncpg's own `connect` takes other names.
"""

import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from sqlalchemy import URL, make_url

from monitors.settings_problems import SetupError

CONNECT_SECONDS: Final = 10.0
_VERIFIED: Final = {"verify-ca", "verify-full"}
_MODES: Final = {"disable", "allow", "prefer", "require", *_VERIFIED}
_SETTINGS: Final = {
    *("application_name", "options", "search_path", "timezone", "statement_timeout", "role"),
    *("lock_timeout", "idle_in_transaction_session_timeout"),
}
# They tune what libpq alone does.
_IGNORED: Final = {
    *("gssencmode", "keepalives", "keepalives_idle", "keepalives_interval"),
    *("keepalives_count", "tcp_user_timeout", "sslcompression", "sslsni", "client_encoding"),
    *("fallback_application_name", "load_balance_hosts", "connection_limit", "pool_timeout"),
}
# The address itself, for SQLAlchemy; a session that may be written to, for asyncpg.
_KEPT: Final = {"host", "port", "target_session_attrs"}
_SSL_FILES: Final = {"sslrootcert", "sslcert", "sslkey"}
_BINDINGS: Final = {"disable", "prefer", "require"}
_PORT: Final = "5432"
# The scheme, who, the hosts, and the rest.
_PARTS: Final = re.compile(r"(postgres[a-z+]*://)(?:([^/?#]*)@)?([^/?#]*)(.*)", re.DOTALL)
# One host of several: a name, an address, or a percent-encoded folder with a socket.
_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:\[]*)(?::([0-9]*))?")
# What platforms and drivers call a pooler that hands each transaction to another connection.
_UNPREPARED: Final = {
    "pgbouncer": "true",
    "prepare_threshold": "0",
    "prepareThreshold": "0",
    "statement_cache_size": "0",
    "prepared_statement_cache_size": "0",
}


class DatabaseUrlError(SetupError):
    """`DATABASE_URL` can't be used; the message says why, and never shows a password."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"DATABASE_URL {problem}.")


def make_postgres_url(text: str) -> URL:
    """As SQLAlchemy's `make_url`, with libpq's ways to name hosts and users.

    Several hosts, a folder in place of a host, a user or a password among the options: SQLAlchemy
    takes hosts and ports apart from each other only behind the `?`. Raises as `make_url` does.
    """
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return make_url(text)
    scheme, who, named, rest = parts.groups()
    is_plural = "," in named or named[:3].lower() == "%2f"
    url = make_url(f"{scheme}{f'{who}@' if who else ''}{'' if is_plural else named}{rest}")
    query = {name: _last(value) for name, value in url.query.items()}
    names = {"username": query.pop("user", url.username), "database": query.pop("dbname", None)}
    url = url.set(username=names["username"], database=names["database"] or url.database)
    url = url.set(password=query.pop("password", url.password))
    hosts = named if is_plural else query.get("host", "")
    if hosts:
        query |= _hosts(hosts, ports=query.get("port", ""))
    return url.set(query=query)


def _hosts(hosts: str, *, ports: str) -> dict[str, str]:
    """Each with its port; one port, or none, is that of all."""
    found = [_HOST.fullmatch(each.strip()) for each in hosts.split(",")]
    if None in found:
        raise DatabaseUrlError("names hosts that can't be read: give host1:5432,host2:5432")
    pairs = [each.groups() for each in found if each is not None]
    given = ports.split(",")
    given = given * len(pairs) if len(given) == 1 else given
    if len(given) != len(pairs):
        raise DatabaseUrlError("names other hosts than ports: give as many of each, or one port")
    return {
        "host": ",".join(unquote(host).strip("[]") for host, _ in pairs),
        "port": ",".join(
            port or other or _PORT for (_, port), other in zip(pairs, given, strict=True)
        ),
    }


def _last(value: Sequence[str] | str) -> str:
    return value if isinstance(value, str) else value[-1]


def connect_arguments(query: Mapping[str, Sequence[str] | str]) -> dict[str, object]:
    """The arguments of asyncpg's `connect` (and of SQLAlchemy's dialect) for these options.

    Raises DatabaseUrlError.
    """
    given = {name: _last(value) for name, value in query.items()}
    known = _SETTINGS | _IGNORED | _KEPT | _SSL_FILES | set(_UNPREPARED)
    known |= {"sslmode", "ssl", "sslnegotiation", "connect_timeout", "channel_binding"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise DatabaseUrlError(f"has the unknown option {', '.join(unknown)}: remove it")
    arguments: dict[str, object] = {"timeout": _seconds(given.get("connect_timeout"))}
    settings = {name: value for name, value in given.items() if name in _SETTINGS}
    if settings:
        arguments["server_settings"] = settings
    if "target_session_attrs" in given:
        arguments["target_session_attrs"] = given["target_session_attrs"]
    secured = _secured(given)
    if secured is not None:
        arguments["ssl"] = secured
    if given.get("sslnegotiation") == "direct":
        arguments["direct_tls"] = True
    if any(given.get(name) == value for name, value in _UNPREPARED.items()):
        arguments |= UNPREPARED
    return arguments


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


def _secured(given: Mapping[str, str]) -> str | ssl.SSLContext | None:
    mode = given.get("sslmode", given.get("ssl"))
    mode = {"true": "require", "false": "disable"}.get(mode or "", mode)
    files = {name: given[name] for name in _SSL_FILES if name in given}
    mode = _bound(given.get("channel_binding", "prefer"), mode)
    if mode is None and not files:
        return None
    mode = mode or "prefer"
    if mode not in _MODES:
        raise DatabaseUrlError(
            f"has sslmode={mode}: use disable, prefer, require, verify-ca or verify-full"
        )
    root = files.get("sslrootcert")
    if mode == "require" and root is not None:
        mode = "verify-ca"  # as libpq does
    if mode not in _VERIFIED and "sslcert" not in files:
        return mode
    return _context(files, verifies=mode in _VERIFIED, names_host=mode == "verify-full")


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


def _context(files: Mapping[str, str], *, verifies: bool, names_host: bool) -> ssl.SSLContext:
    root = files.get("sslrootcert")
    try:
        context = ssl.create_default_context(cafile=None if root == "system" else root)
        context.check_hostname = names_host
        if not verifies:
            context.verify_mode = ssl.CERT_NONE
        if "sslcert" in files:
            context.load_cert_chain(files["sslcert"], files.get("sslkey"))
    except OSError as error:
        named = " or ".join(sorted(files))
        raise DatabaseUrlError(
            f"names a file that can't be read ({error.strerror or type(error).__name__}): "
            f"check {named}"
        ) from error
    return context
