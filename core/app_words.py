"""What an admin reads about the app before it is installed, and what its menus offer."""

from dataclasses import dataclass

from core import words
from core.words import Request

SHORT = "Ask other city halls what they tried, and whether it worked."
"""At most 80 characters: what fits everywhere."""

LONG = (
    "City halls learn most from each other. Mayoral Exchange connects channels of your workspace "
    "with those of other cities, whichever platform they use: what your staff writes in a linked "
    "channel can be read and answered in theirs, with name and city, and their answers arrive in "
    "your thread. Edits, deletions, reactions and files follow.\n\n"
    "Only channels that you link take part, and a message that starts with // stays inside your "
    "city. The exchange is for public information: what is written in a linked channel is a public "
    "record. Whoever runs the exchange confirms each city before it takes part, and you can leave "
    "at any time."
)

SLASH = "See what is linked here and who has got your message, or get help."
WHO_ABOUT = "See which cities have got this message, and why others have not."
AGENT = (
    "I carry what is written in linked channels to the other cities and bring back their answers. "
    "Ask me which cities have got your message, or how everything stands. What you write to me "
    "here goes to no other city."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to ask the bot for: `title` is also what is said to it."""

    title: str
    request: Request
    about: str


OFFERS = (
    Offer("Menu", Request.MENU, "See everything you can ask me."),
    Offer(
        words.BUTTON_WHO,
        Request.WHO_HAS_GOT_IT,
        "See which cities have got your newest message, and which ones wait for it.",
    ),
    Offer(words.BUTTON_STATUS, Request.STATUS, "See what is linked here, and what is on its way."),
    Offer(words.BUTTON_HELP, Request.HELP, "Read in a few lines how this works."),
)
"""Every request that people can make, in the order in which menus show them."""

SETTINGS_ABOUT = "Set your city up, and change what it takes part in."
"""What the word for the office's page does; it is no request of the front desk."""
