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
from monitors.model.web_domain import BadDomainError, check_domains, parse_domains
from monitors.model.words import shortened

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
        case "every":
            value = cursor.take_period(name)
        case "from" | "not":
            value = cursor.take_list(name)
        case "in":
            value = cursor.take_value(name)
        case _:
            raise _unknown(name)
    try:
        return _with_value(spec, name, value)
    except (BadFrequencyError, BadCountryError, BadDomainError) as error:
        right = _nearest(value) if name == "every" else ""
        raise BadFlagError(str(error), right=right) from error


def _with_value(spec: MonitorSpec, name: str, value: str) -> MonitorSpec:
    """Raises BadFlagError, and what the value's own reader does."""
    if name == "every":
        return replace(spec, frequency=Frequency.parse(value))
    if name == "in":
        return replace(spec, location=parse_country(value))
    domains = parse_domains(value)
    if not domains:
        raise _needs_value(name)
    field = "include_domains" if name == "from" else "exclude_domains"
    before: tuple[str, ...] = getattr(spec, field)
    spec = replace(spec, **{field: tuple(dict.fromkeys(before + domains))})
    check_domains(spec.include_domains, spec.exclude_domains)
    return spec


def _nearest(value: str) -> str:
    """The frequency that was probably meant; empty if unknown."""
    match = re.fullmatch(r"(\d{0,4})\s*([a-z]+)", value.strip().lower(), flags=re.ASCII)
    unit = _UNITS.get(match[2]) if match else None
    if match is None or unit is None:
        return ""
    count = int(match[1] or 1)
    hours = count * unit
    if hours > _MOST_HOURS:
        return "30d"
    if unit == _MINUTE or hours < 1:
        return f"{max(round(hours), 1)}h"
    return f"{count}{match[2][0]}"


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
    # A slip is seldom in the first letter; --no-deep isn't --deep.
    alike = [flag for flag in FLAGS if flag[0] == name[0]]
    near = _ALIASES.get(name) or next(iter(get_close_matches(name[:20], alike, n=1)), None)
    known = ", ".join(f"--{flag}" for flag in FLAGS)
    hint = f"Did you mean --{near}?" if near else f"Options: {known}."
    right = f"{near} {name}" if name in _NAMED else near
    return BadFlagError(
        f"I don't know --{shortened(name, 40)}. {hint} If your query starts with a dash, put -- "
        "and a space before it.",
        right=right or "",
    )


def _plain(word: str) -> str:
    """In ordinary letters, without characters that nobody sees."""
    full = unicodedata.normalize("NFKC", word)
    return "".join(each for each in full if unicodedata.category(each) != "Cf")
