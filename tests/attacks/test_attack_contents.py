"""What one city writes is only text in another: names, links, files, and their names."""

import io
import json
import re
import struct
import zipfile
import zlib
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from integrations.sandbox.teams.people import Upload
from tests.support.cities import Seen, TeamsCity, only
from tests.support.exchange_rig import ExchangeRig

TRICKS = "<!channel> <@U0JUNEPARK1> *b* <at>Sam Bell</at> <script>alert(1)</script> </b>&amp;|`x`"
POWERS = re.compile(r"<\s*/?\s*(script|img|iframe|at|style|svg|object|form)\b|javascript:", re.I)
ODD_NAMES = [
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "a\x00b.pdf",
    "x" * 700 + ".pdf",
    "\u202efdp.exe",
    'quote"; filename="evil.html',
    "line\r\nSet-Cookie: a=b.pdf",
    "<!channel>.pdf",
    "<img src=x onerror=alert(1)>.pdf",
    "%2e%2e%2fpasswd",
    ".",
    " ",
]


def elements(value: Any) -> list[dict[str, Any]]:
    """Every object of some blocks."""
    if isinstance(value, dict):
        return [value, *(one for inner in value.values() for one in elements(inner))]
    return [one for inner in value for one in elements(inner)] if isinstance(value, list) else []


def check_slack(message: Seen) -> None:
    """No markup of the message may reach anybody or run anything."""
    assert not re.search(r"<[!@#]", message.raw["text"]), message.raw["text"]
    assert not re.search(r"[<>`]", message.author)
    for element in elements(message.raw.get("blocks")):
        assert element.get("type") not in {"user", "usergroup", "broadcast", "channel"}
        if element.get("type") == "link":
            assert urlsplit(element["url"]).scheme in {"http", "https", "mailto", "tel"}
        if element.get("type") == "mrkdwn":
            assert not re.search(r"<[!@#]|<(?!https?://)", element["text"]), element


def sent_to(city: TeamsCity) -> list[dict[str, Any]]:
    """The activities that our bot has sent to a city."""
    place = city.workspace.conversation("Housing")
    return [one.activity for one in place.messages.values() if one.activity is not None]


def check_teams(city: TeamsCity) -> None:
    """The same in Teams, for everything that our bot has sent."""
    for activity in sent_to(city):
        html = activity.get("text", "")
        tags = "".join(re.findall(r"<[^>]*>", html))
        assert not POWERS.search(tags), html
        assert not activity.get("entities"), "nobody is mentioned"
        for url in re.findall(r'href="([^"]*)"', html):
            assert urlsplit(unescape(url)).scheme in {"http", "https", "mailto"}, url


async def raw_in_teams(rig: ExchangeRig, html: str, **changed: Any) -> None:
    """Somebody in St. Paul sends HTML that no Teams client would make."""
    team = rig.teams.world.workspaces["stpaul"]
    now = rig.clock()
    number = str(int(now.timestamp() * 1000))
    channel = rig.conversation_of(rig.st_paul, "housing")
    activity = {
        "type": "message",
        "id": number,
        "timestamp": now.isoformat(),
        "channelId": "msteams",
        "serviceUrl": rig.teams.service_url(team),
        "from": {"id": "29:somebody", "name": "Somebody"},
        "conversation": {
            "id": f"{channel};messageid={number}",
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": team.tenant_id,
        },
        "text": re.sub(r"<[^>]*>", "", html),
        "attachments": [{"contentType": "text/html", "content": html}],
        "channelData": {
            "tenant": {"id": team.tenant_id},
            "team": {"id": team.team_id},
            "channel": {"id": channel},
        },
        **changed,
    }
    async with rig.session.post(f"{rig.base_url}/api/messages", json=activity) as answer:
        assert answer.status == 200, await answer.text()
    await rig.quiet()


