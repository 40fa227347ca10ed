"""Many callers, one transaction: whoever comes while a commit runs shares the next one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from storage.errors import DatabaseUnreachable

Item = TypeVar("Item")
Result = TypeVar("Result")


class GroupCommit(Generic[Item, Result]):
    """Collects what concurrent callers bring and hands it on as one batch.

    There is no waiting for company: a single caller is served at once, and a batch grows only
    while the one before it is being written.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], *, limit: int = 500
    ) -> None:
        """`write` is one transaction; it gives one result for each item, in the same order."""
        self._write = write
        self._limit = limit
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> Result:
        """Returns when the item is committed; raises what its transaction raised."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), name="group commit")
        return await future

    async def close(self) -> None:
        """Wait until everything handed in so far is written."""
        if self._runner is not None:
            await self._runner

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._limit]
                del self._waiting[: self._limit]
                await self._commit(batch)
        finally:
            self._runner = None

    async def _commit(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is raised again for the callers
            if len(batch) == 1 or isinstance(error, DatabaseUnreachable):
                for _, future in batch:
                    _finish(future, error=error)
                return
            # One bad item must not cost the others: each gets a transaction of its own.
            for single in batch:
                await self._commit([single])
            return
        for (_, future), result in zip(batch, results, strict=True):
            _finish(future, result)


def _finish(
    future: asyncio.Future[Result], result: Result | None = None, error: Exception | None = None
) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]
