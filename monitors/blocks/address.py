"""Turns web addresses from outside into links that can't mislead."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from monitors.blocks.limits import URL_CHARACTERS

_SCHEMES: Final = frozenset({"http", "https"})
# Browsers drop tabs and line breaks, and read a backslash as a slash.
_DECEPTIVE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_HOST: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}|\[[0-9a-f:.]+\]")
_AMBIGUOUS_IN_IDNA: Final = re.compile("[\u00df\u03c2\u200c\u200d]")
_SAFE: Final = "%/:?#[]@!$&'()*+,;=~-._"
# A host with a dot, or an address in numbers: `https://https://` leads nowhere.
_SCHEME: Final = re.compile(r"https?://(?=[^\s/?#<>\"]{0,253}[.:][^\s/?#]|\[)", flags=re.IGNORECASE)
_ASCII_RUN: Final = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_PATH: Final = re.compile("[/?#]")
_DOTTED: Final = re.compile(r"[.:\[]")
_LOOKALIKES: Final = ("CYRILLIC ", "GREEK ", "ARMENIAN ", "CHEROKEE ", "COPTIC ")
_TRAILING: Final = frozenset(".,;:!?'\"*_~")
_SEPARATORS: Final = frozenset("/.?#&=:-_@")


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


def address_length(text: str) -> int:
    """How long the http or https address is that the text begins with; 0 where none does.

    It ends where the grammar of IRIs ends it (RFC 3987: no spaces, quotes, brackets of other
    scripts), before the punctuation of the sentence around it, and where another script follows
    its letters directly: what is written without spaces goes on there.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        return 0
    end, longest = scheme.end(), min(len(text), URL_CHARACTERS)
    foreign_from = 0
    while end < longest:
        if run := _ASCII_RUN.match(text, end, longest):
            end = run.end()
            continue
        if not _goes_on(text, end, is_foreign=foreign_from > _segment(text, end)):
            break
        if not _is_latin(text[end]):
            foreign_from = end
        end += 1
    if _is_cut_host(text[scheme.end() : end], text[end : end + 1]):
        return 0
    end = _without_trailing(text, end)
    return end if end > scheme.end() else 0


def _is_cut_host(address: str, next_one: str) -> bool:
    """True if the address would lead to the beginning of the host that is meant, or seems to be.

    That is one without a dot, and one that goes on with an invisible character, or with a letter
    that could be taken for one of its own.
    """
    host = _PATH.split(address, maxsplit=1)[0]
    if not _DOTTED.search(host):
        return True
    return host == address and (
        unicodedata.category(next_one or " ") == "Cf"
        or unicodedata.name(next_one or " ", "").startswith(_LOOKALIKES)
    )


def _segment(text: str, end: int) -> int:
    """Where the part of the address begins that ends here."""
    return max(text.rfind(separator, 0, end) for separator in _SEPARATORS)


def _goes_on(text: str, at: int, *, is_foreign: bool) -> bool:
    """Whether a character beyond ASCII belongs to the address."""
    if text[at] <= "\x7f" or unicodedata.category(text[at])[0] not in "LMN":
        return False
    return is_foreign or _is_latin(text[at]) or not text[at - 1].isalnum()


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("LATIN ", "COMBINING "))


def _without_trailing(text: str, end: int) -> int:
    """Before the sentence's own punctuation, and brackets that were opened before the address."""
    opened = {
        close: text.count(close, 0, end) - text.count(open_, 0, end)
        for open_, close in ("()", "[]")
    }
    while end and (text[end - 1] in _TRAILING or opened.get(text[end - 1], 0) > 0):
        if text[end - 1] in opened:
            opened[text[end - 1]] -= 1
        end -= 1
    return end
