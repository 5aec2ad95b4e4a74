"""Secrets are taken out of texts, and words are left whole."""

from __future__ import annotations

import pytest

from shopify_assets import redaction
from shopify_assets.redaction import looks_secret, masked, remember, shown

TOKEN = "shpat_" + "a1" * 16


@pytest.mark.parametrize(
    ("text", "secrets", "shown"),
    [
        ('password "p" is wrong, port 1', ["p"], 'password "***" is wrong, port 1'),
        ("postgresql://u:postgres@host", ["postgres"], "postgresql://u:***@host"),
        ("a p@ss! b p@ss!x", ["p@ss!"], "a *** b p@ss!x"),
        (f"x{'k' * 16}y", ["k" * 16], "x***y"),
        ("abc abcdef", ["abc", "abcdef"], "*** ***"),
        (f"got {TOKEN}, again {TOKEN.upper()}", [], "got ***, again ***"),
        ("nothing to hide", [""], "nothing to hide"),
        ("at http://me:p%40ss@proxy:1/", [], "at http://me:***@proxy:1/"),
        ("like ftp://user:password@host", [], "like ftp://user:password@host"),
        (
            "https://files/x?a=1&X-Goog-Signature=ab%2F&b=2",
            [],
            "https://files/x?a=1&X-Goog-Signature=***&b=2",
        ),
    ],
)
def test_whole_secrets_are_masked_and_no_word_is_torn(
    text: str, secrets: list[str], shown: str
) -> None:
    assert masked(text, secrets) == shown


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        (TOKEN, True),
        ("shpca_1", True),
        ("SHPSS_1", True),
        ("shprt_1", True),
        ("0123456789abcdef" * 2, True),
        ("MY_STORE_TOKEN", False),
        ("shopify_token", False),
        ("shipping_token", False),
    ],
)
def test_what_looks_like_a_secret_of_shopifys(text: str, *, is_secret: bool) -> None:
    assert looks_secret(text) is is_secret


def test_what_the_process_has_read_is_masked_in_whatever_it_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "_known", {})
    assert shown("see known-0123456789-abc\x07") == "see known-0123456789-abc\\x07"
    remember("known-0123456789-abc")
    assert shown("see known-0123456789-abc\n2", lines=True) == "see ***\n2"


def test_of_the_secrets_of_a_long_life_the_newest_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redaction, "_known", {})
    for number in range(5000):
        remember(f"rotated-token-{number:04}")
    assert masked("rotated-token-4999") == "***"
    assert masked("rotated-token-0000") == "rotated-token-0000"
