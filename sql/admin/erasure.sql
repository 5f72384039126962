-- osallisuus-admin erasure: who was erased, and erasing them again after a dump came back.

-- name: erasure_list
-- columns: list
-- What the purge erased is not in it: it purges it again.
SELECT jsonb_build_object(
    'people', (SELECT coalesce(jsonb_agg(jsonb_build_object('person_id', e.person_id, 'id', e.id, 'who', e.who, 'erased_on', e.erased_on)
                                         ORDER BY e.erased_on, e.person_id), '[]') FROM person_erasure e),
    'voices', (SELECT coalesce(jsonb_agg(jsonb_build_object('feedback_id', e.feedback_id, 'id', e.id, 'who', e.who, 'reason', e.reason, 'erased_on', e.erased_on)
                                         ORDER BY e.erased_on, e.feedback_id), '[]') FROM erasure e WHERE e.who <> 'retention')) AS list;

-- name: erasure_repeat
-- columns: people, voices
SELECT e.people, e.voices FROM erase_again(:list::jsonb) e;
