"""What can go wrong, as nouns of the domain, and the only writer of `application/problem+json` (RFC 9457).

A `Problem` is raised anywhere below the routes; its class says the status and the stable code, its fields travel as
extension members. Titles come from the message catalogues. Codes are never reused. Text for logs and text for the
public are two values: what an exception holds beyond its fields is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import orjson
import structlog
from flask import Flask, Response, g, request
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from server.import_problems import ImportApplied
from server.messages import say
from server.problem import Problem as Problem

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 50
PATH_MAX_CHARS = 100
log = structlog.get_logger()


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


class NotAuthenticated(Problem):
    """No valid access token came with the request."""

    status, code = 401, "not_authenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class LoginRefused(Problem):
    """User name or password is wrong; which of them is not told."""

    status, code = 401, "login_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class RefreshRefused(Problem):
    """The refresh token is used up, revoked or expired."""

    status, code = 401, "refresh_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class TooManyLogins(Problem):
    """Too many failed logins; Retry-After says when to try again."""

    status, code = 429, "too_many_logins"


class NotAllowed(Problem):
    """Signed in, but this role may not do that."""

    status, code = 403, "not_allowed"


class NotFound(Problem):
    """There is nothing here that you may see."""

    status, code = 404, "not_found"


class MethodRefused(Problem):
    """The address exists, the method does not."""

    status, code = 405, "method_refused"


class ReportConflict(Problem):
    """This report id was used for other content before."""

    status, code = 409, "report_conflict"


class BodyTooLarge(Problem):
    """The body is larger than the limit named."""

    status, code = 413, "body_too_large"


class MediaTypeRefused(Problem):
    """The body has a media type this call does not take."""

    status, code = 415, "media_type_refused"


class PhotoDigestMismatch(Problem):
    """The bytes do not have the digest named for them."""

    status, code = 422, "photo_digest_mismatch"


class PhotoNotDeclared(Problem):
    """A photo came that the report does not list."""

    status, code = 422, "photo_not_declared"


class PhotoUnusable(Problem):
    """The bytes are no photo we accept; the code says why."""

    status, code = 422, "photo_not_an_image"

    def __init__(self, code: str, **members: Any) -> None:
        if code not in PHOTO_CODES:
            raise ValueError(f"{code} is no photo problem")
        self.code = code
        super().__init__(**members)

    @classmethod
    def codes(cls) -> tuple[str, ...]:
        return PHOTO_CODES


PHOTO_CODES = (
    "photo_not_an_image",
    "photo_truncated",
    "photo_corrupt",
    "photo_too_many_pixels",
    "photo_decode_limit",
    "photo_animated",
)


class PreconditionMissing(Problem):
    """A change must say with If-Match which version it was made from."""

    status, code = 428, "precondition_missing"


class ZoneVersionConflict(Problem):
    """The zone has a newer version than If-Match names; `current_version` says which."""

    status, code = 412, "zone_version_conflict"


class ZoneConflict(Problem):
    """One of the zones is not as the request takes it to be: another version, another holder of its code, or gone."""

    status, code = 409, "zone_conflict"


class ZoneDateRefused(Problem):
    """A version cannot begin on this day: one of its code begins then or later."""

    status, code = 409, "zone_date_refused"


class ZoneReportsDepend(Problem):
    """A past day is refused: reports were judged by the zones of that day. With `rematch` it is allowed."""

    status, code = 409, "zone_reports_depend"


class ZoneNotYours(Problem):
    """A township edits zones of its own, within its own outline, and not that outline itself."""

    status, code = 403, "zone_not_yours"


class ZoneShapeRefused(Problem):
    """The shapes would overlap, leave a gap, or are not cut in two; with geometry to draw."""

    status, code = 422, "zone_shape_refused"


class ZoneComputingLimit(Problem):
    """Computing these shapes took too much time or memory."""

    status, code = 422, "zone_computing_limit"


class ParkingAreaTooLarge(Problem):
    """The gap finder works out the whole area asked for at once; `limit` is the most things of one kind it takes."""

    status, code = 422, "parking_area_too_large"


class RematchConflict(Problem):
    """A re-match runs when its list is complete; `state` says where it is."""

    status, code = 409, "rematch_conflict"


class RoutingRulesRefused(Problem):
    """A rule set cannot be used: `errors` names every fault, `ties` two rules and a report that both hold for."""

    status, code = 422, "routing_rules_refused"


class RoutingRulesInForce(Problem):
    """This set came into force already, from another day; a set is never changed."""

    status, code = 409, "routing_rules_in_force"


class RoutingDayRefused(Problem):
    """A set begins after the one before it, and never on a past day on which reports were judged."""

    status, code = 422, "routing_day_refused"


class StorageFull(Problem):
    """No room for photos or rows; nothing was kept of this request."""

    status, code = 507, "storage_full"


class Unavailable(Problem):
    """A part we need does not answer just now; try again after Retry-After."""

    status, code = 503, "unavailable"


# The verdicts of the database, by constraint name. One that is not listed is a defect and answers 500.
CONSTRAINTS: dict[str, type[Problem]] = {
    "zone_import_applied_pkey": ImportApplied,
    "zone_geom_is_place": ZoneShapeRefused,
    "zone_one_version_at_a_time": ZoneConflict,
    "zone_step_current": ZoneConflict,
    "zone_step_date": ZoneDateRefused,
    "zone_step_editor": NotAllowed,
    "zone_step_reports": ZoneReportsDepend,
    "zone_step_scope": ZoneNotYours,
}

_HTTP = {400: MalformedRequest, 404: NotFound, 405: MethodRefused, 413: BodyTooLarge, 415: MediaTypeRefused}
_DISK_FULL = "53100"
# Trouble that passes, by class of SQLSTATE: connection lost, deadlock or conflict, out of resources, locked, cancelled
# or shutting down, the system below.
_PASSING = frozenset({"08", "40", "53", "55", "57", "58"})


def catalogue() -> Iterator[type[Problem]]:
    """Every concrete problem class, in the order they stand in this file."""
    yield from Problem.__subclasses__()


def all_codes() -> list[str]:
    return [code for problem in catalogue() for code in problem.codes()]


def from_validation(error: ValidationError, *, prefix: str = "") -> InputRefused:
    """Pydantic's findings as `errors: [{path, message}]`; the input itself is never echoed."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    errors = [
        {
            "path": prefix + "".join(f"/{str(part)[:PATH_MAX_CHARS]}" for part in e["loc"]),
            "message": e["msg"].removeprefix("Value error, "),
        }
        # A body of a thousand unknown fields must not earn an answer ten times its size.
        for e in found[:ERRORS_MAX]
    ]
    return InputRefused(errors=errors)


