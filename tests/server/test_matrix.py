"""Who gets what: every route x role x organisation x token against one table, and what the database itself shows.

A route that stands in no row of the table fails; what one may not see is as if it did not exist, wherever one looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from flask_jwt_extended import create_access_token
from flask_openapi3 import OpenAPI
from sqlalchemy import Connection, Engine, text

from server.access import DIRECTING_ROLES, FIELD_ROLES, ROLES
from server.assessment.indicators import sample_set
from server.leniency.routes import DECIDING, LOOKING
from server.ratings.routes import APPEALING, ENTERING
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN
from tests.server.complaints.calls import complaint_json
from tests.server.leniency.promised import DECISION
from tests.server.litigation.promised import ENTRY, NOWHERE
from tests.server.openness.promised import NO_DECISION
from tests.server.patrol.promised_campaigns import CAMPAIGN
from tests.server.patrol.promised_law_cards import LAW_CARDS
from tests.server.patrol.promised_live import ASSIST
from tests.server.patrol.promised_sent_rounds import round_json
from tests.server.patrol.walks import fix
from tests.server.ratings.promised import APPEAL, SCORE
from tests.server.rulebooks.promised import LEGAL_TEXTS
from tests.server.world import Place, SignIn, cover, make_two_places

API = "/api/v1"
PUBLIC: frozenset[str] = frozenset()
ALL = frozenset(ROLES)
FIELD = frozenset(FIELD_ROLES)
RULERS = frozenset({"admin", "dispatcher"})
EDITORS = frozenset({"admin", "zone_manager"})
INTAKE = frozenset({"intake"})
LAWYERS = frozenset({"admin", "reviewer"})
REGISTRARS = frozenset({"admin", "dispatcher", "handler", "zone_manager"})
INDICATORS = sample_set().model_dump(mode="json")
LAW = frozenset({"admin", "reviewer"})
COURT = frozenset({"admin", "dispatcher", "handler", "reviewer", "zone_manager"})
ENFORCERS = frozenset({"handler", "officer"})
CERTIFIED = frozenset({"admin", "dispatcher", "handler", "officer", "reviewer", "zone_manager"})
ENFORCEMENT = CERTIFIED | {"checker"}
DRAFTERS = frozenset({"admin", "handler", "reviewer", "zone_manager"})
PUBLICATION = f"{API}/openness/publications/<uuid:publication_id>"
DRAWERS = frozenset({"checker", "zone_manager"})
SERVERS = frozenset({"admin", "dispatcher", "handler", "reviewer", "zone_manager"})
ACTING = frozenset({"acceptor", "dispatcher", "handler", "checker"})


@dataclass(frozen=True)
class Row:
    """What one route answers.

    Attributes:
        roles: who may call it; nobody in particular means everybody, without a token.
        status: for whom it is meant, when it is about something they may see.
        hidden: for whom it is meant, when it is about something of Jinsha that they may not see.
        district: only those of these roles who belong to the district itself.
    """

    roles: frozenset[str]
    status: int
    hidden: int | None = None
    district: bool = False


TABLE: Mapping[tuple[str, str], Row] = {
    ("GET", "/"): Row(PUBLIC, 200),
    ("GET", "/healthz"): Row(PUBLIC, 200),
    ("GET", "/readyz"): Row(PUBLIC, 200),
    ("GET", "/metrics"): Row(PUBLIC, 200),
    ("GET", "/app/"): Row(PUBLIC, 200),
    ("GET", "/app/<path:name>"): Row(PUBLIC, 200),
    ("GET", "/phones"): Row(PUBLIC, 200),
    ("GET", "/phones/authority.crt"): Row(PUBLIC, 404),
    ("GET", f"{API}/openapi.json"): Row(PUBLIC, 200),
    ("GET", f"{API}/docs"): Row(PUBLIC, 200),
    ("GET", f"{API}/docs/static/<path:name>"): Row(PUBLIC, 200),
    ("GET", f"{API}/docs/swagger/<path:name>"): Row(PUBLIC, 200),
    ("GET", f"{API}/keys"): Row(PUBLIC, 200),
    ("POST", f"{API}/auth/login"): Row(PUBLIC, 200),
    # Public to the access check, and it takes refresh tokens only: no access token opens it.
    ("POST", f"{API}/auth/refresh"): Row(PUBLIC, 401),
    # Without a body.
    ("POST", f"{API}/auth/password"): Row(PUBLIC, 422),
    ("POST", f"{API}/auth/logout"): Row(ALL, 204),
    ("GET", f"{API}/me"): Row(ALL, 200),
    ("GET", f"{API}/categories"): Row(ALL, 200),
    ("GET", f"{API}/categories/sets"): Row(ALL, 200),
    # Of a list that is not there, and without one.
    ("GET", f"{API}/categories/sets/<int:category_set_id>"): Row(ALL, 404),
    ("GET", f"{API}/categories/sets/<int:category_set_id>/trial"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/categories/drafts"): Row(EDITORS, 415, district=True),
    ("POST", f"{API}/categories/drafts/<int:category_set_id>/activate"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/categories/sets/<int:category_set_id>/withdraw"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/zones/<zone:kind>"): Row(ALL, 200),
    ("GET", f"{API}/zones/<zone:kind>/<zone:code>"): Row(ALL, 200),
    ("GET", f"{API}/zones/<zone:kind>/<zone:code>/versions"): Row(ALL, 200),
    ("GET", f"{API}/zones/<kind>/changes"): Row(ALL, 200),
    # Edits without a body; whose zones one may edit is in tests/server/places/test_editing.py.
    ("POST", f"{API}/zones/<zone:kind>"): Row(EDITORS, 422),
    ("POST", f"{API}/zones/<kind>/merge"): Row(EDITORS, 422),
    ("GET", f"{API}/zones/<kind>/newest"): Row(ALL, 200),
    ("GET", f"{API}/zones/<kind>/days"): Row(ALL, 200),
    ("POST", f"{API}/zones/<kind>/border"): Row(EDITORS, 422),
    ("POST", f"{API}/zones/<kind>/trial"): Row(EDITORS, 422),
    ("PATCH", f"{API}/zones/<zone:kind>/<zone:code>"): Row(EDITORS, 422),
    ("POST", f"{API}/zones/<zone:kind>/<zone:code>/split"): Row(EDITORS, 422),
    ("POST", f"{API}/zones/<zone:kind>/<zone:code>/close"): Row(EDITORS, 422),
    ("GET", f"{API}/zone-edits"): Row(ALL, 200),
    ("GET", f"{API}/zone-edits/<uuid:edit_id>"): Row(ALL, 200, hidden=404),
    ("POST", f"{API}/zone-edits/<uuid:edit_id>/undo"): Row(EDITORS, 422),
    ("POST", f"{API}/rematches"): Row(EDITORS, 422),
    ("GET", f"{API}/rematches"): Row(ALL, 200),
    ("GET", f"{API}/rematches/<uuid:rematch_id>"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/rematches/<uuid:rematch_id>/moves"): Row(ALL, 200, hidden=404),
    ("POST", f"{API}/rematches/<uuid:rematch_id>/run"): Row(EDITORS, 202, hidden=404),
    ("GET", f"{API}/match"): Row(ALL, 200),
    ("GET", f"{API}/parking"): Row(ALL, 200),
    ("GET", f"{API}/parking/gaps"): Row(ALL, 200),
    ("GET", f"{API}/parking/gaps/totals"): Row(ALL, 200),
    ("GET", f"{API}/service-points/nearest"): Row(ALL, 200),
    # No template is in force until one is imported.
    ("GET", f"{API}/cells/code-template"): Row(ALL, 404),
    ("GET", f"{API}/reports"): Row(ALL, 200),
    ("GET", f"{API}/reports/<uuid:report_id>"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/reports/<uuid:report_id>/receipt"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/reports/<uuid:report_id>/photos/<sha256>"): Row(ALL, 200, hidden=404),
    # No worker runs here, so none is made.
    ("GET", f"{API}/reports/<uuid:report_id>/photos/<sha256>/thumbnail"): Row(ALL, 404, hidden=404),
    ("PUT", f"{API}/reports/<uuid:report_id>"): Row(FIELD, 201),
    # Without a body; who may file which form says the form.
    ("PUT", f"{API}/records/<uuid:record_id>"): Row(ALL, 422),
    ("POST", f"{API}/records/trial"): Row(ALL, 422),
    ("GET", f"{API}/records"): Row(ALL, 200),
    ("GET", f"{API}/records/<uuid:record_id>"): Row(ALL, 404),
    ("GET", f"{API}/records.csv"): Row(ALL, 422),
    ("GET", f"{API}/records.xlsx"): Row(ALL, 422),
    ("GET", f"{API}/records/ranking"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/records/heads"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/records/heads.xlsx"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/records/missed"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/listening/grid"): Row(ALL, 422),
    # Of papers that are not there, and without a body; what each role reads of them is in tests/practices.
    ("GET", f"{API}/documents"): Row(ALL, 200),
    ("GET", f"{API}/documents/<uuid:document_id>"): Row(ALL, 404),
    ("GET", f"{API}/documents/<uuid:document_id>/paper.pdf"): Row(ALL, 404),
    ("PUT", f"{API}/documents/<uuid:document_id>"): Row(SERVERS, 422),
    ("PUT", f"{API}/documents/<uuid:document_id>/services/<uuid:attempt_id>"): Row(SERVERS, 422),
    ("GET", f"{API}/service-tasks"): Row(SERVERS, 200),
    ("GET", f"{API}/subjects/<code>/service-consents"): Row(SERVERS, 404),
    ("PUT", f"{API}/subjects/<code>/service-consents/<uuid:consent_id>"): Row(SERVERS, 422),
    ("POST", f"{API}/subjects/<code>/service-consents/<uuid:consent_id>/withdraw"): Row(SERVERS, 404),
    ("PUT", f"{API}/letters/<uuid:letter_id>"): Row(SERVERS | {"officer", "checker"}, 422),
    ("GET", f"{API}/coverage/letters"): Row(ALL, 200),
    ("GET", f"{API}/coverage/letters/streets"): Row(ALL, 200),
    ("GET", f"{API}/letters/doors"): Row(ALL, 200),
    # Neither of a subject nor of a street.
    ("GET", f"{API}/letters/print.pdf"): Row(ALL, 422),
    # Bytes of nobody's attachment (tests/server/documents).
    ("PUT", f"{API}/attachments/<sha256>"): Row(ALL, 422),
    ("GET", f"{API}/attachments/<sha256>"): Row(ALL, 404),
    ("GET", f"{API}/attachments/<sha256>/thumbnail"): Row(ALL, 404),
    # Only who sent a report may add to it, and that is none of those asked here.
    ("PUT", f"{API}/reports/<uuid:report_id>/photos/<sha256>"): Row(FIELD, 404),
    # Without a period.
    ("GET", f"{API}/themes"): Row(ALL, 422),
    ("GET", f"{API}/cases"): Row(ALL, 200),
    ("GET", f"{API}/cases/counts"): Row(ALL, 200),
    ("GET", f"{API}/cases/places"): Row(ALL, 200),
    ("GET", f"{API}/bodies"): Row(ALL, 200),
    ("GET", f"{API}/cases/<number>"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/cases/<number>/history"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/cases/<number>/bundle"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/cases/<number>/file.pdf"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/reports/<uuid:report_id>/photos/<sha256>/copy"): Row(ALL, 200, hidden=404),
    # Nobody closes a case that was only just opened; without items, of nobody's case.
    ("POST", f"{API}/cases/<number>/actions/<action>"): Row(ACTING, 409, hidden=404),
    ("POST", f"{API}/cases/actions/<action>"): Row(ACTING, 422),
    ("GET", f"{API}/tiles/<layer>.json"): Row(ALL, 200),
    ("GET", f"{API}/tiles/<layer>/<z>/<x>/<y>.mvt"): Row(ALL, 200),
    # Without a file, and of an import that is not there: the layer is the district's.
    ("POST", f"{API}/zones/<kind>/imports"): Row(frozenset({"admin", "zone_manager"}), 415, district=True),
    ("GET", f"{API}/zones/imports/<uuid:import_id>"): Row(
        frozenset({"admin", "zone_manager"}), 404, district=True
    ),
    ("GET", f"{API}/zones/imports/<uuid:import_id>/file"): Row(
        frozenset({"admin", "zone_manager"}), 404, district=True
    ),
    ("POST", f"{API}/zones/imports/<uuid:import_id>/apply"): Row(
        frozenset({"admin", "zone_manager"}), 404, district=True
    ),
    ("POST", f"{API}/zones/imports/<uuid:import_id>/readings"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/zones/imports/<uuid:import_id>/comparison"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/zones/imports/<uuid:import_id>/faults/<int:number>"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/zones/imports"): Row(EDITORS, 200, district=True),
    ("POST", f"{API}/zones/<kind>/drawings"): Row(EDITORS, 415, district=True),
    ("GET", f"{API}/zones/drawings/<uuid:drawing_id>"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/zones/drawings/<uuid:drawing_id>/cancel"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/zones/<kind>/export"): Row(EDITORS, 200),
    # Nothing is imported here; times are the same for everybody, and the district's to set.
    ("GET", f"{API}/calendars"): Row(ALL, 200),
    ("GET", f"{API}/calendars/<int:calendar_id>"): Row(ALL, 404),
    ("POST", f"{API}/calendars/imports"): Row(frozenset({"admin", "zone_manager"}), 415, district=True),
    ("GET", f"{API}/office-hours"): Row(ALL, 200),
    ("POST", f"{API}/office-hours"): Row(frozenset({"admin", "zone_manager"}), 201, district=True),
    ("GET", f"{API}/deadlines"): Row(ALL, 200),
    ("GET", f"{API}/deadlines/<int:table_id>"): Row(ALL, 404),
    ("GET", f"{API}/deadlines/in-force"): Row(ALL, 404),
    ("POST", f"{API}/deadlines/drafts"): Row(frozenset({"admin", "zone_manager"}), 415, district=True),
    ("POST", f"{API}/deadlines/drafts/<int:table_id>/activate"): Row(
        frozenset({"admin", "zone_manager"}), 404, district=True
    ),
    ("GET", f"{API}/deadlines/<int:table_id>/trial"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/deadlines/<int:table_id>/withdraw"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/cases/<number>/clocks"): Row(ALL, 200, hidden=404),
    # Without a body, and of a draft that is not there: who answers for what is the district's to say.
    ("GET", f"{API}/routing-rules"): Row(RULERS, 200, district=True),
    ("GET", f"{API}/routing-rules/<int:rule_set_id>"): Row(RULERS, 404, district=True),
    ("POST", f"{API}/routing-rules/drafts"): Row(RULERS, 415, district=True),
    ("GET", f"{API}/routing-rules/drafts/<int:rule_set_id>/replay"): Row(RULERS, 404, district=True),
    ("POST", f"{API}/routing-rules/drafts/<int:rule_set_id>/activate"): Row(RULERS, 404, district=True),
    ("POST", f"{API}/routing-rules/<int:rule_set_id>/withdraw"): Row(RULERS, 404, district=True),
    ("GET", f"{API}/changes"): Row(ALL, 200),
    ("GET", f"{API}/stream"): Row(ALL, 200),
    ("POST", f"{API}/stream/tickets"): Row(ALL, 200),
    ("GET", f"{API}/cases/<number>/complaints"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/cases/<number>/duplicates"): Row(ALL, 200, hidden=404),
    ("GET", f"{API}/cases/<number>/officers"): Row(frozenset({"dispatcher"}), 200, hidden=404),
    ("GET", f"{API}/cases/<number>/assignees"): Row(frozenset({"dispatcher", "handler"}), 200, hidden=404),
    ("GET", f"{API}/position-looks"): Row(ALL, 200),
    # Of somebody who is not there.
    ("GET", f"{API}/officers/<uuid:officer_id>/track"): Row(FIELD | {"dispatcher", "zone_manager"}, 404),
    ("GET", f"{API}/shifts/<uuid:shift_id>/summary"): Row(FIELD | {"dispatcher", "zone_manager"}, 404),
    ("GET", f"{API}/shifts/summaries.csv"): Row(FIELD | {"dispatcher", "zone_manager"}, 200),
    ("GET", f"{API}/deletion-reports"): Row(ALL, 200),
    ("GET", f"{API}/retention"): Row(EDITORS, 200, district=True),
    ("GET", f"{API}/reads"): Row(frozenset({"admin"}), 200, district=True),
    ("GET", f"{API}/reads.csv"): Row(frozenset({"admin"}), 200, district=True),
    ("GET", f"{API}/legal-holds"): Row(frozenset({"admin"}), 200, district=True),
    ("PUT", f"{API}/legal-holds/<uuid:hold_id>"): Row(frozenset({"admin"}), 201, district=True),
    # Of a hold that is not there.
    ("POST", f"{API}/legal-holds/<uuid:hold_id>/lift"): Row(frozenset({"admin"}), 404, district=True),
    ("POST", f"{API}/coverage/rebuilds"): Row(EDITORS, 202, district=True),
    # Of a rebuild that nobody ordered.
    ("GET", f"{API}/coverage/rebuilds/<uuid:rebuild_id>"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/officers/live"): Row(frozenset({"dispatcher", "zone_manager"}), 200),
    ("PUT", f"{API}/sos/<uuid:sos_id>"): Row(FIELD, 201),
    # Of calls and assists that are not there; who sees which is in tests/server/patrol.
    ("GET", f"{API}/sos/<uuid:sos_id>"): Row(ALL, 404),
    ("POST", f"{API}/sos/<uuid:sos_id>/acknowledge"): Row(RULERS | {"zone_manager"}, 404),
    ("POST", f"{API}/sos/<uuid:sos_id>/close"): Row(RULERS | {"zone_manager"}, 404),
    ("GET", f"{API}/sos"): Row(ALL, 200),
    ("PUT", f"{API}/assists/<uuid:assist_id>"): Row(FIELD, 201),
    ("GET", f"{API}/assists/<uuid:assist_id>"): Row(ALL, 404),
    ("GET", f"{API}/assists"): Row(ALL, 200),
    # Off duty.
    ("POST", f"{API}/positions"): Row(FIELD, 409),
    # Without a body, and of a device that is not there; whose devices one looks after is in test_trackers.py.
    ("POST", f"{API}/devices"): Row(FIELD | {"admin"}, 422),
    ("GET", f"{API}/devices"): Row(FIELD | {"admin"}, 200),
    ("POST", f"{API}/devices/<int:device_id>/revoke"): Row(FIELD | {"admin"}, 404),
    # Of accounts and tokens that are not there, and without a body; who keeps whom is in tests/server/people.
    ("GET", f"{API}/accounts"): Row(RULERS | EDITORS, 200),
    ("POST", f"{API}/accounts"): Row(frozenset({"admin"}), 422),
    ("GET", f"{API}/accounts/<uuid:account_id>"): Row(RULERS | EDITORS, 404),
    ("PATCH", f"{API}/accounts/<uuid:account_id>"): Row(frozenset({"admin"}), 422),
    ("GET", f"{API}/accounts/<uuid:account_id>/changes"): Row(frozenset({"admin"}), 404),
    ("POST", f"{API}/accounts/<uuid:account_id>/changes/<int:version>/undo"): Row(frozenset({"admin"}), 404),
    ("POST", f"{API}/accounts/<uuid:account_id>/password"): Row(frozenset({"admin"}), 404),
    ("POST", f"{API}/accounts/<uuid:account_id>/sessions/end"): Row(frozenset({"admin"}), 404),
    ("GET", f"{API}/organisations"): Row(RULERS | EDITORS, 200),
    ("POST", f"{API}/organisations"): Row(frozenset({"admin"}), 422),
    ("PATCH", f"{API}/organisations/<code>"): Row(frozenset({"admin"}), 422),
    ("GET", f"{API}/organisations/<code>/changes"): Row(frozenset({"admin"}), 404, district=True),
    ("POST", f"{API}/organisations/<code>/changes/<int:version>/undo"): Row(
        frozenset({"admin"}), 404, district=True
    ),
    ("GET", f"{API}/tokens"): Row(ALL, 200),
    ("POST", f"{API}/tokens"): Row(ALL, 422),
    ("POST", f"{API}/tokens/<uuid:token_id>/revoke"): Row(ALL, 404),
    ("GET", "/cards/<code>"): Row(PUBLIC, 404),
    ("GET", f"{API}/law-cards"): Row(ALL, 200),
    ("GET", f"{API}/law-cards/sets"): Row(ALL, 200),
    ("POST", f"{API}/law-cards"): Row(EDITORS, 201, district=True),
    ("GET", f"{API}/rounds"): Row(ALL, 200),
    # For nobody there is; whom somebody directs is in test_sent_rounds.py.
    ("PUT", f"{API}/rounds/<uuid:round_id>"): Row(frozenset(DIRECTING_ROLES), 422),
    ("GET", f"{API}/campaigns"): Row(ALL, 200),
    # Of a campaign that is not there; who sees what of one that is, is in test_campaigns.py.
    ("POST", f"{API}/campaigns"): Row(EDITORS, 201, district=True),
    ("GET", f"{API}/campaigns/choices"): Row(EDITORS, 200, district=True),
    ("POST", f"{API}/campaigns/preview"): Row(EDITORS, 200, district=True),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>"): Row(ALL, 404),
    ("PATCH", f"{API}/campaigns/<uuid:campaign_id>"): Row(EDITORS, 404, district=True),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>/zones"): Row(ALL, 404),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>/pairs"): Row(ALL, 404),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>/progress"): Row(ALL, 404),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>/progress.csv"): Row(ALL, 404),
    ("GET", f"{API}/campaigns/<uuid:campaign_id>/results"): Row(ALL, 404),
    ("PUT", f"{API}/campaigns/<uuid:campaign_id>/results/<uuid:result_id>"): Row(FIELD, 404),
    # Of a kind that lawyers keep; drafts and sets that are not there.
    ("GET", f"{API}/litigation/matters"): Row(COURT, 200),
    ("GET", f"{API}/litigation/matters/<uuid:matter_id>"): Row(COURT, 404),
    # For a township that is none; about a matter that is none; a file that is none.
    ("PUT", f"{API}/litigation/matters/<uuid:matter_id>"): Row(LAW, 422, district=True),
    ("PUT", f"{API}/litigation/matters/<uuid:matter_id>/entries/<uuid:entry_id>"): Row(
        LAW, 404, district=True
    ),
    ("GET", f"{API}/litigation/rates"): Row(COURT, 200),
    ("POST", f"{API}/litigation/imports"): Row(LAW, 415, district=True),
    # Without a body; of what is not there; what each sees of others' is in tests/server/enforcement.
    ("GET", f"{API}/certificates"): Row(CERTIFIED, 200),
    ("POST", f"{API}/certificates"): Row(frozenset({"admin"}), 422),
    ("POST", f"{API}/certificates/<uuid:certificate_id>/withdraw"): Row(frozenset({"admin"}), 404),
    ("GET", f"{API}/proceedings"): Row(ENFORCEMENT, 200),
    ("GET", f"{API}/proceedings/counts"): Row(ENFORCEMENT, 200),
    ("GET", f"{API}/proceedings/<number>"): Row(ENFORCEMENT, 404),
    ("GET", f"{API}/proceedings/<number>/steps/<int:nth>/paper"): Row(ENFORCEMENT, 404),
    ("POST", f"{API}/proceedings/<number>/steps/<step>"): Row(ENFORCERS | {"reviewer"}, 404),
    ("GET", f"{API}/cases/<number>/simple-procedure"): Row(ENFORCEMENT, 200, hidden=404),
    ("POST", f"{API}/cases/<number>/simple-procedure"): Row(ENFORCERS, 422),
    ("POST", f"{API}/cases/<number>/proceedings"): Row(ENFORCERS, 422),
    ("GET", f"{API}/decisions"): Row(ENFORCEMENT, 200),
    # Nothing is public, and nothing decided.
    ("GET", "/open"): Row(PUBLIC, 200),
    ("GET", f"{API}/open/statistics"): Row(PUBLIC, 200),
    ("GET", f"{API}/open/decisions"): Row(PUBLIC, 200),
    ("GET", f"{API}/open/photos/<uuid:photo_id>"): Row(PUBLIC, 404),
    ("GET", f"{API}/open/ratings"): Row(PUBLIC, 200),
    ("GET", f"{API}/open/laws"): Row(PUBLIC, 200),
    ("GET", f"{API}/openness/overdue"): Row(DRAFTERS, 200),
    ("GET", f"{API}/openness/publications"): Row(DRAFTERS, 200),
    ("GET", PUBLICATION): Row(DRAFTERS, 404),
    ("PUT", PUBLICATION): Row(DRAFTERS, 404),
    ("POST", f"{PUBLICATION}/approve"): Row(LAW, 404, district=True),
    ("POST", f"{PUBLICATION}/withdraw"): Row(LAW, 404, district=True),
    ("GET", f"{PUBLICATION}/photos/<sha256>"): Row(DRAFTERS, 404),
    ("GET", f"{PUBLICATION}/photos/<sha256>/proposals"): Row(DRAFTERS, 404),
    ("PUT", f"{PUBLICATION}/photos/<sha256>"): Row(DRAFTERS, 404),
    ("GET", f"{API}/rulebooks"): Row(ALL, 200),
    ("GET", f"{API}/rulebooks/<kind>"): Row(ALL, 200),
    ("GET", f"{API}/rulebooks/<kind>/sets"): Row(ALL, 200),
    ("GET", f"{API}/rulebooks/<kind>/sets/<int:rulebook_id>"): Row(ALL, 404),
    ("POST", f"{API}/rulebooks/<kind>/drafts"): Row(LAWYERS, 201, district=True),
    ("POST", f"{API}/rulebooks/<kind>/drafts/<int:rulebook_id>/activate"): Row(LAWYERS, 404, district=True),
    ("POST", f"{API}/rulebooks/<kind>/sets/<int:rulebook_id>/withdraw"): Row(LAWYERS, 404, district=True),
    # Of a subject that is not there, and without a body; whose subjects one sees is in tests/server/subjects.
    ("GET", f"{API}/subjects"): Row(ALL, 200),
    ("GET", f"{API}/subjects/at"): Row(ALL, 422),
    ("GET", f"{API}/subjects/<code>"): Row(ALL, 404),
    ("GET", f"{API}/subjects/<code>/door.pdf"): Row(ALL, 404),
    ("GET", f"{API}/cases/<number>/subject"): Row(ALL, 200, hidden=404),
    ("POST", f"{API}/subjects"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/revisions"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/persons"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/places"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/places/end"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/successors"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/<code>/merge"): Row(REGISTRARS, 422),
    ("POST", f"{API}/subjects/imports"): Row(REGISTRARS, 422),
    # Of subjects, lists and decisions that are not there, and without rules in force (tests/practices).
    ("GET", f"{API}/ratings/lists"): Row(ALL, 409),
    ("GET", f"{API}/ratings/subjects/<code>"): Row(ALL, 404),
    ("PUT", f"{API}/ratings/entries/<uuid:score_id>"): Row(frozenset(ENTERING), 404),
    ("POST", f"{API}/ratings/trial"): Row(frozenset(ENTERING), 404),
    ("GET", f"{API}/ratings/publications"): Row(ALL, 200),
    ("POST", f"{API}/ratings/publications"): Row(EDITORS, 409, district=True),
    ("GET", f"{API}/ratings/publications/<uuid:publication_id>"): Row(ALL, 404),
    ("GET", f"{API}/ratings/publications/<uuid:publication_id>/replay"): Row(
        EDITORS | {"reviewer"}, 404, district=True
    ),
    ("POST", f"{API}/ratings/publications/<uuid:publication_id>/notice"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/ratings/publications/<uuid:publication_id>/publish"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/ratings/publications/<uuid:publication_id>/withdraw"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/ratings/publications/<uuid:publication_id>/appeals"): Row(frozenset(APPEALING), 404),
    ("POST", f"{API}/ratings/appeals/<uuid:appeal_id>/decision"): Row(frozenset({"reviewer"}), 404),
    ("GET", f"{API}/leniency/first-offence"): Row(frozenset(LOOKING), 404),
    ("POST", f"{API}/leniency/help"): Row(frozenset(LOOKING), 404),
    ("GET", f"{API}/leniency/totals"): Row(frozenset(LOOKING), 200),
    ("GET", f"{API}/leniency/decisions"): Row(frozenset(LOOKING), 200),
    ("GET", f"{API}/leniency/decisions/<uuid:leniency_id>"): Row(frozenset(LOOKING), 404),
    ("PUT", f"{API}/leniency/decisions/<uuid:leniency_id>"): Row(frozenset(DECIDING), 404),
    # Public to the access check, and opened by the token of a device: by no access token.
    ("GET", f"{API}/trackers/osmand"): Row(PUBLIC, 401),
    ("POST", f"{API}/trackers/osmand"): Row(PUBLIC, 401),
    ("POST", f"{API}/trackers/owntracks"): Row(PUBLIC, 401),
    ("POST", f"{API}/trackers/overland"): Row(PUBLIC, 401),
    ("POST", f"{API}/trackers/app"): Row(PUBLIC, 401),
    # Of a shift that is not there; and without a file.
    ("POST", f"{API}/shifts/start"): Row(FIELD, 201),
    ("POST", f"{API}/shifts/end"): Row(FIELD | {"dispatcher", "zone_manager"}, 409),
    ("GET", f"{API}/shifts"): Row(ALL, 200),
    ("GET", f"{API}/shifts/current"): Row(FIELD, 200),
    ("PUT", f"{API}/visit-marks/<uuid:mark_id>"): Row(FIELD, 201),
    ("POST", f"{API}/roster/imports"): Row(RULERS | {"zone_manager"}, 415),
    ("GET", f"{API}/roster"): Row(ALL, 200),
    ("GET", f"{API}/teams"): Row(ALL, 200),
    ("GET", f"{API}/duty-areas"): Row(ALL, 200),
    # Nobody is named in it; whose sight alone one may ask for is in test_coverage.py.
    ("GET", f"{API}/coverage"): Row(ALL, 200),
    ("GET", f"{API}/coverage.geojson"): Row(ALL, 200),
    ("GET", f"{API}/coverage.csv"): Row(ALL, 200),
    ("GET", f"{API}/coverage/summary"): Row(ALL, 200),
    ("GET", f"{API}/coverage/hours"): Row(ALL, 200),
    ("GET", f"{API}/coverage/gaps"): Row(ALL, 200),
    # Without a body.
    ("POST", f"{API}/coverage/rounds"): Row(ALL, 422),
    # Of a set that is not there, and one without plans.
    ("GET", f"{API}/patrol-plans"): Row(RULERS | EDITORS, 200),
    ("GET", f"{API}/patrol-plans/<int:plan_set_id>"): Row(RULERS | EDITORS, 404),
    ("GET", f"{API}/patrol-plans/<int:plan_set_id>/trial"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/patrol-plans/drafts"): Row(EDITORS, 201, district=True),
    ("POST", f"{API}/patrol-plans/drafts/<int:plan_set_id>/activate"): Row(EDITORS, 404, district=True),
    ("POST", f"{API}/patrol-plans/<int:plan_set_id>/withdraw"): Row(EDITORS, 404, district=True),
    ("PUT", f"{API}/complaints/<uuid:complaint_id>"): Row(INTAKE, 201),
    # Without a body.
    ("POST", f"{API}/complaints/trial"): Row(INTAKE, 422),
    ("GET", f"{API}/complaints"): Row(INTAKE, 200),
    ("GET", f"{API}/complaints/<uuid:complaint_id>"): Row(INTAKE, 200, hidden=404),
    ("GET", f"{API}/complaints/<uuid:complaint_id>/complainant"): Row(INTAKE, 200, hidden=404),
    ("GET", f"{API}/complaints/<uuid:complaint_id>/accesses"): Row(INTAKE | {"admin"}, 200, hidden=404),
    # Without a body.
    ("POST", f"{API}/complaints/<uuid:complaint_id>/callbacks"): Row(INTAKE, 422),
    ("GET", f"{API}/inbox"): Row(ALL, 200),
    # Of an entry that is not there: an inbox is read by its own body only, the district has its own.
    ("POST", f"{API}/inbox/<int:entry_id>/read"): Row(ALL, 404),
    ("GET", f"{API}/handovers"): Row(ALL - {"officer"}, 200),
    ("GET", f"{API}/notices/channels"): Row(frozenset({"admin"}), 200),
    # Without a body.
    ("POST", f"{API}/notices/channels"): Row(frozenset({"admin"}), 422),
    ("PATCH", f"{API}/notices/channels/<uuid:channel_id>"): Row(frozenset({"admin"}), 200, hidden=404),
    # Of a channel that is not there, so that the next who asks finds Jinsha's.
    ("DELETE", f"{API}/notices/channels/<uuid:channel_id>"): Row(frozenset({"admin"}), 404),
    ("POST", f"{API}/notices/channels/<uuid:channel_id>/test"): Row(frozenset({"admin"}), 202, hidden=404),
    ("GET", f"{API}/operation"): Row(RULERS, 200, district=True),
    ("GET", f"{API}/notices/deliveries"): Row(RULERS, 200),
    ("POST", f"{API}/notices/deliveries/<int:delivery_id>/replay"): Row(
        frozenset({"admin"}), 202, hidden=404
    ),
    ("GET", f"{API}/indicators"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators/cases"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators.xlsx"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators/cases.csv"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators/cases.geojson"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators/report.pdf"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/indicators/sets"): Row(ALL - {"officer"}, 200),
    ("GET", f"{API}/means"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/means/steps"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/handovers/figures"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/handovers/figures/cases"): Row(ALL - {"officer"}, 422),
    ("GET", f"{API}/scorecards"): Row(ALL - {"officer"}, 200),
    ("GET", f"{API}/scorecards/<code>"): Row(ALL - {"officer"}, 422),
    ("POST", f"{API}/scorecards/<code>/runs"): Row(EDITORS, 409, district=True),
    ("GET", f"{API}/scorecard-runs"): Row(ALL - {"officer"}, 200),
    ("GET", f"{API}/scorecard-runs/<uuid:run_id>"): Row(ALL - {"officer"}, 404),
    ("POST", f"{API}/indicators/sets"): Row(EDITORS, 201, district=True),
    ("GET", f"{API}/rechecks"): Row(DRAWERS, 200, district=True),
    ("POST", f"{API}/rechecks"): Row(DRAWERS, 404, district=True),
    ("GET", f"{API}/rechecks/<uuid:recheck_id>"): Row(DRAWERS, 404, district=True),
    ("GET", f"{API}/rechecks/<uuid:recheck_id>/cases.csv"): Row(DRAWERS, 404, district=True),
    ("GET", f"{API}/rechecks/<uuid:recheck_id>/population.txt"): Row(DRAWERS, 404, district=True),
    ("POST", f"{API}/rechecks/<uuid:recheck_id>/assignments"): Row(DRAWERS, 404, district=True),
    # Without a period.
    ("GET", f"{API}/rechecks/population"): Row(DRAWERS, 422),
    ("GET", f"{API}/rechecks/checkers"): Row(DRAWERS, 200, district=True),
    ("GET", f"{API}/rechecks/mine"): Row(frozenset({"checker"}), 200, district=True),
    ("POST", f"{API}/rechecks/<uuid:recheck_id>/cases/<number>"): Row(
        frozenset({"checker"}), 404, district=True
    ),
}

ORGANISATIONS = {"own": JINSHA, "other township": JINXIN, "district": DISTRICT, "none": None}
TOKENS = ("valid", "expired", "revoked", "forged", "missing")


def sees_jinsha(role: str, organisation: str) -> bool:
    """The rule of sight, said once more for the test: an officer sees what is theirs, a township what is its own,
    the district everything; a handler of the district handles what lies at the district itself."""
    if role == "officer":
        return False
    if organisation == "district":
        return role != "handler"
    return organisation == "own"


def expected(row: Row, role: str, organisation: str, token: str) -> int:
    if not row.roles:
        return row.status
    if token != "valid" or organisation == "none":
        return 401
    if role not in row.roles or (row.district and organisation != "district"):
        return 403
    if row.hidden and not sees_jinsha(role, organisation):
        return row.hidden
    return row.status


# --- Calling ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asker:
    """Somebody who asks, with a session of their own for each token."""

    app: OpenAPI
    owner: Engine
    account_id: UUID

    def headers(self, token: str) -> dict[str, str]:
        if token == "missing":
            return {}
        session_id = uuid4()
        with self.owner.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO session (id, account_id, refresh_jti, expires_at, revoked_at, revoked_because) "
                    "SELECT :id, a.id, gen_random_uuid(), now() + interval '1 day', "
                    "CASE WHEN :revoked THEN now() END, CASE WHEN :revoked THEN 'logout' END "
                    "FROM account a WHERE a.id = :account"
                ),
                {"id": session_id, "account": self.account_id, "revoked": token == "revoked"},
            )
        lifetime = timedelta(seconds=-1) if token == "expired" else timedelta(minutes=15)
        with self.app.app_context():
            made = create_access_token(
                str(self.account_id), additional_claims={"sid": str(session_id)}, expires_delta=lifetime
            )
        if token == "forged":
            head, body, signature = made.split(".")
            made = f"{head}.{body}.{signature[::-1]}"
        return {"Authorization": f"Bearer {made}"}


def asker(app: OpenAPI, owner: Engine, role: str, organisation: str | None) -> Asker:
    """An account of a role in an organisation; in none: one that no database knows."""
    if organisation is None:
        return Asker(app, owner, uuid4())
    return Asker(app, owner, factories.make_account(owner, role=role, organisation=organisation).id)


def address(rule: str, place: Place, report_id: UUID) -> str:
    """The rule's address for what Jinsha has; `name` is a file that each of the two rules has."""
    path = rule.replace("<uuid:report_id>", str(report_id)).replace("<sha256>", place.sha256)
    path = path.replace("<int:rule_set_id>", "1")
    path = path.replace("<int:calendar_id>", "1").replace("<int:table_id>", "1")
    path = path.replace("<int:category_set_id>", "1")
    path += "?category=none" if rule.endswith("/in-force") else ""
    path = path.replace("<zone:kind>", "frontage").replace("<zone:code>", place.frontage)
    path = path.replace("/subjects/<code>", "/subjects/S-999999")
    path = path.replace("<action>", "close").replace("<code>", "withdrawn")
    path = path.replace("/rulebooks/<kind>", "/rulebooks/legal_texts").replace("<int:rulebook_id>", "1000000")
    path = path.replace("<number>", place.case_number).replace("<kind>", "frontage")
    path = path.replace("<int:number>", "1")
    path = path.replace("<layer>", "reports").replace("<z>/<x>/<y>", "14/13702/6649")
    path = path.replace("<int:version>", "1")
    path = path.replace("<uuid:edit_id>", str(place.edit_id))
    path = path.replace("<uuid:rematch_id>", str(place.rematch_id))
    path = path.replace("<uuid:complaint_id>", str(place.complaint_id))
    path = path.replace("<uuid:channel_id>", str(place.channel_id)).replace("<int:entry_id>", "1000000")
    path = path.replace("<int:device_id>", "1000000").replace("<int:plan_set_id>", "1000000")
    path = path.replace("<int:delivery_id>", str(place.delivery_id))
    path = path.replace("<int:nth>", "1")
    path = path.replace("<step>", "end")
    # Whatever else is named by an id of its own is not there.
    path = re.sub(r"<uuid:\w+>", str(uuid4()), path)
    path += "?subject=none&item=none" if rule.endswith("/first-offence") else ""
    path += (
        "?why=inquiry" if rule.endswith(("/complainant", "/track", "_id>/summary", "/summaries.csv")) else ""
    )
    path += "?from=2026-01-01&to=2026-12-31" if rule.endswith("<kind>/changes") else ""
    path += "?source=test" if rule.endswith("/litigation/imports") else ""
    path += "?bbox=121,32,121.1,32.1" if rule.endswith(("<kind>/newest", "/letters/doors")) else ""
    name = "swagger-ui.css" if "swagger" in rule else "docs.css"
    path = path.replace("<path:name>", f"css/{name}" if "swagger" in rule else name)
    return path + ("?lon=121.07&lat=32.07" if rule.endswith(("/match", "/nearest")) else "")


