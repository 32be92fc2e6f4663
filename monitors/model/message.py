"""A message ready for Slack: blocks, and the same content as plain text for screen readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Block = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that Slack has since `at`; nobody sees it until it is shared, which can be done once.

    `text` goes with it.
    """

    file_id: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """`in_channel`: a reply is shown in the channel, too."""

    text: str
    blocks: tuple[Block, ...] = ()
    in_channel: bool = False
