"""
The way to a feedback form: its QR code, read by a reader of others, and the poster.
"""

import subprocess
import xml.etree.ElementTree

import pytest
import requests

from support.forms import path_of, receipt_code, text_of
from support.forms import Form

SVG = "{http://www.w3.org/2000/svg}"


def read_code(directory, svg):
    """What a phone would read."""
    subprocess.run(["rsvg-convert", "-o", directory / "code.png"], input=svg, check=True)
    return subprocess.run(["zbarimg", "-q", "--raw", directory / "code.png"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("public_url", ["https://palaute.hyvinvointialue.example", "http://127.0.0.1:8080/osallisuus"])
def test_the_code_leads_to_the_form(world, tmp_path, public_url):
    path = path_of(world, "ward")
    with world.new_api(PUBLIC_URL=public_url).start() as api:
        picture = requests.get(f"{api.url}{path}/qr.svg", timeout=10)
        poster = requests.get(f"{api.url}{path}/print", timeout=10)
    assert picture.status_code == 200 and picture.headers["Content-Type"] == "image/svg+xml"
    assert read_code(tmp_path, picture.content) == f"{public_url}{path}?c=qr"
    inline = poster.content[poster.content.index(b"<svg"):poster.content.index(b"</svg>") + 6]
    assert read_code(tmp_path, inline) == f"{public_url}{path}?c=qr"
    assert public_url.partition("://")[2] + path in text_of(poster)


@pytest.mark.parametrize("browser", ["sv", "en", "de"])
def test_what_stands_around_a_poster_is_in_finnish_unless_another_language_is_asked_for(world, browser):
    poster, swedish = (requests.get(f"{world.api.url}{path_of(world, 'ward')}/print{query}", headers={"Accept-Language": browser}, timeout=10)
                       for query in ("", "?language=sv"))
    assert '<html lang="fi">' in poster.text and ">Osallisuus</a></strong>" in poster.text
    assert '<html lang="sv">' in swedish.text and ">Delaktighet</a></strong>" in swedish.text
    assert all(title in text_of(poster) for title in ("Anna palautetta", "Ge respons", "Give feedback"))


def test_the_picture_has_a_name_and_a_quiet_zone(world):
    picture = requests.get(f"{world.api.url}{path_of(world, 'ward')}/qr.svg", headers={"Accept-Language": "sv"}, timeout=10)
    svg = xml.etree.ElementTree.fromstring(picture.content)
    assert svg.find(f"{SVG}title").text == "QR-kod som leder till responsformuläret"
    light, dark = (path.get("d") for path in svg.findall(f"{SVG}path"))
    side = int(svg.get("viewBox").split()[2])
    assert light == f"M0 0h{side}v{side}H0z"
    bars = [(int(x), int(y), int(run.partition("v")[0])) for x, y, run in (
        (*bar.partition("h")[0].split(), bar.partition("h")[2]) for bar in dark[1:].split("M"))]
    assert min(x for x, _, _ in bars) == min(y for _, y, _ in bars) == 4
    assert max(x + run for x, _, run in bars) == side - 4


def test_who_comes_by_the_code_is_counted_so(world):
    with world.new_api(FORM_LEAST_S=0).start() as api:
        form = Form(world, "ward", "?c=qr")
        form.url = form.url.replace(world.api.url, api.url)
        code = receipt_code(form.send(kind="thanks", text="Kiitos!"))
    assert world.database.value("SELECT channel FROM feedback WHERE id = %s", world.giver(code).get("/v1/receipt").json()["id"]) == "qr"


def test_the_poster_speaks_three_languages_and_names_the_unit_in_each(world):
    page = requests.get(f"{world.api.url}{path_of(world, 'ward')}/print", timeout=10)
    words = text_of(page)
    for said in ("Osasto 3", "Avdelning 3", "Ward 3", "Anna palautetta", "Ge respons", "Give feedback", "Et tarvitse nimeä.",
                 "Du behöver inget namn.", "You need no name."):
        assert said in words
    assert "no-store" not in page.headers["Cache-Control"]


def test_a_unit_with_one_name_has_it_once_on_the_poster(world):
    admin = world.client("admin")
    for name in ({"fi": "Kuntoutus & <Kivi>"}, {"fi": "Kuntoutus & <Kivi>", "sv": "Kuntoutus & <Kivi>"}, {"se": "Kuntoutus & <Kivi>"}):
        unit = admin.post("/v1/units", {"name": name}, expect=201).json()
        page = requests.get(f"{world.api.url}{unit['form_path']}/print", timeout=10)
        assert page.text.count("Kuntoutus &amp; &lt;Kivi&gt;") == 1
