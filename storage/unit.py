"""The unit of work: one transaction, and everything that can be done in it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.ids import WorkspaceId
from storage.channels import ChannelsRepository
from storage.cipher import Cipher
from storage.cities import CitiesRepository
from storage.deliveries import DeliveriesRepository
from storage.engine import Transaction
from storage.inbox import InboxItem, mark_handled
from storage.installations import InstallationsRepository
from storage.links import LinksRepository
from storage.members import MembersRepository
from storage.membership import (
    AuditTrail,
    ClaimsRepository,
    GrantsRepository,
    OperatorRepository,
    SettingsRepository,
)
from storage.notices import add_notice, drop_notices
from storage.posts import PostsRepository
from storage.tables import audit
from storage.workspaces import WorkspacesRepository


class Unit:
    """One transaction. It is committed by leaving `Database.unit()` without an error.

    Keep it short and let nothing slow happen in it: on SQLite it is the only writer.
    """

    def __init__(
        self, transaction: Transaction, cipher: Cipher, clock: Callable[[], datetime]
    ) -> None:
        self.transaction = transaction
        self.wakes_outbox = False
        self._clock = clock
        self.cities = CitiesRepository(transaction)
        self.workspaces = WorkspacesRepository(transaction, cipher, clock, self._wake)
        self.installations = InstallationsRepository(transaction, cipher, clock)
        self.members = MembersRepository(transaction)
        self.channels = ChannelsRepository(transaction)
        self.links = LinksRepository(transaction, clock, self._wake)
        self.posts = PostsRepository(transaction)
        self.deliveries = DeliveriesRepository(transaction, clock, self._wake)
        self.claims = ClaimsRepository(transaction, clock)
        self.grants = GrantsRepository(transaction, clock)
        self.settings = SettingsRepository(transaction, clock)
        self.operator = OperatorRepository(transaction)
        self.trail = AuditTrail(transaction)

    async def inbox_done(self, item: InboxItem, outcome: str, note: str = "") -> None:
        """Mark an event as handled, best as the last act of the unit.

        ClaimLost, and so nothing of the unit is kept, when somebody else has the lane by now.
        """
        await mark_handled(self.transaction, item, outcome, note, self._clock())

    async def audit(
        self,
        who: str,
        act: str,
        subject: str,
        detail: Mapping[str, Any],
        *,
        workspace: WorkspaceId | None = None,
    ) -> None:
        """Note a privileged act, for good. The admins of `workspace` can read it."""
        await self.transaction.run(
            self.transaction.insert(audit).values(
                at=self._clock(),
                who=who,
                act=act,
                subject=subject,
                detail=dict(detail),
                workspace_id=workspace,
            )
        )

    async def notice(self, workspace: WorkspaceId, key: str, text: str, reference: str) -> bool:
        """See that a workspace's admins are told something, once for each `key`; false when it
        was noted before."""
        return await add_notice(self.transaction, self._clock(), workspace, key, text, reference)

    async def drop_notices(self, workspace: WorkspaceId, reference: str = "") -> None:
        """Leave unsaid what was still to be said to a workspace's admins, all or on one thing."""
        await drop_notices(self.transaction, workspace, reference)

    def _wake(self) -> None:
        self.wakes_outbox = True
