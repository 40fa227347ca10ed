"""The public front page: what this is, for somebody who has never heard of it."""

from dataclasses import dataclass
from html import escape

from aiohttp import web

STYLE = """
:root { color-scheme: light dark; --ink: #1b2733; --paper: #fbfaf7; --link: #0b5c8a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #16191d; --link: #7cc4ee; }
}
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.125rem/1.6 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 3rem 1.25rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
a { color: var(--link); }
.sandbox { border: 2px solid currentColor; border-radius: .5rem; padding: .25rem 1rem; }
"""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """`GET /` and its style sheet. `sandbox_url` is empty outside the sandbox."""

    cities: int
    channels: tuple[str, ...]
    sandbox_url: str = ""

    def html(self) -> str:
        """The page. Holds no script and loads nothing but its own style sheet."""
        topics = ", ".join(escape(name) for name in self.channels)
        about = f"<p>The channels: {topics}.</p>" if topics else ""
        if self.cities:
            about += f"<p>Cities that take part so far: {self.cities}.</p>"
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mayoral Exchange</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>Mayoral Exchange</h1>
{self._sandbox()}
<p>City halls learn most from each other. Here a city asks “who has tried this, and did it
work?” without leaving its own Slack or Microsoft Teams: what is written in a shared channel in
one city can be read, and answered, in the others.</p>
{about}
<p>Everything said here is public information, and stays on record for those who come later.</p>
<p>Does your city want to take part? Ask the people who run this exchange. They can add your
workspace in a few minutes.</p>
</main>
</body>
</html>
"""

    def _sandbox(self) -> str:
        if not self.sandbox_url:
            return ""
        address = escape(self.sandbox_url, quote=True)
        return (
            '<div class="sandbox"><p><strong>This is the sandbox.</strong> What is said here is '
            "made up for trying things out, and nothing leaves this computer. "
            f'<a href="{address}">Open the four workspaces</a>.</p></div>'
        )


async def style(request: web.Request) -> web.StreamResponse:
    """`GET /style.css`."""
    return web.Response(
        text=STYLE, content_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
    )
