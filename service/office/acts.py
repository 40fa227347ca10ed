"""What the office can do, as entries of one list: who may, where, and what happens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core import office_words as words
from core.claims import Standing
from core.ports import Answer
from core.screens import Screen, Values
from core.text import Body, Paragraph, Text
from service.office.visit import Visit

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was sent: what its verb named, its state, and what was filled in."""

    argument: str
    state: str
    values: Values

    def one(self, name: str) -> str:
        """What was filled in, without spaces around it; empty when nothing was."""
        values = self.values.get(name) or ("",)
        return values[0].strip()[:_LONGEST]

    def many(self, name: str) -> tuple[str, ...]:
        """Everything that was chosen, each once."""
        given = (value.strip()[:_LONGEST] for value in self.values.get(name) or ())
        return tuple(dict.fromkeys(value for value in given if value))


class Who(StrEnum):
    """Who may do something."""

    ANYONE = "anyone"
    ADMIN = "admin"
    OPERATOR = "operator"


ANYWHERE = frozenset(Standing)
JOINING = frozenset(
    {
        Standing.UNCLAIMED,
        Standing.WAITING,
        Standing.REFUSED,
        Standing.FIRST_RUN,
        Standing.RUNNING,
        Standing.PAUSED,
        Standing.OPERATOR,
    }
)
TAKING_PART = frozenset({Standing.FIRST_RUN, Standing.RUNNING})
PRESENT = frozenset({Standing.FIRST_RUN, Standing.RUNNING, Standing.PAUSED})

Open = Callable[[Visit, str], Awaitable[Screen]]
Reach = Callable[[Visit, Filled], Awaitable[Any]]
Submit = Callable[[Visit, Filled, Any], Awaitable[Screen]]


@dataclass(frozen=True, slots=True)
class Act:
    """One verb. `changes`: opening it changes something already. `reach` asks a platform, without
    a transaction and before `submit`, which gets what it gave back."""

    who: Who
    where: frozenset[Standing]
    open: Open | None = None
    submit: Submit | None = None
    changes: bool = False
    reach: Reach | None = None


def lines(*texts: str) -> Body:
    """Each text a paragraph of its own."""
    return tuple(Paragraph((Text(text),)) for text in texts if text)


def sorry(text: str) -> Answer:
    """Say kindly that something can't be done."""
    return Answer(words.TITLE_SORRY, lines(text))


def number(text: str) -> int | None:
    """One of our numbers, or None when the text is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
