"""The Bot Connector REST API as far as Teams answers it: teams, members and attachments."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from integrations.sandbox.teams.connector import PREFIX
from integrations.sandbox.teams.gate import Call, Gate
from integrations.sandbox.teams.model import Json, Member, StoredFile, Workspace
from integrations.sandbox.teams.pace import READING, SENDING
from integrations.sandbox.teams.refusals import (
    RefusalError,
    bad_argument,
    conversation_not_found,
    not_in_roster,
)


@dataclass(slots=True)
class Roster:
    """What bots ask about teams and people (bots/how-to/get-teams-context), and files."""

    gate: Gate

    def routes(self) -> list[web.RouteDef]:
        """The routes, each below any prefix of up to three segments."""
        one = PREFIX + "/conversations/{conversation}"
        team = PREFIX + "/teams/{team}"
        return [
            web.get(one + "/activities/{activity}/members", self.members),
            web.get(one + "/members", self.members),
            web.get(one + "/pagedmembers", self.paged_members),
            web.get(one + "/members/{member}", self.member),
            web.post(one + "/attachments", self.post_attachment),
            web.get(one, self.conversation),
            web.get(team, self.team),
            web.get(team + "/conversations", self.team_conversations),
            web.get(PREFIX + "/attachments/{file}", self.attachment_info),
            web.get(PREFIX + "/attachments/{file}/views/{view}", self.attachment),
        ]

    async def members(self, request: web.Request) -> web.Response:
        """Everyone in a conversation, in one list."""
        return await self.gate.answer(request, "GET members", self._members, READING, write=False)

    def _members(self, call: Call) -> tuple[int, Any, str]:
        return 200, [account(call.workspace, person) for person in self._roster(call)], ""

    def _roster(self, call: Call) -> list[Member]:
        if not call.workspace.installed:
            raise not_in_roster()
        everyone = list(call.workspace.members.values())
        if call.place is not None and call.place.kind != "channel":
            return [person for person in everyone if person.id in call.place.members]
        return everyone

    async def paged_members(self, request: web.Request) -> web.Response:
        """Everyone in a conversation, in pages of 50 to 500."""
        return await self.gate.answer(
            request, "GET pagedmembers", self._paged_members, READING, write=False
        )

    def _paged_members(self, call: Call) -> tuple[int, Any, str]:
        query = call.request.query
        try:
            size = min(500, max(50, int(query.get("pageSize", "200"))))
            start = int(query.get("continuationToken") or 0)
        except ValueError:
            raise bad_argument("pageSize or continuationToken cannot be read") from None
        everyone = self._roster(call)
        page = [account(call.workspace, person) for person in everyone[start : start + size]]
        answer: Json = {"members": page}
        if start + size < len(everyone):
            answer["continuationToken"] = str(start + size)
        return 200, answer, ""

    async def member(self, request: web.Request) -> web.Response:
        """One person, by Teams id, object id or address."""
        return await self.gate.answer(request, "GET member", self._member, READING, write=False)

    def _member(self, call: Call) -> tuple[int, Any, str]:
        key = call.request.match_info["member"]
        person = call.workspace.find_member(key)
        if person is None or person not in self._roster(call):
            raise RefusalError(404, "MemberNotFoundInConversation", "Member not found.")
        return 200, account(call.workspace, person), ""

    async def conversation(self, request: web.Request) -> web.Response:
        """What is known of a conversation."""
        return await self.gate.answer(request, "GET conversation", self._one, READING, write=False)

    def _one(self, call: Call) -> tuple[int, Any, str]:
        place = call.place
        if place is None:
            raise conversation_not_found()
        return 200, {"id": call.conversation_id, "name": place.name, "kind": place.kind}, ""

    async def team(self, request: web.Request) -> web.Response:
        """A team's name and Entra group."""
        return await self.gate.answer(request, "GET team", self._team, READING, write=False)

    def _team(self, call: Call) -> tuple[int, Any, str]:
        workspace = call.workspace
        if not workspace.installed:
            raise not_in_roster()
        details = {
            "id": workspace.team_id,
            "name": workspace.name,
            "aadGroupId": workspace.group_id,
            "type": "standard",
            "tenantId": workspace.tenant_id,
            "channelCount": len(workspace.channels()),
            "memberCount": len(workspace.members),
        }
        return 200, details, ""

    async def team_conversations(self, request: web.Request) -> web.Response:
        """A team's channels; General has the team's id and no name."""
        return await self.gate.answer(
            request, "GET team conversations", self._channels, READING, write=False
        )

    def _channels(self, call: Call) -> tuple[int, Any, str]:
        if not call.workspace.installed:
            raise not_in_roster()
        general = call.workspace.team_id
        found = [
            {"id": c.id, "name": None if c.id == general else c.name, "type": c.channel_type}
            for c in call.workspace.channels()
        ]
        return 200, {"conversations": found}, ""

    async def post_attachment(self, request: web.Request) -> web.Response:
        """Upload bytes for a later activity (AttachmentData)."""
        return await self.gate.answer(
            request, "POST attachments", self._upload, SENDING, write=True
        )

    def _upload(self, call: Call) -> tuple[int, Any, str]:
        try:
            content = base64.b64decode(str(call.body.get("originalBase64", "")), validate=True)
        except binascii.Error:
            raise bad_argument("originalBase64 cannot be read") from None
        kind = str(call.body.get("type") or "application/octet-stream")
        name = str(call.body.get("name") or "file")
        file = StoredFile(str(uuid.uuid4()), name, kind, content)
        self.gate.world.files[file.id] = file
        return 201, {"id": file.id}, ""

    def _file(self, request: web.Request) -> StoredFile:
        self.gate.authorize(request)
        file = self.gate.world.files.get(request.match_info["file"])
        if file is None:
            raise RefusalError(404, "AttachmentNotFound", "Attachment not found.")
        return file

    async def attachment_info(self, request: web.Request) -> web.Response:
        """Name, type and views of an attachment."""
        try:
            file = self._file(request)
        except RefusalError as refusal:
            return refusal.answer()
        views = [{"viewId": "original", "size": len(file.content)}]
        return web.json_response({"name": file.name, "type": file.content_type, "views": views})

    async def attachment(self, request: web.Request) -> web.Response:
        """An inline image's bytes; wants the bot's token."""
        try:
            file = self._file(request)
        except RefusalError as refusal:
            return refusal.answer()
        return web.Response(body=file.content, content_type=file.content_type)


def account(workspace: Workspace, person: Member) -> Json:
    """A person as the roster gives them (TeamsChannelAccount)."""
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.id,
        "name": person.name,
        "objectId": person.aad_object_id,
        "aadObjectId": person.aad_object_id,
        "givenName": given,
        "surname": surname,
        "email": person.email,
        "userPrincipalName": person.email,
        "tenantId": workspace.tenant_id,
        "userRole": person.role,
    }
