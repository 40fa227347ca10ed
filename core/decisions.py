"""What the exchange does about an event: pure decisions, `(situation, event) -> decision`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.channels import Link, LinkMode, Outgoing
from core.events import MessageDeleted, MessageEdited, MessagePosted, ReactionChanged
from core.ids import PostId
from core.places import City, Member, Workspace, WorkspaceState
from core.posts import Copy, Post
from core.text import Body, plain_text

STAYS_INSIDE = "//"
"""What a message starts with that is meant for the own city only."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about the place and the message of an event.

    `copies` are the copies at the event's message, `thread` those at its thread's root, `post` the
    post that the first of `copies` belongs to, `author` who wrote the message, as far as known.
    """

    workspace: Workspace
    link: Link | None
    copies: tuple[Copy, ...] = ()
    thread: tuple[Copy, ...] = ()
    post: Post | None = None
    city: City | None = None
    author: Member | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is to be done, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Publish:
    """A new post goes out, as a reply when `root` is given."""

    body: Body
    root: PostId | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The bot was spoken to."""

    words: str


@dataclass(frozen=True, slots=True)
class Revise:
    """A post says something else now."""

    post: PostId
    body: Body


@dataclass(frozen=True, slots=True)
class Retract:
    """A post is taken back everywhere."""

    post: PostId


@dataclass(frozen=True, slots=True)
class Forget:
    """Somebody took one of our copies away: it is not touched any more."""

    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class CountReaction:
    """An emoji was given to a post, or taken back."""

    post: PostId


def _said(body: Body) -> str:
    return plain_text(body).strip()


def stays_inside(body: Body) -> bool:
    """Whether the author marked a message as meant for the own city only."""
    return _said(body).startswith(STAYS_INSIDE)


def _closed(situation: Situation) -> str:
    """Why nothing goes out from here, or an empty string."""
    if situation.workspace.state is not WorkspaceState.CONFIRMED:
        return "the workspace is not confirmed"
    if situation.link is None:
        return "the conversation is not linked"
    if situation.link.mode is not LinkMode.LIVE:
        return "the link is not live"
    return ""


def _thread_root(event: MessagePosted, situation: Situation) -> PostId | Nothing | None:
    if event.thread is None:
        return None
    if situation.thread:
        return situation.thread[0].post
    if event.broadcast:
        return None
    return Nothing("the thread is not part of the exchange")


def _kept_here(event: MessagePosted, situation: Situation) -> str:
    """Why a message does not go out from a live conversation, or an empty string."""
    if situation.copies:
        return "known already"
    if not event.body and not event.files and not event.notes:
        return "nothing in it"
    if stays_inside(event.body):
        return "stays inside the city"
    if event.author.is_app and situation.link and not situation.link.apps_posts:
        return "written by an app"
    return ""


def _is_for_bot(
    event: MessagePosted, situation: Situation, is_request: Callable[[str], bool]
) -> bool:
    if not event.to_bot or event.author.is_app:
        return False
    return event.private or bool(_closed(situation)) or is_request(_said(event.body))


def on_posted(
    event: MessagePosted, situation: Situation, is_request: Callable[[str], bool]
) -> Publish | Answer | Nothing:
    """Decide about a new message. `is_request` knows the words that are meant for the bot.

    Where only chosen messages go out, naming the bot in a message chooses it.
    """
    if event.ours or event.markers:
        return Nothing("our own message")
    if _is_for_bot(event, situation, is_request):
        return Answer(_said(event.body))
    if reason := _closed(situation) or _kept_here(event, situation):
        return Nothing(reason)
    root = _thread_root(event, situation)
    if isinstance(root, Nothing):
        return root
    chosen_only = situation.link is not None and situation.link.outgoing is Outgoing.CHOSEN
    if root is None and chosen_only and not event.to_bot:
        return Nothing("only chosen messages go out from here")
    return Publish(event.body, root)


def on_edited(event: MessageEdited, situation: Situation) -> Revise | Retract | Nothing:
    """Decide about a changed message. Only the original speaks for a post."""
    if event.ours:
        return Nothing("our own message")
    if closed := _closed(situation):
        return Nothing(closed)
    post = situation.post
    if post is None or not situation.copies or not situation.copies[0].is_origin:
        return Nothing("not a post of this conversation")
    if stays_inside(event.body):
        return Nothing("taken back already") if post.deleted else Retract(post.id)
    if not post.deleted and event.body == post.body and event.files is None:
        return Nothing("says the same as before")
    return Revise(post.id, event.body)


def on_deleted(event: MessageDeleted, situation: Situation) -> Retract | Forget | Nothing:
    """Decide about a message that was taken back: a post's original, or one of our copies."""
    if not situation.copies:
        return Nothing("not a post of this conversation")
    first = situation.copies[0]
    if not first.is_origin:
        standing = tuple(copy for copy in situation.copies if not copy.gone)
        return Forget(standing) if standing else Nothing("our own message")
    if situation.post is None or situation.post.deleted:
        return Nothing("taken back already")
    return Retract(first.post)


def on_reaction(event: ReactionChanged, situation: Situation) -> CountReaction | Nothing:
    """Decide about an emoji on a post or on one of its copies."""
    if event.member == situation.workspace.bot_member:
        return Nothing("our own reaction")
    if closed := _closed(situation):
        return Nothing(closed)
    if not situation.copies or situation.post is None or situation.post.deleted:
        return Nothing("not a post of this conversation")
    return CountReaction(situation.copies[0].post)


def mirrored_emoji(post: Post, workspace: Workspace) -> tuple[str, ...]:
    """The emoji that our bot shows on a post in a workspace: those given anywhere else."""
    return tuple(
        count.emoji
        for count in post.tally
        if count.character and any(other != workspace.id for other in count.workspaces)
    )


_FIRST_WORDS = 60


def first_words(body: Body) -> str:
    """The beginning of a post on one line, to remind people of it."""
    words = " ".join(_said(body).split())
    return words if len(words) <= _FIRST_WORDS else words[: _FIRST_WORDS - 1].rstrip() + "…"


_LONGEST_JOINED = 2_000


def joinable(posts: Sequence[Post]) -> int:
    """How many posts from the front may share one message.

    They stand in the same thread, have no files, and are short enough together for one message.
    """
    taken = length = 0
    for post in posts:
        length += len(_said(post.body))
        alone = post.files or post.deleted or post.broadcast or post.root != posts[0].root
        if alone or length > _LONGEST_JOINED:
            break
        taken += 1
    return taken


def as_quote_line(post: Post) -> str:
    """How a reply names the post it answers where the thread is not known."""
    return f"{post.author.name}, {post.author.city}: {first_words(post.body)}"
