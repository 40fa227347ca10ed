"""What is kept and what holds: the two pages that both app manifests point to."""

import re
from dataclasses import dataclass

from core import page_words as words
from integrations.web.layout import bullets, section, whole_page
from integrations.web.markup import Html, tag

_EMAIL = re.compile(r"[^@\s:/?]+@[^@\s:/?]+")


@dataclass(frozen=True, slots=True)
class LegalPages:
    """`GET /privacy` and `GET /terms`, with who runs the exchange and how to reach them: an e-mail
    address, an https address or any other words. Both may be empty."""

    operator_name: str = ""
    operator_contact: str = ""

    def privacy(self) -> str:
        """What is kept, who reads it, how to leave."""
        return whole_page(
            words.PRIVACY_TITLE,
            tag("p", words.PRIVACY_LEAD, class_="lead"),
            section(words.KEPT_TITLE, bullets(*words.KEPT)),
            section(words.NOT_KEPT_TITLE, bullets(*words.NOT_KEPT)),
            section(words.READ_TITLE, tag("p", words.READ)),
            section(words.BACK_TITLE, bullets(*words.BACK)),
            self._questions(),
        )

    def terms(self) -> str:
        """Who may take part, what belongs here, what can be relied on."""
        return whole_page(
            words.TERMS_TITLE,
            tag("p", words.TERMS_LEAD, class_="lead"),
            section(words.WHO_TITLE, bullets(*words.WHO)),
            section(words.BELONGS_TITLE, bullets(*words.BELONGS)),
            section(words.PROMISE_TITLE, bullets(*words.PROMISE)),
            self._questions(),
        )

    def _questions(self) -> Html:
        runs = tag("p", words.RUN_BY.format(name=self.operator_name)) if self.operator_name else ""
        return section(words.QUESTIONS_TITLE, runs, self._contact())

    def _contact(self) -> Html:
        contact = self.operator_contact
        if not contact:
            return tag("p", words.NO_CONTACT)
        address = contact if contact.startswith("https://") else ""
        if _EMAIL.fullmatch(contact):
            address = f"mailto:{contact}"
        shown = tag("a", contact, href=address) if address else contact
        return tag("p", words.WRITE_TO, shown, ".")
