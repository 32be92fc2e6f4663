"""The rich_text block's own tree."""

from sandbox.slack.block_kit.shapes import (
    Check,
    anything,
    array,
    boolean,
    by_type,
    choice,
    integer,
    required,
    shape,
    string,
    url,
)

_STYLE = shape(
    dict.fromkeys(
        (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        ),
        boolean,
    )
)
_ID = string(255, shortest=1)
_TEXT = string(12_000, shortest=1)

_INLINE: dict[str, Check] = {
    "text": shape({"type": anything, "text": required(_TEXT), "style": _STYLE}),
    "link": shape(
        {
            "type": anything,
            "url": required(url(3000)),
            "text": string(12_000),
            "unsafe": boolean,
            "style": _STYLE,
        }
    ),
    "emoji": shape(
        {
            "type": anything,
            "name": required(_ID),
            "unicode": string(100),
            "skin_tone": integer(1, 6),
        }
    ),
    "user": shape({"type": anything, "user_id": required(_ID), "style": _STYLE}),
    "channel": shape({"type": anything, "channel_id": required(_ID), "style": _STYLE}),
    "usergroup": shape({"type": anything, "usergroup_id": required(_ID), "style": _STYLE}),
    "broadcast": shape(
        {
            "type": anything,
            "range": required(choice("here", "channel", "everyone")),
            "style": _STYLE,
        }
    ),
    "date": shape(
        {
            "type": anything,
            "timestamp": required(integer(0, 9_999_999_999)),
            "format": required(string(255, shortest=1)),
            "url": url(3000),
            "fallback": string(255),
            "style": _STYLE,
        }
    ),
}
_INLINES = array(by_type(_INLINE), most=1000, least=0)
_SECTION = shape({"type": anything, "elements": required(_INLINES)})
_FRAMED = shape({"type": anything, "elements": required(_INLINES), "border": integer(0, 1)})
_LIST = shape(
    {
        "type": anything,
        "elements": required(array(by_type({"rich_text_section": _SECTION}), most=1000)),
        "style": required(choice("bullet", "ordered")),
        "indent": integer(0, 8),
        "offset": integer(0, 10_000),
        "border": integer(0, 1),
    }
)
RICH_TEXT_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": _LIST,
    "rich_text_quote": _FRAMED,
    "rich_text_preformatted": _FRAMED,
}
