"""The JSON door's toolkit: answers with ETag and location, the version that a change names, idempotency keys."""

import hashlib
import re
from typing import Any, NewType, Protocol, TypeVar, cast

import msgspec
from litestar import Request, Response

from pipir.kernel.access import Caller
from pipir.kernel.errors import Invalid, Mistake, Stale, VersionMissing
from pipir.kernel.money import encode_hook
from pipir.kernel.once import Answer, KeepsAnswer, Once
from pipir.web.entry import posted_fields
from pipir.web.forms import KEY_FIELD

_encode = msgspec.json.Encoder(enc_hook=encode_hook).encode
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'"(\d{1,9})"')


# Where this service is reached, such as https://pipir.office.example; no slash at its end.
Address = NewType("Address", str)


class Versioned(Protocol):
    """A view of a record, with the version that a change has to name."""

    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=Versioned)


def created(session: KeepsAnswer, view: V, location: str) -> Response[V]:
    """201 with the record's address and ETag; kept with the write, so that a repetition gets the same answer."""
    headers = {"Location": location, "ETag": f'"{view.version}"'}
    answer = Answer(201, "application/json", headers, _encode(view))
    session.answer = answer
    # What was written once for the record goes out as it stands there.
    return Response(cast("V", answer.body), status_code=201, headers=headers, media_type=answer.media_type)


def changed(view: V) -> Response[V]:
    """200 with the new ETag."""
    return Response(view, status_code=200, headers={"ETag": f'"{view.version}"'})


def shown(view: V) -> Response[V]:
    """200 with the ETag that a later change has to name."""
    return changed(view)


def see_other(session: KeepsAnswer | None, location: str) -> Response[bytes]:
    """303 to the page that shows what was done; kept with the write where there is one."""
    if session is not None:
        session.answer = Answer(303, "text/html; charset=utf-8", {"Location": location}, b"")
    return Response(b"", status_code=303, headers={"Location": location}, media_type="text/html; charset=utf-8")


async def provide_version(request: Request[Any, Any, Any]) -> int:
    """The version in If-Match: 428 where it is missing, 412 where no version of ours has that form."""
    given = request.headers.get("if-match")
    if given is None:
        raise VersionMissing('Send If-Match with the ETag that you read, for example If-Match: "3".')
    match = _ETAG.fullmatch(given.strip())
    if match is None:
        raise Stale('If-Match names no version of this record; expected the ETag as given, for example "3".')
    return int(match[1])


async def provide_once(request: Request[Any, Any, Any]) -> Once | None:
    """The sender's idempotency key: the Idempotency-Key header of the JSON door, the hidden key of a form."""
    caller = request.scope.get("user")
    if request.method != "POST" or not isinstance(caller, Caller):
        return None
    key = request.headers.get("idempotency-key")
    of_form = key is None and not request.url.path.startswith("/api/")
    if of_form:
        key = dict(await posted_fields(request)).get(KEY_FIELD) or None
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise Invalid(
            "The Idempotency-Key cannot be used.",
            mistakes=(Mistake("Idempotency-Key", "Expected 1 to 200 visible ASCII characters."),),
        )
    # The route is the address as sent: the same key on two records is two requests.
    fingerprint = hashlib.sha256(await request.body()).digest()
    return Once(caller.id, f"{request.method} {request.url.path}", key, fingerprint, of_form)
