"""What the notice in a linked conversation says."""

from core import office_words as words
from core.channels import Link, LinkMode, Outgoing
from core.ports import Answer
from core.words import NAME
from service.office.acts import lines


def notice_text(topic: str, link: Link) -> Answer:
    """What stands in a linked conversation: who reads what is written here, and how to stop."""
    chosen = link.mode is LinkMode.LIVE and link.outgoing is Outgoing.CHOSEN
    text = words.NOTICE_CHOSEN if chosen else _SAID[link.mode]
    return Answer(words.NOTICE_HERE, lines(text.format(topic=topic, app=NAME)))


NO_LONGER_SHARED = Answer(words.NOTICE_ENDED_TITLE, lines(words.NOTICE_ENDED))

_SAID = {
    LinkMode.LIVE: words.NOTICE_LIVE,
    LinkMode.DIGEST: words.NOTICE_DIGEST,
    LinkMode.PAUSED: words.NOTICE_PAUSED,
}
