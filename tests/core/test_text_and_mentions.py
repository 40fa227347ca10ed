"""Bodies survive being kept, and names find their people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import ExternalMember, ExternalTenant, PlatformName
from core.mentions import names_in, with_known, with_people
from core.posts import spoken_name
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
    body_from_json,
    body_to_json,
    mentions_in,
    paragraph,
    plain_text,
)

ANA = Mention(
    "Ana Ruiz",
    MemberKey(PlatformName("slack"), ExternalTenant("T1"), ExternalMember("U1")),
    "Boston, MA",
)
words = st.text(max_size=40)
flags = st.booleans()
spans = st.one_of(
    st.builds(Text, words, flags, flags, flags, flags),
    st.builds(Hyperlink, words, words),
    st.builds(Mention, words, st.none() | st.just(ANA.who), words),
    st.builds(Emoji, words, words),
)
many = st.lists(spans, max_size=5).map(tuple)
blocks = st.one_of(
    st.builds(Paragraph, many),
    st.builds(Quote, many),
    st.builds(ListItem, many, st.none() | st.integers(1, 99), st.integers(0, 8)),
    st.builds(CodeBlock, words),
)
bodies = st.lists(blocks, max_size=5).map(tuple)


@given(bodies)
def test_a_body_comes_back_as_it_was_kept(body: Body) -> None:
    assert body_from_json(body_to_json(body)) == body


@given(bodies)
def test_naming_nobody_changes_no_word(body: Body) -> None:
    assert plain_text(with_people(body, {"nobody at all": ANA})) == plain_text(body)
    assert plain_text(with_known(body, {})) == plain_text(body)


def test_a_typed_name_becomes_a_mention_of_the_one_who_bears_it() -> None:
    body = paragraph("Thanks @Ana Ruiz, and @Nobody Here too; mail a@ana.gov.")
    assert "ana ruiz" in names_in(body)
    named = with_people(body, {"ana ruiz": ANA})
    assert list(mentions_in(named)) == [ANA]
    assert plain_text(named) == (
        "Thanks @Ana Ruiz (Boston, MA), and @Nobody Here too; mail a@ana.gov."
    )


def test_the_longest_name_wins_and_styles_stay() -> None:
    body: Body = (Paragraph((Text("@Ana Ruiz Diaz yes", bold=True),)),)
    diaz = Mention("Ana Ruiz Diaz")
    named = with_people(body, {"ana ruiz": ANA, "ana ruiz diaz": diaz})
    assert named == (Paragraph((diaz, Text(" yes", bold=True))),)


def test_code_is_never_searched_for_names() -> None:
    body: Body = (CodeBlock("@Ana Ruiz"), Paragraph((Text("@Ana Ruiz", code=True),)))
    assert names_in(body) == frozenset()
    assert with_people(body, {"ana ruiz": ANA}) == body


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana Ruiz", "Ana Ruiz"),
        ("Mayor Ana Ruiz", "Ana Ruiz"),
        ("  ✅ MAYOR: Ana", "Ana"),
        ("Mayor", "Mayor"),
        ("Mayorga Lopez", "Mayorga Lopez"),
    ],
)
def test_a_name_never_says_that_somebody_is_mayor(name: str, shown: str) -> None:
    assert spoken_name(name) == shown
