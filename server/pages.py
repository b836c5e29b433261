"""Pages for people that the server itself renders: the start page and the documentation of the API.

Nothing on them comes from another host, and no script or style stands inline, so the policy can forbid both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import flask_openapi3_swagger
from flask import Response, render_template, send_from_directory
from flask_openapi3 import OpenAPI

from server.access import public
from server.contract import API, json_response
from server.document import document

_SWAGGER = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"
_OWN = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# Swagger UI sets style attributes from script; scripts come from files of ours in every case.
_START_POLICY = _POLICY.format(style="'self'")
_DOCS_POLICY = _POLICY.format(style="'self' 'unsafe-inline'")


def install(app: OpenAPI) -> None:
    """Register the pages and their static files."""

    @cache
    def described() -> dict[str, Any]:
        return document(app)

    @app.route("/")
    @public
    def start() -> Response:
        return _page("start.html", _START_POLICY)

    @app.route(f"{API}/openapi.json")
    @public
    def openapi() -> Response:
        return json_response(described())

    @app.route(f"{API}/docs")
    @public
    def docs() -> Response:
        return _page("docs.html", _DOCS_POLICY)

    @app.route(f"{API}/docs/swagger/<path:name>")
    @public
    def swagger(name: str) -> Response:
        return _cached(send_from_directory(_SWAGGER, name))

    @app.route(f"{API}/docs/static/<path:name>")
    @public
    def static_file(name: str) -> Response:
        return _cached(send_from_directory(_OWN, name))


def _page(template: str, policy: str) -> Response:
    page = Response(render_template(template, api=API))
    page.headers["Content-Security-Policy"] = policy
    return page


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
