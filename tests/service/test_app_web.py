"""The web server's own pages: plain, safe, and only for whoever holds a signed address."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from core.ids import CityId, FileId, PlatformName
from core.places import City
from integrations.web.files import FilePages, media_type_of, safe_name
from integrations.web.health import HealthPages
from integrations.web.install_pages import SlackPage, TeamsPage
from integrations.web.legal_pages import LegalPages
from integrations.web.pages import FrontPage
from integrations.web.pictures import PicturePages, colour_of, contrast_with_white, initials
from integrations.web.signing import FileSigner
from integrations.web.site import SitePages
from service.app import Pages, create_app
from service.platforms import Built

PNG = b"\x89PNG\r\n\x1a\n rest"
PAGE = b"<html><script>alert(1)</script>"
CONTENTS = {FileId(1): PNG, FileId(2): PAGE, FileId(3): b"<svg onload=alert(1)>"}
BOSTON = City(CityId("2507000"), "Boston", "MA", "city", 1, 0.0, 0.0, "America/New_York")
SIGNER = FileSigner(["newest", "older"], "http://exchange.example")


class Server:
    def __init__(self, url: URL, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.session = session
        self.reason = ""

    async def read_file(self, file: FileId) -> bytes:
        return CONTENTS[file]

    async def find_city(self, city: CityId) -> City | None:
        return BOSTON if city == BOSTON.id else None

    async def front(self) -> FrontPage:
        return FrontPage(4, ("Housing", "<b>"), "http://127.0.0.1:1/?a=1&b")

    async def check(self) -> str:
        return self.reason

    async def metrics(self) -> bytes:
        raise RuntimeError("xoxb-secret")

    def get(self, path: str) -> "aiohttp.client._RequestContextManager":
        return self.session.get(URL(f"{self.url}".rstrip("/") + path, encoded=True))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with aiohttp.ClientSession() as session:
        made = Server(URL(), session)
        pages = Pages(
            front=made.front,
            site=SitePages(SlackPage(), TeamsPage("https://admin.example"), LegalPages()),
            files=FilePages(SIGNER, made.read_file),
            pictures=PicturePages(made.find_city),
            health=HealthPages(made.check),
            metrics=made.metrics,
        )
        closed = Built(PlatformName("fax"), "Fax", "/fax", missing="Set FAX_NUMBER.")
        app: web.Application = create_app(pages, [closed])
        async with TestServer(app) as running:
            made.url = running.make_url("/")
            yield made


def path_of(file: int, name: str) -> str:
    return SIGNER.url(FileId(file), name).removeprefix("http://exchange.example")


async def test_the_front_page_tells_what_this_is_and_escapes(server: Server) -> None:
    async with server.get("/") as answer:
        text = await answer.text()
    assert "Mayoral Exchange" in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert 'href="http://127.0.0.1:1/?a=1&amp;b"' in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in answer.headers or "aiohttp" not in answer.headers["Server"]


async def test_an_image_is_shown_and_everything_else_is_a_download(server: Server) -> None:
    async with server.get(path_of(1, "plan.png")) as answer:
        assert (answer.status, await answer.read()) == (200, PNG)
        assert answer.content_type == "image/png"
        assert answer.headers["Content-Disposition"].startswith("inline")
    for file, name in ((2, "page.html"), (3, "drawing.svg"), (2, "plan.png")):
        async with server.get(path_of(file, name)) as answer:
            assert answer.content_type == "application/octet-stream"
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_only_addresses_that_we_made_open_a_file(server: Server) -> None:
    made = path_of(1, "plan.png")
    for path in (
        made.replace("/1-", "/2-"),
        made.replace("plan", "other"),
        made[:-4],
        "/files/1-/plan.png",
        "/files/1/plan.png",
        "/files/%2e%2e-x/passwd",
        path_of(9, "gone.png"),
    ):
        async with server.get(path) as answer:
            assert answer.status == 404, path


async def test_path_tricks_in_names_are_harmless(server: Server) -> None:
    for name in (
        "../../etc/passwd",
        "..\\..\\x.bat",
        'a"; x="\r\nSet-Cookie: a=b',
        "\u202egnp.exe",
        "{a}",
        "plan 100%.png",
    ):
        async with server.get(path_of(1, name)) as answer:
            assert answer.status == 200, name
            disposition = answer.headers["Content-Disposition"].removeprefix("inline; ")
            assert "Set-Cookie" not in answer.headers
            assert not any(trick in disposition for trick in ("/", "\\", "\n"))


async def test_a_city_has_a_picture(server: Server) -> None:
    async with server.get("/pictures/2507000.png") as answer:
        assert answer.content_type == "image/png"
        assert (await answer.read()).startswith(b"\x89PNG")
    for path in ("/pictures/1234567.png", "/pictures/..%2fx.png", "/pictures/x.png"):
        async with server.get(path) as answer:
            assert answer.status == 404


async def test_readiness_gives_its_reason(server: Server) -> None:
    async with server.get("/readyz") as answer:
        assert answer.status == 200
    server.reason = "The database does not answer."
    async with server.get("/readyz") as answer:
        assert (answer.status, await answer.text()) == (503, "The database does not answer.\n")
    async with server.get("/healthz") as answer:
        assert answer.status == 200


async def test_what_is_not_there_says_so_plainly(server: Server) -> None:
    for path in ("/nothing", "/files/", "/..%2f..%2fetc/passwd", "/fax/"):
        async with server.get(path) as answer:
            assert answer.status == 404
            assert answer.content_type == "text/plain"
    async with server.get("/fax") as answer:
        assert answer.status == 405


async def test_a_platform_that_is_not_configured_says_what_to_set(server: Server) -> None:
    async with server.session.post(server.url / "fax", data=b"x") as answer:
        assert answer.status == 503
        assert "FAX_NUMBER" in await answer.text()


async def test_a_surprise_is_no_page_of_code(server: Server) -> None:
    async with server.get("/metrics") as answer:
        text = await answer.text()
    assert answer.status == 500
    assert "ref " in text
    assert "secret" not in text


@given(st.text(min_size=1, max_size=300))
def test_a_name_is_never_a_path(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set('/\\:"\r\n\0')
    assert safe not in {".", ".."}


@given(st.integers(min_value=0, max_value=2**60), st.text(max_size=50), st.text(max_size=50))
def test_a_signature_fits_one_file_and_one_name(number: int, name: str, other: str) -> None:
    name, other = name or "file", other or "file"
    token = SIGNER.url(FileId(number), name).split("/files/")[1].split("/")[0]
    assert SIGNER.verify(token, name) == number
    assert SIGNER.verify(token, other) == (number if other == name else None)
    assert FileSigner(["another"], "").verify(token, name) is None
    assert FileSigner(["new", "newest"], "").verify(token, name) == number


@given(st.text(max_size=40))
def test_any_token_is_answered(token: str) -> None:
    assert SIGNER.verify(token, "plan.png") is None


@given(st.integers(min_value=0, max_value=9_999_999))
def test_letters_can_be_read_on_every_colour(number: int) -> None:
    assert contrast_with_white(colour_of(CityId(f"{number:07}"))) >= 4.5


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Boston", "Bo"), ("St. Paul", "SP"), ("Yellow Springs", "YS"), ("", "?"), ("O'Fallon", "O'")],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@given(st.binary(max_size=64))
def test_only_known_images_are_shown_in_place(content: bytes) -> None:
    shown = media_type_of(content)
    assert shown in {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "application/octet-stream",
    }
