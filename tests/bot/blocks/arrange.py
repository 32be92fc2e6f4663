"""Findings to render, and the texts that hostile pages and people send."""

from typing import Final

from monitors.domain.event import EventBody, EventGroup, MonitorEvent, Source, TextBody

HOSTILE: Final = (
    "<!channel> <!here|here> <!everyone> <@U0BOSS> <#C0ALL> <!subteam^S1|@all>",
    "@here @channel @EVERYONE @group",
    "<https://evil.example|https://bank.example>",
    "[https://bank.example](https://evil.example)",
    "[bank.example/login](https://evil.example/login)",
    "[click](javascript:alert(1)) [x](data:text/html,1) [y](slack://user?team=T1&id=U1)",
    "[a|b>c](https://evil.example/|x>y<z)",
    "![img](https://evil.example/a.png)",
    "https://bank.example@evil.example/ http://bank.example\\@evil.example",
    "\u202ehttps://elpmaxe.live/\u202c and \u2066isolated\u2069",
    "&lt;!channel&gt; &amp;lt;!here&amp;gt; &#60;!here&#62;",
    "`<!here>` ```<!channel>``` *<!here>* _<@U1>_",
    "\x00\x01\x1b[31m\x7f \ud800 \udfff \ufffe",
    "a\r\nb\rc\u2028d\u2029e\x0bf\x0cg",
    "\u200fمرحبا بالعالم\u200f 👩‍👩‍👧‍👦🏳️‍🌈 é",  # noqa: RUF001 - Arabic is what is meant
    "<<<>>> ||| &&& ***___~~~```",
    "- " * 400,
    "> " * 400,
    "**" * 400,
    "[" * 400 + "](" * 400,
    "\n" * 300,
    " \t\n\u00a0\u200b",
)


def event(body: EventBody | str, *sources: Source, event_id: str = "mevt_1") -> MonitorEvent:
    shaped = TextBody(body) if isinstance(body, str) else body
    return MonitorEvent(event_id, "mevtgrp_1", shaped, sources=sources)


def group(*events: MonitorEvent) -> EventGroup:
    return EventGroup("monitor_1", "mevtgrp_1", events)
