"""SQL of 0036: who changes which account and organisation, what is noted of it, and how a personal token lets in."""

NOTES = """
-- What of an account or an organisation is told in its history.
CREATE FUNCTION facts_of(p_account account) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('display_name', p_account.display_name, 'role', p_account.role,
    'body', (SELECT o.code FROM public.organisation o WHERE o.id = p_account.organisation_id),
    'disabled', p_account.disabled_at IS NOT NULL)
$$;
CREATE FUNCTION facts_of(p_organisation organisation) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('name', p_organisation.name, 'body_name', p_organisation.body_name,
    'body_name_en', p_organisation.body_name_en, 'closed', p_organisation.closed_at IS NOT NULL)
$$;
-- Those members of `p_facts` that `p_other` has otherwise; null when there are none.
CREATE FUNCTION facts_told(p_facts jsonb, p_other jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_object_agg(n.key, n.value) FROM jsonb_each(p_facts) n WHERE p_other -> n.key IS DISTINCT FROM n.value
$$;

CREATE FUNCTION account_note(p_account uuid, p_action text, p_before jsonb, p_after jsonb) RETURNS void LANGUAGE sql AS $$
  WITH next AS (UPDATE account SET version = version + 1 WHERE id = p_account RETURNING version)
  INSERT INTO account_change (account_id, version, action, before, after, made_by)
  SELECT p_account, next.version, p_action, p_before, p_after, current_account() FROM next
$$;

-- Whoever changes an account, by the command line too: it is noted, or not done.
CREATE FUNCTION account_noted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb;
  is_now jsonb := facts_of(NEW);
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM account_note(NEW.id, 'created', NULL, is_now);
    RETURN NULL;
  END IF;
  was := facts_of(OLD);
  IF OLD.password_changed_at <> NEW.password_changed_at THEN
    PERFORM account_note(NEW.id,
      CASE WHEN current_account() = NEW.id THEN 'password_changed' ELSE 'password_reset' END, NULL, NULL);
  END IF;
  IF was <> is_now THEN
    PERFORM account_note(NEW.id, CASE
        WHEN was -> 'disabled' = is_now -> 'disabled' THEN 'changed'
        WHEN NEW.disabled_at IS NULL THEN 'enabled' ELSE 'disabled' END,
      facts_told(was, is_now), facts_told(is_now, was));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_noted
  AFTER INSERT OR UPDATE OF display_name, role, organisation_id, disabled_at, password_changed_at ON account
  FOR EACH ROW EXECUTE FUNCTION account_noted();

CREATE FUNCTION organisation_noted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb;
  is_now jsonb := facts_of(NEW);
BEGIN
  IF TG_OP = 'UPDATE' THEN
    was := facts_of(OLD);
    IF was = is_now THEN
      RETURN NULL;
    END IF;
  END IF;
  WITH next AS (UPDATE organisation SET version = version + 1 WHERE id = NEW.id RETURNING version)
  INSERT INTO organisation_change (organisation_id, version, action, before, after, made_by)
  SELECT NEW.id, next.version, CASE
      WHEN was IS NULL THEN 'created'
      WHEN was -> 'closed' = is_now -> 'closed' THEN 'changed'
      WHEN NEW.closed_at IS NULL THEN 'opened' ELSE 'closed' END,
    facts_told(was, is_now), CASE WHEN was IS NULL THEN is_now ELSE facts_told(is_now, was) END, current_account()
  FROM next;
  RETURN NULL;
END $$;
CREATE TRIGGER organisation_noted AFTER INSERT OR UPDATE OF name, body_name, body_name_en, closed_at ON organisation
  FOR EACH ROW EXECUTE FUNCTION organisation_noted();
"""

