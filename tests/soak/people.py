"""What people say during a crash test, and what they may expect of it."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from tests.soak.cities import City

FILLER = "A note from our city about what we have tried and what came of it, "
"""Longer than what is quoted of a post elsewhere, so that a number stands only in its own copy."""

PEOPLE = 2


@dataclass
class Said:
    """One message of a person. `revision` counts its edits."""

    number: int
    city: str
    channel: str
    person: int
    message: str
    root: "Said | None" = None
    file: str = ""
    revision: int = 0
    deleted: bool = False
    order: int = 0

    @property
    def token(self) -> str:
        """What tells this message from all others."""
        return token_of(self.number)

    @property
    def text(self) -> str:
        """What it says now."""
        return f"{FILLER}{self.token}-r{self.revision}"


def token_of(number: int) -> str:
    """The unique word of a message."""
    return f"tok{number:05d}"


@dataclass
class People:
    """Everybody, in all cities. `talk` lets them do one thing more."""

    cities: dict[str, City]
    channels: list[str]
    random: Random
    said: list[Said] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)

    async def talk(self) -> None:
        """Somebody does something: mostly writes, sometimes answers, edits, takes back, reacts."""
        act = self.random.choices(
            ["post", "reply", "edit", "delete", "react", "file"], [60, 17, 9, 4, 8, 2]
        )[0]
        older = [one for one in self.said[-60:] if not one.deleted]
        if not older and act not in ("post", "file"):
            act = "post"
        self.acts[act] = self.acts.get(act, 0) + 1
        match act:
            case "reply":
                await self._reply(self.random.choice(older))
            case "edit":
                await self._edit(self.random.choice(older))
            case "delete":
                await self._delete(self.random.choice(older))
            case "react":
                one = self.random.choice(older)
                person = (one.person + 1) % PEOPLE
                if one.number not in self._reacted:
                    self._reacted.add(one.number)
                    await self.cities[one.city].react(one.channel, person, one.message)
            case _:
                await self._post(with_file=act == "file")

    def __post_init__(self) -> None:
        self._reacted: set[int] = set()
        self._changing = asyncio.Lock()

    async def _post(self, *, with_file: bool) -> None:
        # Files in Teams channels stay in SharePoint, where a bot can't read them.
        able = [key for key, city in sorted(self.cities.items()) if city.in_slack or not with_file]
        city = self.random.choice(able)
        one = self._new(city, self.random.choice(self.channels))
        if with_file:
            one.file = f"costs-{one.number:05d}.txt"
            one.message = await self.cities[city].attach(
                one.channel, one.person, one.text, one.file
            )
        else:
            one.message = await self.cities[city].say(one.channel, one.person, one.text)
        self.said.append(one)

    async def _reply(self, to: Said) -> None:
        root = to.root or to
        one = self._new(to.city, to.channel)
        one.root = root
        city = self.cities[one.city]
        one.message = await city.say(one.channel, one.person, one.text, root.message)
        self.said.append(one)

    async def _edit(self, one: Said) -> None:
        one.revision += 1
        await self.cities[one.city].edit(one.channel, one.person, one.message, one.text)

    async def _delete(self, one: Said) -> None:
        one.deleted = True
        await self.cities[one.city].delete(one.channel, one.person, one.message)

    def _new(self, city: str, channel: str) -> Said:
        number = len(self.said)
        return Said(number, city, channel, self.random.randrange(PEOPLE), "")
