"""Who a text would notify: what tests want to find empty."""

import re
from collections.abc import Iterator

from sandbox.slack.wire import JsonObject, as_list, as_object, as_text

_LIVE = re.compile(
    r"<(?:@[UW][A-Z0-9]+|!(?:channel|here|everyone)|!subteam\^[A-Z0-9]+)(?:\|[^<>]*)?>"
)
_BARE = re.compile(r"(?<![\w<!@|])@(?:channel|here|everyone)\b")


def mentions_in(text: str, blocks: list[JsonObject], *, link_names: bool) -> list[str]:
    """What would notify, as written: `<@U…>`, `<!channel>`, bare `@here` where that is parsed."""
    found = [*_LIVE.findall(text), *(_BARE.findall(text) if link_names else [])]
    for block in blocks:
        found.extend(_in_value(block))
    return list(dict.fromkeys(found))


def _in_value(value: object) -> Iterator[str]:
    content = as_object(value)
    if content is None:
        for entry in as_list(value) or []:
            yield from _in_value(entry)
        return
    kind = as_text(content.get("type"))
    if kind in {"mrkdwn", "markdown"}:
        text = as_text(content.get("text"))
        yield from _LIVE.findall(text)
        # mrkdwn is parsed for bare names unless it says verbatim.
        if content.get("verbatim") is not True:
            yield from _BARE.findall(text)
    elif kind == "user":
        yield f"<@{content.get('user_id')}>"
    elif kind == "usergroup":
        yield f"<!subteam^{content.get('usergroup_id')}>"
    elif kind == "broadcast":
        yield f"<!{content.get('range')}>"
    for entry in content.values():
        yield from _in_value(entry)
