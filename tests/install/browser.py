"""Somebody's browser, with cookies of its own, on the way from Add to Slack and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from http.cookies import Morsel
from typing import Any

import aiohttp

from tests.support.exchange_rig import ExchangeRig


@dataclass
class Page:
    """What a browser shows."""

    status: int
    text: str
    headers: Any

    def says(self, words: str) -> bool:
        """Whether a person can read this."""
        return words in unescape(self.text)


@dataclass
class Browser:
    """Follows no redirect by itself, so that a test sees each step."""

    rig: ExchangeRig
    session: aiohttp.ClientSession

    async def get(self, url: str) -> Page:
        """Open an address."""
        async with self.session.get(url, allow_redirects=False) as answer:
            return Page(answer.status, await answer.text(), answer.headers)

    async def press_add(self, query: str = "") -> str:
        """Press Add to Slack; gives back where Slack asks."""
        page = await self.get(f"{self.rig.base_url}/slack/install{query}")
        assert page.status == 302, page.text
        assert page.headers["Cache-Control"] == "no-store"
        return str(page.headers["Location"])

    async def agree(self, consent: str, team: str) -> str:
        """Choose a workspace and agree; gives back where Slack sends the browser."""
        page = await self.get(f"{consent}&team={team}")
        assert page.status == 302, page.text
        return str(page.headers["Location"])

    async def install(self, team: str) -> Page:
        """All of it."""
        return await self.get(await self.agree(await self.press_add(), team))

    def cookies(self) -> list[Morsel[str]]:
        """What the browser was given to keep."""
        return list(self.session.cookie_jar)


@asynccontextmanager
async def browser_of(rig: ExchangeRig) -> AsyncIterator[Browser]:
    """A fresh browser."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(rig, session)
