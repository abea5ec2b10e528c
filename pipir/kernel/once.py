"""Idempotency keys and stored answers, as the doors and the store both know them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Once:
    """The key that a sender chose for one request to one route; `fingerprint` is the body's sha256.

    `of_form`: the key of a page's form, which a second press sends again: it waits for the answer to the first.
    """

    person: int
    route: str
    key: str
    fingerprint: bytes
    of_form: bool = False


@dataclass(frozen=True)
class Answer:
    """An answer as it went out: what is stored is what a repetition gets."""

    status: int
    media_type: str
    headers: dict[str, str]
    body: bytes


class Replayed(Exception):
    """Raised on entering a write whose key was used before with the same body; carries the stored answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("served before")
        self.answer = answer


class KeepsAnswer(Protocol):
    """A write that stores the answer it is given with its rows."""

    answer: Answer | None
