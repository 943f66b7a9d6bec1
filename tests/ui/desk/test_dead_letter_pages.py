"""The page of dead letters without a browser: whose they are, what they hold, and what an admin may ask."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from nicegui import ui
from tests.ui.desk.conftest import Platform

from stockbot.runtime.auth import Principal, Role
from stockbot.testing.clock import START
from stockbot.testing.console_desk import Desk, open_desk
from stockbot.testing.desk_scenes import alert
from stockbot.testing.fake_service import Act
from stockbot.testing.letters import LETTERS, letter
from stockbot_console.answers import Failure
from stockbot_console.components.letter_list import WITHHELD
from stockbot_console.pages import dead_letters
from stockbot_console.pages.dead_letters import QUIET

MARKUP = "<img src=x onerror=alert(1)>"
RISK = letter("1", START)
BOOKS = letter("2", START + timedelta(seconds=1), consumer="portfolio-manager", document=MARKUP, reason="not JSON")
OVER = letter("3", START, resolved_at=START, resolution="resolved by root: nonsense")
FIRST, SECOND = RISK["letter_id"], BOOKS["letter_id"]


@pytest.fixture(autouse=True)
def _put_aside(platform: Platform) -> None:
    """Two open letters at two services, and one that is over."""
    platform.guardian.letters = [dict(RISK), dict(OVER)]
    platform.bookkeeper.letters = [dict(BOOKS)]


async def see(desk: Desk, *words: str) -> None:
    for each in words:
        await desk.user.should_see(each)


async def see_no_more(desk: Desk, words: str) -> None:
    await desk.user.should_not_see(words)


async def give_word(desk: Desk, step: str, letter_id: str, reason: str) -> None:
    """Press a button of a letter and send the dialog's form."""
    await desk.user.should_see(marker=f"{step}-{letter_id}")
    desk.user.find(marker=f"{step}-{letter_id}").click()
    await desk.user.should_see(marker="confirmation")
    desk.user.find(marker="confirmation").trigger("submit", {"reason": reason})


async def test_letters_of_all_services_are_one_list(desk: Desk) -> None:
    """Service, stream, event, reason, and what holds meanwhile."""
    await desk.user.open("/dead-letters")
    await see(desk, "ORDER_UPDATE", "at the Risk Guardian", "update-1", "MELTED", "stockbot:orders")
    await see(desk, "An event that cannot be read", "at the Portfolio Manager", "not JSON", dead_letters.TITLE)
    await see(desk, "only orders that make a position smaller pass")
    await desk.user.should_not_see("Resolved by root: nonsense")


@pytest.mark.parametrize(("state", "shown"), [("resolved", ()), ("all", ("at the Portfolio Manager",))])
async def test_what_is_over_is_shown_where_the_address_says_so(
    desk: Desk, platform: Platform, state: str, shown: tuple[str, ...]
) -> None:
    """With what became of it, and nothing to ask; every service is asked the same."""
    await desk.user.open(f"/dead-letters?state={state}")
    await see(desk, "RESOLVED", "Resolved by root: nonsense", *shown)
    await desk.user.should_not_see(marker=f"resolve-{OVER['letter_id']}")
    for keeper in (platform.guardian, platform.bookkeeper, platform.alarms):
        assert f"{LETTERS}?state={state}&limit=101" in keeper.asked


async def test_a_letter_opens_to_its_event(desk: Desk) -> None:
    """Indented where it is JSON, else as it is. It comes when asked for, and stays open when the letter changes."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/dead-letters")
    await see(desk, "at the Risk Guardian", "at the Portfolio Manager")
    await desk.user.should_not_see(MARKUP)
    desk.user.find(marker=f"event-{SECOND}").trigger("toggle", True)
    desk.user.find(marker=f"event-{FIRST}").trigger("toggle", True)
    await see(desk, MARKUP, '  "data": {\n    "quantity": "10"')
    await give_word(desk, "replay", FIRST, "mended")
    await see(desk, "REPLAY ASKED", '  "data": {\n    "quantity": "10"')
    desk.user.find(marker=f"event-{FIRST}").trigger("toggle", False)
    await give_word(desk, "resolve", FIRST, "nonsense")
    await see_no_more(desk, "at the Risk Guardian")


async def test_an_admin_has_it_taken_in_again(desk: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a dialog with a reason, in their own name; the letter says so at once, whenever the page looks next."""
    monkeypatch.setattr(dead_letters, "LOOK_SECONDS", 3600.0)
    await desk.sign_in("sbt_root")
    await desk.user.open("/dead-letters")
    await give_word(desk, "replay", FIRST, " ")
    await see(desk, "The Risk Guardian takes ORDER_UPDATE in again, alone.", "Say why in a few words")
    assert platform.guardian.acts == []
    desk.user.find(marker="confirmation").trigger("submit", {"reason": "the state is known now"})
    await see(desk, "REPLAY ASKED", "Replay asked by root: the state is known now")
    await desk.user.should_not_see(marker=f"replay-{FIRST}")
    asked, body = f"POST {LETTERS}/{FIRST}/replay", {"reason": "the state is known now"}
    assert platform.guardian.acts == [Act("root", asked, body, 202)]
    assert platform.bookkeeper.acts == []


