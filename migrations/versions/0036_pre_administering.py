"""People: what administrators change, kept with who and when; passwords that have to be changed; personal tokens."""

from migrations import administering
from migrations.sql import append_only, definer, run, secure

revision = "0036"
down_revision = "0035"

DEFINERS = {
    "login_lookup_v2": "text",
    "login_change_v1": "uuid, text, text",
    "account_list_v1": "uuid, jsonb, date, text, integer",
    "account_create_v1": "jsonb, text, date",
    "account_change_v1": "uuid, integer, jsonb, date",
    "account_reset_v1": "uuid, text",
    "account_sessions_end_v1": "uuid",
    "account_changes_v1": "uuid, integer, integer",
    "organisation_list_v1": "",
    "organisation_create_v1": "jsonb",
    "organisation_change_v1": "text, integer, jsonb",
    "organisation_changes_v1": "text, integer, integer",
    "api_token_create_v1": "uuid, text, boolean, bytea, integer, integer",
    "api_token_list_v1": "uuid, uuid, integer",
    "api_token_revoke_v1": "uuid",
    "api_token_enter_v1": "uuid, uuid, bytea",
}
INNER = (
    "may_administer(uuid)",
    "may_look_up(uuid, text)",
    "account_note(uuid, text, jsonb, jsonb)",
    "account_team_put(uuid, uuid, text, date)",
    "account_sessions_end(uuid, text)",
    "facts_of(account)",
    "facts_of(organisation)",
    "facts_told(jsonb, jsonb)",
    "scope_of(text, text)",
    "account_noted()",
    "organisation_noted()",
)


def upgrade() -> None:
    _tables()
    run(administering.NOTES)
    run(administering.ACCOUNTS)
    run(administering.READING)
    run(administering.ORGANISATIONS)
    run(administering.PASSWORDS)
    run(administering.SCOPE)
    run(administering.TOKENS)
    _enter(administering.AFTER)
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def _enter(scope: str) -> None:
    # Replaced, a function forgets how it was set up.
    run(administering.ENTER % scope)
    definer("enter_v1", "uuid, uuid")


def _tables() -> None:
    run("""
ALTER TABLE account ADD COLUMN version integer NOT NULL DEFAULT 0,
  ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN account.version IS 'number of its last change in account_change';
COMMENT ON COLUMN account.must_change_password IS 'the password was told by somebody else: it opens no session';
ALTER TABLE organisation ADD COLUMN version integer NOT NULL DEFAULT 0, ADD COLUMN closed_at timestamptz;
COMMENT ON COLUMN organisation.version IS 'number of its last change in organisation_change';
COMMENT ON COLUMN organisation.closed_at IS 'nobody joins it any more and no case is sent to it; what was its own stays so';
ALTER TABLE session DROP CONSTRAINT session_revoked_because;
ALTER TABLE session ADD CONSTRAINT session_revoked_because
  CHECK (revoked_because IN ('logout', 'reuse', 'disabled', 'password', 'ended'));

CREATE TABLE account_change (
  account_id uuid NOT NULL CONSTRAINT account_change_account_id_fkey REFERENCES account (id),
  version integer NOT NULL CONSTRAINT account_change_version_positive CHECK (version > 0),
  action text NOT NULL CONSTRAINT account_change_action_known CHECK (action IN ('created', 'changed', 'team', 'disabled',
    'enabled', 'password_reset', 'password_changed', 'sessions_ended', 'token_made', 'token_revoked')),
  before jsonb,
  after jsonb,
  made_at timestamptz NOT NULL DEFAULT now(),
  made_by uuid CONSTRAINT account_change_made_by_fkey REFERENCES account (id),
  CONSTRAINT account_change_pkey PRIMARY KEY (account_id, version)
);
COMMENT ON COLUMN account_change.before IS 'what of the account was otherwise before; null when nothing can be put back';
COMMENT ON COLUMN account_change.made_by IS 'null: an operator at the command line';

CREATE TABLE organisation_change (
  organisation_id uuid NOT NULL CONSTRAINT organisation_change_organisation_id_fkey REFERENCES organisation (id),
  version integer NOT NULL CONSTRAINT organisation_change_version_positive CHECK (version > 0),
  action text NOT NULL CONSTRAINT organisation_change_action_known
    CHECK (action IN ('created', 'changed', 'closed', 'opened')),
  before jsonb,
  after jsonb,
  made_at timestamptz NOT NULL DEFAULT now(),
  made_by uuid CONSTRAINT organisation_change_made_by_fkey REFERENCES account (id),
  CONSTRAINT organisation_change_pkey PRIMARY KEY (organisation_id, version)
);
COMMENT ON COLUMN organisation_change.before IS
  'what of the organisation was otherwise before; null when nothing can be put back';
COMMENT ON COLUMN organisation_change.made_by IS 'null: an operator at the command line';

CREATE TABLE api_token (
  id uuid CONSTRAINT api_token_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT api_token_account_id_fkey REFERENCES account (id),
  name text NOT NULL CONSTRAINT api_token_name_length CHECK (length(name) BETWEEN 1 AND 100),
  writes boolean NOT NULL,
  digest bytea NOT NULL CONSTRAINT api_token_digest_length CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  last_used_on date,
  revoked_at timestamptz,
  revoked_by uuid CONSTRAINT api_token_revoked_by_fkey REFERENCES account (id)
);
COMMENT ON COLUMN api_token.digest IS 'SHA-256 of the token: what is read here opens nothing';
COMMENT ON COLUMN api_token.last_used_on IS 'day in UTC: enough to tell which are forgotten, and one write a day';
CREATE INDEX api_token_account_id ON api_token (account_id, created_at DESC);
""")
    for table in ("account_change", "organisation_change", "api_token"):
        secure(table, read="false")
    append_only(("account_change", "organisation_change"))


def downgrade() -> None:
    _enter(administering.BEFORE)
    run("DROP TRIGGER account_noted ON account")
    run("DROP TRIGGER organisation_noted ON organisation")
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    for function in INNER:
        run(f"DROP FUNCTION {function}")
    run("""
DROP TABLE api_token;
DROP TABLE organisation_change;
DROP TABLE account_change;
UPDATE session SET revoked_because = 'logout' WHERE revoked_because = 'ended';
ALTER TABLE session DROP CONSTRAINT session_revoked_because;
ALTER TABLE session ADD CONSTRAINT session_revoked_because
  CHECK (revoked_because IN ('logout', 'reuse', 'disabled', 'password'));
ALTER TABLE organisation DROP COLUMN version, DROP COLUMN closed_at;
ALTER TABLE account DROP COLUMN version, DROP COLUMN must_change_password;
""")
