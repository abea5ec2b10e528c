"""A life from the enactment to March 2031 leaves no act after the end that rests on the section alone."""

import _tested

from proofs.finding import Finding, Work

PATH = "tests/exercise/test_lived.py"


def prove(work: Work) -> list[Finding]:
    cases = _tested.outcomes(work, PATH)
    passed = [name for name, outcome in cases if outcome == "passed"]
    return [
        Finding(
            "one rehearsal lived from event to event, its clock moved by the owner: every duty of the statute done, "
            "five reports built and signed, work continued under a determination, and then the whole record read",
            f"{len(passed)} of {len(cases)} passed",
            "all passed",
            bool(cases) and len(passed) == len(cases),
        )
    ]
