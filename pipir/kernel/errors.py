"""Errors are sentences for a person and slugs for a program; status, slug and title stand on the class."""

from typing import ClassVar

import msgspec


class Mistake(msgspec.Struct, frozen=True, order=True):
    """One thing wrong in what was sent: where it stands, what was found, what is expected.

    `where` is a field path (`milestones.2.planned_on`), or `file:line:column` for files.
    """

    where: str
    expected: str
    found: str = ""

    def __str__(self) -> str:
        found = f" (found: {self.found})" if self.found else ""
        return f"{self.where}: {self.expected}{found}"


class Problem(Exception):
    """A request that cannot be served as asked; `detail` is a whole sentence in the domain's words."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        citation: str = "",
        mistakes: tuple[Mistake, ...] = (),
        way_out: str = "",
        way_out_href: str = "",
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.citation = citation
        self.mistakes = mistakes
        self.way_out = way_out
        self.way_out_href = way_out_href


class Invalid(Problem):
    """What was sent does not have the expected form; `mistakes` names every one of them."""

    status = 422
    slug = "invalid"
    title = "Some of what was sent needs correcting"


class Refused(Problem):
    """A rule of the domain or of law does not allow the act; `citation` names the rule."""

    status = 409
    slug = "refused"
    title = "A rule does not allow this"


class Conflict(Problem):
    """The act collides with what is already recorded."""

    status = 409
    slug = "conflict"
    title = "This collides with what is already recorded"


class Unreadable(Problem):
    """The request's body or address cannot be read at all."""

    status = 400
    slug = "unreadable"
    title = "The request cannot be read"


class NotSignedIn(Problem):
    """No session or token came with the request, or it has ended."""

    status = 401
    slug = "not-signed-in"
    title = "Sign in first"


class NotAllowed(Problem):
    """The person is known, and their roles do not hold the permission."""

    status = 403
    slug = "not-allowed"
    title = "Your roles do not allow this"


class ThroughOtherEyes(NotAllowed):
    """The person looks through another reader's eyes, and those do not do this."""

    slug = "seeing-as"
    title = "You are seeing as another reader"


class NotFound(Problem):
    """There is no such record, or the reader may not see it; the two are never told apart."""

    status = 404
    slug = "not-found"
    title = "Not found"


class Gone(Problem):
    """What stood at this address has ended for good."""

    status = 410
    slug = "gone"
    title = "This has ended"


class Stale(Problem):
    """The record was changed since the version named in If-Match."""

    status = 412
    slug = "stale"
    title = "The record has changed since you read it"


class TooLarge(Problem):
    """The body is larger than this route takes."""

    status = 413
    slug = "too-large"
    title = "What was sent is too large"


class WrongType(Problem):
    """The body's media type is not the one this route takes."""

    status = 415
    slug = "unsupported-media-type"
    title = "This media type is not accepted here"


class VersionMissing(Problem):
    """A change came without If-Match."""

    status = 428
    slug = "version-required"
    title = "Say which version you are changing"


class Unavailable(Problem):
    """The database or a lock cannot be had just now; the same request may pass later."""

    status = 503
    slug = "unavailable"
    title = "The service cannot answer just now"
    retry_after_seconds: ClassVar[int] = 2
