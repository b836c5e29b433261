"""The migrations: up, down and up again with data in between, and what they promise about evidence and isolation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from server import schema
from tests.postgres import METRIC_SRID, TestServer, engine

ROWS = Path(__file__).with_name("rows.sql").read_text(encoding="utf-8")
ROLES = ("frontage_app", "frontage_worker", "frontage_public")
# Written once and never changed; other tables have columns that say how far something got.
APPEND_ONLY = (
    "account_change",
    "assist",
    "attachment",
    "attachment_use",
    "campaign",
    "campaign_result",
    "campaign_result_report",
    "campaign_terms",
    "campaign_zone",
    "case_action",
    "case_mark",
    "case_report",
    "complaint",
    "complaint_access",
    "complaint_callback",
    "complaint_person",
    "decision",
    "deletion_report",
    "document",
    "document_zone",
    "finding",
    "form_record",
    "indicator_set",
    "law_card_set",
    "ledger",
    "legal_clock",
    "legal_entry",
    "legal_hold",
    "legal_hold_end",
    "legal_matter",
    "leniency_decision",
    "office_hours",
    "organisation_change",
    "patrol_round",
    "photo",
    "photo_arrival",
    "position_fix",
    "position_look",
    "proceeding_step",
    "rating_appeal",
    "rating_appeal_decision",
    "rating_correction",
    "rating_entry",
    "rating_list",
    "rating_list_step",
    "recheck",
    "recheck_assignment",
    "recheck_result",
    "report",
    "report_duty",
    "report_photo",
    "roster",
    "service_attempt",
    "service_consent",
    "service_consent_end",
    "service_outcome",
    "score_entry",
    "scorecard_run",
    "shift_end",
    "sos",
    "sos_event",
    "subject_change",
    "term_warning",
    "visit_mark",
    "work_calendar",
    "work_schedule",
    "zone_choice",
    "zone_edit",
    "zone_edit_zone",
    "zone_import",
    "zone_import_applied",
    "zone_import_fault",
    "zone_import_piece",
    "zone_import_zone",
    "zone_match",
)
# Everybody in the bureau may know these: a directory, the map, the words.
SHARED = {
    "organisation",
    "zone",
    "zone_piece",
    "zone_cell",
    "tile_layer",
    "category",
    "street",
    "cell_code_template",
}
# An extension's objects are its own; the job queue belongs to a library and holds ids only.
OUR_TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm')
  AND NOT c.relispartition AND c.relname <> 'alembic_version'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
OUR_FUNCTIONS = """
SELECT CAST(CAST(p.oid AS regprocedure) AS text) FROM pg_proc p
WHERE p.pronamespace = CAST('public' AS regnamespace)
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
ORDER BY 1
"""


def names(connection: Connection, question: str) -> list[str]:
    return list(connection.execute(text(question)).scalars())


def tables_of_ours(connection: Connection) -> list[str]:
    return [name for name in names(connection, OUR_TABLES) if not name.startswith("procrastinate")]


def fill(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql(ROWS.replace("%", "%%"))


@pytest.fixture
def loaded(owner: Engine) -> Engine:
    """The owner's engine of a database with a row in every table."""
    fill(owner)
    return owner


@pytest.fixture
def empty_url(postgres: TestServer) -> Iterator[str]:
    with postgres.empty() as url:
        yield url


def test_there_is_one_head_and_one_line_to_it() -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    revisions = list(scripts.walk_revisions())
    assert len(revisions) == len(list((schema.MIGRATIONS / "versions").glob("[0-9]*.py")))
    for revision in revisions:
        stem = Path(revision.path).stem
        assert stem.split("_")[0] == revision.revision
        assert stem.split("_")[1] in ("pre", "post")


def test_up_down_with_data_and_up_again(empty_url: str) -> None:
    schema.migrate(empty_url, metric_srid=METRIC_SRID)
    schema.check(empty_url, metric_srid=METRIC_SRID)
    with engine(empty_url) as owner:
        fill(owner)
        schema.migrate(empty_url, metric_srid=METRIC_SRID)
        with owner.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM ledger")).scalar_one() > 0
        schema.downgrade(empty_url, metric_srid=METRIC_SRID)
        with owner.connect() as connection:
            assert names(connection, OUR_TABLES) == []
            assert names(connection, OUR_FUNCTIONS) == []
            assert (
                names(connection, "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'") == []
            )
        schema.migrate(empty_url, metric_srid=METRIC_SRID)
        schema.check(empty_url, metric_srid=METRIC_SRID)
        fill(owner)


