"""The addresses of the public pages that do not change while the server runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from integrations.web.install_pages import PACKAGE, SLACK_PAGE, TEAMS_PAGE, SlackPage, TeamsPage
from integrations.web.layout import PRIVACY, TERMS
from integrations.web.legal_pages import LegalPages

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_FILE_NAME = "mayoral-exchange-teams.zip"


@dataclass(frozen=True, slots=True)
class SitePages:
    """The pages, and what makes the Teams package (it may read files; None: there is none)."""

    slack: SlackPage
    teams: TeamsPage
    legal: LegalPages
    package: Callable[[], bytes] | None = None

    def routes(self) -> Mapping[str, Handler]:
        """What answers at which address."""
        return {
            SLACK_PAGE: _shows(self.slack.html()),
            TEAMS_PAGE: _shows(self.teams.html()),
            PACKAGE: self._download,
            PRIVACY: _shows(self.legal.privacy()),
            TERMS: _shows(self.legal.terms()),
        }

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if self.package is None:
            # The page says what is missing, to people and to the operator.
            raise web.HTTPSeeOther(TEAMS_PAGE)
        headers = {"Content-Disposition": f'attachment; filename="{_FILE_NAME}"'}
        body = await asyncio.to_thread(self.package)
        return web.Response(body=body, content_type="application/zip", headers=headers)


def _shows(page: str) -> Handler:
    async def show(request: web.Request) -> web.StreamResponse:
        return web.Response(text=page, content_type="text/html")

    return show
