"""The pages at the end of an installation: what happened, and what comes next."""

from collections.abc import Sequence
from html import escape


def install_result_page(
    ok: bool, title: str, lines: Sequence[str], next_steps: Sequence[str]
) -> str:
    """One whole page of HTML. Every text is escaped; there is no script, and nothing is loaded but
    the style sheet of the front page."""
    said = "".join(f"<p>{escape(line)}</p>" for line in lines)
    steps = "".join(f"<li>{escape(step)}</li>" for step in next_steps)
    then = f"<h2>What comes next</h2><ol>{steps}</ol>" if steps else ""
    again = "" if ok else '<p><a href="/slack/install">Start again</a></p>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Mayoral Exchange</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{said}
{then}
{again}
</main>
</body>
</html>
"""
