"""Posts as Teams messages, and back: nothing is lost, nothing in a text has power."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from core.events import MessagePosted
from core.ids import ExternalMember, ExternalTenant, FileId, PlatformName
from core.places import Role
from core.ports import Content, FileLink, Part
from core.posts import Author, Count, StoredFile
from core.text import (
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
from integrations.teams.html_text import clean
from integrations.teams.ids import TEAMS
from integrations.teams.limits import LIMITS, utf16_size
from integrations.teams.parse import parse
from integrations.teams.render import render, tally_line

TENANT = ExternalTenant("tenant-1")
ANA = Author("Ana Ruiz", "Boston, MA")


def _render(body: Body, **more: Any) -> tuple[Part, ...]:
    return render([Content(more.pop("author", ANA), body, more.pop("tenant", TENANT), **more)])


def _read(part: Part) -> MessagePosted:
    """The part as if a person had sent it."""
    event = parse(
        {
            **part.payload,
            "id": "1",
            "from": {"id": "29:1"},
            "conversation": {"id": "19:a@thread.tacv2", "tenantId": TENANT},
        },
        "app",
    )
    assert isinstance(event, MessagePosted)
    return event


def _back(body: Body) -> Body:
    """A body after it crossed; the author's line is taken off."""
    return tuple(block for part in _render(body) for block in _read(part).body)[1:]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


def _tags(html: str) -> set[str]:
    reader = _Tags()
    reader.feed(html)
    return set(reader.found)


RICH: Body = (
    Paragraph(
        (
            Text("We cut "),
            Text("vacancies", bold=True),
            Text(" by "),
            Text("21 %", bold=True, italic=True),
            Text(", "),
            Text("not 30", strike=True),
            Text(": see "),
            Hyperlink("https://boston.gov/a?b=1&c=2", "the ordinance"),
            Text(" or "),
            Hyperlink("mailto:ana@boston.gov"),
            Text(" and "),
            Text("make run", code=True),
            Text("\nsecond line"),
        )
    ),
    ListItem((Text("one"),)),
    ListItem((Text("deeper"),), indent=1),
    ListItem((Text("two"),)),
    ListItem((Text("first"),), number=1),
    ListItem((Text("second"),), number=2),
    Quote((Text("a quote"),)),
    CodeBlock("if a < b:\n    print('&')\n"),
    Paragraph((Text("end  with   gaps"),)),
)


def test_everything_crosses_and_comes_back() -> None:
    assert _back(RICH) == RICH


def test_the_first_line_says_who_and_where() -> None:
    def first(author: Author) -> str:
        return str(_render(paragraph("x"), author=author)[0].payload["text"])

    assert first(ANA).startswith("<p><b>Ana Ruiz</b> · Boston, MA</p>")
    assert first(Author("Ana Ruiz", "Boston, MA", Role.MAYOR)).startswith("<p><b>Mayor Ana Ruiz")
    assert "Mayor Mayor" not in first(Author("Mayor Ana", "Boston, MA", Role.MAYOR))
    assert "&lt;at&gt;" in first(Author("<at>everyone</at>", "<b>"))


def test_blanks_between_styles_are_plain_blanks() -> None:
    spans = (Text("Our "), Text("fund", bold=True), Text(" cut it"), Text(" by half\n in May"))
    shown = _render((Paragraph(spans),))[0].payload["text"]
    assert shown.endswith("<p>Our <b>fund</b> cut it by half<br>&nbsp;in May</p>")
    twice = (Text(" so "), Text(" wide"))
    shown = _render((Paragraph(twice),))[0].payload["text"]
    assert shown.endswith("<p>&nbsp;so &nbsp;wide</p>")


LETTERS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'*_`#@[]()\n"),
    min_size=1,
    max_size=60,
)


@given(LETTERS)
def test_text_is_only_text(text: str) -> None:
    part = _render(paragraph(text))[0]
    assert _tags(part.payload["text"]) <= {"p", "b", "br"}
    event = _read(part)
    assert not list(mentions_in(event.body))
    assert plain_text(_back(paragraph(text))) == clean(text).strip(" \n")


@given(LETTERS, LETTERS)
def test_code_crosses_letter_for_letter(first: str, second: str) -> None:
    code = clean(f"{first}\n  {second}")
    assert _back((CodeBlock(code),)) == (CodeBlock(code),)


def test_naughty_strings_cross_unharmed(shared_data: Path) -> None:
    path = shared_data / "text" / "naughty-strings.json"
    for text in json.loads(path.read_text(encoding="utf-8")):
        if not clean(text).strip(" \n"):
            continue
        (part,) = _render(paragraph(text))
        assert _tags(part.payload["text"]) <= {"p", "b", "br"}, text
        assert "entities" not in part.payload
        assert plain_text(_back(paragraph(text))) == clean(text).strip(" \n")


