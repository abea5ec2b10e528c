"""Charts as SVG for pages and reports alike: pure, the same bytes for the same values, shape as well as colour.

Only presentation attributes are used, so a page's content security policy may forbid inline style. `key` makes the ids
inside one picture unique on its page; `narrow` draws the form for telephones.
"""

from pipir.document.charts.bars import Measure, Period, horizontal_bars, period_bars
from pipir.document.charts.countries import Region, Tile, country_tiles
from pipir.document.charts.courses import Lane, Mark, Step, gantt, milestone_lanes
from pipir.document.charts.days import Event, countdown, month_calendar
from pipir.document.charts.ink import TEXT_PAIRS, Chart, drawn, figures
from pipir.document.charts.lines import Point, cumulative_line, sparkline

__all__ = [
    "TEXT_PAIRS",
    "Chart",
    "Event",
    "Lane",
    "Mark",
    "Measure",
    "Period",
    "Point",
    "Region",
    "Step",
    "Tile",
    "countdown",
    "country_tiles",
    "cumulative_line",
    "drawn",
    "figures",
    "gantt",
    "horizontal_bars",
    "milestone_lanes",
    "month_calendar",
    "period_bars",
    "sparkline",
]
