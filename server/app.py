"""The whole wiring on one screen: configuration in, a Flask app out.

Collaborators that reach outside (clock, database, photo store, inspector) can be replaced by keyword, so that a test
or a fault run uses its own. Importing this module does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask_jwt_extended import JWTManager
from flask_openapi3 import Info, OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from server import access, contract, operation, pages, problems, secrets
from server.db import Database
from server.people.login import Login
from server.people.routes import people_routes

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What create_app built, for the command line and tests."""

    config: Config
    db: Database
    login: Login


def create_app(config: Config, *, app_database_url: str, clock: Clock = utc_now) -> OpenAPI:
    """Build the application of one deployment.

    Args:
        config: its settings.
        app_database_url: URL with the server's own role (see server.deployment).
        clock: aware UTC time of receipt; claimed times never come from it.
    """
    app = OpenAPI(
        "server",
        info=Info(title="Frontage 门前", version="1", description="Photo reports to the township that answers."),
        security_schemes={"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},  # type: ignore[dict-item]
        validation_error_status=422,
        validation_error_model=contract.ProblemBody,
        validation_error_callback=_refuse,
        doc_ui=False,
        static_folder=None,
    )
    app.config.update(
        JWT_SECRET_KEY=secrets.random_key(config.secrets / "jwt.key"),
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ENCODE_ISSUER="frontage",
        JWT_DECODE_ISSUER="frontage",
        MAX_CONTENT_LENGTH=config.json_max_bytes,
        MAX_FORM_MEMORY_SIZE=config.json_max_bytes,
    )
    JWTManager(app)
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    db = Database(
        app_database_url,
        pool_size=config.database_pool_size,
        statement_timeout_ms=config.database_statement_timeout_ms,
        prepared_statements=config.prepared_statements,
    )
    login = Login.of(config, db, clock)

    contract.use_orjson(app)
    problems.install(app, retry_after_s=config.retry_after_s)
    operation.install(app, db, metric_srid=config.metric_srid)
    access.install(app, db)
    app.register_api(people_routes(login))
    pages.install(app)
    app.extensions["frontage"] = Services(config, db, login)
    return app


def _refuse(error: Any) -> Any:
    return problems.respond(problems.from_validation(error), retry_after_s=0)
