"""HTTP words of liability letters: signed at the door, counted by street, printed."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from server.access import allow, everyone, principal
from server.contract import API, PDF, answers, json_response, pdf_response
from server.documents import letters, reading
from server.documents.desk import SERVERS, Desk
from server.documents.letters import LetterPress
from server.documents.wire import (
    DocumentOut,
    DoorList,
    DoorsQuery,
    LetterCoverage,
    LetterIn,
    LetterPath,
    LettersQuery,
    PrintQuery,
    StreetList,
    StreetsQuery,
)
from server.problems.attachments import AttachmentMissing
from server.problems.documents import DocumentConflict, LettersTooMany
from server.problems.exports import CaseFileLimit
from server.problems.request import CursorRefused, NotFound
from server.problems.rulebooks import RulebookMissing

TAG = Tag(
    name="责任书 letters",
    description="门前三包责任书:签订、各街道签订率、打印。Liability letters: signing, shares by street, printing.",
)


def letter_routes(desk: Desk, press: LetterPress) -> APIBlueprint:
    """Routes of letters."""
    api = APIBlueprint("letters", __name__, url_prefix=API, abp_tags=[TAG], abp_security=[{"bearer": []}])

    @api.put(
        "/letters/<uuid:letter_id>",
        summary="登记责任书 Keep a letter as it was signed, or refused; sending it again changes nothing",
        responses=answers(
            {200: DocumentOut, 201: DocumentOut},
            NotFound,
            DocumentConflict,
            AttachmentMissing,
            RulebookMissing,
        ),
    )
    @allow(*SERVERS, "checker", "officer")
    def put_letter(path: LetterPath, body: LetterIn) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            created = letters.record(connection, desk.serving, path.letter_id, body, at=desk.clock())
            told = reading.fetch_document(connection, path.letter_id, desk.today())
            return json_response(told, 201 if created else 200)

    @api.get(
        "/coverage/letters",
        summary="责任书签订率 How many frontages of a street have a signed letter, and those that have none",
        responses=answers({200: LetterCoverage}, CursorRefused),
    )
    @everyone
    def letter_coverage(query: LettersQuery) -> Response:
        day = query.on or desk.today()
        return desk.told(lambda connection: letters.coverage(connection, query, principal(), day))

    @api.get(
        "/coverage/letters/streets",
        summary="各街道签订率 The same by street, the least signed first",
        responses=answers({200: StreetList}),
    )
    @everyone
    def letter_streets(query: StreetsQuery) -> Response:
        day = query.on or desk.today()
        return desk.told(lambda connection: letters.streets(connection, query.township, principal(), day))

    @api.get(
        "/letters/doors",
        summary="各家门前 Who answers at the doors of a square, and whether their letter is signed",
        responses=answers({200: DoorList}, CursorRefused),
    )
    @everyone
    def list_doors(query: DoorsQuery) -> Response:
        on = query.on or desk.today()
        with desk.db.transaction(principal().claim) as (connection, _):
            return json_response(letters.doors(connection, query, on))

    @api.get(
        "/letters/print.pdf",
        summary="打印责任书 Letters to sign, of a subject or of a street, one a page",
        responses=answers({200: PDF}, NotFound, LettersTooMany, CaseFileLimit),
    )
    @everyone
    def print_letters(query: PrintQuery) -> Response:
        with desk.db.transaction(principal().claim) as (connection, _):
            told = press.read(connection, query, query.on or desk.today())
        return pdf_response(press.set(told), "letters")

    return api
