"""What every public page has in common: its head, the way home, and what stands at the foot."""

from core import page_words as words
from core.words import NAME
from integrations.web.drawings import mark
from integrations.web.markup import Html, Part, tag, together

FRONT, PRIVACY, TERMS = "/", "/privacy", "/terms"
STYLE_SHEET = "/style.css"


def whole_page(title: str, *parts: Part) -> str:
    """A page with one heading of the first rank, which is its title. It holds no script and loads
    nothing but the style sheet."""
    shown = title if title == NAME else f"{title} · {NAME}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", shown),
        tag("link", rel="stylesheet", href=STYLE_SHEET),
    )
    body = tag(
        "body",
        tag("header", tag("a", mark(), NAME, class_="home", href=FRONT)),
        tag("main", tag("h1", title), *parts),
        tag("footer", _foot()),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en').source}\n"


def paragraphs(*lines: str) -> Html:
    """Each line a paragraph."""
    return together(*(tag("p", line) for line in lines))


def section(title: str, *parts: Part) -> Html:
    """A heading of the second rank and what stands under it."""
    return tag("section", tag("h2", title), *parts)


def bullets(*lines: str) -> Html:
    """A plain list."""
    return tag("ul", *(tag("li", line) for line in lines), class_="plain")


def button(text: str, address: str, *, second: bool = False) -> Html:
    """A link that looks like a button, in a list of such."""
    looks = "button second" if second else "button"
    return tag("li", tag("a", text, class_=looks, href=address))


def steps(*each: tuple[str, str, Html]) -> Html:
    """Numbered steps: what to do, in more words, and a picture of it."""
    return tag(
        "ol",
        *(
            tag("li", picture, tag("div", tag("h3", title), tag("p", more)))
            for title, more, picture in each
        ),
        class_="steps",
    )


def _foot() -> Html:
    ways = ((words.HOME, FRONT), (words.PRIVACY_TITLE, PRIVACY), (words.TERMS_TITLE, TERMS))
    return tag("ul", *(tag("li", tag("a", text, href=address)) for text, address in ways))
