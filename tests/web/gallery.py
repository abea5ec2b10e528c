"""Example pages with made-up contexts, to look at and to test.

`python -m tests.web.gallery FOLDER 1440,390 [NAME ...]` writes their pictures.
"""

# ruff: noqa: E501 - the made-up rows are read as tables

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace as Made

import jinja2
from markupsafe import Markup

from pipir.document import charts
from pipir.web.assets import asset_url, consent_blocks
from pipir.web.exports import Export

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = Path(__file__).parent / "examples"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"))), ""
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def environment() -> jinja2.Environment:
    """The templates as the service renders them, and the examples beside this file."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader([ROOT / "templates", EXAMPLES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset_url"] = asset_url
    return env


def site(path: str, **changes: object) -> Made:
    nav = [
        ("Home", "/"),
        ("Projects", "/projects"),
        ("Participants", "/participants"),
        ("Groups", "/groups"),
        ("Ledger", "/ledger"),
        ("Duties", "/duties"),
        ("Report", "/report"),
        ("People", "/people"),
    ]
    values: dict[str, object] = {
        "installation": "exercise",
        "ribbon": "Exercise installation",
        "marking_banner": "CUI",
        "designation": (
            ("Controlled by", "Program office (exercise)"),
            ("CUI category", "PROCURE, EXPT"),
            ("Distribution", "REL TO USA, AUS, GBR, JPN"),
            ("POC", "office@example.mil"),
        ),
        "user": Made(
            name="E. Exercise",
            office="Program Office",
            roles=("program office",),
            last_sign_in="14 Jan 2027, 09:00 EST",
        ),
        "nav": tuple(Made(label=label, href=href, current=href == path) for label, href in nav),
        "section": "Work",
        "section_pages": tuple(
            Made(label=label, href=href, current=href == path)
            for label, href in (("Projects", "/projects"), ("Groups", "/groups"))
        ),
        "own": tuple(
            Made(label=label, href=href, current=href == path, waiting=waiting)
            for label, href, waiting in (("Inbox", "/inbox", 3), ("Calendar feeds", "/calendar-feeds", 0))
        ),
        "footer_links": (
            ("Notice and consent", "/consent"),
            ("Accessibility", "/accessibility"),
            ("Trail of changes", "/trail"),
            ("The law as data", "/law"),
        ),
        "csrf_token": "token-of-the-session",
        "program_now": "15 June 2028, 09:30 Eastern",
        "path": path,
        "version": "0.1.0",
        "fragment": False,
        "seeing_as": "",
        "limited": False,
    }
    return Made(**(values | changes))


QUARTERS = [
    ("Q2", "FY26", 42, 60, False),
    ("Q3", "FY26", 96, 110, False),
    ("Q4", "FY26", 171, 190, False),
    ("Q1", "FY27", 228, 210, False),
    ("Q2", "FY27", 219, 240, False),
    ("Q3", "FY27", 274, 260, False),
    ("Q4", "FY27", 291, 310, False),
    ("Q1", "FY28", 164, 330, True),
]


def chart(key: str, *, narrow: bool = False) -> charts.Chart:
    periods = [charts.Period(label, (actual,), year, plan, part) for label, year, actual, plan, part in QUARTERS]
    return charts.period_bars(
        key,
        "Obligations by quarter",
        ("Obligated",),
        periods[3:] if narrow else periods,
        unit="Millions of dollars",
        part="Part quarter",
        narrow=narrow,
    )


def tiles(*rows: tuple[str, str, int]) -> tuple[Made, ...]:
    return tuple(
        Made(
            trigraph=code,
            name=name,
            href=f"/participants/{code}",
            number=str(n) if n else "none",
            level=0 if n == 0 else 1 if n < 4 else 2 if n < 6 else 3 if n < 9 else 4,
        )
        for code, name, n in rows
    )


REGIONS = (
    (
        "Indo-Pacific",
        tiles(
            ("AUS", "Australia", 9),
            ("IND", "India", 8),
            ("JPN", "Japan", 12),
            ("KOR", "Republic of Korea", 10),
            ("NZL", "New Zealand", 5),
            ("PHL", "Philippines", 4),
            ("SGP", "Singapore", 3),
            ("THA", "Thailand", 2),
        ),
    ),
    (
        "Euro-Atlantic",
        tiles(("DEU", "Germany", 5), ("FRA", "France", 3), ("GBR", "United Kingdom", 7), ("NLD", "Netherlands", 0)),
    ),
    (
        "Western Hemisphere",
        tiles(
            ("CAN", "Canada", 6),
        ),
    ),
)

NAMES = [
    "Nitrocellulose supply assurance",
    "Printed circuit board capacity",
    "Auxiliary hull module fabrication",
    "Lithium-ion cell qualification",
    "Melt-pour fill capacity",
    "Seeker focal-plane arrays",
    "155 mm projectile body line",
    "Trusted packaging and test",
    "Soldier power pack co-production",
    "RDX continuous-flow plant",
]
KINDS = [("watch", "Watch"), ("risk", "At risk"), ("ok", "On track"), ("late", "Late"), ("waiting", "Slipping")]
COUNTRIES = [
    (("CAN", "Canada"),),
    (("JPN", "Japan"), ("KOR", "Republic of Korea")),
    (("AUS", "Australia"), ("GBR", "United Kingdom"), ("PHL", "Philippines")),
    (("IND", "India"),),
]


def projects() -> tuple[Made, ...]:
    return tuple(
        Made(
            name=name,
            href=f"/projects/{n}",
            sub=f"EX-{n * 7 % 60:03d} · {['Energetics', 'Microelectronics', 'Shipbuilding', 'Batteries'][n % 4]}",
            kind=KINDS[n % 5][0],
            status=KINDS[n % 5][1],
            phase=["Proposal", "Agreement", "Qualification", "Production"][n % 4],
            countries=COUNTRIES[n % 4],
            obligated=f"${(n * 13 % 61) + 2.4:.1f}M",
            share=(n * 29 % 90) / 100 + 0.05,
            milestone=["First article built", "Technical data package released"][n % 2],
            on=f"{n + 3} Dec 2028",
            lead=["A. Exercise", "B. Exercise"][n % 2],
        )
        for n, name in enumerate(NAMES)
    )


def list_state(**changes: object) -> Made:
    keys = ("name", "status", "phase", "obligated", "milestone")
    values: dict[str, object] = {
        "count": 24,
        "noun": "projects",
        "position": "showing 1 to 10",
        "chips": (("At risk", "/projects?status=watch"), ("Watch", "/projects?status=risk")),
        "clear_href": "/projects",
        "sort": "milestone",
        "descending": False,
        "sort_hrefs": {key: f"/projects?sort={key}" for key in keys},
        "previous_href": "",
        "next_href": "/projects?after=abc",
        "export": Export("/projects/export", ("Code", "Name", "Marking", "Exercise data"), (("sort", "milestone"),)),
    }
    return Made(**(values | changes))


def dashboard() -> Made:
    return Made(
        export=Export("/export", ("Figure", "Value", "Exercise data")),
        chart=chart("wide"),
        chart_narrow=chart("narrow", narrow=True),
        points=(
            Made(share=0.0, label="Enacted", on="Dec 2025", passed=True, minor=False),
            Made(share=0.2, label="1st briefing", on="Dec 2026", passed=True, minor=True),
            Made(share=0.37, label="2nd report", on="Mar 2028", passed=True, minor=True),
            Made(share=0.6, label="3rd briefing", on="Dec 2028", passed=False, minor=False),
            Made(share=0.79, label="4th report", on="Mar 2030", passed=False, minor=True),
            Made(share=1.0, label="Sunset", on="Dec 2030", passed=False, minor=False),
        ),
        phases=(
            Made(label="Proposal", number=10, risk=3),
            Made(label="Agreement", number=9, risk=2),
            Made(label="Qualification", number=23, risk=2),
            Made(label="Production", number=13, risk=3),
            Made(label="Sustainment", number=5, risk=1),
        ),
        domains=(("Energetics", "$405.5M", 0.41), ("Castings and forgings", "$298.1M", 0.3), ("Batteries", "$291.1M", 0.29)),
        regions=REGIONS,
        map=tuple((tile.trigraph, tile.level) for _, row in REGIONS for tile in row if tile.level),
        dates=(
            Made(day="13", month="Jun", urgency="late", title="Notice of a change of the senior official", href="/duties/1",
                 sub="Sec. 1253(c)(2) · Program Office", emphasis="2 days late", kind="late", status="Overdue"),
            Made(day="25", month="Jun", urgency="soon", title="Quarterly execution data", href="/duties/2",
                 sub="Office calendar · Comptroller · 10 days left", emphasis="", kind="info", status="In review"),
            Made(day="1", month="Dec", urgency="", title="Briefing to six committees", href="/duties/3",
                 sub="Sec. 1253(f)(2) · 169 days left", emphasis="", kind="draft", status="Drafting"),
            Made(day="1", month="Mar", urgency="", title="Third annual report to Congress", href="/duties/4",
                 sub="Sec. 1253(f)(1) · 259 days left", emphasis="", kind="neutral", status="Not started"),
        ),
        projects=projects()[:6],
        changes=tuple(
            Made(title=title, href="/projects/1", sub=f"EX-0{n}4 · A. Exercise · 14 Jun, 1{n}:09")
            for n, title in enumerate(["Status changed", "Milestone forecast changed", "Obligation recorded", "Meeting held", "Project created"])
        ),
    )  # fmt: skip


def detail() -> Made:
    milestones = [
        ("Agreement signed", "27 Feb 2027", "17 Mar 2027", "18 days late", "done", "Met"),
        ("Technical data package released", "15 Jun 2027", "7 Jun 2027", "8 days early", "done", "Met"),
        ("First article built", "21 Dec 2027", "14 Jul 2028", "206 days late", "waiting", "Slipping"),
        ("Full-rate production", "21 Sep 2029", "21 Sep 2029", "on plan", "ok", "On track"),
    ]
    return Made(
        milestones=tuple(Made(name=a, plan=b, forecast=c, slip=d, kind=e, status=f) for a, b, c, d, e, f in milestones),
        chart=chart("spending"),
        history=(
            Made(
                at="14 Jun 2028, 15:14 UTC",
                who="A. Exercise",
                change="Status changed",
                detail="Watch to On track",
                seal="637d77ec3783",
            ),
            Made(
                at="4 Jun 2028, 08:24 UTC",
                who="B. Exercise",
                change="Obligation recorded",
                detail="$5,510,000.00",
                seal="",
            ),
        ),
        files=(
            Made(label="Bilateral agreement", href="/documents/1", sub="PDF, 1.2 MB, 16 Jul 2027"),
            Made(label="Site survey report", href="/documents/2", sub="PDF, 4.8 MB, 6 Jan 2028"),
        ),
    )


def form() -> Made:
    values = {
        "name": 'Nickel superalloy castings <script>alert("x")</script>',
        "kind": "co-production",
        "starts_on": "2028-13-45",
        "planned": "1,250,000.005",
        "objectives": ["b2", "b5"],
        "summary": "Second source for castings.",
        "marking": "cui",
    }
    mistakes = {
        "starts_on": ["Give the start as a day of the calendar, such as 2028-06-15."],
        "planned": ["An amount has at most two decimals."],
        "country": ["Choose the partner country."],
        "objectives": ["Name at least three objectives of 1253(b) that the project serves."],
        "": ["The project ends before it starts."],
    }
    return Made(
        form=Made(values=values, mistakes=mistakes),
        kinds=(("co-production", "Co-production"), ("co-development", "Co-development"), ("co-sustainment", "Co-sustainment")),
        countries=(("AUS", "Australia"), ("JPN", "Japan"), ("KOR", "Republic of Korea")),
        objectives=(("b2", "Capability, capacity and workforce", "1253(b)(2)"), ("b3", "Vulnerabilities", "1253(b)(3)"),
                    ("b5", "Co-development and co-production", "1253(b)(5)")),
        markings=(("cui", "CUI"), ("public", "Publicly released"), ("rel", "CUI//REL TO")),
    )  # fmt: skip


def error(**changes: object) -> Made:
    values: dict[str, object] = {
        "status": 409,
        "title": "A rule does not allow this",
        "detail": "The obligation of $5,510,000.00 would pass the $4,200,000.00 that remains of the allotment.",
        "citation": "31 U.S.C. 1517(a)(2)",
        "mistakes": (),
        "way_out": "Record a further funding document first, or lower the amount.",
        "way_out_href": "",
        "back_href": "/ledger",
        "back_label": "Back to the ledger",
        "incident": "",
    }
    return Made(**(values | changes))


def persons() -> tuple[Made, ...]:
    return tuple(
        Made(id=f"p{n}", name=f"Exercise Person {n + 1}", office=office, roles=(role,), does=does)
        for n, (office, role, does) in enumerate(
            [
                ("Program Office", "program office", "Keeps projects, participants and groups."),
                ("Office of the Senior Official", "senior official", "Decides and approves."),
                ("Department of State", "State liaison", "Answers for coordination."),
                ("Comptroller", "comptroller", "Keeps the ledger."),
                ("Program Office", "report writer", "Composes the annual report."),
                ("Inspector General", "auditor", "Reads everything, changes nothing."),
                ("Program Office", "administrator", "Keeps people and roles."),
            ]
        )
    )


def pages() -> Iterator[tuple[str, str]]:
    """Every page of the gallery as (name, HTML)."""
    env = environment()
    empty = list_state(count=0, noun="projects", position="", next_href="", export=None)
    sign_in = Made(
        action="/sign-in",
        next="/",
        field="person",
        persons=persons(),
        form=Made(values={}, mistakes={}),
        last_message="",
    )
    consent = Made(blocks=consent_blocks(), action="/consent", next="/", accepted=False)
    nobody: dict[str, object] = {"user": None, "nav": (), "section_pages": (), "own": (), "csrf_token": ""}
    asked: list[tuple[str, str, Made, Made]] = [
        ("dashboard", "example_dashboard.html", site("/"), dashboard()),
        ("projects", "example_projects.html", site("/projects"), Made(list=list_state(), projects=projects())),
        ("projects-none", "example_projects.html", site("/projects"), Made(list=empty, projects=())),
        ("project", "example_project.html", site("/projects"), detail()),
        ("form", "example_form.html", site("/projects"), form()),
        ("error", "error.html", site("/ledger"), error()),
        ("error-404", "error.html", site("/nowhere", **nobody, program_now="", designation=(), footer_links=()), error(
            status=404, title="Not found", detail="There is no such page, or you may not see it.", citation="", way_out="",
            back_href="", back_label="", incident="7f3a91c2")),
        ("consent", "consent.html", site("/consent", **nobody), consent),
        ("sign-in", "sign_in.html", site("/sign-in", **nobody), sign_in),
        ("sign-in-production", "sign_in.html", site("/sign-in", **nobody, installation="production", ribbon="", program_now=""), sign_in),
    ]  # fmt: skip
    for name, template, its_site, page in asked:
        yield name, env.get_template(template).render(site=its_site, page=page, Markup=Markup)


async def write_pictures(folder: Path, widths: tuple[int, ...], names: set[str]) -> None:
    """A picture of every page (or the named ones) at every width."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - the tests without a browser import this module

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        for width in widths:
            context = await browser.new_context(viewport={"width": width, "height": 900})
            page = await context.new_page()
            await serve_gallery(page)
            for name, _ in pages():
                if not names or name in names:
                    await page.goto(f"http://gallery.test/{name}")
                    await page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
                    if width == 1440:
                        await page.pdf(path=folder / f"{name}.pdf")
            await context.close()
        await browser.close()


async def serve_gallery(page: object) -> None:
    """Answer the browser's requests from memory, under the policy of the service."""
    from pipir.web.assets import asset_tree  # noqa: PLC0415

    html = dict(pages())
    prefix = f"/static/{asset_tree().hash}/"

    async def answer(route) -> None:  # type: ignore[no-untyped-def]
        path = route.request.url.removeprefix("http://gallery.test").partition("?")[0]
        headers = {"Content-Security-Policy": POLICY}
        if path.startswith(prefix):
            asset = asset_tree().assets[path.removeprefix(prefix)]
            await route.fulfill(body=asset.content, headers={**headers, "Content-Type": asset.media_type})
        elif path.removeprefix("/") in html:
            await route.fulfill(
                body=html[path.removeprefix("/")], headers={**headers, "Content-Type": "text/html; charset=utf-8"}
            )
        else:
            await route.fulfill(status=404, body="")

    await page.route("**/*", answer)  # type: ignore[attr-defined]


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(write_pictures(Path(sys.argv[1]), tuple(map(int, sys.argv[2].split(","))), set(sys.argv[3:])))