async def test_an_admin_resolves_it(desk: Desk, platform: Platform) -> None:
    """What that means is said before; the letter leaves the open ones, and those of others stay."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/dead-letters")
    await give_word(desk, "resolve", SECOND, "booked by hand")
    await see(desk, "The Portfolio Manager never takes in an event that cannot be read.", "Our books may differ")
    await see_no_more(desk, "at the Portfolio Manager")
    await see(desk, "at the Risk Guardian")
    assert [act.status for act in platform.bookkeeper.acts] == [200]


@pytest.mark.parametrize("token", ["sbt_vera", "sbt_ada"])
async def test_who_may_not_sees_no_buttons_and_why(desk: Desk, token: str) -> None:
    """Viewer or trader: the letters and their events all the same."""
    await desk.sign_in(token)
    await desk.user.open("/dead-letters")
    await see(desk, "at the Risk Guardian", WITHHELD)
    for step in ("replay", "resolve"):
        await desk.user.should_not_see(marker=f"{step}-{FIRST}")
    desk.user.find(marker=f"event-{FIRST}").trigger("toggle", True)
    await see(desk, '"quantity": "10"')


async def test_the_role_is_checked_again_in_the_act(desk: Desk, platform: Platform) -> None:
    """Between the page and the answer the admin became a trader: nobody is asked, and the page says why."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/dead-letters")
    await desk.user.should_see(marker=f"resolve-{FIRST}")
    desk.tokens.known["sbt_root"] = Principal("root", Role.TRADER)
    await give_word(desk, "resolve", FIRST, "x")
    await see(desk, "root has the role trader; this needs the role admin.")
    assert platform.guardian.acts == []


async def test_what_the_service_refuses_is_said_in_the_dialog(desk: Desk, platform: Platform) -> None:
    """Somebody else was faster: in the service's own words, and the page shows what is so."""
    await desk.sign_in("sbt_root")
    await desk.user.open("/dead-letters")
    await desk.user.should_see(marker=f"resolve-{FIRST}")
    platform.guardian.letters[0] |= {"resolved_at": START, "resolution": "resolved by eve: done"}
    await give_word(desk, "resolve", FIRST, "x")
    await see(desk, f"letter {FIRST} is over: resolved by eve: done")
    await see_no_more(desk, "at the Risk Guardian")


async def test_a_silent_service_hides_no_letters_of_others(
    desk: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named with the reason, and its letters come by themselves when it is back."""
    monkeypatch.setattr(dead_letters, "LOOK_SECONDS", 0.05)
    platform.guardian.stop()
    await desk.user.open("/dead-letters")
    await see(desk, "The dead letters of the Risk Guardian are not known. The Risk Guardian at", "Portfolio Manager")
    await see(desk, "at the Portfolio Manager")
    platform.guardian.start()
    await see(desk, "at the Risk Guardian")
    await see_no_more(desk, "are not known")


async def test_nobody_waits_for_a_service_that_hangs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The letters of the others are there before it answers, if it ever does."""
    answered = asyncio.Event()

    async def hang(_state: str) -> Failure:
        await answered.wait()
        return Failure(reason="It does not answer.", remedy="")

    monkeypatch.setattr(desk.console.services.guardian, "last_letters", hang)
    await desk.user.open("/dead-letters")
    await see(desk, "at the Portfolio Manager")
    await desk.user.should_not_see("are not known")
    answered.set()
    await see(desk, "The dead letters of the Risk Guardian are not known.")


async def test_what_comes_is_shown_without_a_reload(
    desk: Desk, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new letter, and one that the service has taken in meanwhile."""
    monkeypatch.setattr(dead_letters, "LOOK_SECONDS", 0.05)
    await desk.user.open("/dead-letters")
    await see(desk, "at the Risk Guardian")
    platform.guardian.letters[0] |= {"resolved_at": START, "resolution": "replayed, asked by root: mended"}
    platform.alarms.letters = [letter("4", START, stream="stockbot:alerts", consumer="alert-manager")]
    await see(desk, "at the Alert Manager")
    await see_no_more(desk, "at the Risk Guardian")


@pytest.mark.parametrize("state", ["open", "resolved", "all"])
async def test_without_letters_the_page_says_what_that_means(desk: Desk, platform: Platform, state: str) -> None:
    """Once everybody has answered; while one is silent, nobody says that every event was taken in."""
    platform.guardian.letters = platform.bookkeeper.letters = []
    await desk.user.open(f"/dead-letters?state={state}")
    await see(desk, QUIET[state])
    platform.engine.stop()
    await desk.user.open(f"/dead-letters?state={state}")
    await see(desk, "The dead letters of the Execution Engine are not known.")
    await see_no_more(desk, "Loading")
    await desk.user.should_not_see(QUIET[state])
    platform.engine.start()


async def test_more_than_a_page_shows_is_said(desk: Desk, platform: Platform) -> None:
    """The newest are shown."""
    platform.alarms.letters = [letter(f"9{number}", START, stream="stockbot:alerts") for number in range(101)]
    await desk.user.open("/dead-letters?state=all")
    await see(desk, "These are the newest 100; there are more.")


async def test_an_alert_about_what_was_put_aside_leads_there(desk: Desk, platform: Platform) -> None:
    """From the inbox, with a link beside its state."""
    told: dict[str, Any] = {"fingerprint": "dead-letters/risk-guardian/stockbot:orders"}
    platform.alarms.alerts = [alert(9, "critical", "1 event was put aside by risk-guardian", START, **told)]
    await desk.user.open("/alerts")
    await see(desk, "1 event was put aside by risk-guardian")
    in_tabs, *others = (one for one in desk.user.find("Dead letters").elements if isinstance(one, ui.link))
    assert [one.props["href"] for one in (in_tabs, *others)] == ["/dead-letters", "/dead-letters"]


async def test_a_platform_with_nobody_who_keeps_them_says_so(platform: Platform) -> None:
    """A gateway alone takes in no stream of work."""
    async with open_desk(platform.gateway) as desk:
        await desk.user.open("/dead-letters")
        await see(desk, "Nobody keeps dead letters")
