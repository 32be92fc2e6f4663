"""Whatever people type is watched exactly as typed, and shown without pinging anyone."""

from typing import cast

import pytest

from tests.first import first, first_rows
from tests.flows.world import ADA, Json, World, shown_in

LONG = ("All news about the port of Rotterdam, its tariffs & its <tides>. " * 50)[:3000]

TYPED = [
    "payload schema changes in the Stripe API",
    "payload={}&payload=x",
    "🚀 launches by 🇯🇵 JAXA, 👩‍🔬 included",
    "prices | quotas & <tariffs> for *steel* _today_ ~not~ `now`",
    "https://example.com/search?q=a&b=c|d#top and ftp://x.y/z",
    "أخبار الذكاء الاصطناعي اليوم",
    "חדשות \u202e reversed \u202c and back",
    "first line\nsecond line\n\n• third",
    "a @channel @here @everyone b",
    "100% of $5 \\ backslash \\n and \"quotes\" 'too'",
    "“curly” \u2013 dashes — stay … as typed",
    "daily active users of Threads",
    "every 6h something",
    "<!channel> <!here> <@U0BEN00001>",
    "&amp; typed &lt;as&gt; entities",
    LONG,
]


@pytest.mark.parametrize("typed", first(4, TYPED), ids=lambda typed: typed[:20].encode().hex()[:16])
def test_a_query_is_watched_to_the_letter_and_shown_so(world: World, typed: str) -> None:
    thread, _ = world.watch(typed)
    (monitor,) = world.monitors()
    assert monitor["query"] == typed
    (card,) = world.cards()
    assert card["ts"] == thread.ts
    assert "".join(typed.split()) in "".join(shown_in(card).split())
    assert card["pings"] == [f"<@{ADA}>"]


@pytest.mark.parametrize(
    ("arrives", "meant"),
    first_rows(
        3,
        [
            ("what <@U0BEN00001|ben> said in <#C0GENERAL1|general>", "what @ben said in #general"),
            ("<http://sec.gov|sec.gov> filings", "sec.gov filings"),
            ("<https://a.example/?x=1&amp;y=2> &amp; more", "https://a.example/?x=1&y=2 & more"),
            ("mail <mailto:ir@acme.example|ir@acme.example>", "mail ir@acme.example"),
            ("<!subteam^S0TEAM00001|@analysts> notes", "@analysts notes"),
            ("rates &lt; 3% &amp;lt; 4", "rates < 3% &lt; 4"),
        ],
    ),
)
def test_what_slack_marked_up_is_unwrapped_to_what_was_meant(
    world: World, arrives: str, meant: str
) -> None:
    world.command("/monitor", arrives, raw=True)
    world.until_watching()
    assert world.monitors()[0]["query"] == meant


def test_a_hostile_query_pings_nobody_in_card_list_or_finding(world: World) -> None:
    hostile = "<!channel> <@U0BEN00001> @here <https://evil.example|https://bank.example>"
    thread, monitor_id = world.watch(hostile)
    world.run(
        monitor_id,
        events=[
            {
                "event_type": "event_stream",
                "output": {
                    "type": "text",
                    "content": f"{hostile} [bank.example](https://evil.example/login)",
                    "basis": [
                        {
                            "field": "output",
                            "reasoning": "r",
                            "citations": [
                                {"url": "javascript:alert(1)", "title": "<!everyone>"},
                                {"url": "https://ok.example/a|b c<d>", "title": "<@U0BEN00001>"},
                            ],
                        }
                    ],
                },
            }
        ],
    )
    (finding,) = world.until(lambda: world.reply_messages(thread))
    world.command("/monitor", "list")
    world.until(lambda: any("in this channel" in each for each in world.whispers()))
    (card,) = world.cards()
    assert finding["pings"] == []
    assert card["pings"] == [f"<@{ADA}>"]
    whispers = [each for each in cast("list[Json]", world.state()["ephemerals"]) if each["pings"]]
    assert whispers == []
    assert '"url": "javascript' not in str(finding["blocks"]).replace("'", '"')


def test_a_query_of_ten_thousand_characters_is_watched_whole_and_the_card_says_so(
    world: World,
) -> None:
    query = "tariffs " * 1250
    thread, _ = world.watch(query)
    assert world.monitors()[0]["query"] == query.strip()
    (card,) = world.cards()
    assert "more characters" in shown_in(card)
    assert card["ts"] == thread.ts
