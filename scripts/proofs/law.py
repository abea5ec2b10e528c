"""Every situation, and every covered act around the end through each door and time zone, is judged as the law is."""

from collections import Counter

import _tested

from proofs.finding import Finding, Work

# What is proved, by the test that proves it.
PARTS = {
    "situations judged by the rules": ("tests/scenarios/test_rules.py", "test_the_rules_say"),
    "situations played through the JSON door": ("tests/scenarios/test_doors.py", "test_the_door_says"),
    "covered acts, each on three servers' time zones: the two instants around the end, with and without a "
    "determination, through HTTP, `pipir act` and SQL": ("tests/features/law/test_sunset.py", "through_every_door"),
    "what else the end does: midnight, jobs, late recording, the pair, amendments, what goes on": (
        "tests/features/law/test_sunset.py",
        "",
    ),
    "made-up acts, by every law and reading: the rules and the triggers judge alike": (
        "tests/features/law/test_judges_agree.py",
        "",
    ),
    "dumps restored after the end, whole and data alone": ("tests/store/test_restore.py", ""),
}


def prove(work: Work) -> list[Finding]:
    findings = []
    claimed: set[tuple[str, str]] = set()
    for what, (path, word) in PARTS.items():
        cases = [
            (name, outcome)
            for name, outcome in _tested.outcomes(work, path)
            if word in name and (path, name) not in claimed
        ]
        claimed |= {(path, name) for name, _ in cases}
        counted = Counter(outcome for _, outcome in cases)
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items())) or "none"
        findings.append(Finding(what, said, "all passed", bool(cases) and set(counted) == {"passed"}))
    return findings
