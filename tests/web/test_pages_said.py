"""What the public pages say and offer, as far as the operator has set things up."""

import io
import json
import re
import zipfile
from html import unescape

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from integrations.web.install_pages import install_result_page
from integrations.web.legal_pages import LegalPages
from integrations.web.markup import tag
from integrations.web.pages import FrontPage
from integrations.web.site import SitePages
from integrations.web.style import STYLE
from service.sentences import page as sentences
from tests.web.conftest import ADDRESS, app_of, site_of

APP_ID = "12345678-90ab-4cde-8f01-234567890abc"
SLACK_SET = {"client_id": "1.2", "client_secret": "s3cret-of-ours"}
CLOUDS = {
    "public": "https://admin.teams.microsoft.com",
    "gcc": "https://admin.teams.microsoft.com",
    "gcch": "https://admin.gov.teams.microsoft.us",
    "dod": "https://admin.dod.teams.microsoft.us",
}


async def fetched(site: SitePages, path: str) -> tuple[int, dict[str, str], bytes]:
    """What the server answers, without following."""
    async with (
        TestServer(app_of(site)) as server,
        aiohttp.ClientSession() as session,
        session.get(server.make_url(path), allow_redirects=False) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.read()


@pytest.mark.parametrize("cloud", CLOUDS)
async def test_the_package_is_there_when_everything_is_set(cloud: str) -> None:
    site = site_of({"teams": {"app_id": APP_ID.upper(), "cloud": cloud}})
    status, _, text = await fetched(site, "/install/teams")
    assert status == 200
    assert 'href="/install/teams/app.zip"' in text.decode()
    assert f'href="{CLOUDS[cloud]}"' in text.decode()
    status, headers, body = await fetched(site, "/install/teams/app.zip")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    assert headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(body)) as package:
        manifest = json.loads(package.read("manifest.json"))
    assert manifest["id"] == APP_ID
    for address in (manifest["developer"]["privacyUrl"], manifest["developer"]["termsOfUseUrl"]):
        assert address.startswith(ADDRESS)
        assert (await fetched(site, URL(address).path))[0] == 200, address


@pytest.mark.parametrize(
    ("app_id", "base_url", "named"),
    [
        ("", ADDRESS, ["TEAMS_APP_ID"]),
        ("not-an-id", ADDRESS, ["TEAMS_APP_ID"]),
        (APP_ID, "http://exchange.example.gov", ["EXCHANGE_BASE_URL"]),
        (APP_ID, "https://127.0.0.1:8000", ["EXCHANGE_BASE_URL"]),
        (APP_ID, "https://localhost", ["EXCHANGE_BASE_URL"]),
        ("", "http://127.0.0.1:8000", ["TEAMS_APP_ID", "EXCHANGE_BASE_URL"]),
    ],
)
async def test_without_a_package_the_page_names_what_to_set(
    app_id: str, base_url: str, named: list[str]
) -> None:
    site = site_of({"teams": {"app_id": app_id}}, base_url=base_url)
    _, _, text = await fetched(site, "/install/teams")
    assert re.findall(r"TEAMS_APP_ID|EXCHANGE_BASE_URL", text.decode()) == named
    assert "app.zip" not in re.findall(r'href="([^"]*)"', text.decode())
    status, headers, _ = await fetched(site, "/install/teams/app.zip")
    assert (status, headers["Location"]) == (303, "/install/teams")


async def test_the_button_for_slack_is_there_when_it_works() -> None:
    _, _, text = await fetched(site_of({"slack": SLACK_SET}), "/install/slack")
    assert 'href="/slack/install"' in text.decode()
    assert "s3cret" not in text.decode()
    _, _, text = await fetched(site_of({"slack": {"client_id": "1.2"}}), "/install/slack")
    assert 'href="/slack/install"' not in text.decode()
    assert "Set SLACK_CLIENT_SECRET and start" in text.decode()
    assert "Ask them to add yours" in text.decode()


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("clerk@city.example", "mailto:clerk@city.example"),
        ("https://city.example/ask?a=1&b=2", "https://city.example/ask?a=1&b=2"),
        ("Room 12, City Hall", ""),
        ("javascript:alert(1)", ""),
        ("a@b.example?subject=x", ""),
        ('"><script>alert(1)</script>', ""),
    ],
)
def test_who_runs_it_can_be_reached(contact: str, link: str) -> None:
    legal = LegalPages("The League & Co.", contact)
    for text in (legal.privacy(), legal.terms()):
        assert "The League &amp; Co. runs this exchange." in text
        assert contact in unescape(text)
        assert "<script" not in text
        links = [unescape(one) for one in re.findall(r'href="([^"]*)"', text)]
        assert ([one for one in links if one[0] != "/"] or [""]) == [link]


def test_without_a_contact_there_is_advice() -> None:
    text = LegalPages().privacy()
    assert "Ask the person who told you about it" in unescape(text)
    assert " runs this exchange" not in text


def test_blanks_around_a_name_are_no_name() -> None:
    site = site_of({}, operator_name="  ", operator_contact=" a@b.example ")
    assert site.legal == LegalPages("", "a@b.example")


@given(st.text(), st.text())
def test_what_is_put_into_a_page_is_text(title: str, line: str) -> None:
    text = install_result_page(True, title, [line], [line])
    bare = install_result_page(True, "", [""], [""])
    assert re.findall(r"<[^>]*>", text) == re.findall(r"<[^>]*>", bare)
    assert tag("p", line, id=title or "a").source.count("<") == 2
    assert unescape(tag("p", line).source).startswith("<p>")


@pytest.mark.parametrize(
    ("cities", "said"),
    [(0, ""), (1, "1 city takes part so far."), (1200, "1,200 cities take part so far.")],
)
def test_cities_are_counted(cities: int, said: str) -> None:
    text = FrontPage(cities, ("Housing",)).html()
    assert ("so far" in text) == bool(said)
    assert said in text
    assert "sandbox" not in text


def test_every_word_of_the_pages_is_on_the_page_of_sentences() -> None:
    site = site_of({})
    shown = " ".join((site.slack.html(), site.teams.html(), site.legal.privacy()))
    body = re.sub(r"<head>.*?</head>", "", shown, flags=re.DOTALL)
    told = " ".join(re.sub(r"\\", "", sentences()).split())
    for line in re.findall(r"<(?:p|h1|h2|h3)>([^<]+)</", body):
        words = " ".join(unescape(line).split())
        if re.search(r"Mayoral Exchange|EXCHANGE_|SLACK_|TEAMS_", words):
            continue  # filled in
        assert words in told, words


def _luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("ink", "card"),
        ("ink", "tint"),
        ("ink", "paper"),
        ("quiet", "tint"),
        ("quiet", "paper"),
        ("on-accent", "accent"),
        ("link", "paper"),
        ("link", "tint"),
    ],
)
def test_words_stand_out_from_what_is_below_them(above: str, below: str, light: bool) -> None:
    day, night = STYLE.split("prefers-color-scheme: dark", 1)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", day if light else night))
    both = sorted(_luminance(colours[name]) for name in (above, below))
    assert (both[1] + 0.05) / (both[0] + 0.05) >= 4.5
