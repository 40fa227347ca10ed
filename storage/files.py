"""The bytes of files, in the database: a backup is complete, and every node has them."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from core.ids import FileId
from storage.engine import Connections
from storage.tables import contents, files, posts


class Files:
    """The file store (`core.ports.FileStore`)."""

    def __init__(self, connections: Connections, clock: Callable[[], datetime]) -> None:
        self._connections = connections
        self._clock = clock

    async def put(self, data: bytes) -> str:
        """Keep a content, once however often it is put; gives back its digest (SHA-256)."""
        digest = hashlib.sha256(data).hexdigest()
        async with self._connections.writing() as transaction:
            fresh = transaction.insert(contents).values(
                digest=digest, data=data, created_at=self._clock()
            )
            await transaction.run(fresh.on_conflict_do_nothing(index_elements=["digest"]))
        return digest

    async def read(self, file: FileId) -> bytes:
        """The content of a file; KeyError when there is none, or its post was taken back."""
        async with self._connections.reading() as transaction:
            found: bytes | None = await transaction.value(
                select(contents.c.data)
                .join(files, files.c.digest == contents.c.digest)
                .join(posts, posts.c.id == files.c.post_id)
                .where(files.c.id == file, posts.c.deleted.is_(False))
            )
        if found is None:
            raise KeyError(file)
        return found
