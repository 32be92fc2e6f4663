"""Web domains that limit where a monitor looks: `sec.gov`, or a bare extension such as `.gov`."""

import re
from collections.abc import Sequence
from typing import Final

from monitors.model.words import shortened

MOST_DOMAINS: Final = 200
"""Included and excluded together. Source: Parallel's `SourcePolicy`."""

_LONGEST: Final = 253
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LAST_LABEL: Final = r"(?=[a-z0-9-]*[a-z])" + _LABEL
_DOMAIN: Final = re.compile(rf"(?:\.|{_LABEL}\.)(?:{_LABEL}\.)*{_LAST_LABEL}")
_SCHEME: Final = re.compile(r"https?://", flags=re.IGNORECASE)


class BadDomainError(ValueError):
    """No domain, or one that can't be used with the others; the text says what to do."""

    @classmethod
    def of(cls, text: str) -> "BadDomainError":
        return cls(
            f"“{shortened(text, 40)}” isn't a website. Use just the domain, like sec.gov; separate "
            "several with commas."
        )


def parse_domain(text: str) -> str:
    """The domain as Parallel expects it: lower case, ASCII, without a scheme.

    Raises BadDomainError, also for one with a path, which Parallel would ignore.
    """
    bare = _SCHEME.sub("", text.strip(), count=1).removesuffix("/").removesuffix(".")
    try:
        domain = _ascii(bare).lower()
    except UnicodeError as error:
        raise BadDomainError.of(text) from error
    if len(domain) > _LONGEST or _DOMAIN.fullmatch(domain) is None:
        raise BadDomainError.of(text)
    return domain


def parse_domains(text: str) -> tuple[str, ...]:
    """Each once, separated by commas, spaces or line breaks; as `parse_domain`."""
    return tuple(dict.fromkeys(parse_domain(word) for word in re.split(r"[\s,;]+", text) if word))


def check_domains(included: Sequence[str], excluded: Sequence[str]) -> None:
    """Whether Parallel takes them together. Raises BadDomainError."""
    count = len(included) + len(excluded)
    if count > MOST_DOMAINS:
        raise BadDomainError(
            f"That's {count} websites; Parallel accepts {MOST_DOMAINS} in all. Remove "
            f"{count - MOST_DOMAINS}."
        )
    for domain in included:
        if domain in excluded:
            raise BadDomainError(
                f"{domain} is in both lists, of websites to use and to leave out. Keep one."
            )


def _ascii(domain: str) -> str:
    """`bücher.example` as `xn--bcher-kva.example`."""
    leading = "." if domain.startswith(".") else ""
    return leading + domain.removeprefix(".").encode("idna").decode("ascii")