def call(
    client: FlaskClient, method: str, rule: str, place: Place, headers: dict[str, str], username: str
) -> int:
    new = method == "PUT" and rule.endswith("<uuid:report_id>")
    path = address(rule, place, uuid4() if new else place.report_id)
    assert "<" not in path, f"no address for {rule}"
    if method == "DELETE" or (method == "PUT" and rule.endswith("<uuid:complaint_id>")):
        path = path.replace(str(place.complaint_id), str(uuid4())).replace(
            str(place.channel_id), str(uuid4())
        )
    body = sent(method, rule, place, username)
    with client.open(path, method=method, headers=headers, **body) as answer:
        return answer.status_code


def sent(method: str, rule: str, place: Place, username: str) -> dict[str, Any]:
    """What a call sends, where it sends anything."""
    if method == "PUT":
        return put_body(rule, place)
    if rule.endswith("/actions/<action>"):
        return {"json": {"version": 1} if "<number>" in rule else {}}
    bodies: dict[str, dict[str, Any]] = {
        "/imports/<uuid:import_id>/apply": {"valid_from": "2026-11-01"},
        "/imports/<uuid:import_id>/comparison": {"valid_from": "2026-11-01"},
        "/imports/<uuid:import_id>/readings": {"datum": "gcj02"},
        "/activate": {"valid_from": "2026-11-01"},
        "/steps/<step>": {"version": 1},
        "/rulebooks/<kind>/drafts": LEGAL_TEXTS,
        "/patrol-plans/drafts": {"name": "test", "plans": []},
        "/login": {"username": username, "password": factories.PASSWORD},
        "/channels/<uuid:channel_id>": {"enabled": True},
        "/campaigns/preview": {"from": "2026-11-01", "selection": {"codes": [place.frontage]}},
        "/campaigns": {**CAMPAIGN, "selection": {"codes": [place.frontage]}},
        "/campaigns/<uuid:campaign_id>": {"version": 1},
        "/law-cards": {**LAW_CARDS, "name": str(uuid4())},
        "/positions": {"positions": [fix(place.at, factories.NOW)]},
        "/shifts/start": {},
        "/coverage/rebuilds": {"from": "2026-11-01", "to": "2026-11-02"},
        "/ratings/publications": {"on": "2026-09-01"},
        "/ratings/trial": {"subject": "none", "event": "none", "on": "2026-09-01"},
        "/appeals": APPEAL,
        "/decision": {"upheld": True, "reason": "test"},
        "/leniency/help": {"subject": "none", "item": "none"},
        "/sos/<uuid:sos_id>/close": {"outcome": "helped"},
        "/lift": {"reason": "test"},
        "/withdraw": {"reason": "test"},
        "/shifts/end": {"shift": str(uuid4())},
        "/office-hours": {"valid_from": "2026-11-01", "hours": "1-5 08:30-12:00", "source": "test"},
        "/indicators/sets": INDICATORS,
        "/scorecards/<code>/runs": {"from": "2026-09-01", "to": "2026-09-30"},
        "/rechecks": {"from": "2026-11-01", "to": "2026-11-30", "size": 5},
        "/rechecks/<uuid:recheck_id>/cases/<number>": {"passed": True, "version": 1},
        "/rechecks/<uuid:recheck_id>/assignments": {"numbers": ["none"], "checkers": []},
    }
    found = next((body for end, body in bodies.items() if rule.endswith(end)), None)
    return {} if found is None else {"json": found}


