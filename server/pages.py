"""Pages for people: what web/ builds, and what the server itself renders, the start page and the API's documentation.

Nothing on them comes from another host, and no script or style stands inline, so the policy can forbid both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import flask_openapi3_swagger
from flask import Response, render_template, request, send_from_directory
from flask_openapi3 import OpenAPI
from werkzeug.security import safe_join

from server.access import public
from server.contract import API, json_response
from server.document import document
from server.problems.request import NotFound

_SWAGGER = Path(flask_openapi3_swagger.__file__).parent / "templates" / "swagger"
_OWN = Path(__file__).parent / "static"
_BUILT = Path(__file__).resolve().parents[1] / "web" / "dist"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
# Swagger UI sets style attributes from script; scripts come from files of ours in every case.
_START_POLICY = _POLICY.format(style="'self'")
_DOCS_POLICY = _POLICY.format(style="'self' 'unsafe-inline'")
# Photos and the map's tiles are drawn from bytes that scripts fetched; the map works them up in a worker of its own.
_APP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FOREVER = "public, max-age=31536000, immutable"


def install(app: OpenAPI) -> None:
    """Register the pages and their static files."""

    @cache
    def described() -> dict[str, Any]:
        return document(app)

    @app.route("/")
    @public
    def start() -> Response:
        return _page("start.html", _START_POLICY)

    # Strangers find what is public at an address of its own; the program knows it.
    @app.route("/open")
    @app.route("/app/")
    @app.route("/app/<path:name>")
    @public
    def built(name: str = "") -> Response:
        return _built(name)

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


def _built(name: str) -> Response:
    """A file of the build; every other address below /app/ is a page of the one program."""
    file = safe_join(str(_BUILT), name)
    if file is None or not Path(file).is_file():
        if name.startswith("assets/"):
            raise NotFound()
        name = "index.html"
    if not (_BUILT / name).is_file():
        raise NotFound()
    packed = f"{name}.gz"
    small = request.accept_encodings["gzip"] > 0 and (_BUILT / packed).is_file()
    # By its name Flask tells what it is and how it is encoded.
    response = send_from_directory(_BUILT, packed if small else name)
    response.vary.add("Accept-Encoding")
    # Names below assets/ change with their content; the others are asked about each time.
    response.headers["Cache-Control"] = _FOREVER if name.startswith("assets/") else "no-cache"
    response.headers["Content-Security-Policy"] = _APP_POLICY
    return response


def _cached(response: Response) -> Response:
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
