-- What is purged, and how: retention_due finds what is over its days, retention_purge takes some of it away.

-- ---- who spoke, once the address is gone ----

-- Voices of somebody who had spoken before; what told so is gone. It keeps the people of a publication from becoming more than
-- they were.
CREATE TABLE spoken_before (
    feedback_id uuid PRIMARY KEY CONSTRAINT spoken_before_feedback_exists REFERENCES feedback
);

-- Of the voices of an address that goes from one of them, all but the first are those of somebody who had spoken before.
CREATE FUNCTION contact_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
CREATE TRIGGER contact_gone AFTER DELETE ON contact REFERENCING OLD TABLE AS old_contact FOR EACH STATEMENT EXECUTE FUNCTION contact_gone();

-- The figures of a month as they are now. A voice of an address that has spoken before, whenever and wherever, is not a person
-- more, also when the address is gone: so the sum over any set of voices is at most the number of people behind it. Of whom no
-- address was ever known, each voice is a person.
CREATE OR REPLACE FUNCTION report_fresh(of_month date) RETURNS TABLE (unit_id uuid, table_name text, value text, voices integer, people integer)
    LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
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
    JOIN feedback v ON v.id = f.feedback_id AND v.respondent_role <> 'staff'
    JOIN change c ON c.id = f.change_id
    WHERE f.answered_on IS NOT NULL
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

-- The address of a case goes, and the ledgers forget whose it was; true: no other case has it. A case of the same address takes them over, so that the
-- person still hears of a change once; otherwise the key becomes one that is made of nothing. What was one person stays one.
CREATE FUNCTION forget_contributor(case_id uuid, hash bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE
    other uuid := (SELECT c.feedback_id FROM contact c WHERE c.address_hash = hash AND c.feedback_id <> case_id ORDER BY 1 LIMIT 1);
    salt bytea := random_bytes();
BEGIN
    UPDATE follow_up SET token_hash = NULL, text = NULL, request_id = NULL, request_hash = NULL WHERE feedback_id = case_id;
    UPDATE notice SET feedback_id = other WHERE feedback_id = case_id AND contributor = hash AND other IS NOT NULL;
    UPDATE follow_up SET feedback_id = other WHERE feedback_id = case_id AND contributor = hash AND other IS NOT NULL;
    UPDATE notice SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    UPDATE follow_up SET contributor = sha256(salt || contributor) WHERE feedback_id = case_id;
    DELETE FROM contact WHERE feedback_id = case_id; -- at once: of two that go together, the first is no heir of the second
    RETURN other IS NULL;
END
$$;

-- What is known of a person by address is forgotten with the last case that has it.
CREATE OR REPLACE FUNCTION forget_address(case_id uuid, hash bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    IF forget_contributor(case_id, hash) AND hash IS NOT NULL THEN
        DELETE FROM opt_out WHERE address_hash = hash;
        DELETE FROM contact_count WHERE address_hash = hash;
        DELETE FROM dead_address WHERE address_hash = hash;
        -- How far a worker came, when that was this person; what was done is done once anyway.
        UPDATE job SET data = data - 'after' WHERE kind IN ('news', 'follow_up') AND data ->> 'after' = hash::text;
    END IF;
END
$$;

-- As before, and says so in the case.
CREATE OR REPLACE FUNCTION feedback_erase() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

-- ---- what is due ----

-- Whether nothing is left to be told or asked of a change, by mail or behind the receipt, and was not after this day.
CREATE FUNCTION change_is_over(c change, last_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.state IN ('rejected', 'abandoned', 'made', 'verified', 'not_effective', 'inconclusive')
        AND (c.made_on IS NULL OR c.made_on + rule_value('follow_up_days') + greatest(rule_value('link_days'), rule_value('decide_days')) <= last_day)
        AND NOT EXISTS (SELECT FROM step s WHERE s.subject = c.id AND s.made_on > last_day)
$$;

-- Cases that ended until this day, with those that follow them and the one that they follow; and cases in which nothing happened
-- since, though they never ended.
CREATE FUNCTION retention_due_cases(is_ended boolean, last_day date, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
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

-- Contact data of ended cases whose givers are told and asked nothing more.
CREATE FUNCTION retention_due_contacts(last_day date, most integer) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
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

-- A month of events that is over, and of which the reports have seen everything; none while they have not.
CREATE FUNCTION retention_due_month(last_day date) RETURNS SETOF regclass LANGUAGE plpgsql STABLE AS $$
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
$$;

-- At most so many keys of what is to be purged of a class when its days ended on this day.
CREATE FUNCTION retention_due(of_class text, last_day date, most integer) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
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

-- ---- purging ----

-- Takes at most so many of what is due of a class away, in one transaction; how many there were. Cases that somebody works on
-- at this moment are left for the next time.
CREATE FUNCTION retention_purge(of_class text, most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
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

-- A month goes as a whole. Whoever writes an event would wait for a waiting DROP, so it gives up soon, and comes again tomorrow.
CREATE FUNCTION retention_purge_events(keys text[]) RETURNS integer LANGUAGE plpgsql AS $$
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
$$;

-- The chain goes on from an anchor at this row, and what is before may go.
CREATE FUNCTION retention_purge_audit(last_n bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_anchor (n, xid, place, hash) SELECT c.n, c.xid, c.place, c.hash FROM audit_chain c WHERE c.n = last_n;
    DELETE FROM audit a USING audit_chain c WHERE c.n <= last_n AND a.xid = c.xid AND a.place = c.place;
    DELETE FROM audit_chain c WHERE c.n <= last_n;
END
$$;

REVOKE ALL ON FUNCTION forget_contributor(uuid, bytea), retention_due_cases(boolean, date, integer), retention_due_contacts(date, integer),
    retention_due_month(date), retention_due(text, date, integer), retention_purge(text, integer), retention_purge_events(text[]),
    retention_purge_audit(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention_purge(text, integer) TO osallisuus_worker;