def put_body(rule: str, place: Place) -> dict[str, Any]:
    """What is put under an id of the sender's own: something of its kind, or a photo."""
    bodies: dict[str, dict[str, Any]] = {
        "<uuid:report_id>": factories.report_json(at=place.at),
        "<uuid:complaint_id>": complaint_json(at=place.at),
        "<uuid:matter_id>": NOWHERE,
        "<uuid:publication_id>": NO_DECISION,
        "<uuid:entry_id>": ENTRY,
        "<uuid:score_id>": SCORE,
        "<uuid:leniency_id>": DECISION,
        "<uuid:hold_id>": {"from": "2026-11-01T00:00:00Z", "reason": "test"},
        "<uuid:result_id>": {
            "zone": place.frontage,
            "looked_at": factories.NOW.isoformat(),
            "items": [{"item": "goods", "ok": True}],
        },
        "<uuid:round_id>": round_json(uuid4(), place.frontage),
        "<uuid:sos_id>": {},
        "<uuid:assist_id>": ASSIST,
        **dict.fromkeys(
            ("<uuid:document_id>", "<uuid:attempt_id>", "<uuid:consent_id>", "<uuid:letter_id>"), {}
        ),
        "<uuid:mark_id>": {"zone": {"kind": "frontage", "code": place.frontage}, "kind": "service"},
    }
    if rule == f"{PUBLICATION}/photos/<sha256>":
        return {"json": {"chosen": False, "regions": []}}
    kind = rule.rpartition("/")[2]
    if "/attachments/" in rule:
        return {"data": b"not those bytes"}
    return (
        {"json": bodies[kind]}
        if kind in bodies
        else {"data": factories.photo_bytes(seed=int(place.township))}
    )