async def test_a_name_is_only_a_name(rig: ExchangeRig) -> None:
    await raw_in_teams(rig, "<p>Hello there</p>", **{"from": {"id": "29:x", "name": TRICKS}})
    rig.slack.state.workspaces["T0BOSTON001"].members["U0ANARUIZ01"].real_name = TRICKS
    rig.boston.say("And from Boston")
    await rig.quiet()
    for city in (rig.boston, rig.yellow_springs):
        check_slack(only(city.seen(), "Hello there"))
    check_slack(only(rig.yellow_springs.seen(), "And from Boston"))
    for teams in (rig.st_paul, rig.marfa):
        check_teams(teams)
    assert TRICKS in unescape(re.sub(r"</?(p|b)>", "", str(sent_to(rig.marfa)[0]["text"])))


LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "slack://channel?id=C1",
    "https://example.org/|<!channel>",
    "https://example.org/><script>alert(1)</script>",
    'https://example.org/" onclick="alert(1)',
]


async def test_links_from_teams(rig: ExchangeRig) -> None:
    for number, url in enumerate(LINKS):
        quoted = url.replace('"', "&quot;")
        await raw_in_teams(rig, f'<p>Link {number}. <a href="{quoted}">{TRICKS} label</a></p>')
    for city in (rig.boston, rig.yellow_springs):
        for message in city.seen():
            check_slack(message)
        assert len([m for m in city.seen() if "Link" in m.text]) >= 1
    check_teams(rig.marfa)
    assert str(sent_to(rig.marfa)).count("Link ") == len(LINKS)


async def test_links_from_slack(rig: ExchangeRig) -> None:
    escaped = TRICKS.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for number, url in enumerate(LINKS):
        tame = url.replace("\n", "").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
        rig.boston.say(f"Link {number}. <{tame}|{escaped}>")
    await rig.quiet(within=30)
    for message in rig.yellow_springs.seen():
        check_slack(message)
    for teams in (rig.st_paul, rig.marfa):
        check_teams(teams)
        assert str(sent_to(teams)).count("Link ") == len(LINKS)


async def test_html_of_every_kind_from_teams(rig: ExchangeRig) -> None:
    await raw_in_teams(
        rig,
        "<p>Begin</p><script>alert(1)</script><img src=x onerror=alert(1)><style>p{}</style>"
        "<at>Marcus Lind</at><iframe src='https://evil.example'></iframe><svg onload=alert(1)>"
        "<b><i><s><code>" * 20 + "deep &lt;!channel&gt; &lt;at&gt;Sam&lt;/at&gt;" + "<p>End",
    )
    for city in (rig.boston, rig.yellow_springs):
        (message,) = city.seen()
        check_slack(message)
        assert "deep <!channel>" in message.text, "it is only text, but all of it"
    check_teams(rig.marfa)


async def test_odd_characters_cross_on_both_databases(rig: ExchangeRig) -> None:
    await raw_in_teams(rig, "<p>nul \x00 and \ud800 half</p>", text="nul \x00 and \ud800 half")
    rig.boston.say("nul \x00 and \x1b[31m escape")
    await rig.quiet()
    only(rig.yellow_springs.seen(), "escape")
    for city in rig.others(rig.st_paul):
        assert [m for m in city.seen() if "half" in m.text], city.seed.label
    assert (await rig.status()).failed_events == ()


async def given_out(rig: ExchangeRig, city: TeamsCity) -> list[tuple[str, bytes, dict[str, str]]]:
    """Every file that a city was given an address of: the address, the bytes, the headers."""
    found = []
    for activity in sent_to(city):
        urls = [one["contentUrl"] for one in activity.get("attachments", ())]
        urls += [unescape(url) for url in re.findall(r'href="([^"]*)"', activity.get("text", ""))]
        for url in urls:
            async with rig.session.get(url) as answer:
                assert answer.status == 200, url
                found.append((url, await answer.read(), dict(answer.headers)))
    return found


