"""What the exchange says to people. Short, plain and kind; every error says what to do next."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from core.channels import Trouble
from core.decisions import first_words
from core.deliveries import DeliveryState
from core.posts import Post
from core.screens import office_verb
from core.standing import Standing
from core.times import say_when

NAME = "Mayoral Exchange"

SOMEONE = "Someone"
"""Who speaks when a platform does not tell a name."""


class Request(StrEnum):
    """What people can ask the bot for."""

    MENU = "menu"
    HELP = "help"
    STATUS = "status"
    WHO_HAS_GOT_IT = "who has got my post"


_SAID_AS = {
    "": Request.MENU,
    "menu": Request.MENU,
    "help": Request.HELP,
    "hi": Request.MENU,
    "hello": Request.MENU,
    "status": Request.STATUS,
    "who has got this": Request.WHO_HAS_GOT_IT,
    "who has got my post": Request.WHO_HAS_GOT_IT,
    "who has it": Request.WHO_HAS_GOT_IT,
}


def read_request(words: str) -> Request | None:
    """What somebody asks for, or None when the words mean nothing to the bot."""
    return _SAID_AS.get(" ".join(words.casefold().split()).rstrip("?!. "))


def is_request(words: str) -> bool:
    """Whether words spoken to the bot are meant for it, and not for the cities."""
    return read_request(words) is not None or office_verb(words) is not None


MENU_TITLE = NAME
MENU = (
    "Write in a linked channel, and every city that follows it reads you, in Slack and in Teams. "
    "What would you like to know?"
)
HELP_TITLE = "How this works"
HELP = (
    "What you write in a linked channel goes to every city that follows it, with your name and "
    "your city. It is a public record.",
    "Answer in the thread, and your answer arrives in the thread everywhere. Edits, deletions, "
    "reactions and files follow.",
    "Start a message with // to keep it inside your city.",
    "To see which cities have got a message, choose Who has got this? from the message's menu.",
)
NOT_UNDERSTOOD = "I don't know that one yet. Here is what you can ask me."

BUTTON_WHO = "Who has got my post?"
BUTTON_STATUS = "Status"
BUTTON_HELP = "Help"
BUTTON_SETTINGS = "Settings"
BUTTON_OPEN_SETTINGS = "Open"

SETTINGS = (
    "Your city's page shows what is linked, who may change it, and how it goes. "
    "An admin sets things up there."
)

WHO_TITLE = "Who has got this?"
NOT_SHARED = (
    "This message isn't part of the exchange, so it stayed inside your city. "
    "Messages in a linked channel go out when they are written; to share this one, write it again."
)
NOTHING_SENT_YET = (
    "You haven't written anything to the other cities yet. "
    "Write in a linked channel, and they will read you."
)
NOBODY_ELSE = (
    "No other city follows this channel yet. They will get what is written after they join."
)
TAKEN_BACK = "This message was taken back, so it is gone from the other cities too."
UNKNOWN_WORKSPACE = (
    "This workspace isn't part of the exchange yet. "
    "Ask your workspace's admin to get in touch with the exchange's operator."
)


def about_post(post: Post) -> str:
    """Which post is spoken of."""
    return f"“{first_words(post.body)}”"


def _listed(names: Sequence[str], at_most: int = 5) -> str:
    """`Marfa, Tucson and 3 others`."""
    if len(names) > at_most + 1:
        return f"{', '.join(names[:at_most])} and {len(names) - at_most} others"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return names[0] if names else ""


def _cities(count: int) -> str:
    return "1 city" if count == 1 else f"{count} cities"


def _has(standing: Sequence[Standing]) -> str:
    got = len({place.city for place in standing if place.has_it})
    every = len({place.city for place in standing})
    if got == every:
        if every == 1:
            return f"{standing[0].city} has it."
        return f"All {every} cities have it." if every > 2 else "Both cities have it."
    return f"{got} of {_cities(every)} {'has' if got == 1 else 'have'} it."


_WHY = {
    Trouble.TOKEN_GONE: "the exchange was removed there",
    Trouble.BOT_REMOVED: "the exchange was taken out of their channel",
    Trouble.CONVERSATION_ARCHIVED: "their channel is archived",
    Trouble.CONVERSATION_GONE: "their channel is gone",
    Trouble.NOT_ALLOWED: "their workspace doesn't let the exchange write",
}


def _waiting_lines(standing: Sequence[Standing]) -> list[str]:
    lines: list[str] = []
    late = [p for p in standing if p.state in (DeliveryState.WAITING, DeliveryState.SENDING)]
    answering = [place.city for place in late if place.trouble is None]
    if answering:
        lines.append(
            f"{_listed(answering)} will get it as soon as their platform takes it; "
            "we keep trying. Nothing for you to do."
        )
    for trouble, why in _WHY.items():
        held = [place.city for place in late if place.trouble is trouble]
        if held:
            lines.append(
                f"{_listed(held)} will get it once that is mended: {why}. "
                "Their admin has been told. Nothing for you to do."
            )
    return lines


def who_has_got_it(standing: Sequence[Standing]) -> tuple[str, ...]:
    """Which cities have a post, and why others have not, a line each."""
    if not standing:
        return (NOBODY_ELSE,)
    lines = [_has(standing), *_waiting_lines(standing)]
    refused = [place.city for place in standing if place.state is DeliveryState.FAILED]
    if refused:
        lines.append(
            f"{_listed(refused)} could not get it: their platform refused this message. "
            "A shorter or plainer version may get through."
        )
    twice = [place.city for place in standing if place.state is DeliveryState.UNCERTAIN]
    if twice:
        lines.append(
            f"{_listed(twice)} may see it twice: their platform's answer was unclear, "
            "so it was sent again."
        )
    return tuple(lines)


_REPAIR = {
    Trouble.TOKEN_GONE: "The app was removed from this workspace, or its permission was taken "
    "back. Install it again, and what is waiting will arrive in order.",
    Trouble.BOT_REMOVED: "The app was removed from the channel. Invite it again{invite}, and what "
    "is waiting will arrive in order.",
    Trouble.CONVERSATION_ARCHIVED: "The channel was archived. Unarchive it and invite the app "
    "again, or tell the operator that you no longer need it.",
    Trouble.CONVERSATION_GONE: "The channel was deleted, or the app can't see it any more. Ask the "
    "operator to link another one.",
    Trouble.NOT_ALLOWED: "Your workspace's rules no longer let the app write there. Allow it to "
    "post in this channel, and what is waiting will arrive in order.",
}
_INVITE = {"slack": f" with `/invite @{NAME}`", "teams": " under Manage team, Apps"}


def what_to_do(trouble: Trouble, platform: str) -> str:
    """How an admin mends a link."""
    return _REPAIR[trouble].format(invite=_INVITE.get(platform, ""))


def link_stopped(
    *,
    conversation: str,
    trouble: Trouble,
    platform: str,
    since: datetime,
    now: datetime,
    time_zone: str,
    reference: str,
) -> str:
    """Tell an admin that a link stopped working, and how to mend it."""
    where = conversation or "A linked channel"
    when = say_when(since, now, time_zone)
    return f"{where} stopped receiving {when}. {what_to_do(trouble, platform)} (ref {reference})"


def channel_silent(
    *, conversation: str, platform: str, since: datetime, now: datetime, time_zone: str, sign: str
) -> str:
    """Tell an admin that nothing is heard any more from a busy channel."""
    when = say_when(since, now, time_zone)
    return (
        f"{conversation} is usually busy, and the last message we heard there is from {when}. "
        f"If people do write there, take the app out and add it again{_INVITE.get(platform, '')}. "
        f"If it is only quiet, there is nothing to do. (ref {sign})"
    )


def permissions_missing(missing: Sequence[str], sign: str) -> str:
    """Tell an admin that the app may not do everything it needs."""
    return (
        "The app no longer has every permission it needs here, so some things don't work. "
        f"Install it again and agree to what it asks for. Missing: {_listed(missing)}. (ref {sign})"
    )


def stopped_elsewhere(city: str, conversation: str, trouble: Trouble, sign: str) -> str:
    """Tell the operator of a link whose own admins can't be reached in chat."""
    return (
        f"{conversation} of {city} stopped receiving: {_WHY[trouble]}. Its admins can't be told in "
        f"chat, so please call them: the app has to be installed again. (ref {sign})"
    )


def followed_channels(names: Sequence[str]) -> str:
    """What a workspace takes part in."""
    if not names:
        return "No channel is linked here yet. Ask the operator to link one."
    return f"Linked here: {_listed(names, 12)}."


def posts_waiting(count: int) -> str:
    """How many posts of this workspace are not out everywhere."""
    if count == 0:
        return "Everything you wrote is out."
    posts = "1 post of yours is" if count == 1 else f"{count} posts of yours are"
    return f"{posts} still on the way to some cities. Nothing for you to do."


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference(kind: str, number: int) -> str:
    """A short sign for something, such as `L7K2`, by which the operator finds it again."""
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 32)
        digits = _ALPHABET[digit] + digits
    return f"{kind}{digits}"


FILE_TOO_LARGE = "{name} is too large to share here ({size})"
FILE_NOT_FETCHED = "{name} could not be fetched; ask {author} for it"
