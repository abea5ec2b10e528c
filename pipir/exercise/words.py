"""The words of the exercise program: what its projects are about, and what its people write down."""

from collections.abc import Mapping
from typing import Final

from pipir.features.projects.rules import Kind, Status

SOURCE: Final = "Exercise program, generated; no real project, amount or decision"

# For each kind: ways to begin a name, and what the work is on; their pairs name the projects.
SUBJECTS: Final[Mapping[Kind, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "joint R&D": (
        ("Joint research on", "Shared demonstration of"),
        (
            "high-temperature composites",
            "solid-state batteries",
            "energetic materials of low sensitivity",
            "additive manufacture of turbine parts",
            "undersea acoustic sensors",
            "radiation-hardened processors",
            "autonomous inspection of hulls",
            "compact power converters",
            "passive radar",
            "corrosion-resistant coatings",
            "secure positioning without satellites",
        ),
    ),
    "co-development": (
        ("Co-development of", "Common design of"),
        (
            "a loitering air vehicle",
            "a coastal surveillance radar",
            "a shared mission computer",
            "a towed sensor array",
            "a counter-drone effector",
            "a modular mine-hunting payload",
            "a common ground control station",
            "a long-endurance surface vehicle",
            "a tactical data gateway",
            "a protected satellite terminal",
        ),
    ),
    "co-production": (
        ("Co-production of", "Second production line for"),
        (
            "155 mm projectile bodies",
            "propellant grain",
            "guidance sections",
            "small turbojet engines",
            "multi-mode fuzes",
            "armored hull sections",
            "rocket motor cases",
            "sonobuoys",
            "airframe spares",
            "naval pumps",
            "thermal imaging cores",
        ),
    ),
    "co-sustainment": (
        ("Regional repair of", "Shared depot work on"),
        (
            "rotary-wing engines",
            "transport aircraft propellers",
            "naval gas turbines",
            "air defense radars",
            "vehicle transmissions",
            "landing gear",
            "fire control sets",
            "auxiliary power units",
            "ship service generators",
            "avionics line units",
        ),
    ),
    "standardization": (
        ("Common standard for", "Mutual acceptance of tests of"),
        (
            "battery packs",
            "small-drone motors",
            "unmanned vehicle interfaces",
            "ammunition packaging",
            "technical data exchange",
            "quality assurance of castings",
            "software bills of materials",
            "fuel quality",
            "calibration of test stands",
        ),
    ),
    "supply chain": (
        ("Second source of", "Reserve and qualification of"),
        (
            "permanent magnets",
            "titanium forgings",
            "ammonium perchlorate",
            "gallium and germanium",
            "specialty glass",
            "printed circuit boards",
            "nitrocellulose",
            "ball bearings",
            "microelectronic packages",
            "carbon fiber",
            "large castings",
        ),
    ),
    "workforce": (
        ("Exchange and training of", "Common curriculum for"),
        (
            "shipyard welders",
            "quality inspectors",
            "nondestructive test technicians",
            "munitions safety engineers",
            "depot planners",
            "machinists",
            "contracting officers",
            "cybersecurity assessors of suppliers",
        ),
    ),
}
STATEMENTS: Final[Mapping[Kind, str]] = {
    "joint R&D": "Laboratories of the partners share results and one demonstrator",
    "co-development": "The partners agree on one requirement and develop one design",
    "co-production": "A line at the partner's site makes what one line in the United States made before",
    "co-sustainment": "A partner's depot is qualified to repair for all operators in the region",
    "standardization": "One accepted standard takes the place of several national ones",
    "supply chain": "A qualified second source stands beside the only one known",
    "workforce": "People of the partners are trained to one standard and work at each other's sites",
}
MILESTONES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "joint R&D": (
        "Research plan agreed",
        "Project arrangement signed",
        "First results exchanged",
        "Test articles delivered",
        "Joint trial held",
        "Demonstrator accepted",
        "Results published to the partners",
        "Transition decision taken",
    ),
    "co-development": (
        "Common requirement agreed",
        "Cost shares agreed",
        "Preliminary design reviewed",
        "Critical design reviewed",
        "First prototype built",
        "Prototype trial held",
        "Technical data package accepted",
        "Production decision taken",
    ),
    "co-production": (
        "Feasibility study delivered",
        "Technical data released",
        "Site agreed",
        "Tooling ordered",
        "Tooling accepted",
        "First article passed",
        "Low-rate production begun",
        "Full rate reached",
    ),
    "co-sustainment": (
        "Repair need stated by operators",
        "Depot surveyed",
        "Technical manuals released",
        "Test equipment installed",
        "Technicians certified",
        "First repair accepted",
        "Turnaround time met",
        "Regional contract awarded",
    ),
    "standardization": (
        "Existing standards compared",
        "Draft standard circulated",
        "Comments settled",
        "Trial application held",
        "Standard adopted",
        "First national acceptance",
        "Mutual acceptance in force",
        "First review done",
    ),
    "supply chain": (
        "Single points of failure mapped",
        "Candidate sources visited",
        "Samples received",
        "Samples qualified",
        "Supply agreement signed",
        "First delivery accepted",
        "Reserve filled",
        "Second source at rate",
    ),
    "workforce": (
        "Skill gaps stated",
        "Curriculum agreed",
        "First course begun",
        "First class certified",
        "Exchange placements made",
        "Second course begun",
        "Instructors exchanged",
        "Results assessed",
    ),
}
ROLES: Final[Mapping[Kind, tuple[str, ...]]] = {
    "joint R&D": ("research partner", "test site", "laboratory"),
    "co-development": ("design partner", "co-funding partner", "trial site"),
    "co-production": ("host of the production line", "supplier of components", "buyer"),
    "co-sustainment": ("host of the repair capability", "operator served", "supplier of spares"),
    "standardization": ("author of the draft", "adopting country", "test house"),
    "supply chain": ("second source", "processor", "buyer"),
    "workforce": ("host of training", "sending country", "curriculum author"),
}
NEEDS: Final[Mapping[Kind | None, str]] = {
    "joint R&D": "Research work of the period under the project arrangement",
    "co-development": "Design and trial work of the period, shared with the partners",
    "co-production": "Tooling and first articles that the line needs in the period",
    "co-sustainment": "Repair capability that operators need in the period",
    "standardization": "Comparison and tests of the period for the common standard",
    "supply chain": "Qualification of a second source, needed in the period",
    "workforce": "Training places of the period",
    None: "Support of working groups and exchanges in the period",
}
STATUS_REASONS: Final[Mapping[Status, tuple[str, ...]]] = {
    "exploratory": ("Taken up for study.",),
    "announced": ("Announced at the meeting of the forum.", "Announced by the partners together."),
    "planned": ("Plan and cost shares agreed.", "Plan accepted by the senior official."),
    "active": ("Work has begun on site.", "First contract signed.", "Arrangement in effect; work has begun."),
    "suspended": ("Partner's budget not passed; work rests.", "Export license pending; work rests."),
    "completed": ("All milestones met; capability handed over.", "Result accepted by all partners."),
    "cancelled": ("Feasibility study found no case.", "Partner withdrew its site; no other was found."),
}
LATE_REASONS: Final = (
    "Export license later than planned.",
    "Test equipment delivered late.",
    "Partner's funding released a quarter late.",
    "First samples failed qualification.",
    "Site works delayed by weather.",
    "Technical data release took longer than planned.",
)
RATING_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "green": ("On plan in time and money.", "Milestones met; no open risk above low."),
    "amber": ("One milestone slips; recovery plan agreed.", "Supplier risk open; second source in work."),
    "red": (
        "Critical milestone late without an agreed recovery plan.",
        "Partner's decision outstanding for a quarter.",
    ),
}
IN_KIND: Final = (
    "In kind: use of a test range, valued by the partner.",
    "In kind: engineers at the joint office, valued by the partner.",
    "Partner-executed: tooling paid by the partner.",
    "Partner-executed: site works paid by the partner.",
)
ACTIONS: Final = (
    "Send the list of single-source parts",
    "Name the point of contact for technical data",
    "Circulate the draft cost shares",
    "Report on the state of export licenses",
    "Propose dates for the site visit",
    "Compare the test standards in force",
    "Report the forecast of repair need",
    "Confirm the funding of the second phase",
    "Collect industry's comments on the draft",
    "Update the milestone plan",
    "State the training places on offer",
    "Check the marking of the shared drawings",
)
OUTCOMES: Final = (
    "Progress of the open projects was reviewed; action items were assigned.",
    "The partners agreed on the next steps and on who takes them.",
    "Late milestones were discussed one by one; two recovery plans were accepted.",
    "Industry reported on capacity; the group asked for figures by site.",
)
PLACES: Final = ("Honolulu", "Canberra", "Tokyo", "Seoul", "Manila", "Wellington", "Singapore", "Arlington", "virtual")
# What stands under each element of section 1253(f)(1)(B) in the two exercise reports; None: nothing to report.
NARRATIVES: Final[Mapping[str, tuple[str | None, str | None]]] = {
    "1253.f.1.B.i": (
        "The partners named their single sources for the first time. Energetic materials, permanent magnets and test "
        "capacity come up in most answers. The assessment rests on exercise data.",
        "The assessment was repeated with figures by site. Energetic materials remain the narrowest point; test "
        "capacity has eased since regional repair began. The assessment rests on exercise data.",
    ),
    "1253.f.1.B.ii": (
        "Workstreams met every quarter. A common list of single-source parts exists, and the partners report changes "
        "to it. The overview rests on exercise data.",
        "Second sources were qualified for several parts of the common list. Partners accept each other's tests where "
        "a common standard is in force. The overview rests on exercise data.",
    ),
    "1253.f.1.B.iii": (
        "The projects of joint production, co-development and joint research are described below. None of them "
        "involves classified technology in this exercise.",
        "The projects of joint production, co-development and joint research are described below; several have moved "
        "from plan to work since the last report. None of them involves classified technology in this exercise.",
    ),
    "1253.f.1.B.iv": (
        "Priorities for the upcoming fiscal year are the qualification of second sources and the first regional repair "
        "contracts.",
        "Priorities for the upcoming fiscal year are full-rate production at the partner lines and mutual acceptance "
        "of tests.",
    ),
    "1253.f.1.B.v": (
        None,
        "The exercise proposes multiyear funding for regional repair, and one format for technical data in all "
        "arrangements.",
    ),
    "1253.f.1.B.vi": (
        "Money tables, duties and efforts beside the Partnership stand under this element.",
        "Money tables, exceptions of the ledger, duties and efforts beside the Partnership stand under this element.",
    ),
}
NOTHING_BECAUSE: Final = (
    "The first year of the exercise gave no ground for a recommendation; the next report returns to it."
)
# Which office answers for each element of an annual report, and what was said about the last of them.
SECTION_OWNERS: Final[Mapping[str, str]] = {
    "1253.f.1.B.i": "OUSD(A&S)",
    "1253.f.1.B.ii": "OUSD(A&S)",
    "1253.f.1.B.iii": "OUSD(A&S)",
    "1253.f.1.B.iv": "OUSD(A&S)",
    "1253.f.1.B.v": "OASD(LA)",
    "1253.f.1.B.vi": "OUSD(C)",
}
SECTION_COMMENT: Final = ("Say where the money tables stand.", "They are named in the first sentence.")
