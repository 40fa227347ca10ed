"""Short names and characters of emoji."""

import pytest

from integrations.common.emoji import character_of, name_of


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("+1", "👍"),
        ("thumbsup", "👍"),
        ("tada", "🎉"),
        ("slightly_smiling_face", "🙂"),
        ("heart", "❤️"),
        ("flag-us", "🇺🇸"),
        ("us", "🇺🇸"),
        ("flag-at", "🇦🇹"),
        ("large_green_circle", "🟢"),
        ("globe_with_meridians", "🌐"),
        ("hourglass_flowing_sand", "⏳"),
        ("female-firefighter", "👩‍🚒"),
        ("wave::skin-tone-3", "👋🏼"),
        (":one:", "1️⃣"),
    ],
)
def test_a_short_name_has_its_character(name: str, character: str) -> None:
    assert character_of(name) == character


@pytest.mark.parametrize("name", ["", "boston-strong", "flag-USA", "flag-ä1", "constructor"])
def test_a_custom_emoji_has_none(name: str) -> None:
    assert character_of(name) == ""


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("👍", "+1"),
        ("❤", "heart"),
        ("❤️", "heart"),
        ("🇦🇹", "flag-at"),
        ("🇺🇸", "us"),
        ("👋🏼", "wave::skin-tone-3"),
        ("🤔", "thinking_face"),
        ("🟢", "large_green_circle"),
        ("a", ""),
        ("", ""),
        ("👍👍", ""),
    ],
)
def test_a_character_has_the_name_that_slack_knows(character: str, name: str) -> None:
    assert name_of(character) == name


def test_every_name_leads_back() -> None:
    names = ["wave", "memo", "house", "man_in_business_suit_levitating", "e-mail", "face_palm"]
    assert {name: name_of(character_of(name)) for name in names} == {name: name for name in names}
