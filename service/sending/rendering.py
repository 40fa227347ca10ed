"""Posts in each platform's form. The same post for a thousand cities is rendered once."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from core.decisions import as_quote_line
from core.ids import ExternalTenant, PlatformName
from core.places import Workspace
from core.ports import Content, FileLink, Part, Platform
from core.posts import Post, StoredFile
from core.text import mentions_in

_REMEMBERED = 1_000


class Renderer:
    """Renders posts and remembers the results. `link_to` gives the signed address of a file."""

    def __init__(
        self, platforms: Mapping[PlatformName, Platform], link_to: Callable[[StoredFile], str]
    ) -> None:
        self._platforms = platforms
        self._link_to = link_to
        self._remembered: OrderedDict[tuple[object, ...], tuple[Part, ...]] = OrderedDict()

    def parts(
        self,
        workspace: Workspace,
        posts: Sequence[Post],
        in_reply_to: Post | None = None,
        *,
        named: bool = False,
    ) -> tuple[Part, ...]:
        """The messages that show these posts in a workspace: one post, or several joined.

        `named` is for a message that was once joined: who speaks is then said in its text.
        """
        tenant = _tenant_that_matters(workspace, posts)
        key: tuple[object, ...] = (
            workspace.platform,
            tenant,
            in_reply_to.id if in_reply_to else None,
            named,
            *((post.id, post.version, post.tally) for post in posts),
        )
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
            return known
        contents = [self._content(post, tenant, in_reply_to, named) for post in posts]
        parts = self._platforms[workspace.platform].render(contents)
        self._remembered[key] = parts
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return parts

    def _content(
        self, post: Post, tenant: ExternalTenant, in_reply_to: Post | None, named: bool
    ) -> Content:
        return Content(
            author=post.author,
            body=post.body,
            tenant=tenant,
            files=tuple(FileLink(file, self._link_to(file)) for file in post.files),
            notes=post.notes,
            tally=post.tally,
            in_reply_to=as_quote_line(in_reply_to) if in_reply_to else "",
            broadcast=post.broadcast and post.root is not None,
            named=named,
        )


def _tenant_that_matters(workspace: Workspace, posts: Sequence[Post]) -> ExternalTenant:
    """The tenant when somebody of it is mentioned; otherwise one rendering serves every tenant."""
    mentioned = any(
        mention.who is not None and mention.who.tenant == workspace.tenant
        for post in posts
        for mention in mentions_in(post.body)
    )
    return workspace.tenant if mentioned else ExternalTenant("")
