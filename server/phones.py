"""The page that brings a phone to HTTPS: the authority's certificate, how to install it, and where to go then."""

from __future__ import annotations

from pathlib import Path

import segno
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask, Response, render_template, request

from server.access import public
from server.authority import Authority, addresses_of, fingerprint
from server.contract import API
from server.problems.request import NotFound

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)


def install(app: Flask, secrets_folder: Path, https_port: int) -> None:
    """Register the page and the certificate; both are public, and reach phones over plain HTTP too (server.front)."""
    authority = Authority(secrets_folder)

    @app.route("/phones")
    @public
    def phones() -> Response:
        page = Response(render_template("phones.html", api=API, **_told(authority, https_port)))
        page.headers["Content-Security-Policy"] = _POLICY
        return page

    @app.route("/phones/authority.crt")
    @public
    def certificate() -> Response:
        found = authority.certificate()
        if found is None:
            raise NotFound()
        # The type by which phones offer to install it; DER, because some of them read nothing else.
        answer = Response(found.public_bytes(Encoding.DER), mimetype="application/x-x509-ca-cert")
        answer.headers["Content-Disposition"] = 'attachment; filename="frontage-authority.crt"'
        return answer


def _told(authority: Authority, https_port: int) -> dict[str, object]:
    """What the page says: nothing of HTTPS where there is no authority."""
    made, server = authority.certificate(), authority.server_certificate()
    if made is None or server is None or not https_port:
        return {"fingerprint": None}
    hosts = [f"[{one}]" if one.version == 6 else str(one) for one in addresses_of(server)]
    here = request.host.rpartition(":")[0] or request.host
    # Over the network the phone's own way here is the right one; on this machine it is one of the others.
    if here in hosts:
        hosts = [here]
    places = [f"{host}:{https_port}" for host in hosts]
    code = _qr(f"http://{places[0]}/phones") if places else None
    return {"fingerprint": fingerprint(made), "places": places, "code": code}


def _qr(address: str) -> str:
    # Dark on light in dark mode too: readers expect it.
    return segno.make(address, error="m").svg_data_uri(scale=6, border=2, dark="#000", light="#fff")
