"""What a file may be called when it is passed on. Pure."""

import unicodedata

#: They turn the direction of what follows: `\u202efdp.exe` would read as `exe.pdf`.
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain_name(name: str) -> str:
    """The name on one line, without folders and without characters that are not seen."""
    last = name.replace("\\", "/").rstrip("/ ").rsplit("/", 1)[-1]
    kept = (" " if letter.isspace() else letter for letter in last if letter not in _TURNS)
    seen = "".join(letter for letter in kept if unicodedata.category(letter) not in {"Cc", "Cs"})
    return " ".join(seen.split()).strip(".") or "file"
