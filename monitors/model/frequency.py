"""How often a monitor runs: Parallel's `<number><unit>`, from one hour to thirty days."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from monitors.model.words import shortened

Unit = Literal["h", "d", "w"]

_HOURS: Final[dict[Unit, int]] = {"h": 1, "d": 24, "w": 7 * 24}
_WORDS: Final[dict[Unit, str]] = {"h": "hour", "d": "day", "w": "week"}
_NAMED: Final[dict[str, tuple[int, Unit]]] = {
    "hourly": (1, "h"),
    "daily": (1, "d"),
    "weekly": (1, "w"),
}
_SHORTEST_HOURS: Final = 1
_LONGEST_HOURS: Final = 30 * 24


class BadFrequencyError(ValueError):
    """Not a frequency that Parallel accepts; its text tells a person what is."""


@dataclass(frozen=True, slots=True)
class Frequency:
    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not _SHORTEST_HOURS <= self.hours <= _LONGEST_HOURS:
            raise BadFrequencyError(
                f"{self.count}{self.unit} isn't a frequency Parallel offers. Use one from 1h to "
                "30d."
            )

    @classmethod
    def parse(cls, text: str) -> "Frequency":
        """Read `6h`, `1d`, `2w`, or `hourly`, `daily`, `weekly`. Raises BadFrequencyError."""
        word = "".join(text.split()).lower()
        if word in _NAMED:
            return cls(*_NAMED[word])
        match = re.fullmatch(r"(\d{1,4})([hdw])", word, flags=re.ASCII)
        if not word:
            raise BadFrequencyError("Say how often, from 1h to 30d, like 6h, 2d or 1w.")
        if match is None:
            raise BadFrequencyError(
                f"“{shortened(text, 40)}” isn't a frequency I can use. Use a number with h, d or "
                "w, from 1h to 30d, like 6h."
            )
        unit: Unit = "h" if match[2] == "h" else "d" if match[2] == "d" else "w"
        return cls(int(match[1]), unit)

    @property
    def hours(self) -> int:
        return self.count * _HOURS[self.unit]

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def in_words(self) -> str:
        """For example `every 6 hours`, `hourly`, `daily`."""
        for name, (count, unit) in _NAMED.items():
            if (count, unit) == (self.count, self.unit):
                return name
        plural = "" if self.count == 1 else "s"
        return f"every {self.count} {_WORDS[self.unit]}{plural}"


DAILY: Final = Frequency(1, "d")
HOURLY: Final = Frequency(1, "h")
WEEKLY: Final = Frequency(1, "w")


def in_words(frequency: str) -> str:
    """Of a monitor's; an unknown one is shown as Parallel wrote it."""
    try:
        return Frequency.parse(frequency).in_words
    except BadFrequencyError:
        return shortened(frequency, 40)
