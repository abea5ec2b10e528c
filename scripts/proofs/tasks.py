"""The tasks of the three offices and of the program's record in Chromium, by the keyboard alone and without script."""

from collections.abc import Mapping

import _tested

from proofs.finding import Finding, Work

FILES = ("tests/browser/test_tasks.py", "tests/browser/test_record_tasks.py")
# Ten of the three offices with a backup brought back, and ten of the record.
TASKS = 21
# So many keys that move and choose are the most that a task takes of all its persons together.
MOST = 300
# A certification has seven items, and each addressee a sending and a receipt: every one of them is a form.
LONGEST = {"test_a_project_agreement_from_negotiating_authority_to_signature": 1_200}


def prove(work: Work) -> list[Finding]:
    told = {name: each for path in FILES for name, each in _tested.told(work, path).items()}
    done = {name: each for name, each in told.items() if each["outcome"] == "passed"}
    whole = Finding(
        "tasks done, each with what it leaves on the page and in the trail",
        f"{len(done)} of {len(told)}",
        f"{TASKS} of {TASKS}",
        len(done) == len(told) == TASKS,
    )
    # The restore is done at the command line.
    return [whole, *(_keys(name, each) for name, each in told.items() if name != "test_restore_a_backup")]


def _keys(name: str, told: Mapping[str, str]) -> Finding:
    presses, most = int(told.get("presses", "0")), LONGEST.get(name, MOST)
    passed = told["outcome"] == "passed"
    return Finding(
        f"{name.removeprefix('test_').replace('_', ' ')}: keys pressed, characters typed",
        f"{presses}, {told.get('typed', '0')}" if passed else told["outcome"],
        f"at most {most:,} keys",
        passed and 0 < presses <= most,
    )
