"""Installations by consent: what was granted, whose token it is, and who has left."""

import hashlib
import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update

from core.ids import ExternalMember, ExternalWorkspace, PlatformName, WorkspaceId
from core.installations import Credential, Granted, InstallationId, Tokens
from storage.cipher import Cipher
from storage.engine import Transaction
from storage.rows import Fields
from storage.tables import (
    consents,
    departures,
    installations,
    installed_workspaces,
    workspaces,
)


@dataclass(frozen=True, slots=True)
class Installation:
    """What a workspace or an organization has granted, without its tokens."""

    id: InstallationId
    platform: PlatformName
    external_id: ExternalWorkspace
    is_organization: bool
    organization: ExternalWorkspace
    name: str
    app_id: str
    bot_member: ExternalMember
    bot_id: str
    installer: ExternalMember
    installed_at: datetime


@dataclass(frozen=True, slots=True)
class Renewal:
    """The right to exchange an installation's token, for as long as the lease lasts."""

    installation: InstallationId
    generation: int
    platform: PlatformName
    refresh_token: str


class InstallationsRepository:
    """Installations. Tokens go in and out in plain and are encrypted in between."""

    def __init__(
        self, transaction: Transaction, cipher: Cipher, clock: Callable[[], datetime]
    ) -> None:
        self._transaction = transaction
        self._cipher = cipher
        self._clock = clock

    # Consent under way

    async def begin_consent(self, state: str, browser: str, ends_at: datetime) -> None:
        """Remember a state and the browser it was given to; what is over is forgotten."""
        await self._transaction.run(
            consents.delete().where(consents.c.ends_at <= self._clock()),
        )
        await self._transaction.run(
            self._transaction.insert(consents).values(
                state_hash=_hash(state), browser_hash=_hash(browser), ends_at=ends_at
            )
        )

    async def end_consent(self, state: str, browser: str) -> bool:
        """Whether the state is known, in time and of this browser; true once only."""
        known = consents.c.state_hash == _hash(state)
        row = await self._transaction.row(select(consents).where(known))
        if row is None or not hmac.compare_digest(row.browser_hash, _hash(browser)):
            return False
        if row.ends_at <= self._clock():
            return False
        return await self._transaction.run(consents.delete().where(known)) == 1

    # What was granted

    async def put(self, granted: Granted) -> InstallationId:
        """Keep what was granted in place of what was granted before."""
        values = {
            "is_organization": granted.is_organization,
            "organization": granted.organization,
            "name": granted.to.name,
            "app_id": granted.app_id,
            "bot_member": granted.bot_member,
            "bot_id": granted.bot_id,
            "scopes": granted.scopes,
            "installer": granted.installer,
            "installed_at": self._clock(),
            "lease_until": None,
            **self._sealed(granted.tokens),
        }
        fresh = self._transaction.insert(installations).values(
            platform=granted.platform,
            external_id=granted.to.external_id,
            generation=0,
            **values,
        )
        own = await self._transaction.value(
            fresh.on_conflict_do_update(
                index_elements=["platform", "external_id"],
                set_={**values, "generation": installations.c.generation + 1},
            ).returning(installations.c.id)
        )
        return InstallationId(own)

    async def find(
        self, platform: PlatformName, external_id: ExternalWorkspace
    ) -> Installation | None:
        """The installation of a workspace or an organization, by the platform's id."""
        return await self._one(
            installations.c.platform == platform, installations.c.external_id == external_id
        )

    async def of(self, workspace: WorkspaceId) -> Installation | None:
        """The installation that a workspace's token comes from."""
        own = select(installed_workspaces.c.installation_id).where(
            installed_workspaces.c.workspace_id == workspace
        )
        return await self._one(installations.c.id.in_(own))

    async def attach(self, workspace: WorkspaceId, installation: InstallationId) -> None:
        """From now on a workspace's token comes from this installation."""
        fresh = self._transaction.insert(installed_workspaces).values(
            workspace_id=workspace, installation_id=installation
        )
        await self._transaction.run(
            fresh.on_conflict_do_update(
                index_elements=["workspace_id"], set_={"installation_id": installation}
            )
        )

    async def detach(self, workspace: WorkspaceId) -> None:
        """A workspace has no token by consent any more."""
        await self._transaction.run(
            installed_workspaces.delete().where(installed_workspaces.c.workspace_id == workspace)
        )

    async def workspaces_of(self, installation: InstallationId) -> list[WorkspaceId]:
        """The workspaces whose token comes from an installation."""
        rows = await self._transaction.rows(
            select(installed_workspaces.c.workspace_id)
            .where(installed_workspaces.c.installation_id == installation)
            .order_by(installed_workspaces.c.workspace_id)
        )
        return [WorkspaceId(row.workspace_id) for row in rows]

    # Tokens

    async def credentials(self, wanted: Collection[WorkspaceId]) -> dict[WorkspaceId, Credential]:
        """What opens those workspaces that have something, in one statement.

        A token that the operator gave goes before one that came by consent. SecretKeysMissing
        when one of them can't be read with the given keys.
        """
        joined = workspaces.outerjoin(
            installed_workspaces, installed_workspaces.c.workspace_id == workspaces.c.id
        ).outerjoin(installations, installations.c.id == installed_workspaces.c.installation_id)
        rows = await self._transaction.rows(
            select(
                workspaces.c.id,
                workspaces.c.token.label("given"),
                installations.c.id.label("installation"),
                installations.c.token.label("granted"),
                installations.c.expires_at,
                installations.c.generation,
            )
            .select_from(joined)
            .where(
                workspaces.c.id.in_(wanted),
                or_(workspaces.c.token.is_not(None), installations.c.token.is_not(None)),
            )
        )
        return {WorkspaceId(row.id): self._credential_of(row._mapping) for row in rows}

    def _credential_of(self, row: Fields) -> Credential:
        if row["given"] is not None:
            return Credential(self._cipher.decrypt(row["given"]))
        return Credential(
            token=self._cipher.decrypt(row["granted"]),
            expires_at=row["expires_at"],
            installation=InstallationId(row["installation"]),
            generation=row["generation"],
        )

    async def due(self, horizon: datetime) -> list[tuple[InstallationId, int]]:
        """Installations whose token ends by then, with its generation, the first to end first."""
        rows = await self._transaction.rows(
            select(installations.c.id, installations.c.generation)
            .where(
                installations.c.expires_at <= horizon, installations.c.refresh_token.is_not(None)
            )
            .order_by(installations.c.expires_at)
        )
        return [(InstallationId(row.id), row.generation) for row in rows]

    async def claim_renewal(
        self, installation: InstallationId, generation: int, until: datetime
    ) -> Renewal | None:
        """The right to exchange this very token, or None: somebody has it, or has done it."""
        lease = installations.c.lease_until
        row = await self._transaction.row(
            update(installations)
            .where(
                installations.c.id == installation,
                installations.c.generation == generation,
                installations.c.refresh_token.is_not(None),
                or_(lease.is_(None), lease <= self._clock()),
            )
            .values(lease_until=until)
            .returning(installations.c.platform, installations.c.refresh_token)
        )
        if row is None:
            return None
        platform = PlatformName(row.platform)
        return Renewal(installation, generation, platform, self._cipher.decrypt(row.refresh_token))

    async def is_leased(self, installation: InstallationId, generation: int) -> bool:
        """Whether somebody is exchanging this very token at the moment."""
        found = await self._transaction.value(
            select(func.count())
            .select_from(installations)
            .where(
                installations.c.id == installation,
                installations.c.generation == generation,
                installations.c.lease_until > self._clock(),
            )
        )
        return bool(found)

    async def renew(self, renewal: Renewal, tokens: Tokens) -> bool:
        """Keep the new tokens; false when the installation was granted anew meanwhile."""
        return await self._change(
            installations.c.id == renewal.installation,
            installations.c.generation == renewal.generation,
            generation=renewal.generation + 1,
            lease_until=None,
            **self._sealed(tokens),
        )

    async def forget_tokens(
        self, installation: InstallationId, generation: int | None = None
    ) -> bool:
        """Delete both tokens; with a generation, only when it is still this one."""
        conditions = [installations.c.id == installation]
        if generation is not None:
            conditions.append(installations.c.generation == generation)
        return await self._change(
            *conditions,
            token=None,
            refresh_token=None,
            expires_at=None,
            lease_until=None,
            generation=installations.c.generation + 1,
        )

    async def reencrypt(self) -> int:
        """Encrypt every token with the newest key; gives back how many there are."""
        count = 0
        for row in await self._transaction.rows(select(installations)):
            kept = {"token": row.token, "refresh_token": row.refresh_token}
            again = {key: self._cipher.rotate(value) for key, value in kept.items() if value}
            if again:
                await self._change(installations.c.id == row.id, **again)
            count += len(again)
        return count

    # Departures

    async def leave(self, workspace: WorkspaceId, at: datetime) -> None:
        """A workspace has removed the app; the first time counts."""
        fresh = self._transaction.insert(departures).values(workspace_id=workspace, left_at=at)
        await self._transaction.run(
            fresh.on_conflict_do_nothing(index_elements=["workspace_id"]),
        )

    async def left_at(self, workspace: WorkspaceId) -> datetime | None:
        """When a workspace removed the app; None while it has it."""
        row = await self._transaction.row(
            select(departures.c.left_at).where(departures.c.workspace_id == workspace)
        )
        return None if row is None else row.left_at

    async def come_back(self, workspace: WorkspaceId) -> None:
        """A workspace has the app again."""
        await self._transaction.run(
            departures.delete().where(departures.c.workspace_id == workspace)
        )

    async def left_before(self, when: datetime) -> list[WorkspaceId]:
        """The workspaces that have been gone since then or longer."""
        rows = await self._transaction.rows(
            select(departures.c.workspace_id)
            .where(departures.c.left_at <= when)
            .order_by(departures.c.workspace_id)
        )
        return [WorkspaceId(row.workspace_id) for row in rows]

    # Small steps

    def _sealed(self, tokens: Tokens) -> dict[str, object]:
        return {
            "token": self._cipher.encrypt(tokens.access),
            "refresh_token": self._cipher.encrypt(tokens.refresh) if tokens.refresh else None,
            "expires_at": tokens.expires_at,
        }

    async def _change(self, *conditions: ColumnElement[bool], **values: object) -> bool:
        return bool(
            await self._transaction.run(update(installations).where(*conditions).values(**values))
        )

    async def _one(self, *conditions: ColumnElement[bool]) -> Installation | None:
        row = await self._transaction.row(select(installations).where(*conditions))
        if row is None:
            return None
        return Installation(
            id=InstallationId(row.id),
            platform=PlatformName(row.platform),
            external_id=ExternalWorkspace(row.external_id),
            is_organization=row.is_organization,
            organization=ExternalWorkspace(row.organization),
            name=row.name,
            app_id=row.app_id,
            bot_member=ExternalMember(row.bot_member),
            bot_id=row.bot_id,
            installer=ExternalMember(row.installer),
            installed_at=row.installed_at,
        )


def _hash(secret: str) -> str:
    """The states and cookies are random and long, so a plain hash gives nothing away."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