def test_every_step_can_be_taken_back_by_itself(empty_url: str) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    steps = [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    for revision, before in zip(steps, ["base", *steps], strict=False):
        schema.migrate(empty_url, metric_srid=METRIC_SRID, revision=revision)
        schema.downgrade(empty_url, metric_srid=METRIC_SRID, revision=before)
        schema.migrate(empty_url, metric_srid=METRIC_SRID, revision=revision)


def test_a_table_that_differs_from_its_description_is_noticed(postgres: TestServer) -> None:
    with postgres.clone() as url, engine(url) as owner:
        with owner.begin() as connection:
            connection.execute(text("ALTER TABLE account ADD COLUMN shoe_size integer"))
        with pytest.raises(CommandError, match="shoe_size"):
            schema.check(url, metric_srid=METRIC_SRID)


def test_the_rows_of_these_tests_reach_every_table(loaded: Engine) -> None:
    with loaded.connect() as connection:
        # Views hold nothing of their own, and tell those who ask what they may see.
        views = names(connection, "SELECT viewname FROM pg_views WHERE schemaname = 'public'")
        tables = [name for name in tables_of_ours(connection) if name not in views]
        counted = {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables
        }
    assert [name for name, count in counted.items() if count == 0] == []
    assert set(APPEND_ONLY) | SHARED <= set(counted)


def test_every_table_that_holds_an_organisation_s_data_forces_row_level_security(owner: Engine) -> None:
    # A view that asks with its reader's rights shows no more than its tables do.
    forced = (
        "SELECT relname FROM pg_class WHERE (relrowsecurity AND relforcerowsecurity) "
        "OR (relkind = 'v' AND 'security_invoker=true' = ANY (reloptions))"
    )
    with owner.connect() as connection:
        unforced = set(tables_of_ours(connection)) - set(names(connection, forced))
    assert unforced == SHARED


def test_the_server_s_role_sees_no_row_of_them_before_it_said_for_whom(
    loaded: Engine, as_app_role: Engine
) -> None:
    with loaded.connect() as connection:
        tables = [name for name in tables_of_ours(connection) if name not in SHARED]
    with as_app_role.connect() as connection:
        seen = {name: _rows(connection, name) for name in tables}
    assert {name: rows for name, rows in seen.items() if rows} == {}


def test_a_day_s_table_is_reached_through_its_parent_only(owner: Engine) -> None:
    # What row-level security says stands with the parent; a grant on a part would go round it.
    granted = (
        "SELECT relname FROM pg_class c WHERE relispartition AND relkind = 'r' AND EXISTS (SELECT 1 "
        "FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner)"
    )
    with owner.connect() as connection:
        assert names(connection, "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        assert names(connection, granted) == []


def _rows(connection: Connection, table: str) -> int:
    # A constant per row: some tables grant single columns only, and count(*) asks for one of them at least.
    return len(connection.execute(text(f"SELECT 1 FROM {table}")).all())


@pytest.mark.parametrize("role", ROLES)
def test_the_roles_we_work_with_own_nothing_and_pass_no_policy(owner: Engine, role: str) -> None:
    with owner.connect() as connection:
        found = connection.execute(
            text(
                "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
                "(SELECT count(*) FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o' "
                "  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())), "
                "(SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid) "
                "FROM pg_roles r WHERE rolname = :role"
            ),
            {"role": role},
        ).one()
    assert tuple(found) == (False, False, False, False, False, 0, 0)


def test_a_function_with_its_owner_s_rights_is_closed_to_the_public_and_names_its_search_path(
    owner: Engine,
) -> None:
    asked = """
SELECT CAST(CAST(p.oid AS regprocedure) AS text) FROM pg_proc p
WHERE p.pronamespace = CAST('public' AS regnamespace) AND p.prosecdef
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  AND (array_to_string(p.proconfig, ',') NOT LIKE 'search_path=pg_catalog, public, pg_temp%'
    OR p.proconfig IS NULL OR p.proacl IS NULL
    OR EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0))
"""
    with owner.connect() as connection:
        assert names(connection, asked) == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
def test_evidence_is_changed_by_nobody(loaded: Engine, as_app_role: Engine, table: str, verb: str) -> None:
    with loaded.connect() as connection:
        column = connection.execute(
            text(
                "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 "
                "AND attidentity = '' AND attgenerated = '' ORDER BY attnum LIMIT 1"
            ),
            {"table": table},
        ).scalar_one()
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[verb]
    for role, state in ((loaded, "23001"), (as_app_role, "42501")):
        with role.connect() as connection:
            with pytest.raises(DBAPIError) as refused:
                connection.execute(text(statement))
            assert refused.value.orig.pgcode == state  # type: ignore[union-attr]


def test_what_is_listed_as_append_only_is_all_that_is_guarded(owner: Engine) -> None:
    guarded = (
        "SELECT relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE tgname = relname || '_append_only'"
    )
    with owner.connect() as connection:
        assert sorted(names(connection, guarded)) == sorted(APPEND_ONLY)
