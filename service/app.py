"""The web server's routes, all in one application."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from integrations.web.files import FilePages
from integrations.web.health import HealthPages
from integrations.web.pages import FrontPage
from integrations.web.pictures import PicturePages
from integrations.web.security import add_headers, plain_errors
from integrations.web.site import SitePages
from integrations.web.style import style
from service.platforms import Built

BODY_LIMIT = 1024 * 1024
"""No platform sends more in one request; each webhook checks by itself as well."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What the server shows apart from the platforms' endpoints."""

    front: Callable[[], Awaitable[FrontPage]]
    site: SitePages
    files: FilePages
    pictures: PicturePages
    health: HealthPages
    metrics: Callable[[], Awaitable[bytes]]


def create_app(pages: Pages, platforms: Sequence[Built]) -> web.Application:
    """The application: platforms' endpoints, health, metrics, public pages."""
    app = web.Application(middlewares=[plain_errors], client_max_size=BODY_LIMIT)
    app.on_response_prepare.append(add_headers)

    async def front(request: web.Request) -> web.StreamResponse:
        return web.Response(text=(await pages.front()).html(), content_type="text/html")

    async def metrics(request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=await pages.metrics(), headers=headers)

    app.router.add_get("/", front)
    app.router.add_get("/style.css", style)
    for path, page in pages.site.routes().items():
        app.router.add_get(path, page)
    app.router.add_get("/healthz", pages.health.alive)
    app.router.add_get("/readyz", pages.health.ready)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/files/{token}/{name:[^/]+}", pages.files.handle)
    app.router.add_get(r"/pictures/{geoid:\d{7}(?:\d{3})?}.png", pages.pictures.handle)
    for built in platforms:
        app.router.add_post(built.path, built.handler or _closed(built))
        for path, page in built.pages.items():
            app.router.add_get(path, page, allow_head=False)
    return app


def _closed(built: Built) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    missing = built.missing or "It is configured to come another way."

    async def closed(request: web.Request) -> web.StreamResponse:
        text = f"{built.label} is not connected here. {missing}\n"
        return web.Response(text=text, status=503)

    return closed