async def test_odd_file_names(rig: ExchangeRig) -> None:
    for number, name in enumerate(ODD_NAMES):
        rig.boston.attach(name, b"%PDF-1.7 " + str(number).encode(), alt=TRICKS)
        await rig.quiet()
    kept = list(rig.slack.state.workspaces["T0YELLOW001"].files.values())
    assert len(kept) == len(ODD_NAMES)
    for file in kept:
        assert not set(file.name) & set("/\\\x00\r\n\u202e"), file.name
        assert file.name.strip(". ")
        assert len(file.name) <= 255
    for message in rig.yellow_springs.seen():
        check_slack(message)
    check_teams(rig.marfa)
    files = await given_out(rig, rig.marfa)
    assert len(files) == len(ODD_NAMES)
    for url, _, headers in files:
        path = urlsplit(url).path
        assert len(path.split("/")) == 4, "the name stays one segment"
        assert headers["Content-Disposition"].startswith("attachment")
        assert "Set-Cookie" not in headers
        assert "evil.html" not in re.findall(r"filename=([^;]*)(?:;|$)", unquote(path))


def huge_picture() -> bytes:
    """A PNG of a few bytes that says it is 20,000 pixels wide and high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 6, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 1_000_000)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    return start + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def bomb() -> bytes:
    """A small archive of 50 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\0" * 50_000_000)
    return buffer.getvalue()


PAGE = b"<!doctype html><script>alert(document.cookie)</script>"
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plans.zip", bomb()),
        ("huge.png", huge_picture()),
        ("page.png", PAGE),
        ("page.html", PAGE),
        ("drawing.svg", DRAWING),
        ("cut.png", huge_picture()[:20]),
    ],
    ids=["plans.zip", "huge.png", "page.png", "page.html", "drawing.svg", "cut.png"],
)
async def test_files_are_passed_on_unopened(
    rig: ExchangeRig, name: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("nobody may open a file that crosses")

    monkeypatch.setattr("PIL.Image.open", opened)
    monkeypatch.setattr("zipfile.ZipFile.__init__", opened)
    rig.boston.attach(name, content, text="Look at this")
    await rig.quiet()
    kept = rig.slack.state.workspaces["T0YELLOW001"].files.values()
    assert [(file.name, file.content) for file in kept] == [(name, content)]
    ((_, data, headers),) = await given_out(rig, rig.marfa)
    assert data == content
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    if not content.startswith(b"\x89PNG"):
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Disposition"].startswith("attachment")
    shown = [one for activity in sent_to(rig.marfa) for one in activity.get("attachments", ())]
    assert shown == [], "what is no picture of a usual size is a link"


async def test_a_picture_in_teams_that_is_none(rig: ExchangeRig) -> None:
    upload = Upload("photo.png", "image/png", PAGE, TRICKS, inline=True)
    rig.teams.people.say(rig.st_paul.place(), "Our town", uploads=[upload])
    await rig.quiet()
    for city in (rig.boston, rig.yellow_springs):
        for message in city.seen():
            check_slack(message)
    ((_, data, headers),) = await given_out(rig, rig.marfa)
    assert (data, headers["Content-Type"]) == (PAGE, "application/octet-stream")


async def test_forged_addresses_of_files_and_hosts(rig: ExchangeRig) -> None:
    rig.boston.attach("a.pdf", b"%PDF-1.7 one", text="One")
    await rig.quiet()
    ((url, _, _),) = await given_out(rig, rig.marfa)
    token, name = urlsplit(url).path.split("/")[2:]
    number, _, mark = token.partition("-")
    for forged in (
        f"{int(number) + 1}-{mark}",
        f"{number}-{mark[::-1]}",
        f"{number}-",
        number,
        f"{number}-{mark}=",
        f"-{number}-{mark}",
        "%00",
        "..%2f..%2fexchange.db",
    ):
        async with rig.session.get(f"{rig.base_url}/files/{forged}/{name}") as answer:
            assert answer.status == 404, forged
    for header in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
        async with rig.session.get(f"{rig.base_url}/", headers=header) as answer:
            assert "evil.example" not in await answer.text() + json.dumps(dict(answer.headers))


async def test_search_takes_words_and_no_patterns(rig: ExchangeRig) -> None:
    async with rig.running.database.view() as view:
        for words in ("%", "_", "______", "' OR '1'='1", "x' UNION SELECT 1 --", "\\", "%' --"):
            assert await view.cities.search(words, 10) == [], words
        found = await view.cities.search("Boston'; DROP TABLE cities; --", 10)
        assert found == []
        assert await view.cities.search("Boston", 10)
