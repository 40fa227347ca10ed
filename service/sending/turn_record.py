"""What a conversation's turn knows, and what it has come to so far."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.channels import Trouble
from core.deliveries import (
    Claimed,
    Delivery,
    DeliveryKind,
    DeliveryState,
    NewCopy,
    Settled,
    TurnOver,
)
from core.ids import ExternalMessage, LinkId, Marker, PostId
from core.pace import PaceState, spend
from core.ports import Destination, Part, Platform
from core.posts import Copy, Post
from service.sending.rendering import Renderer

MOST_JOINED = 20
"""How many posts share one message at most."""

FIRST_POINTER = 900
FIRST_FILE = 1_000
"""Where the part numbers of pointers and files begin; the parts of the text count from 0."""

PostsAt = Callable[[LinkId, ExternalMessage], Awaitable[Sequence[Post]]]
IsOut = Callable[[PostId], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every turn works with. `posts_at` reads the posts that share a message, `is_out` whether
    every city has got a post."""

    platform: Platform
    renderer: Renderer
    clock: Callable[[], datetime]
    posts_at: PostsAt
    is_out: IsOut


def numbered(parts: Sequence[Part]) -> list[tuple[int, Part]]:
    """The parts with their lasting numbers: text from 0, pointers from 900, files from 1000."""
    text = pointer = file = 0
    result: list[tuple[int, Part]] = []
    for part in parts:
        if part.file is not None:
            result.append((FIRST_FILE + file, part))
            file += 1
        elif part.pointer:
            result.append((FIRST_POINTER + pointer, part))
            pointer += 1
        else:
            result.append((text, part))
            text += 1
    return result


@dataclass
class TurnRecord:
    """The knowledge and the outcome of one turn, in one place."""

    claimed: Claimed
    around: Surroundings
    pace: PaceState = ()
    settled: list[Settled] = field(default_factory=list)
    new_copies: list[NewCopy] = field(default_factory=list)
    changed: dict[int, Copy] = field(default_factory=dict)
    wait_until: datetime | None = None
    hold_workspace_until: datetime | None = None
    trouble: Trouble | None = None
    looked_up: dict[ExternalMessage | None, Mapping[Marker, ExternalMessage]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self.pace = self.claimed.pace
        self._copies = {post: list(copies) for post, copies in self.claimed.copies.items()}

    def over(self) -> TurnOver:
        """The outcome, for keeping."""
        return TurnOver(
            claimed=self.claimed,
            settled=tuple(self.settled),
            new_copies=tuple(self.new_copies),
            changed_copies=tuple(self.changed.values()),
            pace=self.pace,
            wait_until=self.wait_until,
            hold_workspace_until=self.hold_workspace_until,
            trouble=self.trouble,
        )

    def now(self) -> float:
        """The time in seconds, as the pace counts it."""
        return self.around.clock().timestamp()

    def settle(self, group: Sequence[Delivery], state: DeliveryState, error: str = "") -> None:
        """These deliveries have come to their end."""
        self.settled += [Settled(delivery.id, state, error) for delivery in group]

    def leave_waiting(
        self, deliveries: Iterable[Delivery], error: str = "", *, unsure: bool = False
    ) -> None:
        """These deliveries are tried again; with `unsure`, after a look at what was done."""
        for delivery in deliveries:
            doubtful = delivery.kind is DeliveryKind.CREATE and (unsure or delivery.unsure)
            waiting = Settled(delivery.id, DeliveryState.WAITING, error, unsure=doubtful)
            self.settled.append(waiting)

    def put_off(self, delivery: Delivery, error: str, until: datetime) -> None:
        """This delivery is tried again later; those behind it go on."""
        waiting = Settled(delivery.id, DeliveryState.WAITING, error, due_at=until)
        self.settled.append(waiting)

    def post(self, delivery: Delivery) -> Post:
        """The post that a delivery is about."""
        if delivery.post is None:
            raise LookupError(f"delivery {delivery.id} is about no post")
        return self.claimed.posts[delivery.post]

    def root_post(self, post: Post) -> Post | None:
        """The post that this one answers."""
        return self.claimed.posts.get(post.root) if post.root is not None else None

    def thread_of(self, post: Post) -> ExternalMessage | None:
        """The thread here that a reply belongs to; None when there is none, or it is no reply."""
        if post.root is None:
            return None
        made = (c for c in self.new_copies if c.post == post.root and c.part == 0)
        root = self.claimed.roots.get(post.id) or next(made, None)
        return (root.thread or root.message) if root is not None else None

    def origin_copy(self, post: Post) -> Copy | None:
        """The original message, when this is where it was written."""
        originals = (c for c in self._copies.get(post.id, ()) if c.is_origin and not c.gone)
        return next(originals, None)

    def shown_parts(self, post: Post) -> dict[int, ExternalMessage]:
        """The messages that show the parts of a post here, made earlier or in this turn."""
        known = {copy.part: copy.message for copy in self.standing_copies(post)}
        return known | {c.part: c.message for c in self.new_copies if c.post == post.id}

    def standing_copies(self, post: Post) -> list[Copy]:
        """Our copies of a post here that were not taken away, in order."""
        standing = [c for c in self._copies.get(post.id, ()) if not c.is_origin and not c.gone]
        return sorted(standing, key=lambda copy: copy.part)

    def shows(
        self,
        post: Post,
        message: ExternalMessage,
        part: int,
        thread: ExternalMessage | None,
        *,
        joined: bool = False,
        version: int | None = None,
    ) -> None:
        """A message shows a part of a post now: as it is, unless an older version is given."""
        shown = post.version if version is None else version
        copy = NewCopy(post.id, message, part, thread, shown, joined)
        self.new_copies.append(copy)

    def needs_another_turn(self, delivery: Delivery) -> bool:
        """Whether it changes a copy that was only found again in this turn, and is not kept yet."""
        if delivery.kind is DeliveryKind.CREATE:
            return False
        return any(copy.post == delivery.post and copy.shown == 0 for copy in self.new_copies)

    def change(self, copy: Copy) -> None:
        """A copy is another now."""
        self.changed[copy.id] = copy
        self._copies[copy.post] = [
            copy if known.id == copy.id else known for known in self._copies[copy.post]
        ]

    def destination(
        self, thread: ExternalMessage | None, *, broadcast: bool = False
    ) -> Destination:
        """A place in this turn's conversation."""
        return Destination(
            self.claimed.workspace, self.claimed.link.conversation, thread, broadcast
        )

    def parts(
        self, posts: Sequence[Post], quoted: Post | None = None, *, named: bool = False
    ) -> list[tuple[int, Part]]:
        """Posts in this workspace's form, with part numbers."""
        renderer, workspace = self.around.renderer, self.claimed.workspace
        return numbered(renderer.parts(workspace, posts, quoted, named=named))

    async def send(self, destination: Destination, part: Part, marker: Marker) -> ExternalMessage:
        """Post one message, and count it against the conversation's pace."""
        message = await self.around.platform.post(destination, part, marker)
        self.pace = spend(self.around.platform.paces, self.pace, self.now())
        return message

    async def joined_posts(self, copy: Copy, post: Post) -> list[Post]:
        """The posts that a message shows, with this one as it is now."""
        if not copy.joined:
            return [post]
        others = await self.around.posts_at(copy.link, copy.message)
        return [post if other.id == post.id else other for other in others if not other.deleted]
