"""Addresses that become links, and those that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.blocks.address import Address, address_length, parse_address


@pytest.mark.parametrize(
    ("text", "url", "host"),
    [
        ("https://a.example", "https://a.example", "a.example"),
        (" HTTPS://www.A.example/B ", "https://www.a.example/B", "a.example"),
        ("http://a.example:8080/x", "http://a.example:8080/x", "a.example"),
        ("https://a.example/a%20b|c", "https://a.example/a%20b%7Cc", "a.example"),
        ("https://a.example/é?q=ü#ñ", "https://a.example/%C3%A9?q=%C3%BC#%C3%B1", "a.example"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x", "127.0.0.1"),
        ("http://[::1]/x", "http://[::1]/x", "[::1]"),
    ],
)
def test_a_web_address_is_kept_in_plain_ascii(text: str, url: str, host: str) -> None:
    assert parse_address(text) == Address(url, host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "//a.example/x",
        "javascript:alert(1)",
        "mailto:a@b.example",
        "slack://user?id=U1",
        "https://",
        "https:///x",
        "https://bank.example@evil.example/",
        "https://evil.example\\@bank.example/",
        "https://evil\t.example/",
        "https://a.example/\n<!here>",
        "https://a.example:port/",
        "https://[::1/",
        "https://straße.example/",
        "https://a b.example/",
        "https://\ud800.example/",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_what_could_deceive_does_not_become_a_link(text: str) -> None:
    assert parse_address(text) is None


@given(st.text(alphabet=st.characters(codec=None)))
def test_no_text_breaks_the_reading(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://a.example/{text}"):
        address = parse_address(candidate)
        assert address is None or (address.url.isascii() and not set(address.url) & set("<>| "))


@pytest.mark.parametrize(
    ("address", "after"),
    [
        ("https://x.example/a", "\uff0c然后"),
        ("https://x.example/a", "。次"),
        ("https://x.example/a", "、b"),
        ("https://x.example/a", "\uff08注\uff09"),
        ("https://x.example/a", "」と"),
        ("https://x.example/a", "”"),
        ("https://x.example/a", "\u2019s"),
        ("https://x.example/a", "» and"),
        ("https://x.example/a", "—b"),
        ("https://x.example/a", "\u2013b"),
        ("https://x.example/a", "… more"),
        ("https://x.example/a", "\u200bb"),
        ("https://x.example/a", "\u3000b"),
        ("https://x.example/paper", "を参照"),
        ("https://x.example", "を見る"),
        ("https://x.example/report", "смотри"),
        ("https://x.example/a?b=c&d=e", "."),
        ("https://x.example/a", ")."),
        ("https://x.example/a", "]"),
        ("https://x.example/b_(c)", ","),
        ("https://x.example:8080/a#b", ", and"),
        ("https://ja.wikipedia.org/wiki/日本", "。"),
        ("https://ja.wikipedia.org/wiki/東京2020オリンピック", " で"),
        ("https://x.example/статья", " и"),
        ("https://x.example/Köln", "."),
        ("https://例え.jp/あ", "」"),
        ("http://192.0.2.1/a", "!"),
        ("http://[2001:db8::1]/a", ";"),
        ("https://x.example/a", "|b"),
        ("https://x.example/a", "<b"),
    ],
)
def test_an_address_ends_where_its_sentence_goes_on(address: str, after: str) -> None:
    assert address_length(f"{address}{after}") == len(address)


@pytest.mark.parametrize(
    "text",
    [
        *("https://", "https:///a", "https://https://", "ftp://a.example", "x"),
        # Each would lead to the beginning of its host.
        "https://good.co\u200bm.evil.example/",
        "https://a.exam\u00adple/x",
        "https://www.ex\u0430mple.com/x",
        "https://ex\u0430mple.com/x",
        "https://a\u2024example.com/x",
    ],
)
def test_what_begins_with_no_address_has_no_length(text: str) -> None:
    assert address_length(text) == 0
