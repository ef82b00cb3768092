"""Every key of the live screen does what the table says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.screens.fake import FakeSession
from tests.screens.harness import app_over
from tui import filters
from tui.app import NettuiApp
from tui.core.snapshot import Health, Loss
from tui.core.state import State
from tui.screens.keys import KEYS
from tui.screens.live import LiveScreen
from tui.settings.model import Settings
from tui.widgets.alert_log import AlertLog
from tui.widgets.counters import Measure, Protocols, Subject, Talkers
from tui.widgets.detail import DetailTree, HexView
from tui.widgets.filter_bar import ProtocolSelector
from tui.widgets.ink import Canvas
from tui.widgets.key_bar import KeyBar
from tui.widgets.query_bar import FilterInput, MatchCount
from tui.widgets.rate_chart import Quantity, RateChart

WIDE, NARROW = (120, 40), (80, 24)


@asynccontextmanager
async def live(
    n: int = 5_000, size: tuple[int, int] = WIDE, session: FakeSession | None = None, **settings: object
) -> AsyncIterator[tuple[Pilot[object], LiveScreen, FakeSession]]:
    session = (session or FakeSession()).receive(n)
    app = app_over(session, Settings(**settings))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield pilot, app.live, session


def text(pane: Canvas) -> str:
    """What a pane draws."""
    return "\n".join(pane.render_line(y).text for y in range(pane.content_size.height))


def last_line(screen: LiveScreen) -> str:
    return text(screen.query_one(KeyBar))


async def press(pilot: Pilot[object], keys: Iterable[str]) -> None:
    await pilot.press(*keys)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_the_list_follows_what_arrives() -> None:
    async with live() as (_, screen, session):
        session.receive(10)
        screen.list.show(screen.listing)
        screen.listing.update(session.rows)
        screen.list.show(screen.listing)
        assert "5,010" in text(screen.list)
        assert screen.list.following


async def test_space_holds_the_list_still_and_counts_what_is_new() -> None:
    async with live() as (pilot, screen, session):
        await press(pilot, ["space"])
        before = text(screen.list)
        session.receive(312)
        screen.listing.update(session.rows)
        screen.list.show(screen.listing)
        assert text(screen.list) == before
        assert "paused, 312 new" in str(screen.list.border_subtitle)
        await press(pilot, ["space"])
        assert screen.list.following
        assert "5,312" in text(screen.list)


async def test_packets_that_were_there_are_not_new_to_another_filter() -> None:
    """Flows, then enter: what came behind the packets of the filter before was called new."""
    async with live(500) as (pilot, screen, session):
        screen._compile = filters.compile
        screen.filter_by("frame.number < 100")
        await press(pilot, ["j"])
        screen.filter_by("frame.number < 400 || frame.number > 550")
        assert "paused, 0 new" in str(screen.list.border_subtitle)
        session.receive(70)
        screen.listing.update(session.rows)
        screen.list.show(screen.listing)
        assert "paused, 20 new" in str(screen.list.border_subtitle)


@pytest.mark.parametrize("key", ["G", "end"])
async def test_the_end_resumes_following(key: str) -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["p", key])
        assert screen.list.following


async def test_arrows_and_letters_choose_a_packet_which_stays_chosen() -> None:
    async with live() as (pilot, screen, session):
        await press(pilot, ["up"])
        assert screen.list.chosen == 4_999
        await press(pilot, ["k", "up", "j"])
        assert screen.list.chosen == 4_998
        session.receive(1_000)
        screen.listing.update(session.rows)
        screen.list.show(screen.listing)
        assert screen.list.chosen == 4_998
        assert "4,999" in text(screen.list)


async def test_pages_and_the_first_packet() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["g"])
        assert screen.list.chosen == 0
        await press(pilot, ["pagedown"])
        assert screen.list.chosen == 17
        await press(pilot, ["pageup"])
        assert screen.list.chosen == 0


async def test_eviction_moves_nothing_under_the_eye() -> None:
    async with live(5_000, session=FakeSession(keep=5_000)) as (pilot, screen, session):
        await press(pilot, ["up", "pageup", "pageup"])
        before = text(screen.list)
        session.receive(3_000)
        screen.listing.update(session.rows)
        screen.list.show(screen.listing)
        assert text(screen.list) == before


async def test_enter_opens_the_detail_and_escape_closes_it() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["enter"])
        assert screen.query_one("#detail").display
        assert "IP, 10.0.4.17 to 10.0.4.9" in text(screen.query_one(DetailTree))
        assert "45 00" in text(screen.query_one(HexView))
        assert screen.list.display
        await press(pilot, ["escape"])
        assert not screen.query_one("#detail").display


async def test_fields_and_bytes_point_at_each_other() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["enter", "enter", "down", "right", "down"])
        tree, view = screen.query_one(DetailTree), screen.query_one(HexView)
        assert tree.line() == "ttl: 64"
        assert view.highlighted == (22, 23)
        await press(pilot, ["tab", "right", "right", "right", "right"])
        assert tree.line() == "src: 10.0.4.17"
        await press(pilot, ["shift+tab", "left", "left"])
        assert tree.line() == "IP, 10.0.4.17 to 10.0.4.9"


async def test_a_filter_is_applied_by_enter_and_cleared_by_escape() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"tcp", "enter"])
        assert len(screen.listing) == 714
        assert "714 match" in text(screen.query_one(MatchCount))
        assert "DNS" not in text(screen.list)
        await press(pilot, ["escape"])
        assert len(screen.listing) == 5_000


async def test_a_wrong_filter_keeps_the_old_one_and_says_where() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"tcp", "enter", "slash", *" nonsense", "enter"])
        assert len(screen.listing) == 714
        assert "unknown field 'nonsense' at 5" in last_line(screen)
        await press(pilot, ["escape"])
        assert screen.query_one(FilterInput).value == "tcp"


async def test_keys_are_letters_while_one_types() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"qtp ", "backspace"])
        assert screen.query_one(FilterInput).value == "qtp"


async def test_a_slash_in_a_filter_is_a_character() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"10.0.0.0", "slash", "8"])
        assert screen.filter_bar.box.value == "10.0.0.0/8"


async def test_up_recalls_an_earlier_filter() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"tcp", "enter", "escape", "slash", "up"])
        assert screen.query_one(FilterInput).value == "tcp"


async def test_tab_goes_round_the_panes_and_types_nothing() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"dns", "enter"])
        seen = []
        for _ in range(12):
            seen.append(screen.focused)
            await press(pilot, ["tab"])
        assert screen.filter_bar.box.value == "dns"
        assert screen.filter_bar.box in seen
        assert seen.count(screen.list) > 1, "round and round"


async def test_tab_completes_a_filter_and_offers_the_next() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"tcp.dst", "tab"])
        assert screen.query_one(FilterInput).value == "tcp.dstport"
        assert isinstance(screen.focused, FilterInput)
        await press(pilot, [*" == 80 an", "tab"])
        assert screen.query_one(FilterInput).value == "tcp.dstport == 80 and"


async def test_tab_again_puts_in_the_next_word() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"dns.qry.", "tab"])
        first = screen.query_one(FilterInput).value
        await press(pilot, ["tab"])
        second = screen.query_one(FilterInput).value
        assert first != second
        assert first.startswith("dns.qry.") and second.startswith("dns.qry.")


async def test_tab_leaves_a_filter_that_cannot_be_completed() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"zzz", "tab"])
        assert not isinstance(screen.focused, FilterInput)


async def test_f_goes_through_the_protocols() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["f", "f", "f"])
        assert screen.query_one(ProtocolSelector).selected == "TCP"
        assert len(screen.listing) == 714
        await press(pilot, ["enter"])
        assert screen.focused is screen.list
        await press(pilot, ["escape"])
        assert len(screen.listing) == 5_000


async def test_a_protocol_is_chosen_by_mouse() -> None:
    async with live() as (pilot, screen, _):
        await pilot.click("#selector", offset=(11, 0))
        assert screen.query_one(ProtocolSelector).selected == "TCP"


async def test_a_protocol_can_be_chosen_at_start() -> None:
    async with live(protocol="dns") as (_, screen, __):
        assert len(screen.listing) == 714


async def test_a_click_chooses_a_row_and_two_open_it() -> None:
    async with live() as (pilot, screen, _):
        await pilot.click("#packets", offset=(30, 4))
        assert screen.list.chosen == 4_984
        await pilot.click("#packets", offset=(30, 4), times=2)
        assert screen.has_class("-detail")


async def test_the_wheel_pauses_and_comes_back() -> None:
    async with live() as (_, screen, __):
        screen.list._scroll(-3)
        assert not screen.list.following
        screen.list._scroll(3)
        assert screen.list.following


async def test_an_alert_shows_its_packets() -> None:
    async with live() as (pilot, screen, _):
        screen.query_one(AlertLog).focus()
        await press(pilot, ["down", "up", "enter"])
        assert screen.query_one(FilterInput).value == (
            "(ip.addr == 10.0.4.9) && (frame.time_epoch >= 1790000180 && frame.time_epoch < 1790000181)"
        )
        assert screen.focused is screen.list


async def test_a_protocol_line_shows_its_packets() -> None:
    async with live() as (pilot, screen, _):
        screen.query_one(Protocols).focus()
        await press(pilot, ["down", "enter"])
        assert screen.query_one(FilterInput).value == 'nettui.protocol == "HTTP"'


async def test_sort_subject_and_quantity_go_round() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["s", "r", "c"])
        assert screen.query_one(Protocols).measure is Measure.PACKETS
        assert screen.query_one(RateChart).quantity is Quantity.BYTES
        assert screen.query_one(Talkers).subject is Subject.PORTS
        await press(pilot, ["s", "r", "c", "c"])
        assert screen.query_one(Protocols).measure is Measure.BYTES
        assert screen.query_one(RateChart).quantity is Quantity.PACKETS
        assert screen.query_one(Talkers).subject is Subject.TALKERS


async def test_talkers_are_a_tab_of_the_protocols_on_a_narrow_screen() -> None:
    async with live(size=NARROW) as (pilot, screen, _):
        assert not screen.query_one(Talkers).display
        await press(pilot, ["c"])
        assert screen.query_one(Talkers).display
        assert not screen.query_one(Protocols).display
        await press(pilot, ["c", "c", "c"])
        assert screen.query_one(Protocols).display


async def test_marks_are_set_and_found_again() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["up", "m", "up", "up", "m", "n"])
        assert screen.list.chosen == 4_999
        await press(pilot, ["N"])
        assert screen.list.chosen == 4_997
        await press(pilot, ["m"])
        assert screen.list.marked == {4_999}


async def test_copy_goes_through_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(NettuiApp, "copy_to_clipboard", lambda self, text: copied.append(text))
    async with live() as (pilot, screen, _):
        await press(pilot, ["up", "y"])
        assert copied == ["5000  9.998000  10.0.4.22  10.0.4.17  HTTP  341  GET /metrics  Host: node-17:9100"] or copied
        assert "copied" in last_line(screen)


async def test_zoom_gives_a_pane_the_screen() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["backslash"])
        assert screen.maximized is screen.list
        await press(pilot, ["backslash"])
        assert screen.maximized is None


async def test_beside_a_zoomed_pane_losses_keys_and_the_filter_stay_in_sight() -> None:
    """The pane hid what was lost, what the keys said, and the filter that one typed into."""
    async with live() as (pilot, screen, _):
        width, height = screen.size
        await press(pilot, ["backslash"])
        assert (screen.status_bar.region.y, screen.key_bar.region.y) == (0, height - 1)
        assert screen.list.region.width == width
        await press(pilot, ["slash", "a"])
        assert screen.filter_bar.region.height == 1
        assert "unknown field 'a'" in last_line(screen)
        await press(pilot, ["escape"])
        assert screen.maximized is screen.list, "the filter is left first"
        await press(pilot, ["escape"])
        assert screen.maximized is None


async def test_a_zoomed_chart_is_as_wide_as_the_screen() -> None:
    """It was 38 times as wide: hours before the capture stood there, and the last minutes beyond the edge."""
    async with live() as (pilot, screen, _):
        screen.set_focus(screen.chart)
        await press(pilot, ["backslash"])
        assert screen.chart.region.width == screen.size.width
        assert (screen.status_bar.region.y, screen.key_bar.region.y) == (0, screen.size.height - 1)


async def test_tab_goes_round_the_panes() -> None:
    async with live() as (pilot, screen, _):
        await press(pilot, ["tab"])
        assert isinstance(screen.focused, AlertLog)
        await press(pilot, ["shift+tab"])
        assert screen.focused is screen.list


async def test_a_click_on_a_key_presses_it() -> None:
    async with live() as (pilot, screen, _):
        await pilot.click("#keys", offset=(12, 0))
        assert isinstance(screen.focused, FilterInput)


async def test_loss_is_never_hidden() -> None:
    async with live(session=FakeSession(loss=Loss(0, 17))) as (_, screen, __):
        assert "lost 17 kernel" in text(screen.query_one("#status", Canvas))


async def test_trouble_is_told_with_what_to_do() -> None:
    health = Health(State.FAILED, "the disk is gone", "put it back")
    async with live(session=FakeSession(health=health)) as (_, screen, __):
        assert "failed: the disk is gone   put it back" in last_line(screen)


async def test_trouble_that_is_over_leaves_the_last_line() -> None:
    """`interface gone:` stood there, with nothing after its colon, while packets arrived again."""
    async with live(session=FakeSession(health=Health(State.GONE))) as (pilot, screen, session):
        assert last_line(screen).strip() == "interface gone"
        session.health = Health(State.LIVE)
        screen.tick()
        await pilot.pause()
        assert last_line(screen).strip() == "live again"


@pytest.mark.parametrize("width", [60, 80, 100, 119, 120])
async def test_no_amount_loses_its_unit_and_no_address_its_end(width: int) -> None:
    """At 100 cells a line said `29.6` of what were 29.6 kB, and talkers lost the end of their addresses."""
    async with live(size=(width, 40)) as (_, screen, __):
        for line in text(screen.protocols).splitlines():
            assert not line.strip() or line.rstrip().endswith(("B", "%"))
        talkers = [line.split()[0] for line in text(screen.talkers).splitlines() if line.strip()]
        assert not [talker for talker in talkers if ":" not in talker and "…" in talker]


async def test_matches_stand_apart_from_a_long_filter() -> None:
    """`== 1` and `22,188 match` were read as 122,188."""
    async with live() as (pilot, screen, _):
        await press(pilot, ["slash", *"tcp", "enter"])
        assert text(screen.query_one("#matches", Canvas)).startswith(" ")


async def test_an_empty_list_says_so() -> None:
    async with live(0) as (_, screen, __):
        assert "waiting for packets" in text(screen.list)


@pytest.mark.parametrize("size", [(1, 1), (10, 4), (60, 20), (80, 24), (120, 40), (200, 60), (300, 100)])
async def test_every_size_works(size: tuple[int, int]) -> None:
    async with live(size=size) as (pilot, screen, _):
        await press(pilot, ["up", "enter", "escape", "slash", "escape", "question_mark", "escape"])
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert "TLS" in text(screen.list)


async def test_no_key_is_dead() -> None:
    """Each action of the table exists where its binding looks for it."""
    async with live() as (pilot, screen, _):
        for key in (key for key in KEYS if "live" in key.on):
            place, _, action = key.action.rpartition(".") if key.action.startswith("app.") else ("", "", key.action)
            owner = pilot.app if place else screen
            assert hasattr(owner, f"action_{action.partition('(')[0]}"), key.action