@pytest.fixture
def documented() -> bool:
    return True


def test_every_route_stands_in_the_table_and_nothing_else_does(app: OpenAPI) -> None:
    served = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == set(TABLE)


def signs_out(entry: tuple[tuple[str, str], Row]) -> bool:
    """Sorts signing out behind everything else: it ends the session the other calls need."""
    return entry[0][1].endswith("/logout")


@pytest.mark.parametrize("organisation", ORGANISATIONS)
def test_each_role_gets_of_each_route_what_the_table_says(
    app: OpenAPI, client: FlaskClient, owner: Engine, sign_in: SignIn, organisation: str
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    login = factories.make_account(owner, role="officer").username
    wrong = []
    for role in ROLES:
        # What is no good token tells nothing of whose it was: asked with by whoever might do most.
        tokens = TOKENS if (organisation, role) == ("own", "admin") else ("valid",)
        asking = asker(app, owner, role, ORGANISATIONS[organisation])
        headers = {token: asking.headers(token) for token in tokens}
        for (method, rule), row in sorted(TABLE.items(), key=signs_out):
            for token in tokens:
                got = call(client, method, rule, place, headers[token], login)
                if got != expected(row, role, organisation, token):
                    wrong.append(f"{method} {rule}: {role}, {organisation}, {token} token: {got}")
    assert wrong == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_head_and_options_tell_a_stranger_no_more_than_get_does(client: FlaskClient, method: str) -> None:
    assert client.open(f"{API}/cases", method=method).status_code == 401


@pytest.mark.parametrize("headers, status", [({}, 401), ("dispatcher", 403)])
def test_nobody_hears_of_a_mistake_in_a_body_they_may_not_send(
    client: FlaskClient, sign_in: SignIn, headers: Any, status: int
) -> None:
    signed = sign_in(headers) if headers else {}
    answer = client.put(
        f"{API}/reports/{uuid4()}", data=b"{", content_type="application/json", headers=signed
    )
    assert answer.status_code == status


def test_a_method_that_no_route_has_is_refused_with_those_it_has(client: FlaskClient) -> None:
    answer = client.delete(f"{API}/cases")
    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert {verb.strip() for verb in answer.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}


# --- What one may not see does not exist ---------------------------------------------------------------------

# Of those that everybody may call; what only intake may is in tests/server/complaints/test_persons.py.
HIDDEN = sorted(
    rule
    for (method, rule), row in TABLE.items()
    if method == "GET" and row.hidden and row.roles >= {"officer", "handler", "zone_manager"}
)
BLIND = [("officer", JINSHA), ("handler", JINXIN), ("handler", DISTRICT), ("zone_manager", JINXIN)]


@pytest.mark.parametrize("role, organisation", BLIND)
def test_what_is_hidden_answers_word_for_word_as_what_does_not_exist(
    client: FlaskClient, owner: Engine, sign_in: SignIn, role: str, organisation: str
) -> None:
    place, _ = make_two_places(owner, client, sign_in)
    headers = sign_in(role, organisation=organisation)
    nowhere = Place(
        **{
            **vars(place),
            "report_id": uuid4(),
            "sha256": "0" * 64,
            "case_number": "TZ-2026-999999",
            "edit_id": uuid4(),
            "rematch_id": uuid4(),
            "complaint_id": uuid4(),
        }
    )
    for rule in [*HIDDEN, f"{API}/cases/<number>/history?cursor=Wzld"]:
        answers = []
        for one in (place, nowhere):
            path = address(rule.partition("?")[0], one, one.report_id)
            answer = client.get(f"{path}?{rule.partition('?')[2]}", headers=headers)
            said = {key: value for key, value in answer.get_json().items() if key != "request_id"}
            assert said.pop("instance") == path
            sent = {key: value for key, value in answer.headers.items() if key != "X-Request-Id"}
            sent["Content-Length"] = str(int(sent["Content-Length"]) - len(path))
            answers.append((answer.status_code, said, sent))
        assert answers[0] == answers[1], rule
        assert answers[0][0] == 404, rule


def pages(client: FlaskClient, path: str, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every page of a list, one row each."""
    cursor = ""
    for _ in range(20):
        page = client.get(f"{path}{'&' if '?' in path else '?'}limit=1{cursor}", headers=headers).get_json()
        yield page
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"
    raise AssertionError("a list without an end")


def rows(client: FlaskClient, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    found = list(pages(client, path, headers))
    # A page after the last row would tell that there is something more.
    assert all(page.get("items", page.get("features")) for page in found[1:])
    return [row for page in found for row in page.get("items") or page.get("features") or []]


@pytest.mark.parametrize(
    "role, organisation, seen",
    [
        ("handler", JINSHA, (True, False)),
        ("checker", JINXIN, (False, True)),
        ("zone_manager", JINXIN, (False, True)),
        ("dispatcher", DISTRICT, (True, True)),
        ("admin", DISTRICT, (True, True)),
        ("handler", DISTRICT, (False, False)),
        ("officer", JINSHA, (False, False)),
        ("the officer", JINSHA, (True, False)),
    ],
)
def test_a_list_holds_what_its_reader_may_see_and_no_page_more(
    client: FlaskClient, owner: Engine, sign_in: SignIn, role: str, organisation: str, seen: tuple[bool, bool]
) -> None:
    places = make_two_places(owner, client, sign_in)
    headers = (
        sign_in(places[0].officer) if role == "the officer" else sign_in(role, organisation=organisation)
    )
    wanted = [place for place, visible in zip(places, seen, strict=True) if visible]
    for narrowed in ["", *(f"township={place.township}" for place in places), "bbox=121,32,121.2,32.2"]:
        township = narrowed.removeprefix("township=") if narrowed.startswith("township") else None
        here = [place for place in wanted if township in (None, place.township)]
        reports = rows(client, f"{API}/reports?{narrowed}", headers)
        assert {row["id"] for row in reports} == {str(place.report_id) for place in here}
        cases = rows(client, f"{API}/cases?{narrowed}", headers)
        assert {row["number"] for row in cases} == {place.case_number for place in here}


@pytest.mark.parametrize("township", [JINSHA, JINXIN, DISTRICT])
def test_an_inbox_is_that_of_ones_own_body(
    client: FlaskClient, owner: Engine, sign_in: SignIn, township: str
) -> None:
    places = make_two_places(owner, client, sign_in)
    found = rows(client, f"{API}/inbox", sign_in("zone_manager", organisation=township))
    assert [row["case"]["number"] for row in found] == [
        place.case_number for place in places if place.township == township
    ]


def test_a_cursor_of_the_district_shows_a_township_nothing_new(
    client: FlaskClient, owner: Engine, sign_in: SignIn
) -> None:
    make_two_places(owner, client, sign_in)
    for path in (f"{API}/reports", f"{API}/cases"):
        first = client.get(f"{path}?limit=1", headers=sign_in("dispatcher")).get_json()
        (row,) = first.get("items") or first["features"]
        township = row["township"] if "township" in row else row["properties"]["township"]
        headers = sign_in("handler", organisation=township)
        rest = client.get(f"{path}?cursor={first['next']}", headers=headers).get_json()
        assert rest.get("items", rest.get("features")) == []


# --- Below HTTP: row-level security --------------------------------------------------------------------------

# Places and names: nobody's secret, and nothing in them belongs to an organisation.
OPEN_TABLES = {
    "organisation",
    "zone",
    "zone_piece",
    "zone_cell",
    "tile_layer",
    "category",
    "street",
    "cell_code_template",
    "spatial_ref_sys",
}
# The same for whoever is signed in: by when something has to be done is nobody's secret.
SIGNED_IN = {
    "rulebook",
    "work_calendar",
    "office_hours",
    "work_schedule",
    "deadline_table",
    "indicator_set",
    "team",
    "duty_area",
    "roster",
    "patrol_plan_set",
    "patrol_plan",
    "standing_day",
    "campaign",
    "campaign_terms",
    "campaign_zone",
    "law_card_set",
    "category_list",
    "rating_list",
    "rating_list_step",
}
# Nobody reads attempts to log in through the server's role.
UNREADABLE = {
    "login_attempt",
    # Nor the tickets that open a stream: a function uses them up.
    "stream_ticket",
    # The district's alone: no township reads what was sent for a whole layer, or draws what is looked at again.
    "zone_import",
    "zone_import_applied",
    "zone_import_fault",
    "zone_import_piece",
    "zone_import_zone",
    "routing_rule_set",
    "recheck",
    "recheck_assignment",
    "zone_run",
    "zone_run_finding",
    "zone_run_piece",
    # Functions tell these to whom they concern (tests/server/people).
    "account_change",
    "api_token",
    "organisation_change",
    # Who complained, who looked, and where officers were looked for: intake's, and each officer's own.
    "complaint_access",
    "complaint_person",
    "position_look",
    # What is kept of tracks, and how long.
    "deletion_report",
    "legal_hold",
    "legal_hold_end",
    # Each body reads its own (tests/practices/test_row_19_litigation_ledger.py).
    "legal_clock",
    # What is told of a decision: of its own body (tests/practices/test_row_16_publication.py).
    "publication",
    "publication_photo",
    "legal_entry",
    "legal_matter",
    "term_warning",
    "shift_figures",
    "track_day",
    # Who is on duty when, and where they looked: each officer's own, and their leaders' (tests/server/patrol).
    "roster_entry",
    "shift",
    "shift_end",
    "team_member",
    "visit_mark",
    # A ranking is for whoever is ranked, and the same for all of them (tests/server/assessment).
    "scorecard_run",
    # Each body's own, and the district's (tests/server/enforcement).
    "certificate",
    "proceeding",
    "proceeding_step",
    "decision",
    # Of subjects and decisions, of which these places have none (tests/practices).
    "leniency_decision",
    "rating_appeal",
    "rating_appeal_decision",
    "rating_correction",
    "rating_entry",
    "score_due",
    "score_due_record",
    "score_entry",
    "score_head",
    # Whoever sent one, and the body whose paper it belongs to (tests/server/documents).
    "attachment",
    "attachment_use",
    "document",
    "document_zone",
    "service_attempt",
    "service_consent",
    "service_consent_end",
    "service_message",
    "service_outcome",
    "service_task",
    # Where officers are, who called for help, and whom they helped (tests/server/patrol).
    "officer_position",
    "sos",
    "sos_event",
    "assist",
    # Where officers were: each officer's own (test_positions.py).
    "device",
    "position_fix",
    "sighting",
    "visit",
    "zone_mark",
    # Ordered by those who manage zones (test_covering_ends.py).
    "coverage_rebuild",
    # What somebody found for a campaign: each officer's own, and their leaders' (test_campaigns.py).
    "campaign_result",
    "campaign_result_report",
    # Who was asked to walk where: each officer's own, and their leaders' (test_sent_rounds.py).
    "patrol_round",
    # Asked through functions only.
    "plan_met",
    "plan_run",
    "case_action",
    "device_token",
    "fix_arrival",
    "mark_arrival",
    "report_share",
}


def readable_columns(connection: Connection) -> dict[str, str]:
    """Columns the server's role may read, by table: those of the views of an extension left out."""
    found = connection.execute(
        text(
            "SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND a.attnum > 0 AND NOT a.attisdropped "
            "AND has_column_privilege('frontage_app', c.oid, a.attnum, 'SELECT') GROUP BY c.relname"
        )
    )
    return {name: columns for name, columns in found}


def guarded(connection: Connection) -> set[str]:
    """Tables with a policy for the server's role."""
    found = connection.execute(
        text("SELECT DISTINCT tablename FROM pg_policies WHERE 'frontage_app' = ANY (roles)")
    )
    return set(found.scalars())


@pytest.fixture
def look(as_app_role: Engine, owner: Engine, app: OpenAPI) -> Callable[..., dict[str, set[str]]]:
    """`look("handler", JINSHA)`: every row of every guarded table that a raw SELECT shows them, by table.

    `only=` a table: of that one.
    """
    with owner.connect() as connection:
        columns, tables = readable_columns(connection), guarded(connection) - SIGNED_IN

    def looked(role: str | None, organisation: str | None, only: str | None = None) -> dict[str, set[str]]:
        with as_app_role.connect() as connection:
            if role:
                enter(connection, asker(app, owner, role, organisation))
            return {
                table: set(
                    connection.execute(
                        text(f"SELECT CAST(ROW({columns[table]}) AS text) FROM {table}")
                    ).scalars()
                )
                for table in ([only] if only else sorted(tables))
            }

    return looked


def enter(connection: Connection, asking: Asker) -> None:
    """Begin a transaction as the server does on behalf of somebody."""
    session_id = uuid4()
    with asking.owner.begin() as owning:
        owning.execute(
            text(
                "INSERT INTO session (id, account_id, refresh_jti, expires_at) "
                "VALUES (:id, :account, gen_random_uuid(), now() + interval '1 day')"
            ),
            {"id": session_id, "account": asking.account_id},
        )
    entered = connection.execute(
        text("SELECT count(*) FROM enter_v1(:account, :session)"),
        {"account": asking.account_id, "session": session_id},
    )
    assert entered.scalar_one() == 1


def test_a_table_the_server_reads_is_guarded_or_named_as_open(owner: Engine) -> None:
    with owner.connect() as connection:
        readable, tables = set(readable_columns(connection)), guarded(connection)
        forced = set(
            connection.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
        )
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class WHERE relowner = 'frontage_app'::regrole")
        ).scalar_one()
    assert readable - forced == OPEN_TABLES
    assert readable & forced == tables
    assert owned == 0


def test_a_raw_select_shows_a_township_nothing_of_another(
    client: FlaskClient, owner: Engine, sign_in: SignIn, look: Any
) -> None:
    make_two_places(owner, client, sign_in)
    cover(owner)
    here, there = look("handler", JINSHA), look("handler", JINXIN)
    for table in here:
        assert here[table] & there[table] == set(), f"{table} shows the same row to two townships"
        if table not in UNREADABLE:
            assert here[table], f"{table} shows Jinsha nothing of its own: the comparison would prove nothing"
            assert there[table], f"{table} shows Jinxin nothing of its own"


@pytest.mark.parametrize("role, organisation", [(None, None), ("officer", JINSHA), ("handler", DISTRICT)])
def test_a_raw_select_shows_whoever_has_no_report_only_themselves(
    client: FlaskClient, owner: Engine, sign_in: SignIn, look: Any, role: str | None, organisation: str | None
) -> None:
    make_two_places(owner, client, sign_in)
    shown = {table for table, found in look(role, organisation).items() if found}
    assert shown == ({"account", "session"} if role else set())


def test_the_district_sees_with_a_raw_select_what_both_townships_see(
    client: FlaskClient, owner: Engine, sign_in: SignIn, look: Any
) -> None:
    make_two_places(owner, client, sign_in)
    cover(owner)
    everything, here, there = look("dispatcher", DISTRICT), look("handler", JINSHA), look("handler", JINXIN)
    for table in set(here) - {"account", "session"} - UNREADABLE:
        assert everything[table] == here[table] | there[table], table


def test_each_policy_counts_without_it_a_township_sees_another(
    client: FlaskClient, owner: Engine, sign_in: SignIn, look: Any
) -> None:
    make_two_places(owner, client, sign_in)
    cover(owner)
    with owner.connect() as connection:
        policies = list(
            connection.execute(
                text(
                    "SELECT tablename, policyname, qual FROM pg_policies "
                    "WHERE 'frontage_app' = ANY (roles) AND cmd = 'SELECT'"
                )
            )
        )
    assert len(policies) > 10
    for table, policy, condition in policies:
        if table in SIGNED_IN:
            assert condition == "(current_account() IS NOT NULL)", policy
            continue
        with owner.begin() as connection:
            connection.execute(text(f"ALTER POLICY {policy} ON {table} USING (true)"))
        here, there = (look("handler", home, only=table)[table] for home in (JINSHA, JINXIN))
        shared = here & there
        with owner.begin() as connection:
            connection.exec_driver_sql(
                f"ALTER POLICY {policy} ON {table} USING ({condition})".replace("%", "%%")
            )
        assert shared or table in UNREADABLE, f"{policy} makes no difference"
