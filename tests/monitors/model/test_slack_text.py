"""Slack's escaping, undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.model.slack_text import unwrap_slack_text


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("plain", "plain"),
        ("<@U123|ann>", "@ann"),
        ("<@U123>", "@U123"),
        ("<@W123|ann lee>", "@ann lee"),
        ("<#C123|general>", "#general"),
        ("<#C123|>", "#C123"),
        ("<!here>", "@here"),
        ("<!channel|@channel>", "@channel"),
        ("<!subteam^S1|@team>", "@team"),
        ("<!date^1392734382^{date}|Feb 18, 2014>", "Feb 18, 2014"),
        ("<http://sec.gov|sec.gov>", "sec.gov"),
        ("<http://sec.gov/|sec.gov>", "sec.gov"),
        ("<https://sec.gov>", "https://sec.gov"),
        ("<https://a.b/?x=1&amp;y|label>", "https://a.b/?x=1&y"),
        ("<http://a.b/?x&amp;y|a.b/?x&amp;y>", "a.b/?x&y"),
        ("<mailto:ann@a.example|ann@a.example>", "ann@a.example"),
        ("<tel:+123|+123>", "+123"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt; &amp;amp;", "&lt; &amp;"),
        ("&lt;!here&gt;", "<!here>"),
        ("&copy; &#60;", "&copy; &#60;"),
        ("<>", "<>"),
        ("<b>", "<b>"),
        ("a < b", "a < b"),
        ("<@>", "<@>"),
        ("<!>", "<!>"),
        ("x<@U1|a><#C1|b>y", "x@a#by"),
    ],
)
def test_a_token_becomes_what_was_typed(sent: str, typed: str) -> None:
    assert unwrap_slack_text(sent) == typed


@given(st.text(alphabet=st.characters(codec=None)))
def test_what_slack_escaped_comes_back_whole(typed: str) -> None:
    sent = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert unwrap_slack_text(sent) == typed
