"""What all requests and responses share: strict models, problem bodies, cursors, and how answers are documented.

The models that validate are the models the OpenAPI document shows; a route lists its problems here and nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from server.problems.base import Problem
from server.problems.request import CursorRefused, InputRefused

API = "/api/v1"
PAGE_MAX = 500


class Strict(BaseModel):
    """Input: unknown fields are refused, NaN and infinity are no numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=False)

    @classmethod
    @cache
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        # Asked for on every request with a query by the OpenAPI library; building it costs a millisecond.
        return super().model_json_schema(*args, **kwargs)


class Answer(BaseModel):
    """Output: what the document promises and the code builds."""

    model_config = ConfigDict(extra="forbid")


class ProblemError(Answer):
    path: str
    message: str


class ProblemBody(BaseModel):
    """RFC 9457 problem details; extension members depend on `code`."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str
    title: str
    title_en: str
    status: int
    code: str
    instance: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None


def _refuse_nul(value: Any) -> Any:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("a NUL character cannot be kept")
    return value


# Python reads more than RFC 3339 knows: week dates, and a time with a NUL behind it. The offset is asked for below.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _rfc3339(value: Any) -> Any:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("not a time: RFC 3339 with offset wanted, as 2026-11-25T10:42:00+08:00")
    try:
        # A leap second is a time (RFC 3339 section 5.7) that Python cannot hold: the second before stands for it.
        given = value.upper()
        moment = datetime.fromisoformat(given[:16] + ":59" + given[19:] if given[16:19] == ":60" else given)
        if moment.tzinfo is None:
            raise ValueError("a time without offset: add Z or +08:00")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        text = str(error) if "offset" in str(error) else "not a time: RFC 3339 with offset wanted"
        raise ValueError(text) from None
    return moment


Text = Annotated[str, BeforeValidator(_refuse_nul)]
Moment = Annotated[
    datetime,
    BeforeValidator(_rfc3339, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date-time"}),
]


def _day_or_moment(value: Any) -> Any:
    # A whole day is noon in UTC: the same date in every zone within twelve hours. A bare + in a query is a space.
    if isinstance(value, str) and len(value) == len("2026-11-25"):
        return _rfc3339(f"{value}T12:00:00Z")
    return _rfc3339(value.replace(" ", "+") if isinstance(value, str) else value)


At = Annotated[
    datetime,
    BeforeValidator(_day_or_moment, json_schema_input_type=str),
    Field(
        json_schema_extra={
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]
        }
    ),
]


def _day(value: Any) -> Any:
    # Pydantic alone would also read seconds since 1970.
    if isinstance(value, str) and len(value) == len("2026-11-25"):
        return date.fromisoformat(str(value))
    raise ValueError("not a day: 2026-11-25 wanted")


Day = Annotated[
    date,
    BeforeValidator(_day, json_schema_input_type=str),
    Field(json_schema_extra={"type": "string", "format": "date"}),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

GEOJSON = "application/geo+json"
# Where an operation keeps its problems until server.document words them; in no document that is served.
PROBLEMS = "x-problems"


def ref(model: type[BaseModel]) -> dict[str, str]:
    """A reference to the schema of a model, for media types written by hand."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def answers(
    success: Mapping[int, type[BaseModel] | dict[str, Any] | None],
    *problems: type[Problem],
    media_type: str = "application/json",
) -> ResponseDict:
    """The `responses` of one route: what it gives, and the problems of its own.

    What every route may answer (who may call it, a body that cannot be read, a database that is gone) is added by
    server.document from the code that does it.
    """
    responses: ResponseDict = {}
    for status, given in success.items():
        if isinstance(given, type):
            given = {"content": {media_type: {"schema": ref(given)}}}
        responses[status] = {"description": HTTPStatus(status).phrase, **(given or {})}
    for problem in problems:
        response = responses.setdefault(problem.status, {"description": "", PROBLEMS: []})
        codes = response[PROBLEMS]  # type: ignore[index]
        codes += [code for code in problem.codes() if code not in codes]
    return responses


def json_response(value: Any, status: int = 200, *, content_type: str = "application/json") -> Response:
    """JSON by orjson; pydantic models are dumped first."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    return Response(orjson.dumps(value), status=status, content_type=content_type)


PDF = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


def pdf_response(content: bytes, name: str) -> Response:
    """What was printed. `name`: of its file, ASCII without quotes."""
    response = Response(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


class OrjsonProvider(JSONProvider):
    """Flask's JSON through orjson: refuses NaN, endless nesting and lone surrogates as malformed."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)


def use_orjson(app: Flask) -> None:
    app.json = OrjsonProvider(app)


def local_time(moment: datetime, time_zone: tzinfo, path: str = "/at") -> datetime:
    """The same moment on the clocks of the district.

    Raises:
        InputRefused: naming `path`; there it would be before the year 1 or after 9999.
    """
    try:
        return moment.astimezone(time_zone)
    except OverflowError as error:
        raise InputRefused(errors=[{"path": path, "message": "beyond the calendar"}]) from error


def wire_time(value: datetime | str | None) -> str | None:
    """RFC 3339 in UTC with microseconds, always the same text for the same moment."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def write_cursor(*key: Any) -> str:
    """An opaque cursor: the sort key of the last row of a page."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def read_cursor(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The sort key in a cursor of ours.

    Raises:
        CursorRefused: for anything `write_cursor` did not write for such a list.
    """
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(key, list) or len(key) != len(types):
            raise ValueError
        return tuple(_cast(value, kind) for value, kind in zip(key, types, strict=True))
    except (ValueError, TypeError, binascii.Error, OverflowError):
        raise CursorRefused() from None


def _cast(value: Any, kind: type) -> Any:
    # True is an int to Python, and UUID(5) an AttributeError: only the very type that was written passes.
    if type(value) is not (int if kind is int else str):
        raise ValueError
    if kind is datetime:
        return _rfc3339(value)
    if kind is date:
        return date.fromisoformat(str(value))
    # A cursor made by hand must not reach the database with what no column can hold.
    if isinstance(value, int) and not 0 <= value < 2**63:
        raise ValueError
    return kind(_refuse_nul(value))


def parse_bbox(value: str) -> tuple[float, float, float, float]:
    """`west,south,east,north` in degrees, finite, in range, south <= north, west <= east."""
    try:
        west, south, east, north = (float(part) for part in value.split(","))
    except ValueError:
        raise ValueError("four numbers wanted: west,south,east,north") from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("west <= east in -180..180 and south <= north in -90..90 wanted")
    return west, south, east, north


Bbox = Annotated[tuple[float, float, float, float], BeforeValidator(parse_bbox, json_schema_input_type=str)]


class Page(Strict):
    """Paging of every list: an opaque cursor from the last page's `next`."""

    cursor: Text | None = Field(
        None, max_length=400, description="上一页的 `next` / `next` of the page before"
    )
    limit: int = Field(50, ge=1, le=PAGE_MAX, description="每页行数 / rows a page")
