-- Orders of experts: a task at a time, offered to one expert or several; whoever accepts first has the booking, and is in no other place.

CREATE EXTENSION IF NOT EXISTS btree_gist;

INSERT INTO role_scope (resource, who, scope) VALUES ('booking', 'orderer', 'bookings:order'), ('booking', 'coordinator', 'bookings:manage'),
    ('offer', 'coordinator', 'bookings:manage');
INSERT INTO moving_resource (resource, unit_sql) VALUES
    ('booking', 'x.unit_id'), ('offer', '(SELECT b.unit_id FROM booking b WHERE b.id = x.booking_id)');
INSERT INTO rule (name, value, least, most, help) VALUES
    ('booking_offer_hours', 72, 1, 336, 'Hours for which an offer of a booking waits for the expert.'),
    ('booking_cancel_hours', 24, 1, 336, 'Hours before a booking from which on a cancellation is late, so that the fee is due.'),
    ('booking_days_ahead', 730, 30, 1825, 'Days from now on within which a booking may begin.'),
    ('booking_close_days', 60, 1, 365, 'Days after its end at which nothing more is to be told to who ordered.');

-- ---- orders ----
CREATE TABLE booking (
    id uuid PRIMARY KEY, -- of the person who ordered, too (0045)
    unit_id uuid NOT NULL CONSTRAINT booking_unit_exists REFERENCES unit,
    task text NOT NULL CONSTRAINT booking_task_exists REFERENCES experience_task,
    area text CONSTRAINT booking_area_exists REFERENCES experience_area,
    lang text NOT NULL, -- that is spoken
    is_remote boolean NOT NULL DEFAULT false,
    place jsonb,
    online_url text,
    about text,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'requested',
    expert_id uuid CONSTRAINT booking_expert_exists REFERENCES expert, -- whoever accepted
    held tstzrange, -- of the expert's time, with the way; NULL: none
    unfilled_because text,
    sequence integer NOT NULL DEFAULT 0, -- how often calendars have something new (RFC 5545)
    changed_at timestamptz NOT NULL DEFAULT app_now(),
    ordered_at timestamptz NOT NULL DEFAULT app_now(),
    confirmed_at timestamptz,
    ordered_by uuid, -- the key
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT booking_state CHECK (state IN ('requested', 'offered', 'unfilled', 'confirmed', 'done', 'client_absent', 'expert_absent',
        'cancelled_early', 'cancelled_late', 'settled')),
    CONSTRAINT booking_ends_after_it_starts CHECK (starts_at < ends_at),
    CONSTRAINT booking_is_within_a_day CHECK (ends_at - starts_at <= interval '24 hours'),
    CONSTRAINT booking_has_place CHECK (is_remote OR place IS NOT NULL),
    CONSTRAINT booking_place_is_told CHECK (is_place(place)),
    CONSTRAINT booking_about_length CHECK (length(about) BETWEEN 1 AND 4000),
    CONSTRAINT booking_lang CHECK (lang ~ '^[a-z]{2,3}$'),
    CONSTRAINT booking_unfilled_because CHECK (unfilled_because IN ('declined', 'expired', 'withdrawn')),
    CONSTRAINT booking_has_expert CHECK (state NOT IN ('confirmed', 'done', 'client_absent') OR (expert_id IS NOT NULL AND held IS NOT NULL)),
    -- An expert is never in two places.
    CONSTRAINT booking_expert_is_free EXCLUDE USING gist (expert_id WITH =, held WITH &&) WHERE (held IS NOT NULL)
);

CREATE INDEX booking_by_start ON booking (starts_at, id);
CREATE INDEX booking_of_unit ON booking (unit_id, starts_at, id);
CREATE INDEX booking_of_expert ON booking (expert_id, starts_at, id) WHERE expert_id IS NOT NULL;
CREATE TRIGGER booking_version BEFORE UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION next_version();

-- ---- offers ----
-- An offer has the id of a person, too: whoever holds its link, which is good for this offer alone (resource 'offer', without an address).
CREATE TABLE offer (
    id uuid PRIMARY KEY,
    booking_id uuid NOT NULL CONSTRAINT offer_booking_exists REFERENCES booking,
    expert_id uuid NOT NULL CONSTRAINT offer_expert_exists REFERENCES expert,
    state text NOT NULL DEFAULT 'sent',
    expires_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL DEFAULT app_now(),
    answered_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT offer_state CHECK (state IN ('sent', 'accepted', 'declined', 'expired', 'withdrawn'))
);
CREATE UNIQUE INDEX offer_is_once_open ON offer (booking_id, expert_id) WHERE state = 'sent';
CREATE INDEX offer_of_booking ON offer (booking_id, made_at, id);
CREATE INDEX offer_of_expert ON offer (expert_id, made_at, id);
CREATE TRIGGER offer_version BEFORE UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION next_version();