ACCOUNTS = """
-- Whether the asker administers the people of an organisation; asked anew in every step, for two may end each other.
CREATE FUNCTION may_administer(p_organisation uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(public.may_see(p_organisation, NULL), false) AND EXISTS (SELECT 1 FROM public.account a
    WHERE a.id = public.current_account() AND a.role = 'admin' AND a.disabled_at IS NULL)
$$;
-- Whether the asker may look somebody up: an administrator everybody, who directs people those in the street.
CREATE FUNCTION may_look_up(p_organisation uuid, p_role text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT public.may_administer(p_organisation) OR p_role IN ('officer', 'handler', 'checker')
    AND coalesce(public.may_see(p_organisation, NULL), false) AND public.asks_as('dispatcher', 'zone_manager')
$$;

-- Puts somebody into one team, or none, from a day on.
CREATE FUNCTION account_team_put(p_account uuid, p_organisation uuid, p_team text, p_day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_team bigint;
  v_was text;
BEGIN
  SELECT string_agg(t.name, ', ' ORDER BY t.id) INTO v_was FROM team_member m JOIN team t ON t.id = m.team_id
  WHERE m.account_id = p_account AND m.valid @> p_day;
  IF v_was IS NOT DISTINCT FROM p_team THEN
    RETURN;
  END IF;
  IF p_team IS NOT NULL THEN
    SELECT t.id INTO v_team FROM team t WHERE t.organisation_id = p_organisation AND t.name = p_team;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no such team there' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_place';
    END IF;
  END IF;
  DELETE FROM team_member m WHERE m.account_id = p_account AND lower(m.valid) >= p_day;
  UPDATE team_member m SET valid = daterange(lower(m.valid), p_day) WHERE m.account_id = p_account AND m.valid @> p_day;
  IF v_team IS NOT NULL THEN
    INSERT INTO team_member (team_id, account_id, valid) VALUES (v_team, p_account, daterange(p_day, NULL));
  END IF;
  PERFORM account_note(p_account, 'team', jsonb_build_object('team', v_was), jsonb_build_object('team', p_team));
END $$;

CREATE FUNCTION account_sessions_end(p_account uuid, p_because text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  ended integer;
BEGIN
  UPDATE session s SET revoked_at = now(), revoked_because = p_because
  WHERE s.account_id = p_account AND s.revoked_at IS NULL AND s.expires_at > now();
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END $$;

-- A new account, with a password that its holder has to change. `p_said`: username, display_name, role, body, team.
CREATE FUNCTION account_create_v1(p_said jsonb, p_hash text, p_day date) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_body uuid;
  v_account uuid;
BEGIN
  SELECT o.id INTO v_body FROM organisation o
  WHERE o.code = p_said ->> 'body' AND o.closed_at IS NULL AND may_administer(o.id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such body' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_place';
  END IF;
  INSERT INTO account (username, display_name, role, organisation_id, password_hash, must_change_password)
  VALUES (p_said ->> 'username', p_said ->> 'display_name', p_said ->> 'role', v_body, p_hash, true)
  RETURNING id INTO v_account;
  PERFORM account_team_put(v_account, v_body, p_said ->> 'team', p_day);
  RETURN v_account;
END $$;

-- Changes display_name, role, body, team and disabled, as far as they are said; false for an account the asker does not
-- administer. Nobody changes what they may do themselves, and the district keeps an administrator.
CREATE FUNCTION account_change_v1(p_account uuid, p_version integer, p_said jsonb, p_day date) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  held account;
  wanted account;
  v_body uuid;
BEGIN
  -- One after the other: of two administrators who end each other the second finds that they are none any more.
  PERFORM pg_advisory_xact_lock(hashtextextended('account_change_v1', 0));
  SELECT a.* INTO held FROM account a WHERE a.id = p_account AND may_administer(a.organisation_id) FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  ELSIF held.version <> p_version THEN
    RAISE EXCEPTION 'changed meanwhile' USING ERRCODE = 'check_violation', CONSTRAINT = 'record_version';
  END IF;
  wanted := held;
  wanted.display_name := coalesce(p_said ->> 'display_name', held.display_name);
  wanted.role := coalesce(p_said ->> 'role', held.role);
  IF p_said ? 'disabled' THEN
    wanted.disabled_at := CASE WHEN CAST(p_said ->> 'disabled' AS boolean) THEN coalesce(held.disabled_at, now()) END;
  END IF;
  SELECT o.id INTO v_body FROM organisation o
  WHERE o.code = coalesce(p_said ->> 'body', (SELECT h.code FROM organisation h WHERE h.id = held.organisation_id))
    AND may_administer(o.id) AND (o.closed_at IS NULL OR wanted.disabled_at IS NOT NULL);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such body' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_place';
  END IF;
  wanted.organisation_id := v_body;
  IF (wanted.role, wanted.organisation_id, wanted.disabled_at) IS DISTINCT FROM (held.role, held.organisation_id, held.disabled_at)
  THEN
    IF held.role = 'admin' AND held.disabled_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM account a JOIN organisation o ON o.id = a.organisation_id
      WHERE a.id <> held.id AND a.role = 'admin' AND a.disabled_at IS NULL AND o.kind = 'district')
      AND EXISTS (SELECT 1 FROM organisation o WHERE o.id = held.organisation_id AND o.kind = 'district')
    THEN
      RAISE EXCEPTION 'the last administrator' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_last_admin';
    ELSIF p_account = current_account() THEN
      RAISE EXCEPTION 'of oneself' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_own';
    END IF;
  END IF;
  UPDATE account a SET display_name = wanted.display_name, role = wanted.role, organisation_id = wanted.organisation_id,
    disabled_at = wanted.disabled_at WHERE a.id = p_account;
  IF p_said ? 'team' OR v_body <> held.organisation_id THEN
    PERFORM account_team_put(p_account, v_body, p_said ->> 'team', p_day);
  END IF;
  IF wanted.disabled_at IS NOT NULL THEN
    PERFORM account_sessions_end(p_account, 'disabled');
  END IF;
  RETURN true;
END $$;

-- Another password, which its holder has to change, and no session any more.
CREATE FUNCTION account_reset_v1(p_account uuid, p_hash text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF p_account = current_account() THEN
    RAISE EXCEPTION 'of oneself' USING ERRCODE = 'check_violation', CONSTRAINT = 'account_own';
  END IF;
  -- The account's row before its sessions: session_open_v1 waits for it, so no session slips in between.
  UPDATE account a SET password_hash = p_hash, password_changed_at = now(), must_change_password = true
  WHERE a.id = p_account AND may_administer(a.organisation_id);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM account_sessions_end(p_account, 'password');
  RETURN true;
END $$;

CREATE FUNCTION account_sessions_end_v1(p_account uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account a WHERE a.id = p_account AND may_administer(a.organisation_id) FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF account_sessions_end(p_account, 'ended') > 0 THEN
    PERFORM account_note(p_account, 'sessions_ended', NULL, NULL);
  END IF;
  RETURN true;
END $$;
"""

