"""The charts: well-formed, the same bytes each time, legible, safe under a strict content security policy."""

import re
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from pipir.document import charts, checks
from tests.document import examples

TODAY = date(2026, 11, 20)


def drawn(text: str, key: str = "k", *, narrow: bool = False) -> dict[str, charts.Chart]:
    """One chart of each kind, `text` in every label."""
    money = "Millions of dollars"
    values = [(Decimal("12.5") * place, None if place == 2 else place) for place in range(1, 6)]
    periods = [
        charts.Period(f"Q{place} {text}", pair, f"FY{place // 3} {text}", plan=place * 11, part=place == 5)
        for place, pair in enumerate(values, 1)
    ]
    points = [charts.Point(date(2026, month, 1), month * Decimal("1.5")) for month in range(1, 11)]
    steps = [
        charts.Step(text, date(2026, 1, 1), date(2026, 2, 1)),
        charts.Step(text, date(2026, 3, 1), date(2026, 2, 1)),
        charts.Step(text, date(2026, 6, 1), None, date(2027, 2, 1)),
        charts.Step(text, None, None, date(2027, 2, 1)),
        charts.Step(text, None),
    ]
    lanes = [charts.Lane(text, (charts.Mark(date(2025, 1, 1), "done"), charts.Mark(date(2027, 1, 1), "late")))]
    codes = ("AUS", "JPN", "KOR", "SGP", "NZL", "PHL", text)
    regions = [charts.Region(text, tuple(charts.Tile(code, "4", depth) for depth, code in enumerate(codes)))]
    start, end = date(2025, 12, 18), date(2030, 12, 31)
    events = [charts.Event(start + timedelta(days=200 * place), text) for place in range(5)]
    measures = [charts.Measure(text, 5, text, 2, text)]
    due, late = {date(2026, 11, 25): text}, frozenset({date(2026, 11, 13)})
    form = {"narrow": narrow}
    return {
        "bars": charts.period_bars(f"{key}1", text, (text, "other"), periods, unit=money, **form),
        "line": charts.cumulative_line(f"{key}2", text, points, points, today=TODAY, unit=money, **form),
        "across": charts.horizontal_bars(f"{key}3", text, measures, measure="Projects", part="At risk", **form),
        "countdown": charts.countdown(f"{key}4", text, events, start=start, end=end, today=TODAY, **form),
        "gantt": charts.gantt(f"{key}5", text, steps, today=TODAY, **form),
        "lanes": charts.milestone_lanes(f"{key}6", text, lanes, as_of=TODAY, **form),
        "tiles": charts.country_tiles(f"{key}7", text, regions, measure="Projects", **form),
        "spark": charts.sparkline(f"{key}8", text, [1, 3, 2], **form),
        "month": charts.month_calendar(f"{key}9", text, 2026, 11, today=TODAY, due=due, overdue=late, **form),
    }


KINDS = sorted(drawn("x"))


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_safe_named_and_has_its_table(kind, narrow):
    chart = drawn("Rocket motors & <castings>", narrow=narrow)[kind]
    assert list(checks._foreign("svg", chart.svg)) == []
    root = etree.fromstring(chart.svg)
    ids = root.get("aria-labelledby").split()
    assert [root[0].get("id"), root[1].get("id")] == ids
    assert (root[0].tag, root[1].tag) == ("{http://www.w3.org/2000/svg}title", "{http://www.w3.org/2000/svg}desc")
    assert root.get("role") == "img"
    assert root.get("font-family").startswith("'Public Sans'")
    assert "style" not in chart.svg
    assert chart.alt
    assert chart.rows
    assert all(len(row) == len(chart.head) for row in chart.rows)
    assert float(root.get("width")) <= (340 if narrow else 720)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_values_give_the_same_picture(kind):
    assert drawn("x")[kind] == drawn("x")[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_labels_stay_text(kind):
    chart = drawn(examples.HOSTILE + "w" * 1000)[kind]
    assert list(checks._foreign("svg", chart.svg)) == []
    for text in etree.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}text"):
        assert len(text.text) < 200


def test_two_pictures_with_their_own_keys_share_no_id():
    first, second = drawn("x", "a"), drawn("x", "b")
    ids = [
        name
        for charts_ in (first, second)
        for chart in charts_.values()
        for name in re.findall(r' id="([^"]+)"', chart.svg)
    ]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_stands_inside_the_picture(kind):
    for narrow in (False, True):
        root = etree.fromstring(drawn("Ship repair dock certification", narrow=narrow)[kind].svg)
        wide, high = float(root.get("width")), float(root.get("height"))
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            if text.getparent() is root:
                assert -1 <= float(text.get("x")) <= wide + 1
                assert 0 < float(text.get("y")) <= high


def luminance(color):
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("pair", charts.TEXT_PAIRS)
def test_letters_stand_out_from_their_ground(pair):
    """WCAG 2.1, 1.4.3: 4.5 to 1."""
    light, dark = sorted((luminance(color) for color in pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_color_of_letters_is_among_the_tested_pairs():
    tested = {ink for ink, _ in charts.TEXT_PAIRS}
    for chart in (*drawn("x").values(), *drawn("x", narrow=True).values()):
        for text in etree.fromstring(chart.svg).iter("{http://www.w3.org/2000/svg}text"):
            assert text.get("fill") in tested


def test_a_part_period_differs_by_pattern_and_not_by_color_alone():
    svg = drawn("x")["bars"].svg
    assert '<pattern id="k1-part"' in svg
    assert 'fill="url(#k1-part)"' in svg


def test_late_and_on_plan_differ_by_shape():
    lane = charts.Lane("x", (charts.Mark(TODAY, "late"),))
    late = charts.milestone_lanes("k", "t", [lane], as_of=TODAY).svg
    plan = charts.milestone_lanes("k", "t", [charts.Lane("x", (charts.Mark(TODAY, "on-plan"),))], as_of=TODAY).svg
    assert re.findall(r'points="[^"]+"', late) != re.findall(r'points="[^"]+"', plan)


def test_the_gantt_tells_lateness_in_words():
    rows = drawn("x")["gantt"].rows
    assert [row[-1] for row in rows] == ["31 days late", "28 days early", "245 days late", "no plan", "no plan"]


def test_charts_without_values_are_drawn_without_failure():
    assert charts.period_bars("k", "t", ("a",), [], unit="u").svg
    assert charts.cumulative_line("k", "t", [], [], today=TODAY, unit="u").svg
    assert charts.horizontal_bars("k", "t", [], measure="m").svg
    assert charts.countdown("k", "t", [], start=TODAY, end=TODAY, today=TODAY).svg
    assert charts.gantt("k", "t", [], today=TODAY).svg
    assert charts.milestone_lanes("k", "t", [], as_of=TODAY).svg
    assert charts.country_tiles("k", "t", [], measure="m").svg
    assert charts.sparkline("k", "t", []).svg
    assert charts.month_calendar("k", "t", 2026, 2).svg


def test_values_beside_each_other_have_the_same_decimals():
    assert charts.figures([70, Decimal("70.3"), None]) == ["70.0", "70.3", "none"]
    assert charts.figures([70, 1200]) == ["70", "1,200"]


def test_a_page_of_charts_takes_a_few_milliseconds():
    started = time.perf_counter()
    drawn("x")
    assert time.perf_counter() - started < 0.1
