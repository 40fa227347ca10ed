"""What is rendered for Slack and comes back from there says the same, and mentions nobody."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events import MessagePosted
from core.ids import ExternalMember, ExternalTenant, PlatformName
from core.ports import Content, Part
from core.posts import Author, Count
from core.text import (
    Block,
    Body,
    CodeBlock,
    Emoji,
    Hyperlink,
    ListItem,
    MemberKey,
    Mention,
    Paragraph,
    Quote,
    Text,
    mentions_in,
    paragraph,
    plain_text,
)
from integrations.slack.ids import SLACK
from integrations.slack.limits import LIMITS
from integrations.slack.parse import parse
from integrations.slack.render import render

TENANT = ExternalTenant("T1")
AUTHOR = Author("Ana Ruiz", "Boston, MA", picture_url="https://example.org/boston.png")


def content(body: Body, **more: Any) -> Content:
    return Content(AUTHOR, body, TENANT, **more)


def come_back(part: Part) -> MessagePosted:
    """What Slack would tell about a message, had somebody written it."""
    event = {
        "type": "message",
        "channel": "C1",
        "user": "U1",
        "ts": "1771287144.743569",
        "text": part.payload["text"],
        "blocks": part.payload["blocks"],
    }
    parsed = parse({"type": "event_callback", "team_id": "T1", "event": event})
    assert isinstance(parsed, MessagePosted)
    return parsed


def tokens_in(part: Part) -> list[str]:
    """What Slack would take for markup in the text: everything in angle brackets."""
    text = part.payload["text"]
    return [piece.split(">")[0] for piece in text.split("<")[1:]]


TEXTS = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60
)
SPANS = st.one_of(
    st.builds(
        Text,
        TEXTS,
        bold=st.booleans(),
        italic=st.booleans(),
        strike=st.booleans(),
        code=st.booleans(),
    ),
    st.builds(Hyperlink, st.just("https://example.org/a?b=c&d=e"), st.sampled_from(["", "here"])),
    st.sampled_from([Emoji("+1", "👍"), Emoji("boston-strong"), Emoji("tada", "🎉")]),
    st.builds(Mention, st.just("Ana Ruiz"), st.none(), st.sampled_from(["", "Boston, MA"])),
)
SPAN_TUPLES = st.lists(SPANS, min_size=1, max_size=4).map(tuple)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, SPAN_TUPLES),
    st.builds(Quote, SPAN_TUPLES),
    st.builds(ListItem, SPAN_TUPLES, st.none() | st.integers(1, 99), st.integers(0, 8)),
    st.builds(CodeBlock, TEXTS),
)


def squeezed(body: Body) -> str:
    """The words without line breaks: whether a paragraph ends with an empty line is no matter."""
    return plain_text(body).replace("\n", "")


@given(st.lists(BLOCKS, min_size=1, max_size=6).map(tuple))
def test_words_come_back_as_they_were(body: Body) -> None:
    (part,) = render([content(body)])
    back = come_back(part)
    assert squeezed(back.body) == squeezed(body)
    assert list(mentions_in(back.body)) == []
    for token in tokens_in(part):
        assert token.startswith("https://example.org/")


def test_naughty_strings_cross_unharmed(shared_data: Path) -> None:
    strings = json.loads((shared_data / "text" / "naughty-strings.json").read_text("utf-8"))
    for string in filter(None, strings):
        (part,) = render([content(paragraph(string))])
        back = come_back(part)
        assert plain_text(back.body) == string
        assert list(mentions_in(back.body)) == []
        assert tokens_in(part) == []
        json.dumps(part.payload, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "attack",
    [
        "<!channel>",
        "<!here|here>",
        "<@U123>",
        "<#C1|general>",
        "<!subteam^S1>",
        "@channel",
        "<https://evil.example|your bank>",
        "&lt;!channel&gt;",
        "<!date^1^{date}|x>",
    ],
)
def test_markup_in_text_has_no_power(attack: str) -> None:
    (part,) = render([content(paragraph(attack), notes=(attack,), in_reply_to=attack)])
    assert tokens_in(part) == []
    elements = json.dumps(part.payload["blocks"])
    for kind in ("user", "broadcast", "usergroup", "channel", "link"):
        assert f'"type": "{kind}"' not in elements


def test_a_person_of_this_team_is_mentioned_and_nobody_else() -> None:
    here = Mention("Ana", MemberKey(SLACK, TENANT, ExternalMember("U1")), "Boston, MA")
    there = Mention("Bo", MemberKey(SLACK, ExternalTenant("T2"), ExternalMember("U2")), "Marfa, TX")
    teams = PlatformName("teams")
    else_where = Mention("Cy", MemberKey(teams, TENANT, ExternalMember("U3")))
    forged = Mention("Di", MemberKey(SLACK, TENANT, ExternalMember("U1> <!channel")))
    (part,) = render([content((Paragraph((here, there, else_where, forged)),))])
    elements = part.payload["blocks"][0]["elements"][0]["elements"]
    assert elements[0] == {"type": "user", "user_id": "U1"}
    assert [element["type"] for element in elements[1:]] == ["text"] * 3
    assert elements[1]["text"] == "@Bo (Marfa, TX)"
    assert tokens_in(part) == ["@U1"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30_000))
def test_a_long_post_is_split_within_the_limits(text: str) -> None:
    parts = render([content(paragraph(text))])
    assert not parts[0].in_thread
    assert all(part.in_thread for part in parts[1:])
    for part in parts:
        assert len(part.payload["text"]) <= LIMITS.text
        size = len(json.dumps(part.payload["blocks"], ensure_ascii=False))
        assert size <= LIMITS.blocks_size
    assert "".join(plain_text(come_back(part).body) for part in parts) == text


def test_a_long_post_is_cut_at_a_paragraph() -> None:
    text = "\n\n".join(["word " * 300] * 8)
    parts = render([content(paragraph(text))])
    assert len(parts) > 2
    assert all(part.payload["text"].strip().endswith("word") for part in parts)


def test_the_first_line_says_who_and_from_where() -> None:
    (part,) = render([content(paragraph("Hello"))])
    assert part.payload["username"] == "Ana Ruiz · Boston, MA"
    assert part.payload["icon_url"] == "https://example.org/boston.png"


def test_the_tally_is_one_line_below() -> None:
    tally = (Count("+1", "👍", 12, 7), Count("tada", "🎉", 3, 2))
    (part,) = render([content(paragraph("Hello"), tally=tally)])
    context = part.payload["blocks"][-1]
    assert context["type"] == "context"
    assert context["elements"][0]["text"] == "👍 12 from 7 cities · 🎉 3 from 2"
    assert part.payload["text"] == "Hello"


def test_several_people_share_a_message_each_with_a_name() -> None:
    other = Content(Author("Bo Lee", "Marfa, TX"), paragraph("Second"), TENANT)
    (part,) = render([content(paragraph("First")), other])
    assert "username" not in part.payload
    said = plain_text(come_back(part).body)
    assert said == "Ana Ruiz · Boston, MA\nFirst\n\nBo Lee · Marfa, TX\nSecond"


def test_a_post_without_words_still_says_something() -> None:
    (part,) = render([content(())])
    assert part.payload["text"]


def test_rendering_twice_gives_the_same() -> None:
    same = content(paragraph("Same"))
    assert render([same]) == render([same])
