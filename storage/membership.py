"""Who takes part: claims, given roles, what a workspace has chosen, and the operator's place."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, delete, null, select, update

from core.claims import (
    AuditEntry,
    Claim,
    ClaimState,
    Grant,
    OperatorPlace,
    WorkspaceSettings,
)
from core.ids import (
    CityId,
    ExternalConversation,
    ExternalMember,
    ExternalMessage,
    WorkspaceId,
)
from core.places import Role, Workspace, WorkspaceState
from storage.engine import Transaction
from storage.rows import workspace_of
from storage.tables import (
    audit,
    claims,
    grants,
    operator_places,
    workspace_settings,
    workspaces,
)

Clock = Callable[[], datetime]


class ClaimsRepository:
    """Claims to a city. At most one of a workspace is waiting at any time."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    async def add(
        self,
        workspace: WorkspaceId,
        city: CityId,
        *,
        member: ExternalMember,
        name: str,
        email: str,
        note: str,
    ) -> Claim | None:
        """Note a claim for the operator; None when another one is waiting already."""
        now = self._clock()
        fresh = self._transaction.insert(claims).values(
            workspace_id=workspace,
            city_id=city,
            member=member,
            name=name,
            email=email,
            note=note,
            state=ClaimState.WAITING.value,
            reason="",
            decided_by="",
            created_at=now,
            notice_message="",
            notice_due_at=now,
        )
        row = await self._transaction.row(fresh.on_conflict_do_nothing().returning(claims))
        return None if row is None else _claim_of(row._mapping)

    async def get(self, claim: int) -> Claim | None:
        """A claim by its number."""
        return await self._one(claims.c.id == claim)

    async def newest(self, workspace: WorkspaceId) -> Claim | None:
        """The last claim of a workspace."""
        return await self._one(claims.c.workspace_id == workspace)

    async def waiting(self) -> list[Claim]:
        """Claims that wait for the operator, the oldest first."""
        rows = await self._transaction.rows(
            select(claims).where(claims.c.state == ClaimState.WAITING.value).order_by(claims.c.id)
        )
        return [_claim_of(row._mapping) for row in rows]

    async def decide(
        self, claim: int, state: ClaimState, *, decided_by: str, reason: str = ""
    ) -> Claim | None:
        """Answer a waiting claim; None when it is not waiting (any more)."""
        now = self._clock()
        row = await self._transaction.row(
            update(claims)
            .where(claims.c.id == claim, claims.c.state == ClaimState.WAITING.value)
            .values(
                state=state.value,
                reason=reason,
                decided_by=decided_by,
                decided_at=now,
                notice_due_at=now,
            )
            .returning(claims)
        )
        return None if row is None else _claim_of(row._mapping)

    async def reopen(self, workspace: WorkspaceId, *, decided_by: str) -> bool:
        """Let a refused workspace ask again; false when it was not refused."""
        newest = await self.newest(workspace)
        if newest is None or newest.state is not ClaimState.REFUSED:
            return False
        await self._transaction.run(
            update(claims)
            .where(claims.c.id == newest.id)
            .values(state=ClaimState.WITHDRAWN.value, decided_by=decided_by)
        )
        return True

    async def workspaces_of(self, city: CityId) -> list[Workspace]:
        """The workspaces that the operator has confirmed for a city."""
        rows = await self._transaction.rows(
            select(workspaces)
            .where(
                workspaces.c.city_id == city, workspaces.c.state == WorkspaceState.CONFIRMED.value
            )
            .order_by(workspaces.c.id)
        )
        return [workspace_of(row._mapping) for row in rows]

    async def take_notices(self, limit: int, lease: timedelta) -> list[Claim]:
        """Claims of which the operator is to be told now; each comes again after the lease."""
        now = self._clock()
        due = await self._transaction.rows(
            select(claims.c.id)
            .where(claims.c.notice_due_at <= now)
            .order_by(claims.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        if not due:
            return []
        rows = await self._transaction.rows(
            update(claims)
            .where(claims.c.id.in_([row.id for row in due]))
            .values(notice_due_at=now + lease)
            .returning(claims)
        )
        return sorted((_claim_of(row._mapping) for row in rows), key=lambda claim: claim.id)

    async def told(self, claim: Claim, message: ExternalMessage | str) -> None:
        """The operator sees a claim as it is in `claim`; what has changed since is told again."""
        kept = {"notice_message": message, "notice_due_at": null()}
        done = await self._transaction.run(
            update(claims)
            .where(claims.c.id == claim.id, claims.c.state == claim.state.value)
            .values(**kept)
        )
        if not done:
            await self._transaction.run(
                update(claims)
                .where(claims.c.id == claim.id)
                .values(notice_message=message, notice_due_at=self._clock())
            )

    async def _one(self, condition: ColumnElement[bool]) -> Claim | None:
        row = await self._transaction.row(
            select(claims).where(condition).order_by(claims.c.id.desc()).limit(1)
        )
        return None if row is None else _claim_of(row._mapping)


def _claim_of(row: RowMapping) -> Claim:
    return Claim(
        id=row["id"],
        workspace=WorkspaceId(row["workspace_id"]),
        city=CityId(row["city_id"]),
        member=ExternalMember(row["member"]),
        name=row["name"],
        email=row["email"],
        note=row["note"],
        state=ClaimState(row["state"]),
        reason=row["reason"],
        decided_by=row["decided_by"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        notice=ExternalMessage(row["notice_message"]) if row["notice_message"] else None,
    )


class GrantsRepository:
    """Roles that people were given by their admins or the operator."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    async def of(self, workspace: WorkspaceId) -> list[Grant]:
        """Everybody with a given role."""
        rows = await self._transaction.rows(
            select(grants)
            .where(grants.c.workspace_id == workspace)
            .order_by(grants.c.role, grants.c.given_at, grants.c.member)
        )
        return [
            Grant(ExternalMember(row.member), Role(row.role), row.given_by, row.given_at)
            for row in rows
        ]

    async def set_holders(
        self,
        workspace: WorkspaceId,
        role: Role,
        holders: Sequence[ExternalMember],
        given_by: str,
    ) -> tuple[list[ExternalMember], list[ExternalMember]]:
        """Let exactly these people have a role; gives back who is new and who has it no more."""
        before = {grant.member for grant in await self.of(workspace) if grant.role is role}
        new = [holder for holder in dict.fromkeys(holders) if holder not in before]
        gone = sorted(before - set(holders))
        if gone:
            await self._transaction.run(
                delete(grants).where(
                    grants.c.workspace_id == workspace,
                    grants.c.role == role.value,
                    grants.c.member.in_(gone),
                )
            )
        now = self._clock()
        for holder in new:
            fresh = self._transaction.insert(grants).values(
                workspace_id=workspace,
                member=holder,
                role=role.value,
                given_by=given_by,
                given_at=now,
            )
            await self._transaction.run(fresh.on_conflict_do_nothing())
        return new, gone


class SettingsRepository:
    """What workspaces have chosen."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    async def of(self, workspace: WorkspaceId) -> WorkspaceSettings:
        """What a workspace has chosen, or the defaults."""
        row = await self._transaction.row(
            select(workspace_settings).where(workspace_settings.c.workspace_id == workspace)
        )
        if row is None:
            return WorkspaceSettings()
        return WorkspaceSettings(row.digest_weekday, row.digest_hour, row.set_up_at)

    async def set_digest(self, workspace: WorkspaceId, weekday: int, hour: int) -> None:
        """Say when the digest comes: weekday 0 is Monday, the hour is in the city's zone."""
        await self._put(workspace, digest_weekday=weekday, digest_hour=hour)

    async def set_up_done(self, workspace: WorkspaceId) -> None:
        """The first run is over."""
        await self._put(workspace, set_up_at=self._clock())

    async def forget(self, workspace: WorkspaceId) -> None:
        """Nothing is chosen any more: the workspace begins anew."""
        await self._transaction.run(
            delete(workspace_settings).where(workspace_settings.c.workspace_id == workspace)
        )

    async def _put(self, workspace: WorkspaceId, **values: object) -> None:
        usual = WorkspaceSettings()
        fresh = self._transaction.insert(workspace_settings).values(
            **{
                "workspace_id": workspace,
                "digest_weekday": usual.digest_weekday,
                "digest_hour": usual.digest_hour,
                "set_up_at": None,
                **values,
            }
        )
        await self._transaction.run(
            fresh.on_conflict_do_update(index_elements=["workspace_id"], set_=values)
        )


class OperatorRepository:
    """The one conversation in which the operator is told what is to be decided."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def place(self) -> OperatorPlace | None:
        """Where that is, or None when the operator decides by command only."""
        row = await self._transaction.row(select(operator_places).limit(1))
        if row is None:
            return None
        return OperatorPlace(WorkspaceId(row.workspace_id), ExternalConversation(row.conversation))

    async def set_place(self, place: OperatorPlace) -> None:
        """Say where; it replaces what was said before."""
        await self._transaction.run(delete(operator_places))
        await self._transaction.run(
            self._transaction.insert(operator_places).values(
                workspace_id=place.workspace, conversation=place.conversation
            )
        )


class AuditTrail:
    """What was done in a workspace, and by whom. Read only: `Unit.audit` writes."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def newest(self, workspace: WorkspaceId, limit: int) -> list[AuditEntry]:
        """The last acts that concern a workspace, the newest first."""
        rows = await self._transaction.rows(
            select(audit.c.at, audit.c.who, audit.c.act, audit.c.subject)
            .where(audit.c.workspace_id == workspace)
            .order_by(audit.c.id.desc())
            .limit(limit)
        )
        return [AuditEntry(row.at, row.who, row.act, row.subject) for row in rows]
