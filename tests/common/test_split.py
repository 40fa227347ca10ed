"""Long bodies are cut where people would, and nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from core.text import (
    Block,
    Body,
    CodeBlock,
    Hyperlink,
    ListItem,
    Paragraph,
    Text,
    paragraph,
    span_text,
    spans_of,
)
from integrations.common.split import split_body


def _length(block: Block) -> int:
    return sum(len(span_text(span)) for span in spans_of(block))


def _words(bodies: tuple[Body, ...]) -> str:
    return "".join(span_text(span) for body in bodies for block in body for span in spans_of(block))


def test_short_bodies_stay_whole() -> None:
    body = paragraph("Hello")
    assert split_body(body, _length, 10) == (body,)
    assert split_body((), _length, 10) == ((),)


def test_cuts_fall_between_blocks() -> None:
    first, second, third = (Paragraph((Text(letter * 6),)) for letter in "abc")
    assert split_body((first, second, third), _length, 12) == ((first, second), (third,))


def test_cuts_fall_at_lines_sentences_and_words() -> None:
    for text, expected in (
        ("aaaa bbbb\n\ncccc dddd", ["aaaa bbbb\n\n", "cccc dddd"]),
        ("Aaaa bb. Cccc dddd.", ["Aaaa bb. ", "Cccc dddd."]),
        ("aaaa bbbb cccc", ["aaaa bbbb ", "cccc"]),
    ):
        parts = split_body(paragraph(text), _length, 13)
        assert [_words((part,)) for part in parts] == expected
    code = CodeBlock("one = 1\ntwo = 2\nthree")
    assert split_body((code,), _length, 17)[0] == (CodeBlock("one = 1\ntwo = 2\n"),)


def test_styles_and_links_survive() -> None:
    link = Hyperlink("https://example.org/" + "x" * 50)
    body: Body = (Paragraph((Text("a" * 30, bold=True), link)), ListItem((Text("b"),), 7, 2))
    parts = split_body(body, _length, 20)
    assert any(link in spans_of(block) for part in parts for block in part)
    assert all(
        span.bold for part in parts[:2] for span in spans_of(part[0]) if isinstance(span, Text)
    )
    assert parts[-1][-1] == ListItem((Text("b"),), 7, 2)


@given(
    st.lists(
        st.builds(
            lambda pieces, code: (
                CodeBlock("".join(pieces)) if code else Paragraph(tuple(map(Text, pieces)))
            ),
            st.lists(st.text("ab \n.é", min_size=1, max_size=80), min_size=1, max_size=4),
            st.booleans(),
        ),
        max_size=6,
    ),
    st.integers(1, 60),
)
def test_nothing_is_lost_and_everything_fits(blocks: list[Block], limit: int) -> None:
    parts = split_body(tuple(blocks), _length, limit)
    assert _words(parts) == _words((tuple(blocks),))
    assert all(sum(map(_length, part)) <= limit for part in parts)
