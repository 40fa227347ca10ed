"""`GET /slack/install` and `GET /slack/oauth_redirect`: from Add to Slack to a first word.

A state is good once, for ten minutes, and only in the browser that was sent away with it: the
browser holds a cookie whose hash is kept beside the state's.
"""

import asyncio
import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from aiohttp import web

from core import install_words as words
from core.failures import CallFailed, Refused
from core.install_words import InstallPage
from core.installations import CONSENT_WITHIN, Granted, InstallDesk, Installed, Welcome
from core.places import WorkspaceState
from core.ports import Answer, Asker, Choice, SupportsConversations
from core.text import paragraph
from integrations.common.hosts import is_loopback_url
from integrations.slack.grants import revoke, teams_of
from integrations.slack.manifest import REDIRECT_PATH
from integrations.slack.oauth import CodeUsed, SlackOAuth
from integrations.slack.platform import SlackPlatform

logger = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"

_COOKIE_PATH = "/slack"
_COURTESY_SECONDS = 8.0
_TEAM = re.compile(r"[TE][A-Z0-9]{2,30}\Z")
_NO_STORE = {"Cache-Control": "no-store"}


class SlackInstallation:
    """The two addresses of Slack's consent."""

    def __init__(
        self,
        *,
        oauth: SlackOAuth,
        desk: InstallDesk,
        platform: SlackPlatform,
        base_url: str,
        page: Callable[[InstallPage], str],
    ) -> None:
        """`base_url` is where browsers reach this server; `page` gives a result its looks."""
        self._oauth = oauth
        self._desk = desk
        self._platform = platform
        self._page = page
        self._base_url = base_url
        self._redirect_uri = f"{base_url}{REDIRECT_PATH}"
        self._secure = not (base_url.startswith("http://") and is_loopback_url(base_url))

    async def begin(self, request: web.Request) -> web.Response:
        """Send the browser to Slack. Nothing but `team`, a Slack id, is taken from the address."""
        if not self._oauth.is_set_up:
            return self._shown(words.NOT_SET_UP, 503)
        if self._is_elsewhere(request):
            return web.Response(
                status=302, headers={"Location": f"{self._base_url}{INSTALL_PATH}", **_NO_STORE}
            )
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        await self._desk.begin(state, browser)
        wanted = request.query.get("team", "")
        team = wanted if _TEAM.match(wanted) else ""
        address = self._oauth.consent_url(state, self._redirect_uri, team)
        response = web.Response(status=302, headers={"Location": address, **_NO_STORE})
        response.set_cookie(
            _cookie_name(state),
            browser,
            max_age=int(CONSENT_WITHIN.total_seconds()),
            path=_COOKIE_PATH,
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def _is_elsewhere(self, request: web.Request) -> bool:
        """Whether this machine was called by another of its names, to which Slack does not come
        back: the cookie would stay behind."""
        own = urlsplit(self._base_url)
        return (
            is_loopback_url(self._base_url)
            and request.host != own.netloc
            and is_loopback_url(f"http://{request.host}")
        )

    async def finish(self, request: web.Request) -> web.Response:
        """Take what Slack sends the browser back with, and say what comes next."""
        if not self._oauth.is_set_up:
            return self._shown(words.NOT_SET_UP, 503)
        state = request.query.get("state", "")
        cookie = _cookie_name(state)
        browser = request.cookies.get(cookie, "")
        ours = bool(state and browser) and await self._desk.accept(state, browser)
        if "error" in request.query:
            denied = request.query["error"] == "access_denied"
            response = self._shown(words.DENIED if denied else words.NO_ANSWER)
        elif not ours:
            return self._shown(words.STATE_UNKNOWN, 403)
        else:
            response = await self._granted(request.query.get("code", ""))
        response.del_cookie(cookie, path=_COOKIE_PATH)
        return response

    async def _granted(self, code: str) -> web.Response:
        if not code:
            return self._shown(words.CODE_USED, 400)
        try:
            granted = await self._oauth.exchange(code, self._redirect_uri)
        except CodeUsed:
            return self._shown(words.CODE_USED, 400)
        except Refused as error:
            logger.error("Slack refuses this app's consent: %s", error.code)
            return self._shown(words.SET_UP_WRONG, 502)
        except CallFailed as error:
            logger.warning("Slack did not answer a consent: %s", error.code)
            return self._shown(words.NO_ANSWER, 502)
        granted = await self._completed(granted)
        installed = await self._desk.installed(granted)
        await self._courtesies(granted, installed)
        return self._result(granted, installed)

    async def _completed(self, granted: Granted) -> Granted:
        """What Slack tells only when it is asked with the new token. What it does not tell now is
        looked up later, or comes with an event."""
        token = granted.tokens.access
        try:
            async with asyncio.timeout(_COURTESY_SECONDS):
                identity = await self._platform.identify("", token)
                granted = replace(
                    granted, bot_id=identity.bot_id, app_id=granted.app_id or identity.app_id
                )
                if granted.is_organization:
                    teams = await teams_of(self._platform.client, token)
                    granted = replace(granted, teams=tuple(teams))
        except (CallFailed, TimeoutError) as error:
            logger.info("Slack did not say whose token it is: %r", error)
        return granted

    async def _courtesies(self, granted: Granted, installed: Sequence[Installed]) -> None:
        """Go back into linked channels and greet whoever installed. None of it must succeed."""
        for one in installed:
            try:
                async with asyncio.timeout(_COURTESY_SECONDS):
                    if one.welcome is not Welcome.REFUSED:
                        await self._enter(one)
                        if not granted.is_organization:
                            await self._greet(granted, one)
                    elif not granted.is_organization:
                        await revoke(self._platform.client, granted.tokens.access)
            except (CallFailed, TimeoutError) as error:
                logger.info("A courtesy after an installation failed: %r", error)

    async def _enter(self, installed: Installed) -> None:
        if not isinstance(self._platform, SupportsConversations):
            return
        for conversation in installed.conversations:
            try:
                await self._platform.join_conversation(installed.workspace, conversation)
            except Refused as error:
                logger.info("A linked channel must be joined by hand: %s", error.code)

    async def _greet(self, granted: Granted, installed: Installed) -> None:
        workspace = installed.workspace
        if not granted.installer:
            return
        back = installed.welcome is Welcome.BACK or workspace.state is WorkspaceState.CONFIRMED
        asker = Asker(
            platform=workspace.platform,
            tenant=workspace.tenant,
            workspace=workspace.external_id,
            member=granted.installer,
        )
        answer = Answer(
            title=words.WELCOME_BACK_TITLE if back else words.WELCOME_TITLE,
            body=paragraph(words.WELCOME_BACK if back else words.WELCOME),
            choices=(Choice(words.SET_UP, words.SET_UP_VERB),),
        )
        await self._platform.answer(workspace, asker, answer)

    def _result(self, granted: Granted, installed: Sequence[Installed]) -> web.Response:
        if granted.is_organization:
            let_in = [one for one in installed if one.welcome is not Welcome.REFUSED]
            return self._shown(words.organization_page(granted.to.name, len(let_in)))
        one = installed[0]
        name = one.workspace.name or granted.to.name or "your workspace"
        result = words.installed_page(one.welcome, name, one.workspace.state)
        return self._shown(result, 200 if result.ok else 403)

    def _shown(self, page: InstallPage, status: int = 200) -> web.Response:
        return web.Response(
            text=self._page(page), status=status, content_type="text/html", headers=_NO_STORE
        )


def _cookie_name(state: str) -> str:
    """One cookie for each state, so that two open tabs do not spoil each other's."""
    return f"slack-install-{hashlib.sha256(state.encode('utf-8', 'replace')).hexdigest()[:12]}"
