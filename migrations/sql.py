"""What several migrations say alike: raw SQL without parameter magic, row-level security, append-only tables."""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

SERVER_ROLE = "frontage_app"
WORKER_ROLE = "frontage_worker"


def run(sql: str) -> None:
    """Execute SQL as written: neither `:` nor `%` means anything here."""
    op.get_bind().exec_driver_sql(sql.replace("%", "%%"))


def secure(table: str, *, read: str, insert: str | None = None, update: str | None = None) -> None:
    """Force row-level security on `table`; the owner keeps full access by an explicit policy.

    Args:
        table: name.
        read: condition under which the server's role sees a row.
        insert: condition a row it inserts must satisfy; None grants no INSERT.
        update: condition for rows it may change; None grants no UPDATE.
    """
    run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    run(f"CREATE POLICY {table}_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
    run(f"CREATE POLICY {table}_read ON {table} FOR SELECT TO {SERVER_ROLE} USING ({read})")
    run(f"GRANT SELECT ON {table} TO {SERVER_ROLE}")
    if insert:
        run(f"CREATE POLICY {table}_insert ON {table} FOR INSERT TO {SERVER_ROLE} WITH CHECK ({insert})")
        run(f"GRANT INSERT ON {table} TO {SERVER_ROLE}")
    if update:
        run(
            f"CREATE POLICY {table}_update ON {table} FOR UPDATE TO {SERVER_ROLE} USING ({update}) WITH CHECK ({update})"
        )


def append_only(tables: Iterable[str]) -> None:
    """Evidence only gains neighbours: UPDATE, DELETE and TRUNCATE raise, whoever asks."""
    for table in tables:
        run(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def definer(function: str, arguments: str) -> None:
    """A function that acts with its owner's rights, callable by the server's role only."""
    run(f"ALTER FUNCTION {function}({arguments}) SECURITY DEFINER")
    run(f"ALTER FUNCTION {function}({arguments}) SET search_path = pg_catalog, public, pg_temp")
    run(f"REVOKE ALL ON FUNCTION {function}({arguments}) FROM PUBLIC")
    run(f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {SERVER_ROLE}")
