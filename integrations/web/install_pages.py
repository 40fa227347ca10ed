"""How to add the exchange to Slack and Teams, and the page at the end of an installation."""

from collections.abc import Sequence
from dataclasses import dataclass

from core import page_words as words
from integrations.web import drawings
from integrations.web.layout import (
    PRIVACY,
    TERMS,
    button,
    paragraphs,
    section,
    steps,
    whole_page,
)
from integrations.web.markup import Html, tag, together

SLACK_PAGE, TEAMS_PAGE = "/install/slack", "/install/teams"
PACKAGE = f"{TEAMS_PAGE}/app.zip"
SLACK_START = "/slack/install"


@dataclass(frozen=True, slots=True)
class SlackPage:
    """`GET /install/slack`. `missing` are the settings without which there is no button."""

    missing: tuple[str, ...] = ()

    def html(self) -> str:
        """The page."""
        later = (
            (words.CLAIM_STEP, words.SLACK_CLAIM_MORE, drawings.claim()),
            *_last_steps(),
        )
        if self.missing:
            advice = words.SLACK_OPERATOR.format(settings=words.AND.join(self.missing))
            return _closed(words.SLACK_TITLE, words.SLACK_CLOSED, advice, later, words.SLACK_LEAVE)
        start = _start(button(words.ADD_TO_SLACK, SLACK_START))
        path = steps(
            (words.SLACK_PRESS, words.SLACK_PRESS_MORE, drawings.press(words.ADD_TO_SLACK)),
            (words.SLACK_AGREE, words.SLACK_AGREE_MORE, drawings.agree()),
            *later,
        )
        walk = section(words.STEPS_TITLE, path)
        return _whole(words.SLACK_TITLE, words.SLACK_LEAD, start, walk, words.SLACK_LEAVE)


@dataclass(frozen=True, slots=True)
class TeamsPage:
    """`GET /install/teams`. `missing` is what the operator has to set before there is a package."""

    admin_center: str
    missing: tuple[str, ...] = ()

    def html(self) -> str:
        """The page."""
        later = (
            (words.TEAMS_UPLOAD, words.TEAMS_UPLOAD_MORE, drawings.upload()),
            (words.TEAMS_ADD, words.TEAMS_ADD_MORE, drawings.add_to_team()),
            (words.CLAIM_STEP, words.TEAMS_CLAIM_MORE, drawings.claim()),
            *_last_steps(),
        )
        if self.missing:
            advice = words.TEAMS_OPERATOR.format(settings=words.AND.join(self.missing))
            return _closed(words.TEAMS_TITLE, words.TEAMS_CLOSED, advice, later, words.TEAMS_LEAVE)
        start = _start(
            button(words.TEAMS_DOWNLOAD, PACKAGE),
            button(words.TEAMS_ADMIN_CENTER, self.admin_center, second=True),
        )
        got = (words.TEAMS_GET, words.TEAMS_GET_MORE, drawings.press(words.TEAMS_GET_VERB))
        walk = section(words.STEPS_TITLE, steps(got, *later))
        return _whole(words.TEAMS_TITLE, words.TEAMS_LEAD, start, walk, words.TEAMS_LEAVE)


def install_result_page(
    ok: bool, title: str, lines: Sequence[str], next_steps: Sequence[str]
) -> str:
    """The page at the end of an installation: what happened, and what comes next."""
    then = together()
    if next_steps:
        in_order = tag("ol", *(tag("li", step) for step in next_steps))
        then = section(words.NEXT_TITLE, in_order if next_steps[1:] else paragraphs(*next_steps))
    again = together() if ok else _start(button(words.START_AGAIN, SLACK_PAGE))
    picture = drawings.arrived() if ok else together()
    return whole_page(title, picture, paragraphs(*lines), then, again)


def _whole(title: str, lead: str, start: Html, walk: Html, leaving: str) -> str:
    look = tag(
        "p",
        words.LOOK,
        tag("a", words.PRIVACY_FIRST, href=PRIVACY),
        words.LOOK_BETWEEN,
        tag("a", words.TERMS_FIRST, href=TERMS),
        ".",
        class_="quiet",
    )
    return whole_page(
        title,
        tag("p", lead, class_="lead"),
        start,
        look,
        walk,
        section(words.LEAVE_HEADING, tag("p", leaving)),
    )


def _start(*buttons: Html) -> Html:
    return tag("ul", *buttons, class_="buttons")


def _closed(
    title: str, why: str, advice: str, later: Sequence[tuple[str, str, Html]], leaving: str
) -> str:
    note = tag("div", tag("p", advice), class_="note")
    return _whole(title, why, note, section(words.THEN_TITLE, steps(*later)), leaving)


def _last_steps() -> tuple[tuple[str, str, Html], tuple[str, str, Html]]:
    return (
        (words.CONFIRMED_STEP, words.CONFIRMED_MORE, drawings.confirmed()),
        (words.LINK_STEP, words.LINK_MORE, drawings.linked()),
    )
