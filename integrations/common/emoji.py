"""Short names of emoji and their characters.

A short name is what Slack calls an emoji (`+1`, `wave::skin-tone-3`, `flag-us`); a custom emoji has
a name and no character.
"""

from functools import cache

import emoji

from integrations.common.emoji_names import SLACK_NAMES

_VARIATION = "\ufe0f"
_FIRST_TONE = 0x1F3FB
_TONES = {chr(_FIRST_TONE + number): number + 2 for number in range(5)}
_FIRST_REGIONAL = 0x1F1E6


def character_of(name: str) -> str:
    """The character of a short name, with or without colons; empty for a custom or unknown one."""
    base, _, tone = name.strip(":").partition("::skin-tone-")
    character = _characters().get(base) or _flag(base)
    if not character or tone not in {"2", "3", "4", "5", "6"}:
        return character
    modifier = chr(_FIRST_TONE + int(tone) - 2)
    return character[0] + modifier + character[1:].removeprefix(_VARIATION)


def name_of(character: str) -> str:
    """The short name of a character; empty when it is not one emoji, or has no name."""
    plain = character.replace(_VARIATION, "")
    if found := _names().get(plain):
        return found
    tones = {letter for letter in plain if letter in _TONES}
    if len(tones) == 1:
        tone = tones.pop()
        base = _names().get(plain.replace(tone, ""))
        return f"{base}::skin-tone-{_TONES[tone]}" if base else ""
    letters = [ord(letter) - _FIRST_REGIONAL for letter in plain]
    if len(letters) == 2 and all(0 <= letter < 26 for letter in letters):
        return "flag-" + "".join(chr(ord("a") + letter) for letter in letters)
    return ""


def _flag(name: str) -> str:
    country = name.removeprefix("flag-")
    if country == name or len(country) != 2 or not (country.isascii() and country.islower()):
        return ""
    return "".join(chr(_FIRST_REGIONAL + ord(letter) - ord("a")) for letter in country)


def _slack_names() -> list[tuple[str, list[str]]]:
    entries = [entry.split() for entry in SLACK_NAMES.split(",")]
    return [(character, names) for character, *names in entries]


@cache
def _characters() -> dict[str, str]:
    found: dict[str, str] = {}
    presentations: dict[str, str] = {}
    for character, facts in emoji.EMOJI_DATA.items():
        if facts["status"] != emoji.STATUS["fully_qualified"]:
            continue
        presentations[character.replace(_VARIATION, "")] = character
        for name in (facts["en"], *facts.get("alias", ())):
            found.setdefault(name.strip(":"), character)
    for plain, names in _slack_names():
        character = presentations.get(plain, plain)
        found.update(dict.fromkeys(names, character))
    return found


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for character, facts in emoji.EMOJI_DATA.items():
        plain = character.replace(_VARIATION, "")
        is_flag = len(plain) == 2 and all(0 <= ord(c) - _FIRST_REGIONAL < 26 for c in plain)
        if is_flag or any(letter in _TONES for letter in plain):
            continue
        found.setdefault(plain, facts.get("alias", [facts["en"]])[0].strip(":").lower())
    for plain, names in _slack_names():
        found[plain] = names[0]
    return found
