"""The only writer of `application/problem+json` (RFC 9457), and the table from constraint names to problems.

Titles come from the message catalogues. Codes are never reused. Text for logs and text for the public are two values:
what an exception holds beyond its fields is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

import server.problems
from server.messages import say
from server.problems.attachments import AttachmentMissing
from server.problems.base import Problem
from server.problems.cases import ActionKeyConflict
from server.problems.complaints import ComplaintCorrected
from server.problems.duty import RosterRefused
from server.problems.enforcement import CertificateTaken
from server.problems.imports import ImportApplied
from server.problems.leniency import LeniencyDecided
from server.problems.litigation import (
    MatterConflict,
    MatterEnded,
    MatterEntryConflict,
    MatterKnown,
    MatterOutcomeRefused,
)
from server.problems.openness import (
    PublicationByAnother,
    PublicationConflict,
    PublicationSettled,
    TooManyRequests,
)
from server.problems.people import (
    AccountOwn,
    AccountPlaceRefused,
    LastAdministrator,
    OrganisationCodeRefused,
    OrganisationInUse,
    OrganisationTaken,
    RecordChanged,
    TooManyLogins,
    TooManyTokens,
    UsernameTaken,
)
from server.problems.places import (
    ZoneConflict,
    ZoneDateRefused,
    ZoneNotYours,
    ZoneReportsDepend,
    ZoneShapeRefused,
)
from server.problems.positions import DeviceRevoked, TooManyDevices
from server.problems.ratings import RatingAppealMade
from server.problems.records import RecordCorrected
from server.problems.request import (
    BodyTooLarge,
    InputRefused,
    Internal,
    MalformedRequest,
    MediaTypeRefused,
    MethodRefused,
    NotAllowed,
    NotFound,
    StorageFull,
    Unavailable,
)
from server.problems.subjects import SubjectDayRefused, SubjectLicenceTaken, SubjectPlaceTaken

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 50
PATH_MAX_CHARS = 100
log = structlog.get_logger()


# The verdicts of the database, by constraint name. One that is not listed is a defect and answers 500.
CONSTRAINTS: dict[str, type[Problem]] = {
    "account_last_admin": LastAdministrator,
    "account_own": AccountOwn,
    "account_place": AccountPlaceRefused,
    "account_username_key": UsernameTaken,
    "api_token_most": TooManyTokens,
    "case_action_pkey": ActionKeyConflict,
    "certificate_number_of_one": CertificateTaken,
    "certificate_one_at_a_time": CertificateTaken,
    "certificate_photo_fkey": AttachmentMissing,
    "complaint_corrected_once": ComplaintCorrected,
    "complaint_taker": NotAllowed,
    "coverage_officer_known": NotFound,
    "device_most": TooManyDevices,
    "device_not_revoked": DeviceRevoked,
    "duty_area_geom_is_place": RosterRefused,
    "legal_entry_after_end": MatterEnded,
    "legal_entry_outcome_fits": MatterOutcomeRefused,
    "legal_entry_pkey": MatterEntryConflict,
    "legal_matter_pkey": MatterConflict,
    "legal_matter_reference_key": MatterKnown,
    "leniency_decision_of_case": LeniencyDecided,
    "organisation_code_key": OrganisationTaken,
    "organisation_in_use": OrganisationInUse,
    "organisation_keeper": NotAllowed,
    "organisation_of_district": OrganisationCodeRefused,
    "form_record_corrected_once": RecordCorrected,
    "rating_appeal_once": RatingAppealMade,
    "publication_by_another": PublicationByAnother,
    "publication_keeps": PublicationSettled,
    "publication_one_of_decision": PublicationConflict,
    "publication_pkey": PublicationConflict,
    "record_version": RecordChanged,
    "roster_entry_one_at_a_time": RosterRefused,
    "roster_keeper": NotAllowed,
    "subject_licence_one_at_a_time": SubjectLicenceTaken,
    "subject_person_one_at_a_time": SubjectDayRefused,
    "subject_place_one_at_a_time": SubjectPlaceTaken,
    "subject_version_one_at_a_time": SubjectDayRefused,
    "score_subject_seen": NotAllowed,
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


def every_problem() -> Iterator[type[Problem]]:
    """Every concrete problem class, by the modules beside this one."""
    for _, name, _ in iter_modules(server.problems.__path__, "server.problems."):
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and issubclass(value, Problem) and value.__module__ == name:
                if value is not Problem:
                    yield value


def all_codes() -> list[str]:
    return [code for problem in every_problem() for code in problem.codes()]


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
    response = Response(orjson.dumps(body_of(problem)), status=problem.status, content_type=MEDIA_TYPE)
    response.headers.update(problem.headers)
    if isinstance(problem, Unavailable | StorageFull):
        response.headers["Retry-After"] = str(retry_after_s)
    if isinstance(problem, TooManyLogins | TooManyRequests):
        response.headers["Retry-After"] = str(problem.members["retry_after_s"])
    return response


def body_of(problem: Problem) -> dict[str, Any]:
    """What is said of one problem, in the request that meets it."""
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
    return body


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
