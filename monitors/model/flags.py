"""The flags before a monitor's query: `--every 6h --deep --from sec.gov`.

Slack's clients turn `--` into an em or en dash, and quotes into curly ones; other keyboards write
full-width letters and signs, and what is pasted brings characters that nobody sees.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from monitors.model.country import BadCountryError, parse_country
from monitors.model.frequency import BadFrequencyError, Frequency
from monitors.model.monitor import MonitorSpec
from monitors.model.web_domain import MOST_DOMAINS, BadDomainError, parse_domain

_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_TYPED_DASHES: Final = "\u2013\u2014\u2015"
_OPENING: Final = re.compile(rf"[{_DASHES}]{{2,}}|[{_TYPED_DASHES}]")
# What nobody sees belongs to the query, but not to a flag.
_SPACE: Final = re.compile(rf"[\s\u200b\u200e\u200f\u2060\ufeff]+(?=[{_DASHES}])|\s*")
_FLAG: Final = re.compile(
    rf"(?P<dash>{_OPENING.pattern})(?P<space>{_SPACE.pattern})(?P<name>[^\W\d_][^\s=\uff1d]*)?"
)
_EQUALS: Final = re.compile(r"\s*[=\uff1d]\s*|\s+")
_DOUBLE: Final = '"\u201c\u201d\u201e\u00ab\u00bb'
_SINGLE: Final = "'\u2018\u2019\u201a"
_VALUE: Final = re.compile(
    rf"[{_DOUBLE}](?P<double>[^{_DOUBLE}]*)[{_DOUBLE}](?!\S)"
    rf"|[{_SINGLE}](?P<single>[^{_SINGLE}]*)[{_SINGLE}](?!\S)"
    r"|\S+"
)
_SHOWN_CHARACTERS: Final = 40
_ALIASES: Final = {
    "base": "deep",
    "cadence": "every",
    "country": "in",
    "daily": "every",
    "domain": "from",
    "domains": "from",
    "exclude": "not",
    "frequency": "every",
    "history": "backfill",
    "hourly": "every",
    "include": "from",
    "interval": "every",
    "location": "in",
    "only": "from",
    "processor": "deep",
    "region": "in",
    "site": "from",
    "weekly": "every",
    "without": "not",
}

_NAMED: Final = ("hourly", "daily", "weekly")
_MINUTE: Final = 1 / 60
_UNITS: Final = {
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1),
    **dict.fromkeys(("d", "day", "days"), 24),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * 24),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE),
}
_MOST_HOURS: Final = 30 * 24
_APART: Final = re.compile(rf"\s+(?:{'|'.join(_UNITS)})(?!\S)", flags=re.IGNORECASE)


class BadFlagError(ValueError):
    """An option that can't be used; its text tells a person why and what to type instead.

    `right` is what was probably meant by the last word that was read, and `corrected` the whole
    text with it; empty if that can't be guessed.
    """

    def __init__(self, text: str, *, right: str = "") -> None:
        super().__init__(text)
        self.right = right
        self.corrected = ""


def read_flags(text: str, spec: MonitorSpec) -> tuple[MonitorSpec, str]:
    """`spec` with the flags at the beginning of `text` applied, and the query that follows them.

    Raises BadFlagError.
    """
    cursor = _Cursor(text.strip())
    while (flag := cursor.take_flag()) is not None:
        try:
            spec = _apply(spec, flag.name, cursor)
        except BadFlagError as error:
            if not flag.is_loose:
                error.corrected = cursor.with_last_word(error.right) if error.right else ""
                raise
            cursor.at = flag.after_dash
            break
    return spec, cursor.rest


@dataclass(frozen=True, slots=True)
class _Flag:
    """`is_loose`: a typographic dash and a space before the name, which may be the query."""

    name: str
    is_loose: bool
    after_dash: int


@dataclass(slots=True)
class _Cursor:
    """`word_at`: where the last word began that ends at `at`."""

    text: str
    at: int = 0
    word_at: int = 0

    @property
    def rest(self) -> str:
        return self.text[self.at :].strip()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def with_last_word(self, right: str) -> str:
        return f"{self.text[: self.word_at]}{right}{self.text[self.at :]}"

    def take_flag(self) -> _Flag | None:
        """None if the query begins here. A single dash ends the flags and is dropped."""
        self.take(_SPACE)
        start = self.at
        match = self.take(_FLAG)
        if match is None:
            return None
        name, after_dash = _plain(match["name"] or "").lower(), match.end("dash")
        is_loose = bool(match["space"])
        if (match["dash"][0] in _TYPED_DASHES and name in FLAGS) if is_loose else match["name"]:
            self.word_at = match.start("name")
            return _Flag(name, is_loose, after_dash)
        # A single dash ends the flags; before anything but a letter, it belongs to the query.
        self.at = after_dash if is_loose or after_dash == len(self.text) else start
        return None

    def take_value(self, name: str) -> str:
        self.take(_EQUALS)
        if _OPENING.match(self.text, self.at):
            raise _needs_value(name)
        match = self.take(_VALUE)
        # A quotation mark without its other half says nothing.
        value = _plain(match[match.lastgroup or 0]).strip(f"{_DOUBLE}{_SINGLE} ") if match else ""
        if match is None or not value:
            raise _needs_value(name)
        self.word_at = match.start()
        return value

    def take_list(self, name: str) -> str:
        """A value that continues around each comma: `sec.gov, ft.com`."""
        value = self.take_value(name)
        while (value.endswith(",") and self.rest) or self.rest.startswith(","):
            value += self.take_value(name)
        return value

    def take_period(self, name: str) -> str:
        """A value whose unit may stand apart: `6 hours`."""
        value = self.take_value(name)
        begun = self.word_at
        unit = self.take(_APART) if value.isdigit() else None
        self.word_at = begun
        return value + (unit[0] if unit else "")


def command_text(spec: MonitorSpec, default: Frequency) -> str:
    """What would be typed after `/monitor` for it."""
    parts = [
        *([f"--every {spec.frequency}"] if spec.frequency != default else []),
        *(["--deep"] if spec.processor == "base" else []),
        *([f"--from {','.join(spec.include_domains)}"] if spec.include_domains else []),
        *([f"--not {','.join(spec.exclude_domains)}"] if spec.exclude_domains else []),
        *([f"--in {spec.location}"] if spec.location else []),
        *(["--backfill"] if spec.backfill else []),
    ]
    # A query that begins with a dash would be read as a flag.
    dash = ["--"] if _OPENING.match(spec.query) else []
    return " ".join([*parts, *dash, spec.query])


def _apply(spec: MonitorSpec, name: str, cursor: _Cursor) -> MonitorSpec:
    match name:
        case "deep" | "backfill":
            if cursor.text.startswith("=", cursor.at):
                raise BadFlagError(
                    f"--{name} doesn't take a value. Use just --{name}, without “=”."
                )
            if name == "deep":
                return replace(spec, processor="base")
            return replace(spec, backfill=True)
        case "from" | "not":
            return _with_domains(spec, name, cursor.take_list(name))
        case "every":
            return _every(spec, cursor.take_period(name))
        case "in":
            return _in(spec, cursor.take_value(name))
        case _:
            raise _unknown(name)


def _every(spec: MonitorSpec, value: str) -> MonitorSpec:
    try:
        return replace(spec, frequency=Frequency.parse(_shown(value)))
    except BadFrequencyError as error:
        raise BadFlagError(f"{error} For example: --every 6h", right=_nearest(value)) from error


def _nearest(value: str) -> str:
    """The frequency that was probably meant; empty if unknown."""
    match = re.fullmatch(r"(\d{1,4})\s*([a-z]+)", value.strip().lower(), flags=re.ASCII)
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None:
        return ""
    hours = int(match[1]) * unit
    if hours < 1:
        return "1h"
    return "30d" if hours > _MOST_HOURS else f"{match[1]}{match[2][0]}"


def _in(spec: MonitorSpec, value: str) -> MonitorSpec:
    try:
        return replace(spec, location=parse_country(value))
    except BadCountryError as error:
        raise BadFlagError(
            f"“{_shown(value)}” isn't a country code. Use two letters, like --in us or --in de."
        ) from error


def _with_domains(spec: MonitorSpec, name: str, value: str) -> MonitorSpec:
    field = "include_domains" if name == "from" else "exclude_domains"
    domains: tuple[str, ...] = getattr(spec, field)
    named = tuple(dict.fromkeys(domains + _domains(name, value)))
    return _checked(replace(spec, **{field: named}))


def _domains(name: str, value: str) -> tuple[str, ...]:
    words = [word for word in (part.strip() for part in value.split(",")) if word]
    if not words:
        raise _needs_value(name)
    try:
        return tuple(parse_domain(word) for word in words)
    except BadDomainError as error:
        raise BadFlagError(
            f"“{_shown(str(error))}” isn't a website. Use just the domain, like --{name} sec.gov; "
            "separate several with commas."
        ) from error


def _checked(spec: MonitorSpec) -> MonitorSpec:
    count = len(spec.include_domains) + len(spec.exclude_domains)
    if count > MOST_DOMAINS:
        raise BadFlagError(
            f"That's {count} websites; Parallel accepts {MOST_DOMAINS} in all for --from and "
            f"--not. Remove {count - MOST_DOMAINS}."
        )
    both = [domain for domain in spec.include_domains if domain in spec.exclude_domains]
    if both:
        raise BadFlagError(f"{both[0]} is in both --from and --not. Keep one.")
    return spec


_EXAMPLES: Final = {
    "every": "--every 6h",
    "from": "--from sec.gov",
    "not": "--not reddit.com",
    "in": "--in us",
}
FLAGS: Final = ("every", "deep", "from", "not", "in", "backfill")


def _needs_value(name: str) -> BadFlagError:
    return BadFlagError(f"--{name} needs a value, like {_EXAMPLES[name]}")


def _unknown(name: str) -> BadFlagError:
    near = _ALIASES.get(name) or next(iter(get_close_matches(name[:20], FLAGS, n=1)), None)
    known = ", ".join(f"--{flag}" for flag in FLAGS)
    hint = f"Did you mean --{near}?" if near else f"Options: {known}."
    right = f"{near} {name}" if name in _NAMED else near
    return BadFlagError(
        f"I don't know --{_shown(name)}. {hint} If your query starts with a dash, put -- "
        "and a space before it.",
        right=right or "",
    )


def _plain(word: str) -> str:
    """In ordinary letters, without characters that nobody sees."""
    full = unicodedata.normalize("NFKC", word)
    return "".join(each for each in full if unicodedata.category(each) != "Cf")


def _shown(value: str) -> str:
    """Shortened, to fit in a sentence."""
    short = value[:_SHOWN_CHARACTERS]
    return short if short == value else f"{short}…"
