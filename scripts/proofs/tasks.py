"""Ten tasks of the three offices in Chromium, by the keyboard alone and without script, and a backup brought back."""

import _tested

from proofs.finding import Finding, Work

TASKS = 11
# So many keys that move and choose are the most that a task takes of all its persons together.
MOST = 300


def prove(work: Work) -> list[Finding]:
    told = _tested.told(work, "tests/browser/test_tasks.py")
    done = {name: each for name, each in told.items() if each["outcome"] == "passed"}
    findings = [
        Finding(
            "tasks done, each with what it leaves on the page and in the trail",
            f"{len(done)} of {len(told)}",
            f"{TASKS} of {TASKS}",
            len(done) == len(told) == TASKS,
        )
    ]
    for name, each in told.items():
        presses = int(each.get("presses", "0"))
        # The restore is done at the command line.
        if name != "test_restore_a_backup":
            findings.append(
                Finding(
                    f"{name.removeprefix('test_').replace('_', ' ')}: keys pressed, characters typed",
                    f"{presses}, {each.get('typed', '0')}" if name in done else each["outcome"],
                    f"at most {MOST} keys",
                    name in done and 0 < presses <= MOST,
                )
            )
    return findings
