"""Many people at once: whatever they do, in the end every city shows the same talk."""

import random
from dataclasses import dataclass

import pytest

from tests.support.cities import CityAtWork, Seen
from tests.support.exchange_rig import ExchangeRig


@dataclass
class Said:
    """A post as its author knows it; `token` stands in its text and nowhere else."""

    token: str
    city: CityAtWork
    id: str
    root: "Said | None"
    version: int = 1
    deleted: bool = False

    @property
    def text(self) -> str:
        """What it says now."""
        return f"{self.token} says v{self.version}."


class Talk:
    """Acts at random, and remembers what should have come of it."""

    def __init__(self, rig: ExchangeRig, seed: int) -> None:
        self.rig = rig
        self.random = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self.posts: list[Said] = []

    def _standing(self) -> list[Said]:
        return [post for post in self.posts if not post.deleted]

    def _any_city(self) -> CityAtWork:
        return self.random.choice(list(self.rig.cities.values()))

    def say(self) -> None:
        """Somebody begins a thread."""
        self._write(self._any_city(), None, "")

    def reply(self) -> None:
        """Somebody answers a thread that they can see."""
        city = self._any_city()
        roots = [post for post in self._standing() if post.root is None]
        # In a joined message nobody can tell which of its posts an answer is for.
        seen = [(post, here) for post in roots if (here := _place(city, post, alone=True))]
        if seen:
            post, here = self.random.choice(seen)
            self._write(city, post, here)

    def _write(self, city: CityAtWork, root: Said | None, thread: str) -> None:
        said = Said(f"P{len(self.posts):03}", city, "", root)
        said.id = city.say(said.text, thread=thread)
        self.posts.append(said)

    def edit(self) -> None:
        """An author changes their words."""
        if posts := self._standing():
            post = self.random.choice(posts)
            post.version += 1
            post.city.edit(post.id, post.text)

    def delete(self) -> None:
        """An author takes their words back."""
        if posts := self._standing():
            post = self.random.choice(posts)
            post.deleted = True
            post.city.delete(post.id)

    async def act(self, count: int) -> None:
        """So many acts, some at once, some after a rest."""
        acts = [self.say, self.say, self.reply, self.reply, self.edit, self.delete]
        for _ in range(count):
            self.random.choice(acts)()
            if self.random.random() < 0.2:
                await self.rig.quiet(within=30)
        await self.rig.quiet(within=30)
        await self.rig.pass_time(60)

    def check(self) -> None:
        """Every city shows each standing post once, as it is now, in its thread."""
        for city in self.rig.cities.values():
            seen = city.seen()
            words = "\n".join(message.text for message in seen)
            for post in self.posts:
                shown = 0 if post.deleted else 1
                assert words.count(f"{post.token} says") == shown, (city.seed.label, post)
                assert words.count(post.text) == shown, (city.seed.label, post)
                if not post.deleted and post.root is not None and not post.root.deleted:
                    here = next(m for m in seen if post.text in m.text)
                    assert here.thread == _place(city, post.root), (city.seed.label, post)
            self._check_order(city, seen)

    def _check_order(self, city: CityAtWork, seen: list[Seen]) -> None:
        """Of one city, what was said first stands first."""
        words = "\n".join(message.text for message in seen if not message.thread)
        for other in self.rig.cities.values():
            roots = [p for p in self._standing() if p.city is other and p.root is None]
            places = [words.index(post.token) for post in roots]
            assert places == sorted(places), (city.seed.label, other.seed.label)


def _place(city: CityAtWork, post: Said, *, alone: bool = False) -> str:
    """Where a post stands in a city, empty when it has not arrived (or is not `alone` there)."""
    for message in city.seen():
        if f"{post.token} says" in message.text:
            return "" if alone and message.text.count(" says v") > 1 else message.id
    return ""


async def test_all_cities_end_with_the_same_talk(rig: ExchangeRig) -> None:
    talk = Talk(rig, 1)
    await talk.act(30)
    talk.check()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 12))
async def test_all_cities_end_with_the_same_long_talk(rig: ExchangeRig, seed: int) -> None:
    talk = Talk(rig, seed)
    await talk.act(80)
    talk.check()


@pytest.mark.soak
async def test_all_cities_end_with_the_same_talk_when_platforms_fail(rig: ExchangeRig) -> None:
    talk = Talk(rig, 11)
    rig.yellow_springs.faults(rate_limit={"retry_after": 2, "calls": 5}, lost_requests=3)
    rig.boston.faults(lost_answers=3)
    rig.st_paul.faults(preconditions_failed=3)
    rig.marfa.faults(rate_limit={"retry_after": 1, "calls": 4}, server_errors=4)
    await talk.act(60)
    for _ in range(4):
        await rig.pass_time(300)
    # Of an unclear answer in Teams nobody can know, so none was made there.
    talk.check()
