"""A build freezes the record, and the same snapshot gives the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipir.document import pdf_checks
from pipir.document.model import read as read_document
from pipir.features.people.tables import SERVICE
from pipir.features.report import build, commands, queries
from pipir.features.report.compose import compose
from pipir.features.report.compose.snapshot import canonical, digest, read
from pipir.kernel.errors import Invalid
from pipir.kernel.ids import ReportId
from pipir.kernel.marking import Reader
from pipir.store.doors import Database
from tests.features.report import snapshots

US = Reader(kind="us-government")


async def test_a_build_of_an_empty_record_says_what_it_lacks_and_claims_nothing(db: Database) -> None:
    """Sec. 1253(f)(1)(B)"""
    made = await build.build_report(db, 2027, actor=SERVICE, reader=US)
    assert set(made.files) == {"report.pdf", "report.html", "report.docx", "report.xlsx", "report.json", "manifest.json"}
    document = read_document(made.files["report.json"])
    assert document.status == "DRAFT"
    assert pdf_checks.findings(made.files["report.pdf"], document) == []
