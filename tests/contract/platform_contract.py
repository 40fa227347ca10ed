"""What every platform must keep, checked the same way for each.

A platform's test file makes a `Subject` and derives a class `Test…` from `PlatformContract`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.events import (
    Ignored,
    Malformed,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    Received,
)
from core.ids import ExternalMember, ExternalTenant, PlatformName
from core.ports import (
    Content,
    Part,
    Platform,
    SupportsEdit,
    SupportsFiles,
    SupportsHistory,
    SupportsLookUp,
    SupportsMembers,
    SupportsReact,
    SupportsRemove,
)
from core.posts import Author
from core.text import Body, MemberKey, Mention, Paragraph, paragraph, plain_text

Payload = Mapping[str, Any]

AUTHOR = Author("Ana Ruiz", "Boston, MA")

ATTACKS = (
    "<!channel>",
    "<!here|here>",
    "<@U123>",
    "<!subteam^S1>",
    "<at>everyone</at>",
    '<at id="0">Ana</at>',
    "<b>bold</b><script>alert(1)</script>",
    "@channel @here @everyone",
    "[a](javascript:alert(1))",
    "&lt;!channel&gt;",
    "<https://evil.example|your bank>",
)

SUPPORTS = {
    "edit": SupportsEdit,
    "remove": SupportsRemove,
    "react": SupportsReact,
    "look_up": SupportsLookUp,
    "history": SupportsHistory,
    "files": SupportsFiles,
    "members": SupportsMembers,
}

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=25,
)
#: The same check runs for several classes, which Hypothesis would otherwise take for a mistake.
SHARED = settings(suppress_health_check=[HealthCheck.differing_executors], max_examples=50)


@dataclass(frozen=True)
class Subject:
    """A platform and what the checks must know of its form.

    `said` is a person's message, `own` everything the platform tells of our own messages (posted,
    edited, deleted). `receive` is what the webhook puts into the inbox. `read_back` is what parsing
    would find in a part that somebody had written; `powers` what in a part would be more than text
    there (a mention, markup that was not ours). `size` measures a part against `most`.
    """

    platform: Platform
    tenant: ExternalTenant
    said: Payload
    own: tuple[Payload, ...]
    receive: Callable[[Payload], Received]
    read_back: Callable[[Part], Body]
    powers: Callable[[Part], list[str]]
    size: Callable[[Part], int]
    most: int


def mutations(payload: Any) -> st.SearchStrategy[Any]:
    """A real payload in which anything may be something else."""
    if isinstance(payload, dict):
        kept = st.fixed_dictionaries({key: mutations(value) for key, value in payload.items()})
        fewer = st.sets(st.sampled_from(sorted(payload))) if payload else st.just(set())
        return st.builds(
            lambda whole, gone: {k: v for k, v in whole.items() if k not in gone}, kept, fewer
        )
    if isinstance(payload, list):
        items = [mutations(item) for item in payload]
        return st.tuples(*items).map(list) | LEAVES
    return st.just(payload) | st.just(payload) | st.just(payload) | ANY_JSON


class PlatformContract:
    """The checks. Derive a class and set `subject`."""

    subject: ClassVar[Subject]

    def content(self, body: Body, **more: Any) -> Content:
        """A post to be shown in the subject's tenant."""
        return Content(AUTHOR, body, self.subject.tenant, **more)

    def test_abilities_are_what_the_class_can_do(self) -> None:
        abilities = self.subject.platform.abilities
        can = {name: isinstance(self.subject.platform, kind) for name, kind in SUPPORTS.items()}
        assert {name: getattr(abilities, name) for name in SUPPORTS} == can

    def test_paces_are_usable(self) -> None:
        paces = self.subject.platform.paces
        assert paces
        assert all(pace.interval > 0 and pace.burst >= 1 for pace in paces)

    @SHARED
    @given(payload=st.dictionaries(st.text(max_size=12), ANY_JSON))
    def test_parse_never_raises_on_any_object(self, payload: dict[str, Any]) -> None:
        parsed = self.subject.platform.parse(payload)
        assert isinstance(parsed, Ignored | Malformed)

    @SHARED
    @given(data=st.data())
    def test_parse_never_raises_on_a_damaged_payload(self, data: st.DataObject) -> None:
        whole = data.draw(st.sampled_from([self.subject.said, *self.subject.own]))
        damaged = data.draw(mutations(whole))
        parsed = self.subject.platform.parse(damaged)
        if isinstance(parsed, Ignored | Malformed):
            assert parsed.reason
        else:
            assert parsed.at.tzinfo is not None

    def test_a_message_is_understood(self) -> None:
        event = self.subject.platform.parse(self.subject.said)
        assert isinstance(event, MessagePosted)
        assert event.author.external_id
        assert event.body
        assert not event.ours

    def test_our_own_messages_are_known(self) -> None:
        assert self.subject.own
        for payload in self.subject.own:
            event = self.subject.platform.parse(payload)
            if not isinstance(event, Ignored):
                assert isinstance(event, MessagePosted | MessageEdited | MessageDeleted)
                assert event.ours

    def test_the_same_payload_has_the_same_key_and_lane(self) -> None:
        payloads = [self.subject.said, *self.subject.own]
        for payload in payloads:
            if isinstance(self.subject.platform.parse(payload), Ignored):
                continue
            again = json.loads(json.dumps(payload))
            first, second = self.subject.receive(payload), self.subject.receive(again)
            assert (first.key, first.lane, first.at) == (second.key, second.lane, second.at)
            assert first.platform == self.subject.platform.name

    def test_rendering_is_pure(self) -> None:
        content = self.content(paragraph("The same every time"), notes=("A note",))
        first = self.subject.platform.render([content])
        assert first == self.subject.platform.render([content])
        assert json.dumps([dict(part.payload) for part in first])

    def test_an_empty_post_is_still_a_message(self) -> None:
        assert len(self.subject.platform.render([self.content(())])) == 1

    def test_several_posts_make_one_message_in_order(self) -> None:
        posts = [self.content(paragraph(text)) for text in ("First", "Second", "Third")]
        (part,) = self.subject.platform.render(posts)
        said = plain_text(self.subject.read_back(part))
        assert said.index("First") < said.index("Second") < said.index("Third")

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_text_has_no_power(self, attack: str) -> None:
        content = self.content(paragraph(attack), notes=(attack,), in_reply_to=attack)
        for part in self.subject.platform.render([content]):
            assert self.subject.powers(part) == []

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_a_name_has_no_power(self, attack: str) -> None:
        author = Author(attack, attack)
        content = Content(author, paragraph("Hello"), self.subject.tenant)
        for part in self.subject.platform.render([content]):
            assert self.subject.powers(part) == []

    def test_a_person_of_another_place_is_only_named(self) -> None:
        elsewhere = MemberKey(PlatformName("elsewhere"), self.subject.tenant, ExternalMember("U1"))
        body = (Paragraph((Mention("Bo Lee", elsewhere, "Marfa, TX"),)),)
        (part,) = self.subject.platform.render([self.content(body)])
        assert self.subject.powers(part) == []
        assert "Bo Lee (Marfa, TX)" in plain_text(self.subject.read_back(part))

    @SHARED
    @given(
        words=st.lists(
            st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40),
            min_size=1,
            max_size=30,
        ),
        times=st.integers(1, 60),
    )
    def test_long_text_is_split_within_the_limits_and_nothing_is_lost(
        self, words: list[str], times: int
    ) -> None:
        text = " ".join(words * times)
        parts = self.subject.platform.render([self.content(paragraph(text))])
        assert not parts[0].in_thread
        assert all(part.in_thread for part in parts[1:])
        assert all(self.subject.size(part) <= self.subject.most for part in parts)
        said = " ".join(plain_text(self.subject.read_back(part)) for part in parts)
        assert "".join(said.split()) == "".join(text.split())
