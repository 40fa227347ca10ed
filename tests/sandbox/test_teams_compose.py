"""What is typed becomes Teams' html and plain text; what a bot writes is shown safely."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from integrations.sandbox.teams.cards import CardError, check_card
from integrations.sandbox.teams.compose import Person, compose, graph_html, plain_text
from integrations.sandbox.teams.show import KEPT, bot_html, clean_html

BOT = Person("28:bot", "Mayoral Exchange")


def test_marks_become_html_and_leave_the_plain_text() -> None:
    made = compose("**bold** _italic_ ~~gone~~ `a<b` [site](https://a.example/?x=1&y=2)")
    assert made.html == (
        "<p><strong>bold</strong> <i>italic</i> <s>gone</s> <code>a&lt;b</code> "
        '<a href="https://a.example/?x=1&amp;y=2" rel="noreferrer noopener" '
        'title="https://a.example/?x=1&amp;y=2" target="_blank">site</a></p>'
    )
    assert made.text == "bold italic gone a<b site"


def test_blocks() -> None:
    made = compose("> quoted\n- one\n- two\n3. three\n```\nx < y\n```\nend")
    assert made.html.split("\n") == [
        "<blockquote><p>quoted</p></blockquote>",
        "<ul><li>one</li><li>two</li></ul>",
        '<ol start="3"><li>three</li></ol>',
        '<codeblock class="Plaintext"><code>x &lt; y</code></codeblock>',
        "<p>end</p>",
    ]


def test_mentions_are_spans_tags_and_entities() -> None:
    made = compose("@Mayoral Exchange Hey", [BOT])
    assert made.text == "<at>Mayoral Exchange</at> Hey"
    assert made.html == (
        '<p><span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0">'
        "Mayoral Exchange</span>&nbsp;Hey</p>"
    )
    assert made.mentions[0]["mentioned"]["id"] == "28:bot"
    assert graph_html(made.html) == '<p><at id="0">Mayoral Exchange</at>&nbsp;Hey</p>'
    assert compose("@Mayoral Exchanges", [BOT]).mentions == []


def test_emoji_are_pictures_in_html_and_characters_in_text() -> None:
    made = compose("Well done 👍🏽")
    assert made.text == "Well done 👍🏽"
    assert 'itemtype="http://schema.skype.com/Emoji"' in made.html
    assert 'alt="👍🏽"' in graph_html(made.html)


def test_a_bots_text_by_format() -> None:
    assert bot_html({"text": "**a** <at>Bo</at>"}) == "<p><strong>a</strong> <at>Bo</at></p>"
    assert bot_html({"text": "**a** <b>", "textFormat": "plain"}) == "<p>**a** &lt;b&gt;</p>"
    assert bot_html({"text": "<b>a</b><i>", "textFormat": "xml"}) == "<b>a</b><i></i>"
    assert bot_html({"text": "\\*a\\* \\<b> &lt;i&gt; & 1 < 2"}) == (
        "<p>*a* &lt;b&gt; &lt;i&gt; &amp; 1 &lt; 2</p>"
    )


@given(st.text())
def test_any_text_can_be_typed_and_keeps_its_words(typed: str) -> None:
    made = compose(typed, [BOT])
    words = re.findall(r"[A-Za-z]{3,}", typed)
    for word in words:
        assert word in made.text or word in made.html


@given(st.text(alphabet="<>/=\"' abisrcdlonhefjtp:;&#x()\n"))
def test_cleaned_html_has_only_known_tags_and_addresses(html: str) -> None:
    cleaned = clean_html(html)
    for tag, attributes in re.findall(r"</?([^\s>]*)([^>]*)>", cleaned):
        assert tag in KEPT
        assert not re.search(r"\bon\w+\s*=", attributes)
        assert "javascript:" not in attributes
    assert clean_html(cleaned) == cleaned


def test_attacks_are_taken_apart() -> None:
    assert clean_html("<script>alert(1)</script>ok") == "ok"
    assert clean_html('<a href="javascript:alert(1)">x</a>') == "<a>x</a>"
    assert clean_html('<img src="x" onerror="y">') == "<img>"
    assert clean_html("<svg/onload=alert(1)>") == ""
    assert plain_text("<p>a &lt;b&gt;</p>") == "a <b>"


def check_fails(card: object) -> bool:
    try:
        check_card(card)
    except CardError:
        return True
    return False


def test_cards() -> None:
    good = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [
            {"type": "ColumnSet", "columns": [{"items": [{"type": "TextBlock", "text": "a"}]}]},
            {"type": "Input.ChoiceSet", "id": "choice", "choices": []},
            {"type": "Chart.Pie", "fallback": "drop"},
        ],
        "actions": [{"type": "Action.Execute", "verb": "go", "title": "Go"}],
    }
    check_card(good)
    assert check_fails({**good, "version": "1.6"})
    assert check_fails({k: v for k, v in good.items() if k != "version"})
    assert check_fails({**good, "actions": [{"type": "Action.Explode"}]})
    assert check_fails({**good, "body": [{"type": "Input.Text", "id": "a"}] * 2})
    assert check_fails({**good, "body": "text"})
    assert check_fails([])
