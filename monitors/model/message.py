"""A message ready for Slack: blocks, and the same content as plain text for screen readers."""

from collections.abc import Mapping
from dataclasses import dataclass

Block = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """`in_channel`: a reply is shown in the channel, too."""

    text: str
    blocks: tuple[Block, ...] = ()
    in_channel: bool = False