READING = """
-- Accounts the asker may look up, by username: one, or those of `p_filter` (search, role, body, state, and off_from with
-- off_to: who is on no roster then). Only an administrator learns more of them than who they are.
CREATE FUNCTION account_list_v1(p_account uuid, p_filter jsonb, p_day date, p_after text, p_rows integer)
RETURNS TABLE (id uuid, username text, display_name text, role text, body text, body_name text, team text,
  sample boolean, created_at timestamptz, disabled_at timestamptz, version integer, must_change_password boolean,
  sessions bigint, tokens bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.username, a.display_name, a.role, o.code, o.name,
    (SELECT string_agg(t.name, ', ' ORDER BY t.id) FROM team_member m JOIN team t ON t.id = m.team_id
      WHERE m.account_id = a.id AND m.valid @> p_day),
    a.sample, a.created_at, a.disabled_at, a.version,
    CASE WHEN may_administer(o.id) THEN a.must_change_password END,
    CASE WHEN may_administer(o.id) THEN (SELECT count(*) FROM session s
      WHERE s.account_id = a.id AND s.revoked_at IS NULL AND s.expires_at > now()) END,
    CASE WHEN may_administer(o.id) THEN (SELECT count(*) FROM api_token k
      WHERE k.account_id = a.id AND k.revoked_at IS NULL AND k.expires_at > now()) END
  FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE may_look_up(a.organisation_id, a.role)
    AND (p_account IS NULL OR a.id = p_account)
    AND (p_after IS NULL OR a.username > p_after)
    AND (p_filter ->> 'search' IS NULL OR position(lower(p_filter ->> 'search') IN a.username) > 0
      OR position(lower(p_filter ->> 'search') IN lower(a.display_name)) > 0)
    AND (p_filter ->> 'role' IS NULL OR a.role = p_filter ->> 'role')
    AND (p_filter ->> 'body' IS NULL OR o.code = p_filter ->> 'body')
    AND (p_filter ->> 'state' IS NULL OR (a.disabled_at IS NULL) = (p_filter ->> 'state' = 'enabled'))
    AND (p_filter ->> 'off_from' IS NULL OR a.disabled_at IS NULL AND a.role IN ('officer', 'handler', 'checker')
      AND NOT EXISTS (SELECT 1 FROM roster_entry e WHERE e.account_id = a.id AND e.replaced_by IS NULL
        AND e.on_to > CAST(p_filter ->> 'off_from' AS timestamptz)
        AND e.on_from < CAST(p_filter ->> 'off_to' AS timestamptz)))
  ORDER BY a.username
  LIMIT p_rows;
END $$;

-- Changes of one account, the newest first; no row for one the asker does not administer.
CREATE FUNCTION account_changes_v1(p_account uuid, p_before integer, p_rows integer)
RETURNS TABLE (version integer, action text, before text, after text, made_at timestamptz, made_by text,
  made_by_name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT c.version, c.action, CAST(c.before AS text), CAST(c.after AS text), c.made_at, m.username,
    m.display_name
  FROM account_change c JOIN account a ON a.id = c.account_id LEFT JOIN account m ON m.id = c.made_by
  WHERE c.account_id = p_account AND may_administer(a.organisation_id) AND (p_before IS NULL OR c.version < p_before)
  ORDER BY c.version DESC
  LIMIT p_rows;
END $$;
"""

