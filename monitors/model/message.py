"""A message ready for Slack: blocks, and the same content as plain text for screen readers."""

from collections.abc import Mapping
from dataclasses import dataclass

Block = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    text: str
    blocks: tuple[Block, ...] = ()
