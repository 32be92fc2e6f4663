"""Addresses that become links, and those that must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks.address import Address, is_disguised, parse_address


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
    ("label", "disguised"),
    [
        ("the report", False),
        ("a.example", False),
        ("https://www.a.example/x", False),
        ("bank.example", True),
        ("see BANK.EXAMPLE now", True),
        ("a.example.evil.com", True),
        ("bank\uff0eexample", True),  # a full-width dot
        ("bank\u3002example", True),  # one that browsers take for a dot
        ("ba\u200bnk\u00ad.example", True),  # with what nobody sees in it
        ("http://192.0.2.1/login", True),
        ("version 1.2.3", False),
        ("version 1.2", False),
    ],
)
def test_a_text_that_reads_like_another_address_is_seen(label: str, *, disguised: bool) -> None:
    assert is_disguised(label, Address("https://a.example/", "a.example")) is disguised
