"""Links to places on the web: behind every label stands the host that it really leads to."""

from dataclasses import replace
from typing import Final

from monitors.blocks.address import Address
from monitors.blocks.rich import Span
from monitors.blocks.text import ELLIPSIS, as_seen, clip, is_blank, one_line, split_once

_LABEL_CHARACTERS: Final = 300
_SHOWN_ADDRESS_CHARACTERS: Final = 100
_SHOWN_HOST_CHARACTERS: Final = 80
_UNLINKABLE_CHARACTERS: Final = 200


def link_spans(label: str, address: Address, *, style: Span | None = None) -> list[Span]:
    """A link and its host; without a visible label it shows its address."""
    plain = style or Span("")
    if is_blank(label):
        return [replace(plain, text=_shown(address), address=address)]
    words = one_line(label)
    # What is cut off the label stands behind the host, so that a label of any length has it.
    shown, rest = split_once(words, _LABEL_CHARACTERS)
    shown = f"{shown.rstrip()}{ELLIPSIS}" if rest else shown
    link = replace(plain, text=shown, address=address)
    if _is_host(words, address):
        return [link]
    host = Span(f" ({address.host})", is_host=True)
    return [link, host, replace(plain, text=f" {rest}")] if rest else [link, host]


def unlinkable(label: str, target: str, *, is_image: bool, style: Span) -> list[Span]:
    """What can't become a link stays readable, with the address that it names."""
    if target.startswith("data:"):
        # An image within the text itself: nothing in it can be read.
        return [replace(style, text=f"[image: {label}]" if label else "[image]")]
    if label == target:
        return [replace(style, text=label)]
    mark = "!" if is_image else ""
    return [replace(style, text=f"{mark}[{label}]({clip(target, _UNLINKABLE_CHARACTERS)})")]


def _shown(address: Address) -> str:
    """Cut short behind the host; of one too long to be shown the end, which says whose it is."""
    if len(address.host) > _SHOWN_HOST_CHARACTERS:
        return f"{ELLIPSIS}{address.host[-_SHOWN_HOST_CHARACTERS:]}"
    return clip(address.url, _SHOWN_ADDRESS_CHARACTERS)


def _is_host(label: str, address: Address) -> bool:
    """Whether a label is the host's own name, or the address itself."""
    seen = as_seen(label)
    return seen.removeprefix("www.") == address.host or label == address.url
