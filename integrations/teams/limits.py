"""What Teams allows, in one table.

Sources on learn.microsoft.com: "Optimize your bot with rate limiting", "Format your bot messages",
"Conversation basics", "Create connections with message size limits in mind".
"""

from dataclasses import dataclass

from core.pace import Pace


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and rates. Sizes are in bytes of UTF-16, which is how Teams counts."""

    #: Teams refuses at about 100 KB and advises 80; we cut far earlier, where people stop reading.
    part_size: int = 20_000
    most_size: int = 80_000
    #: Inline pictures: 1 MB; PNG, JPEG or GIF.
    inline_size: int = 1_000_000
    inline_types: frozenset[str] = frozenset({"image/png", "image/jpeg", "image/gif"})
    request_size: int = 1_048_576
    pointer_words: int = 60
    card_text: int = 20_000
    input_text: int = 2_000
    #: More than this are looked up while one types.
    choices: int = 100
    #: "Typeahead search in Adaptive Cards": a list shows at most 15.
    found: int = 15
    #: A row of buttons; Teams shows six at most, and three are still legible on a phone.
    buttons: int = 3


LIMITS = Limits()

THREAD_PACES = (
    # 7 in 1 s and 8 in 2 s: four at once, then one every 0.6 s, is 5 in the first second and at
    # most 7 in any two.
    Pace(interval=0.6, burst=4),
    # 60 in 30 s and 1,800 in 3,600 s: 0.6 s allows 50 in 30 s; after 300 at that pace, one every
    # 2.5 s. In any hour that is at most 300 + 1,440 = 1,740.
    Pace(interval=2.5, burst=300),
)
"""How fast one conversation may be written to. Teams counts per thread; we count per conversation,
since new threads of a channel are counted too."""


def utf16_size(text: str) -> int:
    """How many bytes a text has when Teams counts it."""
    return len(text.encode("utf-16-le", "surrogatepass"))