def from_database(error: DBAPIError | PoolTimeout) -> Problem:
    """Translate what the database said; connection trouble is 503, a full disk 507, the rest by constraint name."""
    if isinstance(error, PoolTimeout) or error.connection_invalidated:
        return Unavailable()
    original = error.orig
    sqlstate = getattr(original, "pgcode", None) or ""
    if sqlstate == _DISK_FULL:
        return StorageFull()
    # No state at all: the socket is gone.
    if sqlstate[:2] in _PASSING or (not sqlstate and isinstance(error, OperationalError)):
        return Unavailable()
    constraint = getattr(getattr(original, "diag", None), "constraint_name", None)
    problem = CONSTRAINTS.get(constraint or "")
    if problem is None:
        log.error("database_refused", constraint=constraint, sqlstate=sqlstate, exc_info=error)
        return Internal()
    return problem()


def respond(problem: Problem, *, retry_after_s: int) -> Response:
    """The RFC 9457 response of one problem."""
    words = say(f"problem.{problem.code}")
    body: dict[str, Any] = {
        "type": f"urn:frontage:problem:{problem.code}",
        "title": words["text"],
        "title_en": words["text_en"],
        "status": problem.status,
        "code": problem.code,
        "instance": request.path,
        "request_id": g.get("request_id"),
    }
    body.update(problem.members)
    if problem.errors is not None:
        body["errors"] = problem.errors
    response = Response(orjson.dumps(body), status=problem.status, content_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    if isinstance(problem, Unavailable | StorageFull):
        response.headers["Retry-After"] = str(retry_after_s)
    if isinstance(problem, TooManyLogins):
        response.headers["Retry-After"] = str(problem.members["retry_after_s"])
    return response


def install(app: Flask, *, retry_after_s: int) -> None:
    """Make every error of the app answer through `respond`; unexpected ones are logged with their trace."""

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return respond(problem, retry_after_s=retry_after_s)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _from_http(error, retry_after_s)

    @app.errorhandler(DBAPIError)
    @app.errorhandler(PoolTimeout)
    def _database(error: DBAPIError | PoolTimeout) -> Response:
        return respond(from_database(error), retry_after_s=retry_after_s)

    @app.errorhandler(ValidationError)
    def _validation(error: ValidationError) -> Response:
        return respond(from_validation(error), retry_after_s=retry_after_s)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> Response:
        log.error("unexpected", exc_info=error)
        if app.testing:
            raise error
        return respond(Internal(), retry_after_s=retry_after_s)


def _from_http(error: HTTPException, retry_after_s: int) -> Response:
    """Werkzeug's own errors in our words; a redirect stays one."""
    status = error.code or 500
    if status < 400:
        return Response(status=status, headers=error.get_headers())
    cls = _HTTP.get(status, MalformedRequest if status < 500 else Internal)
    members: dict[str, Any] = {"limit_bytes": request.max_content_length} if cls is BodyTooLarge else {}
    response = respond(cls(**members), retry_after_s=retry_after_s)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response
