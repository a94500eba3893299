"""The pages in a headless Chromium: coming in, settings, adding a truck; at a phone's width, and by keyboard."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
import uvicorn
from pydantic import SecretStr

from keitora.clock import utc_now
from keitora.vehicles.queries import create_vehicle
from keitora_api.app import create_app
from keitora_api.rights import NOBODY_ASKED, RIGHTS
from keitora_api.settings import ServiceSettings
from tests.api.builders import World, add_latest, add_samples, add_trip, add_world, drive
from tests.api.people import PASSWORD, add_invitation, add_person
from tests.browser import DESK, PHONE, Browser, browser

SHOWN = "document.getElementById('{}') && !document.getElementById('{}').hidden"


def shown(name: str) -> str:
    return SHOWN.format(name, name)


@pytest.fixture(scope="module")
def site(api_database: str) -> Iterator[str]:
    """The address of the pages."""
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=4))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    ends_s = monotonic() + 20
    while not server.started and monotonic() < ends_s:
        sleep(0.02)
    [port] = [socket.getsockname()[1] for one in server.servers for socket in one.sockets]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page() -> Iterator[Browser]:
    with browser() as opened:
        opened.size(*PHONE)
        yield opened


def sign_in(page: Browser, site: str, login_name: str, password: str = PASSWORD) -> None:
    page.open(f"{site}/")
    page.wait(shown("sign-in"))
    page.type("#login", login_name)
    page.type("#password", password)
    page.press("Enter", 13)


def fits(page: Browser) -> bool:
    """Tell whether nothing has to be scrolled sideways."""
    return bool(page.run("document.documentElement.scrollWidth <= window.innerWidth"))


def test_somebody_signs_in_by_keyboard_and_out_again(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    login_name = add_person(conn, world).login_name
    sign_in(page, site, login_name, "wrong wrong wrong")
    page.wait("document.getElementById('refused').innerText")
    assert "do not go together" in page.text("#refused")
    assert fits(page)

    sign_in(page, site, login_name)
    page.wait(shown("board"))
    assert page.text("#fleet") == world.fleet.name
    assert page.run("document.cookie") == ""  # no script can read it
    assert fits(page)

    page.click("#leave")
    page.wait(shown("sign-in"))
    page.open(f"{site}/settings")
    page.wait(f"location.pathname === '/' && {shown('sign-in')}")


def test_a_long_password_can_be_looked_at_while_it_is_typed(page: Browser, site: str) -> None:
    page.open(f"{site}/")
    page.wait(shown("sign-in"))
    assert page.run("document.getElementById('password').type") == "password"
    page.click("#sign-in [data-shows]")
    assert page.run("document.getElementById('password').type") == "text"
    assert fits(page)


def test_an_empty_fleet_leads_a_manager_to_adding_its_first_truck_and_a_driver_nowhere(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    empty = add_world(conn, f"{world.fleet.name}, empty", trucks=())
    for role, links in (("manager", 1), ("driver", 0)):
        sign_in(page, site, add_person(conn, empty, role).login_name)
        page.wait(f"{shown('board')} && document.querySelector('#trucks .empty')")
        assert page.run("document.querySelectorAll('#trucks a[href=\"/add-truck\"]').length") == links
        assert not page.run("document.getElementById('nowhere').hidden")
        page.click("#leave")
        page.wait(shown("sign-in"))


def test_trucks_are_listed_as_people_count_and_a_chosen_trip_is_seen_on_a_phone(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    day = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # nine in the morning in Tokyo
    ten, two = (create_vehicle(conn, fleet_id=world.fleet.fleet_id, name=f"Carry {number}") for number in (10, 2))
    add_latest(conn, ten, utc_now())
    add_latest(conn, two, utc_now() - timedelta(hours=9), speed_kmh=0.0)
    add_latest(conn, world.trucks[0], utc_now() - timedelta(hours=1))  # lost on its way
    for number in range(20):
        add_trip(conn, ten, day + timedelta(minutes=25 * number), distance_m=2_000.0 if number else 9_000.0)
    add_samples(conn, ten, drive(day, 60))

    sign_in(page, site, add_person(conn, world).login_name)
    page.wait(shown("board"))
    page.open(f"{site}/?again#day=2026-11-20")
    page.wait("document.querySelectorAll('#trips .row').length === 20")
    page.wait("document.querySelector('#trucks .state.moving')")
    assert "1 on the road" in page.text("#trucks-count")
    names = page.run("[...document.querySelectorAll('#trucks .name')].map((one) => one.innerText)")
    told = page.run("[...document.querySelectorAll('#trips .values')].map((one) => one.innerText)")
    states = page.run("[...document.querySelectorAll('#trucks .state')].map((one) => one.innerText)")
    assert states == ["parked", "moving", "silent", "no data yet"]
    assert [name for name in names if name.startswith("Carry")] == ["Carry 2", "Carry 10"]
    assert [text.endswith("km/L") for text in told] == [False] * 19 + [True]  # newest first; 2 km tell no economy

    page.run("[...document.querySelectorAll('#trips .row')].at(-1).scrollIntoView()")
    page.click("#trips li:last-child .row")
    page.wait("document.querySelector('#trips li:last-child .chosen')")
    box = page.run("(({top, bottom}) => [top, bottom])(document.getElementById('map').getBoundingClientRect())")
    assert 0 <= box[0] < box[1] <= PHONE[1] * 0.6
    assert fits(page)


def test_no_name_on_the_map_covers_another_or_leaves_it(page: Browser, site: str) -> None:
    page.open(f"{site}/")
    trucks = [
        {"name": str(number), "x": 20 + number % 7 * 30, "y": 150 + number // 7 * 25, "width": 90}
        for number in range(40)
    ]
    placed = page.run(
        f"import('/web/labels.js').then((m) => m.placeLabels({json.dumps(trucks)}, {{ width: 300, height: 400 }}))"
    )

    assert placed[0]["name"] == "0"
    assert 4 <= len(placed) < 40
    for number, one in enumerate(placed):
        assert number == 0 or 45 <= one["x"] <= 255
        assert all(abs(one["x"] - other["x"]) >= 90 or abs(one["y"] - other["y"]) >= 16 for other in placed[:number])


def test_the_log_of_changes_has_words_for_every_change_there_can_be(page: Browser, site: str) -> None:
    page.open(f"{site}/")
    changes = [
        route
        for route, roles in RIGHTS.items()
        if roles is not NOBODY_ASKED and not route.startswith(("GET ", "HEAD "))
    ]
    changes += [
        "signed in",
        "sign-in refused",
        "link used: join",
        "keitora person invite",
        "keitora person reset-password",
    ]
    asked = f"import('/web/log.js').then((m) => {json.dumps(changes)}.map(m.actionInWords))"

    for language in ("en", "ja"):
        page.run(f"localStorage.setItem('keitora.language', '{language}')")
        page.open(f"{site}/?{language}")
        page.wait(f"document.documentElement.lang === '{language}'")
        told = dict(zip(changes, page.run(asked), strict=True))
        assert [change for change, words in told.items() if words == change or "/v1" in words or "{" in words] == []
    assert told["POST /v1/vehicles/{vehicle_id}/devices"] == "機器：追加"
    assert told["POST /v1/devices/{device_id}/revoke"] == "機器：無効化"


def test_an_invitation_becomes_an_account_and_its_link_leaves_the_address_bar(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    token = add_invitation(conn, world, name="Yuki")
    page.open(f"{site}/join#token={token}")
    page.wait(shown("join"))
    assert token not in page.run("location.href")
    assert world.fleet.name in page.text("#welcome")

    page.type("#login", f"yuki-{world.fleet.fleet_id}")
    page.type("#password", "password2026")
    page.press("Enter", 13)
    page.wait("document.querySelector('.wrong')")
    assert page.run("document.activeElement.id") == "password"
    assert fits(page)

    page.run("document.getElementById('password').value = ''")
    page.type("#password", PASSWORD)
    page.press("Enter", 13)
    page.wait(shown("board"))
    page.open(f"{site}/join#token={token}")
    page.wait(shown("worthless"))


def test_a_visitor_of_a_demo_is_in_at_once(page: Browser, site: str, conn: psycopg.Connection, world: World) -> None:
    visitor = add_person(conn, world, password_hash=None)
    page.open(f"{site}/join#token={add_invitation(conn, world, purpose='open', person_id=visitor.person_id)}")

    page.wait(shown("board"))


def test_a_manager_invites_a_driver_and_changes_settings(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    sign_in(page, site, add_person(conn, world).login_name)
    page.wait(shown("board"))
    page.click("nav a[href='/settings']")
    page.wait(shown("page"))
    page.type("#invited", "Yuki")
    page.click("#invite-form [type=submit]")
    page.wait(shown("link"))
    page.wait("document.querySelector('#link img').naturalWidth > 100")
    assert "/join#token=ki_" in page.run("document.querySelector('#link input').value")
    assert "only on this computer" in page.text("#link .warn")
    assert fits(page)

    page.run("document.getElementById('units').value = 'us'")
    page.click("#fleet-form [type=submit]")
    page.wait(shown("done"))
    assert conn.execute("SELECT units FROM fleet WHERE fleet_id = %s", [world.fleet.fleet_id]).fetchone() == ("us",)


def test_a_driver_is_shown_his_own_settings_only(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    sign_in(page, site, add_person(conn, world, "driver").login_name)
    page.wait(shown("board"))
    assert page.run("[...document.querySelectorAll('nav a')].filter((one) => !one.hidden).length") == 1
    page.open(f"{site}/settings")
    page.wait(shown("page"))
    assert page.run("[...document.querySelectorAll('.managers')].every((one) => one.hidden)")
    page.open(f"{site}/add-truck")
    page.wait("location.pathname === '/'")


def test_a_manager_renames_a_truck_by_keyboard_changes_its_engine_and_puts_it_away(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    truck, other = world.trucks
    conn.execute("UPDATE vehicle SET kerb_kg = 690 WHERE vehicle_id = %s", [truck.vehicle_id])
    sign_in(page, site, add_person(conn, world).login_name)
    page.wait(shown("board"))
    page.open(f"{site}/settings")
    page.wait(shown("page"))
    page.run(f"document.getElementById('change-{truck.vehicle_id}').focus()")
    page.press("Enter", 13)
    page.wait("document.activeElement.id === 'truck-name'")
    assert fits(page)

    page.run("document.activeElement.value = ''")
    page.type("#truck-name", other.name)
    page.press("Enter", 13)
    page.wait("document.querySelector('#truck-form .wrong')")
    page.run("document.activeElement.value = ''")
    page.type("#truck-name", "白いキャリイ")
    page.type("#truck-displacement", "658")
    page.run("document.getElementById('truck-kerb').value = document.getElementById('truck-cut').value = ''")
    page.run("document.getElementById('truck-cut').value = 'false'")
    page.press("Enter", 13)
    page.wait(f"document.activeElement.id === 'change-{truck.vehicle_id}' && {shown('done')}")

    kept = "SELECT name, displacement_cc, kerb_kg, has_fuel_cut, energy FROM vehicle WHERE vehicle_id = %s"
    said = ("白いキャリイ", 658, None, False, "petrol")
    assert conn.execute(kept, [truck.vehicle_id]).fetchone() == said
    page.click(f"#change-{truck.vehicle_id} + button")
    page.wait("document.querySelector('#truck-list li:last-child .more').innerText.startsWith('put away')")
    assert "白いキャリイ" in page.text("#truck-list li:last-child")
    page.click(f"#change-{truck.vehicle_id} + button")
    page.wait("!document.getElementById('truck-list').innerText.includes('put away')")
    page.click(f"#change-{truck.vehicle_id}")
    page.wait(shown("truck-form"))
    page.press("Escape", 27)
    page.wait(f"document.activeElement.id === 'change-{truck.vehicle_id}'")
    assert page.run("document.getElementById('truck-form').hidden")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_truck_is_added_and_its_phone_let_in_by_a_code_that_can_be_scanned(
    page: Browser, site: str, conn: psycopg.Connection, world: World, language: str
) -> None:
    sign_in(page, site, add_person(conn, world).login_name)
    page.wait(shown("board"))
    page.run(f"localStorage.setItem('keitora.language', '{language}')")
    page.open(f"{site}/add-truck")
    page.wait(shown("page"))
    page.type("#name", f"Carry {world.fleet.fleet_id}")
    page.type("#chassis", "DA16T")
    page.press("Enter", 13)
    page.wait(shown("device-section"))
    assert "Suzuki Carry DA16T" in page.text("#truck-made")
    page.click("#device-form [type=submit]")
    page.wait(shown("handover"))
    page.wait("document.getElementById('code').naturalWidth > 100")
    first = page.run("document.getElementById('open-app').href")
    page.click("#device-form [type=submit]")
    page.wait("!document.querySelector('#device-form [type=submit]').disabled")
    assert page.run("document.getElementById('open-app').href") == first  # pressed again: no other device
    assert page.run("document.querySelectorAll('#devices .item').length") == 1

    link: Any = page.run("document.getElementById('open-app').getAttribute('href')")
    assert link.startswith("owntracks:///config?inline=")
    inline = page.run(f"new URLSearchParams({link.partition('?')[2]!r}).get('inline')")
    assert f"Carry {world.fleet.fleet_id}".lower().replace(" ", "-") in b64decode(inline).decode()
    assert fits(page)
    page.size(*DESK)
    assert fits(page)


def test_every_page_says_who_it_is_in_both_languages_and_complains_of_nothing(
    page: Browser, site: str, conn: psycopg.Connection, world: World
) -> None:
    sign_in(page, site, add_person(conn, world).login_name)
    page.wait(shown("board"))
    page.complaints.clear()  # of the 401 that asks for signing in
    for path in ("/", "/settings", "/add-truck"):
        page.open(f"{site}{path}")
        page.wait(shown("board" if path == "/" else "page"))
        told = {}
        for _ in range(2):
            told[page.run("document.documentElement.lang")] = page.text()
            page.click("#language")
        assert set(told) == {"en", "ja"}
        assert told["en"] != told["ja"]
        unlabelled = "[...document.querySelectorAll('input:not([hidden]), select')].filter((one) => !one.labels.length"
        assert page.run(f"{unlabelled} && !one.getAttribute('aria-label')).length") == 0, path
    assert page.complaints == []