ORGANISATIONS = """
-- Every body, the district first, and how many people work there, for whoever administers them.
CREATE FUNCTION organisation_list_v1()
RETURNS TABLE (code text, kind text, name text, body_name text, body_name_en text, closed_at timestamptz,
  version integer, people bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT o.code, o.kind, o.name, o.body_name, o.body_name_en, o.closed_at, o.version,
    CASE WHEN may_administer(o.id) THEN (SELECT count(*) FROM account a
      WHERE a.organisation_id = o.id AND a.disabled_at IS NULL) END
  FROM organisation o ORDER BY o.kind, o.code;
END $$;

-- A new township. `p_said`: code, name, body_name, body_name_en.
CREATE FUNCTION organisation_create_v1(p_said jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  district organisation;
BEGIN
  SELECT o.* INTO district FROM organisation o WHERE o.kind = 'district';
  IF NOT may_administer(district.id) THEN
    RAISE EXCEPTION 'the district keeps its bodies'
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'organisation_keeper';
  ELSIF NOT starts_with(p_said ->> 'code', district.code) THEN
    RAISE EXCEPTION 'a code of another district'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'organisation_of_district';
  END IF;
  INSERT INTO organisation (code, kind, name, body_name, body_name_en, parent_id)
  VALUES (p_said ->> 'code', 'township', p_said ->> 'name', p_said ->> 'body_name', p_said ->> 'body_name_en', district.id);
END $$;

-- Changes name, body_name, body_name_en and closed, as far as they are said; false for a code that is none. A body that
-- people, cases, its township or a rule in force still need is not closed.
CREATE FUNCTION organisation_change_v1(p_code text, p_version integer, p_said jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  held organisation;
  closing boolean := coalesce(CAST(p_said ->> 'closed' AS boolean), false);
BEGIN
  IF NOT EXISTS (SELECT 1 FROM organisation o WHERE o.kind = 'district' AND may_administer(o.id)) THEN
    RAISE EXCEPTION 'the district keeps its bodies'
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'organisation_keeper';
  END IF;
  SELECT o.* INTO held FROM organisation o WHERE o.code = p_code FOR UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  ELSIF held.version <> p_version THEN
    RAISE EXCEPTION 'changed meanwhile' USING ERRCODE = 'check_violation', CONSTRAINT = 'record_version';
  ELSIF closing AND held.closed_at IS NULL AND (held.kind = 'district'
    OR EXISTS (SELECT 1 FROM account a WHERE a.organisation_id = held.id AND a.disabled_at IS NULL)
    OR EXISTS (SELECT 1 FROM case_file c WHERE c.organisation_id = held.id AND c.closed_at IS NULL)
    OR EXISTS (SELECT 1 FROM zone z WHERE z.kind = 'township' AND z.code = held.code AND upper_inf(z.valid))
    OR EXISTS (SELECT 1 FROM routing_rule_set r WHERE upper_inf(r.valid)
      AND jsonb_path_exists(CAST(r.rules AS jsonb), '$.** ? (@ == $code)', jsonb_build_object('code', held.code))))
  THEN
    RAISE EXCEPTION 'it is still needed' USING ERRCODE = 'check_violation', CONSTRAINT = 'organisation_in_use';
  END IF;
  UPDATE organisation o SET name = coalesce(p_said ->> 'name', o.name), body_name = coalesce(p_said ->> 'body_name', o.body_name),
    body_name_en = coalesce(p_said ->> 'body_name_en', o.body_name_en),
    closed_at = CASE WHEN NOT p_said ? 'closed' THEN o.closed_at WHEN closing THEN coalesce(o.closed_at, now()) END
  WHERE o.id = held.id;
  RETURN true;
END $$;

-- Changes of one body, the newest first, for whoever administers it.
CREATE FUNCTION organisation_changes_v1(p_code text, p_before integer, p_rows integer)
RETURNS TABLE (version integer, action text, before text, after text, made_at timestamptz, made_by text,
  made_by_name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT c.version, c.action, CAST(c.before AS text), CAST(c.after AS text), c.made_at, m.username,
    m.display_name
  FROM organisation_change c JOIN organisation o ON o.id = c.organisation_id LEFT JOIN account m ON m.id = c.made_by
  WHERE o.code = p_code AND may_administer(o.id) AND (p_before IS NULL OR c.version < p_before)
  ORDER BY c.version DESC
  LIMIT p_rows;
END $$;
"""

