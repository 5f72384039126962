-- Where one meets online is told to whoever has the booking, and to nobody whom it was offered to; words about it are masked as other
-- words are; and what has begun is not cancelled any more.

CREATE OR REPLACE FUNCTION offer_part(o offer, tag text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT booking_part(jsonb_populate_record(b, '{"online_url": null}'), tag, personal_text('offer_' || CASE WHEN w.is_open OR o.state <> 'sent' THEN o.state ELSE 'expired' END),
            CASE WHEN w.is_open THEN page_facts(jsonb_build_array('offer_until', page_time(o.expires_at, tag))) ELSE '[]' END)
        || jsonb_build_object('acts', CASE WHEN NOT w.is_open THEN '[]' ELSE (
            SELECT jsonb_agg(jsonb_build_object('operation', 'personal_offer_transition', 'values', jsonb_build_object('id', o.id, 'to', a.wanted),
                'quiet', a.wanted = 'declined', 'button', personal_text('offer_act_' || a.wanted)) ORDER BY a.wanted)
            FROM (VALUES ('accepted'), ('declined')) a (wanted)) END)
    FROM booking b, (SELECT o.state = 'sent' AND o.expires_at > app_now() AS is_open) w
    WHERE b.id = o.booking_id
$$;

CREATE FUNCTION booking_about_masked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.about := coalesce(masked_text(NEW.about, 'fi'), NEW.about);
    RETURN NEW;
END
$$;
CREATE TRIGGER booking_about_masked BEFORE INSERT OR UPDATE OF about ON booking FOR EACH ROW EXECUTE FUNCTION booking_about_masked();

CREATE OR REPLACE FUNCTION booking_reason(booking uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.reason FROM shown_step s
    WHERE s.subject = booking AND s.resource = 'booking' AND s.to_state IN ('cancelled_early', 'cancelled_late') AND s.reason <> 'expert_has_ended'
$$;

-- As before, and whoever did not come is noted as absent, not as cancelled.
CREATE OR REPLACE FUNCTION booking_breach(b booking, wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN wanted IN ('done', 'client_absent', 'expert_absent') THEN CASE WHEN b.starts_at > app_now() THEN 'booking_has_not_begun' END
                WHEN wanted = 'cancelled_late' THEN CASE WHEN NOT booking_is_soon(b) THEN 'cancellation_is_early'
                                                         WHEN b.starts_at <= app_now() THEN 'booking_is_over' END
                WHEN wanted = 'cancelled_early' AND b.state = 'confirmed' THEN CASE WHEN booking_is_soon(b) THEN 'cancellation_is_late' END
                WHEN wanted = 'offered' THEN 'booking_needs_offer' END
$$;
