"""Exchanges tokens that end for new ones: once for all nodes, in good time, and when asked.

A refresh token works once, and two nodes that use it at the same time end up with one dead token
between them (Slack: docs.slack.dev/authentication/using-token-rotation). So whoever exchanges a
token first takes a lease on it in the database, and the others wait for what comes of it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from core.channels import Trouble
from core.failures import CallFailed, Refused
from core.ids import PlatformName
from core.installations import REFRESHED_BEFORE, InstallationId, Tokens
from service.clock import Clock
from service.watching.troubles import trouble_workspace
from storage.database import Database
from storage.errors import StorageError
from storage.installations import Renewal

logger = logging.getLogger(__name__)

Refresher = Callable[[str], Awaitable[Tokens]]
"""Exchanges a refresh token for new tokens; fails with `core.failures.CallFailed`."""

LEASE = timedelta(seconds=60)
"""Longer than the exchange may take; also how long a failed one is not tried again."""

EVERY = timedelta(minutes=5)

_OTHERS_WITHIN = 20.0
_LOOK_EVERY = 0.1
_KEEP_TRIES = 5


class TokenRotation:
    """The tokens of this database that end."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        refreshers: Mapping[PlatformName, Refresher],
    ) -> None:
        self._database = database
        self._clock = clock
        self._refreshers = refreshers
        self._running: dict[InstallationId, asyncio.Task[None]] = {}

    async def refresh_due(self) -> None:
        """Exchange every token that ends soon. Safe to call on every node at once."""
        async with self._database.view() as view:
            due = await view.installations.due(self._clock() + REFRESHED_BEFORE)
        for installation, generation in due:
            await self.refresh(installation, generation, wait=False)

    async def refresh(
        self, installation: InstallationId, generation: int, *, wait: bool = True
    ) -> None:
        """See that a token is exchanged, by us or by whoever is at it; `wait` for the others.

        Returns also when it could not be done: what is stored says what there is. It goes on when
        the caller is cancelled, for what the platform has answered exists nowhere else.
        """
        task = self._running.get(installation)
        if task is None:
            task = asyncio.create_task(self._refresh(installation, generation, wait))
            self._running[installation] = task
            task.add_done_callback(lambda _: self._running.pop(installation, None))
        await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _refresh(self, installation: InstallationId, generation: int, wait: bool) -> None:
        async with self._database.unit() as unit:
            renewal = await unit.installations.claim_renewal(
                installation, generation, self._clock() + LEASE
            )
        if renewal is None:
            if wait:
                await self._others(installation, generation)
            return
        refresher = self._refreshers.get(renewal.platform)
        if refresher is None:
            logger.error("%s tokens end, and nothing here can renew them", renewal.platform)
            return
        try:
            tokens = await refresher(renewal.refresh_token)
        except Refused as failure:
            if failure.trouble is Trouble.TOKEN_GONE:
                await self._gone(renewal, failure.code)
            else:
                logger.error("A token could not be renewed: %s", failure.code)
        except CallFailed as failure:
            logger.warning("A token could not be renewed yet: %s", failure.code)
        else:
            await self._keep(renewal, tokens)

    async def _others(self, installation: InstallationId, generation: int) -> None:
        """Wait for the node that is exchanging this token."""
        for _ in range(int(_OTHERS_WITHIN / _LOOK_EVERY)):
            async with self._database.view() as view:
                if not await view.installations.is_leased(installation, generation):
                    return
            await asyncio.sleep(_LOOK_EVERY)

    async def _keep(self, renewal: Renewal, tokens: Tokens) -> None:
        """Write the new tokens down. They exist nowhere else, so a hiccup is waited out."""
        for attempt in range(1, _KEEP_TRIES + 1):
            try:
                async with self._database.unit() as unit:
                    await unit.installations.renew(renewal, tokens)
            except StorageError:
                if attempt == _KEEP_TRIES:
                    raise
                await asyncio.sleep(attempt)
            else:
                return

    async def _gone(self, renewal: Renewal, code: str) -> None:
        """The platform takes the refresh token no more: only a new installation helps."""
        now = self._clock()
        async with self._database.unit() as unit:
            repository = unit.installations
            if not await repository.forget_tokens(renewal.installation, renewal.generation):
                return  # it was installed again meanwhile
            for own in await repository.workspaces_of(renewal.installation):
                workspace = await unit.workspaces.get(own)
                if workspace is not None:
                    await trouble_workspace(unit, workspace, Trouble.TOKEN_GONE, now)
        logger.warning("A refresh token is refused (%s): the app must be installed again", code)
