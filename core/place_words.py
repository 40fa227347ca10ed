"""How names of places are compared: without case, accents, dots and short forms."""

import re
import unicodedata
from dataclasses import dataclass

from core.states import STATE_NAMES

_WORD = re.compile(r"[a-z0-9]+")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
_APOSTROPHES = str.maketrans("", "", "'’‘ʻ`´")
_LONG_FORMS = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount", "mtn": "mountain"}
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west"}
_MOST_WORDS = 12
_KINDS = {"city", "town", "village", "borough", "municipality"}


def folded(text: str) -> list[str]:
    """The words of a text as they are compared: `St. Paul` is `saint paul`, `D.C.` is `dc`."""
    plain = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    joined = _INITIALS.sub(lambda found: found[0].replace(".", ""), letters)
    words = _WORD.findall(joined)
    # The last word stays: "Butte MT" is in Montana, "St" may become Stockton.
    before_last = [_LONG_FORMS.get(word, word) for word in words[:-1]]
    if before_last:
        before_last[0] = _DIRECTIONS.get(before_last[0], before_last[0])
    return before_last + words[-1:]


_STATES_BY_NAME = {tuple(folded(name)): code for code, name in STATE_NAMES.items()}
_LONGEST_STATE = max(len(name) for name in _STATES_BY_NAME)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for: all the words, and the name and the state among them.

    Without a state in the text, `state` is empty and `name` holds all the words; `name` is empty
    when only a state was given, by its code in capitals.
    """

    words: tuple[str, ...]
    name: tuple[str, ...]
    state: str = ""


def asked(text: str) -> list[Asked]:
    """How to understand what was typed, the most literal way first; nothing for no words."""
    if text.strip() in STATE_NAMES:
        return [Asked((text.strip().lower(),), (), text.strip())]
    words = tuple(folded(text)[:_MOST_WORDS])
    readings = [words]
    if len(words) > 2 and words[0] in _KINDS and words[1] == "of":
        readings.append(words[2:])
    found = [_with_state(reading) for reading in readings if reading]
    for reading in list(found):
        # "Yellow Springs village" is Yellow Springs, but "Kansas City" is not Kansas.
        if len(reading.name) > 1 and reading.name[-1] in _KINDS:
            name = reading.name[:-1]
            words = (*name, reading.state.lower()) if reading.state else name
            found.append(Asked(words, name, reading.state))
    return found


def _with_state(words: tuple[str, ...]) -> Asked:
    for length in range(min(_LONGEST_STATE, len(words) - 1), 0, -1):
        if state := _state(words[-length:]):
            return Asked(words, words[:-length], state)
    if len(words) > 1 and (state := _state(words[:1])):
        return Asked(words, words[1:], state)
    return Asked(words, words)


def _state(words: tuple[str, ...]) -> str:
    if len(words) == 1 and words[0].upper() in STATE_NAMES:
        return words[0].upper()
    return _STATES_BY_NAME.get(words, "")
