"""Deliveries: the duty to make one copy exist, change or vanish, and what becomes of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.channels import Link, Trouble
from core.ids import DeliveryId, ExternalMessage, LinkId, Marker, PostId
from core.places import Workspace
from core.posts import Copy, Post


class DeliveryKind(StrEnum):
    """What is to be done. `create`, `update` and `remove` keep their order within a conversation;
    `tally` and `receipt` show the newest state whenever they run."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    TALLY = "tally"
    RECEIPT = "receipt"


class DeliveryState(StrEnum):
    """`waiting` until claimed, `sending` while a node works on it, then one of the last four.

    `uncertain` is a create whose answer was lost on a platform that can't be read back.
    """

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One duty. `unsure` means that an earlier attempt may have been done: look before sending."""

    id: DeliveryId
    link: LinkId
    kind: DeliveryKind
    post: PostId | None
    created_at: datetime
    attempts: int = 0
    unsure: bool = False

    def marker(self, part: int = 0) -> Marker:
        """Our mark on the message that this delivery makes."""
        return Marker(f"{self.id}.{part}")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A conversation's turn: what is due there, in order, with all that is needed to do it.

    `posts` holds every post the deliveries are about, `copies` their copies in this conversation,
    `roots` for each reply the copy (part 0) of its thread's root here. `pace` is the conversation's
    rate state (see `core.pace`).
    """

    link: Link
    workspace: Workspace
    deliveries: tuple[Delivery, ...]
    posts: dict[PostId, Post]
    copies: dict[PostId, tuple[Copy, ...]]
    roots: dict[PostId, Copy]
    pace: tuple[float, ...] = ()
    token: str = ""


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A message that now exists on a platform."""

    post: PostId
    message: ExternalMessage
    part: int
    thread: ExternalMessage | None
    shown: int
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one delivery. `waiting` ones are tried again, not before `due_at`, and hold
    nothing else up until then."""

    delivery: DeliveryId
    state: DeliveryState
    error: str = ""
    unsure: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnOver:
    """The end of a conversation's turn: written in one piece, and the conversation let go.

    `wait_until` holds the whole conversation back (a rate limit, a failure), `hold_workspace_until`
    every conversation of the workspace. `trouble` marks the link as broken.
    """

    claimed: Claimed
    settled: tuple[Settled, ...]
    new_copies: tuple[NewCopy, ...] = ()
    changed_copies: tuple[Copy, ...] = ()
    pace: tuple[float, ...] = ()
    wait_until: datetime | None = None
    hold_workspace_until: datetime | None = None
    trouble: Trouble | None = None


LATE_AFTER = timedelta(minutes=1)
"""A city that has not got a post after this long is late, and the author may see it."""

_LONGEST_WAIT = 60.0


def retry_delay(attempts: int, chance: float) -> timedelta:
    """How long to wait after `attempts` failures: doubling to a minute, spread by `chance` 0–1."""
    seconds = min(_LONGEST_WAIT, 0.5 * 2.0 ** min(attempts, 10))
    return timedelta(seconds=seconds * (0.5 + 0.5 * chance))
