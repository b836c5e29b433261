"""What operators and balancers ask (outside /api): /healthz, /readyz, /metrics; and a request id on every response."""

from __future__ import annotations

import gzip
import os
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from flask import Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from server.access import public
from server.contract import json_response
from server.db import Database

_JSON = ("application/json", "application/geo+json")
# Below this the head of a gzip stream and the work are all that is won; beyond this level little more.
_PACK_MIN_BYTES = 1000
_PACK_LEVEL = 3
_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
REQUESTS = Counter("frontage_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram("frontage_request_seconds", "Time to answer", ["route", "method"])
log = structlog.get_logger()


def install(app: Flask, db: Database, *, metric_srid: int) -> None:
    """Register the operator's routes and the measurements around every request."""
    _measure(app)
    _answer(app, db, metric_srid)


def _measure(app: Flask) -> None:
    @app.before_request
    def _start() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if _REQUEST_ID.match(given) else str(uuid.uuid4())
        g.started = time.perf_counter()

    @app.after_request
    def _finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        _pack(response)
        route = request.url_rule.rule if request.url_rule else "unmatched"
        elapsed_s = time.perf_counter() - g.get("started", time.perf_counter())
        REQUESTS.labels(route, request.method, response.status_code).inc()
        SECONDS.labels(route, request.method).observe(elapsed_s)
        if response.status_code >= 500:
            log.error("answered", route=route, status=response.status_code, request_id=g.get("request_id"))
        return response


def _pack(response: Response) -> None:
    """Compresses what was asked for as JSON, for who takes it so: a phone in a slow network waits for every byte."""
    if request.method != "GET" or response.mimetype not in _JSON or response.is_streamed:
        return
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if (
        len(body) >= _PACK_MIN_BYTES
        and request.accept_encodings["gzip"] > 0
        and not response.content_encoding
    ):
        response.set_data(gzip.compress(body, _PACK_LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def _answer(app: Flask, db: Database, metric_srid: int) -> None:
    @app.get("/healthz")
    @public
    def healthz() -> Response:
        return json_response({"status": "alive"})

    @app.get("/readyz")
    @public
    def readyz() -> Response:
        try:
            with db.anonymous() as connection:
                srid = connection.exec_driver_sql("SELECT metric_srid()").scalar_one()
        except SQLAlchemyError:
            return json_response({"status": "no database"}, 503)
        if srid != metric_srid:
            return json_response(
                {"status": "metric_srid differs", "database": srid, "setting": metric_srid}, 503
            )
        return json_response({"status": "ready"})

    @app.get("/metrics")
    @public
    def metrics() -> Response:
        figures = generate_latest(_registry()) + generate_latest(_counted(db))
        return Response(figures, content_type=CONTENT_TYPE_LATEST)


def open_streams() -> int:
    """How many streams are open now, in all processes of this machine."""
    families = _registry().collect()
    return sum(
        int(one.value) for family in families if family.name == "frontage_streams" for one in family.samples
    )


def _registry() -> Any:
    """All worker processes together when they share a folder, else this process alone."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import REGISTRY

        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


@dataclass(frozen=True)
class _Counts(Collector):
    """What waits or failed for good, counted in the database at each look; without a database only that it is away."""

    db: Database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with self.db.anonymous() as connection:
                counts = connection.exec_driver_sql("SELECT operation_counts_v1()").scalar_one()
                behind = connection.exec_driver_sql(
                    "SELECT waiting, oldest_s FROM covering_behind_v1()"
                ).one()
        except SQLAlchemyError:
            counts = None
        yield GaugeMetricFamily("frontage_database_up", "Whether the database answers", counts is not None)
        if counts is None:
            return
        jobs = GaugeMetricFamily("frontage_jobs", "Jobs that are not done", labels=["task", "state"])
        for task, state, count in counts["jobs"]:
            jobs.add_metric([task, state], count)
        deliveries = GaugeMetricFamily(
            "frontage_notice_deliveries", "Notices that wait or were given up", labels=["kind", "state"]
        )
        for kind, state, count in counts["deliveries"]:
            deliveries.add_metric([kind, state], count)
        waiting, oldest_s = counts["handovers"]
        yield from (jobs, deliveries)
        yield GaugeMetricFamily("frontage_handovers_unaccepted", "Cases handed over, not accepted", waiting)
        yield GaugeMetricFamily("frontage_handover_oldest_seconds", "Age of the oldest of them", oldest_s)
        yield GaugeMetricFamily(
            "frontage_covering_waiting", "Batches and marks not yet covered", behind.waiting
        )
        yield GaugeMetricFamily(
            "frontage_covering_behind_seconds", "Age of the oldest of them", behind.oldest_s
        )


def _counted(db: Database) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Counts(db))
    return registry
