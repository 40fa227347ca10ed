"""Forms and the home page, described without any platform: each platform gives them its own looks.

A verb names what a button or a form does. A form is sent back with its verb, its `state` and what
was filled in; the answer is the next screen, or the same form with what is wrong in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.ports import Answer, Asker, Choice
from core.text import Body


class FieldKind(StrEnum):
    """What is asked for. Values are always texts; people and conversations are a platform's ids."""

    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "choice"
    CHOICES = "choices"
    SEARCH = "search"
    PERSON = "person"
    PEOPLE = "people"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. `detail` tells equals apart, such as 61 places called Washington."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. `values` is what stands in it already; `problem` what is wrong with that.

    A `SEARCH` field gets its options from `Office.suggest` while somebody types.
    """

    name: str
    label: str
    kind: FieldKind
    hint: str = ""
    options: tuple[Option, ...] = ()
    values: tuple[str, ...] = ()
    optional: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One step: at most five fields. `title` has at most 24 characters, `submit` is a verb.

    `state` is handed back as it is; it holds no secret, at most 1,000 characters.
    """

    verb: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    intro: Body = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the home page: a heading, some text, and buttons."""

    heading: str
    body: Body = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Home:
    """My city and my settings, on one page."""

    title: str
    sections: tuple[Section, ...]


_SAID_TO_THE_OFFICE = {
    "home": "home",
    "my city": "home",
    "settings": "home",
    "set up": "setup",
    "setup": "setup",
}


def office_verb(words: str) -> str | None:
    """The verb that words spoken to the bot stand for, such as `settings`; None when none."""
    return _SAID_TO_THE_OFFICE.get(" ".join(words.casefold().split()).rstrip("?!. "))


def is_office_verb(verb: str) -> bool:
    """Whether a button belongs to the office, not to the front desk: `home`, `setup`, or a verb
    with a dot such as `claim.city` or `links.edit:7`."""
    return verb in ("home", "setup") or "." in verb.partition(":")[0]


Screen = Answer | Form
Values = Mapping[str, tuple[str, ...]]
"""What was filled in, by field; a field that was left empty has no values."""


@dataclass(frozen=True, slots=True)
class Guest:
    """An asker with what the platform knows: their name, e-mail address, and whether they are an
    admin of the workspace. The workspace may be unknown to the exchange as yet."""

    asker: Asker
    name: str = ""
    email: str = ""
    is_admin: bool = False


class Office(Protocol):
    """Where a city sets itself up and administers what it takes part in.

    Every method answers within a platform's three seconds: it reads and writes our database, and
    calls a platform only to make or join a conversation.
    """

    async def home(self, guest: Guest) -> Home:
        """The home page of a person, with what they may do."""
        ...

    async def open(self, guest: Guest, verb: str) -> Screen:
        """What a button opens. An unknown verb, or one the guest may not use, says so kindly."""
        ...

    async def submit(self, guest: Guest, verb: str, state: str, values: Values) -> Screen:
        """What follows a form: the next step, an answer, or the form again with what is wrong."""
        ...

    async def suggest(self, guest: Guest, verb: str, name: str, typed: str) -> tuple[Option, ...]:
        """At most 20 options for a `SEARCH` field, best first."""
        ...
