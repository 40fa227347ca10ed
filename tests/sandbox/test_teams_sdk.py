"""Microsoft's own SDK against the stand-in, and the stand-in below a path of another app."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from integrations.sandbox.teams.seed import DEFAULT_SEED, plant
from integrations.sandbox.teams.standin import TeamsStandIn
from tests.sandbox.teams_rig import teams_rig

APP = "11111111-2222-3333-4444-555555555555"

pytestmark = pytest.mark.filterwarnings("ignore")


async def test_the_bot_framework_connector_understands_the_answers() -> None:
    from botbuilder.schema import Activity, ConversationParameters, ErrorResponseException
    from botframework.connector.aio import ConnectorClient
    from botframework.connector.auth import MicrosoftAppCredentials

    async with teams_rig() as rig:
        credentials = MicrosoftAppCredentials("", "")
        client = ConnectorClient(credentials, base_url=rig.teams.service_url(rig.stpaul))
        conversations = client.conversations
        made = await conversations.create_conversation(
            ConversationParameters(
                is_group=True,
                channel_data={"channel": {"id": rig.housing.id}},
                activity=Activity(type="message", text="**Ana** from Boston"),
            )
        )
        assert made.id == f"{rig.housing.id};messageid={made.activity_id}"
        reply = await conversations.send_to_conversation(
            made.id, Activity(type="message", text="A reply")
        )
        assert rig.housing.messages[reply.id].root == made.activity_id
        await conversations.update_activity(
            made.id, reply.id, Activity(type="message", text="Better")
        )
        await conversations.delete_activity(made.id, reply.id)
        assert rig.housing.messages[reply.id].deleted is not None
        page = await conversations.get_conversation_paged_members(rig.housing.id)
        assert {member.name for member in page.members} == {"Lena Thao", "Marcus Lind"}
        with pytest.raises(ErrorResponseException) as refused:
            await conversations.send_to_conversation(
                "19:unknown@thread.tacv2", Activity(type="message", text="x")
            )
        assert refused.value.error.error.code == "ConversationNotFound"


async def test_the_bot_framework_accepts_our_signature(monkeypatch: Any) -> None:
    from botbuilder.schema import Activity
    from botframework.connector.auth import (
        ChannelValidation,
        JwtTokenValidation,
        SimpleCredentialProvider,
    )

    logging.getLogger("msrest").setLevel(logging.WARNING)
    async with teams_rig(app_id=APP, app_password="geheim") as rig:
        monkeypatch.setattr(
            ChannelValidation, "open_id_metadata_endpoint", rig.teams.open_id_metadata_url
        )
        message = await rig.say("Hey")
        sent = await rig.bot.wait_for(lambda a: a["id"] == message)
        header = rig.bot.headers[0]["Authorization"]

        def authenticate() -> Any:
            return asyncio.run(
                JwtTokenValidation.authenticate_request(
                    Activity().deserialize(sent), header, SimpleCredentialProvider(APP, "geheim")
                )
            )

        # The SDK fetches keys with blocking requests, so it gets a thread of its own.
        claims = await asyncio.to_thread(authenticate)
        assert claims.is_authenticated
        assert claims.get_claim_value("serviceurl") == sent["serviceUrl"]


async def test_it_can_be_mounted_below_a_path() -> None:
    stand_in = TeamsStandIn()
    plant(stand_in.world, DEFAULT_SEED)
    outer = web.Application()
    outer.add_subapp("/sandbox/teams", stand_in.app)
    runner = web.AppRunner(outer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.public_url = f"http://127.0.0.1:{runner.addresses[0][1]}/sandbox/teams"
    try:
        stpaul = stand_in.world.workspaces["stpaul"]
        housing = stpaul.conversation("Housing")
        url = f"{stand_in.service_url(stpaul)}v3/conversations/{housing.id}/activities"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, json={"type": "message", "text": "x"}) as response:
                assert response.status == 201
            async with session.get(f"{stand_in.public_url}/control/state") as response:
                assert (await response.json())["platform"] == "teams"
            async with session.get(stand_in.open_id_metadata_url) as response:
                keys = (await response.json())["jwks_uri"]
            assert keys == f"{stand_in.public_url}/v1/.well-known/keys"
    finally:
        await runner.cleanup()
