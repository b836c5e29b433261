"""HTTP words of documents, their service, consents to it, and what is to be served on paper."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from sqlalchemy import Connection

from server.access import allow, everyone, principal
from server.contract import API, PDF, answers, json_response, pdf_response
from server.documents import consents, reading
from server.documents.desk import SERVERS, Desk
from server.documents.making import case_id, kind_wanted, make, subject_id
from server.documents.serving import Attempt
from server.documents.wire import (
    ConsentIn,
    ConsentList,
    ConsentPath,
    ConsentsPath,
    DocumentIn,
    DocumentList,
    DocumentOut,
    DocumentPath,
    DocumentsQuery,
    ServiceIn,
    ServicePath,
    TaskList,
    TasksQuery,
    WithdrawalIn,
)
from server.problems.attachments import AttachmentMissing
from server.problems.documents import (
    DocumentConflict,
    DocumentKindElsewhere,
    ServiceConsentMissing,
    ServiceGatewayMissing,
)
from server.problems.exports import CaseFileLimit
from server.problems.request import CursorRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="文书 documents",
    description="文书一经制作不再改动;送达逐次留痕。Papers never change once made; every attempt to serve one is kept.",
)


def document_routes(desk: Desk) -> APIBlueprint:
    """Routes of documents."""
    api = APIBlueprint("documents", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])
    _documents(api, desk)
    _services(api, desk)
    _consents(api, desk)
    return api


def _documents(api: APIBlueprint, desk: Desk) -> None:
    @api.get(
        "/documents",
        summary="文书列表 Documents, newest first",
        responses=answers({200: DocumentList}, CursorRefused),
    )
    @everyone
    def list_documents(query: DocumentsQuery) -> Response:
        return desk.told(lambda connection: reading.list_documents(connection, query, desk.today()))

    @api.get(
        "/documents/<uuid:document_id>",
        summary="一份文书 One document with how it was served",
        responses=answers({200: DocumentOut}, NotFound),
    )
    @everyone
    def get_document(path: DocumentPath) -> Response:
        return desk.told(
            lambda connection: reading.fetch_document(connection, path.document_id, desk.today())
        )

    @api.get(
        "/documents/<uuid:document_id>/paper.pdf",
        summary="打印文书 A document of any kind as it was made, to be printed",
        responses=answers({200: PDF}, NotFound, CaseFileLimit),
    )
    @everyone
    def print_document(path: DocumentPath) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            paper = desk.press.read(connection, path.document_id)
        return pdf_response(desk.press.set(paper), paper.code)

    @api.put(
        "/documents/<uuid:document_id>",
        summary="制作文书 Make a document out; sending it again changes nothing",
        responses=answers(
            {200: DocumentOut},
            NotFound,
            DocumentConflict,
            DocumentKindElsewhere,
            RulebookMissing,
            AttachmentMissing,
        ),
    )
    @allow(*SERVERS)
    def put_document(path: DocumentPath, body: DocumentIn) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            made = make(
                connection,
                kind=kind_wanted(connection, body.kind, desk.today()),
                title=body.title,
                content={"text": body.text} if body.text else {},
                subject_id=subject_id(connection, body.subject) if body.subject else None,
                case_id=case_id(connection, body.case) if body.case else None,
                attachments=body.attachments,
                replaces=body.replaces,
                document_id=path.document_id,
                at=desk.clock(),
            )
            return json_response(reading.fetch_document(connection, made, desk.today()))


def _services(api: APIBlueprint, desk: Desk) -> None:
    @api.put(
        "/documents/<uuid:document_id>/services/<uuid:attempt_id>",
        summary="送达 Serve a document, or note that somebody did; sending it again changes nothing",
        responses=answers(
            {200: DocumentOut, 201: DocumentOut},
            NotFound,
            DocumentConflict,
            AttachmentMissing,
            RulebookMissing,
            ServiceConsentMissing,
            ServiceGatewayMissing,
        ),
    )
    @allow(*SERVERS)
    def put_service(path: ServicePath, body: ServiceIn) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            created = desk.serving.serve(
                connection, path.document_id, path.attempt_id, Attempt(**vars(body)), at=desk.clock()
            )
            told = reading.fetch_document(connection, path.document_id, desk.today())
            return json_response(told, 201 if created else 200)

    @api.get(
        "/service-tasks",
        summary="待纸质送达 What is to be served on paper, the most urgent first",
        responses=answers({200: TaskList}, CursorRefused),
    )
    @allow(*SERVERS)
    def list_service_tasks(query: TasksQuery) -> Response:
        return desk.told(lambda connection: reading.list_tasks(connection, query, desk.clock(), desk.today()))


def _consents(api: APIBlueprint, desk: Desk) -> None:
    def listed(connection: Connection, code: str) -> dict[str, Any]:
        items = consents.list_consents(connection, code, desk.today())
        return {"items": items, "gateways": sorted(desk.serving.gateways), "next": None}

    @api.get(
        "/subjects/<code>/service-consents",
        summary="送达地址确认书 Consents of a subject to electronic service, newest first",
        responses=answers({200: ConsentList}, NotFound),
    )
    @allow(*SERVERS)
    def list_service_consents(path: ConsentsPath) -> Response:
        return desk.told(lambda connection: listed(connection, path.code))

    @api.put(
        "/subjects/<code>/service-consents/<uuid:consent_id>",
        summary="登记送达地址确认书 Keep a signed consent; sending it again changes nothing",
        responses=answers({200: ConsentList}, NotFound, DocumentConflict, AttachmentMissing),
    )
    @allow(*SERVERS)
    def put_service_consent(path: ConsentPath, body: ConsentIn) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            consents.give(connection, path.code, path.consent_id, body, at=desk.clock())
            return json_response(listed(connection, path.code))

    @api.post(
        "/subjects/<code>/service-consents/<uuid:consent_id>/withdraw",
        summary="撤回确认书 A consent holds no more",
        responses=answers({200: ConsentList}, NotFound),
    )
    @allow(*SERVERS)
    def withdraw_service_consent(path: ConsentPath, body: WithdrawalIn) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            consents.withdraw(connection, path.code, path.consent_id, body.reason, at=desk.clock())
            return json_response(listed(connection, path.code))
