"""The OpenAPI document: valid, whole, and true of what every route really answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import Engine

from server import access
from tests import factories
from tests.factories import JINSHA
from tests.server.assessment.promised import check_assessment
from tests.server.cases.promised import check_cases
from tests.server.cases.promised_times import check_times
from tests.server.complaints.promised import check_complaints
from tests.server.documents.promised import check_documents
from tests.server.enforcement.promised import check_enforcement
from tests.server.leniency.promised import check_leniency
from tests.server.litigation.promised import check_litigation
from tests.server.notices.promised import check_notices
from tests.server.openness.promised import check_openness
from tests.server.patrol.promised_campaigns import check_campaigns
from tests.server.patrol.promised_coverage import check_coverage
from tests.server.patrol.promised_duty import check_duty
from tests.server.patrol.promised_keeping import check_keeping
from tests.server.patrol.promised_law_cards import check_law_cards
from tests.server.patrol.promised_live import check_live
from tests.server.patrol.promised_positions import check_positions
from tests.server.patrol.promised_rebuilds import check_rebuilds
from tests.server.patrol.promised_sent_rounds import check_sent_rounds
from tests.server.patrol.promised_trackers import check_trackers
from tests.server.patrol.promised_tracks import check_tracks
from tests.server.people.promised import check_people
from tests.server.places.dated_calls import check_dated
from tests.server.places.import_answers import check_imports
from tests.server.places.promised import check_edits, read_addresses
from tests.server.places.rule_calls import check_rules
from tests.server.promised_operation import check_operation
from tests.server.ratings.promised import check_ratings
from tests.server.records.promised import check_records
from tests.server.rulebooks.promised import check_rulebooks
from tests.server.subjects.promised import check_subjects
from tests.server.world import Place, SignIn, make_two_places, send_report

API = "/api/v1"
PROBLEM = "application/problem+json"


@pytest.fixture
def documented() -> bool:
    return True


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    """The document as it is served."""
    answer = client.get(f"{API}/openapi.json")
    assert answer.status_code == 200
    made: dict[str, Any] = answer.get_json()
    return made


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from keys(child)
    elif isinstance(value, list):
        for child in value:
            yield from keys(child)


def test_the_document_is_valid_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_reference_leads_to_a_schema_and_every_schema_is_led_to(described: dict[str, Any]) -> None:
    named = {reference.removeprefix("#/components/schemas/") for reference in references(described)}
    assert named == set(described["components"]["schemas"])


def test_every_schema_is_a_valid_json_schema(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_nothing_of_how_the_document_is_made_is_left_in_it(described: dict[str, Any]) -> None:
    assert [key for key in keys(described) if key.startswith("x-") or key == "$defs"] == []


def test_every_route_of_the_api_is_described_and_nothing_else(
    app: OpenAPI, described: dict[str, Any]
) -> None:
    pages = ("/docs", "/openapi.json")
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API) and not rule.rule.removeprefix(API).startswith(pages)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(described)} == served


def test_every_operation_has_a_name_of_its_own_a_summary_in_both_languages_and_a_tag(
    described: dict[str, Any],
) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in described["tags"]}
    for path, method, operation in operations(described):
        assert re.search(r"[\u4e00-\u9fff].*[A-Za-z]", operation["summary"]), (method, path)
        assert set(operation["tags"]) <= tags, (method, path)


def test_what_a_reader_is_told_of_parameters_and_fields_is_told_in_chinese_too(
    described: dict[str, Any],
) -> None:
    told = [tag["description"] for tag in described["tags"]]
    for _, _, operation in operations(described):
        told += [one["description"] for one in operation.get("parameters", []) if "description" in one]
    for schema in described["components"]["schemas"].values():
        fields = schema.get("properties", {}).values()
        told += [field["description"] for field in fields if "description" in field]
    assert len(told) > 40
    assert [one for one in told if not re.search(r"[\u4e00-\u9fff].*[A-Za-z]", one)] == []


def test_what_access_declares_is_what_the_document_says(app: OpenAPI, described: dict[str, Any]) -> None:
    for rule in app.url_map.iter_rules():
        item = described["paths"].get(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), {})
        for method in (rule.methods or set()) & {verb.upper() for verb in item}:
            operation = item[method.lower()]
            roles = access.declared(app.view_functions[rule.endpoint]) or frozenset()
            signed_in = operation["security"] == [{"bearer": []}]
            assert signed_in == bool(roles), rule
            # A personal token may be for reading only, or not be enough.
            limited = roles != frozenset(access.ROLES) or method not in access.READING
            limited = limited or access.needs_session(app.view_functions[rule.endpoint])
            assert ("403" in operation["responses"]) == (signed_in and limited), rule
            if signed_in:
                assert "401" in operation["responses"], rule


def test_every_error_is_a_problem_with_its_codes(described: dict[str, Any]) -> None:
    for path, method, operation in operations(described):
        for status, answer in operation["responses"].items():
            if status < "400":
                continue
            assert list(answer["content"]) == [PROBLEM], (method, path, status)
            assert answer["content"][PROBLEM]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert re.search(r"- `[a-z_]+` [\u4e00-\u9fff]", answer["description"]), (method, path, status)


@pytest.mark.parametrize(
    "operation_id, statuses",
    [
        ("put_report", "200 201 400 401 403 404 409 413 415 422 500 503 507"),
        ("put_photo", "200 201 400 401 403 404 413 422 500 503 507"),
        ("sign_in", "200 400 401 409 413 422 429 500 503 507"),
        ("get_photo", "200 401 404 422 500 503"),
        ("list_inbox", "200 400 401 422 500 503"),
        ("get_keys", "200 500 503"),
    ],
)
def test_an_operation_documents_exactly_these_statuses(
    described: dict[str, Any], operation_id: str, statuses: str
) -> None:
    (found,) = [op for _, _, op in operations(described) if op["operationId"] == operation_id]
    assert " ".join(found["responses"]) == statuses


def test_a_report_may_be_sent_as_json_or_as_parts(described: dict[str, Any]) -> None:
    body = described["paths"][f"{API}/reports/{{report_id}}"]["put"]["requestBody"]
    assert body["required"] is True
    assert list(body["content"]) == ["application/json", "multipart/form-data"]
    report = {"$ref": "#/components/schemas/Report"}
    assert body["content"]["application/json"]["schema"] == report
    parts = body["content"]["multipart/form-data"]
    assert parts["schema"]["properties"]["report"] == report
    assert parts["schema"]["required"] == ["report"]
    assert parts["schema"]["properties"]["photo"]["items"] == {"type": "string", "format": "binary"}
    assert parts["encoding"]["report"]["contentType"] == "application/json"
    assert "image/heic" in parts["encoding"]["photo"]["contentType"]


def test_the_schema_of_a_report_takes_and_refuses_what_the_server_does(
    described: dict[str, Any], client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    validator = schema_of(described, {"$ref": "#/components/schemas/Report"})
    factories.make_organisations(owner)
    headers = sign_in("officer")
    good = factories.report_json()
    position = good["position"]
    bad = [
        {**good, "colour": "red"},
        {**good, "position": {**position, "lat": 95}},
        {**good, "position": {**position, "datum": "nad27"}},
        {**good, "position": {key: value for key, value in position.items() if key != "accuracy_m"}},
        {**good, "position": {**position, "accuracy_m": -1}},
        {**good, "position": {**position, "lon": "121.07"}},
        {**good, "photos": [{"sha256": "not a digest", "role": "scene"}]},
        {**good, "category": ""},
        {key: value for key, value in good.items() if key != "captured_at"},
    ]
    assert validator.is_valid(good)
    assert client.put(f"{API}/reports/{uuid4()}", json=good, headers=headers).status_code == 201
    for report in bad:
        assert not validator.is_valid(report), report
        assert client.put(f"{API}/reports/{uuid4()}", json=report, headers=headers).status_code == 422, report


# --- What routes really answer ------------------------------------------------------------------------------


def schema_of(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": described["components"]}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check_answer(described: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """An answer as the document promises it: status, media type, schema, headers."""
    operation = described["paths"][API + path][method]
    documented = operation["responses"].get(str(answer.status_code))
    assert documented is not None, f"{method} {path} answers {answer.status_code}: {answer.text[:300]}"
    content = documented.get("content", {})
    if not content:
        assert answer.data == b""
        return
    assert answer.mimetype in content, f"{method} {path} sends {answer.mimetype}"
    for name in documented.get("headers", {}):
        assert name in answer.headers, f"{method} {path} lacks {name}"
    if "json" in answer.mimetype:
        validator = schema_of(described, content[answer.mimetype]["schema"])
        assert [error.message for error in validator.iter_errors(answer.json)] == [], f"{method} {path}"


def calls(place: Place) -> list[tuple[str, str, str, int]]:
    """Every operation that answers a signed-in call without a body: path, address, method, status."""
    report = {"report_id": str(place.report_id), "sha256": place.sha256}
    addresses = [
        ("/me", 200),
        ("/reports?limit=1", 200),
        ("/reports/{report_id}", 200),
        ("/reports/{report_id}/receipt", 200),
        ("/reports/{report_id}/photos/{sha256}", 200),
        ("/reports/{report_id}/photos/{sha256}/thumbnail", 404),
        ("/tiles/{layer}.json", 200),
        ("/tiles/{layer}/{z}/{x}/{y}.mvt", 200),
        ("/tiles/{layer}/{z}/{x}/{y}.mvt?datum=none", 422),
        ("/zones/{kind}", 200),
        ("/match?lon=121.07&lat=32.07&accuracy_m=4&bearing_deg=20&category=goods_on_pavement", 200),
        ("/match?lon=121.5&lat=32.9", 200),
        ("/categories", 200),
        ("/parking", 200),
        ("/parking/gaps", 200),
        ("/parking/gaps/totals", 200),
        ("/service-points/nearest?lon=121.07&lat=32.07", 200),
        ("/cells/code-template", 404),
        ("/cases", 200),
        ("/cases?q=门前&due_within_h=4&ambiguous=false", 200),
        ("/cases?cursor=nonsense", 400),
        ("/cases/counts", 200),
        ("/cases/counts?soon_h=0", 422),
        ("/cases/places", 200),
        ("/bodies", 200),
        ("/cases/{number}", 200),
        ("/cases/{number}/history", 200),
        ("/cases/{number}/bundle", 200),
        ("/cases/{number}/file.pdf", 200),
        ("/reports/{report_id}/photos/{sha256}/copy", 200),
        ("/cases/{number}/complaints", 200),
        ("/cases/{number}/duplicates", 200),
        ("/position-looks", 200),
        ("/inbox", 200),
        ("/changes", 200),
        ("/changes?after=now&limit=1", 200),
        ("/changes?after=soon", 400),
        ("/changes?after=999999", 410),
        ("/stream", 200),
        ("/stream?after=0", 200),
        ("/stream?after=999999", 410),
        ("/keys", 200),
        ("/themes?from=2026-01-01&to=2026-12-31", 200),
        ("/reports?cursor=nonsense", 400),
        ("/reports?limit=0", 422),
        ("/match?lon=abc&lat=1", 422),
        ("/zones/{kind}?at=9999-12-31T23:59:59Z", 422),
    ]
    tile = {"layer": "township", "z": "10", "x": "856", "y": "415"}
    values = {**report, **tile, "kind": "frontage", "number": place.case_number}
    return [
        (address.partition("?")[0], API + address.format_map(values), "get", status)
        for address, status in addresses
    ] + list(read_addresses(place))


def test_every_answer_is_what_the_document_promises(
    described: dict[str, Any], client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    headers = sign_in("handler", organisation=JINSHA)
    seen = set()
    for path, address, method, status in calls(place):
        answer = client.open(address, method=method.upper(), headers=headers)
        assert answer.status_code == status, f"{address}: {answer.text[:300]}"
        check_answer(described, path, method, answer)
        seen.add((path, method))
    seen |= {(path, method) for path, method in check_writing(described, client, sign_in, owner, place)}
    seen |= set(check_edits(described, check_answer, client, sign_in, owner, place))
    seen |= set(check_operation(described, check_answer, client, sign_in))
    seen |= set(check_rules(described, check_answer, client, sign_in))
    seen |= set(check_rulebooks(described, check_answer, client, sign_in))
    seen |= set(check_litigation(described, check_answer, client, sign_in, owner))
    seen |= set(check_subjects(described, check_answer, client, sign_in, owner, place))
    seen |= set(check_enforcement(described, check_answer, client, owner, sign_in, place))
    seen |= set(check_ratings(described, check_answer, client, sign_in, owner))
    seen |= set(check_leniency(described, check_answer, client, sign_in, owner))
    seen |= set(check_dated(described, check_answer, client, sign_in))
    seen |= set(check_times(described, check_answer, client, sign_in, place))
    seen |= set(check_cases(described, check_answer, client, sign_in, place))
    seen |= set(check_complaints(described, check_answer, client, sign_in, place))
    seen |= set(check_imports(described, check_answer, client, sign_in))
    seen |= set(check_notices(described, check_answer, client, sign_in, place))
    seen |= set(check_duty(described, check_answer, client, sign_in, place))
    seen |= set(check_live(described, check_answer, client, sign_in, owner))
    seen |= set(check_positions(described, check_answer, client, sign_in, owner))
    seen |= set(check_trackers(described, check_answer, client, sign_in))
    seen |= set(check_campaigns(described, check_answer, client, sign_in, place))
    seen |= set(check_law_cards(described, check_answer, client, sign_in))
    seen |= set(check_tracks(described, check_answer, client, sign_in, owner))
    seen |= set(check_keeping(described, check_answer, client, sign_in))
    seen |= set(check_sent_rounds(described, check_answer, client, sign_in, owner))
    seen |= set(check_coverage(described, check_answer, client, sign_in, owner))
    seen |= set(check_rebuilds(described, check_answer, client, sign_in))
    seen |= set(check_people(described, check_answer, client, sign_in, owner))
    seen |= set(check_assessment(described, check_answer, client, sign_in, owner))
    seen |= set(check_records(described, check_answer, client, sign_in, owner))
    seen |= set(check_documents(described, check_answer, client, sign_in, owner))
    # Behind enforcement: its items hold from an earlier day.
    seen |= set(check_openness(described, check_answer, client, sign_in, owner, place))
    assert {(API + path, method) for path, method in seen} == {(p, m) for p, m, _ in operations(described)}


def check_writing(
    described: dict[str, Any], client: FlaskClient, sign_in: SignIn, owner: Engine, place: Place
) -> Iterator[tuple[str, str]]:
    """The operations that change something, each with what it gives and with what it refuses."""
    account = factories.make_account(owner, role="handler", organisation=JINSHA)
    right = {"username": account.username, "password": factories.PASSWORD}
    for body, status in [(right, 200), ({**right, "password": "wrong"}, 401), ({"username": "x"}, 422)]:
        answer = client.post(f"{API}/auth/login", json=body)
        assert answer.status_code == status
        check_answer(described, "/auth/login", "post", answer)
    yield "/auth/login", "post"

    tokens = client.post(f"{API}/auth/login", json=right).get_json()
    renew = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    # Once, once more as if the answer had been lost, and never again.
    for status in (200, 200, 401):
        answer = client.post(f"{API}/auth/refresh", headers=renew)
        assert answer.status_code == status
        check_answer(described, "/auth/refresh", "post", answer)
    yield "/auth/refresh", "post"

    answer = client.post(f"{API}/auth/logout", headers=sign_in(account.username))
    assert answer.status_code == 204
    check_answer(described, "/auth/logout", "post", answer)
    yield "/auth/logout", "post"

    answer = client.post(f"{API}/stream/tickets", headers=sign_in(account.username))
    assert answer.status_code == 200
    check_answer(described, "/stream/tickets", "post", answer)
    yield "/stream/tickets", "post"

    headers, report_id = sign_in(place.officer), uuid4()
    photos = [factories.photo_bytes(seed=seed) for seed in (11, 12)]
    odd = {"bearing_deg": 33.0, "mock": True, "source": "manual"}
    report = factories.report_json(photos=photos, position=odd, accuracy_m=80.0, category="unheard of")
    path = "/reports/{report_id}"
    for sent, status in [(report, 201), (report, 200), ({**report, "note": "other"}, 409), ({}, 422)]:
        answer = send_report(client, headers, report_id, sent, photos[0])
        assert answer.status_code == status, answer.text
        check_answer(described, path, "put", answer)
    answer = client.put(
        f"{API}{path}".format(report_id=report_id), data=b"<r/>", content_type="text/xml", headers=headers
    )
    assert answer.status_code == 415
    check_answer(described, path, "put", answer)
    yield path, "put"

    path = "/reports/{report_id}/photos/{sha256}"
    digest = report["photos"][1]["sha256"]
    for photo, status in [(b"no photo", 422), (photos[1], 201), (photos[1], 200)]:
        answer = client.put(f"{API}/reports/{report_id}/photos/{digest}", data=photo, headers=headers)
        assert answer.status_code == status, answer.text
        check_answer(described, path, "put", answer)
    yield path, "put"
