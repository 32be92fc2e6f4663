"""Text as Slack sends it, turned back into what the person typed.

Slack escapes `&`, `<` and `>` in everything it sends, and with `should_escape` it also turns
names and addresses into tokens: `<@U123|name>`, `<#C123|general>`, `<!subteam^S1|@team>`,
`<https://a.b/?x=1&amp;y>`.
Source: https://docs.slack.dev/messaging/formatting-message-text (retrieving messages)
"""

import re
from typing import Final

_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
_ENTITY: Final = re.compile(r"&(amp|lt|gt);")
# Both in one pass, so that an entity is decoded only once: `&amp;lt;` was typed as `&lt;`.
_TOKEN_OR_ENTITY: Final = re.compile(r"<([^<>]*)>|&(amp|lt|gt);")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", flags=re.IGNORECASE)
# What Slack's clients add to an address typed without it.
_ADDED_SCHEME: Final = re.compile(r"(?:https?://|mailto:|tel:)")


def unwrap_slack_text(text: str) -> str:
    """What the person typed: tokens unwrapped, entities decoded once, everything else unchanged."""
    return _TOKEN_OR_ENTITY.sub(_typed, text)


def _typed(match: re.Match[str]) -> str:
    token: str | None = match[1]
    if token is None:
        return _ENTITIES[match[2]]
    content, _, label = token.partition("|")
    typed = _typed_token(_decoded(content), _decoded(label))
    return match[0] if typed is None else typed


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[1]], text)


def _typed_token(content: str, label: str) -> str | None:
    """None if it isn't a Slack token, only text in angle brackets."""
    sign, name = content[:1], content[1:]
    if sign in ("@", "#") and name:
        # Slack doesn't name private channels; the id gives nothing away.
        return sign + (label.removeprefix(sign) or name)
    if sign == "!" and name:
        return label if name.startswith("date^") else f"@{label.removeprefix('@') or name}"
    if _SCHEME.match(content):
        return _typed_address(content, label)
    return None


def _typed_address(address: str, label: str) -> str:
    """`sec.gov` arrives as `<http://sec.gov|sec.gov>`; any other label is not what was typed."""
    bare = _ADDED_SCHEME.sub("", address, count=1)
    return label if label and label in (bare, bare.removesuffix("/")) else address
