"""How a change is said in words."""

import pytest

from pipir.features.trail import rules

OLD = {"id": 7, "version": 1, "name": "Japan", "region": "Other", "standing": None, "audience": 1}
NEW = OLD | {"version": 2, "region": "Indo-Pacific", "standing": "invited", "audience": 3}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("insert", None, OLD, 0), "A. Person entered the participant Japan."),
        (("delete", OLD, None, 0), "A. Person removed the participant Japan."),
        (("update", OLD, NEW, 0), "A. Person changed region and standing of the participant Japan."),
        (("update", OLD, OLD | {"version": 2}, 0), "A. Person saved the participant Japan without a change."),
        (("append", None, None, 5000), "A. Person posted 5,000 participant rows."),
        (("append", None, None, 1), "A. Person posted one participant row."),
        (("insert", None, {"id": 7}, 0), "A. Person entered a participant."),
    ],
)
def test_a_change_is_a_whole_sentence(asked, sentence):
    operation, before, after, count = asked
    assert rules.told("A. Person", "participant", operation, before, after, count) == sentence


@pytest.mark.parametrize(
    ("table", "operation", "before", "after", "sentence"),
    [
        ("milestone", "insert", None, {"id": 4, "name": "Tooling ordered"}, "Milestone entered: Tooling ordered"),
        ("milestone", "delete", {"id": 4, "name": "Tooling ordered"}, None, "Milestone removed: Tooling ordered"),
        ("participant", "update", OLD, NEW, "Participant region and standing changed: Japan"),
        ("duty", "update", {"slug": "brief", "note": None}, {"slug": "brief", "note": "a"}, "Duty note changed: brief"),
        ("funding_document", "insert", None, {"number": "EX-28-01"}, "Funding document entered: EX-28-01"),
        ("project_partner", "insert", None, {"id": 4, "role": "Host"}, "Project partner entered: Host"),
        ("report_file", "append", None, None, "6 report file rows posted"),
        ("sign_in", "insert", None, {"id": 4}, "Sign-in entered"),
    ],
)
def test_a_short_sentence_names_the_thing(table, operation, before, after, sentence):
    assert rules.sentence(table, operation, before, after, 6 if operation == "append" else 0) == sentence


def test_the_same_change_of_other_records_is_of_the_same_kind():
    kinds = {rules.kind_of_change("milestone", "insert", None, {"name": name}, 0) for name in ("One", "Two")}
    assert kinds == {"Milestone entered"}


def test_what_changed_is_told_without_the_columns_that_say_nothing():
    assert rules.changes(OLD, NEW) == (("region", "Other", "Indo-Pacific"), ("standing", "nothing", "invited"))


def test_a_long_value_is_cut():
    ((_, _, after),) = rules.changes({"name": ""}, {"name": "x" * 10_000})
    assert len(after) < 200


def test_a_record_with_a_page_has_its_address():
    assert rules.address("participant", 7) == "/participants/7"
    assert rules.address("participant", None) == ""
    assert rules.address("ledger_entry", None) == "/ledger"
    assert rules.address("report", 3) == "/records/report/3"
    assert rules.address("sign_in", 7) == ""