@pytest.mark.parametrize(
    "text",
    [
        "<at>everyone</at>",
        '<at id="0">Ana</at>',
        '<span itemtype="http://schema.skype.com/Mention" itemid="0">Ana</span>',
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "**bold** [x](https://evil.example) @everyone",
        "&lt;at&gt;Ana&lt;/at&gt;",
        "</p></blockquote><at>x</at>",
    ],
)
def test_markup_in_a_text_has_no_power(text: str) -> None:
    body: Body = (
        Paragraph((Text(text, bold=True), Hyperlink("https://a.example", text))),
        ListItem((Text(text),)),
        Quote((Mention(text),)),
        CodeBlock(text),
        Paragraph((Emoji(text),)),
    )
    (part,) = _render(body, notes=(text,), in_reply_to=text)
    assert "<at" not in part.payload["text"]
    assert not _tags(part.payload["text"]) & {"at", "script", "img", "span"}
    assert "entities" not in part.payload


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://a\nb", " x"]
)
def test_only_web_and_mail_links(url: str) -> None:
    html = _render((Paragraph((Hyperlink(url, "click"),)),))[0].payload["text"]
    assert "<a" not in html
    assert "click" in html


def test_mentions() -> None:
    who = MemberKey(TEAMS, TENANT, ExternalMember("29:1"))
    body: Body = (Paragraph((Mention("Ana & Co", who, "Boston, MA"), Text(" hi"))),)
    (part,) = _render(body)
    entity = part.payload["entities"][0]
    assert entity["mentioned"] == {"id": "29:1", "name": "Ana & Co"}
    assert entity["text"] in part.payload["text"]
    assert next(iter(mentions_in(_read(part).body))).who == who
    elsewhere = _render(body, tenant=ExternalTenant("tenant-2"))[0]
    assert "entities" not in elsewhere.payload
    assert "@Ana &amp; Co (Boston, MA)" in elsewhere.payload["text"]
    slack = MemberKey(PlatformName("slack"), TENANT, ExternalMember("U1"))
    assert "entities" not in _render((Paragraph((Mention("A", slack),)),))[0].payload


def test_long_posts_are_cut_and_lose_nothing() -> None:
    words = "\n\n".join(f"Paragraph {number}. " + "Sentence here. " * 60 for number in range(60))
    parts = _render(paragraph(words), notes=("A note.",))
    assert len(parts) > 2
    assert [part.in_thread for part in parts] == [False] + [True] * (len(parts) - 1)
    assert all(utf16_size(part.payload["text"]) < LIMITS.part_size * 1.2 for part in parts)
    assert sum("<b>Ana Ruiz</b>" in part.payload["text"] for part in parts) == 1
    shown = " ".join(plain_text(_read(part).body) for part in parts)
    assert shown.split()[5:-2] == words.split()
    assert "A note." in parts[-1].payload["text"]


@given(st.integers(1, 40_000), st.sampled_from(["x", "<", "é", "😀", "a b ", "&\n"]))
def test_any_length_fits(times: int, letters: str) -> None:
    for part in _render(paragraph(letters * times)):
        assert utf16_size(part.payload["text"]) < LIMITS.most_size


def test_joined_posts_have_each_their_author() -> None:
    contents = [
        Content(Author(f"Person {number}", "Marfa, TX"), paragraph(f"words {number}"), TENANT)
        for number in range(5)
    ]
    (part,) = render(contents)
    html = part.payload["text"]
    found = re.findall(r"Person \d|words \d", html)
    assert found == [f"{what} {number}" for number in range(5) for what in ("Person", "words")]
    long = [Content(ANA, paragraph("x " * 4000), TENANT) for _ in range(5)]
    assert len(render(long)) > 1


def test_tally_and_files() -> None:
    tally = (Count("+1", "👍", 12, 7), Count("tada", "🎉", 3, 1), Count("x", "", 0, 0))
    assert tally_line(tally) == "👍 12 from 7 cities · 🎉 3"
    report = StoredFile(FileId(1), "../a <b>.pdf", "application/pdf", 1_200_000, digest="d")
    lost = StoredFile(FileId(2), "big.zip", "application/zip", 9, problem="too large to copy")
    photo = StoredFile(FileId(3), "map.png", "image/png", 900_000, "The map", digest="d")
    links = tuple(FileLink(file, f"https://e.example/f?a=1&b={file.id}") for file in (report, lost))
    photo_link = FileLink(photo, "https://e.example/f3")
    parts = _render((), files=(*links, photo_link), tally=tally)
    html = parts[0].payload["text"]
    assert '<a href="https://e.example/f?a=1&amp;b=1">../a &lt;b&gt;.pdf</a> (1.2 MB)' in html
    assert "big.zip (1 KB) too large to copy" in html
    assert "<i>👍 12 from 7 cities · 🎉 3</i>" in html
    assert parts[1].file == 3
    assert "text" not in parts[1].payload
    assert parts[1].payload["attachments"][0]["name"] == "The map"


def test_rendering_is_pure() -> None:
    assert _render(RICH) == _render(RICH)
    assert render([]) == ()
