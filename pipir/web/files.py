"""Sends files to be saved: as attachments, without any right of this origin should a browser show one all the same."""

import re
from typing import Final

from litestar import Response

SANDBOX: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"
CSV: Final = "text/csv"  # the framework adds the charset
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")


def attachment(name: str, content: bytes, media_type: str, *, sha256: str = "") -> Response[bytes]:
    """The content as a download under a name of ours; the name holds ASCII letters, digits and . _ - only."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"A download has a plain name; {name!r} is none.")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": SANDBOX}
    if sha256:
        headers["ETag"] = f'"{sha256}"'
    return Response(content, media_type=media_type, headers=headers)
