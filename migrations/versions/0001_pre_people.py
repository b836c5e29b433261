"""People: database roles, organisations, accounts, sessions, login attempts, and who asks (`enter_v1`)."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0001"
down_revision = None

ROLES = "'officer','acceptor','dispatcher','handler','checker','zone_manager','reviewer','intake','admin'"


def upgrade() -> None:
    run("CREATE EXTENSION IF NOT EXISTS postgis")
    run("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for role in (SERVER_ROLE, WORKER_ROLE):
        # Roles belong to the cluster, not to this database: another deployment may have made them already.
        run(f"""
DO $$ BEGIN
  CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$""")
        run(f"GRANT USAGE ON SCHEMA public TO {role}")
    run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    run("""
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$""")
    run("""
CREATE FUNCTION current_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CAST(NULLIF(current_setting('frontage.account_id', true), '') AS uuid) $$""")
    run("""
CREATE FUNCTION current_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CAST(NULLIF(current_setting('frontage.organisation_id', true), '') AS uuid) $$""")
    run("""
CREATE FUNCTION current_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT current_setting('frontage.scope', true) $$""")
    run("""
CREATE FUNCTION may_see(organisation uuid, account uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT CASE current_scope()
     WHEN 'district' THEN true
     WHEN 'organisation' THEN organisation = current_organisation() OR account = current_account()
     WHEN 'own' THEN account = current_account()
     ELSE false END $$""")
    run(f"""
CREATE TABLE organisation (
  id uuid CONSTRAINT organisation_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  code text NOT NULL CONSTRAINT organisation_code_key UNIQUE
    CONSTRAINT organisation_code_form CHECK (code ~ '^[0-9]{{6}}([0-9]{{3}})?$'),
  kind text NOT NULL CONSTRAINT organisation_kind_known CHECK (kind IN ('district', 'township')),
  name text NOT NULL,
  body_name text NOT NULL,
  body_name_en text NOT NULL,
  parent_id uuid CONSTRAINT organisation_parent_id_fkey REFERENCES organisation (id),
  sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT organisation_parent CHECK ((kind = 'district') = (parent_id IS NULL))
);
CREATE UNIQUE INDEX organisation_one_district ON organisation (kind) WHERE kind = 'district';
GRANT SELECT ON organisation TO {SERVER_ROLE};

CREATE TABLE account (
  id uuid CONSTRAINT account_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  username text NOT NULL CONSTRAINT account_username_key UNIQUE
    CONSTRAINT account_username_form CHECK (username ~ '^[a-z0-9][a-z0-9._-]{{1,63}}$'),
  display_name text NOT NULL
    CONSTRAINT account_display_name_length CHECK (length(display_name) BETWEEN 1 AND 100),
  role text NOT NULL CONSTRAINT account_role_known CHECK (role IN ({ROLES})),
  organisation_id uuid NOT NULL CONSTRAINT account_organisation_id_fkey REFERENCES organisation (id),
  password_hash text NOT NULL,
  sample boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  password_changed_at timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz
);

CREATE TABLE session (
  id uuid CONSTRAINT session_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT session_account_id_fkey REFERENCES account (id),
  refresh_jti uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  refreshed_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_because text CONSTRAINT session_revoked_because
    CHECK (revoked_because IN ('logout', 'reuse', 'disabled', 'password')),
  CONSTRAINT session_revoked_whole CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
);
CREATE INDEX session_account_id ON session (account_id);

CREATE TABLE login_attempt (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT login_attempt_pkey PRIMARY KEY,
  attempted_at timestamptz NOT NULL,
  username_digest bytea NOT NULL,
  address inet NOT NULL,
  succeeded boolean NOT NULL
);
CREATE INDEX login_attempt_account ON login_attempt (username_digest, attempted_at);
CREATE INDEX login_attempt_address ON login_attempt (address, attempted_at);
COMMENT ON COLUMN login_attempt.username_digest IS
  'keyed digest of what was typed: people type passwords into the wrong field';
""")
    secure("account", read="id = current_account()")
    # The hash is for login_lookup_v1 only: a row you may see still does not show it.
    run(f"REVOKE SELECT ON account FROM {SERVER_ROLE}")
    run(
        "GRANT SELECT (id, username, display_name, role, organisation_id, sample, created_at, disabled_at) "
        f"ON account TO {SERVER_ROLE}"
    )
    secure("session", read="account_id = current_account()")
    secure("login_attempt", read="false")
    run("""
CREATE FUNCTION enter_v1(p_account uuid, p_session uuid)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, organisation_id uuid,
  organisation_code text, organisation_name text, organisation_kind text, scope text)
LANGUAGE plpgsql AS $$
DECLARE
  asking record;
BEGIN
  SELECT a.id, a.username, a.display_name, a.role, o.id AS organisation_id, o.code, o.name, o.kind,
    CASE
      WHEN a.role = 'officer' THEN 'own'
      WHEN o.kind = 'district' AND a.role <> 'handler' THEN 'district'
      ELSE 'organisation'
    END AS scope
  INTO asking
  FROM session s
  JOIN account a ON a.id = s.account_id
  JOIN organisation o ON o.id = a.organisation_id
  WHERE s.id = p_session AND s.account_id = p_account AND s.revoked_at IS NULL AND s.expires_at > now()
    AND a.disabled_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM set_config('frontage.account_id', asking.id::text, true),
    set_config('frontage.organisation_id', asking.organisation_id::text, true),
    set_config('frontage.scope', asking.scope, true);
  RETURN QUERY SELECT asking.id, asking.username, asking.display_name, asking.role, asking.organisation_id,
    asking.code, asking.name, asking.kind, asking.scope;
END $$""")
    definer("enter_v1", "uuid, uuid")


def downgrade() -> None:
    run("""
DROP FUNCTION enter_v1(uuid, uuid);
DROP TABLE login_attempt;
DROP TABLE session;
DROP TABLE account;
DROP TABLE organisation;
DROP FUNCTION may_see(uuid, uuid);
DROP FUNCTION current_scope();
DROP FUNCTION current_organisation();
DROP FUNCTION current_account();
DROP FUNCTION refuse_change();
""")
    # Roles and extensions stay: they belong to the cluster and to others.
