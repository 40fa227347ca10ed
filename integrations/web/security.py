"""What every answer of the server has in common: safe headers, plain errors."""

import logging
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: headers for every answer that has not set its own."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say in plain text what went wrong; a surprise is logged under a reference."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return web.Response(text="There is nothing at this address.\n", status=404)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        text = f"This address takes {allowed} only.\n"
        return web.Response(text=text, status=405, headers={"Allow": allowed})
    except web.HTTPRequestEntityTooLarge:
        return web.Response(text="That is more than this address takes.\n", status=413)
    except web.HTTPException:
        raise
    except Exception:  # the last border: whoever asked gets words and a reference
        reference = secrets.token_hex(3).upper()
        # The path may hold a signed token, so the route's pattern is logged.
        resource = request.match_info.route.resource
        place = resource.canonical if resource is not None else ""
        logger.exception("A request failed", extra={"reference": reference, "place": place})
        text = f"Something went wrong here, not with you. Try again later. (ref {reference})\n"
        return web.Response(text=text, status=500)
