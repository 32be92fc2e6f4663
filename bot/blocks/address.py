"""Turns web addresses from outside into links that can't mislead."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from bot.blocks.limits import URL_CHARACTERS
from bot.blocks.text import as_seen

_SCHEMES: Final = frozenset({"http", "https"})
# Browsers drop tabs and line breaks, and read a backslash as a slash.
_DECEPTIVE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_HOST: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")
_AMBIGUOUS_IN_IDNA: Final = re.compile("[\u00df\u03c2\u200c\u200d]")
_SAFE: Final = "%/:?#[]@!$&'()*+,;=~-._"
_LOOKS_LIKE_HOST: Final = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}|\d{1,3}(?:\.\d{1,3}){3}")


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address in plain ASCII, and its real host."""

    url: str
    host: str


def parse_address(text: str) -> Address | None:
    """The address, or None if it must not become a link.

    Those are other schemes, a user name before the host, addresses too long for Slack, and any that
    browsers read differently than people do.
    """
    if _DECEPTIVE.search(text.strip()):
        return None
    try:
        return _address(urlsplit(text.strip()))
    except ValueError:
        return None


def _address(parts: SplitResult) -> Address | None:
    if parts.scheme.lower() not in _SCHEMES or "@" in parts.netloc:
        return None
    host = _ascii_host(parts.hostname or "")
    if len(host) > 253 or _HOST.fullmatch(host) is None:  # noqa: PLR2004 - DNS's longest name
        return None
    port = f":{parts.port}" if parts.port is not None else ""
    rest = (quote(part, safe=_SAFE) for part in (parts.path, parts.query, parts.fragment))
    url = urlunsplit((parts.scheme.lower(), host + port, *rest))
    return Address(url, host.removeprefix("www.")) if len(url) <= URL_CHARACTERS else None


def _ascii_host(host: str) -> str:
    """Refuses letters that the two versions of IDNA encode as different hosts."""
    if ":" in host:
        return f"[{host}]"
    if _AMBIGUOUS_IN_IDNA.search(host):
        raise ValueError(host)
    return host if host.isascii() else host.encode("idna").decode("ascii")


def is_disguised(label: str, address: Address) -> bool:
    """True if a link's text looks like another address."""
    named = (host.removeprefix("www.") for host in _LOOKS_LIKE_HOST.findall(as_seen(label)))
    return any(host != address.host for host in named)
