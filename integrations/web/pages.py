"""The public front page: what this is, for somebody who has never heard of it."""

from dataclasses import dataclass

from core import page_words as words
from integrations.web.drawings import two_cities
from integrations.web.install_pages import SLACK_PAGE, TEAMS_PAGE
from integrations.web.layout import button, section, whole_page
from integrations.web.markup import Html, tag, together


@dataclass(frozen=True, slots=True)
class FrontPage:
    """`GET /`. `sandbox_url` is empty outside the sandbox."""

    cities: int
    channels: tuple[str, ...]
    sandbox_url: str = ""

    def html(self) -> str:
        """The page."""
        offers = tag(
            "ul",
            button(words.ADD_TO_SLACK, SLACK_PAGE),
            button(words.ADD_TO_TEAMS, TEAMS_PAGE, second=True),
            class_="buttons",
        )
        return whole_page(
            words.FRONT_TITLE,
            self._sandbox(),
            tag("p", words.FRONT_LEAD, class_="lead"),
            offers,
            tag("p", words.HOW_LONG, class_="quiet"),
            two_cities(),
            section(words.HOW_TITLE, tag("ol", *(tag("li", one) for one in words.HOW))),
            self._topics(),
            section(words.PUBLIC_TITLE, tag("p", words.PUBLIC)),
        )

    def _topics(self) -> Html:
        if not self.channels:
            return together()
        topics = tag("ul", *(tag("li", name) for name in self.channels), class_="topics")
        counted = words.MANY_CITIES.format(count=f"{self.cities:,}")
        taking_part = words.ONE_CITY if self.cities == 1 else counted
        part = tag("p", taking_part, class_="quiet") if self.cities else together()
        return section(words.TOPICS_TITLE, topics, part)

    def _sandbox(self) -> Html:
        if not self.sandbox_url:
            return together()
        here = tag("a", words.SANDBOX_OPEN, href=self.sandbox_url)
        said = tag("p", tag("strong", words.SANDBOX_STRONG), " ", words.SANDBOX, " ", here, ".")
        return tag("div", said, class_="note")
