"""Teams' reactions and the emoji they stand for.

Six have names of their own; the others are called by code points and name, `1f440_eyes`, with
`-tone3` for a skin tone ("Teams Reactions Reference" on learn.microsoft.com).
"""

import re
from functools import cache

import emoji

from integrations.common.emoji import character_of, name_of

_NAMED = {
    "like": ("+1", "👍"),
    "yes": ("+1", "👍"),
    "heart": ("heart", "❤️"),
    "laugh": ("laughing", "😆"),
    "surprised": ("open_mouth", "😮"),
    "sad": ("cry", "😢"),
    "angry": ("angry", "😠"),
    "launch": ("rocket", "🚀"),
}
_POINTS = re.compile(r"^((?:1f[0-9a-f]{3}|[0-9a-f]{4})+)_")
_POINT = re.compile(r"1f[0-9a-f]{3}|[0-9a-f]{4}")
_TONE = re.compile(r"-tone([1-5])$")
_LIGHTEST = 0x1F3FB
_PLAIN_NAME = re.compile(r"[^a-z0-9_+-]+")
_MOST_NAME = 60


def emoji_of(reaction: str) -> tuple[str, str]:
    """The short name and the character of a reaction; a custom one has no character."""
    tone = _TONE.search(reaction)
    base = reaction[: tone.start()] if tone else reaction
    name, character = _NAMED.get(base, ("", ""))
    if not character and (points := _POINTS.match(base)):
        character = "".join(chr(int(point, 16)) for point in _POINT.findall(points[1]))
    if character and tone:
        modifier = chr(_LIGHTEST + int(tone[1]) - 1)
        character = character[0] + modifier + character[1:].removeprefix("\ufe0f")
        name = ""
    known = name or name_of(character)
    if known:
        return known, character
    custom = _PLAIN_NAME.sub("_", base.partition(";")[0].lower())[:_MOST_NAME]
    return custom or "reaction", ""


def reaction_of(name: str) -> str:
    """What Teams calls the emoji with this short name; empty when it has no such emoji."""
    character = character_of(name)
    plain = character.replace("\ufe0f", "")
    if not plain:
        return ""
    for reaction, (_, given) in _NAMED.items():
        if given.replace("\ufe0f", "") == plain:
            return reaction
    english = _english_names().get(plain, "")
    points = "".join(f"{ord(letter):04x}" for letter in plain)
    return f"{points}_{english}" if english else ""


@cache
def _english_names() -> dict[str, str]:
    return {
        character.replace("\ufe0f", ""): re.sub(r"[^a-z0-9]", "", str(facts["en"]).lower())
        for character, facts in emoji.EMOJI_DATA.items()
    }
