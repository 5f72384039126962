-- What the migrations make, as pg_dump shows it; written by make schema, compared by make check-sql.


CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

COMMENT ON EXTENSION btree_gist IS 'support for indexing common datatypes in GiST';

CREATE TYPE public.calendar_entry AS (
	uid uuid,
	changed_at timestamp with time zone,
	sequence integer,
	starts_at timestamp with time zone,
	ends_at timestamp with time zone,
	summary text,
	description text,
	location text,
	url text,
	status text
);

CREATE TYPE public.catalogue_entry AS (
	id uuid,
	code text,
	unit_id uuid,
	name jsonb,
	closed_on date,
	version bigint,
	request_hash bytea
);

CREATE TYPE public.clock_again AS (
	subject uuid,
	run_at timestamp with time zone,
	data jsonb
);

CREATE TYPE public.mask_span AS (
	first integer,
	size integer,
	kind text
);

CREATE TYPE public.move_wish AS (
	step_id uuid,
	request_hash bytea,
	if_match bigint,
	caller_id uuid,
	body jsonb
);

CREATE TYPE public.search_hit AS (
	rank integer,
	received_on date,
	id uuid
);

CREATE FUNCTION public.app_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT now() + coalesce(nullif(current_setting('osallisuus.now_offset', true), '')::interval, interval '0')
$$;

CREATE FUNCTION public.app_today() RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT (app_now() AT TIME ZONE 'Europe/Helsinki')::date
$$;

CREATE FUNCTION public.is_language_map(texts jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_typeof(texts) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_each(texts) t
        WHERE t.key NOT IN ('fi', 'sv', 'en', 'se', 'smn', 'sms', 'fi-x-selko') OR jsonb_typeof(t.value) <> 'string')
$$;

CREATE FUNCTION public.is_place(place jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    SELECT jsonb_typeof(place) = 'object' AND coalesce(jsonb_typeof(place -> 'address') = 'string', false)
        AND is_language_map(coalesce(place -> 'room', '{}')) AND is_language_map(coalesce(place -> 'accessibility', '{}'))
$$;

CREATE TABLE public.session (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    title jsonb NOT NULL,
    description jsonb DEFAULT '{}'::jsonb NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    place jsonb,
    online_url text,
    is_online boolean GENERATED ALWAYS AS ((online_url IS NOT NULL)) STORED,
    agenda jsonb DEFAULT '[]'::jsonb NOT NULL,
    support text[] DEFAULT '{}'::text[] NOT NULL,
    is_open boolean DEFAULT false NOT NULL,
    capacity integer,
    minutes jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    changed_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    series_id uuid,
    CONSTRAINT session_agenda_is_a_list CHECK ((jsonb_typeof(agenda) = 'array'::text)),
    CONSTRAINT session_capacity_counts CHECK ((capacity >= 1)),
    CONSTRAINT session_description_is_by_language CHECK (public.is_language_map(description)),
    CONSTRAINT session_ends_after_it_starts CHECK ((starts_at < ends_at)),
    CONSTRAINT session_has_minutes CHECK (((state <> ALL (ARRAY['minutes_published'::text, 'closed'::text])) OR (minutes <> '{}'::jsonb))),
    CONSTRAINT session_has_place CHECK (((state = ANY (ARRAY['draft'::text, 'cancelled'::text])) OR (place IS NOT NULL) OR (online_url IS NOT NULL))),
    CONSTRAINT session_kind CHECK ((kind = ANY (ARRAY['meeting'::text, 'workshop'::text, 'evening'::text, 'hearing'::text]))),
    CONSTRAINT session_minutes_are_by_language CHECK (public.is_language_map(minutes)),
    CONSTRAINT session_place_is_told CHECK (public.is_place(place)),
    CONSTRAINT session_state CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'held'::text, 'minutes_published'::text, 'closed'::text, 'cancelled'::text]))),
    CONSTRAINT session_support_is_known CHECK ((support <@ ARRAY['sign_language'::text, 'interpretation'::text, 'hearing_loop'::text, 'easy_language'::text, 'large_print'::text, 'assistant'::text, 'transport'::text])),
    CONSTRAINT session_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.absence_breach(s public.session) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN s.state = 'cancelled' THEN 'session_is_over' WHEN s.state <> 'published' OR s.starts_at <= app_now() THEN 'session_has_begun' END
$$;

CREATE FUNCTION public.act_as(caller uuid) RETURNS boolean
    LANGUAGE sql
    AS $$
    SELECT set_config('osallisuus.caller', coalesce(caller::text, ''), true) IS NOT NULL
$$;

CREATE FUNCTION public.acting_caller() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT nullif(current_setting('osallisuus.caller', true), '')::uuid
$$;

CREATE FUNCTION public.acting_kind() RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN acting_caller() IS NOT NULL OR session_user = 'osallisuus_api' THEN 'caller'
                WHEN session_user IN ('osallisuus_worker', 'osallisuus_mailer', 'osallisuus_all') THEN 'system'
                ELSE 'administrator' END
$$;

CREATE FUNCTION public.address_changes(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT person_changes(p.id) FROM person p WHERE p.id = person
    UNION
    SELECT person_changes(o.id) FROM person p JOIN person o ON o.address_hash = p.address_hash WHERE p.id = person
$$;

CREATE FUNCTION public.address_in_panel(of_panel uuid, hash bytea, but uuid DEFAULT NULL::uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT EXISTS (SELECT FROM person p JOIN member m ON m.id = p.id
                   WHERE p.address_hash = hash AND m.panel_id = of_panel AND m.id IS DISTINCT FROM but
                       AND m.state NOT IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased'))
$$;

CREATE FUNCTION public.address_is_known(hash bytea) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT EXISTS (SELECT FROM contact c WHERE c.address_hash = hash) OR EXISTS (SELECT FROM survey_link l WHERE l.address_hash = hash)
        OR EXISTS (SELECT FROM person p WHERE p.address_hash = hash)
$$;

CREATE FUNCTION public.answer_due_on(unit_path uuid[], voice_kind text) RETURNS date
    LANGUAGE sql STABLE
    AS $$
    SELECT limit_day(app_today() + l.days) FROM answer_limits(unit_path) l WHERE l.kind = voice_kind
$$;

CREATE FUNCTION public.answer_erase() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM answer_text t USING new_erasure n WHERE t.answer_sheet_id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.answer_limits(unit_path uuid[]) RETURNS TABLE(kind text, days integer, unit_id uuid)
    LANGUAGE sql STABLE
    AS $$
    SELECT k.kind, coalesce(n.days, rule_value('answer_days')), n.unit_id
    FROM unnest(ARRAY['thanks', 'concern', 'idea', 'question', 'safety']) AS k (kind)
    LEFT JOIN LATERAL (
        SELECT l.days, l.unit_id FROM answer_limit l
        WHERE l.kind = k.kind AND l.unit_id = ANY (unit_path)
        ORDER BY array_position(unit_path, l.unit_id) DESC
        LIMIT 1
    ) n ON true
$$;

CREATE FUNCTION public.answer_problem(question jsonb, answer jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE
        WHEN answer = 'null' THEN CASE WHEN NOT question ? 'dont_know' THEN 'answer_wrong_type' END
        WHEN jsonb_typeof(answer) <> CASE question ->> 'type' WHEN 'scale' THEN 'number' WHEN 'recommend' THEN 'number'
            WHEN 'yes_no' THEN 'boolean' WHEN 'multi_choice' THEN 'array' ELSE 'string' END THEN 'answer_wrong_type'
        ELSE CASE question ->> 'type'
            WHEN 'yes_no' THEN NULL
            WHEN 'text' THEN CASE WHEN answer = '""' THEN 'answer_missing'
                WHEN length(answer #>> '{}') > coalesce((question ->> 'max_length')::integer, 2000) THEN 'answer_too_long' END
            WHEN 'choice' THEN CASE WHEN NOT question_has_option(question, answer) THEN 'answer_not_an_option' END
            WHEN 'multi_choice' THEN CASE WHEN answer = '[]' THEN 'answer_missing'
                WHEN EXISTS (SELECT FROM jsonb_array_elements(answer) v GROUP BY v HAVING count(*) > 1 OR NOT question_has_option(question, v))
                    THEN 'answer_not_an_option' END
            ELSE CASE WHEN answer::text !~ '^-?[0-9]{1,9}$' THEN 'answer_wrong_type'
                WHEN answer::text::integer NOT BETWEEN question_bound(question, 'min') AND question_bound(question, 'max')
                    THEN 'answer_out_of_range' END
        END END
$_$;

CREATE FUNCTION public.answer_problems(set_id uuid, answers jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((SELECT coalesce(question_problems(s.questions, answers), '[]')
                     FROM question_set s WHERE s.id = set_id AND s.state <> 'draft'),
                    '[{"pointer": "/question_set_id", "code": "unknown_reference"}]')
$$;

CREATE FUNCTION public.answer_sheet_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    words jsonb;
BEGIN
    IF answer_problems(NEW.question_set_id, NEW.answers) <> '[]' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'answer_sheet_fits_questions', MESSAGE = 'answer_sheet_fits_questions';
    END IF;
    SELECT jsonb_object_agg(q ->> 'key', NEW.answers -> (q ->> 'key')) INTO words
    FROM question_set s CROSS JOIN LATERAL jsonb_array_elements(s.questions) q
    WHERE s.id = NEW.question_set_id AND q ->> 'type' = 'text' AND NEW.answers ? (q ->> 'key');
    IF words IS NOT NULL THEN
        INSERT INTO answer_text (answer_sheet_id, question_key, original, lang, round_id)
        SELECT NEW.id, w.key, w.value, NEW.lang, NEW.round_id FROM jsonb_each_text(words) w ORDER BY w.key;
        NEW.answers := NEW.answers || (SELECT jsonb_object_agg(w.key, true) FROM jsonb_object_keys(words) w (key));
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.answer_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn')) THEN
        RETURN NULL;
    END IF;
    DELETE FROM answer_text t USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'removed' AND t.answer_sheet_id = n.subject;
    DELETE FROM answer_sheet s USING new_step n
    WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND s.id = n.subject;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.api_key_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE api_key_generation SET generation = generation + 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.are_panel_rules(rules jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_typeof(rules) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_each(rules) r
        WHERE r.key NOT IN ('size', 'term_months', 'meetings_a_year', 'no_staff', 'no_statutory_members', 'per_municipality')
            OR CASE jsonb_typeof(r.value) WHEN 'number' THEN (r.value #>> '{}')::numeric NOT BETWEEN 0 AND 10000 ELSE true END)
$$;

CREATE FUNCTION public.are_vote_options(options jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_typeof(options) = 'array' AND jsonb_array_length(options) BETWEEN 2 AND 20
        AND (SELECT count(DISTINCT o ->> 'key') = count(*) AND bool_and(o ->> 'key' <> '' AND is_language_map(o -> 'text') AND o -> 'text' <> '{}')
             FROM jsonb_array_elements(options) o)
$$;

CREATE FUNCTION public.asked_queries(asked jsonb, is_any boolean) RETURNS tsquery[]
    LANGUAGE sql STABLE
    AS $$
    SELECT ARRAY[asked_query(asked, 'fi', is_any), asked_query(asked, 'sv', is_any), asked_query(asked, 'en', is_any), asked_query(asked, '', is_any)]
$$;

CREATE FUNCTION public.asked_query(asked jsonb, lang text, is_any boolean) RETURNS tsquery
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    query text := asked ->> (CASE lang WHEN 'fi' THEN 'finnish' ELSE 'plain' END || CASE WHEN is_any THEN '_any' ELSE '' END);
    words jsonb := asked -> CASE lang WHEN 'fi' THEN 'unknown' ELSE 'words' END;
    needed text := query;
    stem text;
    answer tsquery;
BEGIN
    IF query = '' THEN
        RETURN NULL;
    END IF;
    FOR i IN 1 .. jsonb_array_length(words) LOOP
        stem := '''' || search_stem(words ->> i - 1, lang) || '''';
        query := replace(replace(query, '''@' || i || '''', stem), '''#' || i || '''', stem);
        needed := replace(replace(needed, '''@' || i || '''', CASE WHEN is_stop_word(words ->> i - 1, lang) THEN '''@''' ELSE stem END),
            '''#' || i || '''', stem);
    END LOOP;
    answer := ts_rewrite(needed::tsquery, '''@''', '');
    answer := CASE WHEN numnode(answer) > 0 THEN answer ELSE query::tsquery END;
    RETURN CASE WHEN querytree(answer) NOT IN ('', 'T') OR asked ->> 'plain_any' = '' THEN answer END;
END
$$;

CREATE FUNCTION public.audit_actor(role_name text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN role_name IN ('giver', 'member', 'participant', 'expert') THEN 'giver' WHEN role_name IN ('system', 'retention') THEN 'system'
                WHEN role_name = 'administrator' THEN 'administrator' ELSE 'caller' END
$$;

CREATE FUNCTION public.audit_attendance() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code, digest)
    SELECT CASE WHEN c.attended IS NULL THEN 'giver' ELSE acting_kind() END, CASE WHEN c.attended IS NOT NULL THEN acting_caller() END,
        'session.' || CASE WHEN c.attended IS NOT NULL THEN 'attendance_set' WHEN TG_OP = 'INSERT' THEN 'absence_said' ELSE 'absence_taken_back' END,
        'session', c.session_id, concat_ws('=', c.member_id, c.attended), sha256(convert_to(to_jsonb(c)::text, 'UTF8'))
    FROM changed c;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_chain_more(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    head record;
    chained integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_chain'));
    SELECT h.n, h.xid, h.place, h.hash INTO head FROM audit_head() h;
    INSERT INTO audit_chain (n, xid, place, hash, at, subject)
    SELECT head.n + row_number() OVER w, a.xid, a.place, audit_hash(head.hash, audit_text(a)) OVER w, a.at, a.subject
    FROM (
        SELECT x.* FROM audit x
        WHERE (x.xid, x.place) > (head.xid, head.place) AND x.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY x.xid, x.place
        LIMIT most
    ) a
    WINDOW w AS (ORDER BY a.xid, a.place ROWS UNBOUNDED PRECEDING);
    GET DIAGNOSTICS chained = ROW_COUNT;
    RETURN chained;
END
$$;

CREATE FUNCTION public.audit_events() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (at, actor, caller_id, action, resource, subject, version)
    SELECT e.at,
        CASE WHEN e.type = 'feedback.received' THEN 'giver'
             WHEN e.data ? 'who' THEN audit_actor(e.data ->> 'who')
             WHEN e.data ? 'author' THEN audit_actor(e.data ->> 'author')
             WHEN e.type = 'feedback.erased' THEN audit_actor((SELECT x.who FROM erasure x WHERE x.feedback_id = e.subject))
             ELSE acting_kind() END,
        CASE WHEN e.type = 'feedback.received' THEN NULL
             WHEN e.data ? 'who' THEN (SELECT s.caller_id FROM step s WHERE s.subject = e.subject AND s.version = e.version)
             WHEN e.data ? 'author' THEN (SELECT m.caller_id FROM message m WHERE m.feedback_id = e.subject AND m.n = (e.data ->> 'n')::integer)
             WHEN e.type = 'feedback.erased' THEN (SELECT x.caller_id FROM erasure x WHERE x.feedback_id = e.subject)
             ELSE acting_caller() END,
        e.type, e.resource, e.subject, e.version
    FROM new_event e;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_follow_ups() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (at, actor, action, resource, subject)
    SELECT day_start(n.answered_on), 'giver', 'change.follow_up_answered', 'change', n.change_id
    FROM new_follow_up n JOIN old_follow_up o USING (id)
    WHERE n.answer IS NOT NULL AND o.answer IS NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_follow_ups_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (at, actor, action, resource, subject)
    SELECT day_start(n.answered_on), 'giver', 'change.follow_up_answered', 'change', n.change_id
    FROM new_follow_up n WHERE n.answer IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_hash_next(hash bytea, first_hash bytea, row_text text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT sha256(coalesce(hash, first_hash) || convert_to(row_text, 'UTF8'))
$$;

CREATE FUNCTION public.audit_head() RETURNS TABLE(n bigint, xid xid8, place bigint, hash bytea)
    LANGUAGE sql STABLE
    AS $$
    SELECT h.n, h.xid, h.place, h.hash
    FROM ((SELECT c.n, c.xid, c.place, c.hash FROM audit_chain c ORDER BY c.n DESC LIMIT 1)
          UNION ALL
          (SELECT x.n, x.xid, x.place, x.hash FROM audit_anchor x ORDER BY x.n DESC LIMIT 1)) h
    ORDER BY h.n DESC
    LIMIT 1
$$;

CREATE FUNCTION public.audit_imports() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code)
    SELECT 'caller', n.caller_id, 'import.' || coalesce(n.outcome, 'begun'), 'import', n.id, n.problem
    FROM new_import n JOIN old_import o USING (id)
    WHERE n.outcome IS NOT NULL AND o.outcome IS NULL OR n.run > o.run;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'the audit is append-only';
END
$$;

CREATE FUNCTION public.audit_keeps_what_is_after_its_anchor() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM gone g WHERE (g.xid, g.place) > (SELECT x.xid, x.place FROM audit_anchor x ORDER BY x.n DESC LIMIT 1)) THEN
        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = 'the audit is append-only';
    END IF;
    RETURN NULL;
END
$$;

CREATE SEQUENCE public.audit_place_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.audit (
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    place bigint DEFAULT nextval('public.audit_place_seq'::regclass) NOT NULL,
    at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    actor text NOT NULL,
    caller_id uuid,
    action text NOT NULL,
    resource text NOT NULL,
    subject uuid,
    code text,
    version bigint,
    digest bytea,
    CONSTRAINT audit_actor CHECK ((actor = ANY (ARRAY['giver'::text, 'caller'::text, 'system'::text, 'administrator'::text])))
);

CREATE FUNCTION public.audit_matches(a public.audit, by_caller uuid, by_actor text, of_resource text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT (by_caller IS NULL OR a.caller_id = by_caller) AND (by_actor IS NULL OR a.actor = by_actor)
        AND (of_resource IS NULL OR a.resource = of_resource)
$$;

CREATE FUNCTION public.audit_rows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject, code, version, digest)
    SELECT acting_kind(), coalesce((r.row ->> 'caller_id')::uuid, acting_caller()), TG_ARGV[0] || '.' || TG_ARGV[1], TG_ARGV[0],
        (r.row ->> TG_ARGV[2])::uuid,
        (SELECT string_agg(r.row ->> c, '=' ORDER BY n) FROM unnest(string_to_array(TG_ARGV[3], ' ')) WITH ORDINALITY x (c, n)),
        (r.row ->> 'version')::bigint, sha256(convert_to(r.row::text, 'UTF8'))
    FROM (SELECT to_jsonb(c) AS row FROM changed c) r;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.audit_text(a public.audit) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT ROW(a.xid, a.place, (extract(epoch FROM a.at) * 1000000)::bigint, a.actor, a.caller_id, a.action, a.resource, a.subject,
        a.code, a.version, encode(a.digest, 'hex'))::text
$$;

CREATE FUNCTION public.audit_waiting(most integer) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*)
    FROM (SELECT FROM audit a WHERE (a.xid, a.place) > ((SELECT h.xid FROM audit_head() h), (SELECT h.place FROM audit_head() h)) LIMIT most) w
$$;

CREATE FUNCTION public.availability_form(kind text, fields jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_build_object('operation', 'own_availability_create', 'values', jsonb_build_object('kind', kind), 'folded', personal_text('available_add_' || kind),
        'button', personal_text('available_add'), 'fields', fields || jsonb_build_array(
            jsonb_build_object('name', 'from', 'type', 'time', 'label', personal_text('available_from'), 'required', kind <> 'exception',
                'help', CASE kind WHEN 'exception' THEN personal_text('available_none_help') END),
            jsonb_build_object('name', 'until', 'type', 'time', 'label', personal_text('available_until'), 'required', kind <> 'exception')))
$$;

CREATE TABLE public.availability (
    id uuid NOT NULL,
    expert_id uuid NOT NULL,
    kind text NOT NULL,
    weekday integer,
    first_on date,
    last_on date,
    begins_at time without time zone,
    ends_at time without time zone,
    during tstzrange,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    CONSTRAINT availability_ends_after_it_begins CHECK (((ends_at > begins_at) AND (last_on >= first_on))),
    CONSTRAINT availability_is_whole CHECK (
CASE kind
    WHEN 'weekly'::text THEN (((weekday >= 1) AND (weekday <= 7)) AND (num_nonnulls(first_on, begins_at, ends_at) = 3) AND (during IS NULL))
    WHEN 'exception'::text THEN ((num_nonnulls(first_on, last_on) = 2) AND (num_nonnulls(begins_at, ends_at) = ANY (ARRAY[0, 2])) AND (num_nonnulls(weekday, during) = 0))
    ELSE ((during IS NOT NULL) AND (NOT isempty(during)) AND (num_nonnulls(weekday, first_on, last_on, begins_at, ends_at) = 0))
END),
    CONSTRAINT availability_kind CHECK ((kind = ANY (ARRAY['weekly'::text, 'exception'::text, 'single'::text])))
);

CREATE FUNCTION public.availability_is_known(of_expert uuid, wish public.availability) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM availability a
        WHERE a.expert_id = of_expert AND a.kind = wish.kind AND CASE a.kind
            WHEN 'weekly' THEN a.weekday = wish.weekday AND a.begins_at <= wish.begins_at AND a.ends_at >= wish.ends_at
                AND daterange(a.first_on, a.last_on, '[]') @> daterange(wish.first_on, wish.last_on, '[]')
            WHEN 'exception' THEN (a.first_on, a.last_on) = (wish.first_on, wish.last_on)
                AND (a.begins_at, a.ends_at) IS NOT DISTINCT FROM (wish.begins_at, wish.ends_at)
            ELSE a.during @> wish.during END)
$$;

CREATE FUNCTION public.availability_item(a public.availability) RETURNS TABLE(id uuid, kind text, weekday text, first_on date, last_on date, "from" text, until text, starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT a.id, a.kind, ('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[])[a.weekday], a.first_on, a.last_on,
        to_char(a.begins_at, 'HH24:MI'), to_char(a.ends_at, 'HH24:MI'), lower(a.during), upper(a.during)
$$;

CREATE FUNCTION public.availability_made(of_expert uuid, new_id uuid, hash bytea, body jsonb, OUT kept public.availability, OUT replayed boolean, OUT problem text, OUT pointer text, OUT members jsonb) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    judged record;
    wish availability;
BEGIN
    SELECT a.* INTO kept FROM availability a WHERE a.id = new_id;
    replayed := kept.id IS NOT NULL;
    IF replayed THEN
        problem := CASE WHEN kept.request_hash IS DISTINCT FROM hash OR kept.expert_id <> of_expert THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT * INTO judged FROM availability_wish(body);
    wish := judged.wish;
    problem := judged.problem;
    pointer := judged.pointer;
    members := judged.members;
    IF problem IS NULL AND availability_is_known(of_expert, wish) THEN
        problem := 'availability_is_known';
    ELSIF problem IS NULL AND (SELECT count(*) FROM availability a WHERE a.expert_id = of_expert) >= 500 THEN
        problem := 'availability_is_full';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO availability (id, expert_id, kind, weekday, first_on, last_on, begins_at, ends_at, during, request_hash)
    VALUES (new_id, of_expert, wish.kind, wish.weekday, wish.first_on, wish.last_on, wish.begins_at, wish.ends_at, wish.during, hash)
    ON CONFLICT (id) DO NOTHING -- the same key for another expert at the same time
    RETURNING * INTO kept;
    problem := CASE WHEN kept.id IS NULL THEN 'idempotency_key_reused' END;
END
$$;

CREATE FUNCTION public.availability_person_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM availability a USING old_person o WHERE a.expert_id = o.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.availability_wish(body jsonb, OUT wish public.availability, OUT problem text, OUT pointer text, OUT members jsonb) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_variable
DECLARE
    zone CONSTANT text := coalesce(body ->> 'zone', 'Europe/Helsinki');
    is_by_clock CONSTANT boolean := body ->> 'kind' <> 'single' OR body ? 'day';
    needed CONSTANT text[] := CASE body ->> 'kind' WHEN 'weekly' THEN '{weekday,from,until}'::text[] WHEN 'exception' THEN '{first_on}'
        || CASE WHEN body ?| '{from,until}' THEN '{from,until}'::text[] ELSE '{}' END
        ELSE CASE WHEN is_by_clock THEN '{day,from,until}'::text[] ELSE '{starts_at,ends_at}' END END;
    known CONSTANT text[] := needed || '{kind}'::text[]
        || CASE body ->> 'kind' WHEN 'weekly' THEN '{first_on,last_on}'::text[] WHEN 'exception' THEN '{last_on}' ELSE CASE WHEN is_by_clock THEN '{zone}'::text[] ELSE '{}' END END;
    day date;
    t record;
BEGIN
    SELECT '/' || n INTO pointer FROM unnest(needed) n WHERE NOT body ? n ORDER BY n LIMIT 1;
    pointer := coalesce(pointer, (SELECT '/' || k FROM jsonb_object_keys(body) k WHERE k <> ALL (known) ORDER BY k LIMIT 1));
    IF pointer IS NOT NULL THEN
        problem := 'availability_is_whole';
        RETURN;
    END IF;
    wish.kind := body ->> 'kind';
    IF wish.kind = 'single' THEN
        day := (body ->> 'day')::date;
    ELSE
        wish.weekday := array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', body ->> 'weekday');
        wish.first_on := coalesce((body ->> 'first_on')::date, app_today());
        wish.last_on := coalesce((body ->> 'last_on')::date, CASE wish.kind WHEN 'exception' THEN wish.first_on END);
        wish.begins_at := (body ->> 'from')::time;
        wish.ends_at := (body ->> 'until')::time;
        day := CASE WHEN wish.kind = 'exception' AND wish.first_on = wish.last_on THEN wish.first_on END;
    END IF;
    pointer := CASE WHEN is_by_clock AND (body ->> 'until')::time <= (body ->> 'from')::time THEN '/until'
                    WHEN NOT is_by_clock AND (body ->> 'ends_at')::timestamptz <= (body ->> 'starts_at')::timestamptz THEN '/ends_at'
                    WHEN wish.last_on < wish.first_on THEN '/last_on' END;
    problem := CASE WHEN pointer IS NOT NULL THEN 'availability_ends_after_it_begins' END;
    FOR t IN
        SELECT CASE m.problem WHEN 'zone_is_unknown' THEN 'zone' ELSE n.name END AS name, m.problem, n.at
        FROM (VALUES ('from', (body ->> 'from')::time), ('until', (body ->> 'until')::time)) n (name, at)
        CROSS JOIN LATERAL local_moment(day, n.at, zone) m
        WHERE problem IS NULL AND day IS NOT NULL AND n.at IS NOT NULL AND m.problem IS NOT NULL
        ORDER BY n.name LIMIT 1
    LOOP
        problem := t.problem;
        pointer := '/' || t.name;
        members := CASE WHEN t.problem <> 'zone_is_unknown' THEN jsonb_build_object('local_time', to_char(day + t.at, 'YYYY-MM-DD"T"HH24:MI'), 'zone', zone) END;
    END LOOP;
    IF problem IS NULL AND wish.kind = 'single' THEN
        wish.during := CASE WHEN is_by_clock THEN tstzrange((local_moment(day, (body ->> 'from')::time, zone)).moment, (local_moment(day, (body ->> 'until')::time, zone)).moment)
                            ELSE tstzrange((body ->> 'starts_at')::timestamptz, (body ->> 'ends_at')::timestamptz) END;
    END IF;
END
$$;

CREATE FUNCTION public.availability_words(a public.availability, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE a.kind
        WHEN 'weekly' THEN personal_text('available_weekly' || CASE WHEN a.last_on IS NOT NULL THEN '_until' ELSE '' END, jsonb_build_object('weekday',
            personal_text('weekday_' || a.weekday), 'from', t.from_words, 'until', t.until_words, 'last', page_day(a.last_on)))
        WHEN 'exception' THEN personal_text('available_' || CASE WHEN a.begins_at IS NULL THEN 'not' ELSE 'otherwise' END
            || CASE WHEN a.first_on < a.last_on THEN '_days' ELSE '' END,
            jsonb_build_object('first', page_day(a.first_on), 'last', page_day(a.last_on), 'from', t.from_words, 'until', t.until_words))
        ELSE personal_text('available_single', jsonb_build_object('time', page_span(lower(a.during), upper(a.during), tag))) END
    FROM (SELECT to_char(a.begins_at, 'FMHH24.MI') AS from_words, to_char(a.ends_at, 'FMHH24.MI') AS until_words) t
$$;

CREATE FUNCTION public.awake_at(moment timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN CASE WHEN q.from_hour < q.until_hour THEN q.hour >= q.from_hour AND q.hour < q.until_hour
                          WHEN q.from_hour > q.until_hour THEN q.hour >= q.from_hour OR q.hour < q.until_hour END
        THEN (date_trunc('day', q.local) + make_interval(days => (q.hour >= q.until_hour)::integer, hours => q.until_hour))
            AT TIME ZONE 'Europe/Helsinki'
        ELSE moment END
    FROM (
        SELECT l.local, extract(hour FROM l.local)::integer AS hour, rule_value('quiet_from') AS from_hour, rule_value('quiet_until') AS until_hour
        FROM (SELECT moment AT TIME ZONE 'Europe/Helsinki' AS local) l
    ) q
$$;

CREATE FUNCTION public.block_query(size integer, first_day integer, last_day integer) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT marks_query(ARRAY(SELECT DISTINCT day_mark(size / 3, d) FROM generate_series(first_day, last_day, 1 << (size / 3 * 3)) AS d
                             UNION SELECT day_mark(size / 3, last_day)))
$$;

CREATE FUNCTION public.booking_about_masked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.about := coalesce(masked_text(NEW.about, 'fi'), NEW.about);
    RETURN NEW;
END
$$;

CREATE TABLE public.booking (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    task text NOT NULL,
    area text,
    lang text NOT NULL,
    is_remote boolean DEFAULT false NOT NULL,
    place jsonb,
    online_url text,
    about text,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    state text DEFAULT 'requested'::text NOT NULL,
    expert_id uuid,
    held tstzrange,
    unfilled_because text,
    sequence integer DEFAULT 0 NOT NULL,
    changed_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    ordered_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    confirmed_at timestamp with time zone,
    ordered_by uuid,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    person_id uuid NOT NULL,
    CONSTRAINT booking_about_length CHECK (((length(about) >= 1) AND (length(about) <= 4000))),
    CONSTRAINT booking_ends_after_it_starts CHECK ((starts_at < ends_at)),
    CONSTRAINT booking_has_expert CHECK (((state <> ALL (ARRAY['confirmed'::text, 'done'::text, 'client_absent'::text])) OR ((expert_id IS NOT NULL) AND (held IS NOT NULL)))),
    CONSTRAINT booking_has_place CHECK ((is_remote OR (place IS NOT NULL))),
    CONSTRAINT booking_is_within_a_day CHECK (((ends_at - starts_at) <= '24:00:00'::interval)),
    CONSTRAINT booking_lang CHECK ((lang ~ '^[a-z]{2,3}$'::text)),
    CONSTRAINT booking_place_is_told CHECK (public.is_place(place)),
    CONSTRAINT booking_state CHECK ((state = ANY (ARRAY['requested'::text, 'offered'::text, 'unfilled'::text, 'confirmed'::text, 'done'::text, 'client_absent'::text, 'expert_absent'::text, 'cancelled_early'::text, 'cancelled_late'::text, 'settled'::text]))),
    CONSTRAINT booking_unfilled_because CHECK ((unfilled_because = ANY (ARRAY['declined'::text, 'expired'::text, 'withdrawn'::text])))
);

CREATE FUNCTION public.booking_acts(b public.booking, role_name text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_booking_transition', 'values', jsonb_build_object('id', b.id, 'to', t.to_state),
            'button', personal_text('booking_act_' || t.to_state), 'quiet', t.to_state <> 'done')
        || CASE WHEN t.to_state = 'done' THEN '{}'
                WHEN t.to_state IN ('client_absent', 'expert_absent') THEN jsonb_build_object('folded', personal_text('booking_ask_' || t.to_state),
                    'texts', jsonb_build_array(personal_text('booking_' || t.to_state || '_means')))
                ELSE jsonb_build_object('folded', personal_text('booking_cancel'),
                    'texts', page_list(CASE t.to_state WHEN 'cancelled_late' THEN personal_text('booking_late_' || role_name) END, personal_text('booking_' || t.to_state || '_means')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'reason', 'type', 'area', 'most', 4000, 'required', t.reason,
                        'label', personal_text('booking_cancel_reason')))) END
        ORDER BY a.place), '[]')
    FROM (VALUES (1, 'done'), (2, 'client_absent'), (3, 'expert_absent'), (4, 'cancelled_early'), (5, 'cancelled_late')) a (place, wanted)
    JOIN transition t ON t.resource = 'booking' AND t.from_state = b.state AND t.to_state = a.wanted AND t.who = role_name
    WHERE booking_breach(b, a.wanted) IS NULL AND (a.wanted NOT LIKE 'cancelled%' OR b.starts_at > app_now())
$$;

CREATE FUNCTION public.booking_breach(b public.booking, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted IN ('done', 'client_absent', 'expert_absent') THEN CASE WHEN b.starts_at > app_now() THEN 'booking_has_not_begun' END
                WHEN wanted = 'cancelled_late' THEN CASE WHEN NOT booking_is_soon(b) THEN 'cancellation_is_early'
                                                         WHEN b.starts_at <= app_now() THEN 'booking_is_over' END
                WHEN wanted = 'cancelled_early' AND b.state = 'confirmed' THEN CASE WHEN booking_is_soon(b) THEN 'cancellation_is_late' END
                WHEN wanted = 'offered' THEN 'booking_needs_offer' END
$$;

CREATE FUNCTION public.booking_clock() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', booking_next(b), b.id, '{"phase": "booking"}', 'booking:' || b.id || ':' || extract(epoch FROM b.starts_at)
    FROM new_booking n JOIN booking b USING (id)
    WHERE booking_next(b) IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_event(b public.booking, tags text[], status text, moves integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT calendar_entry_told(ROW(b.id, b.changed_at, moves, b.starts_at, b.ends_at, text_in(t.name, tags), b.about, place_line(b.place, tags), b.online_url, status)::calendar_entry)
    FROM experience_task t WHERE t.code = b.task
$$;

CREATE FUNCTION public.expert_fields() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '{name,title,story,not_today,areas,tasks,languages,municipalities,is_remote,training,contact}'::text[]
$$;

CREATE FUNCTION public.rule_value(rule_name text) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT value FROM rule WHERE name = rule_name
$$;

CREATE TABLE public.expert (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    state text DEFAULT 'applied'::text NOT NULL,
    is_remote boolean DEFAULT false NOT NULL,
    training text,
    trained_on date,
    agreement_from date,
    agreement_until date,
    week_hours integer,
    notice_hours integer DEFAULT public.rule_value('expert_notice_hours'::text) NOT NULL,
    travel_minutes integer DEFAULT public.rule_value('expert_travel_minutes'::text) NOT NULL,
    shown text[] DEFAULT '{tasks,languages,municipalities,is_remote}'::text[] NOT NULL,
    applied_on date DEFAULT public.app_today() NOT NULL,
    ended_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    call_id uuid,
    CONSTRAINT expert_agreement_ends_after_it_starts CHECK ((agreement_until >= agreement_from)),
    CONSTRAINT expert_agreement_has_start CHECK (((agreement_until IS NULL) OR (agreement_from IS NOT NULL))),
    CONSTRAINT expert_has_agreement CHECK (((state <> 'active'::text) OR (agreement_from IS NOT NULL))),
    CONSTRAINT expert_notice_hours CHECK (((notice_hours >= 0) AND (notice_hours <= 720))),
    CONSTRAINT expert_shown_fields_are_known CHECK ((shown <@ public.expert_fields())),
    CONSTRAINT expert_state CHECK ((state = ANY (ARRAY['applied'::text, 'active'::text, 'declined'::text, 'on_break'::text, 'ended'::text, 'anonymised'::text]))),
    CONSTRAINT expert_training_length CHECK (((length(training) >= 1) AND (length(training) <= 1000))),
    CONSTRAINT expert_travel_minutes CHECK (((travel_minutes >= 0) AND (travel_minutes <= 480))),
    CONSTRAINT expert_week_hours CHECK (((week_hours >= 1) AND (week_hours <= 60)))
);

CREATE FUNCTION public.booking_expert_breach(b public.booking, e public.expert, is_asked boolean) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    wanted CONSTANT tstzrange := expert_held(e, b.starts_at, b.ends_at, b.is_remote);
    with_ways CONSTANT tstzrange := tstzrange(b.starts_at - make_interval(mins => e.travel_minutes), b.ends_at + make_interval(mins => e.travel_minutes));
BEGIN
    IF e.state <> 'active' THEN
        RETURN 'expert_is_not_active';
    ELSIF NOT expert_is_under_agreement(e, b.starts_at, b.ends_at) THEN
        RETURN 'expert_is_out_of_agreement';
    ELSIF EXISTS (SELECT FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id AND x.held && with_ways
                  AND (x.held && wanted OR x.is_remote <> b.is_remote AND tstzrange(x.starts_at, x.ends_at) && with_ways)) THEN
        RETURN 'expert_is_booked';
    ELSIF e.week_hours IS NOT NULL AND expert_week_minutes(e.id, b.starts_at, b.id) + extract(epoch FROM b.ends_at - b.starts_at) / 60 > 60 * e.week_hours THEN
        RETURN 'expert_week_is_full';
    END IF;
    RETURN CASE WHEN is_asked AND b.starts_at < app_now() + make_interval(hours => e.notice_hours) THEN 'expert_needs_notice' END;
END
$$;

CREATE FUNCTION public.booking_feedback_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_mailbox(e.unit_id, 'debrief_wanted', 'coordinator', n.id, n.id::text)
    FROM new_row n JOIN old_row o USING (id) JOIN booking b ON b.id = n.booking_id JOIN expert e ON e.id = b.expert_id
    WHERE n.debrief = 'wanted' AND o.debrief <> 'wanted';
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'booking_feedback.debrief_' || n.debrief, 'booking_feedback', n.id, b.unit_id, n.version
    FROM new_row n JOIN old_row o USING (id) JOIN booking b ON b.id = n.booking_id
    WHERE n.debrief <> o.debrief;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_feedback_given(b public.booking, of_side text, new_id uuid, hash bytea, body jsonb, page_lang text, OUT id uuid, OUT side text, OUT rating integer, OUT is_hard boolean, OUT debrief text, OUT given_on date, OUT _version bigint, OUT _replayed boolean, OUT _problem text, OUT _pointer text) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    kept_hash bytea;
BEGIN
    SELECT f.id, f.side, f.rating, f.is_hard, f.debrief, f.given_on, f.version, f.request_hash
    INTO id, side, rating, is_hard, debrief, given_on, _version, kept_hash
    FROM booking_feedback f WHERE f.id = new_id;
    _replayed := FOUND;
    _problem := CASE WHEN _replayed THEN CASE WHEN kept_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused' END
                     WHEN NOT EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done') THEN 'booking_is_not_done'
                     WHEN of_side = 'orderer' AND (body ->> 'is_hard')::boolean THEN 'booking_feedback_is_hard_for_experts' END;
    _pointer := CASE _problem WHEN 'booking_feedback_is_hard_for_experts' THEN '/is_hard' END;
    IF _replayed OR _problem IS NOT NULL THEN
        RETURN;
    END IF;
    INSERT INTO booking_feedback AS f (id, booking_id, side, rating, lang, text, is_hard, debrief, request_hash)
    SELECT new_id, b.id, of_side, (body ->> 'rating')::integer, coalesce(body ->> 'lang', page_lang), body ->> 'text', w.is_hard,
        CASE WHEN w.is_hard THEN 'offered' END, hash
    FROM (SELECT coalesce((body ->> 'is_hard')::boolean, false) AS is_hard) w
    ON CONFLICT ON CONSTRAINT booking_feedback_once DO NOTHING
    RETURNING f.id, f.side, f.rating, f.is_hard, f.debrief, f.given_on, f.version INTO id, side, rating, is_hard, debrief, given_on, _version;
    IF NOT FOUND THEN
        _problem := 'booking_feedback_once';
    END IF;
END
$$;

CREATE FUNCTION public.booking_feedback_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.given_on), 'booking_feedback.given', 'booking_feedback', n.id, b.unit_id, n.version, jsonb_build_object('who', n.side)
    FROM new_row n JOIN booking b ON b.id = n.booking_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    whose expert;
BEGIN
    NEW.changed_at := app_now();
    IF NEW.state = 'confirmed' AND OLD.state <> 'confirmed' THEN
        NEW.confirmed_at := app_now();
        NEW.expert_id := (SELECT o.expert_id FROM offer o WHERE o.booking_id = NEW.id AND o.state = 'accepted' ORDER BY o.answered_at DESC, o.id DESC LIMIT 1);
    ELSIF NEW.state = 'offered' THEN
        NEW.expert_id := NULL;
    ELSIF NEW.state = 'unfilled' AND OLD.state <> 'unfilled' THEN
        NEW.unfilled_because := (SELECT CASE WHEN bool_or(o.state = 'declined') THEN 'declined' WHEN bool_or(o.state = 'expired') THEN 'expired' ELSE 'withdrawn' END
                                 FROM offer o WHERE o.booking_id = NEW.id);
    END IF;
    IF NEW.state IN ('confirmed', 'done', 'client_absent') THEN
        SELECT e.* INTO whose FROM expert e WHERE e.id = NEW.expert_id;
        NEW.held := expert_held(whose, NEW.starts_at, NEW.ends_at, NEW.is_remote);
    ELSIF NEW.state <> 'settled' THEN
        NEW.held := NULL;
    END IF;
    IF NEW.state <> 'unfilled' THEN
        NEW.unfilled_because := NULL;
    END IF;
    IF (NEW.starts_at, NEW.ends_at, NEW.is_remote, NEW.place, NEW.online_url, NEW.expert_id)
        IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.is_remote, OLD.place, OLD.online_url, OLD.expert_id)
        OR NEW.state IN ('cancelled_early', 'cancelled_late') AND OLD.state <> NEW.state THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.booking_free_slots(of_expert uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, but uuid DEFAULT NULL::uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_variable
DECLARE
    lasts CONSTANT interval := ends_at - starts_at;
    within CONSTANT tstzrange := tstzrange(greatest(starts_at - interval '7 days', app_now()), greatest(ends_at + interval '7 days', app_now() + interval '1 hour'));
    free tstzmultirange := (SELECT coalesce(range_agg(tstzrange(f.starts_at, f.ends_at)), '{}')
                            FROM expert_free(ARRAY[of_expert], lower(within), upper(within), CASE WHEN but IS NULL THEN ceil(extract(epoch FROM lasts) / 60)::integer ELSE 1 END) f);
BEGIN
    IF but IS NOT NULL THEN
        free := free + (
            SELECT (expert_said(e.id, o.during) * tstzmultirange(tstzrange(app_now() + make_interval(hours => e.notice_hours), NULL)) + tstzmultirange(tstzrange(b.starts_at, b.ends_at)))
                * tstzmultirange(o.during * within * expert_agreement(e)) - coalesce((
                SELECT range_agg(tstzrange(lower(x.held) - w.way, greatest(upper(x.held), x.ends_at + w.way)))
                FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id AND x.held && tstzrange(lower(o.during) - interval '8 hours', upper(o.during) + w.way)), '{}')
            FROM booking b
            JOIN expert e ON e.id = of_expert
            CROSS JOIN LATERAL (SELECT make_interval(mins => e.travel_minutes) AS way) w
            CROSS JOIN LATERAL (SELECT tstzrange(b.starts_at - w.way, b.ends_at + w.way) AS during) o
            WHERE b.id = but);
    END IF;
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_object('starts_at', utc_text(x.at), 'ends_at', utc_text(x.at + lasts)) ORDER BY x.far, x.at), '[]')
        FROM (
            SELECT a.at, abs(extract(epoch FROM a.at - starts_at)) AS far
            FROM unnest(free) f (during)
            CROSS JOIN LATERAL (SELECT least(greatest(lower(f.during), starts_at), upper(f.during) - lasts) AS at) a
            WHERE upper(f.during) - lower(f.during) >= lasts
            ORDER BY far, a.at
            LIMIT 5
        ) x);
END
$$;

CREATE FUNCTION public.booking_is_soon(b public.booking) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT b.starts_at < app_now() + make_interval(hours => rule_value('booking_cancel_hours'))
$$;

CREATE FUNCTION public.booking_moments(starts_at timestamp with time zone, every text, times integer) RETURNS TABLE(at timestamp with time zone, local_time timestamp without time zone, problem text)
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN d.day = l.local::date THEN starts_at ELSE m.moment END, d.day + l.local::time, CASE WHEN d.day <> l.local::date THEN m.problem END
    FROM (SELECT starts_at AT TIME ZONE 'Europe/Helsinki' AS local) l
    CROSS JOIN LATERAL (
        SELECT l.local::date + 7 * k * CASE every WHEN 'two_weeks' THEN 2 ELSE 1 END AS day
        FROM generate_series(0, times - 1) k WHERE every IN ('week', 'two_weeks')
        UNION ALL
        SELECT x FROM monthly_days(l.local::date, times, (extract(day FROM l.local)::integer + 6) / 7, extract(isodow FROM l.local)::integer, NULL) x
        WHERE every = 'month'
    ) d
    CROSS JOIN LATERAL local_moment(d.day, l.local::time, 'Europe/Helsinki') m
$$;

CREATE FUNCTION public.booking_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    over uuid[] := ARRAY(SELECT x.id FROM new_booking n JOIN offer x ON x.booking_id = n.id AND x.state = 'sent' WHERE n.state <> 'offered' ORDER BY x.id);
BEGIN
    IF over <> '{}' THEN -- taken by another, or cancelled: the rest are told
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'offer', x.id, 'sent', 'withdrawn', 'system', x.version + 1 FROM offer x WHERE x.id = ANY (over) ORDER BY x.id;
    END IF;
    INSERT INTO mail (template, person_id, about, thing, answers_to, places, unique_key) -- both sides
    SELECT x.template, p.id, w.id, w.id, CASE WHEN w.template <> 'booking_done' THEN CASE p.id WHEN w.expert_id THEN w.person_id ELSE w.expert_id END END,
        w.places || jsonb_build_object('is_expert', p.id = w.expert_id), x.template || ':' || p.id || ':' || w.id || ':' || w.version
    FROM (SELECT n.id, n.expert_id, n.person_id, n.version, booking_places(b) AS places,
              CASE WHEN n.state IN ('cancelled_early', 'cancelled_late') AND o.state <> n.state THEN 'booking_cancelled'
                   WHEN n.state IN ('unfilled', 'done') AND o.state <> n.state THEN 'booking_' || n.state
                   WHEN n.state = 'confirmed' AND o.state <> 'confirmed' THEN 'booking_confirmed'
                   WHEN n.state = 'confirmed' AND n.sequence > o.sequence THEN 'booking_moved' END AS template
          FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)) w
    JOIN person p ON p.id IN (w.person_id, w.expert_id) AND p.has_address
    CROSS JOIN LATERAL (SELECT CASE WHEN w.template = 'booking_moved' AND EXISTS ( -- whoever does not know of it yet hears of it as it is now
        SELECT FROM mail y WHERE y.person_id = p.id AND y.thing = w.id AND y.template = 'booking_confirmed' AND y.state = 'queued') THEN 'booking_confirmed' ELSE w.template END AS template) x
    WHERE w.template IS NOT NULL
    ORDER BY p.id, w.id
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM mail_mailbox(n.unit_id, CASE n.state WHEN 'unfilled' THEN 'order_unfilled' ELSE 'expert_missing' END, 'coordinator', n.id, n.id || ':' || n.version)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND (n.state = 'unfilled' AND n.unfilled_because <> 'withdrawn' OR n.state IN ('expert_absent', 'cancelled_early', 'cancelled_late')
        AND EXISTS (SELECT FROM step s WHERE s.subject = n.id AND s.version = n.version AND s.who = CASE n.state WHEN 'expert_absent' THEN 'orderer' ELSE 'expert' END))
    ORDER BY n.id;
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', booking_next(b), b.id, '{"phase": "booking"}', 'booking:' || b.id || ':' || extract(epoch FROM b.starts_at)
    FROM new_booking n JOIN old_booking o USING (id) JOIN booking b USING (id)
    WHERE o.starts_at <> n.starts_at AND booking_next(b) IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM booking_people_end(array_agg(n.id)) FROM new_booking n WHERE n.state = 'cancelled_early' HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_next(b public.booking) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT min(x.at)
    FROM unnest(ARRAY[b.starts_at - interval '7 days', b.starts_at - interval '24 hours', b.ends_at + make_interval(days => rule_value('booking_close_days'))]) x (at)
    WHERE x.at > app_now()
$$;

CREATE FUNCTION public.booking_opens_claim() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO claim (id, booking_id, expert_id, because, is_fee_due, fee_class_id)
    SELECT gen_random_uuid(), n.id, n.expert_id, n.state,
        n.state <> 'cancelled_late' OR s.who <> 'expert',
        fee_class_of(n.unit_id, n.task, (n.starts_at AT TIME ZONE 'Europe/Helsinki')::date)
    FROM new_booking n
    JOIN old_booking o USING (id)
    JOIN step s ON s.subject = n.id AND s.version = n.version
    WHERE n.state <> o.state AND n.state IN ('done', 'cancelled_late', 'client_absent') AND n.expert_id IS NOT NULL
    ON CONFLICT ON CONSTRAINT claim_once DO NOTHING;
    PERFORM mail_person(array_agg(n.expert_id), 'person_news', NULL)
    FROM new_booking n JOIN old_booking o USING (id)
    WHERE n.state <> o.state AND n.state = 'client_absent'
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_ordered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'booking.requested', 'booking', n.id, n.unit_id, n.version FROM new_booking n;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.booking_outcome(b public.booking) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN b.state IN ('done', 'client_absent', 'expert_absent', 'cancelled_early', 'cancelled_late') THEN b.state
                WHEN b.state = 'settled' THEN (SELECT c.because FROM claim c WHERE c.booking_id = b.id AND c.expert_id = b.expert_id) END
$$;

CREATE FUNCTION public.booking_paid(b public.booking) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT page_list(personal_text('booking_is_' || CASE c.state WHEN 'waived' THEN 'waived' ELSE 'paid' END))
    FROM claim c WHERE b.state = 'settled' AND c.booking_id = b.id AND c.expert_id = b.expert_id
$$;

CREATE FUNCTION public.booking_part(b public.booking, tag text, told jsonb, facts jsonb DEFAULT '[]'::jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', w.name || jsonb_build_object('text', concat(w.name ->> 'text', ', ', page_span(b.starts_at, b.ends_at, tag))),
        'texts', page_list(told, to_jsonb(b.about)),
        'facts', page_facts(jsonb_build_array('session_when', page_span(b.starts_at, b.ends_at, tag)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(b.place -> 'room', '{}'), ARRAY[tag, 'fi']), ''), b.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(b.place -> 'accessibility', '{}'), tag)),
            jsonb_build_array('session_afar', CASE WHEN b.is_remote THEN coalesce(to_jsonb(b.online_url), personal_text('booking_is_remote')) ELSE to_jsonb(b.online_url) END),
            jsonb_build_array('open_unit', page_words(u.name, tag)), jsonb_build_array('booking_area', page_words(a.name, tag))) || facts)
    FROM unit u, experience_task t, (SELECT (SELECT x.name FROM experience_area x WHERE x.code = b.area) AS name) a, LATERAL (SELECT page_words(t.name, tag) AS name) w
    WHERE u.id = b.unit_id AND t.code = b.task
$$;

CREATE FUNCTION public.booking_people_end(bookings uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    UPDATE person p SET ended_on = app_today()
    FROM booking b
    WHERE b.id = ANY (bookings) AND p.id = b.person_id AND p.ended_on IS NULL
        AND NOT EXISTS (SELECT FROM booking x WHERE x.person_id = p.id AND x.state <> 'cancelled_early'
                        AND x.ends_at + make_interval(days => rule_value('booking_close_days')) > app_now())
$$;

CREATE FUNCTION public.booking_person() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.person_id := NEW.id;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.booking_places(b public.booking) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('is', jsonb_build_array(b.starts_at, b.ends_at))
$$;

CREATE FUNCTION public.booking_reason(booking uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT s.reason FROM shown_step s
    WHERE s.subject = booking AND s.resource = 'booking' AND s.to_state IN ('cancelled_early', 'cancelled_late') AND s.reason <> 'expert_has_ended'
$$;

CREATE FUNCTION public.booking_series(person uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'starts_at', utc_text(b.starts_at), 'ends_at', utc_text(b.ends_at), 'state', b.state) ORDER BY b.starts_at, b.id)
    FROM booking b WHERE b.person_id = person
$$;

CREATE FUNCTION public.booking_side(b public.booking, person uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE person WHEN b.expert_id THEN 'expert' WHEN b.person_id THEN 'orderer' END
$$;

CREATE FUNCTION public.booking_time_breach(starts_at timestamp with time zone, ends_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN ends_at <= starts_at THEN 'booking_ends_after_it_starts'
                WHEN ends_at - starts_at > interval '24 hours' THEN 'booking_is_within_a_day'
                WHEN starts_at <= app_now() THEN 'booking_is_to_come'
                WHEN starts_at > app_now() + make_interval(days => rule_value('booking_days_ahead')) THEN 'booking_is_too_far' END
$$;

CREATE FUNCTION public.booking_time_change_breach(old public.booking, new public.booking, e public.expert) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(booking_expert_breach(new, e, NOT w.taken @> w.wanted),
        CASE WHEN NOT expert_said(e.id, w.wanted) + tstzmultirange(w.taken) @> w.wanted THEN 'expert_is_not_available' END)
    FROM (SELECT tstzrange(old.starts_at, old.ends_at) AS taken, tstzrange(new.starts_at, new.ends_at) AS wanted) w
$$;

CREATE FUNCTION public.booking_told(b public.booking) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT personal_text('booking_' || coalesce(booking_outcome(b), b.state), jsonb_build_object('reason', coalesce(booking_reason(b.id), '')))
$$;

CREATE FUNCTION public.booking_told_staff() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    n record;
BEGIN
    -- Once for those that were ordered together; mostly there is one, and often no mailbox.
    FOR n IN
        SELECT b.id, b.unit_id FROM new_booking b JOIN unit u ON u.id = b.unit_id
        WHERE b.id = b.person_id AND unit_mailbox(u.path, 'coordinator') IS NOT NULL
        ORDER BY b.id
    LOOP
        PERFORM mail_mailbox(n.unit_id, 'order_made', 'coordinator', n.id, n.id::text);
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.breaks_rule() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[0];
END
$$;

CREATE FUNCTION public.budget_ballot_ends() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET ended_on = app_today() FROM budget_ballot b WHERE b.consultation_id = NEW.id AND p.id = b.id AND p.ended_on IS NULL;
    UPDATE budget_ballot b SET used_key = NULL, request_hash = NULL WHERE b.consultation_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.budget_fields(budget jsonb, tag text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('name', 'shares.' || (o.option ->> 'key'), 'type', 'number', 'label', page_words(o.option -> 'name', tag) -> 'text',
        'help', personal_text('ballot_most', jsonb_build_object('cost', page_number((o.option ->> 'cost')::bigint, left(tag, 2))))) ORDER BY o.n)
    FROM jsonb_array_elements(budget -> 'options') WITH ORDINALITY o (option, n)
$$;

CREATE FUNCTION public.budget_given(budget jsonb, posted jsonb, tag text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT personal_text('ballot_given', jsonb_build_object('given', page_number(sum(x.share::bigint)::bigint, tag), 'sum', page_number((budget ->> 'sum')::bigint, tag)))
    FROM (SELECT regexp_replace(f.value, '[ ' || chr(160) || chr(8239) || ']', '', 'g') AS share FROM jsonb_each_text(posted) f WHERE f.key LIKE 'shares.%') x
    WHERE x.share ~ '^[0-9]{1,12}$' HAVING count(*) > 0
$_$;

CREATE FUNCTION public.budget_problem(budget jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN budget IS NULL THEN NULL
                WHEN count(*) < 2 OR count(*) <> count(DISTINCT o ->> 'key') THEN 'budget_has_options'
                WHEN sum((o ->> 'cost')::bigint) < (budget ->> 'sum')::bigint THEN 'budget_can_be_spent' END
    FROM jsonb_array_elements(budget -> 'options') o
$$;

CREATE FUNCTION public.budget_share_problems(budget jsonb, shares jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    WITH share AS (
        SELECT s.key, s.value::bigint AS share, (o.option ->> 'cost')::bigint AS cost
        FROM jsonb_each_text(shares) s
        LEFT JOIN LATERAL (SELECT x AS option FROM jsonb_array_elements(budget -> 'options') x WHERE x ->> 'key' = s.key) o ON true
    ), wrong AS (
        SELECT '/shares/' || s.key AS pointer, CASE WHEN s.cost IS NULL THEN 'budget_option_is_known' ELSE 'budget_share_is_within_cost' END AS code
        FROM share s WHERE s.cost IS NULL OR s.share > s.cost OR s.share < 0
        UNION ALL
        SELECT '/shares', 'budget_sum_is_divided' WHERE coalesce((SELECT sum(s.share) FROM share s), 0) <> (budget ->> 'sum')::bigint
    )
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.pointer DESC) FROM wrong w
$$;

CREATE FUNCTION public.budget_sum_is_divided() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF budget_share_problems((SELECT c.budget FROM consultation c WHERE c.id = NEW.consultation_id), NEW.shares) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_sum_is_divided', MESSAGE = 'budget_sum_is_divided';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.calendar_entry_told(e public.calendar_entry) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('uid', e.uid || '@osallisuus', 'changed_at', calendar_time(e.changed_at), 'sequence', e.sequence, 'starts_at', calendar_time(e.starts_at),
        'ends_at', calendar_time(e.ends_at), 'summary', calendar_words(e.summary), 'description', calendar_words(e.description),
        'location', calendar_words(e.location), 'url', e.url, 'status', e.status)
$$;

CREATE FUNCTION public.calendar_event(s public.session, tags text[], status text, moves integer, url text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT calendar_entry_told(ROW(s.id, s.changed_at, moves, s.starts_at, s.ends_at, text_in(s.title, tags), text_in(s.description, tags),
        place_line(s.place, tags), url, status)::calendar_entry)
$$;

CREATE FUNCTION public.calendar_time(moment timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS"Z"')
$$;

CREATE FUNCTION public.calendar_told(name text, events jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('name', calendar_words(name), 'events', coalesce(events, '[]'))
$$;

CREATE FUNCTION public.calendar_words(value text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT nullif(regexp_replace(replace(value, E'\r\n', E'\n'), '[\x01-\x09\x0b-\x1f\x7f]', ' ', 'g'), '')
$$;

CREATE FUNCTION public.caller_roles(resource_name text, scopes text) RETURNS text[]
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(array_agg(r.who ORDER BY r.who), '{}')
    FROM role_scope r
    WHERE r.resource = resource_name AND r.scope = ANY (scopes::text[])
$$;

CREATE FUNCTION public.carries_remedies(kind text, answered_on date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT kind IN ('concern', 'safety') AND answered_on IS NOT NULL
$$;

CREATE FUNCTION public.case_answers(case_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.text) FROM shown_answer t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = case_id
$$;

CREATE FUNCTION public.case_answers_are_masked(case_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM shown_answer t WHERE t.answer_sheet_id = case_id AND t.is_masked)
$$;

CREATE FUNCTION public.case_words(case_id uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT string_agg(w.said, E'\n' ORDER BY w.part, w.n, w.key)
    FROM (
        SELECT 1 AS part, 0 AS n, '' AS key, t.text AS said FROM shown_text t WHERE t.feedback_id = case_id
        UNION ALL
        SELECT 2, 0, a.question_key, a.text FROM shown_answer a WHERE a.answer_sheet_id = case_id
        UNION ALL
        SELECT 3, m.n, '', m.text FROM shown_message m WHERE m.feedback_id = case_id AND m.author = 'giver'
    ) w
$$;

CREATE FUNCTION public.cases_by_rule(most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    moved integer;
    total integer;
BEGIN
    WITH thanks AS MATERIALIZED (
        SELECT f.id, f.unit_id, f.version FROM feedback f
        WHERE f.state = 'received' AND f.kind = 'thanks' AND NOT f.wants_answer
            AND f.received_on <= ((app_now() - make_interval(hours => rule_value('thanks_hours'))) AT TIME ZONE 'Europe/Helsinki')::date
        ORDER BY f.received_on, f.id
        LIMIT most
        FOR NO KEY UPDATE SKIP LOCKED
    ), passed AS (
        INSERT INTO step (id, resource, subject, from_state, to_state, who, data, version)
        SELECT gen_random_uuid(), 'feedback', t.id, 'received', 'closed', 'system', '{"outcome": "passed_on"}', t.version + 1
        FROM thanks t
    ), told AS ( -- one mail per unit and day, which says that there are thanks and not what they say
        INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
        SELECT 'thanks', m.mailbox, 'fi', t.unit_id, 'thanks:handler:' || t.unit_id || ':' || app_today()
        FROM (SELECT DISTINCT x.unit_id FROM thanks x) t
        JOIN unit u ON u.id = t.unit_id
        CROSS JOIN LATERAL (SELECT unit_mailbox(u.path, 'handler') AS mailbox) m
        WHERE m.mailbox IS NOT NULL
        ORDER BY t.unit_id
        ON CONFLICT (unique_key) DO NOTHING
    )
    SELECT count(*) INTO total FROM thanks;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'waiting_giver', 'in_progress', 'system', f.version + 1
    FROM (
        SELECT x.id, x.version FROM feedback x
        CROSS JOIN LATERAL (SELECT s.made_on FROM step s WHERE s.subject = x.id ORDER BY s.version DESC LIMIT 1) s
        WHERE x.state = 'waiting_giver' AND s.made_on + rule_value('giver_days') < app_today()
        ORDER BY x.id
        LIMIT most
        FOR NO KEY UPDATE OF x SKIP LOCKED
    ) f;
    GET DIAGNOSTICS moved = ROW_COUNT;
    total := greatest(total, moved);
    -- With the outcome that the answer proposed, and its reason.
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, data, version)
    SELECT gen_random_uuid(), 'feedback', f.id, 'answered', 'closed', 'system',
        (SELECT s.reason FROM step s WHERE s.subject = f.id AND s.to_state = 'answered' ORDER BY s.version DESC LIMIT 1),
        jsonb_build_object('outcome', coalesce(f.outcome, 'information')), f.version + 1
    FROM (
        SELECT x.id, x.version, x.outcome FROM feedback x
        WHERE x.state = 'answered' AND x.answered_on < app_today() - rule_value('close_days')
        ORDER BY x.answered_on, x.id
        LIMIT most
        FOR NO KEY UPDATE SKIP LOCKED
    ) f;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN greatest(total, moved);
END
$$;

CREATE FUNCTION public.catalogue_added(catalogue text, new_id uuid, of_unit uuid, body jsonb, hash bytea, OUT entry public.catalogue_entry, OUT replayed boolean, OUT problem text) RETURNS record
    LANGUAGE plpgsql
    AS $_$
BEGIN
    IF of_unit IS NOT NULL THEN
        EXECUTE format('INSERT INTO %I AS c (id, unit_id, code, name, closed_on, request_hash) VALUES ($1, $2, $3, $4, $5, $6)
                        ON CONFLICT DO NOTHING RETURNING %s', catalogue, catalogue_columns()) -- the code or the request is there already
            INTO entry USING new_id, of_unit, body ->> 'code', body -> 'name', (body ->> 'closed_on')::date, hash;
    END IF;
    replayed := entry.code IS NULL;
    IF replayed THEN
        EXECUTE format('SELECT %s FROM %I c WHERE c.id = $1', catalogue_columns(), catalogue) INTO entry USING new_id;
        problem := CASE WHEN entry.code IS NULL THEN CASE WHEN of_unit IS NULL THEN 'unknown_reference' ELSE 'catalogue_code_is_unique' END
                        WHEN entry.request_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused' END;
    END IF;
END
$_$;

CREATE FUNCTION public.catalogue_changed(catalogue text, of_code text, body jsonb, if_match bigint, OUT entry public.catalogue_entry, OUT problem text) RETURNS record
    LANGUAGE plpgsql
    AS $_$
BEGIN
    EXECUTE format('SELECT %s FROM %I c WHERE c.code = $1 FOR NO KEY UPDATE', catalogue_columns(), catalogue) INTO entry USING of_code;
    entry.name := jsonb_strip_nulls(entry.name || coalesce(body -> 'name', '{}'));
    problem := CASE WHEN entry.version <> if_match THEN 'stale_version' WHEN entry.name = '{}' THEN 'name_required' END;
    IF problem IS NULL THEN
        EXECUTE format('UPDATE %I c SET name = $2, closed_on = $3 WHERE c.code = $1 RETURNING %s', catalogue, catalogue_columns())
            INTO entry USING of_code, entry.name, CASE WHEN body ? 'closed_on' THEN (body ->> 'closed_on')::date ELSE entry.closed_on END;
    END IF;
END
$_$;

CREATE FUNCTION public.catalogue_columns() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT 'c.id, c.code, c.unit_id, c.name, c.closed_on, c.version, c.request_hash' $$;

CREATE FUNCTION public.change_contributors(wanted_change uuid, cases uuid[], people uuid[], wish text) RETURNS TABLE(contributor bytea, feedback_id uuid, person_id uuid, by_mail boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH voice AS MATERIALIZED (
        SELECT f.id AS feedback_id, NULL::uuid AS person_id, c.address_hash
        FROM unnest(cases) AS s (id)
        CROSS JOIN LATERAL (
            SELECT s.id
            UNION ALL
            SELECT x.id FROM feedback x WHERE x.duplicate_of = s.id
        ) v
        JOIN feedback f ON f.id = v.id
        LEFT JOIN contact c ON c.feedback_id = f.id
        WHERE f.state NOT IN ('removed', 'withdrawn')
        UNION ALL
        SELECT NULL, p.id, p.address_hash FROM person p WHERE p.id = ANY (people)
    )
    SELECT uuid_send(coalesce(v.feedback_id, v.person_id)), v.feedback_id, v.person_id, false FROM voice v WHERE v.address_hash IS NULL
    UNION ALL
    SELECT a.address_hash, best.feedback_id, best.person_id, best.wants
    FROM (SELECT DISTINCT v.address_hash FROM voice v WHERE v.address_hash IS NOT NULL) a
    CROSS JOIN LATERAL (
        SELECT c.feedback_id, NULL::uuid AS person_id, CASE wish WHEN 'news' THEN c.wants_news WHEN 'follow_up' THEN c.wants_follow_up END AS wants
        FROM contact c
        JOIN feedback f ON f.id = c.feedback_id
        WHERE c.address_hash = a.address_hash AND f.state NOT IN ('removed', 'withdrawn') AND EXISTS (
            -- One look into the index, also before the tables' statistics are there.
            SELECT FROM change_source s
            WHERE s.change_id = wanted_change AND s.source_id = ANY (ARRAY[f.id, f.duplicate_of])
            OFFSET 0)
        UNION ALL
        SELECT NULL, p.id, p.wants_news
        FROM person p
        WHERE p.address_hash = a.address_hash AND EXISTS (
            SELECT FROM source_person v JOIN change_source s ON s.change_id = wanted_change AND s.source_id = v.source_id
            WHERE v.person_id = p.id
            OFFSET 0)
        ORDER BY 3 DESC, 1, 2
        LIMIT 1
    ) best
$$;

CREATE TABLE public.change (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    service_id uuid,
    level text DEFAULT 'feedback'::text NOT NULL,
    theme text,
    title jsonb NOT NULL,
    said jsonb DEFAULT '{}'::jsonb NOT NULL,
    done jsonb DEFAULT '{}'::jsonb NOT NULL,
    owner_ref text,
    planned_for date,
    evidence text,
    state text DEFAULT 'suggested'::text NOT NULL,
    state_reason text,
    suggested_on date DEFAULT public.app_today() NOT NULL,
    made_on date,
    published_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    owner jsonb DEFAULT '{}'::jsonb NOT NULL,
    state_reasons jsonb DEFAULT '{}'::jsonb NOT NULL,
    state_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    CONSTRAINT change_done_is_by_language CHECK (public.is_language_map(done)),
    CONSTRAINT change_level CHECK ((level = ANY (ARRAY['own_service'::text, 'feedback'::text, 'dialogue'::text, 'development'::text, 'production'::text, 'strategy'::text]))),
    CONSTRAINT change_made_has_evidence CHECK (((state <> ALL (ARRAY['made'::text, 'verified'::text, 'not_effective'::text, 'inconclusive'::text])) OR (evidence IS NOT NULL))),
    CONSTRAINT change_made_has_public_text CHECK (((state <> ALL (ARRAY['made'::text, 'verified'::text, 'not_effective'::text, 'inconclusive'::text])) OR (done <> '{}'::jsonb))),
    CONSTRAINT change_owner_is_by_language CHECK (public.is_language_map(owner)),
    CONSTRAINT change_planned_has_date CHECK (((state = ANY (ARRAY['suggested'::text, 'under_review'::text, 'rejected'::text, 'abandoned'::text])) OR (planned_for IS NOT NULL))),
    CONSTRAINT change_planned_has_owner CHECK (((state = ANY (ARRAY['suggested'::text, 'under_review'::text, 'rejected'::text, 'abandoned'::text])) OR (owner_ref IS NOT NULL))),
    CONSTRAINT change_published_has_public_text CHECK (((published_on IS NULL) OR (said <> '{}'::jsonb))),
    CONSTRAINT change_published_tells_what_was_done CHECK (((published_on IS NULL) OR (done <> '{}'::jsonb))),
    CONSTRAINT change_reason_stays CHECK (((state_reason IS NULL) = (state_reasons = '{}'::jsonb))),
    CONSTRAINT change_said_is_by_language CHECK (public.is_language_map(said)),
    CONSTRAINT change_state CHECK ((state = ANY (ARRAY['suggested'::text, 'under_review'::text, 'planned'::text, 'in_progress'::text, 'made'::text, 'verified'::text, 'not_effective'::text, 'inconclusive'::text, 'rejected'::text, 'delayed'::text, 'abandoned'::text]))),
    CONSTRAINT change_state_reasons_are_by_language CHECK (public.is_language_map(state_reasons)),
    CONSTRAINT change_theme_length CHECK (((length(theme) >= 1) AND (length(theme) <= 100))),
    CONSTRAINT change_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.change_is_over(c public.change, last_day date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT c.state IN ('rejected', 'abandoned', 'made', 'verified', 'not_effective', 'inconclusive')
        AND (c.made_on IS NULL OR c.made_on + rule_value('follow_up_days') + greatest(rule_value('link_days'), rule_value('decide_days')) <= last_day)
        AND NOT EXISTS (SELECT FROM step s WHERE s.subject = c.id AND s.made_on > last_day)
$$;

CREATE FUNCTION public.change_lacks(c public.change, new_state text, is_for_public boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('pointer', n.pointer, 'code', n.code) ORDER BY n.place), '[]')
    FROM (SELECT new_state NOT IN ('suggested', 'under_review', 'rejected', 'abandoned') AS is_planned,
              new_state IN ('made', 'verified', 'not_effective', 'inconclusive') AS is_made) s
    CROSS JOIN LATERAL (VALUES
        (1, '/owner_ref', 'change_planned_has_owner', c.owner_ref IS NULL AND s.is_planned),
        (2, '/planned_for', 'change_planned_has_date', c.planned_for IS NULL AND s.is_planned),
        (3, '/evidence', 'change_made_has_evidence', c.evidence IS NULL AND s.is_made),
        (4, '/said', 'change_published_has_public_text', c.said = '{}' AND is_for_public),
        (5, '/done', 'change_made_has_public_text', c.done = '{}' AND (s.is_made OR is_for_public)),
        (6, '/reason', 'reason_required', c.state_reason IS NULL AND is_for_public AND new_state IN ('rejected', 'delayed', 'abandoned'))
    ) AS n (place, pointer, code, is_missing)
    WHERE n.is_missing
$$;

CREATE FUNCTION public.change_made_trigger() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'change.suggested', 'change', id, unit_id, version FROM new_change;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.change_publication_words() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    SELECT coalesce((SELECT max(p.n) FROM change_publication p WHERE p.change_id = NEW.change_id), 0) + 1,
        c.level, c.theme, c.title, c.said, c.done, c.owner_ref, c.owner, c.planned_for, c.state, c.state_reason
    INTO NEW.n, NEW.level, NEW.theme, NEW.title, NEW.said, NEW.done, NEW.owner_ref, NEW.owner, NEW.planned_for, NEW.state, NEW.state_reason
    FROM change c WHERE c.id = NEW.change_id;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.change_source_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, subject, data)
    SELECT DISTINCT 'news', c.id, jsonb_build_object('state', c.state)
    FROM new_source n JOIN change c ON c.id = n.change_id
    WHERE c.state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'change.source_linked', 'change', c.id, c.unit_id, c.version, jsonb_build_object('kind', n.kind)
    FROM new_source n JOIN change c ON c.id = n.change_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.change_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    wanted integer;
    moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource = 'change';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE change c
    SET state = n.to_state,
        state_reason = coalesce(n.reason, CASE WHEN n.to_state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reason END),
        state_reasons = CASE WHEN n.reason IS NOT NULL THEN coalesce(n.data -> 'reasons', words_by_language(n.reason, NULL))
            WHEN n.to_state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END,
        state_at = CASE WHEN n.to_state = 'inconclusive' THEN c.state_at ELSE app_now() END,
        made_on = CASE WHEN n.to_state = 'made' THEN n.made_on ELSE c.made_on END
    FROM new_step n
    WHERE n.resource = 'change' AND c.id = n.subject AND c.state = n.from_state AND c.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'change.' || n.to_state, 'change', n.subject, c.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN change c ON c.id = n.subject
    WHERE n.resource = 'change';
    INSERT INTO job (kind, subject, data)
    SELECT 'news', n.subject, jsonb_build_object('state', n.to_state)
    FROM new_step n
    WHERE n.resource = 'change' AND n.to_state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'follow_up', app_now() + make_interval(days => rule_value('follow_up_days')), n.subject, '{"phase": "ask"}',
        'follow_up:' || n.subject
    FROM new_step n
    WHERE n.resource = 'change' AND n.to_state = 'made'
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.change_voices(wanted_change uuid, after_source uuid, after_person uuid, most integer) RETURNS TABLE(source_id uuid, feedback_id uuid, person_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH place AS (
        SELECT coalesce(after_source, '00000000-0000-0000-0000-000000000000') AS source, coalesce(after_person, '00000000-0000-0000-0000-000000000000') AS person
    ), source AS MATERIALIZED (
        SELECT s.source_id, s.feedback_id
        FROM change_source s
        WHERE s.change_id = wanted_change AND s.source_id >= (SELECT p.source FROM place p)
        ORDER BY s.source_id
        LIMIT most + 1 -- the first may be told already
    )
    SELECT s.source_id, s.feedback_id, w.id
    FROM source s
    CROSS JOIN place p
    LEFT JOIN LATERAL (
        SELECT x.id
        FROM source_person v JOIN person x ON x.id = v.person_id
        WHERE s.feedback_id IS NULL AND v.source_id = s.source_id
    ) w ON true
    WHERE (s.source_id, coalesce(w.id, '00000000-0000-0000-0000-000000000000')) > (p.source, p.person)
    ORDER BY s.source_id, w.id
    LIMIT most
$$;

CREATE FUNCTION public.changed_now() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_at := app_now();
    RETURN NEW;
END
$$;

CREATE TABLE public.claim (
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    expert_id uuid NOT NULL,
    because text NOT NULL,
    is_fee_due boolean NOT NULL,
    fee_class_id uuid,
    only_expenses boolean DEFAULT false NOT NULL,
    hours numeric(5,2),
    km numeric(6,1),
    meals integer,
    expenses numeric(9,2),
    expenses_for text,
    form text,
    fee numeric(9,2),
    travel numeric(9,2),
    meal_money numeric(9,2),
    total numeric(9,2) GENERATED ALWAYS AS ((((fee + travel) + meal_money) + expenses)) STORED,
    state text DEFAULT 'open'::text NOT NULL,
    state_reason text,
    claimed_by uuid,
    approved_by uuid,
    export_id uuid,
    opened_on date DEFAULT public.app_today() NOT NULL,
    moved_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT claim_because CHECK ((because = ANY (ARRAY['done'::text, 'cancelled_late'::text, 'client_absent'::text]))),
    CONSTRAINT claim_expenses_are_named CHECK (((COALESCE(expenses, (0)::numeric) = (0)::numeric) OR (expenses_for IS NOT NULL))),
    CONSTRAINT claim_expenses_for_length CHECK (((length(expenses_for) >= 1) AND (length(expenses_for) <= 500))),
    CONSTRAINT claim_form CHECK ((form = ANY (ARRAY['wage'::text, 'non_wage'::text, 'expense_only'::text]))),
    CONSTRAINT claim_has_fee_class CHECK (((state <> ALL (ARRAY['approved'::text, 'exported'::text, 'paid'::text])) OR (total IS NOT NULL))),
    CONSTRAINT claim_is_approved_by_another CHECK ((approved_by <> claimed_by)),
    CONSTRAINT claim_is_exported_once CHECK (((state = ANY (ARRAY['exported'::text, 'paid'::text])) = (export_id IS NOT NULL))),
    CONSTRAINT claim_numbers CHECK (((LEAST(hours, km, (meals)::numeric, expenses) >= (0)::numeric) AND (hours <= (24)::numeric))),
    CONSTRAINT claim_state CHECK ((state = ANY (ARRAY['open'::text, 'submitted'::text, 'returned'::text, 'waived'::text, 'approved'::text, 'exported'::text, 'paid'::text])))
);

CREATE FUNCTION public.claim_answered(c public.claim, wish public.move_wish, OUT state text, OUT _version bigint, OUT _replayed boolean, OUT _problem text, OUT _pointer text, OUT _members jsonb, OUT _errors jsonb) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    errors CONSTANT jsonb := CASE (wish).body ->> 'to' WHEN 'submitted' THEN claim_errors((wish).body, c.is_fee_due) END;
BEGIN
    SELECT m.* INTO state, _version, _replayed, _problem, _pointer, _members, _errors
    FROM state_moved('claim', c.id, c.state, c.version, '{expert}', wish, errors #>> '{0,code}', errors) m;
    IF _problem IS NULL AND NOT _replayed AND state = 'submitted' THEN
        UPDATE claim x
        SET hours = round(coalesce(b.hours, 0), 2), km = round(coalesce(b.km, 0), 1), meals = coalesce(b.meals, 0), expenses = round(coalesce(b.expenses, 0), 2),
            expenses_for = nullif(btrim(coalesce(masked_text(b.expenses_for, 'fi'), b.expenses_for)), ''), only_expenses = coalesce(b.only_expenses, false), claimed_by = (wish).caller_id
        FROM jsonb_to_record((wish).body) AS b (hours numeric, km numeric, meals integer, expenses numeric, expenses_for text, only_expenses boolean)
        WHERE x.id = c.id;
    END IF;
END
$$;

CREATE FUNCTION public.claim_breach(c public.claim, wanted text, caller uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted = 'approved' AND caller = c.claimed_by THEN 'claim_is_approved_by_another'
                WHEN wanted = 'approved' AND c.total IS NULL THEN 'claim_has_fee_class' END
$$;

CREATE FUNCTION public.claim_errors(body jsonb, is_fee_due boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (VALUES
        (1, '/hours', 'claim_hours_are_told', is_fee_due AND body ->> 'hours' IS NULL),
        (2, '/km', 'claim_km_within_bounds', (body ->> 'km')::numeric > rule_value('claim_km_most')),
        (3, '/expenses', 'claim_expenses_within_bounds', (body ->> 'expenses')::numeric > rule_value('claim_expenses_most')),
        (4, '/expenses_for', 'claim_expenses_are_named', (body ->> 'expenses')::numeric > 0 AND body ->> 'expenses_for' IS NULL)
    ) w (place, pointer, code, is_so)
    WHERE w.is_so
$$;

CREATE FUNCTION public.claim_export_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version, data)
    SELECT gen_random_uuid(), 'claim', c.id, 'approved', 'exported', 'system', c.version + 1, jsonb_build_object('export_id', n.id)
    FROM new_export n
    JOIN claim c ON c.state = 'approved'
    JOIN booking b ON b.id = c.booking_id
    JOIN unit u ON u.id = b.unit_id
    WHERE u.path @> ARRAY[n.unit_id]
    ORDER BY c.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.claim_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    class fee_class;
    moved step;
BEGIN
    IF (NEW.fee_class_id, NEW.only_expenses, NEW.hours, NEW.km, NEW.meals, NEW.expenses)
        IS DISTINCT FROM (OLD.fee_class_id, OLD.only_expenses, OLD.hours, OLD.km, OLD.meals, OLD.expenses) THEN
        IF OLD.state NOT IN ('open', 'submitted', 'returned') THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'claim_is_settled', MESSAGE = 'claim_is_settled';
        END IF;
        SELECT f.* INTO class FROM fee_class f WHERE f.id = NEW.fee_class_id;
        NEW.form := CASE WHEN class.id IS NULL THEN NULL WHEN NEW.only_expenses OR NOT NEW.is_fee_due THEN 'expense_only' ELSE class.form END;
        NEW.fee := CASE WHEN NEW.form = 'expense_only' THEN 0 ELSE class.per_task + round(class.per_hour * NEW.hours, 2) END;
        NEW.travel := round(class.per_km * NEW.km, 2);
        NEW.meal_money := class.per_meal * NEW.meals;
    END IF;
    IF NEW.state <> OLD.state THEN
        NEW.version := OLD.version + 1;
        NEW.moved_on := app_today();
        SELECT s.* INTO moved FROM step s WHERE s.subject = NEW.id AND s.version = NEW.version;
        NEW.state_reason := moved.reason;
        NEW.approved_by := CASE NEW.state WHEN 'approved' THEN moved.caller_id ELSE OLD.approved_by END;
        NEW.export_id := coalesce(OLD.export_id, (moved.data ->> 'export_id')::uuid);
    ELSIF NEW.fee_class_id IS DISTINCT FROM OLD.fee_class_id THEN
        NEW.version := OLD.version + 1; -- the numbers come with a step
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.claim_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_person(array_agg(n.expert_id), 'person_news', NULL)
    FROM new_claim n JOIN old_claim o USING (id)
    WHERE n.state <> o.state AND n.state IN ('returned', 'approved')
    HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'booking', b.id, b.state, 'settled', 'system', b.version + 1
    FROM new_claim n JOIN old_claim o USING (id) JOIN booking b ON b.id = n.booking_id
    WHERE n.state <> o.state AND n.state IN ('approved', 'waived') AND b.state IN ('done', 'cancelled_late', 'client_absent')
    ORDER BY b.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.claim_over_hours(c public.claim, b public.booking) RETURNS numeric
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN c.hours IS NOT NULL THEN greatest(c.hours - round(extract(epoch FROM b.ends_at - b.starts_at) / 3600, 2), 0) END
$$;

CREATE FUNCTION public.clock_booking(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO mail (template, person_id, about, thing, answers_to, good_until, places, unique_key)
    SELECT 'booking_reminder', p.id, b.id, b.id, CASE p.id WHEN b.expert_id THEN b.person_id ELSE b.expert_id END, b.starts_at, booking_places(b), 'booking_reminder:' || p.id || ':' || b.id || ':' || extract(epoch FROM b.starts_at)
        || CASE WHEN b.starts_at <= app_now() + interval '24 hours' THEN ':day' ELSE ':week' END
    FROM booking b JOIN person p ON p.id IN (b.person_id, b.expert_id) AND p.has_address
    WHERE b.id = ANY (subjects) AND b.state = 'confirmed' AND b.starts_at > app_now() AND b.starts_at <= app_now() + interval '7 days'
    ORDER BY p.id, b.id
    ON CONFLICT (unique_key) DO NOTHING;
    PERFORM booking_people_end(subjects);
    RETURN QUERY
    SELECT b.id, booking_next(b), jsonb_build_object('phase', phase) FROM booking b WHERE b.id = ANY (subjects) AND booking_next(b) IS NOT NULL;
END
$$;

CREATE FUNCTION public.clock_case(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
BEGIN
    PERFORM mail_staff(f.id, phase, CASE phase WHEN 'reminder' THEN 'handler' WHEN 'overdue' THEN 'coordinator' ELSE 'management' END,
        f.id || ':' || f.due_on)
    FROM feedback f
    WHERE f.id = ANY (subjects) AND f.answered_on IS NULL AND f.closed_on IS NULL AND f.due_on IS NOT NULL
    ORDER BY f.id;
    RETURN QUERY
    SELECT f.id, day_start(CASE phase WHEN 'reminder' THEN f.due_on + 1
                                      ELSE day_of_percent(f.received_on, f.due_on, rule_value('escalation_percent')) END) + interval '8 hours',
        jsonb_build_object('phase', CASE phase WHEN 'reminder' THEN 'overdue' ELSE 'escalation' END)
    FROM feedback f
    WHERE f.id = ANY (subjects) AND f.due_on IS NOT NULL AND f.state NOT IN ('removed', 'withdrawn') AND phase <> 'escalation';
END
$$;

CREATE FUNCTION public.clock_consultation(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'consultation', c.id, c.state, CASE phase WHEN 'consultation_open' THEN 'open' ELSE 'closed' END, 'system', c.version + 1
    FROM consultation c
    WHERE c.id = ANY (subjects) AND (
        (phase = 'consultation_open' AND c.state = 'draft' AND c.asked <> '[]' AND c.opens_on <= app_today() AND c.due_on >= app_today())
        OR (phase = 'consultation_close' AND c.state = 'open' AND c.due_on < app_today()))
    ORDER BY c.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_do(subjects uuid[], phases text[]) RETURNS TABLE(n bigint, run_at timestamp with time zone, data jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    p record;
BEGIN
    FOR p IN
        SELECT w.phase, c.does, array_agg(DISTINCT w.subject) AS subjects
        FROM unnest(subjects, phases) w (subject, phase) LEFT JOIN clock_phase c USING (phase)
        WHERE w.subject IS NOT NULL
        GROUP BY w.phase, c.does ORDER BY w.phase
    LOOP
        IF p.does IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a job of the clock has no phase that is known';
        END IF;
        RETURN QUERY EXECUTE format('SELECT j.n, d.run_at, d.data FROM %I($1, $2) d
            JOIN unnest($3, $4) WITH ORDINALITY j (subject, phase, n) ON j.subject = d.subject AND j.phase = $2', p.does)
            USING p.subjects, p.phase, subjects, phases;
    END LOOP;
END
$_$;

CREATE FUNCTION public.clock_initiative(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    SELECT mail_mailbox(input_unit(i), phase, 'coordinator', i.id, i.id::text)
    FROM input i WHERE i.id = ANY (subjects) AND i.answered_on IS NULL AND i.state = 'submitted' ORDER BY i.id;
    SELECT i.id, day_start(i.due_on + 1) + interval '8 hours', '{"phase": "initiative_overdue"}'::jsonb
    FROM input i WHERE i.id = ANY (subjects) AND phase = 'initiative_reminder' AND i.answered_on IS NULL AND i.state = 'submitted'
$$;

CREATE FUNCTION public.clock_offer_end(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM lock_places(subjects);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'registration', r.id, 'offered', 'expired', 'system', r.version + 1
    FROM registration r
    WHERE r.id = ANY (subjects) AND r.state = 'offered' AND r.offered_until <= app_now();
END
$$;

CREATE FUNCTION public.clock_offer_expires(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM lock_bookings(ARRAY(SELECT o.booking_id FROM offer o WHERE o.id = ANY (subjects)));
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'offer', o.id, 'sent', 'expired', 'system', o.version + 1
    FROM offer o
    WHERE o.id = ANY (subjects) AND o.state = 'sent' AND o.expires_at <= app_now()
    ORDER BY o.id;
END
$$;

CREATE FUNCTION public.clock_panel(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
BEGIN
    PERFORM FROM panel p
    WHERE p.id = ANY (subjects) OR p.id IN (SELECT m.panel_id FROM member m WHERE m.id = ANY (subjects))
    ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'panel', p.id, p.state, 'ended', 'system', p.version + 1
    FROM panel p
    WHERE phase = 'panel_end' AND p.id = ANY (subjects) AND p.state IN ('active', 'paused') AND p.ends_on < app_today();
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, w.to_state, 'system', w.reason, m.version + 1
    FROM member m
    CROSS JOIN LATERAL (
        SELECT 'declined' AS to_state, 'member_answer_is_late' AS reason WHERE phase = 'member_answer' AND m.state = 'selected' AND m.answer_by < app_today()
        UNION ALL
        SELECT 'ceased', 'member_time_is_over' WHERE phase = 'member_end' AND m.state = 'active' AND m.until_on < app_today()) w
    WHERE m.id = ANY (subjects);
END
$$;

CREATE FUNCTION public.clock_panel_round(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'round', r.id, r.state, 'archived', 'system', r.version + 1
    FROM round r
    WHERE r.id = ANY (subjects) AND r.state = 'fed_back'
    ORDER BY r.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_round_forget(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    SELECT survey_rounds_forget(subjects);
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_round_mail(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    WITH wanted AS (
        SELECT CASE phase WHEN 'round_invite' THEN 'survey_invitation' ELSE 'survey_reminder' END AS template
    ), mailed AS (
        INSERT INTO mail (template, survey_link_id, link_id, capped, unique_key)
        SELECT w.template, l.id, l.id, phase = 'round_invite', w.template || ':' || l.id
        FROM wanted w
        JOIN survey_round r ON r.id = ANY (subjects) AND r.state = 'open' AND (phase = 'round_invite' OR r.remind_at <= app_now())
        CROSS JOIN LATERAL (
            SELECT x.id
            FROM survey_link x
            WHERE x.round_id = r.id AND x.used IS false AND survey_link_is_mailed(x)
                AND NOT EXISTS (SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = w.template)
                AND (phase = 'round_invite' OR EXISTS (
                    SELECT FROM mail m WHERE m.survey_link_id = x.id AND m.template = 'survey_invitation' AND m.state = 'sent'))
            ORDER BY x.id
            LIMIT 2000
        ) l
        ON CONFLICT (unique_key) DO NOTHING
        RETURNING survey_link_id
    )
    SELECT l.round_id, app_now(), jsonb_build_object('phase', phase)
    FROM mailed m JOIN survey_link l ON l.id = m.survey_link_id
    GROUP BY l.round_id HAVING count(*) >= 2000
$$;

CREATE FUNCTION public.clock_round_move(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE phase WHEN 'round_open' THEN 'open' ELSE 'closed' END, 'system', r.version + 1
    FROM survey_round r
    JOIN survey s ON s.id = r.survey_id
    WHERE r.id = ANY (subjects) AND (
        (phase = 'round_open' AND r.state = 'planned' AND s.state = 'open' AND r.opens_at <= app_now()
            AND NOT EXISTS (SELECT FROM round x WHERE x.survey_round_id = r.id AND round_breach(x, 'open') IS NOT NULL))
        OR (phase = 'round_close' AND r.state = 'open' AND r.closes_at <= app_now()))
    ORDER BY r.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_session_end(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    UPDATE person p SET ended_on = app_today()
    FROM session s JOIN registration r ON r.session_id = s.id
    WHERE s.id = ANY (subjects) AND s.ends_at + make_interval(days => rule_value('session_close_days')) <= app_now()
        AND p.id = r.id AND p.ended_on IS NULL;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'session', s.id, s.state, 'closed', 'system', s.version + 1
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'minutes_published' AND s.ends_at + make_interval(days => rule_value('session_close_days')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_session_remind(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    SELECT mail_person_with(ARRAY(SELECT p.id FROM unnest(session_people(s.id, '{offered,registered}')) p (id)
                             WHERE NOT EXISTS (SELECT FROM attendance a WHERE a.session_id = s.id AND a.member_id = p.id AND a.said_absent)),
        'session_reminder', s.id || ':' || extract(epoch FROM s.starts_at), false, session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL))
    FROM session s
    WHERE s.id = ANY (subjects) AND s.state = 'published' AND s.starts_at > app_now()
        AND s.starts_at - make_interval(hours => rule_value('session_reminder_hours')) <= app_now()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_statement(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'statement', s.id, s.state, 'missed', 'system', s.version + 1
    FROM statement s
    WHERE s.id = ANY (subjects) AND s.state = 'requested' AND s.due_on < app_today()
    ORDER BY s.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE FUNCTION public.clock_vote(subjects uuid[], phase text) RETURNS SETOF public.clock_again
    LANGUAGE sql
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'vote', v.id, v.state, 'closed', 'system', v.version + 1
    FROM vote v
    WHERE v.id = ANY (subjects) AND v.state = 'open' AND v.closes_at <= app_now()
    ORDER BY v.id;
    SELECT NULL::clock_again WHERE false
$$;

CREATE TABLE public.co_development (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    title jsonb NOT NULL,
    goal jsonb DEFAULT '{}'::jsonb NOT NULL,
    service_id uuid,
    mandated_by text,
    convener text,
    state text DEFAULT 'mapping'::text NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT co_development_goal_is_by_language CHECK (public.is_language_map(goal)),
    CONSTRAINT co_development_has_mandate CHECK (((state = ANY (ARRAY['mapping'::text, 'stopped'::text])) OR (num_nonnulls(service_id, mandated_by, convener) = 3))),
    CONSTRAINT co_development_state CHECK ((state = ANY (ARRAY['mapping'::text, 'ideating'::text, 'designing'::text, 'trialling'::text, 'evaluating'::text, 'adopted'::text, 'stopped'::text]))),
    CONSTRAINT co_development_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.co_development_breach(c public.co_development, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted NOT IN ('mapping', 'stopped') AND num_nonnulls(c.service_id, c.mandated_by, c.convener) < 3 THEN 'co_development_has_mandate'
                WHEN wanted = 'evaluating' AND NOT co_development_has_trial(c.id) THEN 'co_development_has_trial' END
$$;

CREATE FUNCTION public.co_development_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NEW.state = 'evaluating' AND NOT co_development_has_trial(NEW.id) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'co_development_has_trial', MESSAGE = 'co_development_has_trial';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.co_development_has_trial(co_development uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM trial t WHERE t.co_development_id = co_development AND t.starts_on <= app_today())
$$;

CREATE FUNCTION public.co_development_is_of_its_kind() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM panel p WHERE p.id = NEW.panel_id AND p.kind = 'co_development') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'co_development_is_of_its_kind', MESSAGE = 'co_development_is_of_its_kind';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.consultation_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(w.at, app_now()), n.id, jsonb_build_object('phase', w.phase), w.phase || ':' || n.id || ':' || extract(epoch FROM w.at)
    FROM new_consultation n
    CROSS JOIN LATERAL (VALUES ('consultation_open', day_start(n.opens_on), n.state = 'draft'),
        ('consultation_close', day_start(n.due_on + 1), n.state = 'open')) w (phase, at, is_wanted)
    WHERE w.is_wanted
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.consultation_is_before_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM consultation c JOIN decision d ON d.id = c.decision_id
               WHERE NEW.id IN (c.id, d.id) AND c.state <> 'cancelled' AND c.due_on >= d.decides_on) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'consultation_is_before_decision', MESSAGE = 'consultation_is_before_decision';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.consultation_opens() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.opens_on := app_today();
    RETURN NEW;
END
$$;

CREATE TABLE public.consultation (
    id uuid NOT NULL,
    decision_id uuid NOT NULL,
    kind text NOT NULL,
    title jsonb NOT NULL,
    description jsonb DEFAULT '{}'::jsonb NOT NULL,
    asked jsonb DEFAULT '[]'::jsonb NOT NULL,
    heard_through jsonb DEFAULT '[]'::jsonb NOT NULL,
    opens_on date NOT NULL,
    due_on date NOT NULL,
    is_open boolean DEFAULT false NOT NULL,
    budget jsonb,
    effect text,
    effect_reason jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    changed_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    CONSTRAINT consultation_asks_somebody CHECK (((state = ANY (ARRAY['draft'::text, 'cancelled'::text])) OR (asked <> '[]'::jsonb))),
    CONSTRAINT consultation_budget_is_good CHECK (((budget IS NULL) OR (public.budget_problem(budget) IS NULL))),
    CONSTRAINT consultation_days CHECK ((opens_on <= due_on)),
    CONSTRAINT consultation_description_is_by_language CHECK (public.is_language_map(description)),
    CONSTRAINT consultation_effect CHECK ((effect = ANY (ARRAY['taken'::text, 'partly'::text, 'not'::text]))),
    CONSTRAINT consultation_effect_has_reason CHECK (((effect IS NULL) OR (effect = 'taken'::text) OR (effect_reason <> '{}'::jsonb))),
    CONSTRAINT consultation_effect_reason_is_by_language CHECK (public.is_language_map(effect_reason)),
    CONSTRAINT consultation_has_a_budget CHECK (((kind = 'budget'::text) = (budget IS NOT NULL))),
    CONSTRAINT consultation_has_effect CHECK (((state <> ALL (ARRAY['considered'::text, 'published'::text])) OR (effect IS NOT NULL))),
    CONSTRAINT consultation_kind CHECK ((kind = ANY (ARRAY['hearing'::text, 'budget'::text]))),
    CONSTRAINT consultation_state CHECK ((state = ANY (ARRAY['draft'::text, 'open'::text, 'closed'::text, 'considered'::text, 'published'::text, 'cancelled'::text]))),
    CONSTRAINT consultation_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.consultation_takes_answers(c public.consultation) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT c.state = 'open' AND c.due_on >= app_today()
$$;

CREATE FUNCTION public.contact_case_ended() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE contact SET ended_on = NEW.closed_on WHERE feedback_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.contact_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO spoken_before (feedback_id)
    SELECT v.feedback_id
    FROM (
        SELECT s.feedback_id, row_number() OVER (PARTITION BY s.address_hash ORDER BY f.received_on, f.id) AS n
        FROM (SELECT o.address_hash, o.feedback_id FROM old_contact o
              UNION
              SELECT c.address_hash, c.feedback_id FROM contact c WHERE c.address_hash IN (SELECT o.address_hash FROM old_contact o)) s
        JOIN feedback f ON f.id = s.feedback_id
    ) v
    WHERE v.n > 1
    ORDER BY v.feedback_id
    ON CONFLICT (feedback_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.contact_key_is_not_retired(key_ids text[]) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM contact_key k WHERE k.id = ANY (key_ids) AND k.retired_on IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'contact_key_is_not_retired', MESSAGE = 'contact_key_is_not_retired';
    END IF;
END
$$;

CREATE FUNCTION public.contact_key_newest() RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT k.id FROM contact_key k ORDER BY k.place DESC LIMIT 1
$$;

CREATE FUNCTION public.contact_key_retire(wanted text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    LOCK TABLE contact, survey_link, person IN SHARE MODE;
    IF NOT EXISTS (SELECT FROM contact_key k WHERE k.id = wanted) THEN
        RETURN 'unknown';
    ELSIF contact_key_newest() = wanted THEN
        RETURN 'newest';
    ELSIF EXISTS (SELECT FROM contact c WHERE c.key_id = wanted) OR EXISTS (SELECT FROM survey_link l WHERE l.key_id = wanted)
        OR EXISTS (SELECT FROM person p WHERE p.key_id = wanted) THEN
        RETURN 'needed';
    END IF;
    UPDATE contact_key SET retired_on = app_today() WHERE id = wanted AND retired_on IS NULL;
    RETURN 'retired';
END
$$;

CREATE FUNCTION public.contact_key_use() RETURNS TABLE(key_id text, contacts bigint, links bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT u.key_id, sum(u.contacts)::bigint, sum(u.links)::bigint
    FROM (SELECT k.id AS key_id, 0 AS contacts, 0 AS links FROM contact_key k
          UNION ALL SELECT c.key_id, count(*), 0 FROM contact c GROUP BY c.key_id
          UNION ALL SELECT l.key_id, 0, count(*) FROM survey_link l WHERE l.key_id IS NOT NULL GROUP BY l.key_id
          UNION ALL SELECT p.key_id, 0, count(*) FROM person p WHERE p.key_id IS NOT NULL GROUP BY p.key_id) u
    GROUP BY u.key_id
$$;

CREATE FUNCTION public.contact_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    reached uuid[];
    keys text[];
BEGIN
    SELECT array_agg(n.feedback_id), array_agg(DISTINCT n.key_id) INTO reached, keys FROM new_contact n;
    IF reached IS NOT NULL THEN
        PERFORM contact_key_is_not_retired(keys);
        PERFORM mail_giver(reached, 'received', 'received');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.date_is_near(moment timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT moment BETWEEN '1900-01-01' AND app_now() + make_interval(days => rule_value('planning_days'))
$$;

CREATE FUNCTION public.dates_are_near() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    row_now CONSTANT jsonb := to_jsonb(NEW);
    row_before CONSTANT jsonb := CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    far_one text;
BEGIN
    SELECT c.name INTO far_one FROM unnest(TG_ARGV) WITH ORDINALITY c (name, place)
    WHERE row_now ->> c.name IS DISTINCT FROM row_before ->> c.name AND NOT date_is_near((row_now ->> c.name)::timestamptz)
    ORDER BY c.place LIMIT 1;
    IF far_one IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'date_is_near', COLUMN = far_one, MESSAGE = 'date_is_near';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.day_mark(width integer, day integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '@d' || width || '.' || (day >> (3 * width))
$$;

CREATE FUNCTION public.day_number(day date) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT day - DATE '2000-01-01'
$$;

CREATE FUNCTION public.day_of(day_number integer) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT DATE '2000-01-01' + day_number
$$;

CREATE FUNCTION public.day_of_percent(from_day date, due_day date, percent integer) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT from_day + ((due_day - from_day) * percent + 99) / 100
$$;

CREATE FUNCTION public.day_part(id uuid) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT get_byte(uuid_send(id), 0) >> 2
$$;

CREATE FUNCTION public.day_part_mark(day integer, part integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '@p' || day || '.' || part
$$;

CREATE FUNCTION public.day_start(day date) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT day::timestamp AT TIME ZONE 'Europe/Helsinki'
$$;

CREATE FUNCTION public.day_times(day date, ahead interval, lasts tstzrange, begins_at time without time zone, ends_at time without time zone) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT tstzrange((day + begins_at - ahead) AT TIME ZONE 'UTC', (day + ends_at - ahead) AT TIME ZONE 'UTC') * lasts
$$;

CREATE FUNCTION public.decision_hearings(decision_id uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('consultation_id', c.id, 'kind', c.kind, 'title', c.title, 'asked', c.asked, 'heard_through', c.heard_through,
        'opens_on', c.opens_on, 'due_on', c.due_on, 'state', c.state, 'effect', c.effect, 'effect_reason', c.effect_reason) ORDER BY c.due_on, c.id), '[]')
    FROM consultation c
    WHERE c.decision_id = decision_hearings.decision_id AND c.state NOT IN ('draft', 'cancelled')
$$;

CREATE FUNCTION public.digest_day() RETURNS date
    LANGUAGE sql STABLE
    AS $$
    SELECT date '2024-01-01' + ((app_today() - date '2024-01-01') / d.days + 1) * d.days FROM (SELECT rule_value('digest_days') AS days) d
$$;

CREATE FUNCTION public.digest_key(contributor bytea, day date) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT concat('digest:', encode(sha256(contributor), 'hex'), ':', day)
$$;

CREATE TABLE public.panel_selection (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    n integer NOT NULL,
    seed text NOT NULL,
    seed_hash text NOT NULL,
    places integer NOT NULL,
    reserve_most integer NOT NULL,
    quota jsonb NOT NULL,
    candidates jsonb NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea
);

CREATE FUNCTION public.draw_shown(s public.panel_selection, OUT cells jsonb, OUT lots jsonb, OUT document_hash text, OUT candidate_count bigint, OUT is_shown boolean) RETURNS record
    LANGUAGE sql STABLE
    AS $$
    WITH cell AS (
        SELECT c.one, c.n FROM jsonb_array_elements(s.quota) WITH ORDINALITY c (one, n)
    ), lot AS (
        SELECT l.one ->> 'id' AS id, coalesce(c.n, 0) AS cell, l.one ->> 'result' AS result, l.place
        FROM jsonb_array_elements(s.candidates) WITH ORDINALITY l (one, place)
        LEFT JOIN cell c ON c.one ->> 'name' = l.one ->> 'cell'
    )
    SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('least', c.one -> 'least', 'most', c.one -> 'most', 'seated', c.one -> 'seated') ORDER BY c.n), '[]') FROM cell c),
        (SELECT jsonb_agg(jsonb_build_object('id', l.id, 'cell', l.cell, 'result', l.result) ORDER BY l.place) FROM lot l),
        encode(sha256(convert_to(concat_ws(E'\n', s.seed, s.places || ' ' || s.reserve_most,
            (SELECT string_agg(concat_ws(' ', c.one ->> 'least', coalesce(c.one ->> 'most', '-'), c.one ->> 'seated'), E'\n' ORDER BY c.n) FROM cell c),
            (SELECT string_agg(concat_ws(' ', l.id, l.cell, l.result), E'\n' ORDER BY l.place) FROM lot l)), 'UTF8')), 'hex'),
        (SELECT count(*) FROM lot),
        NOT EXISTS (SELECT FROM lot l GROUP BY l.cell HAVING count(*) < 5)
$$;

CREATE FUNCTION public.easter_sunday(year integer) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    golden integer := year % 19;
    century integer := year / 100;
    rest integer := year % 100;
    epact integer := (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    weekday integer := (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    late integer := (golden + 11 * epact + 22 * weekday) / 451;
    place integer := epact + weekday - 7 * late + 114;
BEGIN
    RETURN make_date(year, place / 31, place % 31 + 1);
END
$$;

CREATE FUNCTION public.email_field(why text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_build_object('name', 'contact.email', 'type', 'email', 'label', personal_text('open_email'), 'help', personal_text(why), 'most', 254, 'complete', 'email')
$$;

CREATE FUNCTION public.erase_again(list jsonb, OUT people bigint, OUT voices bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO person_erasure (person_id, resource, id, who, erased_on)
    SELECT p.id, p.resource, x.id, x.who, x.erased_on
    FROM jsonb_to_recordset(list -> 'people') AS x (person_id uuid, id uuid, who text, erased_on date)
    JOIN person p ON p.id = x.person_id
    ORDER BY p.id
    ON CONFLICT (person_id) DO NOTHING;
    GET DIAGNOSTICS people = ROW_COUNT;
    INSERT INTO erasure (feedback_id, id, who, reason, erased_on)
    SELECT f.id, x.id, x.who, x.reason, x.erased_on
    FROM jsonb_to_recordset(list -> 'voices') AS x (feedback_id uuid, id uuid, who text, reason text, erased_on date)
    JOIN feedback f ON f.id = x.feedback_id
    ORDER BY f.id
    ON CONFLICT (feedback_id) DO NOTHING;
    GET DIAGNOSTICS voices = ROW_COUNT;
END
$$;

CREATE FUNCTION public.erase_expert_words() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE observation o SET text = NULL, request_hash = NULL FROM new_erasure n WHERE o.person_id = n.person_id;
    UPDATE booking_feedback f SET text = NULL, request_hash = NULL
    FROM new_erasure n JOIN booking b ON n.person_id IN (b.expert_id, b.person_id) WHERE f.booking_id = b.id AND f.side = booking_side(b, n.person_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.erase_follow_up() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE follow_up f SET request_id = NULL, request_hash = NULL FROM new_erasure n
    WHERE f.feedback_id = n.feedback_id AND f.request_id IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.erase_inputs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE input i SET text = NULL, request_hash = NULL FROM new_erasure n WHERE i.person_id = n.person_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.event_partitions_ahead(months integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    first_day date := date_trunc('month', app_today())::date;
    month_start date;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('event_partitions_ahead'));
    FOR month_start IN SELECT (first_day + make_interval(months => n))::date FROM generate_series(0, months) n LOOP
        IF to_regclass(format('event_%s', to_char(month_start, 'YYYYMM'))) IS NULL
            AND NOT EXISTS (SELECT FROM event_default
                            WHERE at >= day_start(month_start) AND at < day_start((month_start + interval '1 month')::date)) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
                'event_' || to_char(month_start, 'YYYYMM'), day_start(month_start),
                day_start((month_start + interval '1 month')::date));
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION public.expert_again(new_id uuid, of_call uuid, hash bytea, request bytea, may_apply boolean) RETURNS TABLE(made_on date, request_hash bytea, is_replayed boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    earlier uuid := CASE WHEN may_apply THEN expert_known(hash, new_id) END;
BEGIN
    IF EXISTS (SELECT FROM expert e WHERE e.id = new_id) OR EXISTS (SELECT FROM person_repeat t WHERE t.id = new_id) THEN
        earlier := NULL;
    END IF;
    IF earlier IS NOT NULL THEN
        INSERT INTO person_repeat (id, person_id, request_hash) VALUES (new_id, earlier, request);
        PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
    END IF;
    RETURN QUERY SELECT t.made_on, t.request_hash, earlier IS NULL FROM person_repeat t JOIN expert e ON e.id = t.person_id WHERE t.id = new_id;
END
$$;

CREATE FUNCTION public.expert_agreement(e public.expert) RETURNS tstzrange
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN e.agreement_from IS NULL THEN 'empty'::tstzrange ELSE tstzrange(day_start(e.agreement_from), day_start(e.agreement_until + 1)) END
$$;

CREATE FUNCTION public.expert_applied() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'expert.applied', 'expert', n.id, n.unit_id, n.version FROM new_expert n WHERE n.call_id IS NOT NULL;
    PERFORM mail_mailbox(n.unit_id, 'expert_applied', 'coordinator', n.id, n.id::text) FROM new_expert n WHERE n.call_id IS NOT NULL ORDER BY n.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.expert_breach(e public.expert, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted = 'active' AND (e.agreement_from IS NULL OR e.agreement_until < app_today()) THEN 'expert_has_agreement' END
$$;

CREATE FUNCTION public.expert_busy(experts uuid[], during tstzrange) RETURNS TABLE(expert_id uuid, held tstzrange)
    LANGUAGE sql STABLE
    AS $$
    SELECT b.expert_id, CASE WHEN b.is_remote THEN tstzrange(b.starts_at, b.ends_at + make_interval(mins => e.travel_minutes)) ELSE b.held END
    FROM booking b
    JOIN expert e ON e.id = b.expert_id
    WHERE b.expert_id = ANY (experts) AND b.held && tstzrange(lower(during) - interval '8 hours', upper(during))
$$;

CREATE FUNCTION public.expert_call_form(tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('operation', 'expert_apply', 'title', personal_text('expert_apply_title'), 'button', personal_text('apply'),
        'texts', page_list(personal_text('expert_apply_how')),
        'fields', page_list(
            jsonb_build_object('name', 'name', 'label', personal_text('expert_apply_name'), 'help', personal_text('expert_apply_name_why'), 'most', 200,
                'required', true, 'complete', 'name'),
            email_field('apply_email'),
            jsonb_build_object('name', 'lang', 'type', 'select', 'label', personal_text('expert_apply_lang'), 'value', left(tag, 2), 'required', true,
                'options', page_options('apply_lang', '{fi,sv,en,se,smn,sms}')),
            jsonb_build_object('name', 'areas', 'type', 'checks', 'label', personal_text('expert_apply_areas'), 'options', expert_ticks(
                (SELECT jsonb_object_agg(x.code, x.name) FROM experience_area x WHERE is_open(x.closed_on)), '[]', tag)),
            jsonb_build_object('name', 'languages', 'type', 'checks', 'label', personal_text('expert_apply_languages'), 'options', expert_ticks(
                (SELECT jsonb_object_agg(x.code, x.name) FROM spoken_language x WHERE is_open(x.closed_on)), '[]', tag))))
$$;

CREATE TABLE public.expert_call (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    title jsonb NOT NULL,
    about jsonb DEFAULT '{}'::jsonb NOT NULL,
    until_on date,
    is_open boolean DEFAULT true NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    changed_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT expert_call_about_is_by_language CHECK (public.is_language_map(about)),
    CONSTRAINT expert_call_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.expert_call_takes(c public.expert_call) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT c.is_open AND coalesce(c.until_on >= app_today(), true)
$$;

CREATE FUNCTION public.expert_can_be_ordered(e public.expert) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT e.state = 'active' AND e.agreement_from IS NOT NULL AND coalesce(e.agreement_until >= app_today(), true)
$$;

CREATE FUNCTION public.expert_dates() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.ended_on := CASE WHEN NEW.state IN ('declined', 'ended', 'anonymised') THEN coalesce(OLD.ended_on, app_today()) END;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.expert_fault(e public.expert, body jsonb) RETURNS TABLE(problem text, pointer text)
    LANGUAGE sql STABLE
    AS $$
    SELECT f.problem, f.pointer
    FROM (
        SELECT 'unknown_reference' AS problem, format('/%s/%s', l.name, c.n - 1) AS pointer
        FROM (VALUES ('areas'), ('tasks'), ('languages'), ('municipalities')) l (name)
        CROSS JOIN LATERAL jsonb_array_elements_text(body -> l.name) WITH ORDINALITY c (code, n)
        WHERE NOT CASE l.name
            WHEN 'areas' THEN EXISTS (SELECT FROM experience_area x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_area k WHERE k.expert_id = e.id AND k.area = c.code)
            WHEN 'tasks' THEN EXISTS (SELECT FROM experience_task x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_task k WHERE k.expert_id = e.id AND k.task = c.code)
            WHEN 'languages' THEN EXISTS (SELECT FROM spoken_language x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_language k WHERE k.expert_id = e.id AND k.lang = c.code)
            ELSE EXISTS (SELECT FROM municipality x WHERE x.code = c.code AND is_open(x.closed_on))
                OR EXISTS (SELECT FROM expert_municipality k WHERE k.expert_id = e.id AND k.municipality = c.code) END
        UNION ALL
        SELECT 'expert_agreement_ends_after_it_starts', '/agreement_until' WHERE e.agreement_until < e.agreement_from
        UNION ALL
        SELECT 'expert_has_agreement', '/agreement_from' WHERE e.agreement_from IS NULL AND (e.agreement_until IS NOT NULL OR e.state = 'active')
    ) f
    LIMIT 1
$$;

CREATE FUNCTION public.is_blank(words text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT words IS NULL OR NOT (ascii(words) BETWEEN 33 AND 126 OR ascii(words) BETWEEN 192 AND 591)
        AND words !~ '[^\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2800\u3000\ufeff]'
$$;

CREATE TABLE public.expert_area (
    expert_id uuid NOT NULL,
    area text NOT NULL
);

CREATE TABLE public.expert_language (
    expert_id uuid NOT NULL,
    lang text NOT NULL,
    CONSTRAINT expert_language CHECK ((lang ~ '^[a-z]{2,3}$'::text))
);

CREATE TABLE public.expert_municipality (
    expert_id uuid NOT NULL,
    municipality text NOT NULL
);

CREATE TABLE public.expert_task (
    expert_id uuid NOT NULL,
    task text NOT NULL
);

CREATE TABLE public.expert_words (
    expert_id uuid NOT NULL,
    name text NOT NULL,
    title text,
    story text,
    not_today text,
    CONSTRAINT expert_name_is_not_blank CHECK (((NOT public.is_blank(name)) AND (length(name) <= 200))),
    CONSTRAINT expert_not_today_length CHECK (((length(not_today) >= 1) AND (length(not_today) <= 10000))),
    CONSTRAINT expert_story_length CHECK (((length(story) >= 1) AND (length(story) <= 40000))),
    CONSTRAINT expert_title_length CHECK (((length(title) >= 1) AND (length(title) <= 1000)))
);

CREATE VIEW public.expert_card AS
 SELECT e.id,
    e.unit_id,
    e.state,
    w.name,
    w.title,
    w.story,
    w.not_today,
    to_jsonb(ARRAY( SELECT x.area
           FROM public.expert_area x
          WHERE (x.expert_id = e.id)
          ORDER BY x.area)) AS areas,
    to_jsonb(ARRAY( SELECT x.task
           FROM public.expert_task x
          WHERE (x.expert_id = e.id)
          ORDER BY x.task)) AS tasks,
    to_jsonb(ARRAY( SELECT x.lang
           FROM public.expert_language x
          WHERE (x.expert_id = e.id)
          ORDER BY x.lang)) AS languages,
    to_jsonb(ARRAY( SELECT x.municipality
           FROM public.expert_municipality x
          WHERE (x.expert_id = e.id)
          ORDER BY x.municipality)) AS municipalities,
    e.is_remote,
    e.training,
    e.trained_on,
    e.agreement_from,
    e.agreement_until,
    e.week_hours,
    e.notice_hours,
    e.travel_minutes,
    to_jsonb(e.shown) AS shown,
    e.applied_on,
    e.ended_on,
    e.version
   FROM (public.expert e
     LEFT JOIN public.expert_words w ON ((w.expert_id = e.id)));

CREATE FUNCTION public.expert_fields_form(c public.expert_card, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT page_list(
        jsonb_build_object('name', 'name', 'label', personal_text('expert_shows_name'), 'value', c.name, 'most', 200, 'required', true, 'complete', 'name'),
        jsonb_build_object('name', 'title', 'label', personal_text('expert_shows_title'), 'help', personal_text('expert_title_help'), 'value', c.title, 'most', 100),
        jsonb_build_object('name', 'story', 'label', personal_text('expert_shows_story'), 'help', personal_text('expert_story_help'), 'value', c.story, 'type', 'area', 'most', 4000),
        jsonb_build_object('name', 'not_today', 'label', personal_text('expert_shows_not_today'), 'help', personal_text('expert_not_today_help'), 'value', c.not_today,
            'type', 'area', 'most', 1000),
        jsonb_build_object('name', 'areas', 'label', personal_text('expert_shows_areas'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_area x WHERE is_open(x.closed_on) OR c.areas ? x.code), c.areas, tag)),
        jsonb_build_object('name', 'tasks', 'label', personal_text('expert_shows_tasks'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM experience_task x WHERE is_open(x.closed_on) OR c.tasks ? x.code), c.tasks, tag)),
        jsonb_build_object('name', 'languages', 'label', personal_text('expert_shows_languages'), 'type', 'checks', 'options', expert_ticks(
            (SELECT jsonb_object_agg(x.code, x.name) FROM spoken_language x WHERE is_open(x.closed_on) OR c.languages ? x.code), c.languages, tag)),
        (SELECT jsonb_build_object('name', 'municipalities', 'label', personal_text('expert_shows_municipalities'), 'type', 'checks', 'options',
             expert_ticks(jsonb_object_agg(m.code, m.name), c.municipalities, tag))
         FROM municipality m WHERE is_open(m.closed_on) OR c.municipalities ? m.code HAVING count(*) > 0),
        jsonb_build_object('name', 'is_remote', 'label', personal_text('expert_shows_is_remote'), 'type', 'check', 'value', CASE WHEN c.is_remote THEN 'true' END),
        jsonb_build_object('name', 'week_hours', 'label', personal_text('expert_week_hours'), 'type', 'number', 'value', c.week_hours::text),
        jsonb_build_object('name', 'notice_hours', 'label', personal_text('expert_notice_hours'), 'type', 'number', 'value', c.notice_hours::text, 'required', true),
        jsonb_build_object('name', 'travel_minutes', 'label', personal_text('expert_travel_minutes'), 'type', 'number', 'value', c.travel_minutes::text,
            'required', true))
$$;

CREATE FUNCTION public.expert_free(experts uuid[], from_at timestamp with time zone, until_at timestamp with time zone, minutes integer) RETURNS TABLE(expert_id uuid, starts_at timestamp with time zone, ends_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH days AS MATERIALIZED (
        SELECT d.*, extract(isodow FROM d.day)::integer AS weekday
        FROM local_days((from_at AT TIME ZONE 'Europe/Helsinki')::date, (until_at AT TIME ZONE 'Europe/Helsinki')::date) d
    ), offered AS (
        SELECT a.expert_id, day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at) AS during
        FROM availability a
        JOIN days d ON d.weekday = a.weekday AND d.day >= a.first_on AND d.day <= coalesce(a.last_on, d.day)
        WHERE a.expert_id = ANY (experts) AND a.kind = 'weekly' AND NOT EXISTS (
            SELECT FROM availability x WHERE x.expert_id = a.expert_id AND x.kind = 'exception' AND d.day BETWEEN x.first_on AND x.last_on)
        UNION ALL
        SELECT a.expert_id, day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at)
        FROM availability a
        JOIN days d ON d.day BETWEEN a.first_on AND a.last_on
        WHERE a.expert_id = ANY (experts) AND a.kind = 'exception' AND a.begins_at IS NOT NULL
        UNION ALL
        SELECT a.expert_id, a.during FROM availability a WHERE a.expert_id = ANY (experts) AND a.kind = 'single'
    ), promised AS (
        SELECT e.id, range_agg(tstzrange(lower(b.held) - make_interval(mins => e.travel_minutes), upper(b.held))) AS during
        FROM expert_busy(experts, tstzrange(from_at, until_at + interval '8 hours')) b JOIN expert e ON e.id = b.expert_id
        GROUP BY e.id
    )
    SELECT e.id, lower(f.during), upper(f.during)
    FROM expert e
    JOIN (SELECT o.expert_id, range_agg(o.during) AS during FROM offered o GROUP BY o.expert_id) o ON o.expert_id = e.id
    LEFT JOIN promised p ON p.id = e.id
    CROSS JOIN LATERAL unnest(o.during * tstzmultirange(tstzrange(from_at, until_at) * expert_agreement(e)
        * tstzrange(app_now() + make_interval(hours => e.notice_hours), NULL)) - coalesce(p.during, '{}')) f (during)
    WHERE e.id = ANY (experts) AND e.state = 'active' AND upper(f.during) - lower(f.during) >= make_interval(mins => minutes)
    ORDER BY e.id, lower(f.during);
END
$$;

CREATE FUNCTION public.expert_held(e public.expert, starts_at timestamp with time zone, ends_at timestamp with time zone, is_remote boolean) RETURNS tstzrange
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT tstzrange(starts_at, ends_at + CASE WHEN is_remote THEN interval '0' ELSE make_interval(mins => e.travel_minutes) END)
$$;

CREATE FUNCTION public.expert_is_under_agreement(e public.expert, starts_at timestamp with time zone, ends_at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT expert_agreement(e) @> tstzrange(starts_at, ends_at)
$$;

CREATE FUNCTION public.expert_known(hash bytea, but uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('expert:' || encode(hash, 'hex'), 0)) WHERE hash IS NOT NULL;
    RETURN (SELECT p.id FROM person p WHERE p.address_hash = hash AND p.resource = 'expert' AND p.ended_on IS NULL AND p.id <> but);
END
$$;

CREATE FUNCTION public.expert_lacks(b public.booking, of_expert uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(l.field ORDER BY l.field), '[]')
    FROM (VALUES ('area', b.area IS NULL OR EXISTS (SELECT FROM expert_area x WHERE x.expert_id = of_expert AND x.area = b.area)),
        ('task', EXISTS (SELECT FROM expert_task x WHERE x.expert_id = of_expert AND x.task = b.task)),
        ('language', EXISTS (SELECT FROM expert_language x WHERE x.expert_id = of_expert AND x.lang = b.lang))) l (field, has)
    WHERE NOT l.has
$$;

CREATE FUNCTION public.expert_leaves(of_expert uuid, how text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT page_list(
        (SELECT personal_text('leave_bookings', jsonb_build_object('count', count(*))) FROM booking b
         WHERE b.expert_id = of_expert AND b.state = 'confirmed' AND b.starts_at > app_now() HAVING count(*) > 0),
        (SELECT personal_text(how || '_claims', jsonb_build_object('count', count(*))) FROM claim c
         WHERE c.expert_id = of_expert AND c.state IN ('open', 'submitted', 'returned', 'approved') HAVING count(*) > 0))
$$;

CREATE FUNCTION public.expert_leaves_bookings() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    of_expert uuid[] := ARRAY(SELECT n.id FROM new_expert n JOIN old_expert o USING (id) WHERE n.state = 'ended' AND o.state <> 'ended');
BEGIN
    IF of_expert = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM lock_bookings(ARRAY(SELECT b.id FROM booking b WHERE b.expert_id = ANY (of_expert) AND b.state = 'confirmed'
                                UNION SELECT o.booking_id FROM offer o WHERE o.expert_id = ANY (of_expert) AND o.state = 'sent'));
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'offer', o.id, 'sent', 'withdrawn', 'system', o.version + 1
    FROM offer o WHERE o.expert_id = ANY (of_expert) AND o.state = 'sent';
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'booking', b.id, 'confirmed', CASE WHEN booking_is_soon(b) THEN 'cancelled_late' ELSE 'cancelled_early' END, 'expert',
        'expert_has_ended', b.version + 1
    FROM booking b WHERE b.expert_id = ANY (of_expert) AND b.state = 'confirmed' AND b.starts_at > app_now();
    RETURN NULL;
END
$$;

CREATE FUNCTION public.expert_lists_keep(of_expert uuid, body jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
    l record;
BEGIN
    FOR l IN
        SELECT v.name, v.kept, v.code, ARRAY(SELECT DISTINCT jsonb_array_elements_text(body -> v.name)) AS codes
        FROM (VALUES ('areas', 'expert_area', 'area'), ('tasks', 'expert_task', 'task'), ('languages', 'expert_language', 'lang'),
            ('municipalities', 'expert_municipality', 'municipality')) v (name, kept, code)
        WHERE jsonb_typeof(body -> v.name) = 'array'
    LOOP
        EXECUTE format('DELETE FROM %I WHERE expert_id = $1 AND NOT %I = ANY ($2)', l.kept, l.code) USING of_expert, l.codes;
        EXECUTE format('INSERT INTO %I (expert_id, %I) SELECT $1, c FROM unnest($2) c ON CONFLICT (expert_id, %2$I) DO NOTHING', l.kept, l.code)
            USING of_expert, l.codes;
    END LOOP;
END
$_$;

CREATE FUNCTION public.expert_patched(old public.expert, body jsonb, if_match bigint, OUT card public.expert_card, OUT problem text, OUT pointer text) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    wish CONSTANT expert := jsonb_populate_record(old, body);
BEGIN
    IF old.version <> if_match THEN
        problem := 'stale_version';
        RETURN;
    END IF;
    SELECT f.problem, f.pointer INTO problem, pointer FROM expert_fault(wish, body) f;
    IF problem IS NULL AND (wish.agreement_from, wish.agreement_until) IS DISTINCT FROM (old.agreement_from, old.agreement_until)
        AND expert_uncovered(old, wish) IS NOT NULL THEN
        problem := 'agreement_covers_bookings';
        pointer := CASE WHEN wish.agreement_until IS DISTINCT FROM old.agreement_until THEN '/agreement_until' ELSE '/agreement_from' END;
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    END IF;
    UPDATE expert e
    SET is_remote = wish.is_remote, training = wish.training, trained_on = wish.trained_on, agreement_from = wish.agreement_from,
        agreement_until = wish.agreement_until, week_hours = wish.week_hours, notice_hours = wish.notice_hours,
        travel_minutes = wish.travel_minutes, shown = wish.shown
    WHERE e.id = old.id;
    UPDATE expert_words w SET name = x.name, title = x.title, story = x.story, not_today = x.not_today
    FROM jsonb_populate_record((SELECT o FROM expert_words o WHERE o.expert_id = old.id), body) x
    WHERE w.expert_id = old.id;
    PERFORM expert_lists_keep(old.id, body);
    SELECT c.* INTO card FROM expert_card c WHERE c.id = old.id;
END
$$;

CREATE FUNCTION public.expert_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET ended_on = NEW.ended_on WHERE p.id = NEW.id;
    IF NEW.state IN ('active', 'declined') AND OLD.state = 'applied' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'person_news', NEW.version::text);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.expert_person_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    gone uuid[] := ARRAY(SELECT e.id FROM expert e JOIN old_person o USING (id));
BEGIN
    IF gone = '{}' THEN
        RETURN NULL;
    END IF;
    PERFORM FROM expert e WHERE e.id = ANY (gone) ORDER BY e.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'expert', e.id, e.state, 'ended', 'expert', 'person_is_erased', e.version + 1
    FROM expert e WHERE e.id = ANY (gone) AND e.state IN ('applied', 'active', 'on_break');
    DELETE FROM expert_words w WHERE w.expert_id = ANY (gone);
    DELETE FROM expert_area x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_task x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_language x WHERE x.expert_id = ANY (gone);
    DELETE FROM expert_municipality x WHERE x.expert_id = ANY (gone);
    UPDATE expert e SET training = NULL, trained_on = NULL, week_hours = NULL, shown = '{}', is_remote = false, request_hash = NULL WHERE e.id = ANY (gone);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'expert', e.id, 'ended', 'anonymised', 'system', e.version + 1
    FROM expert e WHERE e.id = ANY (gone) AND e.state = 'ended';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.expert_profile(of_expert uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}')
    FROM expert_card c
    CROSS JOIN LATERAL jsonb_each(jsonb_strip_nulls(to_jsonb(c))) f
    WHERE c.id = of_expert AND (c.shown ? f.key OR f.key = 'trained_on' AND c.shown ? 'training')
$$;

CREATE FUNCTION public.expert_said(of_expert uuid, during tstzrange) RETURNS tstzmultirange
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(range_agg(CASE a.kind WHEN 'single' THEN a.during ELSE day_times(d.day, d.ahead, d.lasts, a.begins_at, a.ends_at) END), '{}')
    FROM local_days((lower(during) AT TIME ZONE 'Europe/Helsinki')::date, (upper(during) AT TIME ZONE 'Europe/Helsinki')::date) d
    JOIN availability a ON a.expert_id = of_expert AND CASE a.kind
        WHEN 'weekly' THEN a.weekday = extract(isodow FROM d.day) AND d.day >= a.first_on AND d.day <= coalesce(a.last_on, d.day)
            AND NOT EXISTS (SELECT FROM availability x WHERE x.expert_id = of_expert AND x.kind = 'exception' AND d.day BETWEEN x.first_on AND x.last_on)
        WHEN 'exception' THEN a.begins_at IS NOT NULL AND d.day BETWEEN a.first_on AND a.last_on
        ELSE true END
$$;

CREATE FUNCTION public.expert_ticks(catalogue jsonb, chosen jsonb, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('value', o.key, 'label', w.label, 'chosen', chosen ? o.key) ORDER BY w.label)
    FROM jsonb_each(catalogue) o CROSS JOIN LATERAL (SELECT page_words(o.value, tag) ->> 'text' AS label) w
$$;

CREATE FUNCTION public.expert_training_masked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.training := coalesce(left(masked_text(NEW.training, 'fi'), 1000), NEW.training);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.expert_uncovered(was public.expert, e public.expert) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('id', b.id, 'starts_at', utc_text(b.starts_at), 'ends_at', utc_text(b.ends_at)) ORDER BY b.starts_at, b.id)
    FROM booking b
    WHERE b.expert_id = e.id AND b.state = 'confirmed' AND b.ends_at > app_now()
        AND expert_is_under_agreement(was, b.starts_at, b.ends_at) AND NOT expert_is_under_agreement(e, b.starts_at, b.ends_at)
$$;

CREATE FUNCTION public.expert_week_minutes(of_expert uuid, moment timestamp with time zone, but uuid) RETURNS numeric
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60, 0)
    FROM (SELECT date_trunc('week', moment AT TIME ZONE 'Europe/Helsinki') AS monday) w
    JOIN booking b ON b.expert_id = of_expert AND b.held IS NOT NULL AND b.id IS DISTINCT FROM but
        AND b.starts_at >= w.monday AT TIME ZONE 'Europe/Helsinki' AND b.starts_at < (w.monday + interval '7 days') AT TIME ZONE 'Europe/Helsinki'
$$;

CREATE FUNCTION public.expert_words_masked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.name := coalesce(left(masked_text(NEW.name, 'fi'), 200), NEW.name);
    NEW.title := coalesce(masked_text(NEW.title, 'fi'), NEW.title);
    NEW.story := coalesce(masked_text(NEW.story, 'fi'), NEW.story);
    NEW.not_today := coalesce(masked_text(NEW.not_today, 'fi'), NEW.not_today);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.expert_worked(experts uuid[], since timestamp with time zone) RETURNS TABLE(expert_id uuid, minutes bigint)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT b.expert_id, (sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60)::bigint
    FROM booking b
    WHERE b.expert_id = ANY (experts) AND b.starts_at >= since AND b.held IS NOT NULL
    GROUP BY b.expert_id;
END
$$;

CREATE FUNCTION public.fee_class_of(of_unit uuid, task text, on_day date) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT f.id
    FROM unit u
    JOIN fee_class f ON f.unit_id = ANY (u.path)
    WHERE u.id = of_unit AND f.valid_from <= on_day AND (f.valid_until IS NULL OR f.valid_until >= on_day)
        AND (f.tasks = '{}' OR fee_class_of.task = ANY (f.tasks))
        AND NOT EXISTS (SELECT FROM fee_class n WHERE n.unit_id = f.unit_id AND n.code = f.code AND n.valid_from > f.valid_from AND n.valid_from <= on_day)
    ORDER BY array_position(u.path, f.unit_id) DESC, f.tasks = '{}', f.code
    LIMIT 1
$$;

CREATE FUNCTION public.feed_renewed(new_id uuid, of_person uuid, OUT feed_id uuid, OUT replayed boolean, OUT problem text) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO person_feed (id, person_id) SELECT feed_renewed.new_id, of_person WHERE of_person IS NOT NULL
    ON CONFLICT (id) DO NOTHING;
    replayed := NOT FOUND;
    problem := CASE WHEN NOT EXISTS (SELECT FROM person_feed f WHERE f.id = feed_renewed.new_id AND f.person_id = of_person) THEN 'idempotency_key_reused' END;
    SELECT p.feed_id INTO feed_id FROM person p WHERE p.id = of_person;
END
$$;

CREATE FUNCTION public.feedback_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(app_today()), c.type, 'feedback', n.id, n.unit_id, n.version, jsonb_build_object('members', c.members)
    FROM new_feedback n
    JOIN old_feedback o USING (id)
    CROSS JOIN LATERAL (
        SELECT m.type, array_agg(m.name ORDER BY m.name) AS members
        FROM (VALUES ('feedback.assigned', 'unit_id', n.unit_id <> o.unit_id),
            ('feedback.assigned', 'handler_ref', n.handler_ref IS DISTINCT FROM o.handler_ref),
            ('feedback.changed', 'service_id', n.service_id IS DISTINCT FROM o.service_id),
            ('feedback.changed', 'kind', n.kind <> o.kind),
            ('feedback.changed', 'severity', n.severity IS DISTINCT FROM o.severity),
            ('feedback.changed', 'duplicate_of', n.duplicate_of <> o.duplicate_of)) AS m (type, name, differs)
        WHERE m.differs
        GROUP BY m.type
    ) c
    ORDER BY n.id, c.type;
    IF EXISTS (SELECT FROM new_feedback WHERE severity >= 4) THEN
        PERFORM mail_staff(n.id, 'severity', 'duty', n.id || ':' || n.severity)
        FROM new_feedback n
        JOIN old_feedback o USING (id)
        WHERE n.severity >= 4 AND n.severity > coalesce(o.severity, 0);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.feedback_erase() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM forget_address(n.feedback_id, c.address_hash)
    FROM new_erasure n LEFT JOIN contact c USING (feedback_id);
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, reason, version)
    SELECT n.id, 'feedback', f.id, f.state, CASE n.who WHEN 'giver' THEN 'withdrawn' ELSE 'removed' END, n.who, n.caller_id, n.reason,
        f.version + 1
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id
    WHERE n.who <> 'retention' AND f.state NOT IN ('removed', 'withdrawn');
    DELETE FROM giver g USING new_erasure n WHERE g.feedback_id = n.feedback_id;
    DELETE FROM feedback_text t USING new_erasure n WHERE t.feedback_id = n.feedback_id;
    DELETE FROM message m USING new_erasure n WHERE m.feedback_id = n.feedback_id;
    -- Reasons may repeat the giver's words, so only this last one stays; that there was one still counts.
    UPDATE step s SET request_hash = NULL, reason = CASE WHEN s.who <> 'giver' AND s.reason IS NOT NULL THEN '–' END
    FROM new_erasure n WHERE s.subject = n.feedback_id AND s.id <> n.id;
    UPDATE mail m SET unsubscribe_hash = NULL, state = CASE m.state WHEN 'queued' THEN 'no_address' ELSE m.state END
    FROM new_erasure n WHERE m.feedback_id = n.feedback_id;
    UPDATE feedback f SET is_erased = true, request_hash = NULL, support_needs = '{}'
    FROM new_erasure n WHERE f.id = n.feedback_id;
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(n.erased_on), 'feedback.erased', 'feedback', f.id, f.unit_id, f.version
    FROM new_erasure n JOIN feedback f ON f.id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.feedback_forget_needs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.support_needs := '{}';
    RETURN NEW;
END
$$;

CREATE TABLE public.feedback (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    service_id uuid,
    level text DEFAULT 'feedback'::text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    lang text NOT NULL,
    respondent_role text DEFAULT 'client'::text NOT NULL,
    age_band text,
    state text DEFAULT 'received'::text NOT NULL,
    outcome text,
    severity smallint,
    handler_ref text,
    wants_answer boolean DEFAULT false NOT NULL,
    received_on date DEFAULT public.app_today() NOT NULL,
    due_on date,
    answered_on date,
    closed_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    on_behalf_of text DEFAULT 'self'::text NOT NULL,
    support_needs text[] DEFAULT '{}'::text[] NOT NULL,
    duplicate_of uuid,
    remedy text,
    is_erased boolean DEFAULT false NOT NULL,
    CONSTRAINT feedback_age_band CHECK ((age_band = ANY (ARRAY['under_13'::text, '13_17'::text, '18_29'::text, '30_64'::text, '65_74'::text, '75_plus'::text]))),
    CONSTRAINT feedback_channel CHECK ((channel = ANY (ARRAY['web'::text, 'mobile'::text, 'sms'::text, 'qr'::text, 'kiosk'::text, 'phone'::text, 'paper'::text, 'in_person'::text, 'supported'::text, 'import'::text]))),
    CONSTRAINT feedback_closing_has_outcome CHECK (((state <> 'closed'::text) OR (outcome IS NOT NULL))),
    CONSTRAINT feedback_due_when_wanted CHECK ((wants_answer = (due_on IS NOT NULL))),
    CONSTRAINT feedback_duplicate_has_original CHECK (((state = 'duplicate'::text) = (duplicate_of IS NOT NULL))),
    CONSTRAINT feedback_duplicate_of_another CHECK ((duplicate_of <> id)),
    CONSTRAINT feedback_handler_ref_length CHECK (((length(handler_ref) >= 1) AND (length(handler_ref) <= 200))),
    CONSTRAINT feedback_kind CHECK ((kind = ANY (ARRAY['thanks'::text, 'concern'::text, 'idea'::text, 'question'::text, 'safety'::text]))),
    CONSTRAINT feedback_lang CHECK ((lang = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text]))),
    CONSTRAINT feedback_level CHECK ((level = ANY (ARRAY['own_service'::text, 'feedback'::text]))),
    CONSTRAINT feedback_on_behalf_of CHECK ((on_behalf_of = ANY (ARRAY['self'::text, 'relative'::text, 'guardian'::text, 'staff_wrote_down'::text]))),
    CONSTRAINT feedback_outcome CHECK ((outcome = ANY (ARRAY['change_made'::text, 'change_planned'::text, 'no_change'::text, 'information'::text, 'passed_on'::text, 'referred'::text, 'unfounded'::text]))),
    CONSTRAINT feedback_referral_names_remedy CHECK (((state <> 'referred'::text) OR (remedy IS NOT NULL))),
    CONSTRAINT feedback_respondent_role CHECK ((respondent_role = ANY (ARRAY['client'::text, 'relative'::text, 'guardian'::text, 'child'::text, 'youth'::text, 'resident'::text, 'staff'::text]))),
    CONSTRAINT feedback_severity CHECK (((severity >= 0) AND (severity <= 5))),
    CONSTRAINT feedback_state CHECK ((state = ANY (ARRAY['received'::text, 'in_progress'::text, 'waiting_giver'::text, 'answered'::text, 'closed'::text, 'referred'::text, 'duplicate'::text, 'removed'::text, 'withdrawn'::text]))),
    CONSTRAINT feedback_support_needs CHECK ((support_needs <@ ARRAY['easy_language'::text, 'interpreter'::text, 'sign_language'::text, 'large_print'::text, 'phone_call'::text, 'support_person'::text]))
);

CREATE FUNCTION public.feedback_is_overdue(f public.feedback) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(f.due_on < app_today(), false) AND f.answered_on IS NULL AND f.closed_on IS NULL
$$;

CREATE FUNCTION public.feedback_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version)
    SELECT day_start(received_on), 'feedback.received', 'feedback', id, unit_id, version FROM new_feedback;
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'index', app_now(), id, '{}'::jsonb FROM new_feedback
    UNION ALL
    SELECT 'clock', day_start(day_of_percent(received_on, due_on, r.value)) + interval '8 hours', id, '{"phase": "reminder"}'
    FROM new_feedback CROSS JOIN (SELECT value FROM rule WHERE name = 'reminder_percent') r WHERE due_on IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.feedback_matches(f public.feedback, service uuid, kinds text[], states text[], overdue boolean) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT (service IS NULL OR f.service_id = service) AND (kinds IS NULL OR f.kind = ANY (kinds))
        AND (states IS NULL OR f.state = ANY (states)) AND (overdue IS NULL OR overdue = feedback_is_overdue(f))
$$;

CREATE FUNCTION public.feedback_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    wanted integer;
    moved integer;
    erased uuid[];
    duplicates boolean;
    news boolean;
BEGIN
    SELECT count(*), array_agg(subject) FILTER (WHERE to_state IN ('removed', 'withdrawn')), bool_or(to_state = 'duplicate'),
        bool_or(who <> 'giver' AND to_state IN ('closed', 'referred', 'duplicate', 'removed'))
    INTO wanted, erased, duplicates, news FROM new_step WHERE resource = 'feedback';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE feedback f
    SET state = n.to_state,
        outcome = CASE WHEN n.to_state IN ('answered', 'closed') THEN n.data ->> 'outcome' WHEN n.to_state = 'referred' THEN 'referred'
                       WHEN n.to_state = 'in_progress' THEN NULL ELSE f.outcome END,
        duplicate_of = CASE n.to_state WHEN 'duplicate' THEN (n.data ->> 'duplicate_of')::uuid END,
        remedy = CASE n.to_state WHEN 'referred' THEN n.data ->> 'remedy' ELSE f.remedy END,
        answered_on = CASE WHEN n.to_state IN ('answered', 'closed', 'referred') THEN coalesce(f.answered_on, n.made_on)
                           WHEN n.from_state IN ('answered', 'closed') AND n.to_state = 'in_progress' THEN NULL
                           ELSE f.answered_on END,
        closed_on = CASE WHEN n.to_state IN ('closed', 'duplicate', 'removed', 'withdrawn', 'referred') THEN n.made_on END
    FROM new_step n
    WHERE n.resource = 'feedback' AND f.id = n.subject AND f.state = n.from_state AND f.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.made_on), 'feedback.' || n.to_state, 'feedback', n.subject, f.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN feedback f ON f.id = n.subject
    WHERE n.resource = 'feedback';
    IF duplicates THEN
        -- No chains: what followed this one follows the same original, and hears what that one's givers have heard.
        UPDATE feedback f SET duplicate_of = (n.data ->> 'duplicate_of')::uuid FROM new_step n
        WHERE n.resource = 'feedback' AND n.to_state = 'duplicate' AND f.duplicate_of = n.subject;
        INSERT INTO job (kind, subject, data)
        SELECT DISTINCT 'news', c.id, jsonb_build_object('state', c.state)
        FROM new_step n
        JOIN change_source s ON s.feedback_id = (n.data ->> 'duplicate_of')::uuid
        JOIN change c ON c.id = s.change_id
        WHERE n.resource = 'feedback' AND n.to_state = 'duplicate'
            AND c.state IN ('planned', 'made', 'verified', 'rejected', 'delayed', 'abandoned');
    END IF;
    IF erased IS NOT NULL THEN
        -- What was removed or withdrawn is erased; the count stays. So are the words with which the giver explained an
        -- earlier step, and when the giver withdrew, the way to reach them.
        DELETE FROM feedback_text WHERE feedback_id = ANY (erased);
        DELETE FROM feedback_words WHERE feedback_id = ANY (erased);
        DELETE FROM message WHERE feedback_id = ANY (erased);
        UPDATE step s SET reason = NULL FROM new_step n
        WHERE n.resource = 'feedback' AND n.to_state IN ('removed', 'withdrawn') AND s.subject = n.subject AND s.id <> n.id
            AND s.who = 'giver' AND s.reason IS NOT NULL;
        UPDATE follow_up SET text = NULL WHERE feedback_id = ANY (erased) AND text IS NOT NULL;
        PERFORM forget_address(n.subject, c.address_hash)
        FROM new_step n LEFT JOIN contact c ON c.feedback_id = n.subject
        WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn';
        DELETE FROM contact c USING new_step n
        WHERE n.resource = 'feedback' AND n.to_state = 'withdrawn' AND c.feedback_id = n.subject;
        -- Those who followed it follow nothing now: somebody must take them up.
        PERFORM mail_staff(f.id, 'original_gone', 'handler', f.id || ':' || f.duplicate_of)
        FROM feedback f WHERE f.duplicate_of = ANY (erased);
    END IF;
    IF news THEN
        -- The giver hears of what staff or a rule did, and so do those who follow; an answer is told by its message.
        PERFORM mail_giver(with_followers(array_agg(n.subject) FILTER (WHERE n.to_state IN ('closed', 'referred')))
            || array_agg(n.subject) FILTER (WHERE n.to_state IN ('duplicate', 'removed')), 'case_news', 'step')
        FROM new_step n
        WHERE n.resource = 'feedback' AND n.who <> 'giver';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.file_condition(condition jsonb, at text, earlier jsonb) RETURNS TABLE(pointer text, problem text)
    LANGUAGE plpgsql IMMUTABLE
    AS $$
DECLARE
    asked jsonb := earlier -> (condition ->> 'question'); operator text; wanted jsonb;
BEGIN
    IF jsonb_typeof(condition) <> 'object' THEN
        RETURN QUERY SELECT at, 'must be an object with question and one of equals, in, at_least, at_most';
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM file_members(condition, at, ARRAY['question', 'equals', 'in', 'at_least', 'at_most'], ARRAY['question']);
    SELECT min(k) INTO operator FROM unnest(ARRAY['equals', 'in', 'at_least', 'at_most']) k WHERE condition ? k HAVING count(*) = 1;
    IF operator IS NULL THEN
        RETURN QUERY SELECT at, 'must have one of equals, in, at_least, at_most';
    END IF;
    IF asked IS NULL THEN
        RETURN QUERY SELECT at || '/question', 'must be the key of an earlier question' WHERE condition ? 'question';
    ELSIF asked ->> 'type' = 'text' THEN
        RETURN QUERY SELECT at || '/question', 'must not be a question that is answered in words';
    ELSIF operator IN ('at_least', 'at_most') THEN
        RETURN QUERY SELECT at || '/' || operator, 'must be a number that the earlier question lets answer'
        WHERE question_bound(asked, 'min') IS NULL OR answer_problem(asked, condition -> operator) IS NOT NULL OR condition -> operator = 'null';
    ELSIF operator = 'in' AND (jsonb_typeof(condition -> 'in') <> 'array' OR condition -> 'in' = '[]') THEN
        RETURN QUERY SELECT at || '/in', 'must be a list of answers';
    ELSE
        FOR wanted IN SELECT w FROM jsonb_array_elements(CASE operator WHEN 'in' THEN condition -> 'in' WHEN 'equals' THEN jsonb_build_array(condition -> 'equals') ELSE '[]' END) w LOOP
            RETURN QUERY SELECT at || '/' || operator, 'must be an answer that the earlier question lets give'
            WHERE wanted = 'null' OR answer_problem(asked, CASE asked ->> 'type' WHEN 'multi_choice' THEN jsonb_build_array(wanted) ELSE wanted END) IS NOT NULL;
        END LOOP;
    END IF;
END
$$;

CREATE FUNCTION public.file_is_integer(value jsonb, low integer, high integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT coalesce(jsonb_typeof(value) = 'number' AND CASE WHEN value::text ~ '^-?[0-9]{1,9}$' THEN value::text::integer BETWEEN low AND high END, false)
$_$;

CREATE FUNCTION public.file_is_text(value jsonb, pattern text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT coalesce(jsonb_typeof(value) = 'string' AND (value #>> '{}') ~ pattern, false)
$$;

CREATE FUNCTION public.file_members(object jsonb, at text, known text[], needed text[]) RETURNS TABLE(pointer text, problem text)
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT at || '/' || replace(replace(k, '~', '~0'), '/', '~1'), 'is not known here' FROM jsonb_object_keys(object) k WHERE k <> ALL (known)
    UNION ALL
    SELECT at || '/' || k, 'is missing' FROM unnest(needed) k WHERE NOT object ? k
$$;

CREATE TABLE public.question_set (
    id uuid NOT NULL,
    name text NOT NULL,
    edition integer NOT NULL,
    respondent_group text NOT NULL,
    unit_id uuid,
    title jsonb NOT NULL,
    intro jsonb DEFAULT '{}'::jsonb NOT NULL,
    source text,
    questions jsonb NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    loaded_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT question_set_edition CHECK ((edition >= 1)),
    CONSTRAINT question_set_group CHECK ((respondent_group = ANY (ARRAY['13_plus'::text, '7_12'::text, 'relative'::text]))),
    CONSTRAINT question_set_has_questions CHECK (((jsonb_typeof(questions) = 'array'::text) AND (questions <> '[]'::jsonb))),
    CONSTRAINT question_set_intro_is_by_language CHECK (public.is_language_map(intro)),
    CONSTRAINT question_set_name CHECK ((name ~ '^[a-z][a-z0-9_-]{0,59}$'::text)),
    CONSTRAINT question_set_state CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'retired'::text]))),
    CONSTRAINT question_set_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.file_of_set(q public.question_set) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('name', q.name, 'version', q.edition, 'group', q.respondent_group, 'title', q.title,
        'intro', nullif(q.intro, '{}'), 'source', q.source, 'unit_oid', (SELECT u.oid FROM unit u WHERE u.id = q.unit_id)))
        || jsonb_build_object('questions', q.questions)
$$;

CREATE FUNCTION public.file_options(options jsonb, at text) RETURNS TABLE(pointer text, problem text)
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    one jsonb; seen jsonb := '[]'; here text;
BEGIN
    IF jsonb_typeof(options) <> 'array' OR jsonb_array_length(CASE jsonb_typeof(options) WHEN 'array' THEN options ELSE '[]' END) NOT BETWEEN 2 AND 40 THEN
        RETURN QUERY SELECT at, 'must be a list of 2 to 40 options';
        RETURN;
    END IF;
    FOR one, here IN SELECT o.one, at || '/' || o.n - 1 FROM jsonb_array_elements(options) WITH ORDINALITY o (one, n) LOOP
        IF jsonb_typeof(one) <> 'object' THEN
            RETURN QUERY SELECT here, 'must be an object with value and text';
            CONTINUE;
        END IF;
        RETURN QUERY SELECT * FROM file_members(one, here, ARRAY['value', 'text'], ARRAY['value', 'text']);
        RETURN QUERY SELECT * FROM file_texts(one -> 'text', here || '/text', 300) WHERE one ? 'text';
        IF one ? 'value' AND NOT file_is_text(one -> 'value', '^[a-z][a-z0-9_]{0,39}$') THEN
            RETURN QUERY SELECT here || '/value', 'must be lower case letters, digits and _, at most 40, a letter first';
        ELSIF seen @> jsonb_build_array(one -> 'value') THEN
            RETURN QUERY SELECT here || '/value', 'stands twice';
        END IF;
        seen := seen || jsonb_build_array(one -> 'value');
    END LOOP;
END
$_$;

CREATE FUNCTION public.file_problems(file jsonb) RETURNS TABLE(pointer text, problem text)
    LANGUAGE plpgsql STABLE
    AS $_$
#variable_conflict use_column
DECLARE
    one jsonb; question jsonb; earlier jsonb;
    at text; here text;
BEGIN
    IF coalesce(jsonb_typeof(file -> 'question_sets'), '') <> 'array' OR file - 'question_sets' <> '{}' OR file -> 'question_sets' = '[]' THEN
        RETURN QUERY SELECT '', 'must be an object with question_sets, a list that is not empty, and nothing else';
        RETURN;
    END IF;
    FOR one, at IN SELECT s.one, '/question_sets/' || s.n - 1 FROM jsonb_array_elements(file -> 'question_sets') WITH ORDINALITY s (one, n) LOOP
        IF jsonb_typeof(one) <> 'object' THEN
            RETURN QUERY SELECT at, 'must be an object';
            CONTINUE;
        END IF;
        RETURN QUERY SELECT * FROM file_members(one, at, ARRAY['name', 'version', 'group', 'unit_oid', 'title', 'intro', 'source', 'questions'],
            ARRAY['name', 'version', 'group', 'title', 'questions']);
        RETURN QUERY SELECT at || '/' || w.member, w.problem FROM (VALUES
            ('name', file_is_text(one -> 'name', '^[a-z][a-z0-9_-]{0,59}$'), 'must be lower case letters, digits, - and _, at most 60, a letter first'),
            ('version', file_is_integer(one -> 'version', 1, 999999), 'must be a whole number from 1'),
            ('group', file_is_text(one -> 'group', '^(13_plus|7_12|relative)$'), 'must be one of 13_plus, 7_12, relative'),
            ('unit_oid', EXISTS (SELECT FROM unit u WHERE u.oid = one ->> 'unit_oid'), 'must be the OID of a unit that is here'),
            ('source', file_is_text(one -> 'source', '^.{1,200}$'), 'must be a text of 1 to 200 characters'),
            ('version', NOT EXISTS (SELECT FROM question_set q WHERE q.name = one ->> 'name' AND to_jsonb(q.edition) > one -> 'version'), 'is older than what is loaded'),
            ('version', NOT EXISTS (SELECT FROM question_set q WHERE q.name = one ->> 'name' AND to_jsonb(q.edition) = one -> 'version' AND file_of_set(q) <> one),
                'is loaded already and says something else: a version never changes, so give this one the next number'),
            ('version', 1 = (SELECT count(*) FROM jsonb_array_elements(file -> 'question_sets') o WHERE o -> 'name' = one -> 'name' AND o -> 'version' = one -> 'version'),
                'stands twice')) w (member, is_good, problem)
            WHERE one ? w.member AND NOT w.is_good;
        RETURN QUERY SELECT t.* FROM unnest(ARRAY['title', 'intro']) m CROSS JOIN LATERAL file_texts(one -> m, at || '/' || m, 2000) t WHERE one ? m;
        IF jsonb_typeof(one -> 'questions') <> 'array' OR one -> 'questions' = '[]' OR jsonb_array_length(jsonb_path_query_array(one, 'lax $.questions[*]')) > 100 THEN
            RETURN QUERY SELECT at || '/questions', 'must be a list of 1 to 100 questions';
            CONTINUE;
        END IF;
        earlier := '{}';
        FOR question, here IN SELECT q.one, at || '/questions/' || q.n - 1 FROM jsonb_array_elements(one -> 'questions') WITH ORDINALITY q (one, n) LOOP
            RETURN QUERY SELECT * FROM file_question(question, here, earlier);
            IF NOT FOUND THEN
                earlier := earlier || jsonb_build_object(question ->> 'key', question);
            END IF;
        END LOOP;
    END LOOP;
END
$_$;

CREATE FUNCTION public.file_question(question jsonb, at text, earlier jsonb) RETURNS TABLE(pointer text, problem text)
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    kind text := question ->> 'type';
    own text[] := CASE kind WHEN 'scale' THEN ARRAY['min', 'max', 'labels', 'dont_know'] WHEN 'recommend' THEN ARRAY['labels', 'dont_know']
        WHEN 'choice' THEN ARRAY['options', 'dont_know'] WHEN 'multi_choice' THEN ARRAY['options', 'dont_know']
        WHEN 'text' THEN ARRAY['max_length'] WHEN 'yes_no' THEN ARRAY['dont_know'] END;
    needed text[] := CASE kind WHEN 'scale' THEN ARRAY['min', 'max'] WHEN 'choice' THEN ARRAY['options'] WHEN 'multi_choice' THEN ARRAY['options'] ELSE '{}' END;
BEGIN
    IF own IS NULL THEN
        RETURN QUERY SELECT at || '/type', 'must be one of scale, recommend, choice, multi_choice, text, yes_no';
        RETURN;
    END IF;
    RETURN QUERY SELECT * FROM file_members(question, at, ARRAY['key', 'type', 'text', 'help', 'required', 'shown_if'] || own, ARRAY['key', 'text'] || needed);
    RETURN QUERY SELECT * FROM file_texts(question -> 'text', at || '/text', 1000) WHERE question ? 'text';
    RETURN QUERY SELECT * FROM file_texts(question -> 'help', at || '/help', 2000) WHERE question ? 'help';
    RETURN QUERY SELECT * FROM file_texts(question -> 'dont_know', at || '/dont_know', 300) WHERE question ? 'dont_know' AND 'dont_know' = ANY (own);
    IF question ? 'key' AND NOT file_is_text(question -> 'key', '^[a-z][a-z0-9_]{0,39}$') THEN
        RETURN QUERY SELECT at || '/key', 'must be lower case letters, digits and _, at most 40, a letter first';
    ELSIF earlier ? (question ->> 'key') THEN
        RETURN QUERY SELECT at || '/key', 'stands twice';
    END IF;
    RETURN QUERY SELECT at || '/required', 'must be true or false' WHERE jsonb_typeof(question -> 'required') <> 'boolean';
    RETURN QUERY SELECT at || '/max_length', 'must be a whole number from 1 to 4000'
        WHERE kind = 'text' AND question ? 'max_length' AND NOT file_is_integer(question -> 'max_length', 1, 4000);
    IF kind = 'scale' AND question ?& ARRAY['min', 'max'] AND NOT (file_is_integer(question -> 'min', 0, 99) AND file_is_integer(question -> 'max', 1, 100)
        AND coalesce((question -> 'max') > (question -> 'min'), false)) THEN
        RETURN QUERY SELECT at, 'min and max must be whole numbers from 0 to 100, max above min';
    ELSIF question ? 'labels' AND 'labels' = ANY (own) THEN
        IF jsonb_typeof(question -> 'labels') <> 'object' THEN
            RETURN QUERY SELECT at || '/labels', 'must be an object of texts by number';
        ELSE
            RETURN QUERY SELECT at || '/labels/' || replace(replace(l.key, '~', '~0'), '/', '~1'), 'must be a number of the scale'
                FROM jsonb_object_keys(question -> 'labels') l (key)
                WHERE l.key !~ '^(0|[1-9][0-9]?|100)$' OR l.key::numeric NOT BETWEEN question_bound(question, 'min') AND question_bound(question, 'max');
            RETURN QUERY SELECT t.* FROM jsonb_each(question -> 'labels') l CROSS JOIN LATERAL file_texts(l.value, at || '/labels/' || l.key, 300) t;
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM file_options(question -> 'options', at || '/options') WHERE question ? 'options' AND 'options' = ANY (own);
    RETURN QUERY SELECT * FROM file_condition(question -> 'shown_if', at || '/shown_if', earlier) WHERE question ? 'shown_if';
END
$_$;

CREATE FUNCTION public.file_texts(texts jsonb, at text, most integer) RETURNS TABLE(pointer text, problem text)
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT at, 'must be texts by language: fi, sv, en, se, smn, sms, fi-x-selko' WHERE NOT is_language_map(texts)
    UNION ALL
    SELECT at || '/fi', 'is missing' WHERE is_language_map(texts) AND NOT texts ? 'fi'
    UNION ALL
    SELECT at || '/' || t.key, format('must have 1 to %s characters', most)
    FROM jsonb_each_text(CASE WHEN is_language_map(texts) THEN texts ELSE '{}' END) t
    WHERE length(btrim(t.value)) NOT BETWEEN 1 AND most
$$;

CREATE FUNCTION public.file_words(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT nullif(trim('-' FROM left(regexp_replace(lower(translate(words, 'ÄÅÁÖØÕÓÜÉŠŽäåáöøõóüéšž', 'aaaoooouesz' || 'aaaoooouesz')), '[^a-z0-9]+', '-', 'g'), 60)), '')
$$;

CREATE FUNCTION public.finnish_holiday(day date) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    month_day integer := extract(month FROM day) * 100 + extract(day FROM day);
    weekday integer := extract(isodow FROM day);
    fixed text := CASE month_day WHEN 101 THEN 'new_year' WHEN 106 THEN 'epiphany' WHEN 501 THEN 'may_day'
        WHEN 1206 THEN 'independence_day' WHEN 1224 THEN 'christmas_eve' WHEN 1225 THEN 'christmas_day'
        WHEN 1226 THEN 'boxing_day' END;
BEGIN
    IF fixed IS NOT NULL THEN
        RETURN fixed;
    END IF;
    IF weekday = 5 AND month_day BETWEEN 619 AND 625 THEN
        RETURN 'midsummer_eve';
    END IF;
    IF weekday = 6 AND month_day BETWEEN 620 AND 626 THEN
        RETURN 'midsummer_day';
    END IF;
    IF weekday = 6 AND (month_day = 1031 OR month_day BETWEEN 1101 AND 1106) THEN
        RETURN 'all_saints';
    END IF;
    RETURN CASE day - easter_sunday(extract(year FROM day)::integer) WHEN -2 THEN 'good_friday' WHEN 0 THEN 'easter_sunday'
        WHEN 1 THEN 'easter_monday' WHEN 39 THEN 'ascension_day' WHEN 49 THEN 'pentecost' END;
END
$$;

CREATE FUNCTION public.first_language() RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT w.tag FROM wanted_language w ORDER BY w.place LIMIT 1
$$;

CREATE FUNCTION public.follow_up_by_staff() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.by_staff := EXISTS (SELECT FROM feedback f WHERE f.id = NEW.feedback_id AND f.respondent_role = 'staff')
        OR EXISTS (SELECT FROM member m WHERE m.id = NEW.person_id AND (m.is_staff OR m.role = 'professional'));
    RETURN NEW;
END
$$;

CREATE FUNCTION public.follow_up_can_come(asked public.change, expires_on date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN expires_on IS NULL THEN follow_up_is_on(asked) ELSE expires_on >= app_today() END
$$;

CREATE FUNCTION public.follow_up_is_on(c public.change) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT c.state IN ('made', 'inconclusive', 'verified', 'not_effective') AND c.made_on IS NOT NULL
        AND app_today() - c.made_on BETWEEN rule_value('follow_up_days') AND rule_value('follow_up_days') + rule_value('link_days')
$$;

CREATE FUNCTION public.follow_up_say(asked public.change, who bytea, of_case uuid, of_person uuid, tag text, wish jsonb, request uuid, hash bytea, OUT is_replayed boolean, OUT problem text) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    known record;
BEGIN
    SELECT f.id, f.answer, f.expires_on, f.request_id, f.request_hash INTO known FROM follow_up f WHERE f.change_id = asked.id AND f.contributor = who;
    is_replayed := known.answer IS NOT NULL;
    problem := CASE WHEN known.request_id = request AND known.request_hash IS DISTINCT FROM hash THEN 'idempotency_key_reused'
                    WHEN asked.id IS NULL THEN 'unknown_reference'
                    WHEN known.answer = wish ->> 'answer' THEN NULL
                    WHEN known.answer IS NOT NULL THEN 'follow_up_answered'
                    WHEN NOT follow_up_can_come(asked, known.expires_on) THEN 'follow_up_not_on' END;
    IF problem IS NOT NULL OR is_replayed THEN
        RETURN;
    ELSIF known.id IS NULL THEN
        INSERT INTO follow_up (id, change_id, contributor, feedback_id, person_id, expires_on, answer, answered_on, text, lang, request_id, request_hash)
        VALUES (request, asked.id, who, of_case, of_person, app_today(), wish ->> 'answer', app_today(), wish ->> 'text', tag, request, hash)
        ON CONFLICT ON CONSTRAINT follow_up_once DO NOTHING;
    ELSE
        UPDATE follow_up f SET answer = wish ->> 'answer', answered_on = app_today(), text = wish ->> 'text', lang = tag, request_id = request, request_hash = hash
        WHERE f.id = known.id AND f.answer IS NULL;
    END IF;
    IF NOT FOUND THEN
        problem := 'follow_up_answered';
    END IF;
END
$$;

CREATE FUNCTION public.forget_address(case_id uuid, hash bytea) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF forget_contributor(case_id, hash) AND hash IS NOT NULL THEN
        IF NOT address_is_known(hash) THEN
            DELETE FROM opt_out WHERE address_hash = hash;
            DELETE FROM contact_count WHERE address_hash = hash;
            DELETE FROM dead_address WHERE address_hash = hash;
        END IF;
        -- How far a worker came, when that was this person; what was done is done once anyway.
        UPDATE job SET data = data - 'after' WHERE kind IN ('news', 'follow_up') AND data ->> 'after' = hash::text;
    END IF;
END
$$;

CREATE FUNCTION public.forget_contributor(case_id uuid, hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = hash AND c.feedback_id <> case_id ORDER BY 1 LIMIT 1);
    heir uuid := (SELECT p.id FROM person p WHERE p.address_hash = hash AND other IS NULL ORDER BY 1 LIMIT 1);
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE feedback_id = case_id;
    UPDATE notice SET feedback_id = other, person_id = heir WHERE feedback_id = case_id AND contributor = hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE follow_up SET feedback_id = other, person_id = heir WHERE feedback_id = case_id AND contributor = hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE notice SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    UPDATE follow_up SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    DELETE FROM contact WHERE feedback_id = case_id; -- at once: of two that go together, the first is no heir of the second
    RETURN other IS NULL;
END
$$;

CREATE FUNCTION public.forget_words(cases uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM feedback_words w WHERE w.feedback_id = ANY (cases);
    PERFORM index_again(array_agg(f.id)) FROM feedback f
    WHERE f.id = ANY (cases) AND f.state NOT IN ('removed', 'withdrawn') AND case_words(f.id) IS NOT NULL
    HAVING count(*) > 0;
END
$$;

CREATE FUNCTION public.form_answers(questions jsonb, form jsonb) RETURNS TABLE(answers jsonb, shown text[])
    LANGUAGE plpgsql IMMUTABLE
    AS $_$
DECLARE
    q jsonb; given text; value jsonb;
BEGIN
    answers := '{}'; shown := '{}';
    FOR q IN SELECT x FROM jsonb_array_elements(questions) x LOOP
        CONTINUE WHEN NOT question_is_shown(q, shown, answers);
        shown := shown || (q ->> 'key');
        given := btrim(replace(form ->> ('q_' || (q ->> 'key')), E'\r\n', E'\n'), E' \n\t');
        value := CASE
            WHEN q ->> 'type' = 'multi_choice' THEN coalesce(
                (SELECT jsonb_agg(o -> 'value') FROM jsonb_array_elements(q -> 'options') o WHERE form ? ('q_' || (q ->> 'key') || '.' || (o ->> 'value'))),
                CASE WHEN form ? ('q_' || (q ->> 'key') || '.-') THEN 'null'::jsonb END)
            WHEN given = '' THEN NULL
            WHEN q ->> 'type' = 'text' THEN to_jsonb(given)
            WHEN given = '-' THEN 'null'
            WHEN q ->> 'type' IN ('scale', 'recommend') AND given ~ '^[0-9]{1,3}$' THEN to_jsonb(given::integer)
            WHEN q ->> 'type' = 'yes_no' AND given IN ('yes', 'no') THEN to_jsonb(given = 'yes')
            ELSE to_jsonb(given) END;
        IF value IS NOT NULL THEN
            answers := answers || jsonb_build_object(q ->> 'key', value);
        END IF;
    END LOOP;
    RETURN NEXT;
END
$_$;

CREATE FUNCTION public.form_options(q jsonb, answer jsonb, tags text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', 'q_' || (q ->> 'key') || '_' || o.n, 'text', o.text, 'checked', coalesce(answer @> o.value, false),
        'value', CASE WHEN q ->> 'type' = 'multi_choice' THEN '1' ELSE o.field END,
        'name', 'q_' || (q ->> 'key') || CASE WHEN q ->> 'type' = 'multi_choice' THEN '.' || o.field ELSE '' END) ORDER BY o.n), '[]')
    FROM (
        SELECT i.n, to_jsonb(i.n) AS value, i.n::text AS field, concat_ws(' – ', i.n, q #> ARRAY['labels', i.n::text] ->> text_tag(q #> ARRAY['labels', i.n::text], tags)) AS text
        FROM generate_series(question_bound(q, 'min'), question_bound(q, 'max')) i (n)
        UNION ALL
        SELECT e.n::integer, e.o -> 'value', e.o ->> 'value', text_in(e.o -> 'text', tags) FROM jsonb_array_elements(q -> 'options') WITH ORDINALITY e (o, n)
        UNION ALL
        SELECT y.n, y.value, y.field, text_in(y.texts, tags)
        FROM (VALUES (1, 'true'::jsonb, 'yes', '{"fi": "Kyllä", "sv": "Ja", "en": "Yes"}'::jsonb), (2, 'false', 'no', '{"fi": "Ei", "sv": "Nej", "en": "No"}')) y (n, value, field, texts)
        WHERE q ->> 'type' = 'yes_no'
        UNION ALL
        SELECT 1000, 'null', '-', text_in(q -> 'dont_know', tags) WHERE q ? 'dont_know'
    ) o
$$;

CREATE FUNCTION public.giver_answers(hash bytea) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT s.answers || coalesce((SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = s.id), '{}')
    FROM answer_sheet s WHERE s.id = giver_case(hash)
$$;

CREATE FUNCTION public.giver_case(hash bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT g.feedback_id FROM giver g WHERE g.receipt_hash = hash
$$;

CREATE FUNCTION public.giver_contributor(hash bytea) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(c.address_hash, uuid_send(g.id)) FROM (SELECT giver_case(hash) AS id) g LEFT JOIN contact c ON c.feedback_id = g.id
$$;

CREATE FUNCTION public.giver_messages(hash bytea) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'author', m.author, 'kind', m.kind, 'text', m.text, 'sent_on', m.sent_on)
                              ORDER BY m.n), '[]')
    FROM message m WHERE m.feedback_id = giver_case(hash)
$$;

CREATE FUNCTION public.giver_text(hash bytea) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT t.original FROM feedback_text t WHERE t.feedback_id = giver_case(hash)
$$;

CREATE FUNCTION public.holds_place(state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT state IN ('registered', 'offered', 'attended', 'absent')
$$;

CREATE FUNCTION public.id_mark(sort text, id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '@' || sort || left(translate(id::text, '-', ''), 12)
$$;

CREATE FUNCTION public.index_again(cases uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO job (kind, run_at, subject, data) SELECT 'index', app_now(), c.id, '{}' FROM unnest(cases) AS c (id)
$$;

CREATE FUNCTION public.input_bringer(person uuid) RETURNS TABLE(panel_id uuid, session_id uuid, speaker_role text, problem text)
    LANGUAGE sql STABLE
    AS $$
    SELECT m.panel_id, NULL::uuid, m.role, CASE WHEN m.state <> 'active' THEN 'member_is_not_active' END FROM member m WHERE m.id = person
    UNION ALL
    SELECT NULL, r.session_id, 'resident', CASE WHEN r.state NOT IN ('registered', 'attended') THEN 'member_is_not_active' END
    FROM registration r WHERE r.id = person
$$;

CREATE FUNCTION public.input_dissent_fault(wish jsonb, of_panel uuid, of_session uuid) RETURNS TABLE(problem text, pointer text)
    LANGUAGE sql STABLE
    AS $$
    SELECT f.problem, CASE WHEN f.problem IS NOT NULL THEN f.pointer END
    FROM (
        SELECT CASE WHEN (b.kind = 'dissent')::integer <> num_nonnulls(b.dissents_from, b.statement_id) THEN 'input_dissent_names_statement'
                    WHEN b.dissents_from IS NOT NULL AND NOT EXISTS (
                        SELECT FROM input i WHERE i.id = b.dissents_from AND i.kind = 'statement' AND i.state <> 'withdrawn'
                            AND (i.panel_id = of_panel OR i.session_id = of_session)) THEN 'unknown_reference'
                    WHEN b.statement_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM statement s WHERE s.id = b.statement_id AND s.panel_id = of_panel AND s.text <> '{}') THEN 'unknown_reference'
               END AS problem,
            CASE WHEN b.statement_id IS NULL THEN '/dissents_from' ELSE '/statement_id' END AS pointer
        FROM jsonb_to_record(wish) AS b (kind text, dissents_from uuid, statement_id uuid)
    ) f
$$;

CREATE FUNCTION public.input_due_on(input_kind text) RETURNS date
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN input_kind = 'initiative' THEN limit_day((app_today() + make_interval(months => rule_value('initiative_months')))::date) END
$$;

CREATE FUNCTION public.input_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.version := OLD.version + 1;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'withdrawn' THEN
        NEW.text := NULL;
        NEW.request_hash := NULL;
    ELSE
        NEW.answered_on := coalesce(OLD.answered_on, app_today());
        NEW.state_reason := (SELECT s.reason FROM step s WHERE s.subject = NEW.id AND s.version = NEW.version);
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.input_is_overdue(due_on date, answered_on date, state text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(due_on < app_today(), false) AND answered_on IS NULL AND state <> 'withdrawn'
$$;

CREATE FUNCTION public.input_judged(wish jsonb, caller_units text, bringer uuid, OUT panel_id uuid, OUT session_id uuid, OUT round_id uuid, OUT speaker_role text, OUT problem text, OUT pointer text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_variable
DECLARE
    found record;
BEGIN
    round_id := (wish ->> 'round_id')::uuid;
    SELECT r.panel_id, r.state, r.has_discussion INTO found FROM round r WHERE r.id = round_id;
    IF round_id IS NOT NULL AND found.panel_id IS NOT NULL AND bringer IS NULL AND wish ->> 'panel_id' IS NULL THEN
        wish := wish || jsonb_build_object('panel_id', found.panel_id);
    END IF;
    SELECT j.panel_id, j.session_id, j.speaker_role, j.problem, j.pointer INTO panel_id, session_id, speaker_role, problem, pointer
    FROM input_judged_in_place(wish, caller_units, bringer) j;
    IF round_id IS NULL OR problem IS NOT NULL AND problem <> 'unknown_reference' THEN
        RETURN;
    END IF;
    IF problem IS NOT NULL OR found.panel_id IS DISTINCT FROM panel_id THEN
        problem := 'unknown_reference'; pointer := '/round_id';
    ELSIF NOT found.has_discussion OR found.state <> 'open' THEN
        problem := 'round_takes_no_comments';
    END IF;
END
$$;

CREATE FUNCTION public.input_judged_in_place(wish jsonb, caller_units text, bringer uuid, OUT panel_id uuid, OUT session_id uuid, OUT speaker_role text, OUT problem text, OUT pointer text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_variable
DECLARE
    panel_state text;
    session_state text;
    is_known boolean;
BEGIN
    panel_id := (wish ->> 'panel_id')::uuid;
    session_id := (wish ->> 'session_id')::uuid;
    speaker_role := wish ->> 'speaker_role';
    IF bringer IS NOT NULL THEN
        SELECT w.panel_id, coalesce(session_id, w.session_id), w.speaker_role, w.problem INTO panel_id, session_id, speaker_role, problem
        FROM input_bringer(bringer) w;
    END IF;
    IF problem IS NULL AND is_blank(wish ->> 'text') THEN
        problem := 'text_is_blank'; pointer := '/text';
    END IF;
    IF problem IS NOT NULL THEN
        RETURN;
    ELSIF num_nonnulls(panel_id, session_id) = 0 THEN
        problem := 'input_has_place'; pointer := '/panel_id';
        RETURN;
    END IF;
    IF session_id IS NOT NULL THEN
        SELECT s.state, bringer IS NOT NULL OR unit_is_visible(u.path, caller_units) INTO session_state, is_known
        FROM session s JOIN unit u ON u.id = s.unit_id
        WHERE s.id = session_id AND (panel_id IS NULL OR EXISTS (
            SELECT FROM session_panel x WHERE x.session_id = s.id AND x.panel_id = input_judged_in_place.panel_id));
        IF is_known IS NOT TRUE THEN
            problem := 'unknown_reference'; pointer := '/session_id';
            RETURN;
        END IF;
        -- What is brought to a session of one panel is that panel's.
        IF panel_id IS NULL AND bringer IS NULL THEN
            SELECT min(x.panel_id::text)::uuid INTO panel_id FROM session_panel x WHERE x.session_id = input_judged_in_place.session_id HAVING count(*) = 1;
        END IF;
    END IF;
    IF panel_id IS NOT NULL THEN
        SELECT p.state, bringer IS NOT NULL OR unit_is_visible(u.path, caller_units) INTO panel_state, is_known
        FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = panel_id;
        IF is_known IS NOT TRUE THEN
            problem := 'unknown_reference'; pointer := CASE WHEN wish ? 'panel_id' THEN '/panel_id' ELSE '/session_id' END;
            RETURN;
        END IF;
    END IF;
    problem := CASE WHEN panel_state IN ('draft', 'recruiting', 'ended', 'evaluated') OR panel_state = 'paused' AND bringer IS NOT NULL
                        THEN 'panel_is_not_active'
                    WHEN session_state IN ('draft', 'cancelled') THEN 'session_takes_no_inputs' END;
    IF problem IS NULL THEN
        SELECT d.problem, d.pointer INTO problem, pointer FROM input_dissent_fault(wish, panel_id, session_id) d;
    END IF;
END
$$;

CREATE FUNCTION public.input_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.brought_on), 'input.submitted', 'input', n.id, input_unit(i), n.version,
        jsonb_build_object('kind', n.kind) || CASE WHEN n.person_id IS NULL THEN '{}' ELSE '{"who": "member"}'::jsonb END
    FROM new_input n JOIN input i ON i.id = n.id;
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'clock', day_start(day_of_percent(n.brought_on, n.due_on, rule_value('reminder_percent'))) + interval '8 hours', n.id,
        '{"phase": "initiative_reminder"}'
    FROM new_input n WHERE n.due_on IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.input_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_person(array_agg(n.person_id), 'person_news', NULL)
    FROM new_input n JOIN old_input o USING (id)
    WHERE n.state <> o.state AND n.state <> 'withdrawn' AND n.person_id IS NOT NULL
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.mask_is_thinkable(said text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        -- A digit of any kind, a sign of mail or a bracket …
        WHEN said ~ '[0-9@[({<０-９٠-٩۰-۹०-९＠﹫]' OR strpos(said, ' at ') > 0 OR strpos(said, ' AT ') > 0 OR strpos(said, ' ät ') > 0
            -- … and then five digits close to each other, mail in one of its forms, or a number after what may end a street's name:
            -- the last letters are enough, and make the pattern small.
            THEN said ~ ('[0-9０-９٠-٩۰-۹०-९](?:[^0-9A-Za-z]{0,3}[0-9０-９٠-٩۰-۹०-९]){4}|[@＠﹫]|[[({<] ?(?:[aäAÄ][tT]|[aA]|miukumauku) ?[])}>]'
                '|[A-Za-z0-9_+-] (?:[aä]t|AT) [A-Za-z0-9-]+(?:\.| dot | piste )[A-Za-z]'
                '|(?:[tT][uU]|[tT][iI][eE]|[uU][jJ][aA]|[gG][aA][tT][aA][nN]?|[äÄiI][gG][eE][nN]|[äÄ][nN][dD](?:[eE][nN])?|lku|LKU|[ao]ri|ARI|ORI|nta|NTA'
                '|[YyRr][lLmM][äÄ]|tti|TTI|nne|NNE|[rl]to|RTO|lma|LMA|ita|ITA|io|IO|nger|NGER|[ra]di|RDI|ADI|kko|hua|äki|ÄKI|rjä|iha|nja|lta|tty|rju'
                '|[uaeiä]l(?:la|ta|le)|[eä]l(?:lä|tä)|[gdkjn]en|lén|[gk]et)[^0-9A-Za-zÀ-ɏ]{1,2}[0-9０-９٠-٩۰-۹०-९]')
        ELSE false END
$$;

CREATE FUNCTION public.masked_text(said text, lang text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
DECLARE
    look text := mask_look(said);
    spans mask_span[] := '{}';
    shown text := '';
    at integer := 1; -- how far the text is shown
    span mask_span;
BEGIN
    IF look LIKE '%@%' OR look ~ ' [aäAÄ][tT] |[[({<] ?(?:[aäAÄ][tT]|[aA]|miukumauku) ?[])}>]' THEN
        spans := spans || ARRAY(SELECT (f.first, f.size, 'email')::mask_span FROM mask_emails(look) f);
    END IF;
    IF look ~ '[0-9](?:[ ./()+-]{0,3}[0-9]){4}' THEN
        spans := spans || ARRAY(SELECT (f.first, f.size, 'code')::mask_span FROM mask_codes(look) f)
            || ARRAY(SELECT (f.first, f.size, 'phone')::mask_span FROM mask_phones(look) f);
    END IF;
    IF look ~ '[Ff][Ii] ?[0-9]{2} ?[0-9]{4}' THEN
        spans := spans || ARRAY(SELECT (f.first, f.size, 'account')::mask_span FROM mask_accounts(look) f);
    END IF;
    IF look ~ '[a-zåäöA-ZÅÄÖ] {1,2}[0-9]' AND look ~ ('(?:' || mask_street_ends() || '|' || mask_place_ends() || ') {1,2}[0-9]') THEN
        spans := spans || ARRAY(SELECT (f.first, f.size, 'street')::mask_span FROM mask_streets(look) f);
    END IF;
    IF spans = '{}' THEN
        RETURN NULL;
    END IF;
    FOREACH span IN ARRAY ARRAY(SELECT s FROM unnest(spans) s ORDER BY s.first, s.kind) LOOP
        -- What overlaps has one mark.
        IF span.first >= at THEN
            shown := shown || substr(said, at, span.first - at) || mask_word(span.kind, lang);
        END IF;
        at := greatest(at, span.first + span.size);
    END LOOP;
    RETURN shown || substr(said, at);
END
$$;

CREATE TABLE public.input (
    id uuid NOT NULL,
    panel_id uuid,
    session_id uuid,
    person_id uuid,
    speaker_role text NOT NULL,
    kind text NOT NULL,
    lang text DEFAULT 'fi'::text NOT NULL,
    text text,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(text) THEN public.masked_text(text, lang)
    ELSE NULL::text
END) STORED,
    dissents_from uuid,
    statement_id uuid,
    state text DEFAULT 'submitted'::text NOT NULL,
    state_reason text,
    brought_on date DEFAULT public.app_today() NOT NULL,
    due_on date,
    answered_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    round_id uuid,
    CONSTRAINT input_dissent_names_statement CHECK ((((kind = 'dissent'::text))::integer = num_nonnulls(dissents_from, statement_id))),
    CONSTRAINT input_has_place CHECK ((num_nonnulls(panel_id, session_id) > 0)),
    CONSTRAINT input_initiative_is_due CHECK (((kind = 'initiative'::text) = (due_on IS NOT NULL))),
    CONSTRAINT input_kind CHECK ((kind = ANY (ARRAY['statement'::text, 'initiative'::text, 'idea'::text, 'dissent'::text, 'comment'::text]))),
    CONSTRAINT input_lang CHECK ((lang = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text]))),
    CONSTRAINT input_speaker_role CHECK ((speaker_role = ANY (ARRAY['client'::text, 'relative'::text, 'guardian'::text, 'child'::text, 'youth'::text, 'resident'::text, 'professional'::text, 'chair'::text, 'facilitator'::text, 'representative'::text, 'nominee'::text, 'staff'::text]))),
    CONSTRAINT input_state CHECK ((state = ANY (ARRAY['submitted'::text, 'discussed'::text, 'taken'::text, 'partly'::text, 'parked'::text, 'not_taken'::text, 'withdrawn'::text]))),
    CONSTRAINT input_text_is_not_blank CHECK (((text IS NULL) OR (NOT public.is_blank(text))))
);
ALTER TABLE ONLY public.input ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE ONLY public.input ALTER COLUMN masked SET STATISTICS 0;

CREATE FUNCTION public.input_unit(i public.input) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((SELECT p.unit_id FROM panel p WHERE p.id = i.panel_id), (SELECT s.unit_id FROM session s WHERE s.id = i.session_id))
$$;

CREATE FUNCTION public.is_balanced(clients bigint, professionals bigint) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT abs(clients - professionals) * 3 <= greatest(clients, professionals)
$$;

CREATE FUNCTION public.is_identity_code(code text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    day integer; month integer; year integer;
BEGIN
    IF code !~ '^[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]$' THEN
        RETURN false;
    END IF;
    day := left(code, 2)::integer;
    month := substr(code, 3, 2)::integer;
    year := substr(code, 5, 2)::integer + CASE WHEN substr(code, 7, 1) = '+' THEN 1800 WHEN substr(code, 7, 1) IN ('-', 'U', 'V', 'W', 'X', 'Y') THEN 1900
                                               ELSE 2000 END;
    RETURN month BETWEEN 1 AND 12 AND day >= 1
        AND day <= CASE WHEN month IN (4, 6, 9, 11) THEN 30 WHEN month <> 2 THEN 31
                        WHEN year % 4 = 0 AND (year % 100 <> 0 OR year % 400 = 0) THEN 29 ELSE 28 END
        AND substr('0123456789ABCDEFHJKLMNPRSTUVWXY', (left(code, 6) || substr(code, 8, 3))::integer % 31 + 1, 1) = right(code, 1);
END
$_$;

CREATE TABLE public.member (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    role text NOT NULL,
    state text DEFAULT 'applied'::text NOT NULL,
    municipality text,
    age_band text,
    gender text,
    lang text,
    is_staff boolean DEFAULT false NOT NULL,
    in_statutory_body boolean DEFAULT false NOT NULL,
    applied_on date DEFAULT public.app_today() NOT NULL,
    from_on date,
    until_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    came_by text DEFAULT 'application'::text NOT NULL,
    answer_by date,
    selection_n integer,
    selection_place integer,
    CONSTRAINT member_age_band CHECK ((age_band = ANY (ARRAY['under_13'::text, '13_17'::text, '18_29'::text, '30_64'::text, '65_74'::text, '75_plus'::text]))),
    CONSTRAINT member_came_by CHECK ((came_by = ANY (ARRAY['application'::text, 'nomination'::text]))),
    CONSTRAINT member_ends_after_it_starts CHECK ((until_on >= from_on)),
    CONSTRAINT member_gender CHECK ((gender = ANY (ARRAY['woman'::text, 'man'::text, 'other'::text]))),
    CONSTRAINT member_role CHECK ((role = ANY (ARRAY['client'::text, 'relative'::text, 'professional'::text, 'chair'::text, 'facilitator'::text, 'representative'::text, 'nominee'::text]))),
    CONSTRAINT member_state CHECK ((state = ANY (ARRAY['applied'::text, 'eligible'::text, 'ineligible'::text, 'nominated'::text, 'selected'::text, 'reserve'::text, 'not_selected'::text, 'active'::text, 'declined'::text, 'withdrawn'::text, 'ceased'::text])))
);

CREATE FUNCTION public.is_in_cell(m public.member, wanted jsonb) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT NOT EXISTS (SELECT FROM jsonb_each(wanted) a WHERE NOT coalesce(a.value ? (to_jsonb(m) ->> a.key), false))
$$;

CREATE FUNCTION public.is_in_easy_finnish(VARIADIC texts jsonb[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT bool_or(t ? 'fi-x-selko') FROM unnest(texts) t
$$;

CREATE FUNCTION public.is_limit_moving_day(day date) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT extract(isodow FROM day) IN (6, 7) OR finnish_holiday(day) IS NOT NULL
$$;

CREATE FUNCTION public.is_open(closed_on date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT closed_on IS NULL OR closed_on > app_today()
$$;

CREATE FUNCTION public.is_outside_hours(b public.booking, of_expert uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT NOT expert_said(of_expert, tstzrange(b.starts_at, b.ends_at)) @> tstzrange(b.starts_at, b.ends_at)
$$;

CREATE FUNCTION public.is_stop_word(word text, lang text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(CASE lang WHEN 'sv' THEN ts_lexize('swedish_stem', word) WHEN 'en' THEN ts_lexize('english_stem', word) END = '{}', false)
$$;

CREATE FUNCTION public.is_telling_word(word text, lang integer) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT length(word) > 2 AND word !~ '^[@0-9]'
        AND coalesce(CASE lang WHEN 1 THEN ts_lexize('finnish_stem', word) WHEN 2 THEN ts_lexize('swedish_stem', word)
                               WHEN 3 THEN ts_lexize('english_stem', word) END <> '{}', true)
$$;

CREATE FUNCTION public.language_place(lang text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE lang WHEN 'fi' THEN 1 WHEN 'sv' THEN 2 WHEN 'en' THEN 3 ELSE 4 END
$$;

CREATE FUNCTION public.new_form_code() RETURNS text
    LANGUAGE sql
    AS $$
    SELECT string_agg(substr('23456789bcdfghjkmnpqrstvwxz', 1 + floor(random() * 27)::int, 1), '') FROM generate_series(1, 8)
$$;

CREATE TABLE public.report_publication (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    period text NOT NULL,
    correction_note jsonb,
    caller_id uuid,
    version integer,
    published_on date,
    is_corrected boolean,
    body jsonb,
    request_hash bytea,
    CONSTRAINT report_publication_is_whole CHECK ((((body IS NULL) = (version IS NULL)) AND ((body IS NULL) = (published_on IS NULL)))),
    CONSTRAINT report_publication_note_is_by_language CHECK ((public.is_language_map(correction_note) AND (correction_note <> '{}'::jsonb))),
    CONSTRAINT report_publication_period CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]))?$'::text))
);

CREATE TABLE public.unit (
    id uuid NOT NULL,
    parent_id uuid,
    path uuid[] NOT NULL,
    oid text,
    ptv_id uuid,
    name jsonb NOT NULL,
    mailboxes jsonb DEFAULT '{}'::jsonb NOT NULL,
    closed_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    form_code text DEFAULT public.new_form_code() NOT NULL,
    has_form boolean DEFAULT true NOT NULL,
    CONSTRAINT unit_form_code_can_be_typed CHECK ((form_code ~ '^[2-9bcdfghjkmnp-tv-xz]{8}$'::text)),
    CONSTRAINT unit_is_not_under_itself CHECK (((path[cardinality(path)] = id) AND (cardinality(path) <= 12) AND (NOT (id = ANY (path[:(cardinality(path) - 1)]))))),
    CONSTRAINT unit_mailboxes_are_by_role CHECK (((jsonb_typeof(mailboxes) = 'object'::text) AND ((mailboxes - ARRAY['handler'::text, 'coordinator'::text, 'management'::text, 'duty'::text]) = '{}'::jsonb))),
    CONSTRAINT unit_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb))),
    CONSTRAINT unit_oid_is_an_oid CHECK ((oid ~ '^[0-2](\.(0|[1-9][0-9]*))+$'::text))
);

CREATE VIEW public.published_report AS
 SELECT p.id,
    p.unit_id,
    u.name AS unit_name,
    u.path AS unit_path,
    p.period,
    p.version,
    p.published_on,
    p.is_corrected,
    p.correction_note,
    p.body,
    (NOT (EXISTS ( SELECT
           FROM public.report_publication x
          WHERE ((x.unit_id = p.unit_id) AND (x.period = p.period) AND (x.version > p.version))))) AS is_newest
   FROM (public.report_publication p
     JOIN public.unit u ON ((u.id = p.unit_id)))
  WHERE (p.published_on IS NOT NULL);

CREATE FUNCTION public.last_report(of_unit uuid) RETURNS SETOF public.published_report
    LANGUAGE sql STABLE
    AS $$
    SELECT * FROM published_report r WHERE r.unit_id = of_unit AND r.is_newest ORDER BY period_next_day(r.period) DESC, r.period LIMIT 1
$$;

CREATE FUNCTION public.legal_states(resource_name text, state text, roles text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(DISTINCT t.to_state ORDER BY t.to_state), '[]')
    FROM transition t
    WHERE t.resource = resource_name AND t.from_state = state AND t.who = ANY (roles)
$$;

CREATE FUNCTION public.limit_day(day date) RETURNS date
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
BEGIN
    WHILE is_limit_moving_day(day) LOOP
        day := day + 1;
    END LOOP;
    RETURN day;
END
$$;

CREATE FUNCTION public.link_may_reopen(case_id uuid, said_on date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM feedback v WHERE v.id = case_id AND v.state IN ('answered', 'closed'))
        AND NOT EXISTS (SELECT FROM message m WHERE m.feedback_id = case_id AND m.kind = 'reopening' AND m.sent_on >= said_on)
$$;

CREATE FUNCTION public.local_days(first_on date, last_on date) RETURNS TABLE(day date, ahead interval, lasts tstzrange)
    LANGUAGE sql STABLE
    AS $$
    SELECT d.day, p.ahead, p.lasts
    FROM (SELECT g::date AS day, day_start(g::date) AS begins, day_start(g::date + 1) AS ends
          FROM generate_series(first_on::timestamp, last_on::timestamp, interval '1 day') g) d
    CROSS JOIN LATERAL (SELECT (d.begins AT TIME ZONE 'Europe/Helsinki') - (d.begins AT TIME ZONE 'UTC') AS early,
                            (d.ends AT TIME ZONE 'Europe/Helsinki') - (d.ends AT TIME ZONE 'UTC') AS late) o
    CROSS JOIN LATERAL (SELECT CASE WHEN o.early = o.late THEN d.ends ELSE (
        SELECT min(t) FROM generate_series(d.begins, d.ends, interval '15 minutes') t
        WHERE (t AT TIME ZONE 'Europe/Helsinki') - (t AT TIME ZONE 'UTC') = o.late) END AS at) c
    CROSS JOIN LATERAL (SELECT o.early AS ahead, tstzrange(d.begins, c.at) AS lasts UNION ALL SELECT o.late, tstzrange(c.at, d.ends)) p
    WHERE NOT isempty(p.lasts)
$$;

CREATE FUNCTION public.local_moment(day date, at time without time zone, zone text, OUT moment timestamp with time zone, OUT problem text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $_$
BEGIN
    IF zone !~ '^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+)+)$' THEN -- PostgreSQL takes much else for a zone
        problem := 'zone_is_unknown';
        RETURN;
    END IF;
    moment := (day + at) AT TIME ZONE zone;
    problem := CASE
        WHEN moment AT TIME ZONE zone <> day + at THEN 'local_time_is_skipped'
        WHEN EXISTS (SELECT FROM unnest('{-60,-30,30,60}'::integer[]) m WHERE (moment + make_interval(mins => m)) AT TIME ZONE zone = day + at)
            THEN 'local_time_is_repeated' END;
EXCEPTION WHEN invalid_parameter_value THEN
    problem := 'zone_is_unknown';
END
$_$;

CREATE FUNCTION public.lock_answers(offers uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    block CONSTANT integer := 4 * 3600; -- seconds: few locks for a day, and few that share one by chance
BEGIN
    PERFORM FROM expert e WHERE e.id IN (SELECT o.expert_id FROM offer o WHERE o.id = ANY (offers)) ORDER BY e.id FOR SHARE;
    PERFORM FROM booking b WHERE b.id IN (SELECT o.booking_id FROM offer o WHERE o.id = ANY (offers)) ORDER BY b.id FOR NO KEY UPDATE;
    PERFORM pg_advisory_xact_lock(l.key)
    FROM (SELECT DISTINCT hashtextextended(concat_ws(' ', e.id, part.name), 0) AS key
          FROM offer o JOIN booking b ON b.id = o.booking_id JOIN expert e ON e.id = o.expert_id
          CROSS JOIN LATERAL (SELECT make_interval(mins => e.travel_minutes) AS way) w
          CROSS JOIN LATERAL tstzrange(b.starts_at - w.way, b.ends_at + w.way) span
          CROSS JOIN LATERAL (
              SELECT n::text FROM generate_series(floor(extract(epoch FROM lower(span)) / block)::bigint, floor(extract(epoch FROM upper(span)) / block)::bigint) n
              WHERE e.week_hours IS NULL
              UNION ALL
              SELECT date_trunc('week', moment AT TIME ZONE 'Europe/Helsinki')::text FROM unnest(ARRAY[lower(span), upper(span)]) moment
              WHERE e.week_hours IS NOT NULL) part (name)
          WHERE o.id = ANY (offers) ORDER BY 1 OFFSET 0) l;
END
$$;

CREATE FUNCTION public.lock_bookings(bookings uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM expert e WHERE e.id IN (SELECT b.expert_id FROM booking b WHERE b.id = ANY (bookings)) ORDER BY e.id FOR NO KEY UPDATE;
    PERFORM FROM booking b WHERE b.id = ANY (bookings) ORDER BY b.id FOR NO KEY UPDATE;
    RETURN true;
END
$$;

CREATE FUNCTION public.lock_places(registrations uuid[]) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM session_place p WHERE p.session_id IN (SELECT r.session_id FROM registration r WHERE r.id = ANY (registrations))
    ORDER BY p.session_id FOR UPDATE;
    RETURN true;
END
$$;

CREATE FUNCTION public.mail_answers(mail_id uuid) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT p.sealed
    FROM mail m
    JOIN person p ON p.id = m.answers_to
    LEFT JOIN expert e ON e.id = p.id
    WHERE m.id = mail_id AND (e.id IS NULL OR 'contact' = ANY (e.shown))
$$;

CREATE FUNCTION public.mail_calendar(mail_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT calendar_told(NULL, jsonb_build_array(booking_event(w.booking, ARRAY[tag, 'fi'], w.status, w.moves)))
    FROM mail m
    CROSS JOIN LATERAL person_bookings(m.person_id) w
    WHERE m.id = mail_id AND (w.booking).id = m.about AND m.template IN ('booking_confirmed', 'booking_moved', 'booking_cancelled', 'booking_reminder')
$$;

CREATE FUNCTION public.mail_giver(feedback_ids uuid[], template_name text, why text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO mail (template, feedback_id, unique_key)
    SELECT template_name, c.feedback_id,
        CASE WHEN why <> 'received' THEN template_name || ':' || c.feedback_id || ':' || pg_current_xact_id() END
    FROM contact c
    WHERE c.feedback_id = ANY (feedback_ids)
    ORDER BY c.feedback_id
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.mail_link_is_about() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.places := person_told_of(NEW.person_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.mail_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    -- News to many has a kind of its own: an answer to one never waits behind it.
    INSERT INTO job (kind, run_at, subject) SELECT CASE WHEN capped THEN 'mail_bulk' ELSE 'mail' END, coalesce(send_at, app_now()), id FROM new_mail;
    IF EXISTS (SELECT FROM new_mail n WHERE n.thing IS NOT NULL) THEN
        UPDATE mail m SET state = 'not_needed'
        WHERE m.id IN (
            SELECT x.id FROM new_mail n
            JOIN mail x ON x.person_id = n.person_id AND x.thing = n.thing AND x.state = 'queued'
            WHERE NOT EXISTS (SELECT FROM new_mail y WHERE y.id = x.id)
            FOR UPDATE OF x SKIP LOCKED); -- what is locked is being sent
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.mail_mailbox(of_unit uuid, template_name text, role_name text, link uuid, key text) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
    SELECT template_name, m.mailbox, 'fi', link, template_name || ':' || role_name || ':' || key
    FROM unit u
    CROSS JOIN LATERAL (SELECT unit_mailbox(u.path, role_name) AS mailbox) m
    WHERE u.id = of_unit AND m.mailbox IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.mail_offers(offers uuid[], template_name text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO mail (template, person_id, link_id, about, thing, good_until, places, unique_key)
    SELECT template_name, p.id, o.id, b.id, o.id, CASE template_name WHEN 'offer_made' THEN o.expires_at END, booking_places(b), template_name || ':' || o.id
    FROM offer o JOIN booking b ON b.id = o.booking_id JOIN person p ON p.id = o.expert_id AND p.has_address
    WHERE o.id = ANY (offers)
    ORDER BY o.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.mail_person(ids uuid[], template_name text, why text, counts boolean DEFAULT false) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT mail_person_with(ids, template_name, why, counts, NULL)
$$;

CREATE FUNCTION public.mail_person_with(ids uuid[], template_name text, why text, counts boolean, places jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO mail (template, person_id, capped, unique_key, places)
    SELECT template_name, p.id, counts, template_name || ':' || p.id || ':' || coalesce(why, pg_current_xact_id()::text), places
    FROM person p
    WHERE p.id = ANY (ids) AND p.has_address
    ORDER BY p.id
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.mail_places(places jsonb, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_object_agg(p.name, CASE jsonb_typeof(p.value)
        WHEN 'array' THEN to_jsonb(page_span((p.value ->> 0)::timestamptz, (p.value ->> 1)::timestamptz, tag))
        WHEN 'object' THEN to_jsonb(text_in(p.value, ARRAY[tag, 'fi'])) ELSE p.value END)
    FROM jsonb_each(places) p (name, value)
$$;

CREATE FUNCTION public.mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) RETURNS TABLE(mail_id uuid, verdict text, template text, lang text, mailbox text, sealed bytea, address_hash bytea, link_id uuid, capped boolean, link text, token_of text)
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    m record;
    this_month date := date_trunc('month', app_today()::timestamp)::date;
    cap integer := rule_value('contact_cap');
    day_cap integer := rule_value('receipt_mails');
BEGIN
    -- By address, so that two processes never wait for each other crosswise.
    FOR m IN
        SELECT x.id, x.template,
            CASE WHEN x.lang IS NULL AND r.lang = 'fi' AND coalesce(f.support_needs, g.support_needs) @> '{easy_language}' THEN 'fi-x-selko'
                 ELSE coalesce(x.lang, r.lang) END AS lang, x.mailbox, r.sealed, r.address_hash, i.link_id,
            x.capped, x.counted, w.hash, x.capped AND l.person_id IS NOT NULL AS is_own_round, replace(t.link, '{id}', coalesce(i.link_id::text, '')) AS link, t.token_of,
            CASE WHEN x.state <> 'queued' THEN 'over'
                 WHEN x.survey_link_id IS NOT NULL AND l.used IS NOT false THEN 'not_needed'
                 WHEN x.mailbox IS NULL AND r.sealed IS NULL THEN 'no_address'
                 WHEN d.address_hash IS NOT NULL THEN 'failed'
                 WHEN (x.capped OR l.id IS NOT NULL) AND o.address_hash IS NOT NULL THEN 'opted_out'
                 WHEN x.capped AND NOT CASE t.wish WHEN 'follow_up' THEN coalesce(c.wants_follow_up, p.wants_news) WHEN 'news' THEN coalesce(c.wants_news, p.wants_news) ELSE true END
                     THEN 'opted_out'
                 ELSE 'send' END AS verdict
        FROM unnest(mail_ids, unsubscribe_hashes) w (id, hash)
        JOIN mail x ON x.id = w.id
        LEFT JOIN mail_template t ON t.name = x.template
        LEFT JOIN contact c ON c.feedback_id = x.feedback_id
        LEFT JOIN feedback f ON f.id = x.feedback_id
        LEFT JOIN survey_link l ON l.id = x.survey_link_id
        LEFT JOIN person p ON p.id = x.person_id
        LEFT JOIN registration g ON g.id = p.id
        LEFT JOIN person q ON q.id = l.person_id
        CROSS JOIN LATERAL (SELECT coalesce(c.sealed, l.sealed, p.sealed, q.sealed) AS sealed, coalesce(c.address_hash, l.address_hash, p.address_hash, q.address_hash) AS address_hash,
                                coalesce(c.lang, l.lang, p.lang) AS lang) r
        CROSS JOIN LATERAL (SELECT CASE t.token_of WHEN 'person' THEN coalesce(x.link_id, p.link_id, p.id) ELSE x.link_id END AS link_id) i
        LEFT JOIN dead_address d ON d.address_hash = r.address_hash
        LEFT JOIN opt_out o ON o.address_hash = r.address_hash
        ORDER BY r.address_hash, x.capped, x.id
    LOOP
        IF m.verdict = 'send' AND m.is_own_round THEN
            UPDATE mail SET unsubscribe_hash = m.hash WHERE id = m.id;
        ELSIF m.verdict = 'send' AND m.capped AND NOT m.counted THEN
            INSERT INTO contact_count AS k (address_hash, month, sent) VALUES (m.address_hash, this_month, 1)
            ON CONFLICT (address_hash, month) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < cap;
            IF FOUND THEN
                UPDATE mail SET counted = true, unsubscribe_hash = m.hash WHERE id = m.id;
            ELSE
                m.verdict := 'capped';
            END IF;
        ELSIF m.verdict = 'send' AND m.template = 'received' AND NOT m.counted THEN
            INSERT INTO receipt_mail_count AS k (day, address_hash, sent) VALUES (app_today(), m.address_hash, 1)
            ON CONFLICT (day, address_hash) DO UPDATE SET sent = k.sent + 1 WHERE k.sent < day_cap;
            IF FOUND THEN
                UPDATE mail SET counted = true WHERE id = m.id;
            ELSE
                m.verdict := 'day_capped';
            END IF;
        END IF;
        RETURN QUERY SELECT m.id, m.verdict, m.template, m.lang, m.mailbox, m.sealed, m.address_hash, m.link_id, m.capped, m.link, m.token_of;
    END LOOP;
END
$$;

CREATE FUNCTION public.mail_staff(case_id uuid, template_name text, role_name text, key text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO mail (template, mailbox, lang, link_id, unique_key)
    SELECT template_name, m.mailbox, 'fi', f.id, template_name || ':' || role_name || ':' || key
    FROM feedback f
    JOIN unit u ON u.id = f.unit_id
    CROSS JOIN LATERAL (
        SELECT coalesce(unit_mailbox(u.path, role_name), CASE role_name WHEN 'duty' THEN unit_mailbox(u.path, 'management') END) AS mailbox
    ) m
    WHERE f.id = case_id AND m.mailbox IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.marks_query(marks text[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT string_agg('''' || m.mark || '''', ' | ')::tsquery FROM unnest(marks) AS m (mark)
$$;

CREATE FUNCTION public.mask_accounts(look text) RETURNS TABLE(first integer, size integer)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?<![0-9A-Za-zÀ-ɏ])[Ff][Ii] ?[0-9]{2}(?: ?[0-9]{4}){3} ?[0-9]{2}(?![0-9])') f
    CROSS JOIN LATERAL (SELECT substr(replace(f.found, ' ', ''), 3) AS digits) d
    WHERE (substr(d.digits, 3) || '1518' || left(d.digits, 2))::numeric % 97 = 1
$$;

CREATE FUNCTION public.mask_codes(look text) RETURNS TABLE(first integer, size integer)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT h.first, length(h.found) + length(t.rest)
    FROM mask_find(look, '[0-9]{6} {0,2}[-+A-Fa-fU-Yu-y](?= {0,2}[0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y])') h
    CROSS JOIN LATERAL (SELECT substring(substr(look, h.first + length(h.found), 6) FROM '^ *[0-9]{3}[0-9A-Za-z]') AS rest) t
    WHERE is_identity_code(upper(replace(h.found || t.rest, ' ', '') COLLATE "C"))
    UNION ALL
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?<![0-9A-Za-zÀ-ɏ])(?:[0-9]{2}[. ][0-9]{2}[. ][0-9]{2} ?[-+A-Fa-fU-Yu-y] ?[0-9]{3}[0-9A-Za-z]'
        '|[0-9]{6}(?: ?[0-9]{3}[A-Za-z]| [0-9]{4})|[0-9](?: [0-9]){5}(?: ?[-+A-Fa-fU-Yu-y])?(?: ?[0-9])(?: [0-9]){2} [0-9A-Za-z])(?![0-9A-Za-zÀ-ɏ])') f
    CROSS JOIN LATERAL (SELECT upper(translate(f.found, ' .', '') COLLATE "C") AS code) c
    WHERE is_identity_code(c.code) OR length(c.code) = 10
        AND (is_identity_code(overlay(c.code PLACING '-' FROM 7 FOR 0)) OR is_identity_code(overlay(c.code PLACING 'A' FROM 7 FOR 0)))
$$;

CREATE FUNCTION public.mask_emails(look text) RETURNS TABLE(first integer, size integer)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT f.first, length(f.found)
    FROM mask_find(look, '[^][\s@<>(){},;:"\\/|\u00AB\u00BB\u2018-\u201F]+(?: ?@ ?| {0,2}[[({<] ?(?:[aAäÄ][tT]|[aA]|@|miukumauku) ?[])}>] {0,2})'
        '[0-9A-Za-z\u00C0-\u024F\u0370-\u1FFF\u3040-\uD7FF-]+'
        '(?:(?:\.| {0,2}[[({<] ?(?:[dD][oO][tT]|piste|punkt|\.) ?[])}>] {0,2})[0-9A-Za-z\u00C0-\u024F\u0370-\u1FFF\u3040-\uD7FF-]+)*'
        '(?:\.| {0,2}[[({<] ?(?:[dD][oO][tT]|piste|punkt|\.) ?[])}>] {0,2})[A-Za-z\u00C0-\u024F\u0370-\u1FFF\u3040-\uD7FF][0-9A-Za-z\u00C0-\u024F\u0370-\u1FFF\u3040-\uD7FF-]+') f
    WHERE look ~ '@|[[({<] ?(?:[aAäÄ][tT]|[aA]|miukumauku) ?[])}>]'
    UNION ALL
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?:[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)+ (?:at|ät|AT|ÄT) (?:[A-Za-z0-9-]+(?:\.| (?:dot|piste) ))+[A-Za-z]{2,}'
        '|[A-Za-z0-9._+-]+ (?:at|ät|AT|ÄT) (?:gmail|hotmail|outlook|live|yahoo|icloud|luukku|suomi24|elisanet|kolumbus|saunalahti|welho|pp\.inet|netti)(?:\.| (?:dot|piste) )[A-Za-z]{2,})') f
    WHERE look ~ ' (?:at|ät|AT|ÄT) '
$$;

CREATE FUNCTION public.mask_find(look text, pattern text) RETURNS TABLE(first integer, found text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (1 + sum(length(p.piece)) OVER w + sum(length(m.hit[1])) OVER w - length(m.hit[1]))::integer, m.hit[1]
    FROM regexp_matches(look, pattern, 'g') WITH ORDINALITY AS m (hit, n)
    JOIN regexp_split_to_table(look, pattern) WITH ORDINALITY AS p (piece, n) ON p.n = m.n
    WINDOW w AS (ORDER BY m.n)
$$;

CREATE FUNCTION public.mask_house() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT ' {1,2}[0-9]{1,4}(?: ?- ?[0-9]{1,4})?(?![0-9])(?! ?[.:][0-9])(?! ?[-/] ?[0-9])'
        '(?! {0,2}(?:%|€|[eE]uro|km|min|vuo|viik|päiv|kert|kpl|tunti|kuukau|metri|year|month|time|år|gånger|timm|dag|(?:v|vk|pv|kk|h|m)(?![A-Za-zÀ-ɏ])))'
        '(?:,? ?[A-Za-z](?![A-Za-zÀ-ɏ])(?:,? ?[0-9]{1,4}(?![0-9])(?! ?[.:/-][0-9]))?)?'
        '(?:,? ?(?:as|bst|lgh|asunto|lägenhet)\.? ?[0-9]{1,4}(?![0-9]))?'
        '(?:,? {1,2}(?:FI-)?[0-9]{5}(?![0-9])(?: [A-ZÀ-ÖØ-Þ][A-Za-zÀ-ɏ-]+)?)?'
$$;

CREATE FUNCTION public.mask_look(said text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN said ~ '[\u00AD\u0660-\u096F\u2000-\u2012\u2014-\u2015\u2024\u202F-\u2060\u2212\u3000\uFE63-\uFE6B\uFEFF-\uFF39]' THEN translate(said,
        E'\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18\uFF19\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669'
        '\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7\u06F8\u06F9\u0966\u0967\u0968\u0969\u096A\u096B\u096C\u096D\u096E\u096F'
        '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uFE63\uFF0D\uFF0B\uFF20\uFE6B\uFF0E\u2024\uFF08\uFF09\uFF0F'
        '\u00A0\u00AD\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u200B\u200C\u200D\u202F\u205F\u2060\u3000\uFEFF'
        '\uFF21\uFF22\uFF23\uFF24\uFF25\uFF26\uFF28\uFF2A\uFF2B\uFF2C\uFF2D\uFF2E\uFF30\uFF32\uFF33\uFF34\uFF35\uFF36\uFF37\uFF38\uFF39',
        '0123456789012345678901234567890123456789----------+@@..()/'
        '                     abcdefhjklmnprstuvwxy') ELSE replace(replace(said, '–', '-'), U&'\00A0', ' ') END
$$;

CREATE FUNCTION public.mask_phones(look text) RETURNS TABLE(first integer, size integer)
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    run record;
    gaps text[]; parts text[]; starts integer[];
    i integer; last integer; form text; opening integer;
BEGIN
    FOR run IN SELECT f.first, f.found FROM mask_find(look, '[+(]{0,2}[0-9]+(?:[ ./()-]{1,3}\+?[0-9]+)*') f
               WHERE length(translate(f.found, ' ./()-+', '')) >= 5 LOOP
        SELECT array_agg(h.hit[1] ORDER BY h.n), array_agg(h.hit[2] ORDER BY h.n) INTO gaps, parts
        FROM regexp_matches(run.found, '([^0-9]*)([0-9]+)', 'g') WITH ORDINALITY h (hit, n);
        SELECT array_agg(x.at ORDER BY x.n) INTO starts
        FROM (SELECT n, run.first + (sum(length(gaps[n]) + length(parts[n])) OVER (ORDER BY n))::integer - length(parts[n]) AS at
              FROM generate_subscripts(parts, 1) n) x;
        i := 1;
        WHILE i <= cardinality(parts) LOOP
            form := phone_form(gaps[i], parts[i], parts[i + 1], CASE i WHEN 1 THEN substr(look, greatest(run.first - 24, 1), least(24, run.first - 1)) END);
            last := phone_end(form, i, gaps, parts);
            -- Neither a sum after such a word, nor an identity code that is written wrong.
            IF last IS NULL OR form = 'cue' AND substr(look, starts[last] + length(parts[last]), 6) ~ '^ ?(?:€|%|[eE]uro|km|kert|vuo|min)'
                OR length(parts[i]) = 6 AND length(parts[i + 1]) = 3 AND gaps[i + 1] LIKE '%-%'
                AND substr(look, starts[i + 1] + 3, 1) ~ '[A-Za-z]' THEN
                i := i + 1;
            ELSE
                -- With its plus, and with a bracket that is closed in it.
                opening := CASE WHEN gaps[i] LIKE '%(' AND array_to_string(gaps[i + 1:last], '') NOT LIKE '%)%' THEN length(substring(gaps[i] FROM '\+*\($')) - 1
                                ELSE length(substring(gaps[i] FROM '[+(]*$')) END;
                first := starts[i] - opening;
                size := starts[last] + length(parts[last]) - first;
                RETURN NEXT;
                i := last + 1;
            END IF;
        END LOOP;
    END LOOP;
END
$_$;

CREATE FUNCTION public.mask_place_ends() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT 'polku|kaari|ranta|väylä|raitti|rinne|kierto|kulma|laita|aukio|tori|penger|bulevardi|esplanadi|puistikko|tanhua|törmä|mäki'
        '|syrjä|piha|linja|silta|portti|pelto|niitty|kallio|harju|POLKU|KAARI|RANTA|VÄYLÄ|RAITTI|RINNE|KIERTO|KULMA|AUKIO|TORI|PENGER|MÄKI'
        '|bågen|stranden|allén|torget|svängen|backen|brinken|esplanaden|kajen|stråket|planen|parken|ringen|kroken'
        '|(?:kadu|kuja|polu|kaare|raiti)l(?:la|ta|le)|(?:tie|väylä|rintee)l(?:lä|tä|le)'
$$;

CREATE FUNCTION public.mask_street_ends() RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '[kK][aA][tT][uU]|[tT][iI][eE]|[kK][uU][jJ][aA]|[gG][aA][tT][aA][nN]?|[vV][äÄ][gG][eE][nN]|[gG][rR][äÄ][nN][dD](?:[eE][nN])?|stigen|STIGEN'
$$;

CREATE FUNCTION public.mask_streets(look text) RETURNS TABLE(first integer, size integer)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?:[A-Za-zÀ-ɏ\u0300-\u036F-]*[A-Za-zÀ-ɏ\u0300-\u036F](?:' || mask_street_ends() || ')'
        '|[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ɏ\u0300-\u036F-]*(?:' || mask_place_ends() || '))' || mask_house()) f
    WHERE f.found !~* ('^(?:[^ ]*(?:valta|kanta|seutu|maan|moottori|yhdys|rauta|kehä|hengitys|virtsa|sappi|nenä|ilma|suoli|synnytys)tie|'
        '[^ ]*(?:hoito|palvelu|potilas|asiakas|kuntoutus|oppimis|ura|elämän)(?:polku|kaari)|(?:uima|vene)ranta|[^ ]*(?:lääkärin|lääke|hoitajan)kierto|'
        '(?:auntie|katie|cutie|sortie|necktie|hottie|smartie|christie|kirstie)|[^ ]*(?:luft|urin|gall|motor|riks|järn)vägen) ')
    UNION ALL
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?:[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ɏ''-]* )?[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ɏ-]*n '
        '(?:katu|tie|kuja|polku|kaari|ranta|väylä|aukio|tori|raitti|kierto|puistikko|esplanadi|rinne|portti|linja)' || mask_house()) f
$$;

CREATE FUNCTION public.mask_word(kind text, lang text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE kind || ' ' || CASE WHEN lang IN ('sv', 'en') THEN lang ELSE 'fi' END
        WHEN 'account fi' THEN '[tilinumero]' WHEN 'account sv' THEN '[kontonummer]' WHEN 'account en' THEN '[account number]'
        WHEN 'code fi' THEN '[henkilötunnus]' WHEN 'code sv' THEN '[personbeteckning]' WHEN 'code en' THEN '[identity code]'
        WHEN 'phone fi' THEN '[puhelinnumero]' WHEN 'phone sv' THEN '[telefonnummer]' WHEN 'phone en' THEN '[phone number]'
        WHEN 'email fi' THEN '[sähköposti]' WHEN 'email sv' THEN '[e-postadress]' WHEN 'email en' THEN '[email address]'
        WHEN 'street fi' THEN '[osoite]' WHEN 'street sv' THEN '[adress]' WHEN 'street en' THEN '[address]' END
$$;

CREATE FUNCTION public.member_again(new_id uuid, of_panel uuid, hash bytea, request bytea, may_apply boolean) RETURNS TABLE(panel_id uuid, made_on date, request_hash bytea, is_replayed boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    earlier uuid;
BEGIN
    PERFORM FROM panel p WHERE p.id = of_panel AND hash IS NOT NULL FOR NO KEY UPDATE;
    IF may_apply AND hash IS NOT NULL AND NOT EXISTS (SELECT FROM member m WHERE m.id = new_id) AND NOT EXISTS (SELECT FROM person_repeat t WHERE t.id = new_id) THEN
        SELECT m.id INTO earlier
        FROM person p
        CROSS JOIN LATERAL (
            SELECT x.id, x.applied_on FROM member x WHERE x.id = p.id AND x.panel_id = of_panel OFFSET 0
        ) m
        WHERE p.address_hash = hash AND p.ended_on IS NULL
        ORDER BY m.applied_on, m.id
        LIMIT 1;
    END IF;
    IF earlier IS NOT NULL THEN
        INSERT INTO person_repeat (id, person_id, request_hash) VALUES (new_id, earlier, request);
        PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
    END IF;
    RETURN QUERY SELECT m.panel_id, t.made_on, t.request_hash, earlier IS NULL FROM person_repeat t JOIN member m ON m.id = t.person_id WHERE t.id = new_id;
END
$$;

CREATE FUNCTION public.member_breach(m public.member, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN wanted IN ('eligible', 'active') AND member_is_double(m.id) THEN 'member_is_once_in_panel'
        WHEN wanted = 'active' AND p.state IN ('ended', 'evaluated') THEN 'panel_is_over'
        WHEN wanted = 'active' AND m.state = 'selected' AND m.answer_by < app_today() THEN 'member_answer_is_late'
        WHEN wanted IN ('eligible', 'active') AND place_breach(p.kind, p.rules, m) IS NOT NULL THEN place_breach(p.kind, p.rules, m)
        WHEN wanted = 'active' AND m.state = 'nominated' AND m.role <> 'facilitator' AND panel_room(p.id) < 1 THEN 'panel_has_room' END
    FROM panel p WHERE p.id = m.panel_id
$$;

CREATE FUNCTION public.member_comes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.came_by = 'nomination' AND NEW.state = 'applied' THEN
        NEW.state := 'nominated';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.member_dates() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    CASE NEW.state
        WHEN 'selected' THEN NEW.answer_by := app_today() + rule_value('member_answer_days');
        WHEN 'active' THEN NEW.from_on := app_today(); NEW.answer_by := NULL;
        WHEN 'ceased' THEN NEW.until_on := greatest(least(coalesce(NEW.until_on, app_today()), app_today()), NEW.from_on);
        ELSE NEW.answer_by := NULL;
    END CASE;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.member_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    seated uuid[];
    breach text;
    is_full boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(n.id) INTO seated FROM new_member n WHERE n.state IN ('selected', 'active');
    ELSE
        SELECT array_agg(n.id) INTO seated FROM new_member n JOIN old_member o USING (id)
        WHERE n.state IN ('selected', 'active') AND (o.state NOT IN ('selected', 'active') OR o.role <> n.role);
    END IF;
    IF seated IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM panel p WHERE p.id IN (SELECT m.panel_id FROM member m WHERE m.id = ANY (seated)) ORDER BY p.id FOR NO KEY UPDATE;
    SELECT min(place_breach(p.kind, p.rules, m)), bool_or(panel_room(p.id) < 0) INTO breach, is_full
    FROM member m JOIN panel p ON p.id = m.panel_id WHERE m.id = ANY (seated) AND m.role <> 'facilitator';
    IF breach = 'member_is_not_staff' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'member_is_not_staff', MESSAGE = 'member_is_not_staff';
    ELSIF breach = 'member_is_not_in_statutory_body' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'member_is_not_in_statutory_body', MESSAGE = 'member_is_not_in_statutory_body';
    ELSIF is_full THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_has_room', MESSAGE = 'panel_has_room';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.member_has_place(m public.member) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT m.state IN ('selected', 'active') AND m.role <> 'facilitator'
$$;

CREATE FUNCTION public.member_is_checked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, CASE WHEN b.breach IS NULL THEN 'eligible' ELSE 'ineligible' END, 'system', b.breach, m.version + 1
    FROM new_member n
    JOIN member m ON m.id = n.id
    JOIN panel p ON p.id = m.panel_id
    CROSS JOIN LATERAL (SELECT place_breach(p.kind, p.rules, m) AS breach) b
    WHERE m.state = 'applied' AND (b.breach IS NOT NULL OR NOT p.checks_by_hand AND NOT member_is_double(m.id));
    RETURN NULL;
END
$$;

CREATE FUNCTION public.member_is_double(member_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce((SELECT address_in_panel(m.panel_id, p.address_hash, m.id) FROM member m JOIN person p ON p.id = m.id WHERE m.id = member_id), false)
$$;

CREATE FUNCTION public.member_jobs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', day_start(w.day + 1), n.id, jsonb_build_object('phase', w.phase), w.phase || ':' || n.id || ':' || w.day
    FROM new_member n
    CROSS JOIN LATERAL (VALUES ('member_answer', n.answer_by, n.state = 'selected'), ('member_end', n.until_on, n.state = 'active')) w (phase, day, is_wanted)
    WHERE w.is_wanted AND w.day IS NOT NULL
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.member_leaves_room() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM panel_fill(f.panel_id), tell_empty_place(f.panel_id, f.key)
    FROM (SELECT n.panel_id, min(n.id || ':' || n.version) AS key FROM new_member n JOIN old_member o USING (id)
          WHERE o.state IN ('selected', 'active') AND (n.state NOT IN ('selected', 'active') OR n.role = 'facilitator' AND o.role <> 'facilitator')
          GROUP BY n.panel_id
          ORDER BY n.panel_id) f;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.member_outlived(m public.member) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce((SELECT x.reason = 'panel_is_over' FROM step x WHERE x.resource = 'member' AND x.subject = m.id ORDER BY x.version DESC LIMIT 1), false)
$$;

CREATE FUNCTION public.member_person() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET ended_on = CASE WHEN NEW.state IN ('ineligible', 'not_selected', 'declined', 'withdrawn', 'ceased') THEN app_today() END
    WHERE p.id = NEW.id;
    IF NEW.state IN ('declined', 'not_selected') AND (SELECT p.state = 'ended' FROM panel p WHERE p.id = NEW.panel_id) THEN
        PERFORM mail_person(ARRAY[NEW.id], 'panel_over', NEW.version::text);
    ELSIF NEW.state = 'selected' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'member_selected', NEW.version::text);
    ELSIF NEW.state IN ('ineligible', 'not_selected', 'reserve') OR OLD.state = 'ineligible' THEN
        PERFORM mail_person(ARRAY[NEW.id], 'person_news', 'member:' || NEW.version);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.member_person_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM member_name n USING old_person o WHERE n.member_id = o.id;
    PERFORM FROM panel p WHERE p.id IN (SELECT m.panel_id FROM member m JOIN old_person o USING (id)) ORDER BY p.id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, w.to_state, 'member', 'person_is_erased', m.version + 1
    FROM old_person o
    JOIN member m USING (id)
    CROSS JOIN LATERAL (SELECT CASE m.state WHEN 'active' THEN 'ceased' WHEN 'selected' THEN 'declined' WHEN 'nominated' THEN 'declined' WHEN 'applied' THEN 'withdrawn'
                                            WHEN 'eligible' THEN 'withdrawn' WHEN 'reserve' THEN 'withdrawn' END AS to_state) w
    WHERE w.to_state IS NOT NULL;
    UPDATE member m
    SET municipality = NULL, age_band = NULL, gender = NULL, lang = NULL, is_staff = false, in_statutory_body = false, request_hash = NULL
    FROM old_person o WHERE m.id = o.id;
    UPDATE panel_selection s
    SET candidates = (SELECT jsonb_agg(CASE WHEN (c.one ->> 'id')::uuid IN (SELECT o.id FROM old_person o) THEN c.one || '{"attributes": null}' ELSE c.one END
                                       ORDER BY c.place)
                      FROM jsonb_array_elements(s.candidates) WITH ORDINALITY c (one, place))
    FROM (SELECT DISTINCT m.panel_id, m.selection_n FROM member m JOIN old_person o USING (id)) w
    WHERE s.panel_id = w.panel_id AND s.n = w.selection_n;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.message_has_a_giver() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM new_message n JOIN feedback f ON f.id = n.feedback_id WHERE f.is_erased) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'message_has_a_giver', MESSAGE = 'message_has_a_giver';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.message_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.sent_on), 'feedback.message', 'feedback', n.feedback_id, f.unit_id, f.version,
        jsonb_build_object('author', n.author, 'kind', n.kind, 'n', n.n)
    FROM new_message n JOIN feedback f ON f.id = n.feedback_id;
    -- An answer is for those who follow too; what else staff write is for the giver alone.
    PERFORM mail_giver(with_followers(array_agg(n.feedback_id) FILTER (WHERE n.kind = 'answer'))
        || array_agg(n.feedback_id) FILTER (WHERE n.kind <> 'answer'), 'case_news', 'message')
    FROM new_message n WHERE n.author = 'staff' HAVING count(*) > 0;
    PERFORM mail_staff(n.feedback_id, 'giver_wrote', 'handler', n.id::text) FROM new_message n WHERE n.author = 'giver';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.missing_variants(c public.change) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('language', w.tag, 'texts', w.texts) ORDER BY w.place), '[]')
    FROM (
        SELECT l.tag, l.place, jsonb_agg(t.name ORDER BY t.place) AS texts
        FROM wanted_language l
        CROSS JOIN (VALUES (1, 'title', c.title), (2, 'said', c.said), (3, 'done', c.done),
            (4, 'reason', CASE WHEN c.state IN ('rejected', 'delayed', 'abandoned') THEN c.state_reasons ELSE '{}' END)) AS t (place, name, variants)
        WHERE t.variants <> '{}' AND NOT t.variants ? l.tag
        GROUP BY l.tag, l.place
    ) w
$$;

CREATE FUNCTION public.month_start(day date) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT date_trunc('month', day::timestamp)::date
$$;

CREATE FUNCTION public.monthly_days(first_on date, times integer, week integer, weekday integer, month_day integer) RETURNS SETOF date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT d.day
    FROM generate_series(0, times) k
    CROSS JOIN LATERAL (SELECT (date_trunc('month', first_on::timestamp) + make_interval(months => k))::date AS begins) b
    CROSS JOIN LATERAL (SELECT (b.begins + interval '1 month')::date - 1 AS ends) e
    CROSS JOIN LATERAL (SELECT CASE
        WHEN month_day IS NOT NULL THEN least(b.begins + month_day - 1, e.ends)
        WHEN week = 5 THEN e.ends - (extract(isodow FROM e.ends)::integer - weekday + 7) % 7
        ELSE b.begins + (weekday - extract(isodow FROM b.begins)::integer + 7) % 7 + 7 * (week - 1) END AS day) d
    WHERE d.day >= first_on
    ORDER BY d.day
    LIMIT times
$$;

CREATE FUNCTION public.months_of_term(starts_on date, ends_on date) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (extract(year FROM a) * 12 + extract(month FROM a))::bigint + (extract(day FROM a) > 0)::int
    FROM age(ends_on + 1, starts_on) a
$$;

CREATE FUNCTION public.moving_resource_written() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
BEGIN
    EXECUTE (
        SELECT format($function$
CREATE OR REPLACE FUNCTION step_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $step_moves$
-- Written by moving_resource_written().
#variable_conflict use_column
DECLARE
    of_resource text;
    moved_rows bigint;
BEGIN
    FOR of_resource IN SELECT r.resource FROM moving_resource r WHERE r.resource IN (SELECT n.resource FROM new_step n) ORDER BY r.resource LOOP
        CASE of_resource
%s
        END CASE;
        IF moved_rows <> (SELECT count(*) FROM new_step n WHERE n.resource = of_resource) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$step_moves$
$function$, string_agg(format($branch$
        WHEN %1$L THEN
            WITH moved AS (
                UPDATE %1$I x SET state = n.to_state FROM new_step n
                WHERE n.resource = %1$L AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, %2$s AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = %1$L AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;$branch$, r.resource, r.unit_sql), '' ORDER BY r.resource))
        FROM moving_resource r);
    RETURN NULL;
END
$_$;

CREATE FUNCTION public.news_fields(names text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('name', v, 'type', 'check', 'label', personal_text('open_' || v)) ORDER BY n) FROM unnest(names) WITH ORDINALITY x (v, n)
$$;

CREATE FUNCTION public.next_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.notice_forget() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = OLD.address_hash ORDER BY 1 LIMIT 1);
    same uuid := (SELECT p.id FROM person p WHERE p.address_hash = OLD.address_hash AND p.id <> OLD.id ORDER BY 1 LIMIT 1);
    heir uuid := CASE WHEN other IS NULL THEN same END;
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up u SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE u.person_id = OLD.id;
    UPDATE notice n SET feedback_id = other, person_id = heir WHERE n.person_id = OLD.id AND n.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE follow_up u SET feedback_id = other, person_id = heir WHERE u.person_id = OLD.id AND u.contributor = OLD.address_hash AND coalesce(other, heir) IS NOT NULL;
    UPDATE notice n SET contributor = sha256(salt || n.contributor) WHERE n.person_id = OLD.id;
    UPDATE follow_up u SET contributor = sha256(salt || u.contributor) WHERE u.person_id = OLD.id;
    UPDATE mail m SET person_id = NULL, unsubscribe_hash = NULL WHERE m.person_id = OLD.id AND m.template = 'follow_up' AND m.state <> 'queued';
    UPDATE mail m SET person_id = same WHERE m.person_id = OLD.id AND m.template = 'person_digest' AND m.state = 'queued' AND same IS NOT NULL;
    RETURN OLD;
END
$$;

CREATE FUNCTION public.observation_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO event (at, type, resource, subject, unit_id, version, data)
    SELECT day_start(n.noted_on), 'observation.noted', 'observation', n.id, n.unit_id, 1, '{"who": "expert"}' FROM new_row n;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.offer_follows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.answered_at := app_now();
    RETURN NEW;
END
$$;

CREATE FUNCTION public.offer_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, caller_id, version)
    SELECT gen_random_uuid(), 'booking', b.id, b.state, 'offered', 'coordinator', acting_caller(), b.version + 1
    FROM booking b WHERE b.id IN (SELECT n.booking_id FROM new_offer n) AND b.state <> 'offered'
    ORDER BY b.id;
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', n.expires_at, n.id, '{"phase": "offer_expires"}', 'offer_expires:' || n.id FROM new_offer n;
    PERFORM mail_offers(ARRAY(SELECT n.id FROM new_offer n), 'offer_made');
    RETURN NULL;
END
$$;

CREATE FUNCTION public.offer_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_offers(array_agg(n.id), 'offer_over') FROM new_offer n JOIN old_offer o USING (id) WHERE n.state = 'withdrawn' AND o.state = 'sent' HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'booking', b.id, 'offered', w.wanted, 'system', b.version + 1
    FROM (SELECT n.booking_id, CASE WHEN bool_or(n.state = 'accepted') THEN 'confirmed' ELSE 'unfilled' END AS wanted
          FROM new_offer n JOIN old_offer o USING (id) WHERE o.state = 'sent' AND n.state <> 'sent' GROUP BY n.booking_id) w
    JOIN booking b ON b.id = w.booking_id AND b.state = 'offered'
    WHERE w.wanted = 'confirmed' OR NOT EXISTS (SELECT FROM offer x WHERE x.booking_id = b.id AND x.state = 'sent')
    ORDER BY b.id;
    UPDATE person p SET ended_on = app_today() FROM new_offer n WHERE p.id = n.id AND n.state <> 'sent' AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;

CREATE TABLE public.offer (
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    expert_id uuid NOT NULL,
    state text DEFAULT 'sent'::text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    made_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    answered_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT offer_state CHECK ((state = ANY (ARRAY['sent'::text, 'accepted'::text, 'declined'::text, 'expired'::text, 'withdrawn'::text])))
);

CREATE FUNCTION public.offer_part(o public.offer, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT x.part || jsonb_build_object(
        'texts', (x.part -> 'texts') || CASE WHEN w.is_open AND w.breach IS NULL AND is_outside_hours(b, o.expert_id)
            AND EXISTS (SELECT FROM availability a WHERE a.expert_id = o.expert_id) THEN page_list(personal_text('offer_outside_hours')) ELSE '[]' END,
        'acts', CASE WHEN NOT w.is_open THEN '[]' ELSE (
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_offer_transition', 'values', jsonb_build_object('id', o.id, 'to', a.wanted),
                'quiet', a.wanted = 'declined', 'button', personal_text('offer_act_' || a.wanted)) ORDER BY a.wanted)
            FROM (VALUES ('accepted'), ('declined')) a (wanted) WHERE a.wanted = 'declined' OR w.breach IS NULL) END)
    FROM booking b
    JOIN expert e ON e.id = o.expert_id
    CROSS JOIN LATERAL (SELECT y.is_open, o.state = 'accepted' AND b.expert_id = o.expert_id AS is_theirs,
        CASE WHEN y.is_open THEN booking_expert_breach(b, e, false) END AS breach FROM (SELECT o.state = 'sent' AND o.expires_at > app_now() AS is_open) y) w
    CROSS JOIN LATERAL (SELECT booking_part(CASE WHEN w.is_theirs THEN b ELSE jsonb_populate_record(b, '{"online_url": null}') END, tag,
        CASE WHEN w.is_theirs AND b.state <> 'confirmed' THEN booking_told(b)
             WHEN w.breach IS NOT NULL THEN personal_text('offer_cannot_' || w.breach)
             WHEN o.state = 'accepted' AND NOT EXISTS (SELECT FROM person p WHERE p.id = o.expert_id AND p.has_address) THEN personal_text('offer_accepted_unmailed')
             ELSE personal_text('offer_' || CASE WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END) END,
        CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END) AS part) x
    WHERE b.id = o.booking_id
$$;

CREATE FUNCTION public.offers_answered(step_ids uuid[], hashes bytea[], links bytea[], offers uuid[], bodies jsonb[]) RETURNS TABLE(n bigint, id uuid, state text, version bigint, is_replayed boolean, problem text, members jsonb)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    pending bigint[] := ARRAY(SELECT generate_subscripts(step_ids, 1));
    slots jsonb := '{}';
    slot text;
    r record;
BEGIN
    PERFORM act_as(NULL);
    PERFORM lock_answers(offers);
    WHILE pending <> '{}' LOOP
        FOR r IN
            WITH judged AS MATERIALIZED (
                SELECT i.n, i.step_id, i.hash, i.body ->> 'to' AS wanted, o AS offer, b.starts_at, b.ends_at, s.id IS NOT NULL AS is_replayed,
                    CASE WHEN o.id IS NULL THEN 'not_found'
                         WHEN s.id IS NOT NULL THEN CASE WHEN s.request_hash IS DISTINCT FROM i.hash OR s.subject <> o.id THEN 'idempotency_key_reused' END
                         WHEN o.state IN ('accepted', 'declined') THEN 'offer_is_answered'
                         WHEN o.state <> 'sent' OR o.expires_at <= app_now() THEN 'offer_has_ended'
                         WHEN i.body ->> 'to' = 'accepted' THEN booking_expert_breach(b, e, false) END AS problem
                FROM unnest(step_ids, hashes, links, offers, bodies) WITH ORDINALITY i (step_id, hash, link, offer_id, body, n)
                LEFT JOIN person p ON p.token_hash = i.link
                LEFT JOIN offer o ON o.id = i.offer_id AND p.id IN (o.id, o.expert_id)
                LEFT JOIN booking b ON b.id = o.booking_id
                LEFT JOIN expert e ON e.id = o.expert_id
                LEFT JOIN step s ON s.id = i.step_id
                WHERE i.n = ANY (pending)
            ), chosen AS (
                SELECT j.*, j.problem IS NOT NULL OR j.is_replayed AS is_known,
                    j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.offer).expert_id)
                        AND j.n = min(j.n) FILTER (WHERE j.problem IS NULL AND NOT j.is_replayed) OVER (PARTITION BY (j.offer).booking_id) AS is_first
                FROM judged j
            ), moved AS (
                INSERT INTO step (id, resource, subject, from_state, to_state, who, version, request_hash)
                SELECT c.step_id, 'offer', (c.offer).id, 'sent', c.wanted, 'expert', (c.offer).version + 1, c.hash
                FROM chosen c WHERE c.is_first AND NOT c.is_known ORDER BY c.n
            )
            SELECT c.n, c.offer, c.starts_at, c.ends_at, CASE WHEN c.is_known THEN (c.offer).state ELSE c.wanted END AS state,
                (c.offer).version + (NOT c.is_known)::integer AS version, c.is_replayed, c.problem
            FROM chosen c WHERE c.is_first OR c.is_known
        LOOP
            n := r.n; id := (r.offer).id; state := r.state; version := r.version; is_replayed := r.is_replayed; problem := r.problem; members := NULL;
            IF problem = 'expert_is_booked' THEN -- many may ask for the same: it is looked up once
                slot := concat_ws(' ', (r.offer).expert_id, r.starts_at, r.ends_at);
                IF NOT slots ? slot THEN
                    slots := slots || jsonb_build_object(slot, booking_free_slots((r.offer).expert_id, r.starts_at, r.ends_at));
                END IF;
                members := jsonb_build_object('free', slots -> slot);
            END IF;
            RETURN NEXT;
            pending := array_remove(pending, r.n);
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION public.open_consultation(row_id uuid, tag text, sent jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('divided_title'), 'texts', page_list(personal_text('divided_words')),
        'facts', page_facts(jsonb_build_array('open_consultation', page_words(c.title, tag))), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(c.title, tag), 'has_easy', is_in_easy_finnish(c.title, c.description),
        'texts', page_list(page_words(c.description, tag), CASE WHEN NOT takes THEN personal_text('hearing_over') WHEN c.kind <> 'budget' THEN personal_text('hearing_how') END),
        'facts', page_facts(jsonb_build_array('hearing_item', page_words(d.item, tag)), jsonb_build_array('hearing_by', d.decided_by),
            jsonb_build_array('hearing_on', page_day(d.decides_on)), jsonb_build_array('ballot_due', page_day(c.due_on)),
            jsonb_build_array('ballot_sum', CASE WHEN takes AND c.kind = 'budget' THEN personal_text('ballot_euros', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, left(tag, 2)))) END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes AND c.kind = 'budget' THEN jsonb_build_array(jsonb_build_object('operation', 'budget_answer_create', 'title', personal_text('ballot_title'),
            'button', personal_text('ballot_send'),
            'texts', page_list(personal_text('ballot_how', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, left(tag, 2)))),
                personal_text('ballot_open'), budget_given(c.budget, sent -> 'posted', left(tag, 2))),
            'fields', budget_fields(c.budget, tag))) ELSE '[]' END,
        'links', coalesce((SELECT jsonb_agg(jsonb_build_object('path', concat('/opportunities/', s.id, '?language=', tag), 'text', page_words(s.title, tag) -> 'text') ORDER BY s.starts_at, s.id)
            FROM session s WHERE takes AND registration_breach(s) IS NULL
                AND s.id IN (SELECT (h ->> 'id')::uuid FROM jsonb_array_elements(c.heard_through) h WHERE h ->> 'resource' = 'session')), '[]'),
        'more', open_more(tag)) END
    FROM consultation c
    JOIN decision d ON d.id = c.decision_id
    JOIN unit u ON u.id = d.unit_id
    CROSS JOIN LATERAL (SELECT consultation_takes_answers(c) AS takes) x
    WHERE c.id = row_id AND c.is_open AND c.state NOT IN ('draft', 'cancelled')
$$;

CREATE TABLE public.panel (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    service_id uuid,
    kind text NOT NULL,
    name jsonb NOT NULL,
    purpose jsonb DEFAULT '{}'::jsonb NOT NULL,
    level text GENERATED ALWAYS AS (
CASE kind
    WHEN 'co_development'::text THEN 'development'::text
    ELSE 'dialogue'::text
END) STORED NOT NULL,
    is_statutory boolean GENERATED ALWAYS AS ((kind = ANY (ARRAY['youth_council'::text, 'elderly_council'::text, 'disability_council'::text]))) STORED NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    starts_on date,
    ends_on date,
    rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    evaluation jsonb DEFAULT '{}'::jsonb NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    recruits_until date,
    checks_by_hand boolean DEFAULT true NOT NULL,
    quota jsonb DEFAULT '[]'::jsonb NOT NULL,
    changed_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    CONSTRAINT panel_ends_after_it_starts CHECK ((ends_on >= starts_on)),
    CONSTRAINT panel_evaluation_is_by_language CHECK (public.is_language_map(evaluation)),
    CONSTRAINT panel_has_evaluation CHECK (((state <> 'evaluated'::text) OR (evaluation <> '{}'::jsonb))),
    CONSTRAINT panel_kind CHECK ((kind = ANY (ARRAY['client_panel'::text, 'online_panel'::text, 'youth_council'::text, 'elderly_council'::text, 'disability_council'::text, 'residents_meeting'::text, 'steering_group'::text, 'co_development'::text]))),
    CONSTRAINT panel_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb))),
    CONSTRAINT panel_purpose_is_by_language CHECK (public.is_language_map(purpose)),
    CONSTRAINT panel_recruits_before_it_ends CHECK ((recruits_until <= ends_on)),
    CONSTRAINT panel_rules_are_known CHECK (public.are_panel_rules(rules)),
    CONSTRAINT panel_state CHECK ((state = ANY (ARRAY['draft'::text, 'recruiting'::text, 'active'::text, 'paused'::text, 'ended'::text, 'evaluated'::text])))
);

CREATE FUNCTION public.open_draws(p public.panel, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('draw_title'), 'texts', page_list(personal_text('draw_how')),
        'facts', jsonb_agg(jsonb_build_object('name', CASE WHEN d.seed IS NULL THEN personal_text('draw_hash')
            ELSE personal_text('draw_seed', jsonb_build_object('n', d.n, 'day', page_day(d.made_on))) END, 'value', coalesce(d.seed, d.seed_hash)) ORDER BY d.n DESC),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/panels/' || p.id || '/draws', 'text', personal_text('draw_document'))))
    FROM (SELECT x.* FROM panel_draws(p.id) x ORDER BY x.n DESC LIMIT 5) d
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.open_expert_call(row_id uuid, tag text, sent jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('applied_title'), 'texts', page_list(personal_text('expert_applied_words')),
        'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(c.title, tag), 'has_easy', is_in_easy_finnish(c.title, c.about),
        'texts', page_list(page_words(nullif(c.about, '{}'), tag), CASE WHEN NOT takes THEN personal_text('expert_apply_over') END),
        'facts', page_facts(jsonb_build_array('apply_until', CASE WHEN takes THEN page_day(c.until_on) END), jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes THEN jsonb_build_array(expert_call_form(tag)) ELSE '[]' END,
        'items', CASE WHEN takes THEN jsonb_build_array(open_privacy('expert_apply_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM expert_call c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL (SELECT expert_call_takes(c) AS takes) x
    WHERE c.id = row_id
$$;

CREATE FUNCTION public.open_form(code text) RETURNS TABLE(id uuid, name jsonb, form_code text)
    LANGUAGE sql STABLE
    AS $$
    SELECT u.id, u.name, u.form_code FROM unit u WHERE u.form_code = lower(code) AND u.has_form AND is_open(u.closed_on)
$$;

CREATE FUNCTION public.open_link(reply jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('open_link'),
        'texts', page_list(personal_text(CASE WHEN reply ? 'link' THEN 'open_link_keep' ELSE 'open_link_mailed' END)),
        'links', CASE WHEN reply ? 'link' THEN jsonb_build_array(jsonb_build_object('path', reply -> 'link', 'text', personal_text('open_link_open'), 'written', true))
                      ELSE '[]' END)
$$;

CREATE FUNCTION public.open_more(tag text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_build_array(jsonb_build_object('path', '/opportunities?language=' || left(tag, 2), 'text', personal_text('open_more')))
$$;

CREATE FUNCTION public.open_page(row_id uuid, tag text, sent jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $_$
DECLARE
    kind_name text;
    found jsonb;
BEGIN
    FOR kind_name IN SELECT k.kind FROM open_kind k ORDER BY k.kind LOOP
        EXECUTE format('SELECT open_%s($1, $2, $3)', kind_name) INTO found USING row_id, tag, sent;
        EXIT WHEN found IS NOT NULL;
    END LOOP;
    RETURN found;
END
$_$;

CREATE FUNCTION public.open_panel(row_id uuid, tag text, sent jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text('applied_title'), 'texts', page_list(personal_text('applied_words')),
        'facts', page_facts(jsonb_build_array('open_panel', page_words(p.name, tag))), 'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE jsonb_build_object('title', page_words(p.name, tag), 'has_easy', is_in_easy_finnish(p.name, p.purpose),
        'texts', page_list(page_words(p.purpose, tag), CASE WHEN NOT takes THEN personal_text('apply_over') END),
        'facts', page_facts(jsonb_build_array('apply_until', CASE WHEN takes THEN page_day(p.recruits_until) END),
            jsonb_build_array('panel_starts', page_day(p.starts_on)), jsonb_build_array('panel_ends', page_day(p.ends_on)),
            jsonb_build_array('panel_size', nullif(panel_number(p.kind, p.rules, 'size'), 0)::text),
            jsonb_build_array('panel_meetings', nullif(panel_number(p.kind, p.rules, 'meetings_a_year'), 0)::text),
            jsonb_build_array('panel_not', CASE WHEN no_staff AND no_statutory THEN personal_text('panel_no_staff_nor_statutory') WHEN no_staff THEN personal_text('panel_no_staff')
                WHEN no_statutory THEN personal_text('panel_no_statutory') END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN takes THEN jsonb_build_array(panel_form(p, tag)) ELSE '[]' END,
        'items', page_list(CASE WHEN takes THEN open_privacy('apply_privacy') END, open_draws(p, tag)), 'more', open_more(tag)) END
    FROM panel p
    JOIN unit u ON u.id = p.unit_id
    CROSS JOIN LATERAL (SELECT p.state = 'recruiting' AND coalesce(p.recruits_until >= app_today(), true) AS takes,
        panel_number(p.kind, p.rules, 'no_staff') > 0 AS no_staff, panel_number(p.kind, p.rules, 'no_statutory_members') > 0 AS no_statutory) x
    WHERE p.id = row_id AND panel_is_shown(p)
$$;

CREATE FUNCTION public.open_privacy(VARIADIC names text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('open_privacy'), 'texts',
        (SELECT jsonb_agg(personal_text(x.name) ORDER BY x.n) FROM unnest(names) WITH ORDINALITY x (name, n))
            || page_list(personal_text('open_privacy_address'), personal_text('open_privacy_end', jsonb_build_object('days', r.days)), personal_text('open_privacy_erase')))
    FROM retention r WHERE r.class = 'people'
$$;

CREATE FUNCTION public.open_session(row_id uuid, tag text, sent jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN sent ? 'reply' THEN jsonb_build_object('title', personal_text(came.title), 'texts', page_list(personal_text(came.words)),
        'facts', page_facts(jsonb_build_array('open_session', part -> 'title')) || (part -> 'facts'),
        'items', jsonb_build_array(open_link(sent -> 'reply')), 'more', open_more(tag))
    ELSE part || jsonb_build_object('has_easy', is_in_easy_finnish(s.title, s.description),
        'texts', (part -> 'texts') || page_list(CASE WHEN s.state <> 'cancelled' AND breach IS NOT NULL THEN personal_text('register_over') END,
            CASE WHEN breach IS NULL AND is_full THEN personal_text('register_full') END),
        'facts', (part -> 'facts') || page_facts(
            jsonb_build_array('session_afar', CASE WHEN s.is_online AND breach IS NULL THEN personal_text('session_afar_yes') END),
            jsonb_build_array('session_support', session_supports(s)),
            jsonb_build_array('register_left', CASE WHEN breach IS NULL AND p.capacity IS NOT NULL THEN
                personal_text('register_left_' || CASE WHEN is_full THEN 'none' WHEN p.capacity - p.taken <= 5 THEN 'few' ELSE 'some' END) END),
            jsonb_build_array('open_unit', page_words(u.name, tag))),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/units/' || s.unit_id || '/calendar.ics?language=' || left(tag, 2), 'text', personal_text('calendar_unit'))),
        'acts', CASE WHEN breach IS NULL THEN jsonb_build_array(session_form(s, tag, is_full)) ELSE '[]' END,
        'items', CASE WHEN breach IS NULL THEN jsonb_build_array(open_privacy('register_privacy')) ELSE '[]' END, 'more', open_more(tag)) END
    FROM session s
    JOIN session_place p ON p.session_id = s.id
    JOIN unit u ON u.id = s.unit_id
    CROSS JOIN LATERAL (SELECT registration_breach(s) AS breach, coalesce(p.taken >= p.capacity, false) AS is_full, session_part(s, ARRAY[tag, 'fi'], NULL) AS part) x
    CROSS JOIN LATERAL (SELECT CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_title' AS title,
        CASE sent #>> '{reply,state}' WHEN 'registered' THEN 'registered' ELSE 'waitlisted' END || '_words' AS words) came
    WHERE s.id = row_id AND s.is_open AND s.state <> 'draft'
$$;

CREATE FUNCTION public.opportunities_now() RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT md5(string_agg(o.id || ':' || o.version || coalesce(o.has_room::text, ''), ',' ORDER BY o.id)) FROM opportunity o
$$;

CREATE FUNCTION public.opt_out_by_link(link_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO opt_out (address_hash)
    SELECT a.hash
    FROM mail m
    LEFT JOIN contact c ON c.feedback_id = m.feedback_id
    LEFT JOIN survey_link l ON l.id = m.survey_link_id
    LEFT JOIN person p ON p.id = coalesce(m.person_id, l.person_id)
    CROSS JOIN LATERAL (SELECT coalesce(c.address_hash, l.address_hash, p.address_hash) AS hash) a
    WHERE m.unsubscribe_hash = link_hash AND a.hash IS NOT NULL
    ON CONFLICT (address_hash) DO NOTHING;
    RETURN EXISTS (SELECT FROM mail WHERE unsubscribe_hash = link_hash);
END
$$;

CREATE FUNCTION public.original_read_erase() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE original_read r SET purpose = '–', request_hash = NULL FROM new_erasure n WHERE r.feedback_id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.own_ballots(link_hash bytea) RETURNS TABLE(vote_id uuid, option text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT b.vote_id, b.option FROM person p JOIN ballot b ON b.person_id = p.id WHERE p.token_hash = link_hash
$$;

CREATE FUNCTION public.own_follow_up_text(link_hash bytea) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT f.text FROM follow_up f WHERE f.token_hash = link_hash
$$;

CREATE FUNCTION public.own_input_texts(link_hash bytea) RETURNS TABLE(input_id uuid, text text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT i.id, i.text FROM person p JOIN input i ON i.person_id = p.id WHERE p.token_hash = link_hash
$$;

CREATE FUNCTION public.words_by_language(plain text, texts jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN plain IS NULL THEN '{}' ELSE jsonb_build_object(first_language(), plain) END || coalesce(texts, '{}')
$$;

CREATE TABLE public.change_publication (
    id uuid NOT NULL,
    change_id uuid NOT NULL,
    caller_id uuid,
    published_on date DEFAULT public.app_today() NOT NULL,
    n integer NOT NULL,
    level text,
    theme text,
    title jsonb NOT NULL,
    said jsonb,
    done jsonb,
    owner_ref text,
    planned_for date,
    state text,
    state_reason text,
    owner jsonb DEFAULT '{}'::jsonb NOT NULL,
    published_at timestamp with time zone DEFAULT public.app_now() NOT NULL
);

CREATE VIEW public.published_change AS
 SELECT c.id,
    c.unit_id,
    u.path AS unit_path,
    u.name AS unit_name,
        CASE c.state
            WHEN 'inconclusive'::text THEN 'made'::text
            ELSE c.state
        END AS state,
        CASE
            WHEN (c.state = ANY (ARRAY['rejected'::text, 'delayed'::text, 'abandoned'::text])) THEN c.state_reason
            ELSE NULL::text
        END AS state_reason,
    c.made_on,
    COALESCE(c.made_on, p.published_on) AS day,
    p.published_on,
    p.n,
    p.level,
    p.theme,
    p.title,
    p.said,
    p.done,
    p.owner_ref,
    p.planned_for,
        CASE
            WHEN (c.state = ANY (ARRAY['rejected'::text, 'delayed'::text, 'abandoned'::text])) THEN c.state_reasons
            ELSE '{}'::jsonb
        END AS reasons,
    public.words_by_language(p.owner_ref, p.owner) AS owner,
    ((c.state_at AT TIME ZONE 'Europe/Helsinki'::text))::date AS state_on,
    GREATEST(c.state_at, p.published_at) AS updated_at
   FROM ((public.change c
     JOIN public.unit u ON ((u.id = c.unit_id)))
     CROSS JOIN LATERAL ( SELECT x.id,
            x.change_id,
            x.caller_id,
            x.published_on,
            x.n,
            x.level,
            x.theme,
            x.title,
            x.said,
            x.done,
            x.owner_ref,
            x.planned_for,
            x.state,
            x.state_reason,
            x.owner,
            x.published_at
           FROM public.change_publication x
          WHERE (x.change_id = c.id)
          ORDER BY x.n DESC
         LIMIT 1) p)
  WHERE (c.published_on IS NOT NULL);

CREATE FUNCTION public.page_change(c public.published_change, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('id', c.id, 'title', page_words(c.title, lang), 'said', page_words(c.said, lang), 'done', page_words(c.done, lang),
        'state', page_text('change_is_' || c.state), 'state_code', c.state,
        'did', page_text(CASE WHEN c.state IN ('rejected', 'abandoned') THEN 'change_decided' WHEN c.state IN ('planned', 'in_progress', 'delayed') THEN 'change_doing'
            ELSE 'change_did' END), 'day', page_day(c.state_on), 'date', c.state_on, 'unit', page_words(c.unit_name, lang),
        'unit_id', c.unit_id, 'theme', CASE WHEN c.theme IS NOT NULL THEN page_text_or('theme_' || c.theme, c.theme) END)
$$;

CREATE FUNCTION public.page_chart(body jsonb, table_name text, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('name', table_name, 'title', page_text('table_' || table_name), 'height', 48 * count(f.block) + 4,
        'is_empty', coalesce(sum(f.voices), 0) = 0 AND count(f.block) > 0, 'is_left_out', count(f.block) = 0,
        'figures', coalesce(jsonb_agg(jsonb_build_object('name', page_text('figure_' || table_name || '_' || f.block), 'value', page_number(f.voices, lang),
            'share', coalesce(page_percent(f.voices, f.whole - f.voices, lang), '–'), 'label_y', 48 * f.place - 30, 'bar_y', 48 * f.place - 22,
            'value_y', 48 * f.place - 6, 'width', f.width, 'value_x', f.width + 6) ORDER BY f.place), '[]'))
    FROM (
        SELECT x.block, x.place, x.voices, sum(x.voices) OVER ()::bigint AS whole, 1 + coalesce(round(229.0 * x.voices / nullif(max(x.voices) OVER (), 0)), 0) AS width
        FROM page_figures(body, table_name) x
    ) f
$$;

CREATE FUNCTION public.page_charts(body jsonb, table_names text[], lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_agg(page_chart(body, t.name, lang) ORDER BY t.place) FROM unnest(table_names) WITH ORDINALITY t (name, place)
$$;

CREATE FUNCTION public.page_day(day date) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT extract(day FROM day) || '.' || extract(month FROM day) || '.' || extract(year FROM day)
$$;

CREATE FUNCTION public.page_decimal(amount numeric, tag text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN tag = 'en' THEN trim_scale(amount)::text ELSE replace(trim_scale(amount)::text, '.', ',') END
$$;

CREATE FUNCTION public.page_euros(amount numeric, tag text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT page_number(trunc(amount)::bigint, tag) || CASE WHEN tag = 'en' THEN '.' ELSE ',' END || to_char(100 * (amount - trunc(amount)), 'FM00') || U&'\00a0€'
$$;

CREATE FUNCTION public.page_facts(VARIADIC pairs jsonb[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', personal_text(p ->> 0), 'value', p -> 1) ORDER BY n), '[]')
    FROM unnest(pairs) WITH ORDINALITY x (p, n) WHERE p ->> 1 IS NOT NULL
$$;

CREATE FUNCTION public.page_feed(of_unit uuid, lang text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', page_text('changes_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'updated', page_instant(coalesce(max((f.change).updated_at), day_start(app_today()))),
        'entries', coalesce(jsonb_agg(page_change(f.change, lang) || jsonb_build_object('updated', page_instant((f.change).updated_at),
            'reason', page_words((f.change).reasons, lang), 'better', page_text('better_' || (f.change).state))
            ORDER BY (f.change).updated_at DESC, (f.change).id DESC), '[]'))
    FROM (
        SELECT c AS change
        FROM published_change c
        WHERE of_unit IS NULL OR c.unit_path @> ARRAY[of_unit]
        ORDER BY c.published_on DESC, c.id DESC
        LIMIT 50
    ) f
$$;

CREATE FUNCTION public.page_figures(body jsonb, table_name text) RETURNS TABLE(block text, place bigint, voices bigint)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT o.block, o.place, (t.one -> 'figures' ->> o.block)::bigint
    FROM jsonb_array_elements(body -> 'tables') t (one)
    CROSS JOIN LATERAL unnest(CASE table_name
        WHEN 'kind' THEN ARRAY['concern', 'thanks', 'other'] WHEN 'role' THEN ARRAY['client', 'close', 'other']
        WHEN 'age_band' THEN ARRAY['under_30', '30_64', '65_plus', 'unknown'] WHEN 'lang' THEN ARRAY['fi', 'sv', 'other']
        WHEN 'channel' THEN ARRAY['digital', 'other'] WHEN 'led_to_change' THEN ARRAY['yes', 'no']
        WHEN 'answer_time' THEN ARRAY['on_time', 'late', 'no_limit'] WHEN 'answer_days' THEN ARRAY['0_3', '4_7', '8_14', 'over_14']
        WHEN 'outcome' THEN ARRAY['change', 'no_change', 'other'] WHEN 'explained' THEN ARRAY['yes', 'no']
        WHEN 'is_better' THEN ARRAY['better', 'not_better', 'dont_know'] ELSE ARRAY['all'] END) WITH ORDINALITY o (block, place)
    WHERE t.one ->> 'name' = table_name AND jsonb_typeof(t.one -> 'figures') = 'object' AND t.one -> 'figures' ? o.block
$$;

CREATE FUNCTION public.page_hearings(of_year integer, lang text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('decisions', page_number(count(*), lang), 'heard', page_number(count(*) FILTER (WHERE h.hearings <> '[]'), lang),
        'unheard', page_number(count(*) FILTER (WHERE h.hearings = '[]'), lang), 'items', coalesce(jsonb_agg(jsonb_build_object(
            'item', page_words(d.item, lang), 'day', page_day(d.decides_on), 'by', d.decided_by, 'reason', d.unheard_reason, 'is_heard', h.hearings <> '[]', 'hearings', (
                SELECT coalesce(jsonb_agg(jsonb_build_object('effect', CASE WHEN c ->> 'state' = 'published' THEN page_text('effect_' || (c ->> 'effect')) END,
                    'effect_reason', CASE WHEN c ->> 'state' = 'published' THEN page_words(nullif(c -> 'effect_reason', '{}'), lang) END, 'asked', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object('who', page_words(a -> 'who', lang), 'method', page_text('method_' || (a ->> 'method'))) ORDER BY n), '[]')
                        FROM jsonb_array_elements(c -> 'asked') WITH ORDINALITY x (a, n))) ORDER BY k), '[]')
                FROM jsonb_array_elements(h.hearings) WITH ORDINALITY y (c, k))) ORDER BY d.decides_on, d.id), '[]'))
    FROM decision d
    CROSS JOIN LATERAL (SELECT decision_hearings(d.id) AS hearings) h
    WHERE d.decides_on >= make_date(of_year, 1, 1) AND d.decides_on <= least(make_date(of_year, 12, 31), app_today())
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.page_house(of_year integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('level', f.level, 'name', page_text('level_' || f.level), 'about', page_text('level_' || f.level || '_about'),
        'is_attic', f.level = 'strategy', 'total', n.made + n.going, 'made', n.made, 'going', n.going,
        'x', CASE WHEN f.level = 'own_service' THEN 4 ELSE 14 END, 'width', CASE WHEN f.level = 'own_service' THEN 312 ELSE 292 END, 'y', f.y,
        'name_x', CASE WHEN f.level = 'strategy' THEN 160 ELSE 24 END, 'name_y', f.y + 18,
        'windows', (
            SELECT jsonb_agg(jsonb_build_object('x', CASE WHEN f.level = 'strategy' THEN 94 ELSE 24 END + 22 * (w.n - 1), 'y', CASE WHEN f.level = 'strategy' THEN 66 ELSE f.y + 25 END,
                'lit', w.n <= n.made + n.going) ORDER BY w.n)
            FROM generate_series(1, CASE WHEN f.level = 'strategy' THEN 6 ELSE 12 END) w (n))) ORDER BY f.y)
    FROM (VALUES ('strategy', 40), ('production', 86), ('development', 132), ('dialogue', 178), ('feedback', 224), ('own_service', 270)) AS f (level, y)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE c.state IN ('made', 'verified', 'not_effective')) AS made, count(*) FILTER (WHERE c.state IN ('planned', 'in_progress', 'delayed')) AS going
        FROM published_change c WHERE c.level = f.level AND (of_year IS NULL OR extract(year FROM c.day) = of_year)
    ) n
$$;

CREATE FUNCTION public.page_instant(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

CREATE FUNCTION public.page_list(VARIADIC items jsonb[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT coalesce(jsonb_agg(i ORDER BY n), '[]') FROM unnest(items) WITH ORDINALITY x (i, n) WHERE i IS NOT NULL
$$;

CREATE FUNCTION public.page_number(n bigint, lang text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT regexp_replace(n::text, '(\d)(?=(\d{3})+$)', '\1' || CASE lang WHEN 'en' THEN ',' ELSE U&'\00a0' END, 'g')
$_$;

CREATE FUNCTION public.page_opportunities(of_unit uuid, lang text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', page_text('opportunities_title'), 'county', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = whole_county()),
        'of_unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = of_unit), 'has_any', count(*) > 0,
        'updated', coalesce(max(f.item ->> 'updated'), page_instant(day_start(app_today()))), 'opportunities', coalesce(jsonb_agg(f.item ORDER BY f.until_on, f.id), '[]'))
    FROM (
        SELECT o.id, o.until_on, page_opportunity(o, lang) AS item
        FROM opportunity o JOIN unit u ON u.id = o.unit_id
        WHERE of_unit IS NULL OR u.path @> ARRAY[of_unit]
        ORDER BY o.until_on, o.id LIMIT 200) f
$$;

CREATE TABLE public.decision (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    item jsonb NOT NULL,
    decided_by text NOT NULL,
    decides_on date NOT NULL,
    outcome jsonb DEFAULT '{}'::jsonb NOT NULL,
    unheard_reason text,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT decision_item_is_by_language CHECK ((public.is_language_map(item) AND (item <> '{}'::jsonb))),
    CONSTRAINT decision_outcome_is_by_language CHECK (public.is_language_map(outcome))
);

CREATE TABLE public.session_place (
    session_id uuid NOT NULL,
    capacity integer,
    taken integer DEFAULT 0 NOT NULL,
    arrived bigint DEFAULT 0 NOT NULL,
    CONSTRAINT session_has_room CHECK ((taken <= capacity))
)
WITH (fillfactor='50');

CREATE VIEW public.opportunity WITH (security_invoker='true') AS
 SELECT 'panel'::text AS kind,
    p.id,
    p.unit_id,
    p.name AS title,
    p.purpose AS about,
    NULL::timestamp with time zone AS starts_at,
    NULL::timestamp with time zone AS ends_at,
    NULL::jsonb AS place,
    NULL::boolean AS is_online,
    p.recruits_until AS until_on,
    NULL::boolean AS has_room,
    p.version,
    p.made_on,
    p.changed_at
   FROM public.panel p
  WHERE ((p.state = 'recruiting'::text) AND p.is_public AND COALESCE((p.recruits_until >= public.app_today()), true))
UNION ALL
 SELECT 'session'::text AS kind,
    s.id,
    s.unit_id,
    s.title,
    s.description AS about,
    s.starts_at,
    s.ends_at,
    s.place,
    s.is_online,
    ((s.starts_at AT TIME ZONE 'Europe/Helsinki'::text))::date AS until_on,
    ((p.capacity IS NULL) OR (p.taken < p.capacity)) AS has_room,
    s.version,
    s.made_on,
    s.changed_at
   FROM (public.session s
     JOIN public.session_place p ON ((p.session_id = s.id)))
  WHERE (s.is_open AND (s.state = 'published'::text) AND (s.starts_at > public.app_now()))
UNION ALL
 SELECT 'consultation'::text AS kind,
    c.id,
    d.unit_id,
    c.title,
    c.description AS about,
    NULL::timestamp with time zone AS starts_at,
    NULL::timestamp with time zone AS ends_at,
    NULL::jsonb AS place,
    NULL::boolean AS is_online,
    c.due_on AS until_on,
    NULL::boolean AS has_room,
    c.version,
    c.made_on,
    c.changed_at
   FROM (public.consultation c
     JOIN public.decision d ON ((d.id = c.decision_id)))
  WHERE (c.is_open AND (c.state = 'open'::text) AND (c.due_on >= public.app_today()))
UNION ALL
 SELECT 'expert_call'::text AS kind,
    c.id,
    c.unit_id,
    c.title,
    c.about,
    NULL::timestamp with time zone AS starts_at,
    NULL::timestamp with time zone AS ends_at,
    NULL::jsonb AS place,
    NULL::boolean AS is_online,
    c.until_on,
    NULL::boolean AS has_room,
    c.version,
    c.made_on,
    c.changed_at
   FROM public.expert_call c
  WHERE public.expert_call_takes(c.*);

CREATE FUNCTION public.page_opportunity(o public.opportunity, lang text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('id', o.id, 'kind', page_text('opportunity_' || o.kind), 'title', page_words(o.title, lang), 'about', page_words(nullif(o.about, '{}'), lang),
        'unit', (SELECT page_words(u.name, lang) FROM unit u WHERE u.id = o.unit_id),
        'at', CASE WHEN o.starts_at IS NOT NULL THEN page_span(o.starts_at, o.ends_at, lang) END,
        'place', o.place ->> 'address', 'is_online', coalesce(o.is_online, false), 'is_full', o.has_room IS FALSE,
        'until', CASE WHEN o.kind <> 'session' THEN page_day(o.until_on) END, 'updated', page_instant(o.changed_at))
$$;

CREATE FUNCTION public.page_options(prefix text, option_values text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('value', v, 'label', personal_text(prefix || '_' || v)) ORDER BY n)
    FROM unnest(option_values) WITH ORDINALITY x (v, n)
$$;

CREATE FUNCTION public.page_percent(part bigint, rest bigint, lang text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT round(100.0 * part / nullif(part + rest, 0)) || CASE lang WHEN 'en' THEN '%' ELSE U&'\00a0%' END
$$;

CREATE FUNCTION public.page_period(period text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('code', period, 'year', left(period, 4), 'month', CASE WHEN length(period) > 4 THEN page_text('month_' || right(period, 2)) END)
$$;

CREATE FUNCTION public.page_report(r public.published_report, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('id', r.id, 'unit_id', r.unit_id, 'unit', page_words(r.unit_name, lang), 'period', page_period(r.period),
        'version', r.version, 'is_newest', r.is_newest, 'published_on', page_day(r.published_on), 'is_corrected', coalesce(r.is_corrected, false),
        'note', page_words(r.correction_note, lang), 'tiles', page_tiles(r.body, lang))
    WHERE r.id IS NOT NULL
$$;

CREATE FUNCTION public.page_span(starts_at timestamp with time zone, ends_at timestamp with time zone, tag text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT page_time(starts_at, tag) || CASE WHEN e.at::date = (starts_at AT TIME ZONE 'Europe/Helsinki')::date THEN '–' || to_char(e.at, 'FMHH24.MI')
                                             ELSE ' – ' || page_time(ends_at, tag) END
    FROM (VALUES (ends_at AT TIME ZONE 'Europe/Helsinki')) e (at)
$$;

CREATE FUNCTION public.page_text(name text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT jsonb_build_object('$text', name)
$_$;

CREATE FUNCTION public.page_text_or(name text, words text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT jsonb_build_object('$text', name, '$or', words)
$_$;

CREATE FUNCTION public.page_tiles(body jsonb, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    WITH figure AS MATERIALIZED (
        SELECT n.name, f.block, f.voices
        FROM unnest(ARRAY['received', 'answered', 'answer_time', 'led_to_change', 'is_better']) n (name)
        CROSS JOIN LATERAL page_figures(body, n.name) f
    ), sum AS (
        SELECT max(voices) FILTER (WHERE name = 'received') AS received, max(voices) FILTER (WHERE name = 'answered') AS answered,
            max(voices) FILTER (WHERE name = 'answer_time' AND block = 'on_time') AS on_time, max(voices) FILTER (WHERE name = 'answer_time' AND block = 'late') AS late,
            max(voices) FILTER (WHERE name = 'led_to_change' AND block = 'yes') AS led, max(voices) FILTER (WHERE name = 'led_to_change' AND block = 'no') AS not_led,
            max(voices) FILTER (WHERE name = 'is_better' AND block = 'better') AS better, max(voices) FILTER (WHERE name = 'is_better' AND block = 'not_better') AS not_better
        FROM figure
    )
    SELECT jsonb_agg(jsonb_build_object('name', page_text('tile_' || t.name), 'value', t.value, 'is_empty', coalesce(t.counted = 0, false)) ORDER BY t.place)
    FROM sum s
    CROSS JOIN LATERAL (VALUES
        (1, 'received', page_number(s.received, lang), NULL),
        (2, 'answered', page_number(s.answered, lang), NULL),
        (3, 'median', body -> 'answer_days' ->> 'median', s.answered),
        (4, 'p90', body -> 'answer_days' ->> 'p90', s.answered),
        (5, 'on_time', page_percent(s.on_time, s.late, lang), s.on_time + s.late),
        (6, 'led_to_change', page_percent(s.led, s.not_led, lang), s.led + s.not_led),
        (7, 'is_better', page_percent(s.better, s.not_better, lang), s.better + s.not_better)) AS t (place, name, value, counted)
$$;

CREATE FUNCTION public.page_time(moment timestamp with time zone, tag text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT page_day(m.at::date) || CASE tag WHEN 'fi-x-selko' THEN ' kello ' WHEN 'sv' THEN ' kl. ' WHEN 'en' THEN ' at ' ELSE ' klo ' END || to_char(m.at, 'FMHH24.MI')
    FROM (VALUES (moment AT TIME ZONE 'Europe/Helsinki')) m (at)
$$;

CREATE FUNCTION public.page_words(texts jsonb, lang text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('lang', t.tag, 'text', regexp_replace(texts ->> t.tag, '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]', '', 'g'))
    FROM (SELECT text_tag(texts, ARRAY[lang, 'fi', 'sv', 'en']) AS tag) t
    WHERE t.tag IS NOT NULL
$$;

CREATE FUNCTION public.panel_absences(panel uuid, session uuid) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*) FROM attendance a JOIN member m ON m.id = a.member_id WHERE a.session_id = session AND a.said_absent AND m.panel_id = panel AND m.state = 'active'
$$;

CREATE FUNCTION public.panel_begins_again(state text, began_on date, starts_on date) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT state IN ('active', 'paused') AND began_on <= app_today() AND starts_on > app_today()
$$;

CREATE FUNCTION public.panel_breach(p public.panel, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN wanted IN ('recruiting', 'active') AND panel_number(p.kind, p.rules, 'term_months') > 0
            AND (p.starts_on IS NULL OR p.ends_on IS NULL OR p.ends_on < app_today()) THEN 'panel_has_term'
        WHEN wanted = 'active' AND p.state <> 'paused' AND panel_unheard(p) <> '{}' THEN 'panel_hears_every_municipality'
        WHEN wanted = 'evaluated' AND p.evaluation = '{}' THEN 'panel_has_evaluation' END
$$;

CREATE FUNCTION public.panel_drawn(p public.panel, seed text, places integer, reserve_most integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    WITH ranked AS (
        SELECT m.id, jsonb_build_object('role', m.role, 'municipality', m.municipality, 'age_band', m.age_band, 'gender', m.gender, 'lang', m.lang) AS attributes,
            q.name AS cell, greatest(q.low - q.seated, 0) AS lacks, q.high - q.seated AS takes, encode(sha256(convert_to(seed || ':' || m.id, 'UTF8')), 'hex') AS rank
        FROM member m
        LEFT JOIN LATERAL (SELECT * FROM quota_cells(p) c WHERE is_in_cell(m, c.wanted) ORDER BY c.place LIMIT 1) q ON true
        WHERE m.panel_id = p.id AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL
    ), numbered AS (
        SELECT r.*, row_number() OVER (PARTITION BY r.cell ORDER BY r.rank) AS in_cell FROM ranked r
    ), sorted AS (
        SELECT n.*, CASE WHEN n.cell IS NOT NULL AND n.in_cell <= n.lacks THEN 1 WHEN n.cell IS NULL OR n.takes IS NULL OR n.in_cell <= n.takes THEN 2 ELSE 3 END AS turn
        FROM numbered n
    ), placed AS (
        SELECT s.*, s.turn < 3 AND row_number() OVER (ORDER BY s.turn, s.rank) <= places AS has_place FROM sorted s
    ), told AS (
        SELECT p.*, CASE WHEN p.has_place THEN 'selected' WHEN row_number() OVER (PARTITION BY p.has_place ORDER BY p.rank) <= reserve_most THEN 'reserve'
                         ELSE 'not_selected' END AS result
        FROM placed p
    )
    SELECT jsonb_agg(jsonb_build_object('id', t.id, 'attributes', t.attributes, 'cell', t.cell, 'rank', t.rank, 'result', t.result) ORDER BY t.rank) FROM told t
$$;

CREATE FUNCTION public.panel_draws(of_panel uuid) RETURNS TABLE(n integer, algorithm text, seed_hash text, made_on date, seed text, places integer, reserve_most integer, candidate_count bigint, is_shown boolean, document_hash text, cells jsonb, candidates jsonb)
    LANGUAGE sql STABLE
    AS $$
    SELECT e.n, 'sha256-1', e.seed_hash, s.made_on, s.seed, s.places, s.reserve_most, CASE WHEN d.candidate_count >= 5 THEN d.candidate_count END, d.is_shown,
        d.document_hash, CASE WHEN d.is_shown THEN d.cells END, CASE WHEN d.is_shown THEN d.lots END
    FROM panel p
    JOIN panel_seed e ON e.panel_id = p.id
    LEFT JOIN panel_selection s ON s.panel_id = e.panel_id AND s.n = e.n
    LEFT JOIN LATERAL draw_shown(s) d ON s.id IS NOT NULL
    WHERE p.id = of_panel AND panel_is_shown(p) AND (s.id IS NOT NULL OR p.state IN ('recruiting', 'active', 'paused'))
$$;

CREATE FUNCTION public.panel_fates(panel uuid, first_day date, last_day date) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('speaker_role', r.speaker_role, 'count', r.count, 'fates', r.fates) ORDER BY r.speaker_role), '[]')
    FROM (SELECT x.speaker_role, sum(x.count)::bigint AS count, jsonb_object_agg(x.state, x.count) AS fates
          FROM (SELECT i.speaker_role, i.state, count(*) AS count
                FROM input i
                WHERE i.panel_id = panel AND i.brought_on >= coalesce(first_day, '-infinity') AND i.brought_on <= coalesce(last_day, 'infinity')
                GROUP BY i.speaker_role, i.state) x
          GROUP BY x.speaker_role) r
$$;

CREATE FUNCTION public.panel_fill(of_panel uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM panel p WHERE p.id = of_panel FOR NO KEY UPDATE;
    LOOP
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'member', m.id, 'reserve', 'selected', 'system', m.version + 1
        FROM panel p
        JOIN member m ON m.panel_id = p.id AND m.state = 'reserve'
        LEFT JOIN LATERAL (SELECT * FROM quota_cells(p) c WHERE is_in_cell(m, c.wanted) ORDER BY c.place LIMIT 1) q ON true
        WHERE p.id = of_panel AND p.state IN ('recruiting', 'active', 'paused') AND panel_room(p.id) > 0
            AND place_breach(p.kind, p.rules, m) IS NULL AND coalesce(q.seated < q.high, true)
        ORDER BY coalesce(q.seated < q.low, false) DESC, m.selection_n, m.selection_place
        LIMIT 1;
        EXIT WHEN NOT FOUND;
    END LOOP;
END
$$;

CREATE FUNCTION public.panel_form(p public.panel, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('operation', 'member_apply', 'title', personal_text('apply_title'), 'button', personal_text('apply'), 'texts', page_list(personal_text('apply_how'), personal_text('apply_why')),
        'fields', page_list(
            jsonb_build_object('name', 'role', 'type', 'choice', 'label', personal_text('apply_role'), 'required', true,
                'options', page_options('apply_role', '{client,relative,representative}')),
            jsonb_build_object('name', 'name', 'label', personal_text('apply_name'), 'help', personal_text('apply_name_why'), 'most', 200, 'required', true, 'complete', 'name'),
            email_field('apply_email'),
            jsonb_build_object('name', 'lang', 'type', 'select', 'label', personal_text('apply_lang'), 'value', left(tag, 2), 'required', true,
                'options', page_options('apply_lang', '{fi,sv,en,se,smn,sms}')),
            (SELECT jsonb_build_object('name', 'municipality', 'type', 'select', 'label', personal_text('apply_municipality'), 'options',
                jsonb_agg(jsonb_build_object('value', c.code, 'label', page_words(c.name, tag) -> 'text') ORDER BY page_words(c.name, tag) ->> 'text'))
             FROM municipality c WHERE c.closed_on IS NULL HAVING count(*) > 0),
            jsonb_build_object('name', 'age_band', 'type', 'select', 'label', personal_text('apply_age'),
                'options', page_options('age', '{under_13,13_17,18_29,30_64,65_74,75_plus}')),
            jsonb_build_object('name', 'gender', 'type', 'select', 'label', personal_text('apply_gender'), 'options', page_options('gender', '{woman,man,other}')),
            jsonb_build_object('name', 'is_staff', 'type', 'check', 'label', personal_text('apply_staff')),
            jsonb_build_object('name', 'in_statutory_body', 'type', 'check', 'label', personal_text('apply_statutory'))) || news_fields('{wants_news,wants_digest}'))
$$;

CREATE FUNCTION public.panel_goes_on() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(s.id))
    FROM round r JOIN survey_round s ON s.id = r.survey_round_id
    WHERE r.panel_id = NEW.id AND r.state = 'draft' AND s.state = 'planned' AND s.closes_at > app_now() HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_guard() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT panel_term_is_within_rule(NEW.kind, NEW.rules, NEW.starts_on, NEW.ends_on) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_term_is_within_rule', MESSAGE = 'panel_term_is_within_rule';
    ELSIF panel_room(NEW.id) < 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'panel_has_room', MESSAGE = 'panel_has_room';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_is_shown(p public.panel) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT p.is_public AND p.state <> 'draft'
$$;

CREATE FUNCTION public.panel_jobs() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    VALUES ('clock', day_start(NEW.ends_on + 1), NEW.id, '{"phase": "panel_end"}', 'panel_end:' || NEW.id || ':' || NEW.ends_on)
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_makes_room() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM panel_fill(NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_meetings(p public.panel) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT count(*)
    FROM (SELECT coalesce(p.starts_on, p.made_on) AS day) f
    CROSS JOIN LATERAL (SELECT (f.day + make_interval(years => greatest(extract(year FROM age(app_today(), f.day))::integer, 0)))::date AS first_day) y
    JOIN session_panel x ON x.panel_id = p.id
    JOIN session s ON s.id = x.session_id
    WHERE s.state NOT IN ('draft', 'cancelled') AND s.starts_at >= day_start(y.first_day) AND s.starts_at < day_start((y.first_day + interval '1 year')::date)
$$;

CREATE FUNCTION public.panel_members_go() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, m.state, CASE m.state WHEN 'active' THEN 'ceased' WHEN 'selected' THEN 'declined' ELSE 'not_selected' END, 'system', 'panel_is_over', m.version + 1
    FROM member m
    WHERE m.panel_id = NEW.id AND m.state IN ('active', 'selected', 'applied', 'eligible', 'nominated', 'reserve');
    UPDATE person p SET ended_on = app_today() FROM member m WHERE m.panel_id = NEW.id AND p.id = m.id AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_number(of_kind text, rules jsonb, rule_name text) RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT coalesce((rules ->> rule_name)::integer, (SELECT r.value FROM panel_rule r WHERE r.kind = of_kind AND r.name = rule_name))
$$;

CREATE FUNCTION public.panel_room(of_panel uuid) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(nullif(panel_number(p.kind, p.rules, 'size'), 0), 1000000) - (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND member_has_place(m))
    FROM panel p WHERE p.id = of_panel
$$;

CREATE FUNCTION public.panel_rule_report(p public.panel) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(jsonb_build_object('rule', r.name, 'value', r.value, 'is_own', p.rules ? r.name, 'found', r.found, 'holds',
        CASE r.name WHEN 'size' THEN r.value = 0 OR r.found <= r.value
                    WHEN 'term_months' THEN r.value = 0 OR coalesce(panel_term_is_within_rule(p.kind, p.rules, p.starts_on, p.ends_on) AND r.found > 0, false)
                    WHEN 'meetings_a_year' THEN r.found >= r.value
                    WHEN 'per_municipality' THEN panel_unheard(p) = '{}'
                    WHEN 'quota' THEN r.found >= r.value
                    ELSE r.value = 0 OR r.found = 0 END,
        'missing', CASE r.name WHEN 'per_municipality' THEN to_jsonb(panel_unheard(p)) ELSE '[]' END,
        'cells', CASE r.name WHEN 'quota' THEN q.short ELSE '[]' END) ORDER BY r.place)
    FROM (
        SELECT count(*) FILTER (WHERE c.low > 0)::integer AS cells, count(*) FILTER (WHERE c.low > 0 AND c.seated >= c.low) AS full_cells,
            coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'least', c.low, 'seated', c.seated) ORDER BY c.place) FILTER (WHERE c.seated < c.low), '[]') AS short
        FROM quota_cells(p) c
    ) q
    CROSS JOIN LATERAL (
        SELECT x.name, x.place, CASE x.name WHEN 'quota' THEN q.cells ELSE panel_number(p.kind, p.rules, x.name) END AS value, x.found
        FROM (SELECT count(*) AS places, count(*) FILTER (WHERE m.is_staff) AS staff, count(*) FILTER (WHERE m.in_statutory_body) AS statutory,
                  count(DISTINCT m.municipality) AS municipalities
              FROM member m WHERE m.panel_id = p.id AND member_has_place(m)) m
        CROSS JOIN LATERAL (VALUES ('size', 1, m.places), ('term_months', 2, months_of_term(p.starts_on, p.ends_on)), ('meetings_a_year', 3, panel_meetings(p)),
            ('no_staff', 4, m.staff), ('no_statutory_members', 5, m.statutory), ('per_municipality', 6, m.municipalities), ('quota', 7, q.full_cells)) x (name, place, found)
        WHERE x.name <> 'quota' OR q.cells > 0
    ) r
$$;

CREATE FUNCTION public.panel_seeds() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO panel_seed (panel_id, n) VALUES (NEW.id, 1);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.panel_select(of_panel uuid, selection_id uuid, hash bytea, reserve_most integer, OUT problem text, OUT members jsonb, OUT selection public.panel_selection) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_variable
DECLARE
    p panel;
    s panel_seed;
    places integer;
    quota jsonb;
    drawn jsonb;
BEGIN
    SELECT x.* INTO p FROM panel x WHERE x.id = of_panel;
    SELECT x.* INTO s FROM panel_seed x WHERE x.panel_id = of_panel ORDER BY x.n DESC LIMIT 1;
    places := least(greatest(panel_room(of_panel), 0), 10000);
    members := panel_unfillable(p, places);
    problem := CASE WHEN s.n IS NULL OR p.state NOT IN ('recruiting', 'active', 'paused') THEN 'panel_does_not_recruit'
        WHEN EXISTS (SELECT FROM member m WHERE m.panel_id = of_panel AND m.state = 'applied') THEN 'applications_are_decided'
        WHEN places = 0 THEN 'panel_has_room'
        WHEN NOT EXISTS (SELECT FROM member m WHERE m.panel_id = of_panel AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL) THEN 'selection_has_candidates'
        WHEN members IS NOT NULL THEN 'quota_cell_can_be_filled' END;
    IF problem IS NOT NULL THEN
        members := CASE problem WHEN 'quota_cell_can_be_filled' THEN members END;
        RETURN;
    END IF;
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'is', c.wanted, 'least', c.low, 'most', c.high, 'seated', c.seated) ORDER BY c.place), '[]')
    INTO quota FROM quota_cells(p) c;
    drawn := panel_drawn(p, s.seed, places, reserve_most);
    INSERT INTO panel_selection AS made (id, panel_id, n, seed, seed_hash, places, reserve_most, quota, candidates, request_hash)
    VALUES (selection_id, of_panel, s.n, s.seed, s.seed_hash, places, reserve_most, quota, drawn, hash)
    RETURNING made.* INTO selection;
    INSERT INTO panel_seed (panel_id, n) VALUES (of_panel, s.n + 1);
    UPDATE member m SET selection_n = s.n, selection_place = d.place
    FROM jsonb_array_elements(drawn) WITH ORDINALITY d (one, place) WHERE m.id = (d.one ->> 'id')::uuid;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'member', m.id, 'eligible', d.one ->> 'result', 'system', m.version + 1
    FROM jsonb_array_elements(drawn) d (one) JOIN member m ON m.id = (d.one ->> 'id')::uuid;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, version)
    SELECT gen_random_uuid(), 'member', m.id, 'eligible', 'not_selected', 'system', place_breach(p.kind, p.rules, m), m.version + 1
    FROM member m WHERE m.panel_id = of_panel AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NOT NULL;
END
$$;

CREATE FUNCTION public.panel_term_is_within_rule(of_kind text, rules jsonb, starts_on date, ends_on date) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(ends_on < starts_on + make_interval(months => nullif(panel_number(of_kind, rules, 'term_months'), 0)), true)
$$;

CREATE FUNCTION public.panel_unfillable(p public.panel, places integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('cell', c.name, 'lacks', c.lacks, 'candidates', c.candidates, 'places', greatest(places - c.before, 0))
    FROM (
        SELECT q.name, q.place, q.lacks, q.candidates, coalesce(sum(q.lacks) OVER (ORDER BY q.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM (SELECT c.*, greatest(c.low - c.seated, 0) AS lacks,
                  (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND m.state = 'eligible' AND place_breach(p.kind, p.rules, m) IS NULL AND is_in_cell(m, c.wanted)) AS candidates
              FROM quota_cells(p) c) q
    ) c
    WHERE c.lacks > c.candidates OR c.before + c.lacks > places
    ORDER BY c.place LIMIT 1
$$;

CREATE FUNCTION public.panel_unheard(p public.panel) RETURNS text[]
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(array_agg(c.code ORDER BY c.code), '{}')
    FROM municipality c
    WHERE is_open(c.closed_on) AND (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND m.municipality = c.code AND member_has_place(m))
        < panel_number(p.kind, p.rules, 'per_municipality')
$$;

CREATE FUNCTION public.period_first_day(period text) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (period || CASE WHEN length(period) = 4 THEN '-01-01' ELSE '-01' END)::date
$$;

CREATE FUNCTION public.period_next_day(period text) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (period_first_day(period) + CASE WHEN length(period) = 4 THEN interval '1 year' ELSE interval '1 month' END)::date
$$;

CREATE FUNCTION public.person_bookings(of_person uuid) RETURNS TABLE(booking public.booking, status text, moves integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT b, CASE WHEN booking_outcome(b) IN ('cancelled_early', 'cancelled_late') OR w.is_lost THEN 'CANCELLED'
                   WHEN b.state IN ('requested', 'offered', 'unfilled') THEN 'TENTATIVE' ELSE 'CONFIRMED' END, b.sequence + w.is_lost::integer
    FROM (
        SELECT DISTINCT o.booking_id AS id, o.expert_id FROM offer o WHERE o.expert_id = of_person AND o.state = 'accepted'
        UNION
        SELECT x.id, NULL FROM person p
        JOIN person q ON q.id = p.id OR q.address_hash = p.address_hash AND q.resource = 'booking'
        JOIN booking x ON x.person_id = q.id
        WHERE p.id = of_person AND p.resource = 'booking'
    ) m
    JOIN booking b ON b.id = m.id
    CROSS JOIN LATERAL (SELECT m.expert_id IS NOT NULL AND m.expert_id IS DISTINCT FROM b.expert_id AS is_lost) w
    WHERE b.ends_at > app_now() - interval '180 days'
$$;

CREATE FUNCTION public.person_changes(person uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT DISTINCT s.change_id
    FROM source_person v JOIN change_source s ON s.source_id = v.source_id AND s.feedback_id IS NULL
    WHERE v.person_id = person
$$;

CREATE FUNCTION public.person_chose() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (actor, action, resource, subject) VALUES ('giver', 'person.changed', 'person', NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_contributor(person uuid) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT coalesce(p.address_hash, uuid_send(p.id)) FROM person p WHERE p.id = person
$$;

CREATE FUNCTION public.person_erase() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO audit (actor, caller_id, action, resource, subject)
    SELECT CASE n.who WHEN 'person' THEN 'giver' ELSE 'caller' END, n.caller_id, 'person.erased', 'person', n.person_id FROM new_erasure n;
    DELETE FROM person p USING new_erasure n WHERE p.id = n.person_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_feed_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET feed_id = n.id FROM new_feed n WHERE p.id = n.person_id;
    IF acting_caller() IS NOT NULL THEN
        PERFORM mail_person(array_agg(n.person_id), 'person_news', min(n.id::text)) FROM new_feed n;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_gone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    gone bytea[] := ARRAY(SELECT o.address_hash FROM old_person o WHERE o.address_hash IS NOT NULL AND NOT address_is_known(o.address_hash));
BEGIN
    DELETE FROM opt_out WHERE address_hash = ANY (gone);
    DELETE FROM contact_count WHERE address_hash = ANY (gone);
    DELETE FROM dead_address WHERE address_hash = ANY (gone);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_is_of_panels(of_resource text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT NOT EXISTS (SELECT FROM role_scope r WHERE r.resource = of_resource AND r.who = 'coordinator' AND r.scope IN ('experts:write', 'bookings:manage'))
$$;

CREATE FUNCTION public.person_link_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE person p SET link_id = n.id, token_hash = n.token_hash, feed_id = gen_random_uuid() FROM new_link n WHERE p.id = n.person_id;
    PERFORM mail_person(ARRAY[n.person_id], 'person_link', n.id::text) FROM new_link n;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    reached uuid[];
    keys text[];
BEGIN
    SELECT array_agg(n.id), array_agg(DISTINCT n.key_id) INTO reached, keys FROM new_person n WHERE n.has_address;
    IF reached IS NOT NULL THEN
        PERFORM contact_key_is_not_retired(keys);
        PERFORM mail_person(reached, 'person_link', 'made');
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.person_told_of(of_person uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL)
        || jsonb_build_object('is_session', true, 'is_membership', false, 'is_waiting', r.state = 'waitlisted', 'is_offered', r.state = 'offered')
    FROM registration r JOIN session s ON s.id = r.session_id
    WHERE r.id = of_person AND r.state IN ('waitlisted', 'offered', 'registered')
    UNION ALL
    SELECT jsonb_build_object('is_application', m.state IN ('applied', 'eligible', 'ineligible', 'reserve', 'not_selected'),
        'is_invitation', m.state IN ('nominated', 'selected'), 'is_membership', true, 'is_session', false)
    FROM member m WHERE m.id = of_person AND m.state NOT IN ('declined', 'withdrawn', 'ceased')
$$;

CREATE FUNCTION public.personal_availability(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('available_part'), 'texts', page_list(personal_text('available_help'),
            CASE WHEN NOT EXISTS (SELECT FROM availability a WHERE a.expert_id = e.id) THEN personal_text('available_never') END),
        'acts', jsonb_build_array(
            availability_form('weekly', jsonb_build_array(jsonb_build_object('name', 'weekday', 'type', 'select', 'label', personal_text('available_weekday'),
                'required', true, 'options', (
                    SELECT jsonb_agg(jsonb_build_object('value', w.day, 'label', personal_text('weekday_' || w.n)) ORDER BY w.n)
                    FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) WITH ORDINALITY w (day, n))))),
            availability_form('single', jsonb_build_array(jsonb_build_object('name', 'day', 'type', 'date', 'label', personal_text('available_day'), 'required', true))),
            availability_form('exception', jsonb_build_array(
                jsonb_build_object('name', 'first_on', 'type', 'date', 'label', personal_text('available_first'), 'required', true),
                jsonb_build_object('name', 'last_on', 'type', 'date', 'label', personal_text('available_last'), 'help', personal_text('available_last_help'))))),
        'items', coalesce((
            SELECT jsonb_agg(jsonb_build_object('title', availability_words(a, tag), 'acts', jsonb_build_array(jsonb_build_object('operation', 'own_availability_delete',
                'values', jsonb_build_object('availability_id', a.id), 'quiet', true, 'button', personal_text('available_remove'))))
                ORDER BY a.kind DESC, a.weekday, coalesce(a.first_on, lower(a.during)::date), a.begins_at)
            FROM availability a
            WHERE a.expert_id = e.id AND coalesce(a.last_on >= app_today(), upper(a.during) > app_now(), true)), '[]'))
    FROM expert e
    WHERE e.id = person_id AND e.ended_on IS NULL
$$;

CREATE FUNCTION public.personal_booking(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_agg(booking_part(b, tag, booking_told(b), page_facts(jsonb_build_array('booking_expert', e.card ->> 'name'), jsonb_build_array('booking_expert_title', e.card ->> 'title')))
        || jsonb_build_object('acts', booking_acts(b, 'orderer')) ORDER BY b.starts_at, b.id)
    FROM booking b
    CROSS JOIN LATERAL (SELECT CASE WHEN b.expert_id IS NOT NULL AND coalesce(booking_outcome(b), '') NOT LIKE 'cancelled%' THEN expert_profile(b.expert_id) ELSE '{}' END AS card) e
    WHERE b.person_id = personal_booking.person_id
$$;

CREATE FUNCTION public.personal_booking_reviews(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('reviews_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('review_of', x.b, tag),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('review_given', CASE WHEN o.id IS NOT NULL THEN personal_text('review_' || o.rating) END),
            jsonb_build_array('review_words', o.text)),
        'texts', page_list(CASE WHEN w.id IS NOT NULL THEN personal_text('review_thanks') END, CASE WHEN w.debrief IS NOT NULL THEN personal_text('debrief_is_' || w.debrief) END),
        'acts', personal_feedback_acts(x.b, w, x.side))
        ORDER BY (x.b).starts_at DESC, (x.b).id))
    FROM (SELECT b, booking_side(b, personal_booking_reviews.person_id) AS side
          FROM booking b
          WHERE personal_booking_reviews.person_id IN (b.expert_id, b.person_id) AND b.state IN ('done', 'settled') AND b.starts_at > app_now() - interval '60 days'
              AND EXISTS (SELECT FROM step s WHERE s.resource = 'booking' AND s.subject = b.id AND s.to_state = 'done')
          ORDER BY b.starts_at DESC, b.id LIMIT 10) x
    LEFT JOIN booking_feedback w ON w.booking_id = (x.b).id AND w.side = x.side
    LEFT JOIN shown_booking_feedback o ON o.booking_id = (x.b).id AND o.side = 'orderer' AND x.side = 'expert'
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_bookings(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('bookings_title'),
        'items', jsonb_agg(x.part || jsonb_build_object('acts', booking_acts(b, 'expert'), 'texts', (x.part -> 'texts') || coalesce(booking_paid(b), '[]')
                || page_list(CASE WHEN b.state = 'confirmed' AND b.starts_at <= app_now() THEN personal_text('booking_begun_expert') END))
            ORDER BY b.state = 'confirmed' DESC, CASE b.state WHEN 'confirmed' THEN b.starts_at END, b.starts_at DESC, b.id))
    FROM booking b
    CROSS JOIN LATERAL (SELECT booking_part(b, tag, booking_told(b)) AS part) x
    WHERE b.expert_id = personal_bookings.person_id AND b.ends_at > app_now() - interval '60 days'
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_budget_ballot(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', page_words(c.title, tag),
        'texts', page_list(page_words(c.description, tag)) || CASE WHEN b.is_used THEN page_list(personal_text('ballot_used'))
            WHEN NOT consultation_takes_answers(c) THEN page_list(personal_text(CASE c.state WHEN 'draft' THEN 'ballot_early' ELSE 'ballot_over' END))
            ELSE page_list(personal_text('ballot_how', jsonb_build_object('sum', page_number((c.budget ->> 'sum')::bigint, tag))), personal_text('ballot_anonymous')) END,
        'facts', page_facts(jsonb_build_array('ballot_due', page_day(c.due_on))),
        'acts', CASE WHEN NOT b.is_used AND consultation_takes_answers(c) THEN jsonb_build_array(jsonb_build_object(
            'operation', 'personal_budget_answer', 'button', personal_text('ballot_send'), 'fields', budget_fields(c.budget, tag))) ELSE '[]' END)
    FROM budget_ballot b JOIN consultation c ON c.id = b.consultation_id
    WHERE b.id = person_id
$$;

CREATE FUNCTION public.personal_calendar(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text(CASE WHEN p.resource IN ('expert', 'booking') THEN 'calendar_bookings' ELSE 'calendar_title' END),
        'texts', page_list(personal_text('calendar_how')),
        'links', jsonb_build_array(jsonb_build_object('path', '/v1/feeds/', 'token', jsonb_build_object('purpose', 'feed', 'id', p.feed_id),
            'behind', '/calendar.ics', 'text', personal_text('calendar_get'), 'written', true)),
        'acts', jsonb_build_array(jsonb_build_object('operation', 'personal_feed_renew', 'quiet', true, 'folded', personal_text('calendar_renew'),
            'texts', jsonb_build_array(personal_text('calendar_renew_means')), 'button', personal_text('calendar_renew_do'))))
    FROM person p
    WHERE p.id = personal_calendar.person_id AND (p.resource IN ('registration', 'booking')
        OR EXISTS (SELECT FROM member m JOIN session_panel x ON x.panel_id = m.panel_id JOIN session s ON s.id = x.session_id
                   WHERE m.id = p.id AND m.state = 'active' AND was_published(s))
        OR EXISTS (SELECT FROM expert e WHERE e.id = p.id AND e.state IN ('active', 'on_break')))
$$;

CREATE FUNCTION public.personal_changes(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('changes_title'), 'has_easy', bool_or(is_in_easy_finnish(w.title, w.said, w.done, w.reasons)),
        'items', jsonb_agg(jsonb_build_object('title', page_words(w.title, tag),
        'texts', page_list(personal_text(concat('change_is_', CASE c.state WHEN 'inconclusive' THEN 'made' ELSE c.state END)),
            CASE WHEN c.made_on IS NOT NULL THEN page_words(w.done, tag) END, page_words(w.reasons, tag),
            CASE WHEN f.answer IS NOT NULL THEN personal_text('follow_up_said') END,
            CASE WHEN f.answer IS NOT NULL THEN personal_text(concat('follow_up_', f.answer)) END),
        'acts', CASE WHEN f.answer IS NULL AND follow_up_can_come(c, f.expires_on) THEN
            jsonb_build_array(jsonb_build_object('operation', 'own_follow_up', 'values', jsonb_build_object('change_id', c.id), 'button', personal_text('follow_up_send'),
                'fields', jsonb_build_array(
                    jsonb_build_object('name', 'answer', 'label', personal_text('follow_up_question'), 'type', 'choice', 'required', true, 'options', (
                        SELECT jsonb_agg(jsonb_build_object('value', o.answer, 'label', personal_text(concat('follow_up_', o.answer))) ORDER BY o.n)
                        FROM unnest(ARRAY['better', 'same', 'worse', 'dont_know']) WITH ORDINALITY o (answer, n))),
                    jsonb_build_object('name', 'text', 'label', personal_text('follow_up_text'), 'type', 'area', 'most', 4000)))) ELSE '[]' END)
        ORDER BY c.suggested_on DESC, c.id DESC))
    FROM change c
    JOIN told_change w ON w.id = c.id
    LEFT JOIN follow_up f ON f.change_id = c.id AND f.contributor = person_contributor(personal_changes.person_id)
    WHERE c.id IN (SELECT address_changes(personal_changes.person_id)) AND c.state NOT IN ('suggested', 'under_review')
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_claim_acts(c public.claim, b public.booking, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT page_list(
        CASE WHEN c.state IN ('open', 'returned') THEN jsonb_build_object('operation', 'own_claim_transition',
            'values', jsonb_build_object('id', c.id, 'to', 'submitted'), 'button', personal_text('claim_send'), 'fields', page_list(
                CASE WHEN c.is_fee_due THEN jsonb_build_object('name', 'hours', 'type', 'number', 'required', true, 'help', personal_text('claim_hours_help'),
                    'label', personal_text(CASE c.because WHEN 'done' THEN 'claim_hours' ELSE 'claim_hours_agreed' END),
                    'value', page_decimal(coalesce(c.hours, round(extract(epoch FROM b.ends_at - b.starts_at) / 3600, 2)), tag)) END,
                jsonb_build_object('name', 'km', 'type', 'number', 'label', personal_text('claim_km'), 'value', page_decimal(nullif(c.km, 0), tag)),
                jsonb_build_object('name', 'meals', 'type', 'number', 'label', personal_text('claim_meals'), 'value', nullif(c.meals, 0)::text),
                jsonb_build_object('name', 'expenses', 'type', 'number', 'label', personal_text('claim_expenses'), 'value', page_decimal(nullif(c.expenses, 0), tag)),
                jsonb_build_object('name', 'expenses_for', 'label', personal_text('claim_expenses_for'), 'most', 500, 'value', c.expenses_for),
                CASE WHEN c.is_fee_due THEN jsonb_build_object('name', 'only_expenses', 'type', 'check', 'label', personal_text('claim_only_expenses'),
                    'value', CASE WHEN c.only_expenses THEN 'true' END) END)) END,
        CASE WHEN c.state IN ('open', 'submitted', 'returned') THEN jsonb_build_object('operation', 'own_claim_transition', 'quiet', true,
            'values', jsonb_build_object('id', c.id, 'to', 'waived'), 'folded', personal_text('claim_waive'), 'button', personal_text('claim_waive'),
            'texts', jsonb_build_array(personal_text('claim_waive_what'))) END)
$$;

CREATE FUNCTION public.personal_claims(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('claims_title'), 'items', jsonb_agg(jsonb_build_object('title', personal_task_title('claim_of', x.b, tag),
        'texts', page_list(CASE WHEN (x.c).is_fee_due OR (x.c).state <> 'open' THEN personal_text(concat('claim_is_', (x.c).state, CASE WHEN (x.c).state = 'open' AND (x.c).because <> 'done' THEN '_agreed' END)) END, to_jsonb((x.c).state_reason),
            CASE WHEN NOT (x.c).is_fee_due THEN personal_text('claim_no_fee') WHEN (x.c).because = 'client_absent' THEN personal_text('claim_client_absent')
                 WHEN (x.c).because = 'cancelled_late' THEN personal_text('claim_cancelled_late') END),
        'facts', page_facts(jsonb_build_array('claim_when', page_span((x.b).starts_at, (x.b).ends_at, tag)),
            jsonb_build_array('claim_per_hour', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_hour, 0), tag) END),
            jsonb_build_array('claim_per_task', CASE WHEN (x.c).is_fee_due THEN page_euros(nullif(f.per_task, 0), tag) END),
            jsonb_build_array('claim_per_km', page_euros(nullif(f.per_km, 0), tag)),
            jsonb_build_array('claim_per_meal', page_euros(nullif(f.per_meal, 0), tag)),
            jsonb_build_array('claim_fee', page_euros((x.c).fee, tag)),
            jsonb_build_array('claim_travel', page_euros(nullif((x.c).travel, 0), tag)),
            jsonb_build_array('claim_meal_money', page_euros(nullif((x.c).meal_money, 0), tag)),
            jsonb_build_array('claim_expense_sum', page_euros(nullif((x.c).expenses, 0), tag)),
            jsonb_build_array('claim_total', page_euros((x.c).total, tag))),
        'acts', personal_claim_acts(x.c, x.b, tag))
        ORDER BY (x.c).state IN ('open', 'returned') DESC, (x.b).starts_at DESC, (x.c).id))
    FROM (SELECT c, b FROM claim c JOIN booking b ON b.id = c.booking_id WHERE c.expert_id = personal_claims.person_id
          ORDER BY c.state IN ('open', 'returned') DESC, b.starts_at DESC, c.id LIMIT 20) x
    LEFT JOIN fee_class f ON f.id = (x.c).fee_class_id
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_expert(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('expert_part'), 'texts', page_list(personal_text('expert_' || c.state)),
        'facts', page_facts(
            jsonb_build_array('expert_agreement_from', page_day(c.agreement_from)), jsonb_build_array('expert_agreement_until', page_day(c.agreement_until)),
            jsonb_build_array('expert_shows_training', c.training), jsonb_build_array('open_unit', page_words(u.name, tag))),
        'acts', CASE WHEN legal_states('expert', c.state, '{expert}') ? 'active' THEN jsonb_build_array(jsonb_build_object('operation', 'own_expert_transition',
                'values', jsonb_build_object('to', 'active'), 'button', personal_text('expert_do_active'))) ELSE '[]' END
            || CASE WHEN c.ended_on IS NOT NULL THEN '[]' ELSE jsonb_build_array(
                jsonb_build_object('operation', 'own_expert_put', 'folded', personal_text('expert_edit'), 'button', personal_text('expert_save'),
                    'fields', expert_fields_form(c, tag)),
                jsonb_build_object('operation', 'own_expert_show', 'folded', personal_text('expert_show'), 'button', personal_text('expert_save'),
                    'texts', jsonb_build_array(personal_text('expert_show_help')),
                    'fields', jsonb_build_array(jsonb_build_object('name', 'shown', 'type', 'checks', 'label', personal_text('expert_show_label'), 'options', (
                        SELECT jsonb_agg(o || jsonb_build_object('chosen', c.shown ? (o ->> 'value')))
                        FROM jsonb_array_elements(page_options('expert_shows', expert_fields())) o))))) END)
    FROM expert_card c
    JOIN unit u ON u.id = c.unit_id
    WHERE c.id = person_id
$$;

CREATE FUNCTION public.personal_expert_end(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('expert_end_part'), 'acts', jsonb_agg(jsonb_build_object('operation', 'own_expert_transition',
            'values', jsonb_build_object('to', a.state), 'quiet', true, 'button', personal_text('expert_do_' || a.state), 'folded', personal_text('expert_ask_' || a.state),
            'texts', CASE a.state WHEN 'ended' THEN expert_leaves(e.id, 'leave') || jsonb_build_array(personal_text('expert_end_goes', jsonb_build_object('days', r.days)))
                                  ELSE jsonb_build_array(personal_text('expert_break_means')) END) ORDER BY a.n))
    FROM expert e
    JOIN retention r ON r.class = 'people'
    CROSS JOIN unnest('{on_break,ended}'::text[]) WITH ORDINALITY a (state, n)
    WHERE e.id = person_id AND legal_states('expert', e.state, '{expert}') ? a.state
    HAVING count(*) > 0
$$;

CREATE TABLE public.booking_feedback (
    id uuid NOT NULL,
    booking_id uuid NOT NULL,
    side text NOT NULL,
    rating integer NOT NULL,
    lang text DEFAULT 'fi'::text NOT NULL,
    text text,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(text) THEN public.masked_text(text, lang)
    ELSE NULL::text
END) STORED,
    is_hard boolean DEFAULT false NOT NULL,
    debrief text,
    given_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT booking_feedback_debrief CHECK ((debrief = ANY (ARRAY['offered'::text, 'wanted'::text, 'declined'::text, 'held'::text]))),
    CONSTRAINT booking_feedback_is_hard_for_experts CHECK (((side = 'expert'::text) OR (NOT is_hard))),
    CONSTRAINT booking_feedback_lang CHECK ((lang = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text]))),
    CONSTRAINT booking_feedback_offers_debrief CHECK ((is_hard = (debrief IS NOT NULL))),
    CONSTRAINT booking_feedback_rating CHECK (((rating >= 1) AND (rating <= 5))),
    CONSTRAINT booking_feedback_side CHECK ((side = ANY (ARRAY['expert'::text, 'orderer'::text]))),
    CONSTRAINT booking_feedback_text_is_not_blank CHECK (((text IS NULL) OR (NOT public.is_blank(text))))
);

CREATE FUNCTION public.personal_feedback_acts(b public.booking, own public.booking_feedback, of_side text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN own.id IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_booking_feedback', 'values', jsonb_build_object('id', b.id),
                    'button', personal_text('review_send'), 'fields', page_list(
                        jsonb_build_object('name', 'rating', 'label', personal_text('review_rating'), 'type', 'choice', 'required', true, 'options',
                            page_options('review', '{5,4,3,2,1}')),
                        jsonb_build_object('name', 'text', 'label', personal_text('review_text'), 'type', 'area', 'most', 4000),
                        CASE of_side WHEN 'expert' THEN jsonb_build_object('name', 'is_hard', 'type', 'check', 'label', personal_text('review_is_hard')) END)))
                WHEN own.debrief = 'offered' THEN jsonb_build_array(
                    jsonb_build_object('operation', 'own_debrief', 'values', jsonb_build_object('id', b.id, 'wants', true), 'button', personal_text('debrief_want')),
                    jsonb_build_object('operation', 'own_debrief', 'values', jsonb_build_object('id', b.id, 'wants', false), 'quiet', true,
                        'button', personal_text('debrief_decline')))
                ELSE '[]' END
$$;

CREATE FUNCTION public.personal_input_act(person_id uuid, place jsonb, words text, how text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'own_input_create', 'quiet', true, 'folded', personal_text(words), 'values', place,
        'texts', page_list(CASE WHEN how IS NOT NULL THEN personal_text(how) END), 'button', personal_text('input_send'),
        'fields', jsonb_build_array(jsonb_build_object('name', 'text', 'label', personal_text('input_text'), 'type', 'area', 'most', 10000, 'required', true)))), '[]')
    FROM input_judged(place || '{"text": "."}', NULL, person_id) j
    WHERE j.problem IS NULL
$$;

CREATE FUNCTION public.personal_inputs(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('inputs_title'),
        'items', coalesce((
            SELECT jsonb_agg(jsonb_build_object('title', personal_text(concat('input_', i.kind)),
                'texts', CASE WHEN i.text IS NULL THEN '[]' ELSE jsonb_build_array(i.text) END || jsonb_build_array(personal_text(concat('input_is_', i.state)))
                    || CASE WHEN i.state_reason IS NULL THEN '[]' ELSE jsonb_build_array(i.state_reason) END,
                'acts', CASE WHEN i.state = 'submitted' THEN jsonb_build_array(jsonb_build_object('operation', 'own_input_transition', 'quiet', true,
                    'values', jsonb_build_object('id', i.id, 'to', 'withdrawn'), 'folded', personal_text('input_withdraw'),
                    'button', personal_text('input_withdraw'))) ELSE '[]' END) ORDER BY i.brought_on DESC, i.id DESC)
            FROM (SELECT x.* FROM input x WHERE x.person_id = personal_inputs.person_id ORDER BY x.brought_on DESC, x.id DESC LIMIT 50) i), '[]'),
        'acts', CASE WHEN b.problem IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_input_create', 'button', personal_text('input_send'),
            'fields', jsonb_build_array(
                jsonb_build_object('name', 'kind', 'label', personal_text('input_kind'), 'type', 'choice', 'required', true, 'options', (
                    SELECT jsonb_agg(jsonb_build_object('value', k.kind, 'label', personal_text(concat('input_', k.kind))) ORDER BY k.n)
                    FROM unnest(ARRAY['idea', 'initiative', 'statement', 'comment']) WITH ORDINALITY k (kind, n))),
                jsonb_build_object('name', 'text', 'label', personal_text('input_text'), 'type', 'area', 'most', 10000, 'required', true)))) ELSE '[]' END)
    FROM input_bringer(person_id) b
    WHERE b.problem IS NULL OR EXISTS (SELECT FROM input i WHERE i.person_id = personal_inputs.person_id)
$$;

CREATE FUNCTION public.personal_member_sessions(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('sessions_title'),
        'items', jsonb_agg(w.part || jsonb_build_object(
            'texts', CASE WHEN a.said_absent THEN jsonb_build_array(personal_text('absence_is_said')) ELSE '[]' END || (w.part -> 'texts'),
            'facts', (w.part -> 'facts') || CASE WHEN m.role = 'chair' AND s.state <> 'cancelled' THEN jsonb_build_array(jsonb_build_object(
                'name', personal_text('absences'), 'value', panel_absences(m.panel_id, s.id)::text)) ELSE '[]' END,
            'acts', CASE WHEN absence_breach(s) IS NULL THEN jsonb_build_array(jsonb_build_object('operation', 'own_attendance_say', 'quiet', true,
                'values', jsonb_build_object('id', s.id, 'comes', coalesce(a.said_absent, false)),
                'button', personal_text(CASE WHEN a.said_absent THEN 'absence_take_back' ELSE 'absence_say' END))) ELSE '[]' END
                || personal_input_act(m.id, jsonb_build_object('kind', 'comment', 'session_id', s.id), 'comment_session', NULL)) ORDER BY s.starts_at, s.id))
    FROM member m
    JOIN session_panel p ON p.panel_id = m.panel_id
    JOIN session s ON s.id = p.session_id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], s.online_url) AS part) w
    LEFT JOIN attendance a ON a.session_id = s.id AND a.member_id = m.id
    WHERE m.id = person_id AND m.state = 'active' AND was_published(s) AND (s.starts_at > app_now() - interval '90 days'
        OR EXISTS (SELECT FROM session_minutes x WHERE x.session_id = s.id AND x.published_on > app_today() - 90))
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_membership(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', text_in(p.name, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(personal_text('member_' || CASE WHEN m.state IN ('declined', 'not_selected', 'ceased') AND member_outlived(m) THEN CASE m.state WHEN 'ceased' THEN 'panel_ceased' ELSE 'panel_over' END
            WHEN m.state = 'not_selected' AND m.came_by = 'nomination' THEN 'not_nominated'
            ELSE m.state || CASE WHEN m.state IN ('applied', 'reserve') AND NOT w.has_address THEN '_look' ELSE '' END END)) || CASE WHEN p.purpose = '{}' THEN '[]' ELSE jsonb_build_array(text_in(p.purpose, ARRAY[tag, 'fi'])) END,
        'facts', page_facts(jsonb_build_array('member_answer_by', page_day(m.answer_by)), jsonb_build_array('member_from', page_day(m.from_on)),
            jsonb_build_array('member_until', page_day(coalesce(m.until_on, CASE WHEN m.state IN ('nominated', 'selected', 'active') THEN p.ends_on END))),
            jsonb_build_array('member_lot', CASE WHEN has_lot THEN m.id END)),
        'links', CASE WHEN has_lot THEN jsonb_build_array(jsonb_build_object('path', '/opportunities/' || p.id || '?language=' || tag, 'text', personal_text('draw_title'))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('operation', 'membership_transition', 'values', jsonb_build_object('to', a.state),
                'button', personal_text('member_do_' || a.state), 'folded', CASE WHEN a.state <> 'active' THEN personal_text('member_ask_' || a.state) END,
                'fields', CASE a.state WHEN 'ceased' THEN jsonb_build_array(jsonb_build_object(
                    'name', 'reason', 'label', personal_text('member_reason'), 'type', 'area', 'most', 4000, 'required', true)) END)) ORDER BY a.state)
            FROM jsonb_array_elements_text(legal_states('member', m.state, '{member}')) a (state)), '[]'))
    FROM member m JOIN panel p ON p.id = m.panel_id JOIN person w ON w.id = m.id
    CROSS JOIN LATERAL (SELECT panel_is_shown(p) AND (m.state IN ('eligible', 'selected', 'reserve') OR m.state = 'not_selected' AND m.selection_n IS NOT NULL) AS has_lot) x
    WHERE m.id = person_id
$$;

CREATE FUNCTION public.personal_observations(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('observations_title'), 'texts', jsonb_build_array(personal_text('observations_what')),
        'acts', jsonb_build_array(jsonb_build_object('operation', 'own_observation_create', 'folded', personal_text('observation_write'), 'button', personal_text('input_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'text', 'label', personal_text('observation_text'), 'type', 'area', 'most', 10000, 'required', true)))),
        'items', coalesce((SELECT jsonb_agg(jsonb_build_object('title', page_day(d.noted_on), 'texts', d.texts) ORDER BY d.noted_on DESC)
                           FROM (SELECT o.noted_on, jsonb_agg(o.text ORDER BY o.id) AS texts
                                 FROM (SELECT y.* FROM observation y WHERE y.person_id = personal_observations.person_id AND y.text IS NOT NULL
                                       ORDER BY y.noted_on DESC, y.id LIMIT 20) o
                                 GROUP BY o.noted_on) d), '[]'))
    FROM expert e WHERE e.id = personal_observations.person_id AND e.state IN ('active', 'on_break')
$$;

CREATE FUNCTION public.personal_offer(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT offer_part(o, tag) FROM offer o WHERE o.id = person_id
$$;

CREATE FUNCTION public.personal_offers(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('offers_title'), 'items', jsonb_agg(offer_part(o, tag) ORDER BY o.expires_at, o.id))
    FROM offer o
    WHERE o.expert_id = person_id AND o.state = 'sent' AND o.expires_at > app_now()
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_open_rounds(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('open_rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(r.title, tag),
        'texts', page_list(page_words(r.intro, tag), CASE WHEN l.used THEN personal_text('open_round_answered') END)
            || CASE WHEN r.has_discussion THEN coalesce(round_comments(r.id, tag), '[]') ELSE '[]' END,
        'facts', page_facts(jsonb_build_array('open_round_until', page_time(r.closes_at, tag))),
        'links', CASE WHEN l.used THEN '[]' ELSE jsonb_build_array(jsonb_build_object('path', '/s/', 'token', jsonb_build_object('purpose', 'survey', 'id', l.id),
            'text', personal_text('open_round_answer'))) END,
        'acts', CASE WHEN r.has_discussion THEN personal_input_act(l.person_id, jsonb_build_object('kind', 'comment', 'round_id', r.id), 'comment_round', 'comment_round_how') ELSE '[]' END)
        ORDER BY r.closes_at, r.id))
    FROM round_shown r
    JOIN survey_link l ON l.round_id = r.survey_round_id
    WHERE l.person_id = personal_open_rounds.person_id AND r.state = 'open' AND r.closes_at > app_now()
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_page(row_id uuid, tag text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    part_name text;
    found jsonb;
    parts jsonb := '[]';
BEGIN
    FOR part_name IN
        SELECT x.part FROM personal_part x JOIN person p ON p.id = row_id
        WHERE (x.resource IS NULL OR x.resource = p.resource) AND NOT p.resource = ANY (x.but) ORDER BY x.place, x.part
    LOOP
        EXECUTE format('SELECT personal_%s($1, $2)', part_name) INTO found USING row_id, tag;
        parts := parts || coalesce(found, '[]'); -- a part, or several
    END LOOP;
    RETURN jsonb_build_object('parts', parts, 'has_easy', tag = 'fi-x-selko' OR parts @@ '$[*].has_easy == true');
END
$_$;

CREATE FUNCTION public.personal_registration(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT w.part || jsonb_build_object(
        'facts', jsonb_build_array(jsonb_build_object('name', personal_text('registration_state'), 'value', personal_text('registration_' || r.state || CASE WHEN r.state = 'waitlisted' AND NOT p.has_address THEN '_look' ELSE '' END,
                jsonb_build_object('until', coalesce(page_time(r.offered_until, tag), ''), 'hours', rule_value('offer_hours')))))
            || (w.part -> 'facts'),
        'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('operation', 'personal_registration_transition', 'values', jsonb_build_object('to', a.wanted),
                'quiet', a.wanted = 'cancelled', 'button', personal_text(a.button)) ORDER BY a.n), '[]')
            FROM (VALUES (1, 'registered', 'registration_take'),
                (2, 'cancelled', CASE r.state WHEN 'offered' THEN 'registration_decline' ELSE 'registration_cancel' END)) a (n, wanted, button)
            JOIN transition t ON t.resource = 'registration' AND t.from_state = r.state AND t.to_state = a.wanted AND t.who = 'participant'
            WHERE s.state = 'published' AND registration_move_breach(r, s, a.wanted) IS NULL))
    FROM registration r JOIN session s ON s.id = r.session_id JOIN person p ON p.id = r.id
    CROSS JOIN LATERAL (SELECT session_part(s, ARRAY[tag, 'fi'], CASE r.state WHEN 'registered' THEN s.online_url END) AS part) w
    WHERE r.id = person_id
$$;

CREATE FUNCTION public.personal_rounds(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('rounds_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(r.title, ARRAY[tag, 'fi']),
        'texts', jsonb_build_array(text_in(r.summary, ARRAY[tag, 'fi']), text_in(r.feedback, ARRAY[tag, 'fi']))) ORDER BY r.made_on DESC, r.id DESC))
    FROM member m
    JOIN round_shown r ON r.panel_id = m.panel_id AND r.state = 'fed_back'
    WHERE m.id = personal_rounds.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_settings(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('settings_title'),
        'texts', CASE WHEN p.has_address THEN jsonb_build_array(personal_text(CASE WHEN NOT p.wants_news THEN 'news_off' WHEN p.wants_digest THEN 'news_digest' ELSE 'news_on' END,
            jsonb_build_object('days', rule_value('digest_days')))) ELSE '[]' END,
        'acts', coalesce((
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_patch', 'quiet', true, 'values', a.wish, 'button', personal_text(a.button)) ORDER BY a.place)
            FROM (VALUES
                (1, 'news_start', '{"wants_news": true, "wants_digest": false}'::jsonb, NOT p.wants_news),
                (2, 'news_stop', '{"wants_news": false}', p.wants_news),
                (3, 'news_each', '{"wants_digest": false}', p.wants_news AND p.wants_digest),
                (4, 'news_collect', '{"wants_news": true, "wants_digest": true}', NOT (p.wants_news AND p.wants_digest))) a (place, button, wish, is_on)
            WHERE p.has_address AND a.is_on), '[]')
            || jsonb_build_array(jsonb_build_object('operation', 'personal_erase', 'quiet', true, 'folded', personal_text('erase_title'),
                'texts', expert_leaves(p.id, 'erase') || jsonb_build_array(personal_text('erase_goes'), personal_text('erase_stays')), 'button', personal_text('erase_button'))))
    FROM person p WHERE p.id = person_id
$$;

CREATE FUNCTION public.personal_statements(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('statements_title'), 'items', jsonb_agg(jsonb_build_object('title', page_words(s.title, tag),
        'texts', page_list(personal_text('statement_is_' || s.state), page_words(s.question, tag), page_words(s.text, tag),
            CASE WHEN s.state IN ('considered', 'published') THEN page_words(s.effect, tag) END),
        'facts', page_facts(jsonb_build_array('statement_due', page_day(s.due_on)), jsonb_build_array('statement_decision', page_day(s.decision_on))),
        'acts', CASE WHEN legal_states('statement', s.state, '{member}') ? 'adopted' AND statement_adopter_breach(s, m.role) IS NULL
            THEN jsonb_build_array(jsonb_build_object('operation', 'own_statement_transition', 'folded', personal_text('statement_adopt_ask'),
                'texts', jsonb_build_array(personal_text('statement_adopt_how')), 'button', personal_text('statement_adopt'),
                'values', jsonb_build_object('id', s.id, 'to', 'adopted', 'version', s.version))) ELSE '[]' END
            || CASE WHEN s.state IN ('adopted', 'delivered', 'considered')
                THEN personal_input_act(m.id, jsonb_build_object('kind', 'dissent', 'statement_id', s.id), 'dissent_write', 'dissent_how') ELSE '[]' END)
        ORDER BY s.due_on DESC, s.id DESC))
    FROM member m
    JOIN LATERAL (SELECT x.* FROM statement x WHERE x.panel_id = m.panel_id ORDER BY x.due_on DESC, x.id DESC LIMIT 20) s ON true
    WHERE m.id = personal_statements.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.personal_task_title(text_name text, b public.booking, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT personal_text(text_name, jsonb_build_object('task', text_in(t.name, ARRAY[tag, 'fi']), 'day', page_day((b.starts_at AT TIME ZONE 'Europe/Helsinki')::date)))
    FROM experience_task t WHERE t.code = b.task
$$;

CREATE FUNCTION public.personal_text(name text, places jsonb DEFAULT '{}'::jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $_$
    SELECT places || jsonb_build_object('$text', name)
$_$;

CREATE FUNCTION public.personal_votes(person_id uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', personal_text('votes_title'), 'items', jsonb_agg(jsonb_build_object('title', text_in(v.question, ARRAY[tag, 'fi']),
        'texts', page_list(CASE WHEN v.state = 'closed' THEN personal_text(CASE WHEN v.result IS NULL THEN 'vote_is_closed_few' ELSE 'vote_is_closed' END)
                                WHEN b.option IS NOT NULL THEN personal_text('vote_is_cast') END),
        'facts', page_facts(jsonb_build_array('open_round_until', CASE WHEN v.state = 'open' THEN page_time(v.closes_at, tag) END)) || vote_facts(v, tag),
        'acts', CASE WHEN v.state = 'closed' THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
            'operation', 'own_vote_cast', 'values', jsonb_build_object('id', v.id), 'button', personal_text('vote_send'),
            'fields', jsonb_build_array(jsonb_build_object('name', 'option', 'label', personal_text('vote_option'), 'type', 'choice', 'required', true,
                'options', (SELECT jsonb_agg(jsonb_build_object('value', o ->> 'key', 'label', text_in(o -> 'text', ARRAY[tag, 'fi']),
                                'chosen', o ->> 'key' IS NOT DISTINCT FROM b.option) ORDER BY n)
                            FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n)))))) END)
        ORDER BY v.state DESC, v.closes_at, v.id))
    FROM member m
    JOIN vote v ON v.panel_id = m.panel_id AND (v.state = 'open' AND v.closes_at > app_now() OR v.state = 'closed' AND v.closes_at > app_now() - interval '90 days')
    LEFT JOIN ballot b ON b.vote_id = v.id AND b.person_id = m.id
    WHERE m.id = personal_votes.person_id AND m.state = 'active'
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.phone_end(form text, i integer, gaps text[], parts text[]) RETURNS integer
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    total integer := length(parts[i]);
    enough integer := CASE form WHEN 'world' THEN 12 WHEN 'cue' THEN 8 ELSE 10 END;
    last integer := i;
    n integer;
BEGIN
    IF form IS NULL OR form = 'area' AND (gaps[i + 1] ~ '[.]' OR length(parts[i + 1]) < 3
        OR gaps[i + 1] ~ '[-/]' AND parts[i] <= '12' AND parts[i + 1] ~ '^(?:19|20)[0-9]{2}$') THEN
        RETURN NULL;
    END IF;
    WHILE last < cardinality(parts) AND total < enough LOOP
        n := length(parts[last + 1]);
        EXIT WHEN total + n > enough + 3 OR gaps[last + 1] LIKE '%+%' OR form = 'cue' AND gaps[last + 1] !~ '^[ -]{1,3}$'
            OR n = 1 AND NOT (form = 'world' AND gaps[last + 1] LIKE '%(' AND parts[last + 1] = '0')
            OR total >= 9 AND (form <> 'world' AND n <= 2 OR parts[last + 1] ~ '^0[1-9]');
        last := last + 1;
        total := total + n;
    END LOOP;
    RETURN CASE
        WHEN total < CASE form WHEN 'world' THEN 9 WHEN 'cue' THEN 5 ELSE 7 END THEN NULL
        -- Opening hours, a business id, a round sum.
        WHEN form = 'home' AND length(parts[i]) = 4 AND gaps[i + 1] LIKE '%-%' AND parts[i] ~ '^(?:[01][0-9]|2[0-3])[0-5][0-9]$'
            AND parts[i + 1] ~ '^(?:[01][0-9]|2[0-4])[0-5][0-9]$' THEN NULL
        WHEN form IN ('home', 'cue') AND last = i AND total = 7 AND gaps[i + 1] = '-' AND length(parts[i + 1]) = 1 THEN NULL
        WHEN form = 'world' AND last > i AND array_to_string(parts[i + 1:last], '') ~ '^0+$' THEN NULL
        ELSE last END;
END
$_$;

CREATE FUNCTION public.phone_form(gap text, part text, next_part text, before text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    SELECT CASE
        WHEN before ~ '[0-9],$' OR before ~* '\mFI$' AND length(part) = 8 THEN NULL
        WHEN gap ~ '\+\(?$' AND part ~ '^[1-9]' THEN 'world'
        WHEN part ~ '^00[1-9]' OR part = '00' AND next_part ~ '^[1-9][0-9]{1,2}' THEN 'world'
        WHEN part ~ '^358[1-9]' OR part = '358' AND next_part ~ '^\(?[1-9][0-9]' THEN 'world'
        WHEN part ~ '^0(?:100|200|600|700|800)' OR part ~ '^0[1-9](?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}$' THEN NULL
        WHEN part ~ '^0[1-9]' THEN CASE WHEN length(part) = 2 THEN 'area' ELSE 'home' END
        WHEN part ~ '^[1-9]' AND part !~ '^11[268]' AND before ~* '(?:puh|puhelin|puhelinnro|puhelinnumero|puhelinnumeroni|numeroni|gsm|tel|tfn|telefon|telefonnummer|phone|mobile)(?: on| är| is)?[.:]{0,2} ?$'
            THEN 'cue' END
$_$;

CREATE FUNCTION public.place_breach(of_kind text, rules jsonb, m public.member) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN m.role = 'facilitator' THEN NULL
                WHEN m.is_staff AND panel_number(of_kind, rules, 'no_staff') > 0 THEN 'member_is_not_staff'
                WHEN m.in_statutory_body AND panel_number(of_kind, rules, 'no_statutory_members') > 0 THEN 'member_is_not_in_statutory_body' END
$$;

CREATE FUNCTION public.place_line(place jsonb, tags text[]) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT concat_ws(', ', nullif(text_in(coalesce(place -> 'room', '{}'), tags), ''), place ->> 'address')
$$;

CREATE FUNCTION public.published_figure(voices bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN voices < 50 THEN round(voices / 5.0)::bigint * 5 ELSE voices END
$$;

CREATE FUNCTION public.question_bound(question jsonb, bound text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE question ->> 'type' WHEN 'scale' THEN (question ->> bound)::integer WHEN 'recommend' THEN
        CASE bound WHEN 'min' THEN 0 ELSE 10 END END
$$;

CREATE FUNCTION public.question_condition_holds(condition jsonb, answer jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE
        WHEN answer IS NULL OR answer = 'null' THEN false
        WHEN condition ? 'equals' THEN answer @> (condition -> 'equals')
        WHEN condition ? 'in' THEN EXISTS (SELECT FROM jsonb_array_elements(condition -> 'in') v WHERE answer @> v)
        WHEN jsonb_typeof(answer) <> 'number' THEN false
        WHEN condition ? 'at_least' THEN (answer #>> '{}')::numeric >= (condition ->> 'at_least')::numeric
        ELSE (answer #>> '{}')::numeric <= (condition ->> 'at_most')::numeric END
$$;

CREATE FUNCTION public.question_has_option(question jsonb, answer jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT EXISTS (SELECT FROM jsonb_array_elements(question -> 'options') o WHERE o -> 'value' = answer)
$$;

CREATE FUNCTION public.question_is_shown(question jsonb, shown text[], answers jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT NOT question ? 'shown_if' OR (question #>> '{shown_if,question}' = ANY (shown)
        AND question_condition_holds(question -> 'shown_if', answers -> (question #>> '{shown_if,question}')))
$$;

CREATE FUNCTION public.question_problems(questions jsonb, answers jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    question jsonb; answer jsonb; code text;
    known text[] := '{}'; shown text[] := '{}';
    found jsonb := '[]';
BEGIN
    FOR question IN SELECT q FROM jsonb_array_elements(questions) q LOOP
        answer := answers -> (question ->> 'key');
        known := known || (question ->> 'key');
        IF question_is_shown(question, shown, answers) THEN
            shown := shown || (question ->> 'key');
            code := CASE WHEN answer IS NOT NULL THEN answer_problem(question, answer)
                         WHEN (question -> 'required') = 'true' THEN 'answer_missing' END;
        ELSE
            code := CASE WHEN answer IS NOT NULL THEN 'answer_not_shown' END;
        END IF;
        IF code IS NOT NULL THEN
            found := found || jsonb_build_object('pointer', '/answers/' || (question ->> 'key'), 'code', code);
        END IF;
    END LOOP;
    found := found || (
        SELECT coalesce(jsonb_agg(jsonb_build_object('code', 'answer_unknown', 'pointer',
            '/answers/' || replace(replace(left(k, 40), '~', '~0'), '/', '~1'))), '[]')
        FROM (SELECT k FROM jsonb_object_keys(answers) k WHERE k <> ALL (known) ORDER BY k LIMIT 20) x);
    RETURN nullif(jsonb_path_query_array(found, '$[0 to 19]'), '[]');
END
$_$;

CREATE FUNCTION public.question_results(asked_set uuid, asked_round uuid, in_unit uuid, units text, from_day date, to_day date, for_audience text) RETURNS TABLE(sheets bigint, questions jsonb)
    LANGUAGE sql STABLE
    AS $$
    WITH sheet AS MATERIALIZED (
        SELECT a.answers FROM answer_sheet a WHERE a.round_id = asked_round
        UNION ALL
        SELECT a.answers
        FROM answer_sheet a
        LEFT JOIN feedback f ON f.id = a.feedback_id
        LEFT JOIN survey_round r ON r.id = a.round_id
        LEFT JOIN survey s ON s.id = r.survey_id
        JOIN unit u ON u.id = coalesce(f.unit_id, s.unit_id)
        WHERE asked_round IS NULL AND a.question_set_id = asked_set
            AND a.answered_on >= coalesce(from_day, '-infinity') AND a.answered_on <= coalesce(to_day, 'infinity')
            AND CASE WHEN f.id IS NULL THEN s.audience WHEN f.respondent_role = 'staff' THEN 'staff' ELSE 'clients' END = for_audience
            AND (in_unit IS NULL OR u.path @> ARRAY[in_unit]) AND unit_is_visible(u.path, units)
    ), given AS (
        SELECT e.key, e.value, count(*) AS n FROM sheet CROSS JOIN LATERAL jsonb_each(answers) e GROUP BY e.key, e.value
    ), question AS (
        SELECT e.q, e.n AS place, (SELECT coalesce(sum(g.n), 0)::bigint FROM given g WHERE g.key = e.q ->> 'key' AND g.value <> 'null') AS n
        FROM question_set x CROSS JOIN LATERAL jsonb_array_elements(x.questions) WITH ORDINALITY e (q, n) WHERE x.id = asked_set
    )
    SELECT (SELECT count(*) FROM sheet), jsonb_agg(jsonb_build_object('key', t.q ->> 'key', 'type', t.q ->> 'type', 'text', t.q -> 'text', 'n', t.n,
        'dont_know', (SELECT coalesce(sum(g.n), 0)::bigint FROM given g WHERE g.key = t.q ->> 'key' AND g.value = 'null'),
        'mean', CASE WHEN question_bound(t.q, 'min') IS NOT NULL AND t.n >= rule_value('figures_least')
            THEN (SELECT round(sum((g.value #>> '{}')::numeric * g.n) / t.n, 2) FROM given g WHERE g.key = t.q ->> 'key' AND g.value <> 'null') END,
        'distribution', CASE WHEN t.q ->> 'type' <> 'text' AND t.n >= rule_value('figures_least') THEN (
            SELECT jsonb_object_agg(o.value #>> '{}', coalesce((SELECT sum(g.n) FROM given g WHERE g.key = t.q ->> 'key' AND g.value @> o.value), 0)::bigint)
            FROM (SELECT to_jsonb(i) AS value FROM generate_series(question_bound(t.q, 'min'), question_bound(t.q, 'max')) i
                  UNION ALL SELECT e -> 'value' FROM jsonb_array_elements(t.q -> 'options') e
                  UNION ALL SELECT b FROM unnest(ARRAY['true', 'false']::jsonb[]) b WHERE t.q ->> 'type' = 'yes_no') o) END) ORDER BY t.place)
    FROM question t
$$;

CREATE FUNCTION public.question_set_never_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'question_set_never_changes', MESSAGE = 'question_set_never_changes';
END
$$;

CREATE FUNCTION public.question_set_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    wanted integer; moved integer;
BEGIN
    SELECT count(*) INTO wanted FROM new_step WHERE resource = 'question_set';
    IF wanted = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE question_set q SET state = n.to_state
    FROM new_step n
    WHERE n.resource = 'question_set' AND q.id = n.subject AND q.state = n.from_state AND q.version + 1 = n.version;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> wanted THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
    END IF;
    INSERT INTO event (type, resource, subject, unit_id, version, data)
    SELECT 'question_set.' || n.to_state, 'question_set', n.subject, q.unit_id, n.version,
        jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
    FROM new_step n JOIN question_set q ON q.id = n.subject
    WHERE n.resource = 'question_set';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.quota_beyond_size(quota jsonb, size integer) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT jsonb_build_object('cell', c.name, 'least', c.least, 'size', size, 'place', c.place)
    FROM (SELECT q.one ->> 'name' AS name, q.place - 1 AS place, sum((q.one ->> 'least')::integer) OVER (ORDER BY q.place) AS least
          FROM jsonb_array_elements(quota) WITH ORDINALITY q (one, place)) c
    WHERE c.least > size AND size > 0
    ORDER BY c.place LIMIT 1
$$;

CREATE FUNCTION public.quota_cells(p public.panel) RETURNS TABLE(name text, wanted jsonb, low integer, high integer, seated integer, place bigint)
    LANGUAGE sql STABLE
    AS $$
    SELECT c.one ->> 'name', c.one -> 'is', coalesce((c.one ->> 'least')::integer, 0), (c.one ->> 'most')::integer,
        (SELECT count(*) FROM member m WHERE m.panel_id = p.id AND member_has_place(m) AND is_in_cell(m, c.one -> 'is'))::integer, c.place
    FROM jsonb_array_elements(p.quota) WITH ORDINALITY c (one, place)
$$;

CREATE FUNCTION public.quota_problems(quota jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    WITH cell AS (
        SELECT c.one, c.place, '/quota/' || c.place - 1 AS pointer FROM jsonb_array_elements(quota) WITH ORDINALITY c (one, place)
    )
    SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', w.code) ORDER BY w.place)
    FROM (
        SELECT c.place, c.pointer || '/most' AS pointer, 'quota_cell_is_possible' AS code FROM cell c
        WHERE (c.one ->> 'most')::integer < (c.one ->> 'least')::integer
        UNION ALL
        SELECT DISTINCT b.place, b.pointer, 'quota_cells_are_apart'
        FROM cell a JOIN cell b ON a.place < b.place
        WHERE a.one ->> 'name' = b.one ->> 'name' OR NOT EXISTS (
            SELECT FROM jsonb_each(a.one -> 'is') x JOIN jsonb_each(b.one -> 'is') y USING (key)
            WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(x.value) v WHERE y.value @> v))) w
$$;

CREATE FUNCTION public.quota_unknown(quota jsonb) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT '/quota/' || c.place - 1 || '/is/municipality/' || m.place - 1
    FROM jsonb_array_elements(quota) WITH ORDINALITY c (one, place)
    CROSS JOIN LATERAL jsonb_array_elements_text(c.one #> '{is,municipality}') WITH ORDINALITY m (code, place)
    WHERE NOT EXISTS (SELECT FROM municipality x WHERE x.code = m.code)
    ORDER BY c.place, m.place LIMIT 1
$$;

CREATE FUNCTION public.random_bytes() RETURNS bytea
    LANGUAGE sql
    AS $$
    SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

CREATE FUNCTION public.rank_query(query tsquery) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN needed IN ('', 'T') THEN query
                WHEN (SELECT count(DISTINCT w[1]) FROM regexp_matches(needed, '(''(?:[^'']|'''')+'')', 'g') AS w) = 1
                    THEN substring(needed FROM '(''(?:[^'']|'''')+'')')::tsquery
                ELSE needed::tsquery END
    FROM querytree(query) AS needed
$$;

CREATE FUNCTION public.read_original(read_id uuid, case_id uuid, reader uuid, why text, hash bytea) RETURNS TABLE(read_at timestamp with time zone, text text, answers jsonb, messages jsonb, reasons jsonb)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH noted AS (
        INSERT INTO original_read (id, feedback_id, caller_id, purpose, request_hash)
        SELECT read_id, case_id, reader, why, hash WHERE case_id IS NOT NULL
        ON CONFLICT (id) DO NOTHING -- the same key for another case at the same time
        RETURNING read_at
    )
    SELECT n.read_at, (SELECT t.original FROM feedback_text t WHERE t.feedback_id = case_id),
        (SELECT jsonb_object_agg(t.question_key, t.original) FROM answer_text t WHERE t.answer_sheet_id = case_id),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('n', m.n, 'kind', m.kind, 'text', m.text, 'sent_on', m.sent_on) ORDER BY m.n), '[]')
         FROM message m WHERE m.feedback_id = case_id AND m.author = 'giver'),
        (SELECT coalesce(jsonb_agg(jsonb_build_object('to', s.to_state, 'reason', s.reason, 'made_on', s.made_on) ORDER BY s.version), '[]')
         FROM step s WHERE s.subject = case_id AND s.who = 'giver' AND s.reason IS NOT NULL)
    FROM noted n
$$;

CREATE FUNCTION public.register(ids uuid[], sessions uuid[], bodies jsonb[], hashes bytea[], token_hashes bytea[], sealed bytea[], key_ids text[], address_hashes bytea[]) RETURNS TABLE(n bigint, id uuid, came_as text, has_link boolean, is_replayed boolean, problem text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
#variable_conflict use_column
DECLARE
    w record;
    known record;
    place session_place;
    earlier uuid;
BEGIN
    PERFORM FROM session_place p WHERE p.session_id = ANY (sessions) ORDER BY p.session_id FOR UPDATE;
    FOR w IN
        SELECT i.*, b.lang, coalesce(b.support_needs, '{}') AS support_needs, coalesce(b.wants_news, false) AS wants_news,
            coalesce(b.wants_digest, false) AS wants_digest
        FROM unnest(ids, sessions, bodies, hashes, token_hashes, sealed, key_ids, address_hashes)
            WITH ORDINALITY i (id, session_id, body, hash, token_hash, sealed, key_id, address_hash, n)
        CROSS JOIN LATERAL jsonb_to_record(i.body) b (lang text, support_needs text[], wants_news boolean, wants_digest boolean)
        ORDER BY i.n
    LOOP
        n := w.n; id := w.id; has_link := w.sealed IS NULL;
        SELECT x.* INTO known FROM (
            SELECT r.session_id, r.came_as, r.request_hash FROM registration r WHERE r.id = w.id
            UNION ALL
            SELECT r.session_id, t.came_as, t.request_hash FROM person_repeat t JOIN registration r ON r.id = t.person_id WHERE t.id = w.id) x;
        is_replayed := FOUND;
        problem := CASE WHEN NOT is_replayed THEN (SELECT coalesce(max(registration_breach(s)), CASE WHEN count(*) = 0 THEN 'not_found' END) FROM session s WHERE s.id = w.session_id)
                        WHEN known.request_hash IS DISTINCT FROM w.hash OR known.session_id <> w.session_id THEN 'idempotency_key_reused' END;
        SELECT p.* INTO place FROM session_place p WHERE p.session_id = w.session_id;
        came_as := CASE WHEN is_replayed THEN known.came_as WHEN place.taken >= place.capacity THEN 'waitlisted' ELSE 'registered' END;
        earlier := registration_of(w.session_id, w.address_hash);
        IF NOT is_replayed AND problem IS NULL AND earlier IS NOT NULL THEN
            INSERT INTO person_repeat (id, person_id, came_as, request_hash) VALUES (w.id, earlier, came_as, w.hash);
            PERFORM mail_person(ARRAY[earlier], 'person_link', 'again:' || app_today());
        ELSIF NOT is_replayed AND problem IS NULL THEN
            UPDATE session_place p SET arrived = p.arrived + 1, taken = p.taken + holds_place(came_as)::integer WHERE p.session_id = w.session_id;
            INSERT INTO registration (id, session_id, n, state, came_as, support_needs, request_hash)
            VALUES (w.id, w.session_id, place.arrived + 1, came_as, came_as, w.support_needs, w.hash);
            INSERT INTO person (id, resource, token_hash, sealed, key_id, address_hash, lang, wants_news, wants_digest)
            VALUES (w.id, 'registration', w.token_hash, w.sealed, w.key_id, w.address_hash, w.lang, w.wants_news, w.wants_digest);
            INSERT INTO audit (actor, action, resource, subject) VALUES ('giver', 'registration.created', 'registration', w.id);
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

CREATE FUNCTION public.registration_breach(s public.session) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN s.id IS NULL OR s.state = 'draft' THEN 'not_found'
                WHEN s.state NOT IN ('published', 'cancelled') OR s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN NOT s.is_open OR s.state = 'cancelled' THEN 'session_is_not_open' END
$$;

CREATE FUNCTION public.registration_forget() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    gone uuid[] := ARRAY(SELECT o.id FROM old_person o WHERE o.resource = 'registration');
BEGIN
    IF gone <> '{}' THEN
        PERFORM lock_places(gone);
        INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
        SELECT gen_random_uuid(), 'registration', r.id, r.state, 'cancelled', 'participant', r.version + 1
        FROM registration r JOIN session s ON s.id = r.session_id
        WHERE r.id = ANY (gone) AND r.state IN ('waitlisted', 'offered', 'registered') AND s.state = 'published' AND s.starts_at > app_now();
        UPDATE registration r SET support_needs = '{}', request_hash = NULL WHERE r.id = ANY (gone);
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE public.registration (
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    n bigint NOT NULL,
    state text NOT NULL,
    came_as text NOT NULL,
    support_needs text[] DEFAULT '{}'::text[] NOT NULL,
    offered_until timestamp with time zone,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT registration_needs_are_known CHECK ((support_needs <@ ARRAY['sign_language'::text, 'interpretation'::text, 'hearing_loop'::text, 'easy_language'::text, 'large_print'::text, 'assistant'::text, 'transport'::text])),
    CONSTRAINT registration_offer_ends CHECK (((state <> 'offered'::text) OR (offered_until IS NOT NULL))),
    CONSTRAINT registration_state CHECK ((state = ANY (ARRAY['waitlisted'::text, 'offered'::text, 'registered'::text, 'expired'::text, 'cancelled'::text, 'attended'::text, 'absent'::text])))
);

CREATE FUNCTION public.registration_move_breach(r public.registration, s public.session, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted IN ('attended', 'absent') THEN CASE WHEN s.starts_at > app_now() THEN 'session_has_not_begun' END
                WHEN s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN wanted = 'registered' AND s.state <> 'published' THEN 'session_is_not_open'
                WHEN wanted = 'registered' AND r.offered_until <= app_now() THEN 'offer_is_over' END
$$;

CREATE FUNCTION public.registration_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    freed uuid[];
BEGIN
    WITH change AS (
        SELECT n.session_id, sum(holds_place(n.state)::integer - holds_place(o.state)::integer)::integer AS taken
        FROM new_registration n JOIN old_registration o USING (id)
        WHERE holds_place(n.state) <> holds_place(o.state)
        GROUP BY n.session_id
    ), counted AS (
        UPDATE session_place p SET taken = p.taken + c.taken FROM change c WHERE p.session_id = c.session_id AND c.taken <> 0
        RETURNING p.session_id, c.taken
    )
    SELECT array_agg(c.session_id) FILTER (WHERE c.taken < 0) INTO freed FROM counted c;
    IF EXISTS (SELECT FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered') THEN
        INSERT INTO job (kind, run_at, subject, data, unique_key)
        SELECT 'clock', n.offered_until, n.id, '{"phase": "offer_end"}', 'offer_end:' || n.id || ':' || n.version
        FROM new_registration n JOIN old_registration o USING (id) WHERE n.state = 'offered' AND o.state <> 'offered';
        PERFORM mail_person_with(ARRAY[n.id], 'place_offered', NULL, false, session_told_of(s.kind, ARRAY[s.starts_at, s.ends_at], NULL, NULL))
        FROM new_registration n JOIN old_registration o USING (id) JOIN session s ON s.id = n.session_id WHERE n.state = 'offered' AND o.state <> 'offered';
    END IF;
    IF freed IS NOT NULL THEN
        PERFORM session_offer(freed);
    END IF;
    UPDATE person p SET ended_on = app_today() FROM new_registration n
    WHERE p.id = n.id AND n.state IN ('cancelled', 'expired') AND p.ended_on IS NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.registration_of(session uuid, hash bytea) RETURNS uuid
    LANGUAGE sql STABLE STRICT SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT r.id
    FROM person p
    CROSS JOIN LATERAL (
        SELECT x.id FROM registration x
        WHERE x.id = p.id AND x.session_id = session AND x.state IN ('waitlisted', 'offered', 'registered') OFFSET 0
    ) r
    WHERE p.address_hash = hash
$$;

CREATE FUNCTION public.registration_offered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.offered_until := least(app_now() + make_interval(hours => rule_value('offer_hours')),
        (SELECT s.starts_at FROM session s WHERE s.id = NEW.session_id));
    RETURN NEW;
END
$$;

CREATE FUNCTION public.reopen_by_giver(case_id uuid, why text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO step (id, resource, subject, from_state, to_state, who, reason, lang, version)
    SELECT gen_random_uuid(), 'feedback', f.id, f.state, 'in_progress', 'giver', why, f.lang, f.version + 1
    FROM feedback f WHERE f.id = case_id AND f.state IN ('answered', 'closed');
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO message (id, feedback_id, n, author, kind, text, lang)
    SELECT gen_random_uuid(), f.id, (SELECT coalesce(max(m.n), 0) + 1 FROM message m WHERE m.feedback_id = f.id), 'giver', 'reopening', why, f.lang
    FROM feedback f WHERE f.id = case_id;
    RETURN true;
END
$$;

CREATE FUNCTION public.report_admit(of_table text, of_unit uuid, first_day date, next_day date) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT p.group_id, p.is_inside, b.block, sum(f.voices) AS voices, coalesce(sum(f.people), 0) AS people
            FROM report_pieces(of_table, of_unit, first_day, next_day) p
            CROSS JOIN (SELECT DISTINCT x.block FROM report_block x WHERE x.table_name = of_table) b
            LEFT JOIN report_frozen f ON f.month = p.month AND f.unit_id = p.unit_id AND f.table_name = of_table AND f.block = b.block
            GROUP BY p.group_id, p.is_inside, b.block
        ) c
        GROUP BY c.group_id, c.is_inside
        HAVING sum(c.voices) > 0 AND min(c.people) < rule_value('publication_least')
    ) THEN
        RETURN false;
    END IF;
    WITH piece AS MATERIALIZED (
        SELECT * FROM report_pieces(of_table, of_unit, first_day, next_day)
    ), cut AS MATERIALIZED (
        SELECT c.group_id, nextval('report_group_seq') AS new_id
        FROM (SELECT p.group_id FROM piece p GROUP BY p.group_id HAVING bool_or(p.is_inside) AND (p.group_id = 0 OR NOT bool_and(p.is_inside))) c
    )
    INSERT INTO report_group AS g (table_name, month, unit_id, group_id)
    SELECT of_table, p.month, p.unit_id, c.new_id FROM piece p JOIN cut c USING (group_id) WHERE p.is_inside
    ON CONFLICT ON CONSTRAINT report_group_pkey DO UPDATE SET group_id = excluded.group_id;
    RETURN true;
END
$$;

CREATE FUNCTION public.report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text) RETURNS TABLE(unit_id uuid, body jsonb)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_column
BEGIN
-- Planned for its values each time: a plan for any values took ten times as long for a year.
RETURN QUERY
WITH counted AS MATERIALIZED (
    SELECT c.unit_id, x.label, sum(x.voices) AS voices
    FROM report_count c
    CROSS JOIN LATERAL unnest(c.labels, c.counts) AS x (label, voices)
    WHERE c.month >= first_day AND c.month < next_day
        AND c.is_whole = (coalesce(wanted_service::text, wanted_level, wanted_theme) IS NULL) AND (wanted_theme IS NULL AND c.theme IS NULL OR c.theme = wanted_theme)
        AND (wanted_service IS NULL OR c.service_id = wanted_service) AND (wanted_level IS NULL OR c.level = wanted_level)
        AND (wanted_unit IS NULL OR c.unit_id IN (SELECT u.id FROM unit u WHERE u.path @> ARRAY[wanted_unit]))
    GROUP BY c.unit_id, x.label
), rolled AS MATERIALIZED (
    SELECT a.unit_id, split_part(c.label, ':', 1) AS figure, split_part(c.label, ':', 2) AS value, sum(c.voices)::bigint AS voices
    FROM counted c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE wanted_unit IS NULL OR a.unit_id = wanted_unit
    GROUP BY a.unit_id, c.label
), number AS (
    SELECT unit_id,
        coalesce(sum(voices) FILTER (WHERE figure = 'kind'), 0)::bigint AS received,
        coalesce(sum(voices) FILTER (WHERE figure = 'answer_wanted'), 0)::bigint AS answer_wanted,
        coalesce(sum(voices) FILTER (WHERE figure = 'days'), 0)::bigint AS answered,
        coalesce(sum(voices) FILTER (WHERE figure = 'time' AND value <> 'no_limit'), 0)::bigint AS with_limit,
        coalesce(sum(voices) FILTER (WHERE figure = 'time' AND value = 'on_time'), 0)::bigint AS on_time,
        coalesce(sum(voices) FILTER (WHERE figure = 'outcome' AND value = 'no_change'), 0)::bigint AS no_change,
        coalesce(sum(voices) FILTER (WHERE figure = 'no_change'), 0)::bigint AS unexplained,
        coalesce(sum(voices) FILTER (WHERE figure = 'kind' AND value = 'concern'), 0)::bigint AS concerns,
        coalesce(sum(voices) FILTER (WHERE figure = 'led_to_change'), 0)::bigint AS led_to_change
    FROM rolled
    GROUP BY unit_id
), placed AS ( -- the days of answers, counted: between which of them the median and the 90th percentile lie
    SELECT unit_id, value::integer AS days, sum(voices) OVER w AS upto,
        0.5::double precision * (sum(voices) OVER (PARTITION BY unit_id) - 1)::double precision AS middle,
        0.9::double precision * (sum(voices) OVER (PARTITION BY unit_id) - 1)::double precision AS ninth
    FROM rolled
    WHERE figure = 'days'
    WINDOW w AS (PARTITION BY unit_id ORDER BY value::integer)
), bound AS (
    SELECT unit_id, max(middle) AS middle, max(ninth) AS ninth,
        min(days) FILTER (WHERE upto > floor(middle))::double precision AS middle_low,
        min(days) FILTER (WHERE upto > ceil(middle))::double precision AS middle_high,
        min(days) FILTER (WHERE upto > floor(ninth))::double precision AS ninth_low,
        min(days) FILTER (WHERE upto > ceil(ninth))::double precision AS ninth_high
    FROM placed
    GROUP BY unit_id
), percentile AS (
    SELECT unit_id, round((middle_low + (middle - floor(middle)) * (middle_high - middle_low))::numeric, 1) AS median,
        round((ninth_low + (ninth - floor(ninth)) * (ninth_high - ninth_low))::numeric, 1) AS p90
    FROM bound
), heard AS (
    SELECT d.unit_id, jsonb_object_agg(d.figure, d.by_value) AS by_figure
    FROM (SELECT r.unit_id, r.figure, jsonb_object_agg(r.value, r.voices) AS by_value
          FROM rolled r
          WHERE r.figure IN ('role', 'age_band', 'lang', 'channel', 'kind', 'outcome')
          GROUP BY r.unit_id, r.figure) d
    GROUP BY d.unit_id
), question AS MATERIALIZED (
    SELECT c.unit_id, f.answer,
        f.asked_on >= first_day AND f.asked_on < next_day AND EXISTS (
            SELECT FROM mail m WHERE m.unique_key = 'follow_up:' || f.id AND m.state = 'sent' OFFSET 0) AS is_asked,
        coalesce(f.answered_on >= first_day AND f.answered_on < next_day, false) AS is_answered
    FROM follow_up f
    JOIN change c ON c.id = f.change_id
    WHERE NOT f.by_staff AND (f.asked_on >= first_day AND f.asked_on < next_day OR f.answered_on >= first_day AND f.answered_on < next_day)
        AND (wanted_service IS NULL OR c.service_id = wanted_service)
        AND (wanted_level IS NULL OR c.level = wanted_level) AND (wanted_theme IS NULL OR c.theme = wanted_theme)
), asked_number AS MATERIALIZED (
    SELECT unit_id, count(*) FILTER (WHERE is_asked) AS asked,
        count(*) FILTER (WHERE is_answered) AS answered,
        count(*) FILTER (WHERE is_answered AND answer = 'better') AS better,
        count(*) FILTER (WHERE is_answered AND answer = 'same') AS same,
        count(*) FILTER (WHERE is_answered AND answer = 'worse') AS worse,
        count(*) FILTER (WHERE is_answered AND answer = 'dont_know') AS dont_know
    FROM question
    GROUP BY unit_id
), follow_up_number AS (
    SELECT a.unit_id, sum(n.asked)::bigint AS asked, sum(n.answered)::bigint AS answered, sum(n.better)::bigint AS better,
        sum(n.same)::bigint AS same, sum(n.worse)::bigint AS worse, sum(n.dont_know)::bigint AS dont_know
    FROM asked_number n
    JOIN unit u ON u.id = n.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE wanted_unit IS NULL OR a.unit_id = wanted_unit
    GROUP BY a.unit_id
), moved AS MATERIALIZED (
    SELECT a.unit_id, c.id, c.title, c.said, c.done, c.state, c.level, c.theme, c.made_on, c.published_on,
        row_number() OVER (PARTITION BY a.unit_id ORDER BY c.made_on DESC NULLS LAST, c.suggested_on DESC, c.id) AS place
    FROM change c
    JOIN unit u ON u.id = c.unit_id
    CROSS JOIN LATERAL unnest(u.path) AS a (unit_id)
    WHERE (c.suggested_on >= first_day AND c.suggested_on < next_day OR EXISTS (
            SELECT FROM step t WHERE t.subject = c.id AND t.made_on >= first_day AND t.made_on < next_day OFFSET 0))
        AND (wanted_unit IS NULL OR a.unit_id = wanted_unit) AND (wanted_service IS NULL OR c.service_id = wanted_service)
        AND (wanted_level IS NULL OR c.level = wanted_level) AND (wanted_theme IS NULL OR c.theme = wanted_theme)
), change_state AS (
    SELECT unit_id, jsonb_object_agg(state, changes) AS by_state
    FROM (SELECT unit_id, state, count(*) AS changes FROM moved GROUP BY unit_id, state) n
    GROUP BY unit_id
), change_list AS (
    SELECT unit_id, jsonb_agg(jsonb_build_object('id', id, 'title', title, 'said', said, 'done', done, 'state', state,
        'level', level, 'theme', theme, 'made_on', made_on, 'published_on', published_on) ORDER BY place) AS changes
    FROM moved
    WHERE place <= 1000
    GROUP BY unit_id
), wanted AS (
    SELECT unit_id FROM number
    UNION SELECT unit_id FROM follow_up_number
    UNION SELECT unit_id FROM moved
    UNION SELECT wanted_unit WHERE wanted_unit IS NOT NULL
)
SELECT w.unit_id, jsonb_build_object(
    'received', coalesce(n.received, 0),
    'answer_wanted', coalesce(n.answer_wanted, 0),
    'answered', coalesce(n.answered, 0),
    'answer_days', jsonb_build_object('median', p.median, 'p90', p.p90,
        'on_time_percent', round(100.0 * n.on_time / nullif(n.with_limit, 0), 1)),
    'outcomes', coalesce(h.by_figure -> 'outcome', '{}'),
    'no_change', jsonb_build_object('closed', coalesce(n.no_change, 0), 'without_reason', coalesce(n.unexplained, 0),
        'without_reason_percent', round(100.0 * n.unexplained / nullif(n.no_change, 0), 1)),
    'concerns', jsonb_build_object('received', coalesce(n.concerns, 0), 'led_to_change', coalesce(n.led_to_change, 0),
        'led_to_change_percent', round(100.0 * n.led_to_change / nullif(n.concerns, 0), 1)),
    'follow_up', jsonb_build_object('asked', coalesce(q.asked, 0), 'answered', coalesce(q.answered, 0),
        'better', coalesce(q.better, 0), 'same', coalesce(q.same, 0), 'worse', coalesce(q.worse, 0),
        'dont_know', coalesce(q.dont_know, 0),
        'confirmation_percent', round(100.0 * q.better / nullif(q.better + q.same + q.worse, 0), 1)),
    'heard', jsonb_build_object('role', '{}'::jsonb, 'age_band', '{}'::jsonb, 'lang', '{}'::jsonb, 'channel', '{}'::jsonb,
        'kind', '{}'::jsonb) || coalesce(h.by_figure - 'outcome', '{}'),
    'changes_by_state', coalesce(cs.by_state, '{}'),
    'changes', coalesce(cl.changes, '[]'))
FROM wanted w
LEFT JOIN number n USING (unit_id)
LEFT JOIN percentile p USING (unit_id)
LEFT JOIN heard h USING (unit_id)
LEFT JOIN follow_up_number q USING (unit_id)
LEFT JOIN change_state cs USING (unit_id)
LEFT JOIN change_list cl USING (unit_id);
END
$$;

CREATE FUNCTION public.report_bookings(first_day date, last_day date, of_unit uuid, caller_units text) RETURNS TABLE(id uuid, unit_id uuid, task text, state text, was text[], unfilled_because text, is_over boolean, hours_to_acceptance numeric, hours numeric)
    LANGUAGE sql STABLE
    AS $$
    SELECT b.id, b.unit_id, b.task, b.state, s.was, b.unfilled_because, b.starts_at <= app_now(),
        round(extract(epoch FROM b.confirmed_at - b.ordered_at) / 3600, 1), extract(epoch FROM b.ends_at - b.starts_at) / 3600
    FROM unit u
    JOIN booking b ON b.unit_id = u.id AND b.starts_at >= day_start(first_day) AND b.starts_at < day_start(last_day + 1)
    CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.to_state), '{}') AS was FROM step x WHERE x.subject = b.id) s
    WHERE unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
$$;

CREATE FUNCTION public.report_case_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_before (feedback_id, version, received_on, unit_id, service_id, level, kind, channel, lang, respondent_role, age_band,
        due_on, answered_on, closed_on, outcome)
    VALUES (OLD.id, OLD.version, OLD.received_on, OLD.unit_id, OLD.service_id, OLD.level, OLD.kind, OLD.channel, OLD.lang, OLD.respondent_role,
        OLD.age_band, OLD.due_on, OLD.answered_on, CASE WHEN OLD.state = 'closed' THEN OLD.closed_on END, OLD.outcome);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_case_left() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_touched (what, month, subject) VALUES ('cells', month_start(OLD.received_on), OLD.unit_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_change_touched() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_touched (what, month)
    SELECT 'period', month_start(NEW.suggested_on)
    UNION
    SELECT 'period', month_start(s.made_on) FROM step s WHERE s.subject = NEW.id;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.theme, OLD.made_on IS NULL) IS DISTINCT FROM (NEW.theme, NEW.made_on IS NULL) THEN
            INSERT INTO report_touched (what, subject) VALUES ('voices', NEW.id);
        END IF;
        IF (OLD.unit_id, OLD.service_id, OLD.level, OLD.theme) IS DISTINCT FROM (NEW.unit_id, NEW.service_id, NEW.level, NEW.theme) THEN
            INSERT INTO report_touched (what, month)
            SELECT DISTINCT 'period', month_start(d.day)
            FROM follow_up f CROSS JOIN LATERAL (VALUES (f.asked_on), (f.answered_on)) AS d (day)
            WHERE f.change_id = NEW.id AND d.day IS NOT NULL;
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_claims(first_day date, last_day date, of_unit uuid, caller_units text) RETURNS TABLE(unit_id uuid, task text, hours numeric, total numeric)
    LANGUAGE sql STABLE
    AS $$
    SELECT b.unit_id, b.task, c.hours, c.total
    FROM unit u
    JOIN booking b ON b.unit_id = u.id AND b.starts_at >= day_start(first_day) AND b.starts_at < day_start(last_day + 1)
    JOIN claim c ON c.booking_id = b.id
    WHERE c.state IN ('approved', 'exported', 'paid') AND unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
$$;

CREATE FUNCTION public.report_correct(of_unit uuid, first_day date, next_day date) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    is_other boolean;
    is_safe boolean;
BEGIN
    CREATE TEMPORARY TABLE report_now ON COMMIT DROP AS
    SELECT u.month, f.unit_id, f.table_name, f.block, f.voices, f.people
    FROM (SELECT DISTINCT x.month FROM report_frozen_unit x WHERE x.month >= first_day AND x.month < next_day) m
    CROSS JOIN LATERAL report_fresh_blocks(m.month) f
    JOIN report_frozen_unit u ON u.month = m.month AND u.unit_id = f.unit_id AND u.path @> ARRAY[of_unit];
    ANALYZE report_now;
    WITH moved AS MATERIALIZED ( -- inside the set
        SELECT d.month, d.unit_id, d.table_name, d.block, sum(d.voices) AS voices, sum(d.people) AS people
        FROM (
            SELECT n.month, n.unit_id, n.table_name, n.block, n.voices, n.people FROM report_now n
            UNION ALL
            SELECT f.month, f.unit_id, f.table_name, f.block, -f.voices, -f.people
            FROM report_frozen f
            JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
            WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit]
        ) d
        GROUP BY d.month, d.unit_id, d.table_name, d.block
    ), cell AS (
        SELECT p.group_id, b.table_name, b.block, coalesce(sum(f.voices), 0) + coalesce(sum(m.voices), 0) AS voices,
            coalesce(sum(f.people), 0) + coalesce(sum(m.people), 0) AS people,
            coalesce(sum(m.voices), 0) AS voices_moved, coalesce(sum(m.people), 0) AS people_moved, bool_and(p.is_inside) AS is_inside
        FROM (SELECT DISTINCT x.table_name, x.block FROM report_block x) b
        CROSS JOIN LATERAL report_pieces(b.table_name, of_unit, first_day, next_day) p
        LEFT JOIN report_frozen f ON f.month = p.month AND f.unit_id = p.unit_id AND f.table_name = b.table_name AND f.block = b.block
        LEFT JOIN moved m ON m.month = p.month AND m.unit_id = p.unit_id AND m.table_name = b.table_name AND m.block = b.block
        WHERE p.group_id <> 0
        GROUP BY p.group_id, b.table_name, b.block
    ), judged AS (
        SELECT bool_and(c.is_inside) AND (sum(c.voices) = 0 OR min(c.people) >= rule_value('publication_least')) AS is_large,
            bool_and(c.voices_moved = 0 AND c.people_moved = 0 OR least(abs(c.voices_moved), abs(c.people_moved)) >= rule_value('publication_least'))
                AS is_still_or_far
        FROM cell c
        GROUP BY c.table_name, c.group_id
    )
    SELECT EXISTS (SELECT FROM moved m WHERE m.voices <> 0 OR m.people <> 0),
        (SELECT coalesce(bool_and(j.is_large AND j.is_still_or_far), true) FROM judged j)
        AND NOT EXISTS (SELECT FROM report_frozen_unit u
            WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit] AND u.corrected_on IS NOT NULL)
    INTO is_other, is_safe;
    IF is_other AND is_safe THEN
        DELETE FROM report_frozen f USING report_frozen_unit u
        WHERE u.month = f.month AND u.unit_id = f.unit_id AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit];
        INSERT INTO report_frozen (month, unit_id, table_name, block, voices, people)
        SELECT n.month, n.unit_id, n.table_name, n.block, n.voices, n.people FROM report_now n;
        UPDATE report_frozen_unit u SET corrected_on = app_today()
        WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit];
    END IF;
    DROP TABLE report_now;
    RETURN is_other AND is_safe;
END
$$;

CREATE FUNCTION public.report_costs(first_day date, last_day date, of_unit uuid, caller_units text) RETURNS TABLE(unit_id uuid, line text, written numeric, claimed numeric)
    LANGUAGE sql STABLE
    AS $$
    SELECT x.unit_id, x.line, coalesce(sum(x.written), 0), coalesce(sum(x.claimed), 0)
    FROM (SELECT c.unit_id, c.line, c.amount AS written, NULL::numeric AS claimed
          FROM unit u
          JOIN participation_cost c ON c.unit_id = u.id AND c.month BETWEEN month_start(first_day) AND last_day
          WHERE unit_is_visible(u.path, caller_units) AND (of_unit IS NULL OR u.path @> ARRAY[of_unit])
          UNION ALL
          SELECT r.unit_id, 'fees', NULL, r.total FROM report_claims(first_day, last_day, of_unit, caller_units) r) x
    GROUP BY x.unit_id, x.line
$$;

CREATE FUNCTION public.report_follow_up_touched() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_touched (what, month)
    SELECT DISTINCT 'period', month_start(d.day)
    FROM touched_follow_up f CROSS JOIN LATERAL (VALUES (f.asked_on), (f.answered_on)) AS d (day)
    WHERE d.day IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_freeze(of_month date) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM report_frozen_unit u WHERE u.month = of_month) THEN
        RETURN;
    END IF;
    INSERT INTO report_frozen_unit (month, unit_id, path) SELECT of_month, u.id, u.path FROM unit u;
    INSERT INTO report_frozen (month, unit_id, table_name, block, voices, people)
    SELECT of_month, f.unit_id, f.table_name, f.block, f.voices, f.people FROM report_fresh_blocks(of_month) f;
    -- A block that is there must be looked at in every group.
    INSERT INTO report_block (table_name, value, block)
    SELECT DISTINCT f.table_name, 'other', 'other' FROM report_frozen f
    WHERE f.month = of_month AND f.block = 'other' AND f.table_name <> 'day'
    ON CONFLICT ON CONSTRAINT report_block_pkey DO NOTHING;
END
$$;

CREATE FUNCTION public.report_fresh(of_month date) RETURNS TABLE(unit_id uuid, table_name text, value text, voices integer, people integer)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
WITH span AS (
    SELECT of_month AS first_day, (of_month + interval '1 month')::date AS next_day
), voice AS MATERIALIZED (
    SELECT f.id, f.unit_id, f.respondent_role, f.age_band, f.lang, f.channel, f.kind, f.outcome, f.answered_on - f.received_on AS days,
        CASE WHEN f.due_on IS NULL THEN 'no_limit' WHEN f.answered_on <= f.due_on THEN 'on_time' ELSE 'late' END AS time,
        f.received_on >= s.first_day AND f.received_on < s.next_day AS is_received,
        coalesce(f.answered_on >= s.first_day AND f.answered_on < s.next_day, false) AS is_answered,
        coalesce(f.closed_on >= s.first_day AND f.closed_on < s.next_day AND f.state = 'closed', false) AS is_closed,
        (NOT EXISTS (SELECT FROM spoken_before b WHERE b.feedback_id = f.id) AND (c.address_hash IS NULL OR NOT EXISTS (
            SELECT FROM contact o JOIN feedback e ON e.id = o.feedback_id
            WHERE o.address_hash = c.address_hash AND (e.received_on, e.id) < (f.received_on, f.id))))::integer AS person
    FROM span s
    JOIN feedback f ON f.respondent_role <> 'staff' AND (f.received_on >= s.first_day AND f.received_on < s.next_day
        OR f.answered_on >= s.first_day AND f.answered_on < s.next_day OR f.closed_on >= s.first_day AND f.closed_on < s.next_day)
    LEFT JOIN contact c ON c.feedback_id = f.id
), answer AS (
    SELECT c.unit_id, f.answer, f.answered_on, (row_number() OVER (PARTITION BY f.contributor ORDER BY f.answered_on, f.id) = 1)::integer AS person
    FROM follow_up f
    JOIN change c ON c.id = f.change_id
    WHERE f.answered_on IS NOT NULL AND NOT f.by_staff
)
SELECT v.unit_id, d.table_name, d.value, count(*)::integer, sum(v.person)::integer
FROM voice v
CROSS JOIN LATERAL (VALUES ('received', 'all', v.is_received), ('role', v.respondent_role, v.is_received),
    ('age_band', coalesce(v.age_band, 'unknown'), v.is_received), ('lang', v.lang, v.is_received), ('channel', v.channel, v.is_received),
    ('kind', v.kind, v.is_received),
    ('led_to_change', CASE WHEN EXISTS (SELECT FROM change_source s JOIN change c ON c.id = s.change_id
        WHERE s.feedback_id = v.id AND c.made_on IS NOT NULL) THEN 'yes' ELSE 'no' END, v.is_received AND v.kind = 'concern'),
    ('answered', 'all', v.is_answered), ('answer_time', v.time, v.is_answered), ('day', v.days::text, v.is_answered),
    ('answer_days', CASE WHEN v.days <= 3 THEN '0_3' WHEN v.days <= 7 THEN '4_7' WHEN v.days <= 14 THEN '8_14' ELSE 'over_14' END, v.is_answered),
    ('closed', 'all', v.is_closed), ('outcome', v.outcome, v.is_closed),
    ('explained', CASE WHEN EXISTS (SELECT FROM shown_step s WHERE s.subject = v.id AND s.to_state = 'closed' AND s.reason IS NOT NULL)
        THEN 'yes' ELSE 'no' END, v.is_closed AND v.outcome = 'no_change')) AS d (table_name, value, counts)
WHERE d.counts
GROUP BY v.unit_id, d.table_name, d.value
UNION ALL
SELECT a.unit_id, d.table_name, d.value, count(*)::integer, sum(a.person)::integer
FROM span s
JOIN answer a ON a.answered_on >= s.first_day AND a.answered_on < s.next_day
CROSS JOIN LATERAL (VALUES ('follow_up', 'all'), ('is_better', a.answer)) AS d (table_name, value)
GROUP BY a.unit_id, d.table_name, d.value
$$;

CREATE FUNCTION public.report_fresh_blocks(of_month date) RETURNS TABLE(unit_id uuid, table_name text, block text, voices integer, people integer)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT f.unit_id, f.table_name, CASE f.table_name WHEN 'day' THEN f.value ELSE coalesce(b.block, 'other') END,
        sum(f.voices)::integer, sum(f.people)::integer
    FROM report_fresh(of_month) f
    LEFT JOIN report_block b ON b.table_name = f.table_name AND b.value = f.value
    GROUP BY 1, 2, 3
$$;

CREATE FUNCTION public.report_pieces(of_table text, of_unit uuid, first_day date, next_day date) RETURNS TABLE(month date, unit_id uuid, group_id bigint, is_inside boolean)
    LANGUAGE sql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
    WITH asked AS MATERIALIZED (
        SELECT u.month, u.unit_id, coalesce(g.group_id, 0) AS group_id
        FROM report_frozen_unit u
        LEFT JOIN report_group g ON g.table_name = of_table AND g.month = u.month AND g.unit_id = u.unit_id
        WHERE u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[of_unit]
    )
    SELECT a.month, a.unit_id, a.group_id, true FROM asked a
    UNION ALL
    SELECT g.month, g.unit_id, g.group_id, false
    FROM report_group g
    WHERE g.table_name = of_table AND g.group_id IN (SELECT a.group_id FROM asked a)
        AND NOT EXISTS (SELECT FROM asked a WHERE a.month = g.month AND a.unit_id = g.unit_id)
$$;

CREATE FUNCTION public.report_publication_asked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, subject, data, unique_key)
    SELECT 'report', n.id, jsonb_build_object('publication', n.id), 'report:publication:' || n.id FROM new_publication n;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_publish(publication_id uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    p report_publication;
    first_day date;
    next_day date;
    next_version integer;
    corrected boolean := false;
    admitted text[] := '{}';
    tables jsonb := '[]';
    t record;
BEGIN
    SELECT * INTO p FROM report_publication r WHERE r.id = publication_id AND r.body IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    first_day := period_first_day(p.period);
    next_day := period_next_day(p.period);
    next_version := coalesce((SELECT max(r.version) FROM report_publication r WHERE r.unit_id = p.unit_id AND r.period = p.period), 0) + 1;
    PERFORM report_freeze(m.month::date) FROM generate_series(first_day::timestamp, next_day - interval '1 day', interval '1 month') AS m (month);
    ANALYZE report_frozen_unit, report_frozen, report_group; -- planned for what they hold now, and not for what they held before
    IF next_version > 1 THEN
        corrected := report_correct(p.unit_id, first_day, next_day);
    END IF;
    FOR t IN SELECT x.name, x.within FROM report_table x ORDER BY x.place LOOP
        IF (t.within IS NULL OR t.within = ANY (admitted)) AND report_admit(t.name, p.unit_id, first_day, next_day) THEN
            admitted := admitted || t.name;
        END IF;
        tables := tables || jsonb_build_object('name', t.name, 'within', t.within, 'figures', CASE WHEN t.name = ANY (admitted) THEN (
            SELECT jsonb_object_agg(b.block, published_figure(coalesce(n.voices, 0)))
            FROM (SELECT DISTINCT x.block FROM report_block x WHERE x.table_name = t.name) b
            LEFT JOIN (
                SELECT f.block, sum(f.voices)::bigint AS voices
                FROM report_frozen f JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
                WHERE f.table_name = t.name AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[p.unit_id]
                GROUP BY f.block) n ON n.block = b.block) END);
    END LOOP;
    UPDATE report_publication r
    SET version = next_version, published_on = app_today(), is_corrected = corrected,
        body = jsonb_build_object('tables', tables,
            'answer_days', CASE WHEN 'answered' = ANY (admitted) THEN (
                -- Of fifty answers or more, in whole days: of fewer they would tell of single ones.
                SELECT CASE WHEN sum(d.people) >= 50 THEN jsonb_build_object(
                    'median', min(d.days) FILTER (WHERE d.upto >= d.total * 0.5), 'p90', min(d.days) FILTER (WHERE d.upto >= d.total * 0.9)) END
                FROM (
                    SELECT f.block::integer AS days, sum(f.people) AS people, sum(sum(f.voices)) OVER (ORDER BY f.block::integer) AS upto,
                        sum(sum(f.voices)) OVER () AS total
                    FROM report_frozen f JOIN report_frozen_unit u ON u.month = f.month AND u.unit_id = f.unit_id
                    WHERE f.table_name = 'day' AND u.month >= first_day AND u.month < next_day AND u.path @> ARRAY[p.unit_id]
                    GROUP BY f.block::integer) d) END,
            'changes', (
                SELECT coalesce(jsonb_agg(c.change || jsonb_build_object('title', w.title, 'said', w.said, 'done', w.done, 'state', w.state,
                    'level', w.level, 'theme', w.theme) ORDER BY c.place), '[]')
                FROM report_bodies(first_day, next_day, p.unit_id, NULL, NULL, NULL) b
                CROSS JOIN LATERAL jsonb_array_elements(b.body -> 'changes') WITH ORDINALITY AS c (change, place)
                JOIN published_change w ON w.id = (c.change ->> 'id')::uuid))
    WHERE r.id = p.id;
END
$$;

CREATE FUNCTION public.report_source_touched() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_touched (what, month, subject)
    SELECT DISTINCT 'cells', month_start(f.received_on), f.unit_id
    FROM touched_source n JOIN feedback f ON f.id = n.feedback_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.report_unit_touched() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO report_touched (what) VALUES ('period');
    RETURN NULL;
END
$$;

CREATE FUNCTION public.resource_unit(resource_name text, row_id uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    unit uuid;
BEGIN
    EXECUTE format('SELECT %s FROM %I x WHERE x.id = $1', (SELECT r.unit_sql FROM moving_resource r WHERE r.resource = resource_name), resource_name)
        INTO unit USING row_id;
    RETURN unit;
END
$_$;

CREATE FUNCTION public.retention_due(of_class text, last_day date, most integer) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
    AS $_$
BEGIN
    IF to_regprocedure(format('retention_due_%s(date, integer)', of_class)) IS NULL THEN
        RETURN QUERY SELECT retention_due_inside(of_class, last_day, most);
    ELSE
        RETURN QUERY EXECUTE format('SELECT retention_due_%s($1, $2)', of_class) USING last_day, most;
    END IF;
END
$_$;

CREATE FUNCTION public.retention_due_addresses(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT encode(a.address_hash, 'hex')
    FROM (SELECT o.address_hash FROM opt_out o WHERE o.made_on <= last_day
          UNION SELECT d.address_hash FROM dead_address d WHERE d.found_on <= last_day) a
    WHERE NOT address_is_known(a.address_hash)
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_cases(is_ended boolean, last_day date, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    (SELECT f.id
     FROM feedback f
     LEFT JOIN feedback o ON o.id = f.duplicate_of
     WHERE is_ended AND f.closed_on IS NOT NULL AND f.closed_on <= last_day AND NOT f.is_erased
         AND (o.id IS NULL OR o.closed_on <= last_day OR o.is_erased)
         AND NOT EXISTS (SELECT FROM feedback x WHERE x.duplicate_of = f.id AND x.closed_on > last_day)
     ORDER BY f.closed_on, f.id
     LIMIT most)
    UNION ALL
    (SELECT f.id
     FROM feedback f
     WHERE NOT is_ended AND f.closed_on IS NULL AND f.received_on <= last_day AND NOT f.is_erased
         AND NOT EXISTS (SELECT FROM step s WHERE s.subject = f.id AND s.made_on > last_day)
         AND NOT EXISTS (SELECT FROM message m WHERE m.feedback_id = f.id AND m.sent_on > last_day)
         AND NOT EXISTS (SELECT FROM feedback x WHERE x.duplicate_of = f.id AND x.closed_on > last_day)
     ORDER BY f.received_on, f.id
     LIMIT most)
$$;

CREATE FUNCTION public.retention_due_claims(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT c.id::text FROM claim c
    WHERE c.state IN ('waived', 'paid') AND c.moved_on <= last_day
        AND (c.expenses_for IS DISTINCT FROM CASE WHEN c.expenses > 0 THEN '–' END OR c.state_reason IS NOT NULL)
    ORDER BY c.moved_on, c.id
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_contacts(last_day date, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT c.feedback_id
    FROM contact c
    JOIN feedback f ON f.id = c.feedback_id
    LEFT JOIN feedback o ON o.id = f.duplicate_of
    WHERE c.ended_on IS NOT NULL AND c.ended_on <= last_day AND (o.id IS NULL OR o.closed_on <= last_day OR o.is_erased)
        AND NOT EXISTS (SELECT FROM mail m WHERE m.feedback_id = c.feedback_id AND m.state = 'queued')
        AND NOT ((c.wants_news OR c.wants_follow_up) AND EXISTS (
            SELECT FROM change_source s JOIN change h ON h.id = s.change_id
            WHERE s.feedback_id = ANY (ARRAY[f.id, f.duplicate_of]) AND NOT change_is_over(h, last_day)))
    ORDER BY c.ended_on, c.feedback_id
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_expert_feedback(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    (SELECT f.id::text FROM booking_feedback f WHERE f.given_on <= last_day AND f.text IS NOT NULL ORDER BY f.given_on, f.id LIMIT most)
    UNION ALL
    (SELECT o.id::text FROM observation o WHERE o.noted_on <= last_day AND o.text IS NOT NULL ORDER BY o.noted_on, o.id LIMIT most)
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_expert_stories(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT e.id::text
    FROM expert e JOIN expert_words w ON w.expert_id = e.id
    WHERE e.ended_on <= last_day AND num_nonnulls(w.title, w.story, w.not_today) > 0
    ORDER BY e.ended_on, e.id
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_input_hashes(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    (SELECT i.id::text FROM input i WHERE i.brought_on <= last_day AND i.request_hash IS NOT NULL ORDER BY i.brought_on, i.id LIMIT most)
    UNION ALL
    (SELECT f.id::text FROM booking_feedback f WHERE f.given_on <= last_day AND f.request_hash IS NOT NULL ORDER BY f.given_on, f.id LIMIT most)
    UNION ALL
    (SELECT o.id::text FROM observation o WHERE o.noted_on <= last_day AND o.request_hash IS NOT NULL ORDER BY o.noted_on, o.id LIMIT most)
    LIMIT most
$$;

CREATE FUNCTION public.retention_due_inputs(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT i.id::text FROM input i WHERE i.brought_on <= last_day AND i.text IS NOT NULL ORDER BY i.brought_on, i.id LIMIT most
$$;

CREATE FUNCTION public.retention_due_inside(of_class text, last_day date, most integer) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    next_moment timestamptz := day_start(last_day + 1);
    done date := (SELECT p.done_upto FROM retention_progress p WHERE p.class = of_class);
BEGIN
    CASE of_class
    WHEN 'texts' THEN RETURN QUERY SELECT d::text FROM retention_due_cases(true, last_day, most) d;
    WHEN 'idle_cases' THEN RETURN QUERY SELECT d::text FROM retention_due_cases(false, last_day, most) d;
    WHEN 'contact' THEN RETURN QUERY SELECT d::text FROM retention_due_contacts(last_day, most) d;
    WHEN 'survey_links' THEN RETURN QUERY
        SELECT l.id::text FROM survey_round r JOIN survey_link l ON l.round_id = r.id
        WHERE r.state IN ('closed', 'cancelled') AND r.closes_at < next_moment AND l.address_hash IS NOT NULL LIMIT most;
    WHEN 'survey_texts' THEN RETURN QUERY
        SELECT t.id::text FROM survey_round r JOIN answer_text t ON t.round_id = r.id
        WHERE r.state = 'closed' AND r.closes_at < next_moment LIMIT most;
    WHEN 'imports' THEN RETURN QUERY SELECT i.id::text FROM import i WHERE i.seen_at < next_moment ORDER BY i.seen_at LIMIT most;
    WHEN 'request_hashes' THEN RETURN QUERY
        (SELECT f.id::text FROM feedback f WHERE f.received_on > done AND f.received_on <= last_day AND f.request_hash IS NOT NULL
         ORDER BY f.received_on, f.id LIMIT most)
        UNION ALL (SELECT s.id::text FROM step s WHERE s.made_on <= last_day AND s.request_hash IS NOT NULL LIMIT most)
        UNION ALL (SELECT m.id::text FROM message m WHERE m.sent_on <= last_day AND m.request_hash IS NOT NULL LIMIT most)
        UNION ALL (SELECT u.id::text FROM follow_up u WHERE u.answered_on <= last_day AND u.request_hash IS NOT NULL LIMIT most)
        UNION ALL (SELECT o.id::text FROM original_read o WHERE o.read_at < next_moment AND o.request_hash IS NOT NULL LIMIT most);
    WHEN 'mail' THEN RETURN QUERY
        SELECT m.id::text FROM mail m
        WHERE m.queued_on <= last_day AND m.state <> 'queued' AND m.unsubscribe_hash IS NULL AND m.survey_link_id IS NULL
            AND m.template <> 'follow_up' LIMIT most;
    WHEN 'addresses' THEN RETURN QUERY
        SELECT encode(a.address_hash, 'hex')
        FROM (SELECT o.address_hash FROM opt_out o WHERE o.made_on <= last_day
              UNION SELECT d.address_hash FROM dead_address d WHERE d.found_on <= last_day) a
        WHERE NOT EXISTS (SELECT FROM contact c WHERE c.address_hash = a.address_hash)
            AND NOT EXISTS (SELECT FROM survey_link l WHERE l.address_hash = a.address_hash) LIMIT most;
    WHEN 'contact_counts' THEN RETURN QUERY
        SELECT encode(k.address_hash, 'hex') || ' ' || k.month FROM contact_count k
        WHERE k.month <= (last_day + 1 - interval '1 month')::date LIMIT most;
    WHEN 'jobs' THEN RETURN QUERY -- those that come again and again, whose names have no colon, wait until somebody has looked
        SELECT j.id::text FROM job j
        WHERE j.state = 'dead' AND j.run_at < next_moment AND (j.unique_key IS NULL OR strpos(j.unique_key, ':') > 0) LIMIT most;
    WHEN 'events' THEN RETURN QUERY
        (SELECT e.id::text FROM event_default e WHERE e.at < next_moment LIMIT most)
        UNION ALL SELECT d::text FROM retention_due_month(last_day) d;
    WHEN 'original_reads' THEN RETURN QUERY SELECT o.id::text FROM original_read o WHERE o.read_at < next_moment LIMIT most;
    WHEN 'api_keys' THEN RETURN QUERY
        SELECT k.id::text FROM api_key k WHERE least(k.revoked_on, k.expires_on) <= last_day AND k.name <> '–' LIMIT most;
    WHEN 'audit' THEN RETURN QUERY -- as far as everything from the beginning of the chain is old enough
        SELECT c.n::text
        FROM (SELECT x.n, bool_and(x.at < next_moment) OVER (ORDER BY x.n) AS is_old
              FROM (SELECT y.n, y.at FROM audit_chain y ORDER BY y.n LIMIT most) x) c
        WHERE c.is_old;
    END CASE;
END
$$;

CREATE FUNCTION public.retention_due_month(last_day date) RETURNS SETOF regclass
    LANGUAGE plpgsql STABLE
    AS $_$
DECLARE
    seen xid8 := (SELECT (j.data ->> 'xid')::xid8 FROM job j WHERE j.unique_key = 'report');
    month_table regclass;
    is_seen boolean;
BEGIN
    FOR month_table IN
        SELECT c.oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'event'::regclass AND c.relname ~ '^event_[0-9]{6}$'
            AND (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month')::date <= last_day + 1
        ORDER BY c.relname
    LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s WHERE xid >= $1)', month_table) INTO is_seen USING seen;
        IF is_seen OR seen IS NULL THEN
            RETURN NEXT month_table;
            RETURN;
        END IF;
    END LOOP;
END
$_$;

CREATE FUNCTION public.retention_due_people(last_day date, most integer) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$
    SELECT p.id::text
    FROM person p
    WHERE p.ended_on <= last_day AND NOT EXISTS (SELECT FROM mail m WHERE m.person_id = p.id AND m.state = 'queued')
        AND NOT (p.has_address AND p.wants_news AND EXISTS (
            SELECT FROM person_changes(p.id) x JOIN change h ON h.id = x AND NOT change_is_over(h, last_day)))
        AND NOT EXISTS (SELECT FROM claim c WHERE c.expert_id = p.id AND c.state IN ('submitted', 'returned', 'approved', 'exported'))
    ORDER BY p.ended_on, p.id
    LIMIT most
$$;

CREATE FUNCTION public.retention_purge(of_class text, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    last_day date := app_today() - (SELECT r.days FROM retention r WHERE r.class = of_class);
    keys text[];
    purged integer := 0;
BEGIN
    IF to_regprocedure(format('retention_due_%s(date, integer)', of_class)) IS NULL THEN
        RETURN retention_purge_inside(of_class, most);
    END IF;
    keys := ARRAY(SELECT retention_due(of_class, last_day, most));
    IF cardinality(keys) > 0 THEN
        EXECUTE format('SELECT retention_purge_%s($1, $2)', of_class) INTO purged USING keys, last_day;
    END IF;
    INSERT INTO audit (actor, action, resource, code) SELECT acting_kind(), 'retention.purged', 'retention', of_class || '=' || purged WHERE purged > 0;
    RETURN purged;
END
$_$;

CREATE FUNCTION public.retention_purge_addresses(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM opt_out o USING unnest(keys) d (hash) WHERE o.address_hash = decode(d.hash, 'hex') AND o.made_on <= last_day;
    DELETE FROM dead_address a USING unnest(keys) d (hash) WHERE a.address_hash = decode(d.hash, 'hex') AND a.found_on <= last_day;
    RETURN cardinality(keys);
END
$$;

CREATE FUNCTION public.retention_purge_audit(last_n bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO audit_anchor (n, xid, place, hash) SELECT c.n, c.xid, c.place, c.hash FROM audit_chain c WHERE c.n = last_n;
    DELETE FROM audit a USING audit_chain c WHERE c.n <= last_n AND a.xid = c.xid AND a.place = c.place;
    DELETE FROM audit_chain c WHERE c.n <= last_n;
END
$$;

CREATE FUNCTION public.retention_purge_claims(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE claim c SET expenses_for = CASE WHEN c.expenses > 0 THEN '–' END, state_reason = NULL WHERE c.id = ANY (keys::uuid[]);
    UPDATE step s SET reason = '–' WHERE s.subject = ANY (keys::uuid[]) AND s.reason IS NOT NULL;
    RETURN cardinality(keys);
END
$$;

CREATE FUNCTION public.retention_purge_events(keys text[]) RETURNS integer
    LANGUAGE plpgsql
    AS $_$
DECLARE
    key text;
    purged integer := 0;
BEGIN
    PERFORM set_config('lock_timeout', '200ms', true);
    FOREACH key IN ARRAY keys LOOP
        IF key ~ '^[0-9]+$' THEN
            DELETE FROM event_default e WHERE e.id = key::bigint;
        ELSE
            BEGIN
                EXECUTE 'DROP TABLE ' || key;
            EXCEPTION WHEN lock_not_available THEN
                purged := purged - 1;
            END;
        END IF;
        purged := purged + 1;
    END LOOP;
    PERFORM set_config('lock_timeout', '0', true);
    RETURN purged;
END
$_$;

CREATE FUNCTION public.retention_purge_expert_feedback(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE booking_feedback f SET text = NULL, request_hash = NULL WHERE f.id = ANY (keys::uuid[]);
    UPDATE observation o SET text = NULL, person_id = NULL, request_hash = NULL WHERE o.id = ANY (keys::uuid[]);
    RETURN cardinality(keys);
END
$$;

CREATE FUNCTION public.retention_purge_expert_stories(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    purged integer;
BEGIN
    UPDATE expert_words w SET title = NULL, story = NULL, not_today = NULL
    FROM expert e WHERE e.id = w.expert_id AND e.id = ANY (keys::uuid[]) AND e.ended_on <= last_day;
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;

CREATE FUNCTION public.retention_purge_input_hashes(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE input i SET request_hash = NULL WHERE i.id = ANY (keys::uuid[]);
    UPDATE booking_feedback f SET request_hash = NULL WHERE f.id = ANY (keys::uuid[]);
    UPDATE observation o SET request_hash = NULL WHERE o.id = ANY (keys::uuid[]);
    RETURN cardinality(keys);
END
$$;

CREATE FUNCTION public.retention_purge_inputs(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE input i SET text = NULL, person_id = NULL, request_hash = NULL, state_reason = CASE WHEN i.state_reason IS NOT NULL THEN '–' END
    WHERE i.id = ANY (keys::uuid[]);
    UPDATE step s SET reason = '–' WHERE s.subject = ANY (keys::uuid[]) AND s.reason IS NOT NULL;
    RETURN cardinality(keys);
END
$$;

CREATE FUNCTION public.retention_purge_inside(of_class text, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    last_day date := app_today() - (SELECT r.days FROM retention r WHERE r.class = of_class);
    keys text[] := ARRAY(SELECT retention_due(of_class, last_day, most));
    ids uuid[];
    purged integer;
BEGIN
    IF of_class = 'audit' THEN
        PERFORM pg_advisory_xact_lock(hashtext('audit_chain'));
    ELSIF of_class IN ('texts', 'idle_cases', 'contact') THEN
        keys := ARRAY(SELECT f.id::text FROM feedback f WHERE f.id = ANY (keys::uuid[]) ORDER BY f.id FOR UPDATE SKIP LOCKED);
        -- What they are now that nobody else can change them.
        keys := ARRAY(SELECT d FROM retention_due(of_class, last_day, most) d WHERE d = ANY (keys));
    END IF;
    IF cardinality(keys) = 0 THEN
        IF of_class = 'request_hashes' THEN
            UPDATE retention_progress p SET done_upto = last_day WHERE p.class = of_class AND p.done_upto < last_day;
        END IF;
        RETURN 0;
    END IF;
    IF of_class NOT IN ('addresses', 'contact_counts', 'jobs', 'events', 'audit') THEN
        ids := keys::uuid[];
    END IF;
    purged := cardinality(keys);
    CASE of_class
    WHEN 'texts', 'idle_cases' THEN
        INSERT INTO erasure (feedback_id, who) SELECT d.id, 'retention' FROM unnest(ids) d (id) ORDER BY d.id;
    WHEN 'contact' THEN
        PERFORM forget_contributor(c.feedback_id, c.address_hash) FROM contact c WHERE c.feedback_id = ANY (ids);
        UPDATE mail m SET unsubscribe_hash = NULL WHERE m.feedback_id = ANY (ids) AND m.unsubscribe_hash IS NOT NULL;
    WHEN 'survey_links' THEN
        DELETE FROM mail m WHERE m.survey_link_id = ANY (ids);
        UPDATE survey_link l SET used = NULL, used_key = NULL, sealed = NULL, key_id = NULL, address_hash = NULL WHERE l.id = ANY (ids);
    WHEN 'survey_texts' THEN DELETE FROM answer_text t WHERE t.id = ANY (ids);
    WHEN 'imports' THEN
        DELETE FROM import_refusal r USING (SELECT x.import_id, x.line FROM import_refusal x WHERE x.import_id = ANY (ids) LIMIT most) d
        WHERE r.import_id = d.import_id AND r.line = d.line;
        GET DIAGNOSTICS purged = ROW_COUNT;
        IF purged = 0 THEN
            DELETE FROM import i WHERE i.id = ANY (ids) AND i.seen_at < day_start(last_day + 1);
            GET DIAGNOSTICS purged = ROW_COUNT;
        END IF;
    WHEN 'request_hashes' THEN
        UPDATE retention_progress p SET done_upto = d.day - 1
        FROM (SELECT max(f.received_on) AS day FROM feedback f WHERE f.id = ANY (ids)) d WHERE p.class = of_class AND p.done_upto < d.day - 1;
        UPDATE feedback f SET request_hash = NULL WHERE f.id = ANY (ids);
        UPDATE step s SET request_hash = NULL WHERE s.id = ANY (ids);
        UPDATE message m SET request_hash = NULL WHERE m.id = ANY (ids);
        UPDATE follow_up u SET request_id = NULL, request_hash = NULL WHERE u.id = ANY (ids);
        UPDATE original_read o SET request_hash = NULL WHERE o.id = ANY (ids);
    WHEN 'mail' THEN DELETE FROM mail m WHERE m.id = ANY (ids);
    WHEN 'addresses' THEN
        DELETE FROM opt_out o USING unnest(keys) d (hash) WHERE o.address_hash = decode(d.hash, 'hex') AND o.made_on <= last_day;
        DELETE FROM dead_address a USING unnest(keys) d (hash) WHERE a.address_hash = decode(d.hash, 'hex') AND a.found_on <= last_day;
    WHEN 'contact_counts' THEN
        DELETE FROM contact_count k USING unnest(keys) d (key)
        WHERE k.address_hash = decode(split_part(d.key, ' ', 1), 'hex') AND k.month = split_part(d.key, ' ', 2)::date;
    WHEN 'jobs' THEN
        UPDATE mail m SET state = 'failed' FROM job j
        WHERE j.id = ANY (keys::bigint[]) AND j.kind IN ('mail', 'mail_bulk') AND m.id = j.subject AND m.state = 'queued';
        DELETE FROM job j WHERE j.id = ANY (keys::bigint[]) AND j.state = 'dead';
    WHEN 'events' THEN purged := retention_purge_events(keys);
    WHEN 'original_reads' THEN DELETE FROM original_read o WHERE o.id = ANY (ids);
    WHEN 'api_keys' THEN UPDATE api_key k SET name = '–', secret_hash = random_bytes(), request_hash = NULL WHERE k.id = ANY (ids);
    WHEN 'audit' THEN PERFORM retention_purge_audit((SELECT max(d.n::bigint) FROM unnest(keys) d (n)));
    END CASE;
    INSERT INTO audit (actor, action, resource, code) SELECT acting_kind(), 'retention.purged', 'retention', of_class || '=' || purged WHERE purged > 0;
    RETURN purged;
END
$$;

CREATE FUNCTION public.retention_purge_people(keys text[], last_day date) RETURNS integer
    LANGUAGE plpgsql
    AS $$
DECLARE
    purged integer;
BEGIN
    DELETE FROM person p WHERE p.id = ANY (keys::uuid[]) AND p.ended_on <= last_day;
    GET DIAGNOSTICS purged = ROW_COUNT;
    RETURN purged;
END
$$;

CREATE TABLE public.round (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    survey_round_id uuid NOT NULL,
    has_discussion boolean DEFAULT false NOT NULL,
    summary jsonb DEFAULT '{}'::jsonb NOT NULL,
    feedback jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT round_has_feedback CHECK (((state <> ALL (ARRAY['fed_back'::text, 'archived'::text])) OR (feedback <> '{}'::jsonb))),
    CONSTRAINT round_has_summary CHECK (((state <> ALL (ARRAY['summarised'::text, 'fed_back'::text, 'archived'::text])) OR (summary <> '{}'::jsonb))),
    CONSTRAINT round_state CHECK ((state = ANY (ARRAY['draft'::text, 'open'::text, 'closed'::text, 'summarised'::text, 'fed_back'::text, 'archived'::text, 'cancelled'::text]))),
    CONSTRAINT round_texts_are_by_language CHECK ((public.is_language_map(summary) AND public.is_language_map(feedback)))
);

CREATE FUNCTION public.round_breach(r public.round, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted = 'open' AND (SELECT p.state FROM panel p WHERE p.id = r.panel_id) <> 'active' THEN 'panel_is_not_active'
                WHEN wanted = 'summarised' AND r.summary = '{}' THEN 'round_has_summary'
                WHEN wanted = 'fed_back' AND r.feedback = '{}' THEN 'round_has_feedback' END
$$;

CREATE FUNCTION public.round_comments(of_round uuid, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_array(personal_text('round_comments'))
        || jsonb_agg(jsonb_build_object('lang', c.lang, 'text', CASE tag WHEN 'en' THEN '“' ELSE '”' END || c.words || '”') ORDER BY c.brought_on DESC, c.id)
    FROM (SELECT i.id, i.lang, i.brought_on, coalesce(i.masked, i.text) AS words FROM input i
          WHERE i.round_id = of_round AND i.kind = 'comment' AND i.state <> 'withdrawn' AND i.text IS NOT NULL
          ORDER BY i.brought_on DESC, i.id LIMIT 20) c
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.round_links_make(of_round uuid, ids uuid[], hashes bytea[], people uuid[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    batch CONSTANT uuid := gen_random_uuid();
    asked_id CONSTANT uuid := (SELECT r.survey_round_id FROM round r WHERE r.id = of_round);
BEGIN
    INSERT INTO survey_link_batch (id, round_id, link_count) VALUES (batch, asked_id, cardinality(ids));
    INSERT INTO survey_link (id, round_id, batch_id, token_hash, person_id, lang)
    SELECT w.id, asked_id, batch, w.hash, p.id, p.lang
    FROM unnest(ids, hashes, people) AS w (id, hash, person) JOIN person p ON p.id = w.person
    ORDER BY w.id
    ON CONFLICT ON CONSTRAINT survey_link_person_once DO NOTHING;
END
$$;

CREATE FUNCTION public.round_make(new_id uuid, of_panel uuid, wish jsonb, hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    survey_id CONSTANT uuid := gen_random_uuid();
    asked_id CONSTANT uuid := gen_random_uuid();
BEGIN
    IF EXISTS (SELECT FROM round r WHERE r.id = new_id) THEN
        RETURN false;
    END IF;
    INSERT INTO survey (id, unit_id, question_set_id, title, intro, audience, state)
    SELECT survey_id, p.unit_id, b.question_set_id, b.title, coalesce(b.intro, '{}'), 'panel', 'open'
    FROM panel p CROSS JOIN jsonb_to_record(wish) AS b (question_set_id uuid, title jsonb, intro jsonb) WHERE p.id = of_panel;
    INSERT INTO survey_round (id, survey_id, n, opens_at, closes_at, remind_at)
    SELECT asked_id, survey_id, 1, b.opens_at, b.closes_at, b.remind_at
    FROM jsonb_to_record(wish) AS b (opens_at timestamptz, closes_at timestamptz, remind_at timestamptz);
    INSERT INTO round (id, panel_id, survey_round_id, has_discussion, request_hash)
    VALUES (new_id, of_panel, asked_id, coalesce((wish ->> 'has_discussion')::boolean, false), hash);
    RETURN true;
EXCEPTION WHEN unique_violation THEN
    RETURN false; -- the same request at the same time was first: its survey is the one
END
$$;

CREATE FUNCTION public.round_people(of_round uuid, most integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT w.id
    FROM round r
    JOIN member m ON m.panel_id = r.panel_id AND m.state = 'active'
    JOIN person w ON w.id = m.id AND w.ended_on IS NULL
    WHERE r.id = of_round AND r.state = 'open' AND NOT EXISTS (SELECT FROM survey_link l WHERE l.round_id = r.survey_round_id AND l.person_id = w.id)
    ORDER BY w.id
    LIMIT most
$$;

CREATE FUNCTION public.round_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource IN ('round', 'survey_round', 'survey')) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM new_step n JOIN survey_round x ON n.resource = 'survey' AND x.survey_id = n.subject OR n.resource = 'survey_round' AND x.id = n.subject
               JOIN round r ON r.survey_round_id = x.id WHERE n.who <> 'system') THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'survey_is_of_round', MESSAGE = 'survey_is_of_round';
    END IF;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', x.id, x.state, CASE n.to_state WHEN 'open' THEN 'open' ELSE 'closed' END, 'system', x.version + 1
    FROM new_step n JOIN round r ON r.id = n.subject JOIN survey_round x ON x.id = r.survey_round_id
    WHERE n.resource = 'round' AND (n.to_state = 'open' AND x.state = 'planned' OR n.to_state IN ('closed', 'cancelled') AND x.state = 'open');
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'round', r.id, r.state, n.to_state, 'system', r.version + 1
    FROM new_step n JOIN round r ON r.survey_round_id = n.subject
    WHERE n.resource = 'survey_round' AND (n.to_state = 'open' AND r.state = 'draft' OR n.to_state = 'closed' AND r.state = 'open');
    INSERT INTO job (kind, subject, data) SELECT 'follow_up', n.subject, '{"phase": "links"}' FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'open';
    INSERT INTO job (kind, run_at, subject, data)
    SELECT 'clock', app_now() + make_interval(days => rule_value('round_archive_days')), n.subject, '{"phase": "panel_round_archive"}'
    FROM new_step n WHERE n.resource = 'round' AND n.to_state = 'fed_back';
    PERFORM mail_person(array_agg(m.id), 'person_news', 'round:' || r.id)
    FROM new_step n JOIN round r ON r.id = n.subject JOIN member m ON m.panel_id = r.panel_id AND m.state = 'active'
    WHERE n.resource = 'round' AND n.to_state = 'fed_back'
    GROUP BY r.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.search_answer_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM forget_words(array_agg(DISTINCT o.answer_sheet_id)) FROM old_answer o HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.search_block(query tsquery, langs tsquery[], first_day date, last_day date, before public.search_hit, states text[], overdue boolean, is_ranked boolean, most integer) RETURNS public.search_hit[]
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    ranked_by CONSTANT tsquery[] := ARRAY(SELECT rank_query(l.query) FROM unnest(langs) WITH ORDINALITY AS l (query, n) ORDER BY l.n);
BEGIN
    RETURN coalesce((
        SELECT array_agg(ROW(CASE WHEN is_ranked THEN round(1000000 * ts_rank(x.words, ranked_by[x.place]))::integer END, x.received_on,
            x.feedback_id)::search_hit)
        FROM (
            SELECT w.feedback_id, w.received_on, w.words, l.place
            FROM feedback_words w
            CROSS JOIN LATERAL (
                SELECT language_place(w.lang) AS place
            ) l
            WHERE w.words @@ query AND w.words @@ langs[l.place] AND w.received_on BETWEEN first_day AND last_day
                AND (before IS NULL OR (w.received_on, w.feedback_id) < (before.received_on, before.id))
                AND (states IS NULL AND overdue IS NULL OR EXISTS (
                    SELECT FROM feedback f WHERE f.id = w.feedback_id AND feedback_matches(f, NULL, NULL, states, overdue)))
            LIMIT most + 1
        ) x
    ), '{}');
END
$$;

CREATE FUNCTION public.search_cases(asked jsonb, marks tsquery, states text[], overdue boolean, from_day date, to_day date, after public.search_hit, page integer) RETURNS TABLE(place bigint, id uuid, rank integer, received_on date, matches bigint)
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET work_mem TO '16MB'
    AS $$
DECLARE
    langs CONSTANT tsquery[] := asked_queries(asked, false);
    is_first CONSTANT boolean := after.id IS NULL;
    before CONSTANT search_hit := CASE WHEN after.rank IS NULL THEN after END; -- newest first
    is_ranked boolean := after.id IS NULL OR after.rank IS NOT NULL;
    query tsquery;
    first_day integer;
    last_day integer;
    too_many_in integer;
    found search_hit[] := '{}';
BEGIN
    FOR i IN 1 .. 4 LOOP -- most words are the same in languages that they do not belong to
        CONTINUE WHEN langs[i] IS NULL OR langs[i] = ANY (langs[:i - 1]);
        query := CASE WHEN query IS NULL THEN langs[i] ELSE query || langs[i] END;
    END LOOP;
    IF query IS NULL THEN
        RETURN;
    END IF;
    query := query && marks;
    first_day := day_number(greatest(from_day, (SELECT min(f.received_on) FROM feedback f)));
    last_day := day_number(least(to_day, (SELECT max(f.received_on) FROM feedback f), before.received_on));
    IF is_first THEN
        SELECT r.last_day, r.matches, r.too_many_in INTO last_day, found, too_many_in
        FROM search_ranked(query, langs, first_day, last_day, states, overdue, (SELECT r.value FROM rule r WHERE r.name = 'search_ranked')) r;
        is_ranked := too_many_in IS NULL;
    ELSIF is_ranked THEN
        found := search_block(query, langs, day_of(first_day), day_of(last_day), NULL, states, overdue, true, 1000000000);
    END IF;
    IF NOT is_ranked AND cardinality(found) < page THEN
        found := found || search_newest(query, langs, first_day, last_day, before, states, overdue, page - cardinality(found),
            CASE too_many_in WHEN 4 THEN 3 ELSE 0 END);
    END IF;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY h.rank DESC, h.received_on DESC, h.id DESC), h.id, h.rank, h.received_on,
        CASE WHEN is_ranked THEN cardinality(found)::bigint END
    FROM (
        SELECT x.id, r.rank, x.received_on
        FROM unnest(found) x
        CROSS JOIN LATERAL (SELECT CASE WHEN is_ranked THEN x.rank END AS rank) r
        WHERE is_first OR NOT is_ranked OR (x.rank, x.received_on, x.id) < (after.rank, after.received_on, after.id)
        ORDER BY r.rank DESC, x.received_on DESC, x.id DESC
        LIMIT page
    ) h
    ORDER BY 1;
END
$$;

CREATE FUNCTION public.search_count(query tsquery, langs tsquery[], first_day date, last_day date, states text[], overdue boolean, most integer) RETURNS integer
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN (
        SELECT count(*)
        FROM (
            SELECT FROM feedback_words w
            WHERE w.words @@ query AND w.words @@ langs[language_place(w.lang)] AND w.received_on BETWEEN first_day AND last_day
                AND (states IS NULL AND overdue IS NULL OR EXISTS (
                    SELECT FROM feedback f WHERE f.id = w.feedback_id AND feedback_matches(f, NULL, NULL, states, overdue)))
            LIMIT most
        ) x
    );
END
$$;

CREATE FUNCTION public.search_feedback_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM index_again(array_agg(n.id))
    FROM new_feedback n JOIN old_feedback o USING (id)
    WHERE (n.unit_id, n.kind, n.closed_on IS NULL) <> (o.unit_id, o.kind, o.closed_on IS NULL) OR n.service_id IS DISTINCT FROM o.service_id
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.search_filter(unit_id uuid, service_id uuid, kinds text[], states text[], overdue boolean, caller_units text) RETURNS tsquery
    LANGUAGE sql STABLE
    AS $$
    SELECT units_query(CASE WHEN unit_id IS NOT NULL THEN ARRAY[unit_id] END) && units_query(caller_units::uuid[])
        && CASE WHEN service_id IS NULL THEN '' ELSE marks_query(ARRAY[id_mark('s', service_id)]) END
        && CASE WHEN kinds IS NULL THEN '' ELSE marks_query(ARRAY(SELECT '@k' || k.kind FROM unnest(kinds) AS k (kind))) END
        && CASE WHEN states IS NULL THEN '' ELSE marks_query(ARRAY(SELECT DISTINCT state_mark(s.state) FROM unnest(states) AS s (state))) END
        && CASE WHEN overdue THEN '@o' ELSE '' END::tsquery
$$;

CREATE FUNCTION public.search_marks(f public.feedback, unit_path uuid[]) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(array_remove(ARRAY['@k' || f.kind, state_mark(f.state),
            CASE WHEN f.service_id IS NOT NULL THEN id_mark('s', f.service_id) END,
            day_mark(0, day_number(f.received_on)), day_mark(1, day_number(f.received_on)),
            day_mark(2, day_number(f.received_on)), day_mark(3, day_number(f.received_on)),
            day_part_mark(day_number(f.received_on), day_part(f.id))], NULL)
        || ARRAY(SELECT id_mark('u', u.id) FROM unnest(unit_path) AS u (id)))
$$;

CREATE FUNCTION public.search_message_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM index_again(array_agg(DISTINCT n.feedback_id)) FROM new_message n WHERE n.author = 'giver' HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.search_newest(query tsquery, langs tsquery[], first_day integer, last_day integer, before public.search_hit, states text[], overdue boolean, page integer, first_width integer) RETURNS public.search_hit[]
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    sortable CONSTANT integer := 500;
    unbounded CONSTANT integer := 1000000000;
    is_full CONSTANT boolean := first_width = 3;
    size integer := 3 * first_width;
    full_from integer[] := array_fill(2147483647, ARRAY[10]); -- by size + 1: where the block begins that has too much
    start_day integer;
    hits search_hit[];
    found search_hit[] := '{}';
BEGIN
    WHILE last_day >= first_day AND cardinality(found) < page LOOP
        start_day := greatest((last_day >> size) << size, first_day);
        IF start_day = first_day AND is_full AND found = '{}' THEN
            full_from[size + 1] := start_day;
        END IF;
        IF full_from[size + 1] <> start_day THEN
            hits := search_block(query && block_query(size, start_day, last_day), langs, day_of(start_day), day_of(last_day),
                before, states, overdue, false, sortable);
        END IF;
        IF (full_from[size + 1] = start_day OR cardinality(hits) > sortable) AND size > 0 THEN
            full_from[size + 1] := start_day;
            size := size - 1;
            CONTINUE;
        ELSIF full_from[1] = start_day OR cardinality(hits) > sortable THEN
            hits := '{}';
            FOR part IN REVERSE 63 .. 0 LOOP
                hits := hits || search_block(query && quote_literal(day_part_mark(last_day, part))::tsquery, langs, day_of(last_day),
                    day_of(last_day), before, states, overdue, false, unbounded);
                EXIT WHEN cardinality(found) + cardinality(hits) >= page;
            END LOOP;
        ELSIF cardinality(hits) = 0 AND size < 9 AND full_from[size + 2] < start_day THEN
            full_from[size + 1] := full_from[size + 2]; -- what the newer half has not, the older one has
        END IF;
        found := found || hits;
        last_day := start_day - 1;
        WHILE size < 9 AND cardinality(hits) < sortable / 8 AND last_day < full_from[size + 2] LOOP
            size := size + 1;
            EXIT WHEN size % 3 = 0 OR cardinality(hits) > 0;
        END LOOP;
    END LOOP;
    RETURN found;
END
$$;

CREATE FUNCTION public.search_ranked(query tsquery, langs tsquery[], first_day integer, INOUT last_day integer, states text[], overdue boolean, rankable integer, OUT matches public.search_hit[], OUT too_many_in integer) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    is_narrow boolean := true;
    marks text[] := ARRAY[day_mark(2, last_day), day_mark(2, last_day - 64)];
    start_day integer := greatest(((last_day >> 6) - 1) << 6, first_day);
    hits search_hit[];
    left_over integer;
BEGIN
    matches := '{}';
    WHILE last_day >= first_day LOOP
        IF NOT is_narrow AND cardinality(matches) < rankable / 100 THEN
            left_over := search_count(query, langs, day_of(start_day), day_of(last_day), states, overdue, rankable - cardinality(matches) + 1);
            too_many_in := CASE WHEN left_over > rankable - cardinality(matches) THEN 4 END;
            EXIT WHEN left_over = 0 OR too_many_in IS NOT NULL;
        END IF;
        hits := search_block(CASE WHEN is_narrow THEN query && marks_query(marks) ELSE query END, langs, day_of(start_day), day_of(last_day),
            NULL, states, overdue, true, rankable - cardinality(matches));
        IF cardinality(matches) + cardinality(hits) > rankable THEN
            too_many_in := CASE WHEN is_narrow THEN 2 ELSE 4 END;
            RETURN;
        END IF;
        matches := matches || hits;
        last_day := start_day - 1;
        is_narrow := cardinality(hits) * 8 > rankable - cardinality(matches);
        marks := ARRAY[day_mark(2, last_day)];
        start_day := CASE WHEN is_narrow THEN greatest((last_day >> 6) << 6, first_day) ELSE first_day END;
    END LOOP;
END
$$;

CREATE FUNCTION public.search_snippet(case_id uuid, langs tsquery[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    around CONSTANT integer := 6;
    shown CONSTANT integer := 30;
    characters CONSTANT integer := 400;
    said text := case_words(case_id);
    indexed feedback_words;
    hits integer[];
    first_word integer;
    last_word integer;
    at integer;
    stop integer;
    pieces jsonb := '[]';
BEGIN
    SELECT w.* INTO indexed FROM feedback_words w WHERE w.feedback_id = case_id;
    IF said IS NULL OR indexed IS NULL OR length(said) < indexed.text_length THEN
        RETURN '[]';
    END IF;
    SELECT coalesce(array_agg(DISTINCT p.n ORDER BY p.n), '{}') INTO hits
    FROM unnest(indexed.words) w
    CROSS JOIN LATERAL unnest(w.positions) AS p (n)
    WHERE array_to_tsvector(ARRAY[w.lexeme]) @@ langs[language_place(indexed.lang)];
    first_word := greatest(1, coalesce(hits[1], 1) - around);
    last_word := least(cardinality(indexed.spots), first_word + shown - 1);
    at := CASE WHEN first_word > 1 THEN indexed.spots[first_word] / 64 ELSE 0 END;
    stop := least(at + characters, CASE WHEN last_word < cardinality(indexed.spots)
        THEN indexed.spots[last_word] / 64 + indexed.spots[last_word] % 64 ELSE indexed.text_length END);
    IF at > 0 THEN
        pieces := '[{"text": "… ", "hit": false}]';
    END IF;
    FOR i IN 1 .. cardinality(hits) LOOP
        EXIT WHEN hits[i] > last_word OR indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64 > stop;
        pieces := pieces || snippet_piece(said, at, indexed.spots[hits[i]] / 64, false)
            || snippet_piece(said, indexed.spots[hits[i]] / 64, indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64, true);
        at := indexed.spots[hits[i]] / 64 + indexed.spots[hits[i]] % 64;
    END LOOP;
    pieces := pieces || snippet_piece(said, at, stop, false);
    RETURN pieces || CASE WHEN stop < indexed.text_length THEN '[{"text": " …", "hit": false}]' ELSE '[]' END::jsonb;
END
$$;

CREATE FUNCTION public.search_stem(word text, lang text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(CASE lang WHEN 'fi' THEN (ts_lexize('finnish_stem', word))[1] WHEN 'sv' THEN (ts_lexize('swedish_stem', word))[1]
        WHEN 'en' THEN (ts_lexize('english_stem', word))[1] END, word)
$$;

CREATE FUNCTION public.search_text_deleted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM forget_words(array_agg(o.feedback_id)) FROM old_text o HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.search_unit_moved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM index_again(array_agg(f.id))
    FROM new_unit n JOIN old_unit o USING (id) JOIN feedback f ON f.unit_id = n.id
    WHERE n.path <> o.path
    HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.selection_count(s public.panel_selection, of_result text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT count(*) FROM jsonb_array_elements(s.candidates) c WHERE of_result IS NULL OR c ->> 'result' = of_result
$$;

CREATE TABLE public.session_series (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    first_on date NOT NULL,
    begins_at time without time zone NOT NULL,
    lasts_minutes integer NOT NULL,
    times integer NOT NULL,
    week text,
    weekday text,
    month_day integer,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT session_series_lasts CHECK (((lasts_minutes >= 1) AND (lasts_minutes <= 1440))),
    CONSTRAINT session_series_month_day CHECK (((month_day >= 1) AND (month_day <= 31))),
    CONSTRAINT session_series_repeats CHECK ((num_nonnulls(week, weekday) =
CASE
    WHEN (month_day IS NULL) THEN 2
    ELSE 0
END)),
    CONSTRAINT session_series_times CHECK (((times >= 1) AND (times <= 36))),
    CONSTRAINT session_series_week CHECK ((week = ANY (ARRAY['first'::text, 'second'::text, 'third'::text, 'fourth'::text, 'last'::text]))),
    CONSTRAINT session_series_weekday CHECK ((weekday = ANY (ARRAY['monday'::text, 'tuesday'::text, 'wednesday'::text, 'thursday'::text, 'friday'::text, 'saturday'::text, 'sunday'::text])))
);

CREATE FUNCTION public.series_clock_problem(s public.session_series) RETURNS TABLE(problem text, local_time text)
    LANGUAGE sql STABLE
    AS $$
    SELECT m.problem, to_char(d + s.begins_at, 'YYYY-MM-DD"T"HH24:MI')
    FROM monthly_days(s.first_on, s.times, array_position('{first,second,third,fourth,last}', s.week),
        array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', s.weekday), s.month_day) d
    CROSS JOIN LATERAL local_moment(d, s.begins_at, 'Europe/Helsinki') m
    WHERE m.problem IS NOT NULL
    ORDER BY d LIMIT 1
$$;

CREATE FUNCTION public.series_moments(s public.session_series) RETURNS SETOF timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT (d + s.begins_at) AT TIME ZONE 'Europe/Helsinki'
    FROM monthly_days(s.first_on, s.times, array_position('{first,second,third,fourth,last}', s.week),
        array_position('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}', s.weekday), s.month_day) d
$$;

CREATE FUNCTION public.series_moved(series uuid, wanted text, roles text[], wish public.move_wish, OUT sessions jsonb, OUT _replayed boolean, OUT _problem text, OUT _members jsonb) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    before record;
BEGIN
    SELECT x.request_hash, s.series_id INTO before FROM step x LEFT JOIN session s ON s.id = x.subject WHERE x.id = (wish).step_id;
    _replayed := FOUND;
    IF _replayed THEN
        _problem := CASE WHEN before.request_hash IS DISTINCT FROM (wish).request_hash OR before.series_id IS DISTINCT FROM series THEN 'idempotency_key_reused' END;
    ELSE
        SELECT min(w.breach), jsonb_build_object('sessions', jsonb_agg(w.id ORDER BY w.starts_at)) INTO _problem, _members
        FROM (SELECT s.id, s.starts_at, session_breach(s, wanted) AS breach FROM session s
              WHERE s.series_id = series AND s.starts_at > app_now() AND legal_states('session', s.state, roles) ? wanted) w
        WHERE w.breach IS NOT NULL;
        IF _problem IS NULL THEN
            PERFORM act_as((wish).caller_id);
            INSERT INTO step AS x (id, resource, subject, from_state, to_state, who, caller_id, reason, version, request_hash)
            SELECT CASE row_number() OVER (ORDER BY s.starts_at, s.id) WHEN 1 THEN (wish).step_id ELSE gen_random_uuid() END, 'session', s.id, s.state, wanted,
                roles[1], (wish).caller_id, (wish).body ->> 'reason', s.version + 1, (wish).request_hash
            FROM session s
            WHERE s.series_id = series AND s.starts_at > app_now() AND legal_states('session', s.state, roles) ? wanted;
            _problem := CASE WHEN NOT FOUND THEN 'session_series_is_over' END;
        END IF;
        _members := CASE WHEN _problem <> 'session_series_is_over' THEN _members END;
    END IF;
    sessions := series_sessions(series);
EXCEPTION WHEN unique_violation THEN
    _problem := 'idempotency_key_reused'; -- for another series at the same time
END
$$;

CREATE FUNCTION public.series_sessions(series uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'starts_at', utc_text(s.starts_at), 'ends_at', utc_text(s.ends_at), 'state', s.state)
                              ORDER BY s.starts_at), '[]')
    FROM session s WHERE s.series_id = series
$$;

CREATE FUNCTION public.session_absences_end() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM attendance a USING new_session n JOIN old_session o USING (id)
    WHERE a.session_id = n.id AND n.starts_at <> o.starts_at AND n.starts_at > app_now() AND a.said_absent AND a.attended IS NULL;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.session_agenda(s public.session, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('lang', (array_agg(i.title ->> 'lang' ORDER BY i.n))[1], 'text', string_agg(
        concat(i.title ->> 'text', ' (' || nullif(concat_ws(', ', i.minutes || ' min', i.who), '') || ')'), E'\n' ORDER BY i.n))
    FROM (SELECT x.n, page_words(x.item -> 'title', tag) AS title, x.item ->> 'minutes' AS minutes, x.item ->> 'who' AS who
          FROM jsonb_array_elements(s.agenda) WITH ORDINALITY x (item, n)) i
    HAVING count(*) > 0
$$;

CREATE FUNCTION public.session_breach(s public.session, wanted text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN wanted = 'published' AND s.place IS NULL AND s.online_url IS NULL THEN 'session_has_place'
                WHEN wanted = 'published' AND s.starts_at <= app_now() THEN 'session_has_begun'
                WHEN wanted = 'held' AND s.starts_at > app_now() THEN 'session_has_not_begun'
                WHEN wanted = 'minutes_published' AND s.minutes = '{}' THEN 'session_has_minutes' END
$$;

CREATE FUNCTION public.session_changes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.changed_at := app_now();
    IF OLD.state = 'published' AND (NEW.state = 'cancelled'
            OR (NEW.starts_at, NEW.ends_at, NEW.place, NEW.online_url) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.place, OLD.online_url)) THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.session_form(s public.session, tag text, is_full boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('operation', 'registration_create', 'values', jsonb_build_object('lang', left(tag, 2)),
        'title', personal_text('register_title'), 'button', personal_text(CASE WHEN is_full THEN 'register_to_wait' ELSE 'register' END),
        'texts', page_list(personal_text('register_how')),
        'fields', jsonb_build_array(
            jsonb_build_object('name', 'support_needs', 'type', 'checks', 'label', personal_text('register_needs'), 'options', page_options('support',
                '{sign_language,interpretation,hearing_loop,easy_language,large_print,assistant,transport}')),
            email_field('register_email')) || news_fields('{wants_news}'))
$$;

CREATE FUNCTION public.session_jobs(sessions uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', w.at, s.id, jsonb_build_object('phase', w.phase), w.phase || ':' || s.id || ':' || s.state || ':' || extract(epoch FROM w.at)
    FROM session s CROSS JOIN LATERAL (VALUES
        ('session_remind', s.starts_at - make_interval(hours => rule_value('session_reminder_hours')), s.state = 'published'),
        ('session_end', s.ends_at + make_interval(days => rule_value('session_close_days')), s.state IN ('published', 'minutes_published', 'cancelled'))
        ) w (phase, at, is_wanted)
    WHERE s.id = ANY (sessions) AND w.is_wanted AND (w.at > app_now() OR w.phase = 'session_end')
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.session_lasts_within_rule(starts_at timestamp with time zone, ends_at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT ends_at <= starts_at + make_interval(hours => rule_value('session_most_hours'))
$$;

CREATE FUNCTION public.session_minutes_published() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO session_minutes (session_id, n, minutes)
    SELECT n.id, 1 + (SELECT count(*) FROM session_minutes x WHERE x.session_id = n.id), n.minutes
    FROM new_session n JOIN old_session o USING (id)
    WHERE n.state = 'minutes_published' AND (o.state <> 'minutes_published' OR n.minutes <> o.minutes);
    PERFORM mail_person_with(session_people(n.id, '{registered,attended,absent}'), 'session_minutes', n.id::text, false,
        session_told_of(n.kind, ARRAY[n.starts_at, n.ends_at], NULL, NULL))
    FROM new_session n JOIN old_session o USING (id)
    WHERE n.state = 'minutes_published' AND o.state <> 'minutes_published';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.session_minutes_title(of_session uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN count(*) > 1 THEN personal_text('session_minutes_corrected', jsonb_build_object('day', page_day(max(m.published_on)))) ELSE personal_text('session_minutes') END
    FROM session_minutes m WHERE m.session_id = of_session
$$;

CREATE FUNCTION public.session_moment(s public.session) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT personal_text(CASE WHEN b.at::date = e.at::date THEN 'moment_hours' ELSE 'moment_days' END, jsonb_build_object(
        'weekday', personal_text('weekday_' || extract(isodow FROM b.at)), 'day', page_day(b.at::date), 'from', to_char(b.at, 'FMHH24.MI'),
        'last_weekday', personal_text('weekday_' || extract(isodow FROM e.at)), 'last_day', page_day(e.at::date), 'to', to_char(e.at, 'FMHH24.MI')))
    FROM (VALUES (s.starts_at AT TIME ZONE 'Europe/Helsinki')) b (at), (VALUES (s.ends_at AT TIME ZONE 'Europe/Helsinki')) e (at)
$$;

CREATE FUNCTION public.session_offer(sessions uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'registration', r.id, 'waitlisted', 'offered', 'system', r.version + 1
    FROM session_place p
    JOIN session s ON s.id = p.session_id AND s.state = 'published' AND s.starts_at > app_now()
    CROSS JOIN LATERAL (
        SELECT w.id, w.version FROM registration w
        WHERE w.session_id = p.session_id AND w.state = 'waitlisted'
        ORDER BY w.n
        LIMIT p.capacity - p.taken
    ) r
    WHERE p.session_id = ANY (sessions) AND (p.capacity IS NULL OR p.taken < p.capacity)
$$;

CREATE FUNCTION public.session_panels_breach(panel_ids uuid[], begins_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN bool_or(p.state IN ('ended', 'evaluated')) THEN 'panel_is_over'
                WHEN bool_or(p.ends_on < (begins_at AT TIME ZONE 'Europe/Helsinki')::date) THEN 'session_is_within_panel' END
    FROM panel p WHERE p.id = ANY (panel_ids)
$$;

CREATE FUNCTION public.session_part(s public.session, tags text[], online text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', page_words(s.title, tags[1]),
        'texts', page_list(
            CASE WHEN s.state = 'cancelled' THEN personal_text('session_cancelled', jsonb_build_object('reason', coalesce(session_reason(s.id), ''))) END,
            page_words(s.description, tags[1]),
            CASE WHEN s.state <> 'cancelled' AND s.agenda <> '[]' THEN personal_text('session_agenda') END,
            CASE WHEN s.state <> 'cancelled' THEN session_agenda(s, tags[1]) END)
            || CASE WHEN s.state IN ('minutes_published', 'closed') THEN page_list(session_minutes_title(s.id), page_words(s.minutes, tags[1])) ELSE '[]' END,
        'facts', page_facts(jsonb_build_array('session_when', session_moment(s)),
            jsonb_build_array('session_place', nullif(concat_ws(', ', nullif(text_in(coalesce(s.place -> 'room', '{}'), tags), ''), s.place ->> 'address'), '')),
            jsonb_build_array('session_access', page_words(coalesce(s.place -> 'accessibility', '{}'), tags[1])),
            jsonb_build_array('session_online', online)))
$$;

CREATE FUNCTION public.session_people(session uuid, states text[]) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$
    SELECT array_agg(x.id)
    FROM (SELECT r.id FROM registration r WHERE r.session_id = session AND r.state = ANY (states)
          UNION
          SELECT m.id FROM session_panel p JOIN member m ON m.panel_id = p.panel_id AND m.state = 'active' WHERE p.session_id = session) x
$$;

CREATE FUNCTION public.session_places() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO session_place (session_id, capacity) SELECT n.id, n.capacity FROM new_session n;
    ELSE -- locked whatever changes: who registers at this moment is told of it too, or sees it
        PERFORM FROM session_place p JOIN new_session n ON n.id = p.session_id ORDER BY p.session_id FOR UPDATE OF p;
        UPDATE session_place p SET capacity = n.capacity FROM new_session n WHERE p.session_id = n.id AND p.capacity IS DISTINCT FROM n.capacity;
        PERFORM session_offer(ARRAY(SELECT n.id FROM new_session n));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.session_reason(session uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT s.reason FROM step s WHERE s.subject = session AND s.resource = 'session' AND s.to_state = 'cancelled'
$$;

CREATE FUNCTION public.session_status(s public.session) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE s.state WHEN 'cancelled' THEN 'CANCELLED' ELSE 'CONFIRMED' END
$$;

CREATE FUNCTION public.session_supports(s public.session) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT personal_text('session_supports', jsonb_build_object('all', jsonb_agg(jsonb_build_object(
        'text', personal_text('support_' || v), 'comma', CASE WHEN n < cardinality(s.support) THEN ', ' ELSE '' END) ORDER BY n)))
    FROM unnest(s.support) WITH ORDINALITY x (v, n) HAVING count(*) > 0
$$;

CREATE FUNCTION public.session_told() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_person_with(array_agg(DISTINCT p.id), t.template, min(t.id::text) || ':' || min(t.sequence), false,
        session_told_of(min(t.kind), min(t.now_is), min(t.before), max(t.now_is)))
    FROM (SELECT n.id, n.sequence, coalesce(n.series_id, n.id) AS occasion, n.kind, ARRAY[n.starts_at, n.ends_at] AS now_is, ARRAY[o.starts_at, o.ends_at] AS before,
              CASE WHEN n.state = 'cancelled' THEN 'session_cancelled' WHEN o.state = 'draft' THEN 'session_published' ELSE 'session_moved' END AS template
          FROM new_session n JOIN old_session o USING (id)
          WHERE n.state = 'published' AND (o.state = 'draft' OR n.sequence > o.sequence) OR n.state = 'cancelled' AND o.state = 'published') t
    CROSS JOIN LATERAL unnest(session_people(t.id, '{waitlisted,offered,registered}')) p (id)
    GROUP BY t.occasion, t.template;
    PERFORM session_jobs(array_agg(n.id))
    FROM new_session n JOIN old_session o USING (id)
    WHERE (n.state, n.starts_at, n.ends_at) IS DISTINCT FROM (o.state, o.starts_at, o.ends_at) HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.session_told_of(of_kind text, now_is timestamp with time zone[], before timestamp with time zone[], last_one timestamp with time zone[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT jsonb_object_agg('is_' || k.kind, k.kind = of_kind)
        || jsonb_build_object('is', now_is, 'was', nullif(before, now_is), 'last', nullif(last_one, now_is))
    FROM unnest(ARRAY['meeting', 'workshop', 'evening', 'hearing']) k (kind)
$$;

CREATE FUNCTION public.shown_questions(questions jsonb, answers jsonb) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    q jsonb; shown text[] := '{}';
BEGIN
    FOR q IN SELECT x FROM jsonb_array_elements(questions) x LOOP
        IF question_is_shown(q, shown, answers) THEN
            shown := shown || (q ->> 'key');
        END IF;
    END LOOP;
    RETURN shown;
END
$$;

CREATE FUNCTION public.similar_cases(wanted_change uuid, asked jsonb, marks tsquery, after public.search_hit, page integer) RETURNS TABLE(place bigint, id uuid, rank integer, received_on date, words tsquery[])
    LANGUAGE plpgsql STABLE
    SET enable_seqscan TO 'off'
    SET work_mem TO '16MB'
    AS $$
DECLARE
    words_at_most CONSTANT integer := 12;
    cases_of_word CONSTANT integer := 200;
    nothing CONSTANT tsquery[] := array_fill(NULL::tsquery, ARRAY[4]);
    first_day CONSTANT integer := day_number((app_today() - make_interval(months => rule_value('similar_months')))::date);
    last_day CONSTANT integer := day_number((SELECT max(f.received_on) FROM feedback f));
    queries tsquery[] := nothing;
    query tsquery;
    w record;
    hits search_hit[];
    found search_hit[] := '{}'; -- the weight of a word as the rank
    taken integer := 0;
BEGIN
    IF wanted_change IS NULL THEN
        RETURN;
    END IF;
    FOR w IN SELECT s.* FROM similar_words(wanted_change, asked) s LOOP
        query := quote_literal(w.word)::tsquery;
        hits := search_newest(query && marks, nothing[:w.lang - 1] || query || nothing[w.lang + 1:], first_day, last_day, NULL, NULL, NULL,
            cases_of_word, 2);
        CONTINUE WHEN cardinality(hits) <= w.sources AND NOT EXISTS ( -- nobody else has it
            SELECT FROM unnest(hits) h
            WHERE NOT EXISTS (SELECT FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id = h.id));
        queries[w.lang] := CASE WHEN queries[w.lang] IS NULL THEN query ELSE queries[w.lang] || query END;
        found := found || ARRAY(SELECT ROW(w.weight, h.received_on, h.id)::search_hit FROM unnest(hits) h
                                ORDER BY h.received_on DESC, h.id DESC LIMIT cases_of_word);
        taken := taken + 1;
        EXIT WHEN taken = words_at_most;
    END LOOP;
    RETURN QUERY
    SELECT row_number() OVER (ORDER BY h.rank DESC, h.received_on DESC, h.id DESC), h.id, h.rank, h.received_on, queries
    FROM (
        SELECT x.id, sum(x.rank)::integer AS rank, x.received_on
        FROM unnest(found) x
        GROUP BY x.id, x.received_on
        ORDER BY 2 DESC, x.received_on DESC, x.id DESC
    ) h
    CROSS JOIN LATERAL ( -- neither a source, nor what follows one
        SELECT FROM feedback f
        WHERE f.id = h.id AND NOT EXISTS (
            SELECT FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id = ANY (ARRAY[f.id, f.duplicate_of]) OFFSET 0)
        OFFSET 0
    ) f
    WHERE after.id IS NULL OR (h.rank, h.received_on, h.id) < (after.rank, after.received_on, after.id)
    ORDER BY h.rank DESC, h.received_on DESC, h.id DESC
    LIMIT page;
END
$$;

CREATE FUNCTION public.similar_words(wanted_change uuid, asked jsonb) RETURNS TABLE(lang integer, word text, weight integer, sources integer)
    LANGUAGE sql STABLE
    AS $$
    WITH own AS (
        SELECT q.place::integer AS lang, m.found[1] AS word, true AS is_asked, 0 AS sources
        FROM unnest(asked_queries(asked, true)) WITH ORDINALITY AS q (query, place)
        CROSS JOIN LATERAL regexp_matches(q.query::text, '''(\w+)''', 'g') AS m (found)
        UNION ALL
        SELECT language_place(w.lang), x.lexeme, false, 1
        FROM (SELECT s.feedback_id FROM change_source s WHERE s.change_id = wanted_change AND s.feedback_id IS NOT NULL
              ORDER BY s.feedback_id LIMIT 100) s
        JOIN feedback_words w ON w.feedback_id = s.feedback_id
        CROSS JOIN LATERAL unnest(w.words) AS x
    ), candidate AS MATERIALIZED (
        SELECT o.lang, o.word, 2 * bool_or(o.is_asked)::integer + least(sum(o.sources), 2) AS times, sum(o.sources) AS sources
        FROM own o
        GROUP BY o.lang, o.word
        HAVING is_telling_word(o.word, o.lang)
    ), sample AS MATERIALIZED (
        SELECT language_place(w.lang) AS lang, tsvector_to_array(w.words) AS words
        FROM feedback_words w
            TABLESAMPLE SYSTEM ((SELECT least(100, 40000 / greatest(c.reltuples, 1)) FROM pg_class c WHERE c.oid = 'feedback_words'::regclass))
            REPEATABLE (1)
        LIMIT 2000
    ), size AS (
        SELECT s.lang, count(*) AS cases FROM sample s GROUP BY s.lang
    ), common AS (
        SELECT s.lang, x.word, count(*) AS cases FROM sample s CROSS JOIN LATERAL unnest(s.words) AS x (word) GROUP BY s.lang, x.word
    )
    SELECT c.lang, c.word, floor(r.rarity * c.times)::integer, c.sources::integer
    FROM candidate c
    JOIN size z ON z.lang = c.lang -- in other languages there is nothing to find
    LEFT JOIN common k ON k.lang = c.lang AND k.word = c.word
    CROSS JOIN LATERAL (SELECT log(2.0, (z.cases + 100.0) / (coalesce(k.cases, 0) + 5)) AS rarity) r
    WHERE r.rarity >= 3 -- about one case in seven
    ORDER BY 3 DESC, c.word
    LIMIT 60
$$;

CREATE FUNCTION public.snippet_piece(said text, from_character integer, to_character integer, is_hit boolean) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN to_character > from_character
        THEN jsonb_build_array(jsonb_build_object('text', substr(said, from_character + 1, to_character - from_character), 'hit', is_hit))
        ELSE '[]' END
$$;

CREATE FUNCTION public.state_mark(state text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN state IN ('received', 'in_progress', 'waiting_giver', 'answered') THEN '@o' ELSE '@e' || state END
$$;

CREATE FUNCTION public.state_moved(resource text, subject uuid, INOUT state text, INOUT _version bigint, roles text[], wish public.move_wish, breach text DEFAULT NULL::text, errors jsonb DEFAULT NULL::jsonb, OUT _replayed boolean, OUT _problem text, OUT _pointer text, OUT _members jsonb, OUT _errors jsonb) RETURNS record
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_variable
DECLARE
    step_hash bytea;
    wanted CONSTANT text := (wish).body ->> 'to';
    reasons CONSTANT jsonb := nullif((wish).body -> 'reasons', '{}');
    why CONSTANT text := coalesce((wish).body ->> 'reason', nullif(text_in(reasons, ARRAY(SELECT w.tag FROM wanted_language w ORDER BY w.place)), ''));
    legal transition;
BEGIN
    SELECT s.request_hash INTO step_hash FROM step s WHERE s.id = (wish).step_id;
    _replayed := FOUND;
    IF _replayed THEN
        _problem := CASE WHEN step_hash IS DISTINCT FROM (wish).request_hash THEN 'idempotency_key_reused' END;
        RETURN;
    END IF;
    SELECT t.* INTO legal FROM transition t
    WHERE t.resource = state_moved.resource AND t.from_state = state_moved.state AND t.to_state = wanted AND t.who = ANY (roles)
    ORDER BY t.reason, t.who LIMIT 1;
    _problem := CASE WHEN _version <> (wish).if_match THEN 'stale_version'
                     WHEN legal.who IS NULL THEN 'illegal_transition'
                     WHEN legal.reason AND why IS NULL THEN 'reason_required'
                     ELSE breach END;
    _pointer := CASE _problem WHEN 'illegal_transition' THEN '/to' WHEN 'reason_required' THEN '/reason' END;
    _members := CASE _problem WHEN 'illegal_transition' THEN jsonb_build_object('legal', legal_states(resource, state, roles)) END;
    _errors := CASE _problem WHEN breach THEN errors END;
    IF _problem IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM act_as((wish).caller_id);
    INSERT INTO step AS s (id, resource, subject, from_state, to_state, who, caller_id, reason, data, version, request_hash)
    VALUES ((wish).step_id, resource, subject, state, wanted, legal.who, (wish).caller_id, why,
        CASE WHEN reasons IS NULL THEN '{}' ELSE jsonb_build_object('reasons', words_by_language((wish).body ->> 'reason', reasons)) END,
        _version + 1, (wish).request_hash)
    ON CONFLICT (id) DO NOTHING; -- the same key for another subject at the same time
    IF NOT FOUND THEN
        _problem := 'idempotency_key_reused';
        RETURN;
    END IF;
    state := wanted;
    _version := _version + 1;
END
$$;

CREATE FUNCTION public.statement_adopted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_mailbox(p.unit_id, 'statement_adopted', 'coordinator', NEW.id, NEW.id::text) FROM panel p WHERE p.id = NEW.panel_id;
    RETURN NULL;
END
$$;

CREATE TABLE public.statement (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    title jsonb NOT NULL,
    question jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_on date NOT NULL,
    decision_on date NOT NULL,
    text jsonb DEFAULT '{}'::jsonb NOT NULL,
    effect jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text DEFAULT 'requested'::text NOT NULL,
    requested_on date DEFAULT public.app_today() NOT NULL,
    adopted_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT statement_due_before_decision CHECK ((due_on < decision_on)),
    CONSTRAINT statement_has_effect CHECK (((state <> ALL (ARRAY['considered'::text, 'published'::text])) OR (effect <> '{}'::jsonb))),
    CONSTRAINT statement_has_text CHECK (((state = ANY (ARRAY['requested'::text, 'missed'::text])) OR (text <> '{}'::jsonb))),
    CONSTRAINT statement_state CHECK ((state = ANY (ARRAY['requested'::text, 'adopted'::text, 'missed'::text, 'delivered'::text, 'considered'::text, 'published'::text]))),
    CONSTRAINT statement_texts_are_by_language CHECK ((public.is_language_map(question) AND public.is_language_map(text) AND public.is_language_map(effect))),
    CONSTRAINT statement_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE FUNCTION public.statement_adopter_breach(s public.statement, member_role text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN member_role <> 'chair' THEN 'statement_adopter_is_chair' ELSE statement_breach(s, 'adopted') END
$$;

CREATE FUNCTION public.statement_asked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM mail_person(array_agg(m.id), 'person_news', 'statement:' || n.id)
    FROM new_statement n JOIN member m ON m.panel_id = n.panel_id AND m.state = 'active'
    GROUP BY n.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.statement_breach(s public.statement, wanted text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN wanted IN ('adopted', 'delivered') AND s.text = '{}' THEN 'statement_has_text'
                WHEN wanted IN ('considered', 'published') AND s.effect = '{}' THEN 'statement_has_effect' END
$$;

CREATE FUNCTION public.statement_clock() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(day_start(n.due_on + 1), app_now()), n.id, '{"phase": "statement_due"}', 'statement_due:' || n.id || ':' || n.due_on
    FROM new_statement n WHERE n.state = 'requested'
    ON CONFLICT (unique_key) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.statement_delivered() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM statement s WHERE s.id = NEW.link_id FOR NO KEY UPDATE;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'statement', s.id, s.state, 'delivered', 'system', s.version + 1
    FROM statement s WHERE s.id = NEW.link_id AND s.state = 'adopted';
    RETURN NULL;
END
$$;

CREATE FUNCTION public.statement_follows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.state = 'adopted' AND OLD.state <> 'adopted' THEN
        NEW.adopted_on := app_today();
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.stemmed(plain tsvector, lang text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(string_agg('''' || search_stem(w.lexeme, lang) || ''':' || array_to_string(w.positions, 'A,') || 'A', ' '), '')::tsvector
    FROM unnest(plain) w
$$;

CREATE FUNCTION public.step_has_reason() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM new_step n JOIN transition t USING (resource, from_state, to_state, who) WHERE t.reason AND n.reason IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_has_reason', MESSAGE = 'step_has_reason';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.step_moves() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
-- Written by moving_resource_written().
#variable_conflict use_column
DECLARE
    of_resource text;
    moved_rows bigint;
BEGIN
    FOR of_resource IN SELECT r.resource FROM moving_resource r WHERE r.resource IN (SELECT n.resource FROM new_step n) ORDER BY r.resource LOOP
        CASE of_resource

        WHEN 'booking' THEN
            WITH moved AS (
                UPDATE booking x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'booking' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, x.unit_id AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'booking' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'budget_ballot' THEN
            WITH moved AS (
                UPDATE budget_ballot x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'budget_ballot' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT d.unit_id FROM consultation c JOIN decision d ON d.id = c.decision_id WHERE c.id = x.consultation_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'budget_ballot' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'claim' THEN
            WITH moved AS (
                UPDATE claim x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'claim' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT b.unit_id FROM booking b WHERE b.id = x.booking_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'claim' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'co_development' THEN
            WITH moved AS (
                UPDATE co_development x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'co_development' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'co_development' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'consultation' THEN
            WITH moved AS (
                UPDATE consultation x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'consultation' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT d.unit_id FROM decision d WHERE d.id = x.decision_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'consultation' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'expert' THEN
            WITH moved AS (
                UPDATE expert x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'expert' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, x.unit_id AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'expert' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'input' THEN
            WITH moved AS (
                UPDATE input x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'input' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, input_unit(x) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'input' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'member' THEN
            WITH moved AS (
                UPDATE member x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'member' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'member' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'offer' THEN
            WITH moved AS (
                UPDATE offer x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'offer' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT b.unit_id FROM booking b WHERE b.id = x.booking_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'offer' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'panel' THEN
            WITH moved AS (
                UPDATE panel x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'panel' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, x.unit_id AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'panel' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'registration' THEN
            WITH moved AS (
                UPDATE registration x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'registration' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT s.unit_id FROM session s WHERE s.id = x.session_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'registration' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'round' THEN
            WITH moved AS (
                UPDATE round x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'round' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'round' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'session' THEN
            WITH moved AS (
                UPDATE session x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'session' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, x.unit_id AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'session' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'statement' THEN
            WITH moved AS (
                UPDATE statement x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'statement' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'statement' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'survey' THEN
            WITH moved AS (
                UPDATE survey x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'survey' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, x.unit_id AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'survey' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'survey_round' THEN
            WITH moved AS (
                UPDATE survey_round x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'survey_round' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT s.unit_id FROM survey s WHERE s.id = x.survey_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'survey_round' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        WHEN 'vote' THEN
            WITH moved AS (
                UPDATE vote x SET state = n.to_state FROM new_step n
                WHERE n.resource = 'vote' AND x.id = n.subject AND x.state = n.from_state AND x.version + 1 = n.version
                RETURNING x.id, (SELECT p.unit_id FROM panel p WHERE p.id = x.panel_id) AS unit_id
            ), told AS (
                INSERT INTO event (type, resource, subject, unit_id, version, data)
                SELECT n.resource || '.' || n.to_state, n.resource, n.subject, m.unit_id, n.version,
                    jsonb_build_object('from', n.from_state, 'to', n.to_state, 'who', n.who)
                FROM moved m JOIN new_step n ON n.resource = 'vote' AND n.subject = m.id
            )
            SELECT count(*) FROM moved INTO moved_rows;
        END CASE;
        IF moved_rows <> (SELECT count(*) FROM new_step n WHERE n.resource = of_resource) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'step_follows_state', MESSAGE = 'step_follows_state';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.step_reason_masked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.reason := coalesce(masked_text(NEW.reason, 'fi'), NEW.reason);
    RETURN NEW;
END
$$;

CREATE FUNCTION public.survey_answered(of_link uuid, wish jsonb, request uuid, reply_lang text, OUT _replayed boolean, OUT _problem text, OUT _errors jsonb) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    a survey_access;
BEGIN
    SELECT x.* INTO a FROM survey_access x WHERE x.link_id = of_link;
    _replayed := a.state = 'answered' AND a.used_key IS NOT DISTINCT FROM request;
    IF _replayed THEN
        RETURN;
    END IF;
    _problem := CASE a.state WHEN 'early' THEN 'survey_is_not_open' WHEN 'closed' THEN 'survey_is_closed' WHEN 'answered' THEN 'survey_is_answered' END;
    IF _problem IS NULL THEN
        _errors := question_problems(a.questions, wish -> 'answers');
        _problem := CASE WHEN _errors IS NOT NULL THEN 'answers_refused' END;
    END IF;
    IF _problem IS NULL THEN
        UPDATE survey_link l SET used = true, used_key = request WHERE l.id = of_link AND l.used IS false;
        INSERT INTO answer_sheet (question_set_id, round_id, lang, answers)
        VALUES (a.question_set_id, a.round_id, coalesce(wish ->> 'lang', reply_lang), wish -> 'answers');
    END IF;
END
$$;

CREATE TABLE public.survey (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    question_set_id uuid NOT NULL,
    title jsonb NOT NULL,
    intro jsonb DEFAULT '{}'::jsonb NOT NULL,
    audience text NOT NULL,
    state text DEFAULT 'draft'::text NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT survey_audience CHECK ((audience = ANY (ARRAY['clients'::text, 'staff'::text, 'panel'::text]))),
    CONSTRAINT survey_intro_is_by_language CHECK (public.is_language_map(intro)),
    CONSTRAINT survey_state CHECK ((state = ANY (ARRAY['draft'::text, 'open'::text, 'closed'::text, 'archived'::text]))),
    CONSTRAINT survey_title_is_by_language CHECK ((public.is_language_map(title) AND (title <> '{}'::jsonb)))
);

CREATE TABLE public.survey_link (
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    used boolean DEFAULT false,
    used_key uuid,
    sealed bytea,
    key_id text,
    address_hash bytea,
    lang text,
    has_address boolean GENERATED ALWAYS AS ((sealed IS NOT NULL)) STORED,
    person_id uuid,
    CONSTRAINT survey_link_address_is_whole CHECK (((num_nonnulls(sealed, key_id) = ANY (ARRAY[0, 2])) AND ((sealed IS NULL) OR (address_hash IS NOT NULL))))
);

CREATE TABLE public.survey_round (
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    n integer NOT NULL,
    opens_at timestamp with time zone NOT NULL,
    closes_at timestamp with time zone NOT NULL,
    remind_at timestamp with time zone,
    state text DEFAULT 'planned'::text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT survey_round_state CHECK ((state = ANY (ARRAY['planned'::text, 'open'::text, 'closed'::text, 'cancelled'::text]))),
    CONSTRAINT survey_round_times CHECK (((opens_at < closes_at) AND (remind_at > opens_at) AND (remind_at < closes_at)))
);

CREATE VIEW public.survey_access WITH (security_invoker='true') AS
 SELECT l.id AS link_id,
    l.token_hash,
    l.used_key,
    l.round_id,
    r.opens_at,
    r.closes_at,
    s.title,
    s.intro,
    s.audience,
    s.question_set_id,
    q.questions,
    q.respondent_group,
        CASE
            WHEN l.used THEN 'answered'::text
            WHEN ((r.state = 'open'::text) AND (s.state = 'open'::text) AND (public.app_now() < r.closes_at)) THEN 'open'::text
            WHEN ((r.state = 'planned'::text) AND (s.state = ANY (ARRAY['draft'::text, 'open'::text]))) THEN 'early'::text
            ELSE 'closed'::text
        END AS state
   FROM (((public.survey_link l
     JOIN public.survey_round r ON ((r.id = l.round_id)))
     JOIN public.survey s ON ((s.id = r.survey_id)))
     JOIN public.question_set q ON ((q.id = s.question_set_id)));

CREATE FUNCTION public.survey_form(asked public.survey_access, tags text[], answers jsonb, problems jsonb, seen text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT survey_head(asked, tags) || jsonb_build_object('has_easy', asked.questions::text LIKE '%"fi-x-selko"%' AND tags[1] = 'fi', 'is_easy', tags[1] = 'fi-x-selko',
        'seen', array_to_string(f.shown, ' '), 'has_problems', problems IS NOT NULL,
        'has_new', seen IS NOT NULL AND NOT f.shown <@ seen,
        'questions', (
            SELECT jsonb_agg(jsonb_build_object('key', q ->> 'key', 'lang', text_tag(q -> 'text', tags), 'text', text_in(q -> 'text', tags),
                'help', coalesce(text_in(q -> 'help', tags), ''), 'required', coalesce((q -> 'required') = 'true', false),
                'is_text', q ->> 'type' = 'text', 'is_checkboxes', q ->> 'type' = 'multi_choice', 'is_radio', q ->> 'type' NOT IN ('text', 'multi_choice'),
                'max_length', coalesce((q ->> 'max_length')::integer, 2000), 'value', coalesce(answers ->> (q ->> 'key'), ''),
                'options', form_options(q, answers -> (q ->> 'key'), tags), 'is_new', seen IS NOT NULL AND NOT (q ->> 'key') = ANY (seen),
                'problem', coalesce((SELECT p ->> 'code' FROM jsonb_array_elements(problems) p WHERE p ->> 'pointer' = '/answers/' || (q ->> 'key') LIMIT 1), '')) ORDER BY e.n)
            FROM jsonb_array_elements(asked.questions) WITH ORDINALITY e (q, n)
            WHERE q ->> 'key' = ANY (f.shown)))
    FROM (SELECT shown_questions(asked.questions, answers) AS shown) f
$$;

CREATE FUNCTION public.survey_head(asked public.survey_access, tags text[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT jsonb_build_object('title', text_in(asked.title, tags), 'intro', text_in(asked.intro, tags),
        'closes_on', to_char((asked.closes_at - interval '1 minute') AT TIME ZONE 'Europe/Helsinki', 'FMDD.FMMM.YYYY'),
        'opens_on', to_char(asked.opens_at AT TIME ZONE 'Europe/Helsinki', 'FMDD.FMMM.YYYY'))
$$;

CREATE FUNCTION public.survey_is_of_round(survey uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (SELECT FROM survey_round x JOIN round r ON r.survey_round_id = x.id WHERE x.survey_id = survey)
$$;

CREATE FUNCTION public.survey_link_is_mailed(l public.survey_link) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT l.has_address OR EXISTS (SELECT FROM person p WHERE p.id = l.person_id AND p.has_address)
$$;

CREATE FUNCTION public.survey_link_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM contact_key_is_not_retired(array_agg(DISTINCT key_id)) FROM new_link HAVING count(key_id) > 0;
    PERFORM survey_round_jobs(array_agg(DISTINCT round_id)) FROM new_link WHERE has_address OR person_id IS NOT NULL HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.survey_round_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM survey_round_jobs(array_agg(id)) FROM new_round HAVING count(*) > 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.survey_round_jobs(rounds uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    INSERT INTO job (kind, run_at, subject, data, unique_key)
    SELECT 'clock', greatest(w.at, app_now()), r.id, jsonb_build_object('phase', w.phase), w.phase || ':' || r.id || ':' || extract(epoch FROM w.at)
    FROM survey_round r JOIN survey s ON s.id = r.survey_id CROSS JOIN LATERAL (VALUES
        ('round_open', r.opens_at, r.state = 'planned' AND s.state = 'open'),
        ('round_invite', NULL, r.state = 'open'),
        ('round_remind', r.remind_at, r.state = 'open' AND r.remind_at >= app_now()),
        ('round_close', r.closes_at, r.state = 'open'),
        ('round_forget', NULL, r.state = 'closed')) w (phase, at, is_wanted)
    WHERE r.id = ANY (rounds) AND w.is_wanted
    ON CONFLICT (unique_key) DO NOTHING
$$;

CREATE FUNCTION public.survey_rounds_forget(rounds uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    UPDATE survey_link l SET used = NULL, used_key = NULL, sealed = NULL, key_id = NULL, person_id = NULL
    FROM survey_round r
    WHERE r.id = ANY (rounds) AND r.state = 'closed' AND l.round_id = r.id AND (l.used IS NOT NULL OR l.sealed IS NOT NULL OR l.person_id IS NOT NULL)
$$;

CREATE FUNCTION public.survey_step() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_step n WHERE n.resource = 'survey') THEN
        RETURN NULL; -- an insert of no steps would come here again and again
    END IF;
    PERFORM survey_round_jobs(array_agg(r.id)) FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state = 'open' HAVING count(*) > 0;
    INSERT INTO step (id, resource, subject, from_state, to_state, who, version)
    SELECT gen_random_uuid(), 'survey_round', r.id, r.state, CASE r.state WHEN 'open' THEN 'closed' ELSE 'cancelled' END, 'system', r.version + 1
    FROM new_step n JOIN survey_round r ON r.survey_id = n.subject
    WHERE n.resource = 'survey' AND n.to_state IN ('closed', 'archived') AND r.state IN ('planned', 'open');
    RETURN NULL;
END
$$;

CREATE FUNCTION public.tell_empty_place(of_panel uuid, key text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT mail_mailbox(p.unit_id, 'place_empty', 'coordinator', p.id, p.id || ':' || key)
    FROM panel p
    WHERE p.id = of_panel AND p.state IN ('recruiting', 'active', 'paused') AND panel_number(p.kind, p.rules, 'size') > 0 AND panel_room(p.id) > 0
        AND EXISTS (SELECT FROM panel_selection s WHERE s.panel_id = p.id)
$$;

CREATE FUNCTION public.text_in(texts jsonb, tags text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce(texts ->> text_tag(texts, tags), '')
$$;

CREATE FUNCTION public.text_tag(texts jsonb, tags text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT coalesce((SELECT t.tag FROM unnest(tags) WITH ORDINALITY t (tag, n) WHERE texts ? t.tag ORDER BY t.n LIMIT 1),
        (SELECT min(k) FROM jsonb_object_keys(texts) k))
$$;

CREATE FUNCTION public.texts_to_index(cases uuid[]) RETURNS TABLE(feedback_id uuid, lang text, said text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    PERFORM FROM feedback_text t WHERE t.feedback_id = ANY (cases) ORDER BY t.feedback_id FOR KEY SHARE;
    PERFORM FROM answer_text a WHERE a.answer_sheet_id = ANY (cases) ORDER BY a.id FOR KEY SHARE;
    PERFORM FROM message m WHERE m.feedback_id = ANY (cases) ORDER BY m.id FOR KEY SHARE;
    RETURN QUERY
    SELECT f.id, f.lang, w.said
    FROM feedback f
    CROSS JOIN LATERAL (SELECT case_words(f.id) AS said) w
    WHERE f.id = ANY (cases) AND w.said IS NOT NULL;
END
$$;

CREATE FUNCTION public.time_range_fault(from_at timestamp with time zone, until_at timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT CASE WHEN until_at <= from_at THEN 'time_ends_before_it_begins' WHEN until_at > from_at + interval '92 days' THEN 'time_range_is_too_long' END
$$;

CREATE FUNCTION public.unit_is_visible(path uuid[], caller_units text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT caller_units IS NULL OR path && caller_units::uuid[]
$$;

CREATE FUNCTION public.unit_mailbox(unit_path uuid[], role_name text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT u.mailboxes ->> role_name
    FROM unit u
    WHERE u.id = ANY (unit_path) AND u.mailboxes ? role_name
    ORDER BY cardinality(u.path) DESC
    LIMIT 1
$$;

CREATE FUNCTION public.unit_move_children() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE unit c
    SET path = n.path || c.path[array_position(c.path, n.id) + 1:]
    FROM old_unit o
    JOIN new_unit n USING (id)
    WHERE n.path <> o.path AND c.path @> ARRAY[n.id] AND c.id <> n.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.unit_serves(unit_id uuid, path uuid[], caller_units text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT unit_is_visible(path, caller_units) OR EXISTS (SELECT FROM unit u WHERE u.id = ANY (caller_units::uuid[]) AND unit_id = ANY (u.path))
$$;

CREATE FUNCTION public.unit_set_path() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        NEW.path := coalesce((SELECT p.path FROM unit p WHERE p.id = NEW.parent_id), '{}') || NEW.id;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.units_are_visible(unit_ids uuid[], caller_units text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT caller_units IS NULL OR unit_ids IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(unit_ids) AS x (id)
        LEFT JOIN unit u ON u.id = x.id
        WHERE u.id IS NULL OR NOT unit_is_visible(u.path, caller_units))
$$;

CREATE FUNCTION public.units_query(units uuid[]) RETURNS tsquery
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN units IS NULL OR ARRAY(SELECT u.id FROM unit u WHERE u.parent_id IS NULL) <@ units THEN ''
        ELSE marks_query(ARRAY(SELECT id_mark('u', u.id) FROM unnest(units) AS u (id))) END
$$;

CREATE FUNCTION public.unseen_panel(panel_ids uuid[], caller_units text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT '/panel_ids/' || (x.n - 1)
    FROM unnest(panel_ids) WITH ORDINALITY x (id, n)
    WHERE NOT EXISTS (SELECT FROM panel p JOIN unit u ON u.id = p.unit_id WHERE p.id = x.id AND unit_is_visible(u.path, caller_units))
    ORDER BY x.n
    LIMIT 1
$$;

CREATE FUNCTION public.unseen_source(heard_through jsonb, caller_units text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT '/heard_through/' || (h.n - 1) || '/id'
    FROM jsonb_array_elements(heard_through) WITH ORDINALITY h (source, n)
    WHERE NOT EXISTS (SELECT FROM moving_resource r JOIN unit u ON u.id = resource_unit(r.resource, (h.source ->> 'id')::uuid)
                      WHERE r.resource = h.source ->> 'resource' AND unit_is_visible(u.path, caller_units))
    ORDER BY h.n LIMIT 1
$$;

CREATE FUNCTION public.utc_text(moment timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

CREATE FUNCTION public.visible_case(case_id uuid, caller_units text) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT f.id FROM feedback f JOIN unit u ON u.id = f.unit_id
    WHERE f.id = case_id AND unit_is_visible(u.path, caller_units)
$$;

CREATE FUNCTION public.voice_problems(is_wordless boolean, set_id uuid, answers jsonb, unit_path uuid[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN answers IS NULL AND set_id IS NULL THEN CASE WHEN is_wordless THEN '[{"pointer": "/text", "code": "voice_is_empty"}]'::jsonb END
        WHEN answers IS NULL THEN '[{"pointer": "/answers", "code": "answer_missing"}]'
        WHEN NOT EXISTS (SELECT FROM question_set s WHERE s.id = set_id AND (s.unit_id IS NULL OR s.unit_id = ANY (unit_path)))
            THEN '[{"pointer": "/question_set_id", "code": "unknown_reference"}]'
        ELSE nullif(answer_problems(set_id, answers), '[]') END
$$;

CREATE TABLE public.vote (
    id uuid NOT NULL,
    panel_id uuid NOT NULL,
    input_id uuid,
    question jsonb NOT NULL,
    options jsonb NOT NULL,
    closes_at timestamp with time zone NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    ballots integer,
    result jsonb,
    opened_on date DEFAULT public.app_today() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    round_id uuid,
    round_question text,
    CONSTRAINT vote_has_one_subject CHECK (((num_nonnulls(round_id, round_question) <> 1) AND (num_nonnulls(input_id, round_id) < 2))),
    CONSTRAINT vote_is_counted_when_closed CHECK (((state = 'closed'::text) = (ballots IS NOT NULL))),
    CONSTRAINT vote_options_differ CHECK (public.are_vote_options(options)),
    CONSTRAINT vote_question_is_by_language CHECK ((public.is_language_map(question) AND (question <> '{}'::jsonb))),
    CONSTRAINT vote_state CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text, 'cancelled'::text])))
);

CREATE FUNCTION public.vote_facts(v public.vote, tag text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', text_in(o -> 'text', ARRAY[tag, 'fi']), 'value', page_number((v.result ->> (o ->> 'key'))::bigint, left(tag, 2)))
                              ORDER BY n), '[]')
    FROM jsonb_array_elements(v.options) WITH ORDINALITY e (o, n) WHERE v.result IS NOT NULL
$$;

CREATE FUNCTION public.vote_follows() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    NEW.version := OLD.version + 1;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'closed' THEN
        NEW.ballots := (SELECT count(*) FROM ballot b WHERE b.vote_id = NEW.id);
        IF NEW.ballots >= rule_value('figures_least') THEN
            NEW.result := (SELECT jsonb_object_agg(o ->> 'key', (SELECT count(*) FROM ballot b WHERE b.vote_id = NEW.id AND b.option = o ->> 'key'))
                           FROM jsonb_array_elements(NEW.options) o);
        END IF;
    END IF;
    DELETE FROM ballot b WHERE b.vote_id = NEW.id;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.vote_made() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    INSERT INTO job (kind, run_at, subject, data) SELECT 'clock', n.closes_at, n.id, '{"phase": "vote_close"}' FROM new_vote n;
    PERFORM mail_person(array_agg(m.id), 'member_selected', 'vote:' || n.id)
    FROM new_vote n JOIN member m ON m.panel_id = n.panel_id AND m.state = 'active'
    GROUP BY n.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION public.vote_subject_fault(wish jsonb, of_panel uuid) RETURNS TABLE(problem text, pointer text)
    LANGUAGE sql STABLE
    AS $$
    SELECT f.problem, CASE f.problem WHEN 'vote_has_one_subject' THEN CASE WHEN b.round_question IS NULL AND b.input_id IS NULL THEN '/round_question' ELSE '/round_id' END
                                     WHEN 'unknown_reference' THEN CASE WHEN b.input_id IS NOT NULL THEN '/input_id' WHEN r.id IS NULL THEN '/round_id' ELSE '/round_question' END END
    FROM jsonb_to_record(wish) AS b (input_id uuid, round_id uuid, round_question text)
    LEFT JOIN round r ON r.id = b.round_id AND r.panel_id = of_panel
    LEFT JOIN round_shown x ON x.id = r.id
    LEFT JOIN question_set q ON q.id = x.question_set_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN num_nonnulls(b.round_id, b.round_question) = 1 OR num_nonnulls(b.input_id, b.round_id) = 2 THEN 'vote_has_one_subject'
        WHEN b.input_id IS NOT NULL AND NOT EXISTS (SELECT FROM input i WHERE i.id = b.input_id AND i.panel_id = of_panel AND i.state <> 'withdrawn')
            OR b.round_id IS NOT NULL AND (r.id IS NULL OR NOT q.questions @> jsonb_build_array(jsonb_build_object('key', b.round_question)))
            THEN 'unknown_reference'
        WHEN r.state IN ('draft', 'cancelled', 'archived') THEN 'round_takes_no_votes' END AS problem) f
    WHERE f.problem IS NOT NULL
$$;

CREATE FUNCTION public.was_member_at(m public.member, s public.session) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT m.state IN ('active', 'ceased') AND coalesce(m.from_on <= (s.ends_at AT TIME ZONE 'Europe/Helsinki')::date, true) AND coalesce(m.until_on >= (s.starts_at AT TIME ZONE 'Europe/Helsinki')::date, true)
$$;

CREATE FUNCTION public.was_published(s public.session) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT s.state <> 'draft' AND (s.state <> 'cancelled' OR s.sequence > 0)
$$;

CREATE FUNCTION public.whole_county() RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
    SELECT u.id FROM unit u WHERE u.parent_id IS NULL AND is_open(u.closed_on) ORDER BY u.id LIMIT 1
$$;

CREATE FUNCTION public.with_followers(case_ids uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$
    SELECT case_ids || coalesce(array_agg(f.id), '{}') FROM feedback f WHERE f.duplicate_of = ANY (case_ids)
$$;

CREATE AGGREGATE public.audit_hash(first_hash bytea, row_text text) (
    SFUNC = public.audit_hash_next,
    STYPE = bytea
);

CREATE TABLE public.answer_limit (
    unit_id uuid NOT NULL,
    kind text NOT NULL,
    days integer NOT NULL,
    CONSTRAINT answer_limit_days CHECK (((days >= 1) AND (days <= 365))),
    CONSTRAINT answer_limit_kind CHECK ((kind = ANY (ARRAY['thanks'::text, 'concern'::text, 'idea'::text, 'question'::text, 'safety'::text])))
);

CREATE TABLE public.answer_sheet (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    question_set_id uuid NOT NULL,
    feedback_id uuid,
    lang text NOT NULL,
    answers jsonb NOT NULL,
    answered_on date DEFAULT public.app_today() NOT NULL,
    round_id uuid,
    CONSTRAINT answer_sheet_has_one_source CHECK (((feedback_id IS NULL) <> (round_id IS NULL))),
    CONSTRAINT answer_sheet_is_an_object CHECK (((jsonb_typeof(answers) = 'object'::text) AND (answers <> '{}'::jsonb))),
    CONSTRAINT answer_sheet_of_case CHECK ((feedback_id = id))
);

CREATE TABLE public.answer_text (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    answer_sheet_id uuid NOT NULL,
    question_key text NOT NULL,
    original text NOT NULL,
    lang text DEFAULT 'fi'::text NOT NULL,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(original) THEN public.masked_text(original, lang)
    ELSE NULL::text
END) STORED,
    round_id uuid
);
ALTER TABLE ONLY public.answer_text ALTER COLUMN original SET STATISTICS 0;
ALTER TABLE ONLY public.answer_text ALTER COLUMN masked SET STATISTICS 0;

CREATE TABLE public.api_key (
    id uuid NOT NULL,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    unit_ids uuid[],
    created_on date DEFAULT public.app_today() NOT NULL,
    expires_on date,
    revoked_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT api_key_has_scopes CHECK (((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 30))),
    CONSTRAINT api_key_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT api_key_scopes_are_known CHECK ((scopes <@ ARRAY['feedback:submit'::text, 'feedback:read'::text, 'feedback:handle'::text, 'feedback:coordinate'::text, 'changes:write'::text, 'changes:publish'::text, 'panels:read'::text, 'panels:write'::text, 'experts:read'::text, 'experts:write'::text, 'bookings:order'::text, 'bookings:manage'::text, 'reports:read'::text, 'webhooks:manage'::text, 'admin'::text])),
    CONSTRAINT api_key_secret_is_a_hash CHECK ((length(secret_hash) = 32)),
    CONSTRAINT api_key_units_are_named CHECK ((cardinality(unit_ids) > 0))
);

CREATE TABLE public.api_key_generation (
    generation bigint NOT NULL
);

CREATE TABLE public.attendance (
    session_id uuid NOT NULL,
    member_id uuid NOT NULL,
    attended boolean,
    said_absent boolean DEFAULT false NOT NULL,
    CONSTRAINT attendance_says_something CHECK ((said_absent OR (attended IS NOT NULL)))
);

CREATE TABLE public.audit_anchor (
    n bigint NOT NULL,
    xid xid8 NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    CONSTRAINT audit_anchor_hash CHECK ((length(hash) = 32))
);

CREATE TABLE public.audit_chain (
    n bigint NOT NULL,
    xid xid8 NOT NULL,
    place bigint NOT NULL,
    hash bytea NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    at timestamp with time zone NOT NULL,
    subject uuid,
    CONSTRAINT audit_chain_hash CHECK ((length(hash) = 32))
);

CREATE TABLE public.ballot (
    vote_id uuid NOT NULL,
    person_id uuid NOT NULL,
    option text NOT NULL
);

CREATE VIEW public.booking_shown WITH (security_invoker='true') AS
 SELECT b.id,
    b.unit_id,
    b.task,
    b.area,
    b.lang AS language,
    b.is_remote,
    b.place,
    b.online_url,
    b.about,
    b.starts_at,
    b.ends_at,
    b.state,
    b.expert_id,
    b.person_id AS series_id,
    b.unfilled_because,
    b.sequence,
    b.ordered_at,
    b.confirmed_at,
    b.version,
    public.booking_outcome(b.*) AS outcome
   FROM public.booking b;

CREATE TABLE public.budget_answer (
    id uuid NOT NULL,
    consultation_id uuid NOT NULL,
    shares jsonb NOT NULL,
    answered_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea
);

CREATE TABLE public.budget_ballot (
    id uuid NOT NULL,
    consultation_id uuid NOT NULL,
    is_used boolean DEFAULT false NOT NULL,
    used_key uuid,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea
);

CREATE TABLE public.change_source (
    id uuid NOT NULL,
    change_id uuid NOT NULL,
    kind text NOT NULL,
    feedback_id uuid,
    reference text,
    linked_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    input_id uuid,
    statement_id uuid,
    vote_id uuid,
    session_id uuid,
    observation_id uuid,
    source_id uuid GENERATED ALWAYS AS (COALESCE(feedback_id, input_id, statement_id, vote_id, session_id, observation_id)) STORED,
    CONSTRAINT change_source_kind CHECK ((kind = ANY (ARRAY['feedback'::text, 'input'::text, 'idea'::text, 'statement'::text, 'vote'::text, 'session'::text, 'observation'::text, 'indicator'::text]))),
    CONSTRAINT change_source_names_one CHECK (((num_nonnulls(feedback_id, input_id, statement_id, vote_id, session_id, observation_id, reference) = 1) AND ((kind = 'feedback'::text) = (feedback_id IS NOT NULL)) AND ((kind = 'statement'::text) = (statement_id IS NOT NULL)) AND ((kind = 'vote'::text) = (vote_id IS NOT NULL)) AND ((kind = 'session'::text) = (session_id IS NOT NULL)) AND ((input_id IS NULL) OR (kind = ANY (ARRAY['input'::text, 'idea'::text]))) AND ((observation_id IS NULL) OR (kind = 'observation'::text))))
);

CREATE TABLE public.claim_export (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    claim_count integer NOT NULL,
    total numeric(11,2) NOT NULL,
    caller_id uuid,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    CONSTRAINT claim_export_has_claims CHECK ((claim_count > 0))
);

CREATE TABLE public.clock_phase (
    phase text NOT NULL,
    does text NOT NULL
);

CREATE TABLE public.contact (
    feedback_id uuid NOT NULL,
    sealed bytea NOT NULL,
    key_id text NOT NULL,
    address_hash bytea NOT NULL,
    lang text NOT NULL,
    wants_news boolean NOT NULL,
    wants_follow_up boolean NOT NULL,
    ended_on date,
    CONSTRAINT contact_address_is_hashed CHECK ((length(address_hash) = 32)),
    CONSTRAINT contact_is_sealed CHECK ((length(sealed) > 48))
);

CREATE TABLE public.contact_count (
    address_hash bytea NOT NULL,
    month date NOT NULL,
    sent integer NOT NULL,
    CONSTRAINT contact_count_month CHECK ((month = (date_trunc('month'::text, (month)::timestamp without time zone))::date))
);

CREATE TABLE public.contact_key (
    id text NOT NULL,
    place bigint NOT NULL,
    announced_on date DEFAULT public.app_today() NOT NULL,
    retired_on date,
    CONSTRAINT contact_key_id CHECK ((id ~ '^[0-9a-f]{16}$'::text))
);

ALTER TABLE public.contact_key ALTER COLUMN place ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.contact_key_place_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.dead_address (
    address_hash bytea NOT NULL,
    found_on date DEFAULT public.app_today() NOT NULL
);

CREATE TABLE public.erasure (
    feedback_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    who text NOT NULL,
    caller_id uuid,
    reason text,
    erased_on date DEFAULT public.app_today() NOT NULL,
    CONSTRAINT erasure_has_reason CHECK (((who <> 'coordinator'::text) OR (reason <> ''::text))),
    CONSTRAINT erasure_who CHECK ((who = ANY (ARRAY['giver'::text, 'coordinator'::text, 'retention'::text])))
);

CREATE SEQUENCE public.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.event (
    id bigint DEFAULT nextval('public.event_id_seq'::regclass) NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    type text NOT NULL,
    resource text NOT NULL,
    subject uuid NOT NULL,
    unit_id uuid,
    version bigint NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
)
PARTITION BY RANGE (at);

CREATE TABLE public.event_default (
    id bigint DEFAULT nextval('public.event_id_seq'::regclass) NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    type text NOT NULL,
    resource text NOT NULL,
    subject uuid NOT NULL,
    unit_id uuid,
    version bigint NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);

CREATE TABLE public.experience_area (
    code text NOT NULL,
    name jsonb NOT NULL,
    closed_on date,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    unit_id uuid,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT experience_area_code CHECK ((code ~ '^[a-z][a-z0-9_]{0,49}$'::text)),
    CONSTRAINT experience_area_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb)))
);

CREATE TABLE public.experience_task (
    code text NOT NULL,
    name jsonb NOT NULL,
    closed_on date,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    unit_id uuid,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT experience_task_code CHECK ((code ~ '^[a-z][a-z0-9_]{0,49}$'::text)),
    CONSTRAINT experience_task_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb)))
);

CREATE TABLE public.fee_class (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    form text NOT NULL,
    tasks text[] DEFAULT '{}'::text[] NOT NULL,
    per_hour numeric(9,2) DEFAULT 0 NOT NULL,
    per_task numeric(9,2) DEFAULT 0 NOT NULL,
    per_km numeric(9,2) DEFAULT 0 NOT NULL,
    per_meal numeric(9,2) DEFAULT 0 NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT fee_class_amounts CHECK ((LEAST(per_hour, per_task, per_km, per_meal) >= (0)::numeric)),
    CONSTRAINT fee_class_code CHECK ((code ~ '^[a-z0-9_]{1,30}$'::text)),
    CONSTRAINT fee_class_days CHECK ((valid_until >= valid_from)),
    CONSTRAINT fee_class_form CHECK ((form = ANY (ARRAY['wage'::text, 'non_wage'::text, 'expense_only'::text]))),
    CONSTRAINT fee_class_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb))),
    CONSTRAINT fee_class_pays_by_its_form CHECK (((form <> 'expense_only'::text) OR ((per_hour + per_task) = (0)::numeric)))
);

CREATE TABLE public.feedback_text (
    feedback_id uuid NOT NULL,
    original text NOT NULL,
    lang text DEFAULT 'fi'::text NOT NULL,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(original) THEN public.masked_text(original, lang)
    ELSE NULL::text
END) STORED,
    CONSTRAINT feedback_text_is_not_empty CHECK ((original <> ''::text))
);
ALTER TABLE ONLY public.feedback_text ALTER COLUMN original SET STATISTICS 0;
ALTER TABLE ONLY public.feedback_text ALTER COLUMN masked SET STATISTICS 0;

CREATE TABLE public.remedy (
    code text NOT NULL,
    place integer NOT NULL,
    name jsonb NOT NULL,
    text jsonb NOT NULL,
    legal_source jsonb NOT NULL,
    link jsonb NOT NULL,
    answer_within text,
    answer_at_most text,
    CONSTRAINT remedy_texts_are_by_language CHECK ((public.is_language_map(name) AND public.is_language_map(text) AND public.is_language_map(legal_source) AND public.is_language_map(link)))
);

CREATE VIEW public.shown_text AS
 SELECT t.feedback_id,
    COALESCE(t.masked, t.original) AS text,
    (t.masked IS NOT NULL) AS is_masked
   FROM public.feedback_text t;

CREATE VIEW public.feedback_item WITH (security_invoker='true') AS
 SELECT f.id,
    f.unit_id,
    u.path AS unit_path,
    f.service_id,
    f.level,
    f.kind,
    f.channel,
    f.lang,
    f.respondent_role,
    f.age_band,
    f.state,
    f.outcome,
    f.severity,
    f.handler_ref,
    f.wants_answer,
    f.received_on,
    f.due_on,
    f.answered_on,
    f.closed_on,
    public.feedback_is_overdue(f.*) AS is_overdue,
    t.text,
    f.version,
    f.on_behalf_of,
    to_jsonb(f.support_needs) AS support_needs,
    f.duplicate_of,
    f.remedy,
        CASE
            WHEN public.carries_remedies(f.kind, f.answered_on) THEN ( SELECT jsonb_agg(r.code ORDER BY r.place) AS jsonb_agg
               FROM public.remedy r)
            ELSE '[]'::jsonb
        END AS remedies,
    COALESCE(t.is_masked, false) AS is_masked
   FROM ((public.feedback f
     JOIN public.unit u ON ((u.id = f.unit_id)))
     LEFT JOIN public.shown_text t ON ((t.feedback_id = f.id)));

CREATE TABLE public.feedback_words (
    feedback_id uuid NOT NULL,
    received_on date NOT NULL,
    lang text NOT NULL,
    spots integer[] NOT NULL,
    text_length integer NOT NULL,
    words tsvector NOT NULL
);
ALTER TABLE ONLY public.feedback_words ALTER COLUMN spots SET STATISTICS 0;
ALTER TABLE ONLY public.feedback_words ALTER COLUMN words SET STATISTICS 0;

CREATE TABLE public.follow_up (
    id uuid NOT NULL,
    change_id uuid NOT NULL,
    contributor bytea NOT NULL,
    feedback_id uuid,
    token_hash bytea,
    asked_on date DEFAULT public.app_today() NOT NULL,
    expires_on date NOT NULL,
    answer text,
    answered_on date,
    text text,
    lang text DEFAULT 'fi'::text NOT NULL,
    request_id uuid,
    request_hash bytea,
    has_text boolean GENERATED ALWAYS AS ((text IS NOT NULL)) STORED,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(text) THEN public.masked_text(text, lang)
    ELSE NULL::text
END) STORED,
    person_id uuid,
    by_staff boolean DEFAULT false NOT NULL,
    CONSTRAINT follow_up_answer CHECK ((answer = ANY (ARRAY['better'::text, 'same'::text, 'worse'::text, 'dont_know'::text]))),
    CONSTRAINT follow_up_answer_has_day CHECK (((answer IS NULL) = (answered_on IS NULL))),
    CONSTRAINT follow_up_is_of_one CHECK ((num_nonnulls(feedback_id, person_id) <= 1)),
    CONSTRAINT follow_up_text_length CHECK (((length(text) >= 1) AND (length(text) <= 4000)))
);
ALTER TABLE ONLY public.follow_up ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE ONLY public.follow_up ALTER COLUMN masked SET STATISTICS 0;

CREATE TABLE public.giver (
    feedback_id uuid NOT NULL,
    receipt_hash bytea NOT NULL,
    receipt_reissue integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.import (
    id uuid NOT NULL,
    caller_id uuid NOT NULL,
    run integer DEFAULT 1 NOT NULL,
    created bigint DEFAULT 0 NOT NULL,
    replayed bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    outcome text,
    problem text,
    seen_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    CONSTRAINT import_fails_with_problem CHECK (((NOT (outcome IS DISTINCT FROM 'failed'::text)) = (problem IS NOT NULL))),
    CONSTRAINT import_outcome CHECK ((outcome = ANY (ARRAY['finished'::text, 'failed'::text])))
);

CREATE TABLE public.import_refusal (
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    code text NOT NULL,
    errors jsonb NOT NULL
);

CREATE TABLE public.job (
    id bigint NOT NULL,
    kind text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    run_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    subject uuid,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    lease uuid,
    leased_until timestamp with time zone,
    slot text,
    trace_id text,
    unique_key text,
    last_error text,
    CONSTRAINT job_running_is_leased CHECK ((((state = 'running'::text) = (lease IS NOT NULL)) AND ((lease IS NULL) = (leased_until IS NULL)))),
    CONSTRAINT job_state CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'dead'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='10000');

ALTER TABLE public.job ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mail (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    template text NOT NULL,
    feedback_id uuid,
    mailbox text,
    lang text,
    link_id uuid,
    capped boolean DEFAULT false NOT NULL,
    counted boolean DEFAULT false NOT NULL,
    unsubscribe_hash bytea,
    unique_key text,
    state text DEFAULT 'queued'::text NOT NULL,
    queued_on date DEFAULT public.app_today() NOT NULL,
    survey_link_id uuid,
    person_id uuid,
    send_at timestamp with time zone,
    places jsonb,
    about uuid,
    thing uuid,
    good_until timestamp with time zone,
    answers_to uuid,
    CONSTRAINT mail_has_one_receiver CHECK ((num_nonnulls(feedback_id, mailbox, survey_link_id, person_id) =
CASE
    WHEN ((template = 'follow_up'::text) AND (state <> 'queued'::text)) THEN LEAST(1, num_nonnulls(feedback_id, mailbox, survey_link_id, person_id))
    ELSE 1
END)),
    CONSTRAINT mail_places_are_named CHECK ((jsonb_typeof(places) = 'object'::text)),
    CONSTRAINT mail_state CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text, 'no_address'::text, 'opted_out'::text, 'capped'::text, 'day_capped'::text, 'not_needed'::text])))
);

CREATE TABLE public.mail_template (
    name text NOT NULL,
    link text NOT NULL,
    token_of text,
    wish text,
    CONSTRAINT mail_template_token CHECK ((token_of = ANY (ARRAY['follow_up'::text, 'survey'::text, 'person'::text]))),
    CONSTRAINT mail_template_wish CHECK ((wish = ANY (ARRAY['news'::text, 'follow_up'::text])))
);

CREATE TABLE public.member_name (
    member_id uuid NOT NULL,
    name text NOT NULL,
    CONSTRAINT member_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

CREATE TABLE public.message (
    id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    n integer NOT NULL,
    author text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    sent_on date DEFAULT public.app_today() NOT NULL,
    caller_id uuid,
    request_hash bytea,
    lang text DEFAULT 'fi'::text NOT NULL,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN ((author = 'giver'::text) AND public.mask_is_thinkable(text)) THEN public.masked_text(text, lang)
    ELSE NULL::text
END) STORED,
    CONSTRAINT message_author CHECK ((author = ANY (ARRAY['giver'::text, 'staff'::text]))),
    CONSTRAINT message_kind CHECK ((kind = ANY (ARRAY['message'::text, 'question'::text, 'answer'::text, 'reopening'::text]))),
    CONSTRAINT message_text_is_not_empty CHECK ((text <> ''::text))
);
ALTER TABLE ONLY public.message ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE ONLY public.message ALTER COLUMN masked SET STATISTICS 0;

CREATE TABLE public.moving_resource (
    resource text NOT NULL,
    unit_sql text NOT NULL
);

CREATE TABLE public.municipality (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    code text NOT NULL,
    name jsonb NOT NULL,
    closed_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT municipality_code CHECK ((code ~ '^[0-9]{3}$'::text)),
    CONSTRAINT municipality_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb)))
);

CREATE TABLE public.notice (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    change_id uuid NOT NULL,
    state text NOT NULL,
    contributor bytea NOT NULL,
    feedback_id uuid,
    channel text NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    person_id uuid,
    CONSTRAINT notice_channel CHECK ((channel = ANY (ARRAY['mail'::text, 'receipt'::text, 'link'::text]))),
    CONSTRAINT notice_is_of_one CHECK ((num_nonnulls(feedback_id, person_id) <= 1))
);

CREATE TABLE public.observation (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    booking_id uuid,
    person_id uuid,
    lang text DEFAULT 'fi'::text NOT NULL,
    text text,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN public.mask_is_thinkable(text) THEN public.masked_text(text, lang)
    ELSE NULL::text
END) STORED,
    noted_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    CONSTRAINT observation_lang CHECK ((lang = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text]))),
    CONSTRAINT observation_text_is_not_blank CHECK (((text IS NULL) OR (NOT public.is_blank(text))))
);

CREATE TABLE public.open_kind (
    kind text NOT NULL
);

CREATE TABLE public.opt_out (
    address_hash bytea NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    CONSTRAINT opt_out_is_hashed CHECK ((length(address_hash) = 32))
);

CREATE TABLE public.original_read (
    id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    caller_id uuid NOT NULL,
    purpose text NOT NULL,
    read_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    request_hash bytea,
    CONSTRAINT original_read_has_purpose CHECK ((purpose <> ''::text))
);
ALTER TABLE ONLY public.original_read ALTER COLUMN purpose SET STATISTICS 0;

CREATE TABLE public.panel_rule (
    kind text NOT NULL,
    name text NOT NULL,
    value integer NOT NULL,
    CONSTRAINT panel_rule_name CHECK ((name = ANY (ARRAY['size'::text, 'term_months'::text, 'meetings_a_year'::text, 'no_staff'::text, 'no_statutory_members'::text, 'per_municipality'::text]))),
    CONSTRAINT panel_rule_value CHECK (((value >= 0) AND (value <= 10000)))
);

CREATE TABLE public.panel_seed (
    panel_id uuid NOT NULL,
    n integer NOT NULL,
    seed text DEFAULT encode(sha256((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))), 'hex'::text) NOT NULL,
    seed_hash text GENERATED ALWAYS AS (encode(sha256((seed)::bytea), 'hex'::text)) STORED NOT NULL
);

CREATE TABLE public.participation_cost (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    line text NOT NULL,
    month date NOT NULL,
    amount numeric(11,2) NOT NULL,
    note text,
    noted_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    CONSTRAINT participation_cost_amount CHECK ((amount <> (0)::numeric)),
    CONSTRAINT participation_cost_line CHECK ((line = ANY (ARRAY['staff'::text, 'training'::text, 'fees'::text, 'premises'::text, 'operating'::text, 'feedback_system'::text]))),
    CONSTRAINT participation_cost_month CHECK ((EXTRACT(day FROM month) = (1)::numeric))
);

CREATE TABLE public.person (
    id uuid NOT NULL,
    resource text NOT NULL,
    token_hash bytea NOT NULL,
    link_id uuid,
    sealed bytea,
    key_id text,
    address_hash bytea,
    lang text NOT NULL,
    wants_news boolean DEFAULT false NOT NULL,
    ended_on date,
    has_address boolean GENERATED ALWAYS AS ((sealed IS NOT NULL)) STORED,
    wants_digest boolean DEFAULT false NOT NULL,
    feed_id uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT person_address_is_whole CHECK ((num_nonnulls(sealed, key_id, address_hash) = ANY (ARRAY[0, 3]))),
    CONSTRAINT person_lang CHECK ((lang = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text])))
);

CREATE TABLE public.person_erasure (
    person_id uuid NOT NULL,
    resource text NOT NULL,
    id uuid NOT NULL,
    who text NOT NULL,
    caller_id uuid,
    erased_on date DEFAULT public.app_today() NOT NULL,
    CONSTRAINT person_erasure_who CHECK ((who = ANY (ARRAY['person'::text, 'coordinator'::text])))
);

CREATE TABLE public.person_feed (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL
);

CREATE TABLE public.person_link (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL
);

CREATE TABLE public.person_repeat (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    came_as text,
    request_hash bytea,
    made_on date DEFAULT public.app_today() NOT NULL
);

CREATE TABLE public.personal_part (
    part text NOT NULL,
    resource text,
    place integer NOT NULL,
    but text[] DEFAULT '{}'::text[] NOT NULL
);

CREATE TABLE public.session_panel (
    session_id uuid NOT NULL,
    panel_id uuid NOT NULL
);

CREATE VIEW public.public_session WITH (security_invoker='true') AS
 SELECT s.id,
    s.unit_id,
    s.kind,
    s.title,
    s.description,
    s.starts_at,
    s.ends_at,
    s.place,
    s.online_url,
    s.is_online,
    s.agenda,
    s.support,
    s.is_open,
    s.capacity,
    s.minutes,
    s.state,
    s.sequence,
    s.changed_at,
    s.made_on,
    s.version,
    s.request_hash,
    s.series_id
   FROM public.session s
  WHERE (public.was_published(s.*) AND (s.starts_at > (public.app_now() - '180 days'::interval)) AND (s.is_open OR (EXISTS ( SELECT
           FROM (public.session_panel x
             JOIN public.panel p ON ((p.id = x.panel_id)))
          WHERE ((x.session_id = s.id) AND p.is_public)))));

CREATE TABLE public.receipt_mail_count (
    day date NOT NULL,
    address_hash bytea NOT NULL,
    sent integer NOT NULL
);

CREATE TABLE public.report (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    period text NOT NULL,
    unit_id uuid NOT NULL,
    body jsonb NOT NULL,
    built_at timestamp with time zone DEFAULT public.app_now() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT report_period CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]))?$'::text))
);

CREATE TABLE public.report_before (
    feedback_id uuid NOT NULL,
    version bigint NOT NULL,
    received_on date NOT NULL,
    unit_id uuid NOT NULL,
    service_id uuid,
    level text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    lang text NOT NULL,
    respondent_role text NOT NULL,
    age_band text,
    due_on date,
    answered_on date,
    closed_on date,
    outcome text
);

CREATE TABLE public.report_block (
    table_name text NOT NULL,
    value text NOT NULL,
    block text NOT NULL
);

CREATE TABLE public.report_count (
    source_month date NOT NULL,
    month date NOT NULL,
    unit_id uuid NOT NULL,
    is_whole boolean NOT NULL,
    service_id uuid,
    level text,
    theme text,
    labels text[] NOT NULL COLLATE pg_catalog."C",
    counts integer[] NOT NULL,
    CONSTRAINT report_count_has_labels CHECK (((cardinality(labels) > 0) AND (cardinality(labels) = cardinality(counts)))),
    CONSTRAINT report_count_whole_or_part CHECK (((is_whole = (level IS NULL)) AND (NOT (is_whole AND ((service_id IS NOT NULL) OR (theme IS NOT NULL))))))
);

CREATE TABLE public.report_counted (
    month date NOT NULL,
    seen pg_snapshot NOT NULL
);

CREATE TABLE public.report_frozen (
    month date NOT NULL,
    unit_id uuid NOT NULL,
    table_name text NOT NULL,
    block text NOT NULL,
    voices integer NOT NULL,
    people integer NOT NULL
);

CREATE TABLE public.report_frozen_unit (
    month date NOT NULL,
    unit_id uuid NOT NULL,
    path uuid[] NOT NULL,
    corrected_on date
);

CREATE TABLE public.report_group (
    table_name text NOT NULL,
    month date NOT NULL,
    unit_id uuid NOT NULL,
    group_id bigint NOT NULL
);

CREATE SEQUENCE public.report_group_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.report_table (
    name text NOT NULL,
    within text,
    place integer NOT NULL
);

CREATE TABLE public.report_touched (
    what text NOT NULL,
    month date,
    subject uuid,
    CONSTRAINT report_touched_what CHECK ((what = ANY (ARRAY['cells'::text, 'cases'::text, 'period'::text, 'voices'::text])))
);

CREATE TABLE public.retention (
    class text NOT NULL,
    place integer NOT NULL,
    days integer NOT NULL,
    "least" integer NOT NULL,
    most integer NOT NULL,
    what jsonb NOT NULL,
    kept jsonb NOT NULL,
    ground jsonb NOT NULL,
    CONSTRAINT retention_in_range CHECK (((days >= "least") AND (days <= most))),
    CONSTRAINT retention_texts_are_by_language CHECK ((public.is_language_map(what) AND public.is_language_map(kept) AND public.is_language_map(ground)))
);

CREATE TABLE public.retention_progress (
    class text NOT NULL,
    done_upto date NOT NULL
);

CREATE TABLE public.role_scope (
    resource text NOT NULL,
    who text NOT NULL,
    scope text NOT NULL
);

CREATE VIEW public.round_shown WITH (security_invoker='true') AS
 SELECT r.id,
    r.panel_id,
    s.question_set_id,
    s.title,
    s.intro,
    x.opens_at,
    x.closes_at,
    x.remind_at,
    r.has_discussion,
    r.summary,
    r.feedback,
    r.state,
    r.made_on,
    r.version,
    r.request_hash,
    r.survey_round_id,
    x.survey_id
   FROM ((public.round r
     JOIN public.survey_round x ON ((x.id = r.survey_round_id)))
     JOIN public.survey s ON ((s.id = x.survey_id)));

CREATE TABLE public.rule (
    name text NOT NULL,
    value integer NOT NULL,
    "least" integer NOT NULL,
    most integer NOT NULL,
    help text NOT NULL,
    CONSTRAINT rule_in_range CHECK (((value >= "least") AND (value <= most)))
);

CREATE TABLE public.service (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    ptv_id uuid,
    name jsonb NOT NULL,
    closed_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT service_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb)))
);

CREATE VIEW public.session_attendance WITH (security_invoker='true') AS
 SELECT a.session_id,
    m.role,
    count(*) FILTER (WHERE a.attended) AS attended,
    count(*) FILTER (WHERE (NOT a.attended)) AS absent,
    count(*) FILTER (WHERE a.said_absent) AS said_absent
   FROM ((public.attendance a
     JOIN public.member m ON ((m.id = a.member_id)))
     JOIN public.session s ON ((s.id = a.session_id)))
  WHERE public.was_member_at(m.*, s.*)
  GROUP BY a.session_id, m.role
UNION ALL
 SELECT r.session_id,
    'participant'::text AS role,
    count(*) FILTER (WHERE (r.state = 'attended'::text)) AS attended,
    count(*) FILTER (WHERE (r.state = 'absent'::text)) AS absent,
    0 AS said_absent
   FROM public.registration r
  WHERE (r.state = ANY (ARRAY['attended'::text, 'absent'::text]))
  GROUP BY r.session_id;

CREATE TABLE public.session_minutes (
    session_id uuid NOT NULL,
    n integer NOT NULL,
    minutes jsonb NOT NULL,
    published_on date DEFAULT public.app_today() NOT NULL
);

CREATE VIEW public.session_shown WITH (security_invoker='true') AS
 SELECT s.id,
    s.unit_id,
    s.kind,
    s.title,
    s.description,
    s.starts_at,
    s.ends_at,
    s.place,
    s.online_url,
    s.is_online,
    s.agenda,
    to_jsonb(s.support) AS support,
    s.is_open,
    s.capacity,
    s.minutes,
    s.state,
    s.sequence,
    s.made_on,
    s.version,
    s.request_hash,
    ( SELECT COALESCE(jsonb_agg(p.panel_id ORDER BY p.panel_id), '[]'::jsonb) AS "coalesce"
           FROM public.session_panel p
          WHERE (p.session_id = s.id)) AS panel_ids
   FROM public.session s;

CREATE VIEW public.shown_answer AS
 SELECT t.id,
    t.answer_sheet_id,
    t.question_key,
    COALESCE(t.masked, t.original) AS text,
    (t.masked IS NOT NULL) AS is_masked
   FROM public.answer_text t;

CREATE VIEW public.shown_booking_feedback AS
 SELECT f.id,
    f.booking_id,
    f.side,
    f.rating,
    f.lang,
    COALESCE(f.masked, f.text) AS text,
    (f.masked IS NOT NULL) AS is_masked,
    f.is_hard,
    f.debrief,
    f.given_on,
    f.version
   FROM public.booking_feedback f;

CREATE VIEW public.shown_follow_up AS
 SELECT f.id,
    f.change_id,
    f.answer,
    f.answered_on,
    COALESCE(f.masked, f.text) AS text,
    (f.masked IS NOT NULL) AS is_masked
   FROM public.follow_up f
  WHERE (f.answer IS NOT NULL);

CREATE VIEW public.shown_input AS
 SELECT i.id,
    i.panel_id,
    i.session_id,
    i.speaker_role,
    i.kind,
    i.lang,
    COALESCE(i.masked, i.text) AS text,
    (i.masked IS NOT NULL) AS is_masked,
    i.dissents_from,
    i.statement_id,
    i.state,
    i.state_reason,
    i.brought_on,
    i.due_on,
    i.answered_on,
    public.input_is_overdue(i.due_on, i.answered_on, i.state) AS is_overdue,
    i.version,
    i.round_id
   FROM public.input i;

CREATE VIEW public.shown_message AS
 SELECT m.id,
    m.feedback_id,
    m.n,
    m.author,
    m.kind,
    COALESCE(m.masked, m.text) AS text,
    (m.masked IS NOT NULL) AS is_masked,
    m.sent_on
   FROM public.message m;

CREATE VIEW public.shown_observation AS
 SELECT o.id,
    o.unit_id,
    o.booking_id,
    o.lang,
    COALESCE(o.masked, o.text) AS text,
    (o.masked IS NOT NULL) AS is_masked,
    o.noted_on
   FROM public.observation o;

CREATE TABLE public.step (
    id uuid NOT NULL,
    resource text NOT NULL,
    subject uuid NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    who text NOT NULL,
    caller_id uuid,
    reason text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    lang text DEFAULT 'fi'::text NOT NULL,
    masked text GENERATED ALWAYS AS (
CASE
    WHEN ((who = 'giver'::text) AND public.mask_is_thinkable(reason)) THEN public.masked_text(reason, lang)
    ELSE NULL::text
END) STORED,
    CONSTRAINT step_reason_is_not_empty CHECK ((reason <> ''::text))
);
ALTER TABLE ONLY public.step ALTER COLUMN reason SET STATISTICS 0;
ALTER TABLE ONLY public.step ALTER COLUMN masked SET STATISTICS 0;

CREATE VIEW public.shown_step AS
 SELECT s.id,
    s.resource,
    s.subject,
    s.from_state,
    s.to_state,
    s.who,
    s.version,
    s.made_on,
    COALESCE(s.masked, s.reason) AS reason,
    (s.masked IS NOT NULL) AS is_masked
   FROM public.step s;

CREATE VIEW public.source_person AS
 SELECT i.id AS source_id,
    i.person_id
   FROM public.input i
  WHERE ((i.person_id IS NOT NULL) AND (i.state <> 'withdrawn'::text))
UNION ALL
 SELECT s.id AS source_id,
    m.id AS person_id
   FROM (public.statement s
     JOIN public.member m ON (((m.panel_id = s.panel_id) AND (m.from_on <= s.adopted_on) AND ((m.until_on IS NULL) OR (m.until_on >= s.adopted_on)))))
UNION ALL
 SELECT v.id AS source_id,
    m.id AS person_id
   FROM (public.vote v
     JOIN public.member m ON (((m.panel_id = v.panel_id) AND (public.day_start(m.from_on) <= v.closes_at) AND ((m.until_on IS NULL) OR (m.until_on >= v.opened_on)))))
  WHERE (v.state = 'closed'::text)
UNION ALL
 SELECT a.session_id AS source_id,
    a.member_id AS person_id
   FROM public.attendance a
  WHERE a.attended
UNION ALL
 SELECT r.session_id AS source_id,
    r.id AS person_id
   FROM (public.registration r
     JOIN public.session x ON ((x.id = r.session_id)))
  WHERE ((r.state = 'attended'::text) OR ((r.state = 'registered'::text) AND (x.state = ANY (ARRAY['held'::text, 'minutes_published'::text, 'closed'::text]))))
UNION ALL
 SELECT o.id AS source_id,
    o.person_id
   FROM public.observation o
  WHERE (o.person_id IS NOT NULL);

CREATE TABLE public.spoken_before (
    feedback_id uuid NOT NULL
);

CREATE TABLE public.spoken_language (
    code text NOT NULL,
    name jsonb NOT NULL,
    closed_on date,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    unit_id uuid,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT spoken_language_code CHECK ((code ~ '^[a-z]{2,3}$'::text)),
    CONSTRAINT spoken_language_name_is_by_language CHECK ((public.is_language_map(name) AND (name <> '{}'::jsonb)))
);

CREATE TABLE public.survey_link_batch (
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    link_count integer NOT NULL,
    made_on date DEFAULT public.app_today() NOT NULL,
    request_hash bytea,
    CONSTRAINT survey_link_batch_size CHECK (((link_count >= 1) AND (link_count <= 1000)))
);

CREATE TABLE public.task (
    id uuid NOT NULL,
    co_development_id uuid NOT NULL,
    session_id uuid,
    what text NOT NULL,
    role text NOT NULL,
    due_on date NOT NULL,
    done_on date,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT task_role CHECK ((role = ANY (ARRAY['client'::text, 'relative'::text, 'professional'::text, 'chair'::text, 'facilitator'::text, 'representative'::text, 'nominee'::text])))
);

CREATE VIEW public.told_change AS
 SELECT c.id,
    COALESCE(p.title, c.title) AS title,
    COALESCE(p.said, c.said) AS said,
    COALESCE(p.done, c.done) AS done,
        CASE
            WHEN (c.state = ANY (ARRAY['rejected'::text, 'delayed'::text, 'abandoned'::text])) THEN c.state_reasons
            ELSE '{}'::jsonb
        END AS reasons,
    ((c.state_at AT TIME ZONE 'Europe/Helsinki'::text))::date AS state_on,
        CASE
            WHEN (c.state <> ALL (ARRAY['suggested'::text, 'under_review'::text, 'made'::text, 'inconclusive'::text])) THEN c.state
            ELSE NULL::text
        END AS decided
   FROM (public.change c
     LEFT JOIN public.published_change p ON ((p.id = c.id)));

CREATE TABLE public.transition (
    resource text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    who text NOT NULL,
    reason boolean NOT NULL
);

CREATE TABLE public.trial (
    id uuid NOT NULL,
    co_development_id uuid NOT NULL,
    what text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    result text,
    version bigint DEFAULT 1 NOT NULL,
    request_hash bytea,
    CONSTRAINT trial_ends_after_it_starts CHECK ((ends_on >= starts_on))
);

CREATE TABLE public.wanted_language (
    tag text NOT NULL,
    place integer NOT NULL,
    CONSTRAINT wanted_language_is_one_of_texts CHECK ((tag = ANY (ARRAY['fi'::text, 'sv'::text, 'en'::text, 'se'::text, 'smn'::text, 'sms'::text, 'fi-x-selko'::text])))
);

CREATE TABLE public.worker_process (
    slot text NOT NULL,
    kinds text[] NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.event ATTACH PARTITION public.event_default DEFAULT;

ALTER TABLE ONLY public.answer_limit
    ADD CONSTRAINT answer_limit_pkey PRIMARY KEY (unit_id, kind);

ALTER TABLE ONLY public.answer_sheet
    ADD CONSTRAINT answer_sheet_once UNIQUE (feedback_id);

ALTER TABLE ONLY public.answer_sheet
    ADD CONSTRAINT answer_sheet_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.answer_text
    ADD CONSTRAINT answer_text_once UNIQUE (answer_sheet_id, question_key);

ALTER TABLE ONLY public.answer_text
    ADD CONSTRAINT answer_text_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_pkey PRIMARY KEY (session_id, member_id);

ALTER TABLE ONLY public.audit_anchor
    ADD CONSTRAINT audit_anchor_pkey PRIMARY KEY (n);

ALTER TABLE ONLY public.audit_chain
    ADD CONSTRAINT audit_chain_pkey PRIMARY KEY (n);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (xid, place);

ALTER TABLE ONLY public.availability
    ADD CONSTRAINT availability_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_is_one PRIMARY KEY (vote_id, person_id);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_expert_is_free EXCLUDE USING gist (expert_id WITH =, held WITH &&) WHERE ((held IS NOT NULL));

ALTER TABLE ONLY public.booking_feedback
    ADD CONSTRAINT booking_feedback_once UNIQUE (booking_id, side);

ALTER TABLE ONLY public.booking_feedback
    ADD CONSTRAINT booking_feedback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.budget_answer
    ADD CONSTRAINT budget_answer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.budget_ballot
    ADD CONSTRAINT budget_ballot_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.change_publication
    ADD CONSTRAINT change_publication_n UNIQUE (change_id, n);

ALTER TABLE ONLY public.change_publication
    ADD CONSTRAINT change_publication_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_once UNIQUE (change_id, source_id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_reference_once UNIQUE (change_id, kind, reference);

ALTER TABLE ONLY public.claim_export
    ADD CONSTRAINT claim_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_once UNIQUE (booking_id, expert_id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clock_phase
    ADD CONSTRAINT clock_phase_pkey PRIMARY KEY (phase);

ALTER TABLE ONLY public.co_development
    ADD CONSTRAINT co_development_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.consultation
    ADD CONSTRAINT consultation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact_count
    ADD CONSTRAINT contact_count_pkey PRIMARY KEY (address_hash, month);

ALTER TABLE ONLY public.contact_key
    ADD CONSTRAINT contact_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.dead_address
    ADD CONSTRAINT dead_address_pkey PRIMARY KEY (address_hash);

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (at, id);

ALTER TABLE ONLY public.event_default
    ADD CONSTRAINT event_default_pkey PRIMARY KEY (at, id);

ALTER TABLE ONLY public.experience_area
    ADD CONSTRAINT experience_area_id UNIQUE (id);

ALTER TABLE ONLY public.experience_area
    ADD CONSTRAINT experience_area_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.experience_task
    ADD CONSTRAINT experience_task_id UNIQUE (id);

ALTER TABLE ONLY public.experience_task
    ADD CONSTRAINT experience_task_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.expert_area
    ADD CONSTRAINT expert_area_pkey PRIMARY KEY (expert_id, area);

ALTER TABLE ONLY public.expert_call
    ADD CONSTRAINT expert_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.expert_language
    ADD CONSTRAINT expert_language_pkey PRIMARY KEY (expert_id, lang);

ALTER TABLE ONLY public.expert_municipality
    ADD CONSTRAINT expert_municipality_pkey PRIMARY KEY (expert_id, municipality);

ALTER TABLE ONLY public.expert
    ADD CONSTRAINT expert_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.expert_task
    ADD CONSTRAINT expert_task_pkey PRIMARY KEY (expert_id, task);

ALTER TABLE ONLY public.expert_words
    ADD CONSTRAINT expert_words_pkey PRIMARY KEY (expert_id);

ALTER TABLE ONLY public.fee_class
    ADD CONSTRAINT fee_class_once UNIQUE (unit_id, code, valid_from);

ALTER TABLE ONLY public.fee_class
    ADD CONSTRAINT fee_class_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feedback_text
    ADD CONSTRAINT feedback_text_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.feedback_words
    ADD CONSTRAINT feedback_words_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_once UNIQUE (change_id, contributor);

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_token_is_unique UNIQUE (token_hash);

ALTER TABLE ONLY public.giver
    ADD CONSTRAINT giver_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.giver
    ADD CONSTRAINT giver_receipt_is_unique UNIQUE (receipt_hash);

ALTER TABLE ONLY public.import
    ADD CONSTRAINT import_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.import_refusal
    ADD CONSTRAINT import_refusal_pkey PRIMARY KEY (import_id, line);

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_unique_key UNIQUE (unique_key);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_once UNIQUE (unique_key);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mail_template
    ADD CONSTRAINT mail_template_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.member_name
    ADD CONSTRAINT member_name_pkey PRIMARY KEY (member_id);

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_place UNIQUE (feedback_id, n);

ALTER TABLE ONLY public.moving_resource
    ADD CONSTRAINT moving_resource_pkey PRIMARY KEY (resource);

ALTER TABLE ONLY public.municipality
    ADD CONSTRAINT municipality_code_is_unique UNIQUE (code);

ALTER TABLE ONLY public.municipality
    ADD CONSTRAINT municipality_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_once UNIQUE (change_id, state, contributor);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.open_kind
    ADD CONSTRAINT open_kind_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY public.opt_out
    ADD CONSTRAINT opt_out_pkey PRIMARY KEY (address_hash);

ALTER TABLE ONLY public.original_read
    ADD CONSTRAINT original_read_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.panel
    ADD CONSTRAINT panel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.panel_rule
    ADD CONSTRAINT panel_rule_pkey PRIMARY KEY (kind, name);

ALTER TABLE ONLY public.panel_seed
    ADD CONSTRAINT panel_seed_pkey PRIMARY KEY (panel_id, n);

ALTER TABLE ONLY public.panel_selection
    ADD CONSTRAINT panel_selection_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.panel_selection
    ADD CONSTRAINT panel_selection_place UNIQUE (panel_id, n);

ALTER TABLE ONLY public.participation_cost
    ADD CONSTRAINT participation_cost_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_erasure
    ADD CONSTRAINT person_erasure_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_feed_is_unique UNIQUE (feed_id);

ALTER TABLE ONLY public.person_feed
    ADD CONSTRAINT person_feed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_link
    ADD CONSTRAINT person_link_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person_repeat
    ADD CONSTRAINT person_repeat_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_token_is_unique UNIQUE (token_hash);

ALTER TABLE ONLY public.personal_part
    ADD CONSTRAINT personal_part_pkey PRIMARY KEY (part);

ALTER TABLE ONLY public.question_set
    ADD CONSTRAINT question_set_once UNIQUE (name, edition);

ALTER TABLE ONLY public.question_set
    ADD CONSTRAINT question_set_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.receipt_mail_count
    ADD CONSTRAINT receipt_mail_count_pkey PRIMARY KEY (day, address_hash);

ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_arrival UNIQUE (session_id, n);

ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.remedy
    ADD CONSTRAINT remedy_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.remedy
    ADD CONSTRAINT remedy_place_is_unique UNIQUE (place);

ALTER TABLE ONLY public.report_before
    ADD CONSTRAINT report_before_pkey PRIMARY KEY (feedback_id, version);

ALTER TABLE ONLY public.report_block
    ADD CONSTRAINT report_block_pkey PRIMARY KEY (table_name, value);

ALTER TABLE ONLY public.report_counted
    ADD CONSTRAINT report_counted_pkey PRIMARY KEY (month);

ALTER TABLE ONLY public.report_frozen
    ADD CONSTRAINT report_frozen_pkey PRIMARY KEY (month, unit_id, table_name, block);

ALTER TABLE ONLY public.report_frozen_unit
    ADD CONSTRAINT report_frozen_unit_pkey PRIMARY KEY (month, unit_id);

ALTER TABLE ONLY public.report_group
    ADD CONSTRAINT report_group_pkey PRIMARY KEY (table_name, month, unit_id);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_once UNIQUE (unit_id, period);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.report_publication
    ADD CONSTRAINT report_publication_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.report_publication
    ADD CONSTRAINT report_publication_version UNIQUE (unit_id, period, version);

ALTER TABLE ONLY public.report_table
    ADD CONSTRAINT report_table_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.report_table
    ADD CONSTRAINT report_table_place UNIQUE (place);

ALTER TABLE ONLY public.retention
    ADD CONSTRAINT retention_pkey PRIMARY KEY (class);

ALTER TABLE ONLY public.retention
    ADD CONSTRAINT retention_place_is_unique UNIQUE (place);

ALTER TABLE ONLY public.retention_progress
    ADD CONSTRAINT retention_progress_pkey PRIMARY KEY (class);

ALTER TABLE ONLY public.role_scope
    ADD CONSTRAINT role_scope_pkey PRIMARY KEY (resource, who, scope);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_survey_round_is_its_own UNIQUE (survey_round_id);

ALTER TABLE ONLY public.rule
    ADD CONSTRAINT rule_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.service
    ADD CONSTRAINT service_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session_minutes
    ADD CONSTRAINT session_minutes_pkey PRIMARY KEY (session_id, n);

ALTER TABLE ONLY public.session_panel
    ADD CONSTRAINT session_panel_pkey PRIMARY KEY (session_id, panel_id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.session_place
    ADD CONSTRAINT session_place_pkey PRIMARY KEY (session_id);

ALTER TABLE ONLY public.session_series
    ADD CONSTRAINT session_series_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.spoken_before
    ADD CONSTRAINT spoken_before_pkey PRIMARY KEY (feedback_id);

ALTER TABLE ONLY public.spoken_language
    ADD CONSTRAINT spoken_language_id UNIQUE (id);

ALTER TABLE ONLY public.spoken_language
    ADD CONSTRAINT spoken_language_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_once_per_version UNIQUE (subject, version);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_address_once UNIQUE (round_id, address_hash);

ALTER TABLE ONLY public.survey_link_batch
    ADD CONSTRAINT survey_link_batch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_person_once UNIQUE (round_id, person_id);

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_token_is_unique UNIQUE (token_hash);

ALTER TABLE ONLY public.survey
    ADD CONSTRAINT survey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_round
    ADD CONSTRAINT survey_round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.survey_round
    ADD CONSTRAINT survey_round_place UNIQUE (survey_id, n);

ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.transition
    ADD CONSTRAINT transition_pkey PRIMARY KEY (resource, from_state, to_state, who);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_form_code_is_unique UNIQUE (form_code);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_oid_is_unique UNIQUE (oid);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.wanted_language
    ADD CONSTRAINT wanted_language_pkey PRIMARY KEY (tag);

ALTER TABLE ONLY public.wanted_language
    ADD CONSTRAINT wanted_language_place_once UNIQUE (place);

ALTER TABLE ONLY public.worker_process
    ADD CONSTRAINT worker_process_pkey PRIMARY KEY (slot);

CREATE INDEX answer_sheet_of_round ON public.answer_sheet USING btree (round_id) WHERE (round_id IS NOT NULL);

CREATE INDEX answer_sheet_of_set ON public.answer_sheet USING btree (question_set_id, answered_on);

CREATE INDEX answer_text_of_round ON public.answer_text USING btree (round_id, id) WHERE (round_id IS NOT NULL);

CREATE INDEX attendance_of_member ON public.attendance USING btree (member_id);

CREATE INDEX audit_by_time ON public.audit_chain USING btree (at, id);

CREATE INDEX audit_of_subject ON public.audit_chain USING btree (subject, at, id);

CREATE INDEX availability_of_expert ON public.availability USING btree (expert_id, id);

CREATE INDEX ballot_of_person ON public.ballot USING btree (person_id);

CREATE INDEX booking_by_start ON public.booking USING btree (starts_at, id);

CREATE INDEX booking_feedback_by_day ON public.booking_feedback USING btree (given_on, id);

CREATE INDEX booking_of_expert ON public.booking USING btree (expert_id, starts_at, id) WHERE (expert_id IS NOT NULL);

CREATE INDEX booking_of_person ON public.booking USING btree (person_id, starts_at, id);

CREATE INDEX booking_of_unit ON public.booking USING btree (unit_id, starts_at, id);

CREATE INDEX budget_answer_of_consultation ON public.budget_answer USING btree (consultation_id);

CREATE INDEX budget_ballot_of_consultation ON public.budget_ballot USING btree (consultation_id);

CREATE INDEX change_by_day ON public.change USING btree (suggested_on DESC, id DESC);

CREATE INDEX change_by_unit ON public.change USING btree (unit_id, suggested_on DESC, id DESC);

CREATE INDEX change_published ON public.change USING btree (published_on DESC, id DESC) INCLUDE (version) WHERE (published_on IS NOT NULL);

CREATE INDEX change_source_of_feedback ON public.change_source USING btree (feedback_id) WHERE (feedback_id IS NOT NULL);

CREATE INDEX change_source_of_people ON public.change_source USING btree (source_id) WHERE ((feedback_id IS NULL) AND (source_id IS NOT NULL));

CREATE INDEX claim_approved ON public.claim USING btree (id) WHERE (state = 'approved'::text);

CREATE INDEX claim_of_expert ON public.claim USING btree (expert_id, id);

CREATE INDEX claim_of_export ON public.claim USING btree (export_id, id) WHERE (export_id IS NOT NULL);

CREATE INDEX claim_over ON public.claim USING btree (moved_on, id) WHERE (state = ANY (ARRAY['waived'::text, 'paid'::text]));

CREATE INDEX co_development_of_panel ON public.co_development USING btree (panel_id, id);

CREATE INDEX consultation_by_day ON public.consultation USING btree (due_on DESC, id DESC);

CREATE INDEX consultation_of_decision ON public.consultation USING btree (decision_id, id);

CREATE INDEX consultation_open ON public.consultation USING btree (due_on, id) WHERE ((state = 'open'::text) AND is_open);

CREATE INDEX contact_address ON public.contact USING btree (address_hash);

CREATE INDEX contact_by_key ON public.contact USING btree (key_id, feedback_id);

CREATE INDEX contact_count_by_month ON public.contact_count USING btree (month);

CREATE INDEX contact_ended ON public.contact USING btree (ended_on, feedback_id) WHERE (ended_on IS NOT NULL);

CREATE INDEX decision_by_day ON public.decision USING btree (decides_on DESC, id DESC);

CREATE INDEX event_by_transaction ON ONLY public.event USING btree (xid, id);

CREATE INDEX event_of_subject ON ONLY public.event USING btree (subject, at, id);

CREATE INDEX event_default_subject_at_id_idx ON public.event_default USING btree (subject, at, id);

CREATE INDEX event_default_xid_id_idx ON public.event_default USING btree (xid, id);

CREATE INDEX expert_by_area ON public.expert_area USING btree (area, expert_id);

CREATE INDEX expert_by_language ON public.expert_language USING btree (lang, expert_id);

CREATE INDEX expert_by_municipality ON public.expert_municipality USING btree (municipality, expert_id);

CREATE INDEX expert_by_task ON public.expert_task USING btree (task, expert_id);

CREATE INDEX expert_call_of_unit ON public.expert_call USING btree (unit_id, id);

CREATE INDEX expert_ended ON public.expert USING btree (ended_on, id) WHERE (ended_on IS NOT NULL);

CREATE UNIQUE INDEX expert_is_known ON public.person USING btree (address_hash) WHERE ((resource = 'expert'::text) AND (ended_on IS NULL));

CREATE INDEX expert_of_unit ON public.expert USING btree (unit_id, id);

CREATE INDEX feedback_by_day ON public.feedback USING btree (received_on DESC, id DESC);

CREATE INDEX feedback_by_unit ON public.feedback USING btree (unit_id, public.day_number(received_on) DESC, id DESC);

CREATE INDEX feedback_followers ON public.feedback USING btree (duplicate_of) WHERE (duplicate_of IS NOT NULL);

CREATE INDEX feedback_open_by_day ON public.feedback USING btree (received_on DESC, id DESC) WHERE (closed_on IS NULL);

CREATE INDEX feedback_open_due ON public.feedback USING btree (due_on, id) WHERE ((due_on IS NOT NULL) AND (answered_on IS NULL));

CREATE INDEX feedback_thanks ON public.feedback USING btree (received_on, id) WHERE ((state = 'received'::text) AND (kind = 'thanks'::text) AND (NOT wants_answer));

CREATE INDEX feedback_to_close ON public.feedback USING btree (answered_on, id) WHERE (state = 'answered'::text);

CREATE INDEX feedback_to_erase ON public.feedback USING btree (closed_on, id) WHERE ((closed_on IS NOT NULL) AND (NOT is_erased));

CREATE INDEX feedback_waiting ON public.feedback USING btree (id) WHERE (state = 'waiting_giver'::text);

CREATE INDEX feedback_words_index ON public.feedback_words USING gin (words) WITH (gin_pending_list_limit='512');

CREATE INDEX follow_up_answered ON public.follow_up USING btree (answered_on) WHERE (answered_on IS NOT NULL);

CREATE INDEX follow_up_by_day ON public.follow_up USING btree (asked_on);

CREATE INDEX follow_up_of_change ON public.follow_up USING btree (change_id, id) WHERE (answer IS NOT NULL);

CREATE INDEX follow_up_of_contributor ON public.follow_up USING btree (contributor);

CREATE INDEX follow_up_of_feedback ON public.follow_up USING btree (feedback_id);

CREATE INDEX follow_up_of_person ON public.follow_up USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX follow_up_request ON public.follow_up USING btree (answered_on, id) WHERE (request_hash IS NOT NULL);

CREATE INDEX import_by_sign_of_life ON public.import USING btree (seen_at);

CREATE INDEX input_by_day ON public.input USING btree (brought_on DESC, id DESC);

CREATE INDEX input_initiative ON public.input USING btree (brought_on) WHERE (kind = 'initiative'::text);

CREATE INDEX input_of_panel ON public.input USING btree (panel_id, brought_on DESC, id DESC);

CREATE INDEX input_of_panel_by_state ON public.input USING btree (panel_id, state, brought_on DESC, id DESC) INCLUDE (speaker_role);

CREATE INDEX input_of_person ON public.input USING btree (person_id, brought_on DESC, id DESC) WHERE (person_id IS NOT NULL);

CREATE INDEX input_of_round ON public.input USING btree (round_id, brought_on DESC, id DESC) WHERE (round_id IS NOT NULL);

CREATE INDEX input_of_session ON public.input USING btree (session_id, brought_on DESC, id DESC) WHERE (session_id IS NOT NULL);

CREATE INDEX job_dead ON public.job USING btree (run_at, id) WHERE (state = 'dead'::text);

CREATE INDEX job_running ON public.job USING btree (leased_until) WHERE (state = 'running'::text);

CREATE INDEX job_suspect ON public.job USING btree (kind, run_at, id) WHERE ((state = 'waiting'::text) AND (last_error = 'worker_lost'::text));

CREATE INDEX job_waiting ON public.job USING btree (kind, run_at, id) WHERE (state = 'waiting'::text);

CREATE INDEX mail_of_feedback ON public.mail USING btree (feedback_id);

CREATE INDEX mail_of_person ON public.mail USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX mail_of_survey_link ON public.mail USING btree (survey_link_id) WHERE (survey_link_id IS NOT NULL);

CREATE INDEX mail_settled ON public.mail USING btree (queued_on, id) WHERE ((state <> 'queued'::text) AND (unsubscribe_hash IS NULL) AND (survey_link_id IS NULL) AND (template <> 'follow_up'::text));

CREATE UNIQUE INDEX mail_unsubscribe ON public.mail USING btree (unsubscribe_hash) WHERE (unsubscribe_hash IS NOT NULL);

CREATE INDEX member_of_municipality ON public.member USING btree (municipality, panel_id) WHERE (municipality IS NOT NULL);

CREATE INDEX member_of_panel ON public.member USING btree (panel_id, id);

CREATE INDEX message_request ON public.message USING btree (sent_on, id) WHERE (request_hash IS NOT NULL);

CREATE INDEX notice_of_feedback ON public.notice USING btree (feedback_id);

CREATE INDEX notice_of_person ON public.notice USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX observation_by_day ON public.observation USING btree (noted_on DESC, id DESC);

CREATE INDEX observation_of_person ON public.observation USING btree (person_id, id) WHERE (person_id IS NOT NULL);

CREATE UNIQUE INDEX offer_is_once_open ON public.offer USING btree (booking_id, expert_id) WHERE (state = 'sent'::text);

CREATE INDEX offer_of_booking ON public.offer USING btree (booking_id, made_at, id);

CREATE INDEX offer_of_expert ON public.offer USING btree (expert_id, made_at, id);

CREATE INDEX original_read_by_time ON public.original_read USING btree (read_at, id);

CREATE INDEX original_read_of_feedback ON public.original_read USING btree (feedback_id, read_at, id);

CREATE INDEX original_read_request ON public.original_read USING btree (read_at, id) WHERE (request_hash IS NOT NULL);

CREATE INDEX panel_by_day ON public.panel USING btree (made_on DESC, id DESC);

CREATE INDEX panel_recruiting ON public.panel USING btree (id) WHERE ((state = 'recruiting'::text) AND is_public);

CREATE INDEX panel_to_end ON public.panel USING btree (ends_on, id) WHERE (state = ANY (ARRAY['active'::text, 'paused'::text]));

CREATE INDEX participation_cost_of_unit ON public.participation_cost USING btree (unit_id, month);

CREATE INDEX person_by_address ON public.person USING btree (address_hash) WHERE (address_hash IS NOT NULL);

CREATE INDEX person_by_key ON public.person USING btree (key_id, id) WHERE (key_id IS NOT NULL);

CREATE INDEX person_ended ON public.person USING btree (ended_on, id) WHERE (ended_on IS NOT NULL);

CREATE INDEX person_feed_of_person ON public.person_feed USING btree (person_id);

CREATE INDEX person_link_of_person ON public.person_link USING btree (person_id);

CREATE INDEX person_repeat_of ON public.person_repeat USING btree (person_id);

CREATE UNIQUE INDEX question_set_one_is_active ON public.question_set USING btree (name) WHERE (state = 'active'::text);

CREATE INDEX registration_waiting ON public.registration USING btree (session_id, n) WHERE (state = 'waitlisted'::text);

CREATE INDEX report_before_by_day ON public.report_before USING btree (received_on);

CREATE INDEX report_count_by_month ON public.report_count USING btree (month, is_whole);

CREATE INDEX report_count_by_source ON public.report_count USING btree (source_month, unit_id);

CREATE INDEX report_group_pairs ON public.report_group USING btree (table_name, group_id);

CREATE INDEX report_publication_by_day ON public.report_publication USING btree (published_on DESC, id DESC);

CREATE INDEX report_touched_what ON public.report_touched USING btree (what, month);

CREATE INDEX round_by_day ON public.round USING btree (made_on DESC, id DESC);

CREATE INDEX round_of_panel ON public.round USING btree (panel_id, made_on DESC, id DESC);

CREATE INDEX service_unit ON public.service USING btree (unit_id);

CREATE INDEX session_by_start ON public.session USING btree (starts_at, id);

CREATE INDEX session_of_panel ON public.session_panel USING btree (panel_id);

CREATE INDEX session_of_series ON public.session USING btree (series_id, starts_at) WHERE (series_id IS NOT NULL);

CREATE INDEX session_open ON public.session USING btree (starts_at, id) WHERE ((state = 'published'::text) AND is_open);

CREATE INDEX statement_by_due ON public.statement USING btree (due_on DESC, id DESC);

CREATE INDEX statement_of_panel ON public.statement USING btree (panel_id, due_on DESC, id DESC);

CREATE INDEX step_request ON public.step USING btree (made_on, id) WHERE (request_hash IS NOT NULL);

CREATE INDEX survey_by_day ON public.survey USING btree (made_on DESC, id DESC);

CREATE INDEX survey_link_address ON public.survey_link USING btree (address_hash) WHERE (address_hash IS NOT NULL);

CREATE INDEX survey_link_by_key ON public.survey_link USING btree (key_id, id) WHERE (key_id IS NOT NULL);

CREATE INDEX survey_link_of_batch ON public.survey_link USING btree (batch_id);

CREATE INDEX survey_link_of_person ON public.survey_link USING btree (person_id) WHERE (person_id IS NOT NULL);

CREATE INDEX task_of_co_development ON public.task USING btree (co_development_id, due_on, id);

CREATE INDEX trial_of_co_development ON public.trial USING btree (co_development_id, id);

CREATE INDEX unit_parent ON public.unit USING btree (parent_id);

CREATE INDEX unit_path ON public.unit USING gin (path);

CREATE INDEX vote_by_close ON public.vote USING btree (closes_at DESC, id DESC);

CREATE INDEX vote_of_panel ON public.vote USING btree (panel_id, closes_at DESC, id DESC);

CREATE INDEX vote_of_round ON public.vote USING btree (round_id, closes_at DESC, id DESC) WHERE (round_id IS NOT NULL);

ALTER INDEX public.event_pkey ATTACH PARTITION public.event_default_pkey;

ALTER INDEX public.event_of_subject ATTACH PARTITION public.event_default_subject_at_id_idx;

ALTER INDEX public.event_by_transaction ATTACH PARTITION public.event_default_xid_id_idx;

CREATE TRIGGER answer_erase AFTER INSERT ON public.erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.answer_erase();

CREATE TRIGGER answer_limit_audit_delete AFTER DELETE ON public.answer_limit REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('answer_limit', 'removed', 'unit_id', 'kind');

CREATE TRIGGER answer_limit_audit_insert AFTER INSERT ON public.answer_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('answer_limit', 'set', 'unit_id', 'kind');

CREATE TRIGGER answer_limit_audit_update AFTER UPDATE ON public.answer_limit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('answer_limit', 'set', 'unit_id', 'kind');

CREATE TRIGGER answer_sheet_guard BEFORE INSERT ON public.answer_sheet FOR EACH ROW EXECUTE FUNCTION public.answer_sheet_guard();

CREATE TRIGGER api_key_audit_delete AFTER DELETE ON public.api_key REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('api_key', 'deleted', 'id');

CREATE TRIGGER api_key_audit_insert AFTER INSERT ON public.api_key REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('api_key', 'created', 'id');

CREATE TRIGGER api_key_audit_update AFTER UPDATE ON public.api_key REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('api_key', 'changed', 'id');

CREATE TRIGGER api_key_changed AFTER INSERT OR DELETE OR UPDATE ON public.api_key FOR EACH STATEMENT EXECUTE FUNCTION public.api_key_changed();

CREATE TRIGGER api_key_version BEFORE UPDATE ON public.api_key FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER attendance_audit_delete AFTER DELETE ON public.attendance REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_attendance();

CREATE TRIGGER attendance_audit_insert AFTER INSERT ON public.attendance REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_attendance();

CREATE TRIGGER attendance_audit_update AFTER UPDATE ON public.attendance REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('session', 'attendance_set', 'session_id', 'member_id attended');

CREATE TRIGGER audit_anchor_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();

CREATE TRIGGER audit_chain_is_append_only BEFORE UPDATE OR TRUNCATE ON public.audit_chain FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();

CREATE TRIGGER audit_chain_is_kept AFTER DELETE ON public.audit_chain REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.audit_keeps_what_is_after_its_anchor();

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();

CREATE TRIGGER audit_is_kept AFTER DELETE ON public.audit REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.audit_keeps_what_is_after_its_anchor();

CREATE TRIGGER availability_audit_delete AFTER DELETE ON public.availability REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('availability', 'removed', 'expert_id', 'kind');

CREATE TRIGGER availability_audit_insert AFTER INSERT ON public.availability REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('availability', 'created', 'expert_id', 'kind');

CREATE TRIGGER availability_person_gone AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION public.availability_person_gone();

CREATE TRIGGER booking_about_masked BEFORE INSERT OR UPDATE OF about ON public.booking FOR EACH ROW EXECUTE FUNCTION public.booking_about_masked();

CREATE TRIGGER booking_audit_update AFTER UPDATE ON public.booking REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('booking', 'changed', 'id');

CREATE TRIGGER booking_clock AFTER INSERT ON public.booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION public.booking_clock();

CREATE TRIGGER booking_feedback_changed AFTER UPDATE ON public.booking_feedback REFERENCING OLD TABLE AS old_row NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION public.booking_feedback_changed();

CREATE TRIGGER booking_feedback_made AFTER INSERT ON public.booking_feedback REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION public.booking_feedback_made();

CREATE TRIGGER booking_feedback_version BEFORE UPDATE ON public.booking_feedback FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER booking_follows BEFORE UPDATE ON public.booking FOR EACH ROW EXECUTE FUNCTION public.booking_follows();

CREATE TRIGGER booking_moved AFTER UPDATE ON public.booking REFERENCING OLD TABLE AS old_booking NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION public.booking_moved();

CREATE TRIGGER booking_opens_claim AFTER UPDATE ON public.booking REFERENCING OLD TABLE AS old_booking NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION public.booking_opens_claim();

CREATE TRIGGER booking_ordered AFTER INSERT ON public.booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION public.booking_ordered();

CREATE TRIGGER booking_person BEFORE INSERT ON public.booking FOR EACH ROW WHEN ((new.person_id IS NULL)) EXECUTE FUNCTION public.booking_person();

CREATE TRIGGER booking_told_staff AFTER INSERT ON public.booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION public.booking_told_staff();

CREATE TRIGGER booking_version BEFORE UPDATE ON public.booking FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER budget_ballot_audit_insert AFTER INSERT ON public.budget_ballot REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('consultation', 'ballot_made', 'consultation_id');

CREATE TRIGGER budget_ballot_ends AFTER UPDATE OF state ON public.consultation FOR EACH ROW WHEN (((new.state = ANY (ARRAY['closed'::text, 'cancelled'::text])) AND (old.state <> new.state))) EXECUTE FUNCTION public.budget_ballot_ends();

CREATE TRIGGER budget_sum_is_divided BEFORE INSERT ON public.budget_answer FOR EACH ROW EXECUTE FUNCTION public.budget_sum_is_divided();

CREATE TRIGGER change_audit_update AFTER UPDATE ON public.change REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('change', 'changed', 'id');

CREATE TRIGGER change_made AFTER INSERT ON public.change REFERENCING NEW TABLE AS new_change FOR EACH STATEMENT EXECUTE FUNCTION public.change_made_trigger();

CREATE TRIGGER change_publication_audit_insert AFTER INSERT ON public.change_publication REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('change', 'published', 'change_id');

CREATE TRIGGER change_publication_words BEFORE INSERT ON public.change_publication FOR EACH ROW EXECUTE FUNCTION public.change_publication_words();

CREATE TRIGGER change_source_audit_delete AFTER DELETE ON public.change_source REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('change', 'source_unlinked', 'change_id', 'kind');

CREATE TRIGGER change_source_made AFTER INSERT ON public.change_source REFERENCING NEW TABLE AS new_source FOR EACH STATEMENT EXECUTE FUNCTION public.change_source_made();

CREATE TRIGGER change_version BEFORE UPDATE ON public.change FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER claim_audit_insert AFTER INSERT ON public.claim REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('claim', 'opened', 'id');

CREATE TRIGGER claim_audit_update AFTER UPDATE ON public.claim REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('claim', 'changed', 'id');

CREATE TRIGGER claim_export_audit_insert AFTER INSERT ON public.claim_export REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('claim_export', 'made', 'id');

CREATE TRIGGER claim_export_made AFTER INSERT ON public.claim_export REFERENCING NEW TABLE AS new_export FOR EACH STATEMENT EXECUTE FUNCTION public.claim_export_made();

CREATE TRIGGER claim_follows BEFORE UPDATE ON public.claim FOR EACH ROW EXECUTE FUNCTION public.claim_follows();

CREATE TRIGGER claim_moved AFTER UPDATE ON public.claim REFERENCING OLD TABLE AS old_claim NEW TABLE AS new_claim FOR EACH STATEMENT EXECUTE FUNCTION public.claim_moved();

CREATE TRIGGER co_development_audit_insert AFTER INSERT ON public.co_development REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('co_development', 'created', 'id');

CREATE TRIGGER co_development_audit_update AFTER UPDATE ON public.co_development REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('co_development', 'changed', 'id');

CREATE TRIGGER co_development_has_trial AFTER UPDATE ON public.co_development FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION public.co_development_guard();

CREATE TRIGGER co_development_is_of_its_kind AFTER INSERT ON public.co_development FOR EACH ROW EXECUTE FUNCTION public.co_development_is_of_its_kind();

CREATE TRIGGER co_development_version BEFORE UPDATE ON public.co_development FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER consultation_audit_insert AFTER INSERT ON public.consultation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('consultation', 'created', 'id');

CREATE TRIGGER consultation_audit_update AFTER UPDATE ON public.consultation REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('consultation', 'changed', 'id');

CREATE TRIGGER consultation_changed AFTER UPDATE ON public.consultation REFERENCING NEW TABLE AS new_consultation FOR EACH STATEMENT EXECUTE FUNCTION public.consultation_changed();

CREATE TRIGGER consultation_changed_at BEFORE UPDATE ON public.consultation FOR EACH ROW EXECUTE FUNCTION public.changed_now();

CREATE TRIGGER consultation_is_before_decision AFTER INSERT OR UPDATE OF due_on, decision_id ON public.consultation FOR EACH ROW EXECUTE FUNCTION public.consultation_is_before_decision();

CREATE TRIGGER consultation_is_before_decision AFTER UPDATE OF decides_on ON public.decision FOR EACH ROW EXECUTE FUNCTION public.consultation_is_before_decision();

CREATE TRIGGER consultation_made AFTER INSERT ON public.consultation REFERENCING NEW TABLE AS new_consultation FOR EACH STATEMENT EXECUTE FUNCTION public.consultation_changed();

CREATE TRIGGER consultation_opens BEFORE UPDATE ON public.consultation FOR EACH ROW WHEN (((new.state = 'open'::text) AND (old.state = 'draft'::text) AND (new.opens_on > public.app_today()))) EXECUTE FUNCTION public.consultation_opens();

CREATE TRIGGER consultation_version BEFORE UPDATE ON public.consultation FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER contact_case_ended AFTER UPDATE OF closed_on ON public.feedback FOR EACH ROW WHEN ((old.closed_on IS DISTINCT FROM new.closed_on)) EXECUTE FUNCTION public.contact_case_ended();

CREATE TRIGGER contact_gone AFTER DELETE ON public.contact REFERENCING OLD TABLE AS old_contact FOR EACH STATEMENT EXECUTE FUNCTION public.contact_gone();

CREATE TRIGGER contact_key_audit_insert AFTER INSERT ON public.contact_key REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('contact_key', 'announced', '', 'id');

CREATE TRIGGER contact_key_audit_update AFTER UPDATE ON public.contact_key REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('contact_key', 'retired', '', 'id');

CREATE TRIGGER contact_made AFTER INSERT ON public.contact REFERENCING NEW TABLE AS new_contact FOR EACH STATEMENT EXECUTE FUNCTION public.contact_made();

CREATE TRIGGER dates_are_near BEFORE INSERT ON public.availability FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('first_on', 'last_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF planned_for ON public.change FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('planned_for');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF opens_on, due_on ON public.consultation FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('opens_on', 'due_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF decides_on ON public.decision FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('decides_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF trained_on, agreement_from, agreement_until ON public.expert FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('trained_on', 'agreement_from', 'agreement_until');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF until_on ON public.expert_call FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('until_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF until_on ON public.member FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('until_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF starts_on, ends_on, recruits_until ON public.panel FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('starts_on', 'ends_on', 'recruits_until');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF starts_at, ends_at ON public.session FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('starts_at', 'ends_at');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF first_on ON public.session_series FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('first_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF due_on, decision_on ON public.statement FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('due_on', 'decision_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF opens_at, closes_at, remind_at ON public.survey_round FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('opens_at', 'closes_at', 'remind_at');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF due_on ON public.task FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('due_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF starts_on, ends_on ON public.trial FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('starts_on', 'ends_on');

CREATE TRIGGER dates_are_near BEFORE INSERT OR UPDATE OF closes_at ON public.vote FOR EACH ROW EXECUTE FUNCTION public.dates_are_near('closes_at');

CREATE TRIGGER decision_audit_insert AFTER INSERT ON public.decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('decision', 'created', 'id');

CREATE TRIGGER decision_audit_update AFTER UPDATE ON public.decision REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('decision', 'changed', 'id');

CREATE TRIGGER decision_version BEFORE UPDATE ON public.decision FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER erase_expert_words AFTER INSERT ON public.person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.erase_expert_words();

CREATE TRIGGER erase_follow_up AFTER INSERT ON public.erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.erase_follow_up();

CREATE TRIGGER erase_inputs AFTER INSERT ON public.person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.erase_inputs();

CREATE TRIGGER event_audit AFTER INSERT ON public.event REFERENCING NEW TABLE AS new_event FOR EACH STATEMENT EXECUTE FUNCTION public.audit_events();

CREATE TRIGGER experience_area_audit_insert AFTER INSERT ON public.experience_area REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('experience_area', 'created', '', 'code');

CREATE TRIGGER experience_area_audit_update AFTER UPDATE ON public.experience_area REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('experience_area', 'changed', '', 'code');

CREATE TRIGGER experience_area_version BEFORE UPDATE ON public.experience_area FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER experience_task_audit_insert AFTER INSERT ON public.experience_task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('experience_task', 'created', '', 'code');

CREATE TRIGGER experience_task_audit_update AFTER UPDATE ON public.experience_task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('experience_task', 'changed', '', 'code');

CREATE TRIGGER experience_task_version BEFORE UPDATE ON public.experience_task FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER expert_applied AFTER INSERT ON public.expert REFERENCING NEW TABLE AS new_expert FOR EACH STATEMENT EXECUTE FUNCTION public.expert_applied();

CREATE TRIGGER expert_audit_insert AFTER INSERT ON public.expert REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('expert', 'created', 'id');

CREATE TRIGGER expert_audit_update AFTER UPDATE ON public.expert REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('expert', 'changed', 'id');

CREATE TRIGGER expert_call_audit_insert AFTER INSERT ON public.expert_call REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('expert_call', 'created', 'id');

CREATE TRIGGER expert_call_audit_update AFTER UPDATE ON public.expert_call REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('expert_call', 'changed', 'id');

CREATE TRIGGER expert_call_version BEFORE UPDATE ON public.expert_call FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER expert_dates BEFORE UPDATE ON public.expert FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION public.expert_dates();

CREATE TRIGGER expert_leaves_bookings AFTER UPDATE ON public.expert REFERENCING OLD TABLE AS old_expert NEW TABLE AS new_expert FOR EACH STATEMENT EXECUTE FUNCTION public.expert_leaves_bookings();

CREATE TRIGGER expert_person AFTER UPDATE ON public.expert FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION public.expert_person();

CREATE TRIGGER expert_person_gone AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION public.expert_person_gone();

CREATE TRIGGER expert_training_masked BEFORE INSERT OR UPDATE OF training ON public.expert FOR EACH ROW EXECUTE FUNCTION public.expert_training_masked();

CREATE TRIGGER expert_version BEFORE UPDATE ON public.expert FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER expert_words_masked BEFORE INSERT OR UPDATE ON public.expert_words FOR EACH ROW EXECUTE FUNCTION public.expert_words_masked();

CREATE TRIGGER fee_class_audit_insert AFTER INSERT ON public.fee_class REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('fee_class', 'created', 'id', 'code valid_from');

CREATE TRIGGER fee_class_audit_update AFTER UPDATE ON public.fee_class REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('fee_class', 'changed', 'id', 'code valid_from');

CREATE TRIGGER fee_class_version BEFORE UPDATE ON public.fee_class FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER feedback_changed AFTER UPDATE ON public.feedback REFERENCING OLD TABLE AS old_feedback NEW TABLE AS new_feedback FOR EACH STATEMENT EXECUTE FUNCTION public.feedback_changed();

CREATE TRIGGER feedback_erase AFTER INSERT ON public.erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.feedback_erase();

CREATE TRIGGER feedback_made AFTER INSERT ON public.feedback REFERENCING NEW TABLE AS new_feedback FOR EACH STATEMENT EXECUTE FUNCTION public.feedback_made();

CREATE TRIGGER feedback_version BEFORE UPDATE ON public.feedback FOR EACH ROW WHEN (((NOT (old.request_hash IS DISTINCT FROM new.request_hash)) OR (old.is_erased <> new.is_erased))) EXECUTE FUNCTION public.next_version();

CREATE TRIGGER feedback_withdrawn_needs BEFORE UPDATE ON public.feedback FOR EACH ROW WHEN (((new.state = 'withdrawn'::text) AND (new.support_needs <> '{}'::text[]))) EXECUTE FUNCTION public.feedback_forget_needs();

CREATE TRIGGER follow_up_audit AFTER UPDATE ON public.follow_up REFERENCING OLD TABLE AS old_follow_up NEW TABLE AS new_follow_up FOR EACH STATEMENT EXECUTE FUNCTION public.audit_follow_ups();

CREATE TRIGGER follow_up_by_staff BEFORE INSERT ON public.follow_up FOR EACH ROW EXECUTE FUNCTION public.follow_up_by_staff();

CREATE TRIGGER follow_up_made_audit AFTER INSERT ON public.follow_up REFERENCING NEW TABLE AS new_follow_up FOR EACH STATEMENT EXECUTE FUNCTION public.audit_follow_ups_made();

CREATE TRIGGER import_audit_insert AFTER INSERT ON public.import REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('import', 'begun', 'id');

CREATE TRIGGER import_audit_update AFTER UPDATE ON public.import REFERENCING OLD TABLE AS old_import NEW TABLE AS new_import FOR EACH STATEMENT EXECUTE FUNCTION public.audit_imports();

CREATE TRIGGER input_follows BEFORE UPDATE ON public.input FOR EACH ROW EXECUTE FUNCTION public.input_follows();

CREATE TRIGGER input_made AFTER INSERT ON public.input REFERENCING NEW TABLE AS new_input FOR EACH STATEMENT EXECUTE FUNCTION public.input_made();

CREATE TRIGGER input_moved AFTER UPDATE ON public.input REFERENCING OLD TABLE AS old_input NEW TABLE AS new_input FOR EACH STATEMENT EXECUTE FUNCTION public.input_moved();

CREATE TRIGGER mail_delivers_statement AFTER UPDATE ON public.mail FOR EACH ROW WHEN (((new.template = 'statement_adopted'::text) AND (new.state = 'sent'::text) AND (old.state <> 'sent'::text))) EXECUTE FUNCTION public.statement_delivered();

CREATE TRIGGER mail_link_is_about BEFORE INSERT ON public.mail FOR EACH ROW WHEN (((new.template = 'person_link'::text) AND (new.places IS NULL))) EXECUTE FUNCTION public.mail_link_is_about();

CREATE TRIGGER mail_made AFTER INSERT ON public.mail REFERENCING NEW TABLE AS new_mail FOR EACH STATEMENT EXECUTE FUNCTION public.mail_made();

CREATE TRIGGER member_audit_insert AFTER INSERT ON public.member REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('member', 'created', 'id', 'came_by');

CREATE TRIGGER member_audit_update AFTER UPDATE ON public.member REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('member', 'changed', 'id');

CREATE TRIGGER member_comes BEFORE INSERT ON public.member FOR EACH ROW EXECUTE FUNCTION public.member_comes();

CREATE TRIGGER member_dates BEFORE UPDATE ON public.member FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION public.member_dates();

CREATE TRIGGER member_is_checked AFTER INSERT ON public.member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION public.member_is_checked();

CREATE TRIGGER member_jobs AFTER UPDATE ON public.member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION public.member_jobs();

CREATE TRIGGER member_keeps_the_rules AFTER INSERT ON public.member REFERENCING NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION public.member_guard();

CREATE TRIGGER member_keeps_the_rules_after AFTER UPDATE ON public.member REFERENCING OLD TABLE AS old_member NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION public.member_guard();

CREATE TRIGGER member_leaves_room AFTER UPDATE ON public.member REFERENCING OLD TABLE AS old_member NEW TABLE AS new_member FOR EACH STATEMENT EXECUTE FUNCTION public.member_leaves_room();

CREATE TRIGGER member_person AFTER UPDATE ON public.member FOR EACH ROW WHEN ((old.state <> new.state)) EXECUTE FUNCTION public.member_person();

CREATE TRIGGER member_person_gone AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION public.member_person_gone();

CREATE TRIGGER member_version BEFORE UPDATE ON public.member FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER message_has_a_giver AFTER INSERT ON public.message REFERENCING NEW TABLE AS new_message FOR EACH STATEMENT EXECUTE FUNCTION public.message_has_a_giver();

CREATE TRIGGER message_made AFTER INSERT ON public.message REFERENCING NEW TABLE AS new_message FOR EACH STATEMENT EXECUTE FUNCTION public.message_made();

CREATE TRIGGER moving_resource_written AFTER INSERT OR DELETE OR UPDATE ON public.moving_resource FOR EACH STATEMENT EXECUTE FUNCTION public.moving_resource_written();

CREATE TRIGGER municipality_audit_insert AFTER INSERT ON public.municipality REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('municipality', 'created', 'id', 'code');

CREATE TRIGGER municipality_audit_update AFTER UPDATE ON public.municipality REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('municipality', 'changed', 'id', 'code');

CREATE TRIGGER municipality_version BEFORE UPDATE ON public.municipality FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER notice_forget BEFORE DELETE ON public.person FOR EACH ROW EXECUTE FUNCTION public.notice_forget();

CREATE TRIGGER observation_made AFTER INSERT ON public.observation REFERENCING NEW TABLE AS new_row FOR EACH STATEMENT EXECUTE FUNCTION public.observation_made();

CREATE TRIGGER offer_audit_insert AFTER INSERT ON public.offer REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('offer', 'made', 'id');

CREATE TRIGGER offer_follows BEFORE UPDATE ON public.offer FOR EACH ROW WHEN (((old.state <> new.state) AND (new.state = ANY (ARRAY['accepted'::text, 'declined'::text])))) EXECUTE FUNCTION public.offer_follows();

CREATE TRIGGER offer_made AFTER INSERT ON public.offer REFERENCING NEW TABLE AS new_offer FOR EACH STATEMENT EXECUTE FUNCTION public.offer_made();

CREATE TRIGGER offer_moved AFTER UPDATE ON public.offer REFERENCING OLD TABLE AS old_offer NEW TABLE AS new_offer FOR EACH STATEMENT EXECUTE FUNCTION public.offer_moved();

CREATE TRIGGER offer_version BEFORE UPDATE ON public.offer FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER original_read_audit AFTER INSERT ON public.original_read REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('feedback', 'original_read', 'feedback_id');

CREATE TRIGGER original_read_erase AFTER INSERT ON public.erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.original_read_erase();

CREATE TRIGGER panel_audit_insert AFTER INSERT ON public.panel REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('panel', 'created', 'id');

CREATE TRIGGER panel_audit_update AFTER UPDATE ON public.panel REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('panel', 'changed', 'id');

CREATE TRIGGER panel_changed_at BEFORE UPDATE ON public.panel FOR EACH ROW EXECUTE FUNCTION public.changed_now();

CREATE TRIGGER panel_goes_on AFTER UPDATE ON public.panel FOR EACH ROW WHEN (((new.state = 'active'::text) AND (old.state <> 'active'::text))) EXECUTE FUNCTION public.panel_goes_on();

CREATE TRIGGER panel_has_begun BEFORE UPDATE OF starts_on ON public.panel FOR EACH ROW WHEN (public.panel_begins_again(old.state, old.starts_on, new.starts_on)) EXECUTE FUNCTION public.breaks_rule('panel_has_begun');

CREATE TRIGGER panel_jobs AFTER UPDATE ON public.panel FOR EACH ROW WHEN (((new.state = ANY (ARRAY['active'::text, 'paused'::text])) AND (new.ends_on IS NOT NULL))) EXECUTE FUNCTION public.panel_jobs();

CREATE TRIGGER panel_keeps_its_rules AFTER INSERT OR UPDATE OF starts_on, ends_on, rules ON public.panel FOR EACH ROW EXECUTE FUNCTION public.panel_guard();

CREATE TRIGGER panel_makes_room AFTER UPDATE ON public.panel FOR EACH ROW WHEN (((new.rules <> old.rules) OR (new.quota <> old.quota))) EXECUTE FUNCTION public.panel_makes_room();

CREATE TRIGGER panel_members_go AFTER UPDATE ON public.panel FOR EACH ROW WHEN (((new.state = 'ended'::text) AND (old.state <> 'ended'::text))) EXECUTE FUNCTION public.panel_members_go();

CREATE TRIGGER panel_rule_audit_update AFTER UPDATE ON public.panel_rule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('panel_rule', 'set', '', 'kind name value');

CREATE TRIGGER panel_seeds AFTER UPDATE ON public.panel FOR EACH ROW WHEN (((new.state = 'recruiting'::text) AND (old.state <> 'recruiting'::text))) EXECUTE FUNCTION public.panel_seeds();

CREATE TRIGGER panel_selection_audit_insert AFTER INSERT ON public.panel_selection REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('panel', 'selected', 'panel_id', 'n');

CREATE TRIGGER panel_version BEFORE UPDATE ON public.panel FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER participation_cost_audit_insert AFTER INSERT ON public.participation_cost REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('participation_cost', 'noted', 'id', 'line month');

CREATE TRIGGER person_chose AFTER UPDATE ON public.person FOR EACH ROW WHEN ((((old.lang IS DISTINCT FROM new.lang) OR (old.wants_news IS DISTINCT FROM new.wants_news)) OR (old.wants_digest IS DISTINCT FROM new.wants_digest))) EXECUTE FUNCTION public.person_chose();

CREATE TRIGGER person_erase AFTER INSERT ON public.person_erasure REFERENCING NEW TABLE AS new_erasure FOR EACH STATEMENT EXECUTE FUNCTION public.person_erase();

CREATE TRIGGER person_feed_audit_insert AFTER INSERT ON public.person_feed REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('person', 'feed_renewed', 'person_id');

CREATE TRIGGER person_feed_made AFTER INSERT ON public.person_feed REFERENCING NEW TABLE AS new_feed FOR EACH STATEMENT EXECUTE FUNCTION public.person_feed_made();

CREATE TRIGGER person_gone AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION public.person_gone();

CREATE TRIGGER person_link_audit_insert AFTER INSERT ON public.person_link REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('person', 'link_renewed', 'person_id');

CREATE TRIGGER person_link_made AFTER INSERT ON public.person_link REFERENCING NEW TABLE AS new_link FOR EACH STATEMENT EXECUTE FUNCTION public.person_link_made();

CREATE TRIGGER person_made AFTER INSERT ON public.person REFERENCING NEW TABLE AS new_person FOR EACH STATEMENT EXECUTE FUNCTION public.person_made();

CREATE TRIGGER question_set_audit_insert AFTER INSERT ON public.question_set REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('question_set', 'loaded', 'id', 'name edition');

CREATE TRIGGER question_set_never_changes BEFORE UPDATE OF id, name, edition, respondent_group, unit_id, title, intro, source, questions ON public.question_set FOR EACH ROW EXECUTE FUNCTION public.question_set_never_changes();

CREATE TRIGGER question_set_version BEFORE UPDATE ON public.question_set FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER registration_forget AFTER DELETE ON public.person REFERENCING OLD TABLE AS old_person FOR EACH STATEMENT EXECUTE FUNCTION public.registration_forget();

CREATE TRIGGER registration_moved AFTER UPDATE ON public.registration REFERENCING OLD TABLE AS old_registration NEW TABLE AS new_registration FOR EACH STATEMENT EXECUTE FUNCTION public.registration_moved();

CREATE TRIGGER registration_offered BEFORE UPDATE OF state ON public.registration FOR EACH ROW WHEN (((new.state = 'offered'::text) AND (old.state <> 'offered'::text))) EXECUTE FUNCTION public.registration_offered();

CREATE TRIGGER registration_version BEFORE UPDATE ON public.registration FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER report_case_changed AFTER UPDATE ON public.feedback FOR EACH ROW WHEN (((old.respondent_role <> 'staff'::text) AND ((((((((((((old.unit_id IS DISTINCT FROM new.unit_id) OR (old.service_id IS DISTINCT FROM new.service_id)) OR (old.level IS DISTINCT FROM new.level)) OR (old.kind IS DISTINCT FROM new.kind)) OR (old.channel IS DISTINCT FROM new.channel)) OR (old.lang IS DISTINCT FROM new.lang)) OR (old.age_band IS DISTINCT FROM new.age_band)) OR (old.due_on IS DISTINCT FROM new.due_on)) OR (old.answered_on IS DISTINCT FROM new.answered_on)) OR ((old.state = 'closed'::text) IS DISTINCT FROM (new.state = 'closed'::text))) OR (old.closed_on IS DISTINCT FROM new.closed_on)) OR (old.outcome IS DISTINCT FROM new.outcome)))) EXECUTE FUNCTION public.report_case_changed();

CREATE TRIGGER report_case_gone AFTER DELETE ON public.feedback FOR EACH ROW EXECUTE FUNCTION public.report_case_left();

CREATE TRIGGER report_case_moved AFTER UPDATE OF unit_id ON public.feedback FOR EACH ROW WHEN ((old.unit_id <> new.unit_id)) EXECUTE FUNCTION public.report_case_left();

CREATE TRIGGER report_change_touched AFTER INSERT OR UPDATE ON public.change FOR EACH ROW EXECUTE FUNCTION public.report_change_touched();

CREATE TRIGGER report_follow_up_asked AFTER INSERT ON public.follow_up REFERENCING NEW TABLE AS touched_follow_up FOR EACH STATEMENT EXECUTE FUNCTION public.report_follow_up_touched();

CREATE TRIGGER report_follow_up_changed AFTER UPDATE ON public.follow_up REFERENCING NEW TABLE AS touched_follow_up FOR EACH STATEMENT EXECUTE FUNCTION public.report_follow_up_touched();

CREATE TRIGGER report_publication_asked AFTER INSERT ON public.report_publication REFERENCING NEW TABLE AS new_publication FOR EACH STATEMENT EXECUTE FUNCTION public.report_publication_asked();

CREATE TRIGGER report_publication_audit_insert AFTER INSERT ON public.report_publication REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('report_publication', 'asked', 'id', 'period');

CREATE TRIGGER report_source_gone AFTER DELETE ON public.change_source REFERENCING OLD TABLE AS touched_source FOR EACH STATEMENT EXECUTE FUNCTION public.report_source_touched();

CREATE TRIGGER report_source_made AFTER INSERT ON public.change_source REFERENCING NEW TABLE AS touched_source FOR EACH STATEMENT EXECUTE FUNCTION public.report_source_touched();

CREATE TRIGGER report_unit_touched AFTER UPDATE ON public.unit FOR EACH ROW WHEN ((old.path <> new.path)) EXECUTE FUNCTION public.report_unit_touched();

CREATE TRIGGER report_version BEFORE UPDATE ON public.report FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER retention_audit_update AFTER UPDATE ON public.retention REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('retention', 'set', '', 'class days');

CREATE TRIGGER round_audit_insert AFTER INSERT ON public.round REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('round', 'created', 'id');

CREATE TRIGGER round_audit_update AFTER UPDATE ON public.round REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('round', 'changed', 'id');

CREATE TRIGGER round_version BEFORE UPDATE ON public.round FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER rule_audit_insert AFTER INSERT ON public.rule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('rule', 'set', '', 'name value');

CREATE TRIGGER rule_audit_update AFTER UPDATE ON public.rule REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('rule', 'set', '', 'name value');

CREATE TRIGGER search_answer_deleted AFTER DELETE ON public.answer_text REFERENCING OLD TABLE AS old_answer FOR EACH STATEMENT EXECUTE FUNCTION public.search_answer_deleted();

CREATE TRIGGER search_feedback_changed AFTER UPDATE ON public.feedback REFERENCING OLD TABLE AS old_feedback NEW TABLE AS new_feedback FOR EACH STATEMENT EXECUTE FUNCTION public.search_feedback_changed();

CREATE TRIGGER search_message_deleted AFTER DELETE ON public.message REFERENCING OLD TABLE AS old_text FOR EACH STATEMENT EXECUTE FUNCTION public.search_text_deleted();

CREATE TRIGGER search_message_made AFTER INSERT ON public.message REFERENCING NEW TABLE AS new_message FOR EACH STATEMENT EXECUTE FUNCTION public.search_message_made();

CREATE TRIGGER search_text_deleted AFTER DELETE ON public.feedback_text REFERENCING OLD TABLE AS old_text FOR EACH STATEMENT EXECUTE FUNCTION public.search_text_deleted();

CREATE TRIGGER search_unit_moved AFTER UPDATE ON public.unit REFERENCING OLD TABLE AS old_unit NEW TABLE AS new_unit FOR EACH STATEMENT EXECUTE FUNCTION public.search_unit_moved();

CREATE TRIGGER service_audit_insert AFTER INSERT ON public.service REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('service', 'created', 'id');

CREATE TRIGGER service_audit_update AFTER UPDATE ON public.service REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('service', 'changed', 'id');

CREATE TRIGGER service_version BEFORE UPDATE ON public.service FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER session_absences_end AFTER UPDATE ON public.session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION public.session_absences_end();

CREATE TRIGGER session_audit_insert AFTER INSERT ON public.session REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('session', 'created', 'id');

CREATE TRIGGER session_audit_update AFTER UPDATE ON public.session REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('session', 'changed', 'id');

CREATE TRIGGER session_changes BEFORE UPDATE ON public.session FOR EACH ROW EXECUTE FUNCTION public.session_changes();

CREATE TRIGGER session_lasts_within_rule BEFORE INSERT OR UPDATE OF starts_at, ends_at ON public.session FOR EACH ROW WHEN ((NOT public.session_lasts_within_rule(new.starts_at, new.ends_at))) EXECUTE FUNCTION public.breaks_rule('session_lasts_within_rule');

CREATE TRIGGER session_minutes_published AFTER UPDATE ON public.session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION public.session_minutes_published();

CREATE TRIGGER session_panel_audit_delete AFTER DELETE ON public.session_panel REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('session', 'panel_removed', 'session_id', 'panel_id');

CREATE TRIGGER session_panel_audit_insert AFTER INSERT ON public.session_panel REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('session', 'panel_added', 'session_id', 'panel_id');

CREATE TRIGGER session_places_changed AFTER UPDATE ON public.session REFERENCING NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION public.session_places();

CREATE TRIGGER session_places_made AFTER INSERT ON public.session REFERENCING NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION public.session_places();

CREATE TRIGGER session_series_audit_insert AFTER INSERT ON public.session_series REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('session_series', 'created', 'id');

CREATE TRIGGER session_told AFTER UPDATE ON public.session REFERENCING OLD TABLE AS old_session NEW TABLE AS new_session FOR EACH STATEMENT EXECUTE FUNCTION public.session_told();

CREATE TRIGGER session_version BEFORE UPDATE ON public.session FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER single_time_is_near BEFORE INSERT ON public.availability FOR EACH ROW WHEN ((NOT (public.date_is_near(lower(new.during)) AND public.date_is_near(upper(new.during))))) EXECUTE FUNCTION public.breaks_rule('date_is_near');

CREATE TRIGGER spoken_language_audit_insert AFTER INSERT ON public.spoken_language REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('spoken_language', 'created', '', 'code');

CREATE TRIGGER spoken_language_audit_update AFTER UPDATE ON public.spoken_language REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('spoken_language', 'changed', '', 'code');

CREATE TRIGGER spoken_language_version BEFORE UPDATE ON public.spoken_language FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER statement_adopted AFTER UPDATE ON public.statement FOR EACH ROW WHEN (((new.state = 'adopted'::text) AND (old.state <> 'adopted'::text))) EXECUTE FUNCTION public.statement_adopted();

CREATE TRIGGER statement_asked AFTER INSERT ON public.statement REFERENCING NEW TABLE AS new_statement FOR EACH STATEMENT EXECUTE FUNCTION public.statement_asked();

CREATE TRIGGER statement_audit_insert AFTER INSERT ON public.statement REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('statement', 'requested', 'id');

CREATE TRIGGER statement_audit_update AFTER UPDATE ON public.statement REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('statement', 'changed', 'id');

CREATE TRIGGER statement_changed AFTER UPDATE ON public.statement REFERENCING NEW TABLE AS new_statement FOR EACH STATEMENT EXECUTE FUNCTION public.statement_clock();

CREATE TRIGGER statement_follows BEFORE UPDATE ON public.statement FOR EACH ROW EXECUTE FUNCTION public.statement_follows();

CREATE TRIGGER statement_made AFTER INSERT ON public.statement REFERENCING NEW TABLE AS new_statement FOR EACH STATEMENT EXECUTE FUNCTION public.statement_clock();

CREATE TRIGGER statement_version BEFORE UPDATE ON public.statement FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER step_answer AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.answer_step();

CREATE TRIGGER step_change AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.change_step();

CREATE TRIGGER step_feedback AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.feedback_step();

CREATE TRIGGER step_has_reason AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.step_has_reason();

CREATE TRIGGER step_moves AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.step_moves();

CREATE TRIGGER step_question_set AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.question_set_step();

CREATE TRIGGER step_reason_masked BEFORE INSERT ON public.step FOR EACH ROW WHEN (((new.reason IS NOT NULL) AND (new.resource = ANY (ARRAY['booking'::text, 'claim'::text, 'expert'::text, 'offer'::text])))) EXECUTE FUNCTION public.step_reason_masked();

CREATE TRIGGER step_round AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.round_step();

CREATE TRIGGER step_survey AFTER INSERT ON public.step REFERENCING NEW TABLE AS new_step FOR EACH STATEMENT EXECUTE FUNCTION public.survey_step();

CREATE TRIGGER survey_audit_insert AFTER INSERT ON public.survey REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('survey', 'created', 'id');

CREATE TRIGGER survey_audit_update AFTER UPDATE ON public.survey REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('survey', 'changed', 'id');

CREATE TRIGGER survey_link_batch_audit_insert AFTER INSERT ON public.survey_link_batch REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('survey_round', 'links_made', 'round_id');

CREATE TRIGGER survey_link_made AFTER INSERT ON public.survey_link REFERENCING NEW TABLE AS new_link FOR EACH STATEMENT EXECUTE FUNCTION public.survey_link_made();

CREATE TRIGGER survey_round_audit_insert AFTER INSERT ON public.survey_round REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('survey_round', 'created', 'id');

CREATE TRIGGER survey_round_audit_update AFTER UPDATE ON public.survey_round REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('survey_round', 'changed', 'id');

CREATE TRIGGER survey_round_changed AFTER UPDATE ON public.survey_round REFERENCING NEW TABLE AS new_round FOR EACH STATEMENT EXECUTE FUNCTION public.survey_round_changed();

CREATE TRIGGER survey_round_made AFTER INSERT ON public.survey_round REFERENCING NEW TABLE AS new_round FOR EACH STATEMENT EXECUTE FUNCTION public.survey_round_changed();

CREATE TRIGGER survey_round_version BEFORE UPDATE ON public.survey_round FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER survey_version BEFORE UPDATE ON public.survey FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER task_audit_insert AFTER INSERT ON public.task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('task', 'created', 'id');

CREATE TRIGGER task_audit_update AFTER UPDATE ON public.task REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('task', 'changed', 'id');

CREATE TRIGGER task_version BEFORE UPDATE ON public.task FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER trial_audit_insert AFTER INSERT ON public.trial REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('trial', 'created', 'id');

CREATE TRIGGER trial_audit_update AFTER UPDATE ON public.trial REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('trial', 'changed', 'id');

CREATE TRIGGER trial_version BEFORE UPDATE ON public.trial FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER unit_audit_insert AFTER INSERT ON public.unit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('unit', 'created', 'id');

CREATE TRIGGER unit_audit_update AFTER UPDATE ON public.unit REFERENCING NEW TABLE AS changed FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.audit_rows('unit', 'changed', 'id');

CREATE TRIGGER unit_move AFTER UPDATE ON public.unit REFERENCING OLD TABLE AS old_unit NEW TABLE AS new_unit FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.unit_move_children();

CREATE TRIGGER unit_path BEFORE INSERT OR UPDATE OF parent_id ON public.unit FOR EACH ROW EXECUTE FUNCTION public.unit_set_path();

CREATE TRIGGER unit_version BEFORE UPDATE ON public.unit FOR EACH ROW EXECUTE FUNCTION public.next_version();

CREATE TRIGGER vote_audit_insert AFTER INSERT ON public.vote REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.audit_rows('vote', 'opened', 'id');

CREATE TRIGGER vote_follows BEFORE UPDATE ON public.vote FOR EACH ROW EXECUTE FUNCTION public.vote_follows();

CREATE TRIGGER vote_made AFTER INSERT ON public.vote REFERENCING NEW TABLE AS new_vote FOR EACH STATEMENT EXECUTE FUNCTION public.vote_made();

ALTER TABLE ONLY public.answer_limit
    ADD CONSTRAINT answer_limit_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.answer_sheet
    ADD CONSTRAINT answer_sheet_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.answer_sheet
    ADD CONSTRAINT answer_sheet_question_set_exists FOREIGN KEY (question_set_id) REFERENCES public.question_set(id);

ALTER TABLE ONLY public.answer_sheet
    ADD CONSTRAINT answer_sheet_round_exists FOREIGN KEY (round_id) REFERENCES public.survey_round(id);

ALTER TABLE ONLY public.answer_text
    ADD CONSTRAINT answer_text_round_exists FOREIGN KEY (round_id) REFERENCES public.survey_round(id);

ALTER TABLE ONLY public.answer_text
    ADD CONSTRAINT answer_text_sheet_exists FOREIGN KEY (answer_sheet_id) REFERENCES public.answer_sheet(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_member_exists FOREIGN KEY (member_id) REFERENCES public.member(id);

ALTER TABLE ONLY public.attendance
    ADD CONSTRAINT attendance_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.availability
    ADD CONSTRAINT availability_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ballot
    ADD CONSTRAINT ballot_vote_exists FOREIGN KEY (vote_id) REFERENCES public.vote(id);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_area_exists FOREIGN KEY (area) REFERENCES public.experience_area(code);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id);

ALTER TABLE ONLY public.booking_feedback
    ADD CONSTRAINT booking_feedback_booking_exists FOREIGN KEY (booking_id) REFERENCES public.booking(id);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_task_exists FOREIGN KEY (task) REFERENCES public.experience_task(code);

ALTER TABLE ONLY public.booking
    ADD CONSTRAINT booking_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.budget_answer
    ADD CONSTRAINT budget_answer_consultation_exists FOREIGN KEY (consultation_id) REFERENCES public.consultation(id);

ALTER TABLE ONLY public.budget_ballot
    ADD CONSTRAINT budget_ballot_consultation_exists FOREIGN KEY (consultation_id) REFERENCES public.consultation(id);

ALTER TABLE ONLY public.change_publication
    ADD CONSTRAINT change_publication_change_exists FOREIGN KEY (change_id) REFERENCES public.change(id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_service_exists FOREIGN KEY (service_id) REFERENCES public.service(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_change_exists FOREIGN KEY (change_id) REFERENCES public.change(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_input_exists FOREIGN KEY (input_id) REFERENCES public.input(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_observation_exists FOREIGN KEY (observation_id) REFERENCES public.observation(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_statement_exists FOREIGN KEY (statement_id) REFERENCES public.statement(id);

ALTER TABLE ONLY public.change_source
    ADD CONSTRAINT change_source_vote_exists FOREIGN KEY (vote_id) REFERENCES public.vote(id);

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_booking_exists FOREIGN KEY (booking_id) REFERENCES public.booking(id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_export_exists FOREIGN KEY (export_id) REFERENCES public.claim_export(id);

ALTER TABLE ONLY public.claim_export
    ADD CONSTRAINT claim_export_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_fee_class_exists FOREIGN KEY (fee_class_id) REFERENCES public.fee_class(id);

ALTER TABLE ONLY public.co_development
    ADD CONSTRAINT co_development_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.co_development
    ADD CONSTRAINT co_development_service_exists FOREIGN KEY (service_id) REFERENCES public.service(id);

ALTER TABLE ONLY public.consultation
    ADD CONSTRAINT consultation_decision_exists FOREIGN KEY (decision_id) REFERENCES public.decision(id);

ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.erasure
    ADD CONSTRAINT erasure_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.experience_area
    ADD CONSTRAINT experience_area_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.experience_task
    ADD CONSTRAINT experience_task_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.expert_area
    ADD CONSTRAINT expert_area_exists FOREIGN KEY (area) REFERENCES public.experience_area(code);

ALTER TABLE ONLY public.expert_area
    ADD CONSTRAINT expert_area_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.expert
    ADD CONSTRAINT expert_call_exists FOREIGN KEY (call_id) REFERENCES public.expert_call(id);

ALTER TABLE ONLY public.expert_call
    ADD CONSTRAINT expert_call_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.expert_language
    ADD CONSTRAINT expert_language_exists FOREIGN KEY (lang) REFERENCES public.spoken_language(code);

ALTER TABLE ONLY public.expert_language
    ADD CONSTRAINT expert_language_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.expert_municipality
    ADD CONSTRAINT expert_municipality_exists FOREIGN KEY (municipality) REFERENCES public.municipality(code);

ALTER TABLE ONLY public.expert_municipality
    ADD CONSTRAINT expert_municipality_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.expert_task
    ADD CONSTRAINT expert_task_exists FOREIGN KEY (task) REFERENCES public.experience_task(code);

ALTER TABLE ONLY public.expert_task
    ADD CONSTRAINT expert_task_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.expert
    ADD CONSTRAINT expert_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.expert_words
    ADD CONSTRAINT expert_words_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.fee_class
    ADD CONSTRAINT fee_class_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_original_exists FOREIGN KEY (duplicate_of) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_remedy_exists FOREIGN KEY (remedy) REFERENCES public.remedy(code);

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_service_exists FOREIGN KEY (service_id) REFERENCES public.service(id);

ALTER TABLE ONLY public.feedback_text
    ADD CONSTRAINT feedback_text_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.feedback_words
    ADD CONSTRAINT feedback_words_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_change_exists FOREIGN KEY (change_id) REFERENCES public.change(id);

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.follow_up
    ADD CONSTRAINT follow_up_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.import_refusal
    ADD CONSTRAINT import_refusal_import_exists FOREIGN KEY (import_id) REFERENCES public.import(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_dissents_from_input FOREIGN KEY (dissents_from) REFERENCES public.input(id);

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_round_exists FOREIGN KEY (round_id) REFERENCES public.round(id);

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.input
    ADD CONSTRAINT input_statement_exists FOREIGN KEY (statement_id) REFERENCES public.statement(id);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_is_about_booking FOREIGN KEY (about) REFERENCES public.booking(id);

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mail
    ADD CONSTRAINT mail_survey_link_exists FOREIGN KEY (survey_link_id) REFERENCES public.survey_link(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_municipality_exists FOREIGN KEY (municipality) REFERENCES public.municipality(code);

ALTER TABLE ONLY public.member_name
    ADD CONSTRAINT member_name_member_exists FOREIGN KEY (member_id) REFERENCES public.member(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.member
    ADD CONSTRAINT member_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.municipality
    ADD CONSTRAINT municipality_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_change_exists FOREIGN KEY (change_id) REFERENCES public.change(id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_booking_exists FOREIGN KEY (booking_id) REFERENCES public.booking(id);

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.observation
    ADD CONSTRAINT observation_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_booking_exists FOREIGN KEY (booking_id) REFERENCES public.booking(id);

ALTER TABLE ONLY public.offer
    ADD CONSTRAINT offer_expert_exists FOREIGN KEY (expert_id) REFERENCES public.expert(id);

ALTER TABLE ONLY public.original_read
    ADD CONSTRAINT original_read_caller_exists FOREIGN KEY (caller_id) REFERENCES public.api_key(id);

ALTER TABLE ONLY public.original_read
    ADD CONSTRAINT original_read_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.panel_seed
    ADD CONSTRAINT panel_seed_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.panel_selection
    ADD CONSTRAINT panel_selection_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.panel
    ADD CONSTRAINT panel_service_exists FOREIGN KEY (service_id) REFERENCES public.service(id);

ALTER TABLE ONLY public.panel
    ADD CONSTRAINT panel_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.participation_cost
    ADD CONSTRAINT participation_cost_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.person_feed
    ADD CONSTRAINT person_feed_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_link
    ADD CONSTRAINT person_link_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person_repeat
    ADD CONSTRAINT person_repeat_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_resource_is_known FOREIGN KEY (resource) REFERENCES public.moving_resource(resource);

ALTER TABLE ONLY public.personal_part
    ADD CONSTRAINT personal_part_resource_is_known FOREIGN KEY (resource) REFERENCES public.moving_resource(resource);

ALTER TABLE ONLY public.question_set
    ADD CONSTRAINT question_set_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.report_block
    ADD CONSTRAINT report_block_table_exists FOREIGN KEY (table_name) REFERENCES public.report_table(name);

ALTER TABLE ONLY public.report_frozen
    ADD CONSTRAINT report_frozen_unit_exists FOREIGN KEY (month, unit_id) REFERENCES public.report_frozen_unit(month, unit_id);

ALTER TABLE ONLY public.report_publication
    ADD CONSTRAINT report_publication_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.report_table
    ADD CONSTRAINT report_table_within_exists FOREIGN KEY (within) REFERENCES public.report_table(name);

ALTER TABLE ONLY public.report
    ADD CONSTRAINT report_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.retention_progress
    ADD CONSTRAINT retention_progress_class_exists FOREIGN KEY (class) REFERENCES public.retention(class);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_survey_round_exists FOREIGN KEY (survey_round_id) REFERENCES public.survey_round(id);

ALTER TABLE ONLY public.service
    ADD CONSTRAINT service_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.session_minutes
    ADD CONSTRAINT session_minutes_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.session_panel
    ADD CONSTRAINT session_panel_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.session_panel
    ADD CONSTRAINT session_panel_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.session_place
    ADD CONSTRAINT session_place_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_series_exists FOREIGN KEY (series_id) REFERENCES public.session_series(id);

ALTER TABLE ONLY public.session_series
    ADD CONSTRAINT session_series_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.spoken_before
    ADD CONSTRAINT spoken_before_feedback_exists FOREIGN KEY (feedback_id) REFERENCES public.feedback(id);

ALTER TABLE ONLY public.spoken_language
    ADD CONSTRAINT spoken_language_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT statement_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_is_legal FOREIGN KEY (resource, from_state, to_state, who) REFERENCES public.transition(resource, from_state, to_state, who) DEFERRABLE;

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_batch_exists FOREIGN KEY (batch_id) REFERENCES public.survey_link_batch(id);

ALTER TABLE ONLY public.survey_link_batch
    ADD CONSTRAINT survey_link_batch_round_exists FOREIGN KEY (round_id) REFERENCES public.survey_round(id);

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_person_exists FOREIGN KEY (person_id) REFERENCES public.person(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.survey_link
    ADD CONSTRAINT survey_link_round_exists FOREIGN KEY (round_id) REFERENCES public.survey_round(id);

ALTER TABLE ONLY public.survey
    ADD CONSTRAINT survey_question_set_exists FOREIGN KEY (question_set_id) REFERENCES public.question_set(id);

ALTER TABLE ONLY public.survey_round
    ADD CONSTRAINT survey_round_survey_exists FOREIGN KEY (survey_id) REFERENCES public.survey(id);

ALTER TABLE ONLY public.survey
    ADD CONSTRAINT survey_unit_exists FOREIGN KEY (unit_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_co_development_exists FOREIGN KEY (co_development_id) REFERENCES public.co_development(id);

ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_session_exists FOREIGN KEY (session_id) REFERENCES public.session(id);

ALTER TABLE ONLY public.trial
    ADD CONSTRAINT trial_co_development_exists FOREIGN KEY (co_development_id) REFERENCES public.co_development(id);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_parent_exists FOREIGN KEY (parent_id) REFERENCES public.unit(id);

ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_input_exists FOREIGN KEY (input_id) REFERENCES public.input(id);

ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_panel_exists FOREIGN KEY (panel_id) REFERENCES public.panel(id);

ALTER TABLE ONLY public.vote
    ADD CONSTRAINT vote_round_exists FOREIGN KEY (round_id) REFERENCES public.round(id);

GRANT SELECT ON TABLE public.session TO osallisuus_api;
GRANT SELECT ON TABLE public.session TO osallisuus_worker;
GRANT SELECT ON TABLE public.session TO osallisuus_mailer;
GRANT SELECT ON TABLE public.session TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(kind) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(description),UPDATE(description) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(starts_at),UPDATE(starts_at) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(ends_at),UPDATE(ends_at) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(place),UPDATE(place) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(online_url),UPDATE(online_url) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(agenda),UPDATE(agenda) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(support),UPDATE(support) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(is_open),UPDATE(is_open) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(capacity),UPDATE(capacity) ON TABLE public.session TO osallisuus_api;

GRANT UPDATE(minutes) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.session TO osallisuus_api;

GRANT INSERT(series_id) ON TABLE public.session TO osallisuus_api;

REVOKE ALL ON FUNCTION public.address_changes(person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.address_changes(person uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.address_in_panel(of_panel uuid, hash bytea, but uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.address_in_panel(of_panel uuid, hash bytea, but uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.address_is_known(hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.audit_chain_more(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_chain_more(most integer) TO osallisuus_worker;

GRANT SELECT ON TABLE public.audit TO osallisuus_api;
GRANT SELECT ON TABLE public.audit TO osallisuus_worker;
GRANT SELECT ON TABLE public.audit TO osallisuus_reader;

GRANT SELECT,INSERT,DELETE ON TABLE public.availability TO osallisuus_api;

GRANT SELECT ON TABLE public.booking TO osallisuus_api;
GRANT SELECT ON TABLE public.booking TO osallisuus_worker;
GRANT SELECT ON TABLE public.booking TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(task),UPDATE(task) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(area),UPDATE(area) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(lang),UPDATE(lang) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(is_remote),UPDATE(is_remote) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(place),UPDATE(place) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(online_url),UPDATE(online_url) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(about),UPDATE(about) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(starts_at),UPDATE(starts_at) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(ends_at),UPDATE(ends_at) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(ordered_by) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.booking TO osallisuus_api;

GRANT INSERT(person_id) ON TABLE public.booking TO osallisuus_api;

REVOKE ALL ON FUNCTION public.booking_acts(b public.booking, role_name text) FROM PUBLIC;

GRANT SELECT ON TABLE public.expert TO osallisuus_api;
GRANT SELECT ON TABLE public.expert TO osallisuus_worker;
GRANT SELECT ON TABLE public.expert TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(is_remote),UPDATE(is_remote) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(training),UPDATE(training) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(trained_on),UPDATE(trained_on) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(agreement_from),UPDATE(agreement_from) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(agreement_until),UPDATE(agreement_until) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(week_hours),UPDATE(week_hours) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(notice_hours),UPDATE(notice_hours) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(travel_minutes),UPDATE(travel_minutes) ON TABLE public.expert TO osallisuus_api;

GRANT UPDATE(shown) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.expert TO osallisuus_api;

GRANT INSERT(call_id) ON TABLE public.expert TO osallisuus_api;

REVOKE ALL ON FUNCTION public.booking_free_slots(of_expert uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, but uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.booking_free_slots(of_expert uuid, starts_at timestamp with time zone, ends_at timestamp with time zone, but uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.booking_paid(b public.booking) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.booking_part(b public.booking, tag text, told jsonb, facts jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.booking_people_end(bookings uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.booking_reason(booking uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.booking_told(b public.booking) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.cases_by_rule(most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cases_by_rule(most integer) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.change_contributors(wanted_change uuid, cases uuid[], people uuid[], wish text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.change_contributors(wanted_change uuid, cases uuid[], people uuid[], wish text) TO osallisuus_worker;

GRANT SELECT ON TABLE public.change TO osallisuus_api;
GRANT SELECT ON TABLE public.change TO osallisuus_worker;
GRANT SELECT ON TABLE public.change TO osallisuus_mailer;
GRANT SELECT ON TABLE public.change TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(unit_id),UPDATE(unit_id) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(service_id),UPDATE(service_id) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(level),UPDATE(level) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(theme),UPDATE(theme) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(said),UPDATE(said) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(done),UPDATE(done) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(owner_ref),UPDATE(owner_ref) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(planned_for),UPDATE(planned_for) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(evidence),UPDATE(evidence) ON TABLE public.change TO osallisuus_api;

GRANT UPDATE(published_on) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.change TO osallisuus_api;

GRANT INSERT(owner),UPDATE(owner) ON TABLE public.change TO osallisuus_api;

GRANT UPDATE(state_reasons) ON TABLE public.change TO osallisuus_api;

REVOKE ALL ON FUNCTION public.change_voices(wanted_change uuid, after_source uuid, after_person uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.change_voices(wanted_change uuid, after_source uuid, after_person uuid, most integer) TO osallisuus_worker;

GRANT SELECT ON TABLE public.claim TO osallisuus_api;
GRANT SELECT ON TABLE public.claim TO osallisuus_worker;
GRANT SELECT ON TABLE public.claim TO osallisuus_reader;

GRANT UPDATE(fee_class_id) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(only_expenses) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(hours) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(km) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(meals) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(expenses) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(expenses_for) ON TABLE public.claim TO osallisuus_api;

GRANT UPDATE(claimed_by) ON TABLE public.claim TO osallisuus_api;

REVOKE ALL ON FUNCTION public.clock_do(subjects uuid[], phases text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.clock_do(subjects uuid[], phases text[]) TO osallisuus_worker;

GRANT SELECT ON TABLE public.co_development TO osallisuus_api;
GRANT SELECT ON TABLE public.co_development TO osallisuus_worker;
GRANT SELECT ON TABLE public.co_development TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(panel_id) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(goal),UPDATE(goal) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(service_id),UPDATE(service_id) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(mandated_by),UPDATE(mandated_by) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(convener),UPDATE(convener) ON TABLE public.co_development TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.co_development TO osallisuus_api;

GRANT SELECT ON TABLE public.consultation TO osallisuus_api;
GRANT SELECT ON TABLE public.consultation TO osallisuus_worker;
GRANT SELECT ON TABLE public.consultation TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(decision_id) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(kind) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(description),UPDATE(description) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(asked),UPDATE(asked) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(heard_through),UPDATE(heard_through) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(opens_on),UPDATE(opens_on) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(due_on),UPDATE(due_on) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(is_open),UPDATE(is_open) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(budget),UPDATE(budget) ON TABLE public.consultation TO osallisuus_api;

GRANT UPDATE(effect) ON TABLE public.consultation TO osallisuus_api;

GRANT UPDATE(effect_reason) ON TABLE public.consultation TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.consultation TO osallisuus_api;

REVOKE ALL ON FUNCTION public.contact_key_is_not_retired(key_ids text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.contact_key_retire(wanted text) FROM PUBLIC;

GRANT SELECT ON TABLE public.panel_selection TO osallisuus_api;

REVOKE ALL ON FUNCTION public.erase_again(list jsonb, OUT people bigint, OUT voices bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.event_partitions_ahead(months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.event_partitions_ahead(months integer) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.expert_again(new_id uuid, of_call uuid, hash bytea, request bytea, may_apply boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.expert_again(new_id uuid, of_call uuid, hash bytea, request bytea, may_apply boolean) TO osallisuus_api;

GRANT SELECT ON TABLE public.expert_call TO osallisuus_api;
GRANT SELECT ON TABLE public.expert_call TO osallisuus_worker;
GRANT SELECT ON TABLE public.expert_call TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(about),UPDATE(about) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(until_on),UPDATE(until_on) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(is_open),UPDATE(is_open) ON TABLE public.expert_call TO osallisuus_api;

GRANT UPDATE(changed_at) ON TABLE public.expert_call TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.expert_call TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.expert_area TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.expert_language TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.expert_municipality TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.expert_task TO osallisuus_api;

GRANT SELECT,INSERT ON TABLE public.expert_words TO osallisuus_api;

GRANT UPDATE(name) ON TABLE public.expert_words TO osallisuus_api;

GRANT UPDATE(title) ON TABLE public.expert_words TO osallisuus_api;

GRANT UPDATE(story) ON TABLE public.expert_words TO osallisuus_api;

GRANT UPDATE(not_today) ON TABLE public.expert_words TO osallisuus_api;

GRANT SELECT ON TABLE public.expert_card TO osallisuus_api;

REVOKE ALL ON FUNCTION public.expert_known(hash bytea, but uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.expert_known(hash bytea, but uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.expert_leaves(of_expert uuid, how text) FROM PUBLIC;

GRANT SELECT ON TABLE public.feedback TO osallisuus_api;
GRANT SELECT ON TABLE public.feedback TO osallisuus_worker;
GRANT SELECT ON TABLE public.feedback TO osallisuus_mailer;
GRANT SELECT ON TABLE public.feedback TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(unit_id),UPDATE(unit_id) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(service_id),UPDATE(service_id) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(level) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(kind),UPDATE(kind) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(channel) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(respondent_role) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(age_band) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(severity),UPDATE(severity) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(handler_ref),UPDATE(handler_ref) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(wants_answer) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(due_on) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(on_behalf_of) ON TABLE public.feedback TO osallisuus_api;

GRANT INSERT(support_needs) ON TABLE public.feedback TO osallisuus_api;

GRANT SELECT ON TABLE public.question_set TO osallisuus_api;
GRANT SELECT ON TABLE public.question_set TO osallisuus_worker;
GRANT SELECT ON TABLE public.question_set TO osallisuus_mailer;
GRANT SELECT ON TABLE public.question_set TO osallisuus_reader;

REVOKE ALL ON FUNCTION public.forget_address(case_id uuid, hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.forget_contributor(case_id uuid, hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.forget_words(cases uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.giver_answers(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.giver_answers(hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.giver_case(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.giver_case(hash bytea) TO osallisuus_api;
GRANT ALL ON FUNCTION public.giver_case(hash bytea) TO osallisuus_text;

REVOKE ALL ON FUNCTION public.giver_contributor(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.giver_contributor(hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.giver_messages(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.giver_messages(hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.giver_text(hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.giver_text(hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.index_again(cases uuid[]) FROM PUBLIC;

GRANT SELECT ON TABLE public.input TO osallisuus_text;

GRANT SELECT(id),INSERT(id) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(id) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(panel_id),INSERT(panel_id) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(panel_id) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(panel_id) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(session_id),INSERT(session_id) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(session_id) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(session_id) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(person_id),INSERT(person_id) ON TABLE public.input TO osallisuus_api;

GRANT SELECT(speaker_role),INSERT(speaker_role) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(speaker_role) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(speaker_role) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(kind),INSERT(kind) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(kind) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(kind) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(lang),INSERT(lang) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(lang) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(lang) ON TABLE public.input TO osallisuus_reader;

GRANT INSERT(text) ON TABLE public.input TO osallisuus_api;

GRANT SELECT(dissents_from),INSERT(dissents_from) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(dissents_from) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(dissents_from) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(statement_id),INSERT(statement_id) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(statement_id) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(statement_id) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(state) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(state) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(state) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(state_reason) ON TABLE public.input TO osallisuus_api;

GRANT SELECT(brought_on) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(brought_on) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(brought_on) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(due_on),INSERT(due_on) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(due_on) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(due_on) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(answered_on) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(answered_on) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(answered_on) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(version) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(version) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(version) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT(request_hash),INSERT(request_hash),UPDATE(request_hash) ON TABLE public.input TO osallisuus_api;

GRANT SELECT(round_id),INSERT(round_id) ON TABLE public.input TO osallisuus_api;
GRANT SELECT(round_id) ON TABLE public.input TO osallisuus_worker;
GRANT SELECT(round_id) ON TABLE public.input TO osallisuus_reader;

GRANT SELECT ON TABLE public.member TO osallisuus_api;
GRANT SELECT ON TABLE public.member TO osallisuus_worker;
GRANT SELECT ON TABLE public.member TO osallisuus_mailer;
GRANT SELECT ON TABLE public.member TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(panel_id) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(role),UPDATE(role) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(municipality),UPDATE(municipality) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(age_band),UPDATE(age_band) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(gender),UPDATE(gender) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(lang),UPDATE(lang) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(is_staff),UPDATE(is_staff) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(in_statutory_body),UPDATE(in_statutory_body) ON TABLE public.member TO osallisuus_api;

GRANT UPDATE(until_on) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.member TO osallisuus_api;

GRANT INSERT(came_by) ON TABLE public.member TO osallisuus_api;

GRANT SELECT ON TABLE public.report_publication TO osallisuus_api;
GRANT SELECT ON TABLE public.report_publication TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.report_publication TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.report_publication TO osallisuus_api;

GRANT INSERT(period) ON TABLE public.report_publication TO osallisuus_api;

GRANT INSERT(correction_note) ON TABLE public.report_publication TO osallisuus_api;

GRANT INSERT(caller_id) ON TABLE public.report_publication TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.report_publication TO osallisuus_api;

GRANT SELECT,INSERT ON TABLE public.unit TO osallisuus_api;
GRANT SELECT ON TABLE public.unit TO osallisuus_worker;
GRANT SELECT ON TABLE public.unit TO osallisuus_mailer;
GRANT SELECT ON TABLE public.unit TO osallisuus_reader;

GRANT UPDATE(parent_id) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(oid) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(ptv_id) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(name) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(mailboxes) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(closed_on) ON TABLE public.unit TO osallisuus_api;

GRANT UPDATE(has_form) ON TABLE public.unit TO osallisuus_api;

GRANT SELECT ON TABLE public.published_report TO osallisuus_api;
GRANT SELECT ON TABLE public.published_report TO osallisuus_reader;

REVOKE ALL ON FUNCTION public.lock_answers(offers uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.lock_bookings(bookings uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_bookings(bookings uuid[]) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.lock_places(registrations uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_places(registrations uuid[]) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.mail_answers(mail_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_answers(mail_id uuid) TO osallisuus_mailer;

REVOKE ALL ON FUNCTION public.mail_calendar(mail_id uuid, tag text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_calendar(mail_id uuid, tag text) TO osallisuus_mailer;

REVOKE ALL ON FUNCTION public.mail_giver(feedback_ids uuid[], template_name text, why text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.mail_offers(offers uuid[], template_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.mail_person(ids uuid[], template_name text, why text, counts boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_person(ids uuid[], template_name text, why text, counts boolean) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.mail_person_with(ids uuid[], template_name text, why text, counts boolean, places jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_person_with(ids uuid[], template_name text, why text, counts boolean, places jsonb) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_prepare(mail_ids uuid[], unsubscribe_hashes bytea[]) TO osallisuus_mailer;

REVOKE ALL ON FUNCTION public.mail_staff(case_id uuid, template_name text, role_name text, key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.mail_staff(case_id uuid, template_name text, role_name text, key text) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.member_again(new_id uuid, of_panel uuid, hash bytea, request bytea, may_apply boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_again(new_id uuid, of_panel uuid, hash bytea, request bytea, may_apply boolean) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.member_is_double(member_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_is_double(member_id uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.member_outlived(m public.member) FROM PUBLIC;
GRANT ALL ON FUNCTION public.member_outlived(m public.member) TO osallisuus_api;

GRANT SELECT ON TABLE public.offer TO osallisuus_api;
GRANT SELECT ON TABLE public.offer TO osallisuus_worker;
GRANT SELECT ON TABLE public.offer TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.offer TO osallisuus_api;

GRANT INSERT(booking_id) ON TABLE public.offer TO osallisuus_api;

GRANT INSERT(expert_id) ON TABLE public.offer TO osallisuus_api;

GRANT INSERT(expires_at) ON TABLE public.offer TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.offer TO osallisuus_api;

REVOKE ALL ON FUNCTION public.offer_part(o public.offer, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.offers_answered(step_ids uuid[], hashes bytea[], links bytea[], offers uuid[], bodies jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.offers_answered(step_ids uuid[], hashes bytea[], links bytea[], offers uuid[], bodies jsonb[]) TO osallisuus_api;

GRANT SELECT ON TABLE public.panel TO osallisuus_api;
GRANT SELECT ON TABLE public.panel TO osallisuus_worker;
GRANT SELECT ON TABLE public.panel TO osallisuus_mailer;
GRANT SELECT ON TABLE public.panel TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(service_id),UPDATE(service_id) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(kind) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(purpose),UPDATE(purpose) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(starts_on),UPDATE(starts_on) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(ends_on),UPDATE(ends_on) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(rules),UPDATE(rules) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(is_public),UPDATE(is_public) ON TABLE public.panel TO osallisuus_api;

GRANT UPDATE(evaluation) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(recruits_until),UPDATE(recruits_until) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(checks_by_hand),UPDATE(checks_by_hand) ON TABLE public.panel TO osallisuus_api;

GRANT INSERT(quota),UPDATE(quota) ON TABLE public.panel TO osallisuus_api;

REVOKE ALL ON FUNCTION public.opt_out_by_link(link_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.opt_out_by_link(link_hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.own_ballots(link_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.own_ballots(link_hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.own_follow_up_text(link_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.own_follow_up_text(link_hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.own_input_texts(link_hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.own_input_texts(link_hash bytea) TO osallisuus_api;

GRANT SELECT,INSERT ON TABLE public.change_publication TO osallisuus_api;

GRANT SELECT ON TABLE public.published_change TO osallisuus_api;
GRANT SELECT ON TABLE public.published_change TO osallisuus_reader;

GRANT SELECT ON TABLE public.decision TO osallisuus_api;
GRANT SELECT ON TABLE public.decision TO osallisuus_worker;
GRANT SELECT ON TABLE public.decision TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(item),UPDATE(item) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(decided_by),UPDATE(decided_by) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(decides_on),UPDATE(decides_on) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(outcome),UPDATE(outcome) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(unheard_reason),UPDATE(unheard_reason) ON TABLE public.decision TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.decision TO osallisuus_api;

GRANT SELECT ON TABLE public.session_place TO osallisuus_api;
GRANT SELECT ON TABLE public.session_place TO osallisuus_worker;

GRANT SELECT ON TABLE public.opportunity TO osallisuus_api;

REVOKE ALL ON FUNCTION public.panel_fill(of_panel uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.panel_select(of_panel uuid, selection_id uuid, hash bytea, reserve_most integer, OUT problem text, OUT members jsonb, OUT selection public.panel_selection) FROM PUBLIC;
GRANT ALL ON FUNCTION public.panel_select(of_panel uuid, selection_id uuid, hash bytea, reserve_most integer, OUT problem text, OUT members jsonb, OUT selection public.panel_selection) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.person_bookings(of_person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_bookings(of_person uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.person_changes(person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_changes(person uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.person_contributor(person uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.person_contributor(person uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.person_told_of(of_person uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_availability(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_booking(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_booking_reviews(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_bookings(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_budget_ballot(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_calendar(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_changes(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_claim_acts(c public.claim, b public.booking, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_claims(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_expert(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_expert_end(person_id uuid, tag text) FROM PUBLIC;

GRANT SELECT ON TABLE public.booking_feedback TO osallisuus_text;

GRANT SELECT(id),INSERT(id) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(booking_id),INSERT(booking_id) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(side),INSERT(side) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(rating),INSERT(rating) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT INSERT(text) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(is_hard),INSERT(is_hard) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(debrief),INSERT(debrief),UPDATE(debrief) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(given_on) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(version) ON TABLE public.booking_feedback TO osallisuus_api;

GRANT SELECT(request_hash),INSERT(request_hash) ON TABLE public.booking_feedback TO osallisuus_api;

REVOKE ALL ON FUNCTION public.personal_feedback_acts(b public.booking, own public.booking_feedback, of_side text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_input_act(person_id uuid, place jsonb, words text, how text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_inputs(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_member_sessions(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_membership(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_observations(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_offer(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_offers(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_open_rounds(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_page(row_id uuid, tag text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.personal_page(row_id uuid, tag text) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.personal_registration(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_rounds(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_settings(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_statements(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.personal_votes(person_id uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.read_original(read_id uuid, case_id uuid, reader uuid, why text, hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_original(read_id uuid, case_id uuid, reader uuid, why text, hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.register(ids uuid[], sessions uuid[], bodies jsonb[], hashes bytea[], token_hashes bytea[], sealed bytea[], key_ids text[], address_hashes bytea[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register(ids uuid[], sessions uuid[], bodies jsonb[], hashes bytea[], token_hashes bytea[], sealed bytea[], key_ids text[], address_hashes bytea[]) TO osallisuus_api;

GRANT SELECT ON TABLE public.registration TO osallisuus_api;
GRANT SELECT ON TABLE public.registration TO osallisuus_worker;
GRANT SELECT ON TABLE public.registration TO osallisuus_reader;

GRANT SELECT(id) ON TABLE public.registration TO osallisuus_mailer;

GRANT SELECT(support_needs) ON TABLE public.registration TO osallisuus_mailer;

REVOKE ALL ON FUNCTION public.registration_of(session uuid, hash bytea) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_admit(of_table text, of_unit uuid, first_day date, next_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text) TO osallisuus_api;
GRANT ALL ON FUNCTION public.report_bodies(first_day date, next_day date, wanted_unit uuid, wanted_service uuid, wanted_level text, wanted_theme text) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.report_bookings(first_day date, last_day date, of_unit uuid, caller_units text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_bookings(first_day date, last_day date, of_unit uuid, caller_units text) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.report_claims(first_day date, last_day date, of_unit uuid, caller_units text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_claims(first_day date, last_day date, of_unit uuid, caller_units text) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.report_correct(of_unit uuid, first_day date, next_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_costs(first_day date, last_day date, of_unit uuid, caller_units text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_costs(first_day date, last_day date, of_unit uuid, caller_units text) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.report_freeze(of_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_fresh(of_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_fresh_blocks(of_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_pieces(of_table text, of_unit uuid, first_day date, next_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.report_publish(publication_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.report_publish(publication_id uuid) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.resource_unit(resource_name text, row_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.resource_unit(resource_name text, row_id uuid) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.retention_due(of_class text, last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_addresses(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_cases(is_ended boolean, last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_claims(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_contacts(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_expert_feedback(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_expert_stories(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_input_hashes(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_inputs(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_inside(of_class text, last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_month(last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_due_people(last_day date, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge(of_class text, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.retention_purge(of_class text, most integer) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.retention_purge_addresses(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_audit(last_n bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_claims(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_events(keys text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_expert_feedback(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_expert_stories(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_input_hashes(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_inputs(keys text[], last_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_inside(of_class text, most integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.retention_purge_people(keys text[], last_day date) FROM PUBLIC;

GRANT SELECT ON TABLE public.round TO osallisuus_api;
GRANT SELECT ON TABLE public.round TO osallisuus_worker;
GRANT SELECT ON TABLE public.round TO osallisuus_reader;

GRANT UPDATE(has_discussion) ON TABLE public.round TO osallisuus_api;

GRANT UPDATE(summary) ON TABLE public.round TO osallisuus_api;

GRANT UPDATE(feedback) ON TABLE public.round TO osallisuus_api;

REVOKE ALL ON FUNCTION public.round_comments(of_round uuid, tag text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.round_links_make(of_round uuid, ids uuid[], hashes bytea[], people uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.round_links_make(of_round uuid, ids uuid[], hashes bytea[], people uuid[]) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.round_make(new_id uuid, of_panel uuid, wish jsonb, hash bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.round_make(new_id uuid, of_panel uuid, wish jsonb, hash bytea) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.round_people(of_round uuid, most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.round_people(of_round uuid, most integer) TO osallisuus_worker;

GRANT SELECT ON TABLE public.session_series TO osallisuus_api;
GRANT SELECT ON TABLE public.session_series TO osallisuus_worker;
GRANT SELECT ON TABLE public.session_series TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(first_on) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(begins_at) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(lasts_minutes) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(times) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(week) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(weekday) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(month_day) ON TABLE public.session_series TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.session_series TO osallisuus_api;

REVOKE ALL ON FUNCTION public.session_jobs(sessions uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.session_offer(sessions uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.session_part(s public.session, tags text[], online text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_part(s public.session, tags text[], online text) TO osallisuus_api;

REVOKE ALL ON FUNCTION public.session_reason(session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.session_reason(session uuid) TO osallisuus_api;

GRANT SELECT ON TABLE public.statement TO osallisuus_api;
GRANT SELECT ON TABLE public.statement TO osallisuus_worker;
GRANT SELECT ON TABLE public.statement TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(panel_id) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(question),UPDATE(question) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(due_on),UPDATE(due_on) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(decision_on),UPDATE(decision_on) ON TABLE public.statement TO osallisuus_api;

GRANT UPDATE(text) ON TABLE public.statement TO osallisuus_api;

GRANT UPDATE(effect) ON TABLE public.statement TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.statement TO osallisuus_api;

GRANT SELECT ON TABLE public.survey TO osallisuus_api;
GRANT SELECT ON TABLE public.survey TO osallisuus_worker;
GRANT SELECT ON TABLE public.survey TO osallisuus_mailer;
GRANT SELECT ON TABLE public.survey TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(question_set_id),UPDATE(question_set_id) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(title),UPDATE(title) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(intro),UPDATE(intro) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(audience),UPDATE(audience) ON TABLE public.survey TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.survey TO osallisuus_api;

GRANT SELECT ON TABLE public.survey_link TO osallisuus_mailer;

GRANT SELECT(id),INSERT(id) ON TABLE public.survey_link TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.survey_link TO osallisuus_worker;

GRANT SELECT(round_id),INSERT(round_id) ON TABLE public.survey_link TO osallisuus_api;
GRANT SELECT(round_id) ON TABLE public.survey_link TO osallisuus_worker;

GRANT SELECT(batch_id),INSERT(batch_id) ON TABLE public.survey_link TO osallisuus_api;

GRANT SELECT(token_hash),INSERT(token_hash) ON TABLE public.survey_link TO osallisuus_api;

GRANT SELECT(used),UPDATE(used) ON TABLE public.survey_link TO osallisuus_api;
GRANT SELECT(used) ON TABLE public.survey_link TO osallisuus_worker;

GRANT SELECT(used_key),UPDATE(used_key) ON TABLE public.survey_link TO osallisuus_api;

GRANT INSERT(sealed) ON TABLE public.survey_link TO osallisuus_api;
GRANT UPDATE(sealed) ON TABLE public.survey_link TO osallisuus_mailer;

GRANT INSERT(key_id) ON TABLE public.survey_link TO osallisuus_api;
GRANT UPDATE(key_id) ON TABLE public.survey_link TO osallisuus_mailer;

GRANT INSERT(address_hash) ON TABLE public.survey_link TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.survey_link TO osallisuus_api;

GRANT SELECT(has_address) ON TABLE public.survey_link TO osallisuus_worker;

GRANT SELECT(person_id) ON TABLE public.survey_link TO osallisuus_api;

GRANT SELECT ON TABLE public.survey_round TO osallisuus_api;
GRANT SELECT ON TABLE public.survey_round TO osallisuus_worker;
GRANT SELECT ON TABLE public.survey_round TO osallisuus_mailer;
GRANT SELECT ON TABLE public.survey_round TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(survey_id) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(n) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(opens_at),UPDATE(opens_at) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(closes_at),UPDATE(closes_at) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(remind_at),UPDATE(remind_at) ON TABLE public.survey_round TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.survey_round TO osallisuus_api;

GRANT SELECT ON TABLE public.survey_access TO osallisuus_api;

REVOKE ALL ON FUNCTION public.survey_link_is_mailed(l public.survey_link) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.survey_round_jobs(rounds uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.survey_rounds_forget(rounds uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.tell_empty_place(of_panel uuid, key text) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.texts_to_index(cases uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.texts_to_index(cases uuid[]) TO osallisuus_worker;

REVOKE ALL ON FUNCTION public.unseen_source(heard_through jsonb, caller_units text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.unseen_source(heard_through jsonb, caller_units text) TO osallisuus_api;

GRANT SELECT ON TABLE public.vote TO osallisuus_api;
GRANT SELECT ON TABLE public.vote TO osallisuus_worker;
GRANT SELECT ON TABLE public.vote TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(panel_id) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(input_id) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(question) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(options) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(closes_at) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(request_hash),UPDATE(request_hash) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(round_id) ON TABLE public.vote TO osallisuus_api;

GRANT INSERT(round_question) ON TABLE public.vote TO osallisuus_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer_limit TO osallisuus_api;
GRANT SELECT ON TABLE public.answer_limit TO osallisuus_worker;
GRANT SELECT ON TABLE public.answer_limit TO osallisuus_reader;

GRANT SELECT ON TABLE public.answer_sheet TO osallisuus_api;
GRANT SELECT ON TABLE public.answer_sheet TO osallisuus_worker;
GRANT SELECT ON TABLE public.answer_sheet TO osallisuus_mailer;
GRANT SELECT ON TABLE public.answer_sheet TO osallisuus_reader;
GRANT SELECT ON TABLE public.answer_sheet TO osallisuus_text;

GRANT INSERT(id) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT INSERT(question_set_id) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT INSERT(feedback_id) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT INSERT(answers) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT INSERT(round_id) ON TABLE public.answer_sheet TO osallisuus_api;

GRANT SELECT ON TABLE public.answer_text TO osallisuus_text;

GRANT SELECT,INSERT ON TABLE public.api_key TO osallisuus_api;

GRANT UPDATE(name) ON TABLE public.api_key TO osallisuus_api;

GRANT UPDATE(expires_on) ON TABLE public.api_key TO osallisuus_api;

GRANT UPDATE(revoked_on) ON TABLE public.api_key TO osallisuus_api;

GRANT SELECT ON TABLE public.api_key_generation TO osallisuus_api;

GRANT SELECT,DELETE ON TABLE public.attendance TO osallisuus_api;
GRANT SELECT ON TABLE public.attendance TO osallisuus_worker;
GRANT SELECT ON TABLE public.attendance TO osallisuus_reader;

GRANT INSERT(session_id) ON TABLE public.attendance TO osallisuus_api;

GRANT INSERT(member_id) ON TABLE public.attendance TO osallisuus_api;

GRANT INSERT(attended),UPDATE(attended) ON TABLE public.attendance TO osallisuus_api;

GRANT INSERT(said_absent) ON TABLE public.attendance TO osallisuus_api;

GRANT SELECT ON TABLE public.audit_anchor TO osallisuus_api;
GRANT SELECT ON TABLE public.audit_anchor TO osallisuus_worker;
GRANT SELECT ON TABLE public.audit_anchor TO osallisuus_reader;

GRANT SELECT ON TABLE public.audit_chain TO osallisuus_api;
GRANT SELECT ON TABLE public.audit_chain TO osallisuus_worker;
GRANT SELECT ON TABLE public.audit_chain TO osallisuus_reader;

GRANT SELECT ON TABLE public.ballot TO osallisuus_text;
GRANT INSERT ON TABLE public.ballot TO osallisuus_api;

GRANT SELECT(vote_id) ON TABLE public.ballot TO osallisuus_api;

GRANT SELECT(person_id) ON TABLE public.ballot TO osallisuus_api;

GRANT UPDATE(option) ON TABLE public.ballot TO osallisuus_api;

GRANT SELECT ON TABLE public.booking_shown TO osallisuus_api;

GRANT SELECT(id),INSERT(id) ON TABLE public.budget_answer TO osallisuus_api;

GRANT SELECT(consultation_id),INSERT(consultation_id) ON TABLE public.budget_answer TO osallisuus_api;

GRANT SELECT(shares),INSERT(shares) ON TABLE public.budget_answer TO osallisuus_api;

GRANT SELECT(request_hash),INSERT(request_hash) ON TABLE public.budget_answer TO osallisuus_api;

GRANT SELECT ON TABLE public.budget_ballot TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.budget_ballot TO osallisuus_api;

GRANT INSERT(consultation_id) ON TABLE public.budget_ballot TO osallisuus_api;

GRANT UPDATE(is_used) ON TABLE public.budget_ballot TO osallisuus_api;

GRANT UPDATE(used_key) ON TABLE public.budget_ballot TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.budget_ballot TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.change_source TO osallisuus_api;
GRANT SELECT ON TABLE public.change_source TO osallisuus_worker;
GRANT SELECT ON TABLE public.change_source TO osallisuus_mailer;
GRANT SELECT ON TABLE public.change_source TO osallisuus_reader;

GRANT SELECT ON TABLE public.claim_export TO osallisuus_api;
GRANT SELECT ON TABLE public.claim_export TO osallisuus_worker;
GRANT SELECT ON TABLE public.claim_export TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT(claim_count) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT(total) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT(caller_id) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.claim_export TO osallisuus_api;

GRANT INSERT ON TABLE public.contact TO osallisuus_api;
GRANT SELECT,DELETE ON TABLE public.contact TO osallisuus_mailer;

GRANT SELECT(feedback_id) ON TABLE public.contact TO osallisuus_worker;

GRANT UPDATE(sealed) ON TABLE public.contact TO osallisuus_mailer;

GRANT UPDATE(key_id) ON TABLE public.contact TO osallisuus_mailer;

GRANT SELECT(address_hash) ON TABLE public.contact TO osallisuus_worker;

GRANT SELECT(lang) ON TABLE public.contact TO osallisuus_worker;

GRANT SELECT(wants_news) ON TABLE public.contact TO osallisuus_worker;

GRANT SELECT(wants_follow_up) ON TABLE public.contact TO osallisuus_worker;

GRANT SELECT,INSERT,UPDATE ON TABLE public.contact_count TO osallisuus_mailer;
GRANT SELECT ON TABLE public.contact_count TO osallisuus_worker;

GRANT SELECT ON TABLE public.contact_key TO osallisuus_api;
GRANT SELECT ON TABLE public.contact_key TO osallisuus_worker;
GRANT SELECT ON TABLE public.contact_key TO osallisuus_mailer;
GRANT SELECT ON TABLE public.contact_key TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.contact_key TO osallisuus_mailer;

GRANT SELECT,INSERT ON TABLE public.dead_address TO osallisuus_mailer;

GRANT SELECT(feedback_id),INSERT(feedback_id) ON TABLE public.erasure TO osallisuus_api;
GRANT SELECT(feedback_id),INSERT(feedback_id) ON TABLE public.erasure TO osallisuus_worker;
GRANT SELECT(feedback_id) ON TABLE public.erasure TO osallisuus_reader;

GRANT SELECT(id),INSERT(id) ON TABLE public.erasure TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.erasure TO osallisuus_worker;
GRANT SELECT(id) ON TABLE public.erasure TO osallisuus_reader;

GRANT INSERT(who) ON TABLE public.erasure TO osallisuus_api;
GRANT INSERT(who) ON TABLE public.erasure TO osallisuus_worker;

GRANT INSERT(caller_id) ON TABLE public.erasure TO osallisuus_api;

GRANT INSERT(reason) ON TABLE public.erasure TO osallisuus_api;

GRANT SELECT(erased_on) ON TABLE public.erasure TO osallisuus_api;
GRANT SELECT(erased_on) ON TABLE public.erasure TO osallisuus_worker;
GRANT SELECT(erased_on) ON TABLE public.erasure TO osallisuus_reader;

GRANT SELECT ON TABLE public.event TO osallisuus_api;
GRANT SELECT ON TABLE public.event TO osallisuus_worker;
GRANT SELECT ON TABLE public.event TO osallisuus_reader;

GRANT SELECT ON TABLE public.experience_area TO osallisuus_api;
GRANT SELECT ON TABLE public.experience_area TO osallisuus_worker;
GRANT SELECT ON TABLE public.experience_area TO osallisuus_reader;

GRANT INSERT(code) ON TABLE public.experience_area TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.experience_area TO osallisuus_api;

GRANT INSERT(closed_on),UPDATE(closed_on) ON TABLE public.experience_area TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.experience_area TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.experience_area TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.experience_area TO osallisuus_api;

GRANT SELECT ON TABLE public.experience_task TO osallisuus_api;
GRANT SELECT ON TABLE public.experience_task TO osallisuus_worker;
GRANT SELECT ON TABLE public.experience_task TO osallisuus_reader;

GRANT INSERT(code) ON TABLE public.experience_task TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.experience_task TO osallisuus_api;

GRANT INSERT(closed_on),UPDATE(closed_on) ON TABLE public.experience_task TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.experience_task TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.experience_task TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.experience_task TO osallisuus_api;

GRANT SELECT ON TABLE public.fee_class TO osallisuus_api;
GRANT SELECT ON TABLE public.fee_class TO osallisuus_worker;
GRANT SELECT ON TABLE public.fee_class TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(code) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(form) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(tasks) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(per_hour),UPDATE(per_hour) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(per_task),UPDATE(per_task) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(per_km),UPDATE(per_km) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(per_meal),UPDATE(per_meal) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(valid_from) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(valid_until),UPDATE(valid_until) ON TABLE public.fee_class TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.fee_class TO osallisuus_api;

GRANT SELECT ON TABLE public.feedback_text TO osallisuus_text;

GRANT INSERT(feedback_id) ON TABLE public.feedback_text TO osallisuus_api;

GRANT INSERT(original) ON TABLE public.feedback_text TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.feedback_text TO osallisuus_api;

GRANT SELECT ON TABLE public.remedy TO osallisuus_api;
GRANT SELECT ON TABLE public.remedy TO osallisuus_worker;
GRANT SELECT ON TABLE public.remedy TO osallisuus_reader;

GRANT SELECT ON TABLE public.shown_text TO osallisuus_api;
GRANT SELECT ON TABLE public.shown_text TO osallisuus_worker;

GRANT SELECT ON TABLE public.feedback_item TO osallisuus_api;

GRANT SELECT ON TABLE public.feedback_words TO osallisuus_api;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feedback_words TO osallisuus_worker;

GRANT INSERT ON TABLE public.follow_up TO osallisuus_worker;

GRANT SELECT(id),INSERT(id) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(id) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(id) ON TABLE public.follow_up TO osallisuus_reader;
GRANT SELECT(id) ON TABLE public.follow_up TO osallisuus_text;

GRANT SELECT(change_id),INSERT(change_id) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(change_id) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(change_id) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(change_id) ON TABLE public.follow_up TO osallisuus_reader;
GRANT SELECT(change_id) ON TABLE public.follow_up TO osallisuus_text;

GRANT SELECT(contributor),INSERT(contributor) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(contributor) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(contributor) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(contributor) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT(feedback_id),INSERT(feedback_id) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(feedback_id) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(feedback_id) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(feedback_id) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT(token_hash) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(token_hash) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(token_hash) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(token_hash) ON TABLE public.follow_up TO osallisuus_reader;
GRANT SELECT(token_hash) ON TABLE public.follow_up TO osallisuus_text;

GRANT SELECT(asked_on) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(asked_on) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(asked_on) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(asked_on) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT(expires_on),INSERT(expires_on) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(expires_on) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(expires_on) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(expires_on) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT(answer),INSERT(answer),UPDATE(answer) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(answer) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(answer) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(answer) ON TABLE public.follow_up TO osallisuus_reader;
GRANT SELECT(answer) ON TABLE public.follow_up TO osallisuus_text;

GRANT SELECT(answered_on),INSERT(answered_on),UPDATE(answered_on) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(answered_on) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(answered_on) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(answered_on) ON TABLE public.follow_up TO osallisuus_reader;
GRANT SELECT(answered_on) ON TABLE public.follow_up TO osallisuus_text;

GRANT INSERT(text),UPDATE(text) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(text) ON TABLE public.follow_up TO osallisuus_text;

GRANT INSERT(lang),UPDATE(lang) ON TABLE public.follow_up TO osallisuus_api;

GRANT SELECT(request_id),INSERT(request_id),UPDATE(request_id) ON TABLE public.follow_up TO osallisuus_api;

GRANT SELECT(request_hash),INSERT(request_hash),UPDATE(request_hash) ON TABLE public.follow_up TO osallisuus_api;

GRANT SELECT(has_text) ON TABLE public.follow_up TO osallisuus_api;

GRANT SELECT(masked) ON TABLE public.follow_up TO osallisuus_text;

GRANT SELECT(person_id),INSERT(person_id) ON TABLE public.follow_up TO osallisuus_api;
GRANT SELECT(person_id) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(person_id) ON TABLE public.follow_up TO osallisuus_mailer;
GRANT SELECT(person_id) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT(by_staff) ON TABLE public.follow_up TO osallisuus_worker;
GRANT SELECT(by_staff) ON TABLE public.follow_up TO osallisuus_reader;

GRANT SELECT ON TABLE public.giver TO osallisuus_giver;

GRANT SELECT(feedback_id),INSERT(feedback_id) ON TABLE public.giver TO osallisuus_api;

GRANT INSERT(receipt_hash) ON TABLE public.giver TO osallisuus_api;

GRANT SELECT(receipt_reissue) ON TABLE public.giver TO osallisuus_api;

GRANT SELECT ON TABLE public.import TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.import TO osallisuus_api;

GRANT INSERT(caller_id) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(run) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(created) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(replayed) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(refused) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(bytes) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(outcome) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(problem) ON TABLE public.import TO osallisuus_api;

GRANT UPDATE(seen_at) ON TABLE public.import TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.import_refusal TO osallisuus_api;

GRANT UPDATE(code) ON TABLE public.import_refusal TO osallisuus_api;

GRANT UPDATE(errors) ON TABLE public.import_refusal TO osallisuus_api;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO osallisuus_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job TO osallisuus_mailer;
GRANT SELECT ON TABLE public.job TO osallisuus_reader;

GRANT SELECT,INSERT,UPDATE ON TABLE public.mail TO osallisuus_mailer;
GRANT SELECT,INSERT ON TABLE public.mail TO osallisuus_worker;

GRANT SELECT(unsubscribe_hash) ON TABLE public.mail TO osallisuus_api;

GRANT SELECT ON TABLE public.mail_template TO osallisuus_mailer;

GRANT SELECT,INSERT ON TABLE public.member_name TO osallisuus_api;

GRANT UPDATE(name) ON TABLE public.member_name TO osallisuus_api;

GRANT INSERT ON TABLE public.message TO osallisuus_api;
GRANT SELECT ON TABLE public.message TO osallisuus_text;

GRANT SELECT(id) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(feedback_id) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(n) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(author) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(kind) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(sent_on) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(caller_id) ON TABLE public.message TO osallisuus_api;

GRANT SELECT(request_hash) ON TABLE public.message TO osallisuus_api;

GRANT SELECT ON TABLE public.municipality TO osallisuus_api;
GRANT SELECT ON TABLE public.municipality TO osallisuus_worker;
GRANT SELECT ON TABLE public.municipality TO osallisuus_mailer;
GRANT SELECT ON TABLE public.municipality TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.municipality TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.municipality TO osallisuus_api;

GRANT INSERT(code) ON TABLE public.municipality TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.municipality TO osallisuus_api;

GRANT INSERT(closed_on),UPDATE(closed_on) ON TABLE public.municipality TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.municipality TO osallisuus_api;

GRANT SELECT ON TABLE public.notice TO osallisuus_api;
GRANT SELECT,INSERT ON TABLE public.notice TO osallisuus_worker;
GRANT SELECT ON TABLE public.notice TO osallisuus_mailer;
GRANT SELECT ON TABLE public.notice TO osallisuus_reader;

GRANT SELECT ON TABLE public.observation TO osallisuus_text;

GRANT SELECT(id),INSERT(id) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT(unit_id),INSERT(unit_id) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT(booking_id),INSERT(booking_id) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT(person_id),INSERT(person_id) ON TABLE public.observation TO osallisuus_api;

GRANT INSERT(lang) ON TABLE public.observation TO osallisuus_api;

GRANT INSERT(text) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT(noted_on) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT(request_hash),INSERT(request_hash) ON TABLE public.observation TO osallisuus_api;

GRANT SELECT ON TABLE public.open_kind TO osallisuus_api;

GRANT SELECT,INSERT ON TABLE public.opt_out TO osallisuus_api;
GRANT SELECT,INSERT ON TABLE public.opt_out TO osallisuus_mailer;
GRANT SELECT ON TABLE public.opt_out TO osallisuus_worker;

GRANT SELECT ON TABLE public.original_read TO osallisuus_api;
GRANT SELECT ON TABLE public.original_read TO osallisuus_reader;

GRANT SELECT(id),INSERT(id) ON TABLE public.original_read TO osallisuus_text;

GRANT INSERT(feedback_id) ON TABLE public.original_read TO osallisuus_text;

GRANT INSERT(caller_id) ON TABLE public.original_read TO osallisuus_text;

GRANT INSERT(purpose) ON TABLE public.original_read TO osallisuus_text;

GRANT SELECT(read_at) ON TABLE public.original_read TO osallisuus_text;

GRANT INSERT(request_hash) ON TABLE public.original_read TO osallisuus_text;

GRANT SELECT ON TABLE public.panel_rule TO osallisuus_api;
GRANT SELECT ON TABLE public.panel_rule TO osallisuus_worker;
GRANT SELECT ON TABLE public.panel_rule TO osallisuus_mailer;
GRANT SELECT ON TABLE public.panel_rule TO osallisuus_reader;

GRANT SELECT(panel_id) ON TABLE public.panel_seed TO osallisuus_api;

GRANT SELECT(n) ON TABLE public.panel_seed TO osallisuus_api;

GRANT SELECT(seed_hash) ON TABLE public.panel_seed TO osallisuus_api;

GRANT SELECT ON TABLE public.participation_cost TO osallisuus_api;
GRANT SELECT ON TABLE public.participation_cost TO osallisuus_worker;
GRANT SELECT ON TABLE public.participation_cost TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(line) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(month) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(amount) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(note) ON TABLE public.participation_cost TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.participation_cost TO osallisuus_api;

GRANT SELECT ON TABLE public.person TO osallisuus_mailer;

GRANT SELECT(id),INSERT(id) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.person TO osallisuus_worker;
GRANT SELECT(id) ON TABLE public.person TO osallisuus_text;

GRANT SELECT(resource),INSERT(resource) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(resource) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(token_hash),INSERT(token_hash) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(token_hash) ON TABLE public.person TO osallisuus_text;

GRANT INSERT(sealed) ON TABLE public.person TO osallisuus_api;
GRANT UPDATE(sealed) ON TABLE public.person TO osallisuus_mailer;

GRANT INSERT(key_id) ON TABLE public.person TO osallisuus_api;
GRANT UPDATE(key_id) ON TABLE public.person TO osallisuus_mailer;

GRANT INSERT(address_hash) ON TABLE public.person TO osallisuus_api;

GRANT SELECT(lang),INSERT(lang),UPDATE(lang) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(lang) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(wants_news),INSERT(wants_news),UPDATE(wants_news) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(wants_news) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(ended_on) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(ended_on) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(has_address) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(has_address) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(wants_digest),INSERT(wants_digest),UPDATE(wants_digest) ON TABLE public.person TO osallisuus_api;
GRANT SELECT(wants_digest) ON TABLE public.person TO osallisuus_worker;

GRANT SELECT(feed_id) ON TABLE public.person TO osallisuus_api;

GRANT SELECT(person_id),INSERT(person_id) ON TABLE public.person_erasure TO osallisuus_api;

GRANT SELECT(resource),INSERT(resource) ON TABLE public.person_erasure TO osallisuus_api;

GRANT SELECT(id),INSERT(id) ON TABLE public.person_erasure TO osallisuus_api;

GRANT INSERT(who) ON TABLE public.person_erasure TO osallisuus_api;

GRANT INSERT(caller_id) ON TABLE public.person_erasure TO osallisuus_api;

GRANT SELECT(erased_on) ON TABLE public.person_erasure TO osallisuus_api;

GRANT SELECT ON TABLE public.person_feed TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.person_feed TO osallisuus_api;

GRANT INSERT(person_id) ON TABLE public.person_feed TO osallisuus_api;

GRANT SELECT ON TABLE public.person_link TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.person_link TO osallisuus_api;

GRANT INSERT(person_id) ON TABLE public.person_link TO osallisuus_api;

GRANT INSERT(token_hash) ON TABLE public.person_link TO osallisuus_api;

GRANT SELECT,INSERT,DELETE ON TABLE public.session_panel TO osallisuus_api;
GRANT SELECT ON TABLE public.session_panel TO osallisuus_worker;
GRANT SELECT ON TABLE public.session_panel TO osallisuus_mailer;
GRANT SELECT ON TABLE public.session_panel TO osallisuus_reader;

GRANT SELECT ON TABLE public.public_session TO osallisuus_api;

GRANT SELECT,INSERT,UPDATE ON TABLE public.receipt_mail_count TO osallisuus_mailer;
GRANT DELETE ON TABLE public.receipt_mail_count TO osallisuus_worker;

GRANT SELECT(day) ON TABLE public.receipt_mail_count TO osallisuus_worker;

GRANT SELECT ON TABLE public.report TO osallisuus_api;
GRANT SELECT ON TABLE public.report TO osallisuus_reader;
GRANT SELECT,INSERT,UPDATE ON TABLE public.report TO osallisuus_worker;

GRANT SELECT,DELETE ON TABLE public.report_before TO osallisuus_worker;

GRANT SELECT,INSERT,DELETE ON TABLE public.report_count TO osallisuus_worker;
GRANT SELECT ON TABLE public.report_count TO osallisuus_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.report_counted TO osallisuus_worker;

GRANT SELECT ON TABLE public.report_table TO osallisuus_api;
GRANT SELECT ON TABLE public.report_table TO osallisuus_reader;

GRANT SELECT,INSERT,DELETE ON TABLE public.report_touched TO osallisuus_worker;

GRANT SELECT ON TABLE public.retention TO osallisuus_api;
GRANT SELECT ON TABLE public.retention TO osallisuus_worker;
GRANT SELECT ON TABLE public.retention TO osallisuus_mailer;
GRANT SELECT ON TABLE public.retention TO osallisuus_reader;

GRANT SELECT ON TABLE public.role_scope TO osallisuus_api;
GRANT SELECT ON TABLE public.role_scope TO osallisuus_worker;
GRANT SELECT ON TABLE public.role_scope TO osallisuus_reader;

GRANT SELECT ON TABLE public.round_shown TO osallisuus_api;

GRANT SELECT ON TABLE public.rule TO osallisuus_api;
GRANT SELECT ON TABLE public.rule TO osallisuus_worker;
GRANT SELECT ON TABLE public.rule TO osallisuus_mailer;
GRANT SELECT ON TABLE public.rule TO osallisuus_reader;

GRANT SELECT,INSERT ON TABLE public.service TO osallisuus_api;
GRANT SELECT ON TABLE public.service TO osallisuus_worker;
GRANT SELECT ON TABLE public.service TO osallisuus_mailer;
GRANT SELECT ON TABLE public.service TO osallisuus_reader;

GRANT UPDATE(unit_id) ON TABLE public.service TO osallisuus_api;

GRANT UPDATE(ptv_id) ON TABLE public.service TO osallisuus_api;

GRANT UPDATE(name) ON TABLE public.service TO osallisuus_api;

GRANT UPDATE(closed_on) ON TABLE public.service TO osallisuus_api;

GRANT SELECT ON TABLE public.session_attendance TO osallisuus_api;
GRANT SELECT ON TABLE public.session_attendance TO osallisuus_worker;
GRANT SELECT ON TABLE public.session_attendance TO osallisuus_reader;

GRANT SELECT ON TABLE public.session_minutes TO osallisuus_api;
GRANT SELECT ON TABLE public.session_minutes TO osallisuus_worker;
GRANT SELECT ON TABLE public.session_minutes TO osallisuus_reader;

GRANT SELECT ON TABLE public.session_shown TO osallisuus_api;

GRANT SELECT ON TABLE public.shown_answer TO osallisuus_api;
GRANT SELECT ON TABLE public.shown_answer TO osallisuus_worker;

GRANT SELECT ON TABLE public.shown_booking_feedback TO osallisuus_api;

GRANT SELECT ON TABLE public.shown_follow_up TO osallisuus_api;

GRANT SELECT ON TABLE public.shown_input TO osallisuus_api;
GRANT SELECT ON TABLE public.shown_input TO osallisuus_worker;

GRANT SELECT ON TABLE public.shown_message TO osallisuus_api;

GRANT SELECT ON TABLE public.shown_observation TO osallisuus_api;

GRANT INSERT ON TABLE public.step TO osallisuus_api;
GRANT INSERT ON TABLE public.step TO osallisuus_worker;
GRANT SELECT ON TABLE public.step TO osallisuus_text;

GRANT SELECT(id) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(id) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(id) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(resource) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(resource) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(resource) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(subject) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(subject) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(subject) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(from_state) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(from_state) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(from_state) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(to_state) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(to_state) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(to_state) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(who) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(who) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(who) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(caller_id) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(caller_id) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(caller_id) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(data) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(data) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(data) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(version) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(version) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(version) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(made_on) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(made_on) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(made_on) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT(request_hash) ON TABLE public.step TO osallisuus_api;
GRANT SELECT(request_hash) ON TABLE public.step TO osallisuus_worker;
GRANT SELECT(request_hash) ON TABLE public.step TO osallisuus_reader;

GRANT SELECT ON TABLE public.shown_step TO osallisuus_api;
GRANT SELECT ON TABLE public.shown_step TO osallisuus_worker;
GRANT SELECT ON TABLE public.shown_step TO osallisuus_reader;

GRANT SELECT ON TABLE public.spoken_language TO osallisuus_api;
GRANT SELECT ON TABLE public.spoken_language TO osallisuus_worker;
GRANT SELECT ON TABLE public.spoken_language TO osallisuus_reader;

GRANT INSERT(code) ON TABLE public.spoken_language TO osallisuus_api;

GRANT INSERT(name),UPDATE(name) ON TABLE public.spoken_language TO osallisuus_api;

GRANT INSERT(closed_on),UPDATE(closed_on) ON TABLE public.spoken_language TO osallisuus_api;

GRANT INSERT(id) ON TABLE public.spoken_language TO osallisuus_api;

GRANT INSERT(unit_id) ON TABLE public.spoken_language TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.spoken_language TO osallisuus_api;

GRANT SELECT,INSERT ON TABLE public.survey_link_batch TO osallisuus_api;

GRANT SELECT ON TABLE public.task TO osallisuus_api;
GRANT SELECT ON TABLE public.task TO osallisuus_worker;
GRANT SELECT ON TABLE public.task TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(co_development_id) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(session_id),UPDATE(session_id) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(what),UPDATE(what) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(role),UPDATE(role) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(due_on),UPDATE(due_on) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(done_on),UPDATE(done_on) ON TABLE public.task TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.task TO osallisuus_api;

GRANT SELECT ON TABLE public.told_change TO osallisuus_api;

GRANT SELECT ON TABLE public.transition TO osallisuus_api;
GRANT SELECT ON TABLE public.transition TO osallisuus_worker;
GRANT SELECT ON TABLE public.transition TO osallisuus_reader;

GRANT SELECT ON TABLE public.trial TO osallisuus_api;
GRANT SELECT ON TABLE public.trial TO osallisuus_worker;
GRANT SELECT ON TABLE public.trial TO osallisuus_reader;

GRANT INSERT(id) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(co_development_id) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(what),UPDATE(what) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(starts_on),UPDATE(starts_on) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(ends_on),UPDATE(ends_on) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(result),UPDATE(result) ON TABLE public.trial TO osallisuus_api;

GRANT INSERT(request_hash) ON TABLE public.trial TO osallisuus_api;

GRANT SELECT ON TABLE public.wanted_language TO osallisuus_api;
GRANT SELECT ON TABLE public.wanted_language TO osallisuus_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.worker_process TO osallisuus_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.worker_process TO osallisuus_mailer;
GRANT SELECT ON TABLE public.worker_process TO osallisuus_api;
GRANT SELECT ON TABLE public.worker_process TO osallisuus_reader;