PASSWORDS = """
CREATE FUNCTION login_lookup_v2(p_username text)
RETURNS TABLE (account_id uuid, password_hash text, disabled boolean, must_change boolean) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.password_hash, a.disabled_at IS NOT NULL, a.must_change_password FROM account a
  WHERE a.username = p_username
$$;
-- A password of the holder's own in place of the very one that was verified; its sessions end, and this transaction acts
-- for the holder from here on.
CREATE FUNCTION login_change_v1(p_account uuid, p_old text, p_new text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('frontage.account_id', p_account::text, true);
  UPDATE account a SET password_hash = p_new, password_changed_at = now(), must_change_password = false
  WHERE a.id = p_account AND a.password_hash = p_old AND a.disabled_at IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM account_sessions_end(p_account, 'password');
  RETURN true;
END $$;
"""

TOKENS = """
-- A token of the asker's own, good for so many days.
CREATE FUNCTION api_token_create_v1(p_token uuid, p_name text, p_writes boolean, p_digest bytea, p_days integer,
  p_most integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account a WHERE a.id = current_account() FOR UPDATE;
  IF (SELECT count(*) FROM api_token k
    WHERE k.account_id = current_account() AND k.revoked_at IS NULL AND k.expires_at > now()) >= p_most
  THEN
    RAISE EXCEPTION 'too many tokens' USING ERRCODE = 'check_violation', CONSTRAINT = 'api_token_most';
  END IF;
  INSERT INTO api_token (id, account_id, name, writes, digest, expires_at)
  VALUES (p_token, current_account(), p_name, p_writes, p_digest, now() + make_interval(days => p_days));
  PERFORM account_note(current_account(), 'token_made', NULL, jsonb_build_object('token', p_name));
END $$;

-- Tokens of the asker, or of an account they administer, the newest first; never what opens them.
CREATE FUNCTION api_token_list_v1(p_token uuid, p_account uuid, p_rows integer)
RETURNS TABLE (id uuid, account_id uuid, name text, writes boolean, created_at timestamptz, expires_at timestamptz,
  last_used_on date, revoked_at timestamptz, revoked_by text, expired boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT k.id, a.id, k.name, k.writes, k.created_at, k.expires_at, k.last_used_on, k.revoked_at, r.username,
    k.expires_at <= now()
  FROM api_token k JOIN account a ON a.id = k.account_id LEFT JOIN account r ON r.id = k.revoked_by
  WHERE (a.id = current_account() OR may_administer(a.organisation_id))
    AND (p_token IS NULL OR k.id = p_token)
    AND (p_token IS NOT NULL OR a.id = coalesce(p_account, current_account()))
  ORDER BY k.created_at DESC, k.id
  LIMIT p_rows;
END $$;

-- Ends a token at once; false for one that is not the asker's nor of somebody they administer. Again is the same.
CREATE FUNCTION api_token_revoke_v1(p_token uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  held record;
BEGIN
  SELECT k.account_id, k.name, k.revoked_at INTO held FROM api_token k JOIN account a ON a.id = k.account_id
  WHERE k.id = p_token AND (a.id = current_account() OR may_administer(a.organisation_id)) FOR UPDATE OF k;
  IF NOT FOUND THEN
    RETURN false;
  ELSIF held.revoked_at IS NULL THEN
    UPDATE api_token k SET revoked_at = now(), revoked_by = current_account() WHERE k.id = p_token;
    PERFORM account_note(held.account_id, 'token_revoked', NULL, jsonb_build_object('token', held.name));
  END IF;
  RETURN true;
END $$;

-- What enter_v1 is for a session, for a personal token: its owner as they are now, and what they may see.
CREATE FUNCTION api_token_enter_v1(p_account uuid, p_token uuid, p_digest bytea)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, organisation_id uuid,
  organisation_code text, organisation_name text, organisation_kind text, scope text)
LANGUAGE plpgsql AS $$
DECLARE
  asking record;
BEGIN
  SELECT a.id, a.username, a.display_name, a.role, o.id AS organisation_id, o.code, o.name, o.kind,
    scope_of(a.role, o.kind) AS scope, k.last_used_on
  INTO asking
  FROM api_token k
  JOIN account a ON a.id = k.account_id
  JOIN organisation o ON o.id = a.organisation_id
  WHERE k.id = p_token AND k.account_id = p_account AND k.digest = p_digest AND k.revoked_at IS NULL AND k.expires_at > now()
    AND a.disabled_at IS NULL;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF asking.last_used_on IS DISTINCT FROM current_date THEN
    -- Nobody waits for a request that is noting the same.
    UPDATE api_token k SET last_used_on = current_date
    WHERE k.id = (SELECT n.id FROM api_token n WHERE n.id = p_token FOR UPDATE SKIP LOCKED);
  END IF;
  PERFORM set_config('frontage.account_id', asking.id::text, true),
    set_config('frontage.organisation_id', asking.organisation_id::text, true),
    set_config('frontage.scope', asking.scope, true);
  RETURN QUERY SELECT asking.id, asking.username, asking.display_name, asking.role, asking.organisation_id,
    asking.code, asking.name, asking.kind, asking.scope;
END $$;
"""

# Who sees how far: said once, for sessions and for tokens.
SCOPE = """
CREATE FUNCTION scope_of(p_role text, p_kind text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_role = 'officer' THEN 'own'
    WHEN p_kind = 'district' AND p_role <> 'handler' THEN 'district'
    ELSE 'organisation'
  END
$$;
"""
ENTER = """
CREATE OR REPLACE FUNCTION enter_v1(p_account uuid, p_session uuid)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, organisation_id uuid,
  organisation_code text, organisation_name text, organisation_kind text, scope text)
LANGUAGE plpgsql AS $$
DECLARE
  asking record;
BEGIN
  SELECT a.id, a.username, a.display_name, a.role, o.id AS organisation_id, o.code, o.name, o.kind,
    %s AS scope
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
END $$;
"""
BEFORE = """CASE
      WHEN a.role = 'officer' THEN 'own'
      WHEN o.kind = 'district' AND a.role <> 'handler' THEN 'district'
      ELSE 'organisation'
    END"""
AFTER = "scope_of(a.role, o.kind)"
