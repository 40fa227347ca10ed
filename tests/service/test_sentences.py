"""The page of sentences is what the code says, and its words keep the house's tone."""

import re

import pytest

from service.sentences import ROOT, page

WORDS_WE_AVOID = ("payload", "binding", "entity", "invalid", "pending", "!", "please note")


def test_the_page_is_up_to_date() -> None:
    written = (ROOT / "docs" / "sentences.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m service sentences --out docs/sentences.md"


def test_the_page_holds_templates_and_what_functions_say() -> None:
    text = page()
    assert "one city only" in text
    assert "{posts} still on the way to some cities" in text
    assert "Values of" not in text


@pytest.mark.parametrize("word", WORDS_WE_AVOID)
def test_nothing_is_said_in_our_own_jargon(word: str) -> None:
    said = [line for line in page().splitlines() if line.startswith("- ")]
    found = [line for line in said if re.search(re.escape(word), line, re.IGNORECASE)]
    assert found == []