CREATE FUNCTION offer_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.answered_at := app_now();
    RETURN NEW;
END
$$;
CREATE TRIGGER offer_follows BEFORE UPDATE ON offer FOR EACH ROW WHEN (OLD.state <> NEW.state AND NEW.state IN ('accepted', 'declined'))
    EXECUTE FUNCTION offer_follows();

-- ---- the time of experts ----
-- What follows from state, time and expert. Whoever confirms has locked the expert's row.
CREATE FUNCTION booking_follows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
    NEW.held := CASE WHEN NEW.state IN ('confirmed', 'done', 'client_absent')
                         THEN (SELECT expert_held(e, NEW.starts_at, NEW.ends_at, NEW.is_remote) FROM expert e WHERE e.id = NEW.expert_id)
                     WHEN NEW.state = 'settled' THEN OLD.held END;
    IF NEW.state <> 'unfilled' THEN
        NEW.unfilled_because := NULL;
    END IF;
    IF (NEW.starts_at, NEW.ends_at, NEW.place, NEW.online_url, NEW.expert_id) IS DISTINCT FROM (OLD.starts_at, OLD.ends_at, OLD.place, OLD.online_url, OLD.expert_id)
        OR NEW.state IN ('cancelled_early', 'cancelled_late') AND OLD.state <> NEW.state THEN
        NEW.sequence := OLD.sequence + 1;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER booking_follows BEFORE UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION booking_follows();

-- What these experts have in this time.
CREATE OR REPLACE FUNCTION expert_busy(experts uuid[], during tstzrange) RETURNS TABLE (expert_id uuid, held tstzrange) LANGUAGE sql STABLE AS $$
    SELECT b.expert_id, b.held FROM booking b WHERE b.expert_id = ANY (experts) AND b.held && during
$$;

-- Minutes that an expert is booked for in the week (from Monday on, by the clocks of Finland) of this moment, but for this booking.
CREATE FUNCTION expert_week_minutes(of_expert uuid, moment timestamptz, but uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(extract(epoch FROM b.ends_at - b.starts_at)) / 60, 0)
    FROM (SELECT date_trunc('week', moment AT TIME ZONE 'Europe/Helsinki') AS monday) w
    JOIN booking b ON b.expert_id = of_expert AND b.held IS NOT NULL AND b.id IS DISTINCT FROM but
        AND b.starts_at >= w.monday AT TIME ZONE 'Europe/Helsinki' AND b.starts_at < (w.monday + interval '7 days') AT TIME ZONE 'Europe/Helsinki'
$$;

-- The problem that speaks against this expert for this booking. `is_asked`: the expert is to be asked still, who has said how much
-- notice they need; whoever accepts knows the time.
CREATE FUNCTION booking_expert_breach(b booking, e expert, is_asked boolean) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN e.state <> 'active' THEN 'expert_is_not_active'
                WHEN NOT expert_is_under_agreement(e, b.starts_at, b.ends_at) THEN 'expert_is_out_of_agreement'
                WHEN EXISTS (SELECT FROM booking x WHERE x.expert_id = e.id AND x.id <> b.id
                             AND x.held && expert_held(e, b.starts_at, b.ends_at, b.is_remote)) THEN 'expert_is_booked'
                WHEN expert_week_minutes(e.id, b.starts_at, b.id) + extract(epoch FROM b.ends_at - b.starts_at) / 60 > 60 * e.week_hours THEN 'expert_week_is_full'
                WHEN is_asked AND b.starts_at < app_now() + make_interval(hours => e.notice_hours) THEN 'expert_needs_notice' END
$$;

-- ---- the audit, and rights ----
CREATE FUNCTION booking_ordered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO event (type, resource, subject, unit_id, version)
    SELECT 'booking.requested', 'booking', n.id, n.unit_id, n.version FROM new_booking n;
    RETURN NULL;
END
$$;
CREATE TRIGGER booking_ordered AFTER INSERT ON booking REFERENCING NEW TABLE AS new_booking FOR EACH STATEMENT EXECUTE FUNCTION booking_ordered();
CREATE TRIGGER booking_audit_update AFTER UPDATE ON booking REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_rows('booking', 'changed', 'id');
CREATE TRIGGER offer_audit_insert AFTER INSERT ON offer REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('offer', 'made', 'id');

GRANT SELECT ON booking, offer TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, task, area, lang, is_remote, place, online_url, about, starts_at, ends_at, ordered_by, request_hash),
    UPDATE (task, area, lang, is_remote, place, online_url, about, starts_at, ends_at) ON booking TO osallisuus_api;
GRANT INSERT (id, booking_id, expert_id, expires_at, request_hash) ON offer TO osallisuus_api;
