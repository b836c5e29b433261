"""What can go wrong with any request, whatever it is about."""

from __future__ import annotations

from server.problems.base import Problem


class Internal(Problem):
    """A defect of ours; the request id leads to the log."""


class InputRefused(Problem):
    """The request was understood but its content cannot be used; `errors` names each place."""

    status, code = 422, "input_refused"


class MalformedRequest(Problem):
    """Not HTTP, not JSON or not multipart, or cut off on its way."""

    status, code = 400, "malformed_request"


class CursorRefused(Problem):
    """A cursor is only good for the list that gave it."""

    status, code = 400, "cursor_refused"


class NotAllowed(Problem):
    """Signed in, but this role may not do that."""

    status, code = 403, "not_allowed"


class NotFound(Problem):
    """There is nothing here that you may see."""

    status, code = 404, "not_found"


class MethodRefused(Problem):
    """The address exists, the method does not."""

    status, code = 405, "method_refused"


class BodyTooLarge(Problem):
    """The body is larger than the limit named."""

    status, code = 413, "body_too_large"


class MediaTypeRefused(Problem):
    """The body has a media type this call does not take."""

    status, code = 415, "media_type_refused"


class PreconditionMissing(Problem):
    """A change must say with If-Match which version it was made from."""

    status, code = 428, "precondition_missing"


class StorageFull(Problem):
    """No room for photos or rows; nothing was kept of this request."""

    status, code = 507, "storage_full"


class Unavailable(Problem):
    """A part we need does not answer just now; try again after Retry-After."""

    status, code = 503, "unavailable"
