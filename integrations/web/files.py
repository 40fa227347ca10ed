"""Gives out the files of posts, to whoever holds a signed address."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from core.ids import FileId
from core.pictures import DOWNLOAD, picture_type
from integrations.web.signing import FileSigner

ReadFile = Callable[[FileId], Awaitable[bytes]]


def media_type_of(content: bytes) -> str:
    """The type of a known picture by its content; everything else is a download."""
    return picture_type(content) or DOWNLOAD


def safe_name(name: str) -> str:
    """A name without anything that a browser or a file system could take for a path."""
    kept = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name)
    return kept.strip(". ")[:150] or "file"


class FilePages:
    """`GET /files/{token}/{name}`."""

    def __init__(self, signer: FileSigner, read: ReadFile) -> None:
        self._signer = signer
        self._read = read

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The file, or 404 for an address that we did not make. Never runs in a browser."""
        name = request.match_info["name"]
        file = self._signer.verify(request.match_info["token"], name)
        if file is None:
            raise web.HTTPNotFound
        try:
            content = await self._read(file)
        except KeyError:
            raise web.HTTPNotFound from None
        media_type = media_type_of(content)
        disposition = "attachment" if media_type == DOWNLOAD else "inline"
        return web.Response(
            body=content,
            content_type=media_type,
            headers={
                "Content-Disposition": f"{disposition}; {_filename(name)}",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "public, max-age=3600",
            },
        )


def _filename(name: str) -> str:
    safe = safe_name(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    return f"filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
