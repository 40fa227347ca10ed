"""What the notice in a linked conversation says."""

from core import office_words as words
from core.channels import Link, LinkMode
from core.ports import Answer
from core.words import NAME
from service.office.acts import lines


def notice_text(topic: str, link: Link) -> Answer:
    """What stands in a linked conversation: who reads what is written here, and how to stop."""
    return Answer(words.NOTICE_HERE, lines(_SAID[link.mode].format(topic=topic, app=NAME)))


NO_LONGER_SHARED = Answer(words.NOTICE_ENDED_TITLE, lines(words.NOTICE_ENDED))

_SAID = {
    LinkMode.LIVE: words.NOTICE_LIVE,
    LinkMode.DIGEST: words.NOTICE_DIGEST,
    LinkMode.PAUSED: words.NOTICE_PAUSED,
}
