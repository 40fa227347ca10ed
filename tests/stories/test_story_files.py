"""Files cross with their words: uploaded in Slack's thread, inline or by a link in Teams."""

import io
import re

from PIL import Image

from tests.support.cities import SlackCity, TeamsCity, only
from tests.support.exchange_rig import ExchangeRig


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 12), "#3b7a55").save(buffer, "PNG")
    return buffer.getvalue()


PDF = b"%PDF-1.7\n" + b"the ordinance, word by word " * 300


async def _bytes_of(rig: ExchangeRig, city: SlackCity, name: str) -> list[bytes]:
    contents = rig.slack.state.workspaces[city.seed.key].files.values()
    return [file.content or b"" for file in contents if file.name == name]


async def test_a_document_from_slack_reaches_all(rig: ExchangeRig) -> None:
    rig.boston.attach("ordinance.pdf", PDF, text="Here is the ordinance", alt="Our ordinance")
    await rig.quiet()

    words = only(rig.yellow_springs.seen(), "Here is the ordinance")
    (shared,) = [m for m in rig.yellow_springs.seen() if m.files]
    assert shared.thread == words.id, "the file stands in the thread below"
    assert shared.files[0]["name"] == "ordinance.pdf"
    assert await _bytes_of(rig, rig.yellow_springs, "ordinance.pdf") == [PDF]
    for city in (rig.st_paul, rig.marfa):
        (copy,) = city.seen()
        assert "Here is the ordinance" in copy.text
        assert "ordinance.pdf" in copy.text
        assert "Our ordinance" in copy.text, "the words for those who can't see it"
        assert await _linked(rig, city, copy.raw["html"]) == PDF


async def _linked(rig: ExchangeRig, city: TeamsCity, html: str) -> bytes:
    url = re.search(r'href="([^"]+)"', html)
    assert url is not None, html
    async with rig.session.get(url[1].replace("&amp;", "&")) as answer:
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return await answer.read()


async def test_a_picture_from_slack_stands_inline_in_teams_with_its_words(
    rig: ExchangeRig,
) -> None:
    picture = _png()
    rig.boston.attach("house.png", picture, text="The first house", alt="A green door")
    await rig.quiet()

    (shared,) = [m for m in rig.yellow_springs.seen() if m.files]
    assert shared.files[0]["name"] == "house.png"
    kept = rig.slack.state.workspaces["T0YELLOW001"].files.values()
    assert [file.alt_text for file in kept] == ["A green door"]
    for city in (rig.st_paul, rig.marfa):
        root = only(city.seen(), "The first house")
        (shown,) = [m for m in city.seen() if m.files]
        assert shown.thread == root.id
        assert shown.files[0]["name"] == "A green door"
        async with rig.session.get(shown.files[0]["url"]) as answer:
            assert (answer.status, await answer.read()) == (200, picture)


async def test_a_picture_from_teams_reaches_slack_and_the_other_tenant(rig: ExchangeRig) -> None:
    picture = _png()
    rig.marfa.attach("roof.png", picture, text="Our adobe roof", alt="A flat roof")
    await rig.quiet()

    for city in (rig.boston, rig.yellow_springs):
        root = only(city.seen(), "Our adobe roof")
        (shared,) = [m for m in city.seen() if m.files]
        assert shared.thread == root.id
        kept = rig.slack.state.workspaces[city.seed.key].files.values()
        assert [(file.content, file.alt_text) for file in kept] == [(picture, "A flat roof")]
    (shown,) = [m for m in rig.st_paul.seen() if m.files]
    assert shown.files[0]["name"] == "A flat roof"


async def test_a_document_in_a_teams_channel_is_said_in_one_line(rig: ExchangeRig) -> None:
    # Teams keeps such a file in the team's SharePoint and gives a bot no bytes of it.
    rig.st_paul.attach("budget.pdf", PDF, text="The budget")
    await rig.quiet()

    for city in rig.others(rig.st_paul):
        (copy,) = city.seen()
        assert "The budget" in copy.text
        assert "can't be" in copy.text, city.seed.label


async def test_a_file_without_words_and_one_in_a_thread(rig: ExchangeRig) -> None:
    root = rig.boston.attach("plan.pdf", PDF)
    await rig.quiet()
    rig.boston.attach("plan-b.pdf", PDF + b"b", text="And another", thread=root)
    await rig.quiet()

    first = only(rig.marfa.seen(), "plan.pdf")
    second = only(rig.marfa.seen(), "plan-b.pdf")
    assert (first.thread, second.thread) == ("", first.id)
    copies = rig.yellow_springs.seen()
    assert {m.thread for m in copies[1:]} == {copies[0].id}
    assert await _bytes_of(rig, rig.yellow_springs, "plan-b.pdf") == [PDF + b"b"]


async def test_deleting_a_post_takes_its_files_along(rig: ExchangeRig) -> None:
    said = rig.boston.attach("draft.pdf", PDF, text="A draft")
    await rig.quiet()
    (copy,) = rig.marfa.seen()
    rig.boston.delete(said)
    await rig.quiet()

    for city in rig.others(rig.boston):
        assert city.seen() == [], city.seed.label
    url = re.search(r'href="([^"]+)"', copy.raw["html"])
    assert url is not None


async def test_an_edit_of_the_words_keeps_the_file(rig: ExchangeRig) -> None:
    said = rig.boston.attach("map.pdf", PDF, text="The mpa")
    await rig.quiet()
    rig.boston.edit(said, "The map")
    await rig.quiet()

    for city in (rig.st_paul, rig.marfa):
        (copy,) = city.seen()
        assert "The map" in copy.text
        assert "map.pdf" in copy.text
    assert len([m for m in rig.yellow_springs.seen() if m.files]) == 1


async def test_a_link_that_was_tampered_with_serves_nothing(rig: ExchangeRig) -> None:
    rig.boston.attach("secret.pdf", PDF, text="For the cities")
    await rig.quiet()
    (copy,) = rig.marfa.seen()
    found = re.search(r'href="([^"]+)"', copy.raw["html"])
    assert found is not None
    url = found[1].replace("&amp;", "&")
    for wrong in (url[:-3] + "xyz", url.replace("/files/", "/files/9")):
        async with rig.session.get(wrong) as answer:
            assert answer.status in (403, 404), wrong
