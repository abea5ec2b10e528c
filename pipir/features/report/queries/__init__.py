"""What can be asked of reports, and what a report is made from: everything that it prints, read in one state."""

from pipir.features.report.queries.builds import (
    MOST_BUILDS,
    BuildView,
    FileBody,
    FileView,
    build,
    builds,
    count_builds,
    edition_of,
    file,
    files_of,
    stored_snapshot,
)
from pipir.features.report.queries.earlier import crossings_of, speaks_for
from pipir.features.report.queries.gathering import completeness_of, gather
from pipir.features.report.queries.money import said_with_share
from pipir.features.report.queries.reports import (
    ReportView,
    SectionView,
    YearView,
    front,
    report,
    section,
    sections,
    versions,
    years,
)

__all__ = [
    "MOST_BUILDS",
    "BuildView",
    "FileBody",
    "FileView",
    "ReportView",
    "SectionView",
    "YearView",
    "build",
    "builds",
    "completeness_of",
    "count_builds",
    "crossings_of",
    "edition_of",
    "file",
    "files_of",
    "front",
    "gather",
    "report",
    "said_with_share",
    "section",
    "sections",
    "speaks_for",
    "stored_snapshot",
    "versions",
    "years",
]
