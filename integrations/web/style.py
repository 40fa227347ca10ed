"""The one style sheet of the public pages, for light and dark, paper and phone."""

from aiohttp import web

STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1b2733; --quiet: #4d5a68; --paper: #fbfaf7; --card: #ffffff; --edge: #d5d9de;
  --faint: #c9d0d8; --link: #0b5c8a; --accent: #0b5c8a; --on-accent: #ffffff;
  --soft: #9cc3da; --tint: #e6f0f6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --quiet: #b3bcc6; --paper: #14181d; --card: #1d2329; --edge: #39424c;
    --faint: #4a5561; --link: #86c9f0; --accent: #86c9f0; --on-accent: #0c2231;
    --soft: #3f7392; --tint: #21323f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1.125rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: break-word;
}
header, main, footer { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
main { padding-top: 2.5rem; padding-bottom: 3rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 3px; border-radius: .25rem; }
h1 { font-size: clamp(1.75rem, 1.2rem + 2.4vw, 2.5rem); line-height: 1.2; margin: 0 0 1rem;
  letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.375rem; line-height: 1.3; margin: 3rem 0 .75rem; }
h3 { font-size: 1.125rem; line-height: 1.4; margin: 0 0 .25rem; }
p, ul, ol { margin: 0 0 1rem; }
code { font: .9375em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.home { display: inline-flex; align-items: center; gap: .625rem; color: var(--ink);
  font-weight: 600; text-decoration: none; padding: .25rem 0; }
.home:hover { text-decoration: underline; }
.mark { width: 2rem; height: 2rem; flex: none; }
.lead { font-size: 1.25rem; }
.quiet { color: var(--quiet); }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.75rem 0 .75rem; padding: 0;
  list-style: none; }
.button { display: inline-block; padding: .625rem 1.25rem; border-radius: .625rem;
  border: 2px solid var(--accent); background: var(--accent); color: var(--on-accent);
  font-weight: 600; text-decoration: none; }
.button.second { background: transparent; color: var(--link); }
.button:hover { text-decoration: underline; }
.note { background: var(--tint); border-radius: .75rem; padding: 1rem 1.25rem; margin: 1.5rem 0; }
.note > :last-child { margin-bottom: 0; }
.topics { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
.topics li { background: var(--tint); border-radius: 2rem; padding: .125rem .875rem;
  max-width: 100%; }
.steps { counter-reset: step; list-style: none; padding: 0; margin: 1.5rem 0 0; }
.steps > li { counter-increment: step; display: grid; gap: 1rem 1.75rem; align-items: center;
  grid-template-columns: minmax(0, 17.5rem) minmax(0, 1fr); padding: 1.25rem 0;
  border-top: 1px solid var(--edge); }
.steps h3::before { content: counter(step) ". "; }
.steps p:last-child { margin-bottom: 0; }
.plain > li { margin-bottom: .5rem; }
svg { display: block; max-width: 100%; height: auto; }
.mark { height: 2rem; }
.arrived { width: 6.5rem; margin: 0 0 1.25rem; }
.hero { width: 100%; margin: 2.5rem 0 0; }
svg .accent { fill: var(--accent); }
svg .on-accent { fill: var(--on-accent); }
svg .soft-accent { fill: var(--soft); }
svg .tint { fill: var(--tint); }
svg .faint { fill: var(--faint); }
svg .card { fill: var(--card); stroke: var(--edge); stroke-width: 1.5; }
svg .field { fill: var(--card); stroke: var(--accent); stroke-width: 2; }
svg .edge { fill: none; stroke: var(--edge); stroke-width: 1.5; }
svg .tick { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; }
svg .on-accent-line { fill: none; stroke: var(--on-accent); stroke-width: 5;
  stroke-linecap: round; stroke-linejoin: round; }
svg .arrow { fill: none; stroke: var(--accent); stroke-width: 5; stroke-linecap: round;
  stroke-linejoin: round; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
svg .word { fill: var(--ink); }
svg .strong { font-weight: 600; }
svg .middle, svg .on-button { text-anchor: middle; }
svg .end { text-anchor: end; fill: var(--quiet); }
svg .on-button { fill: var(--on-accent); font-weight: 600; }
footer { padding-top: 1.25rem; padding-bottom: 2.5rem; color: var(--quiet); font-size: 1rem; }
footer ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: 1.25rem 0 0; margin: 0;
  list-style: none; border-top: 1px solid var(--edge); }
footer a { display: inline-block; padding: .25rem 0; }
@media (max-width: 36rem) {
  main { padding-top: 1.75rem; }
  .steps > li { grid-template-columns: minmax(0, 1fr); }
  .button { display: block; text-align: center; }
  .buttons li { flex: 1 1 100%; }
}
@media (forced-colors: active) {
  svg .accent, svg .tick, svg .arrow { forced-color-adjust: none; }
}
"""


async def style(request: web.Request) -> web.StreamResponse:
    """`GET /style.css`."""
    return web.Response(
        text=STYLE, content_type="text/css", headers={"Cache-Control": "public, max-age=3600"}
    )
