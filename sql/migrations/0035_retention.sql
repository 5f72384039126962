-- How long what is kept: a row for each class, and what the purge must know to find it without reading whole tables.

CREATE TABLE retention (
    class text PRIMARY KEY,
    place integer NOT NULL, -- in the catalogue, and in the order in which a worker purges
    days integer NOT NULL,
    least integer NOT NULL,
    most integer NOT NULL,
    what jsonb NOT NULL,   -- what it is, and from when on its days count
    kept jsonb NOT NULL,   -- what stays of it
    ground jsonb NOT NULL, -- why it is kept no longer, and no shorter
    CONSTRAINT retention_place_is_unique UNIQUE (place),
    CONSTRAINT retention_in_range CHECK (days BETWEEN least AND most),
    CONSTRAINT retention_texts_are_by_language CHECK (is_language_map(what) AND is_language_map(kept) AND is_language_map(ground))
);

INSERT INTO retention (class, place, days, least, most, what, kept, ground)
SELECT c.class, c.place, c.days, c.least, c.most, jsonb_build_object('fi', c.what_fi, 'sv', c.what_sv, 'en', c.what_en),
    jsonb_build_object('fi', c.kept_fi, 'sv', c.kept_sv, 'en', c.kept_en), g.texts
FROM (VALUES
('texts', 1, 730, 180, 3650, 'person',
    'Palautteen teksti, vastausten sanat, viestit, perustelut, yhteystiedot ja vastaanottokoodi: asian päättymisestä.',
    'Responsens text, orden i svaren, meddelandena, motiveringarna, kontaktuppgifterna och kvittokoden: från det att ärendet avslutades.',
    'The text of a voice, the words of its answers, messages, reasons, contact data and receipt code: from the end of the case.',
    'Asia ilman sanoja ja henkilöä: laji, päivät, tila ja lopputulos lukuja varten.',
    'Ärendet utan ord och person: slag, datum, tillstånd och utfall för statistiken.',
    'The case without words or person: kind, days, state and outcome, for the figures.'),
('idle_cases', 2, 1095, 365, 3650, 'person',
    'Samat tiedot asiasta, jota kukaan ei ole päättänyt: viimeisestä tapahtumasta.',
    'Samma uppgifter om ett ärende som ingen har avslutat: från den senaste händelsen.',
    'The same of a case that nobody ended: from the last thing that happened in it.',
    'Asia ilman sanoja ja henkilöä; luvuissa se on yhä avoin.',
    'Ärendet utan ord och person; i statistiken är det fortfarande öppet.',
    'The case without words or person; in the figures it is still open.'),
('contact', 3, 60, 31, 3650, 'person',
    'Yhteystiedot, ja mitä antaja kirjoitti siitä, onko nyt parempi: asian päättymisestä, kun antajalle ei ole enää kerrottavaa eikä kysyttävää.',
    'Kontaktuppgifterna och vad man skrev om det är bättre nu: från det att ärendet avslutades, när det inte längre finns något att berätta eller fråga.',
    'Contact data, and what was written to the question whether it is better: from the end of the case, once nothing is left to be told or asked.',
    'Tieto siitä, kuinka monta ihmistä palautteita on antanut ja mitä he vastasivat.',
    'Uppgiften om hur många personer som har gett respons och vad de svarade.',
    'How many people spoke, and what they answered.'),
('survey_links', 4, 90, 31, 730, 'person',
    'Kyselyjen osoitteet ja kutsut: kierroksen päättymispäivästä.',
    'Enkäternas adresser och inbjudningar: från den dag då omgången slutar.',
    'Addresses and invitations of surveys: from the day on which the round ends.',
    'Linkkien määrä.', 'Antalet länkar.', 'The number of links.'),
('survey_texts', 5, 730, 90, 3650, 'person',
    'Kyselyihin omin sanoin annetut vastaukset: kierroksen päättymispäivästä.',
    'Svar med egna ord i enkäter: från den dag då omgången slutar.',
    'Answers to surveys in own words: from the day on which the round ends.',
    'Muut vastaukset ja tieto siitä, kuinka moni vastasi sanoin.',
    'De övriga svaren och hur många som svarade med ord.',
    'All other answers, and how many answered in words.'),
('imports', 6, 90, 7, 730, 'need',
    'Tuontien tiedot ja hylätyt rivit: viimeisestä elonmerkistä.',
    'Uppgifter om importer och avvisade rader: från det senaste livstecknet.',
    'Imports and the lines that they refused: from their last sign of life.',
    'Tuodut palautteet.', 'Responsen som importerades.', 'The voices that came in.'),
('request_hashes', 7, 30, 2, 365, 'need',
    'Tiivisteet, joista toistettu pyyntö tunnistetaan samaksi: palautteen, viestin, siirron tai lukemisen päivästä.',
    'Kontrollsummor som visar att en upprepad begäran är densamma: från dagen för responsen, meddelandet, steget eller läsningen.',
    'Hashes by which a repeated request is known to be the same: from the day of the voice, message, step or reading.',
    'Pyynnön vaikutus. Toistoon vastataan, että avain on jo käytetty.',
    'Det som begäran ledde till. Den som upprepar den får veta att nyckeln redan är använd.',
    'What the request did. Its repetition is told that the key was used before.'),
('mail', 8, 90, 62, 730, 'need',
    'Tieto lähetetyistä viesteistä: jonoon panosta. Peruutuslinkki toimii niin kauan kuin yhteystieto on tallessa.',
    'Uppgiften om utskick: från det att de ställdes i kö. Avanmälningslänken fungerar så länge kontaktuppgiften finns kvar.',
    'That a mail was sent: from when it was queued. An unsubscribe link works as long as the contact data is there.',
    'Kysymykset siitä, onko nyt parempi, ilman osoitetta.',
    'Frågorna om det är bättre nu, utan adress.',
    'The questions whether it is better now, without an address.'),
('addresses', 9, 90, 31, 3650, 'person',
    'Viestien kiellot ja osoitteet, joihin viesti ei mene perille: merkinnästä, kun osoitetta ei enää ole missään.',
    'Avanmälningar och adresser som inte tar emot post: från anteckningen, när adressen inte längre finns någonstans.',
    'Opt-outs and addresses that take no mail: from when they were noted, once the address is nowhere else.',
    'Ei mitään.', 'Ingenting.', 'Nothing.'),
('contact_counts', 10, 31, 31, 366, 'need',
    'Kuinka monta viestiä osoite sai kuukaudessa: kuukauden lopusta.',
    'Hur många utskick en adress fick under en månad: från månadens slut.',
    'How many mails an address got in a month: from the end of the month.',
    'Ei mitään.', 'Ingenting.', 'Nothing.'),
('jobs', 11, 90, 7, 365, 'need',
    'Työt, jotka eivät onnistuneet: viimeisestä yrityksestä.',
    'Arbeten som misslyckades: från det sista försöket.',
    'Jobs that failed for good: from their last try.',
    'Ei mitään.', 'Ingenting.', 'Nothing.'),
('events', 12, 1095, 400, 3650, 'need',
    'Tapahtumat, kuukausi kerrallaan: kuukauden lopusta.',
    'Händelser, en månad åt gången: från månadens slut.',
    'Events, by the month: from the end of the month.',
    'Asiat, muutokset ja luvut, joista tapahtumat kertoivat.',
    'Ärendena, ändringarna och siffrorna som händelserna berättade om.',
    'The cases, changes and figures that they told of.'),
('original_reads', 13, 1826, 730, 4383, 'log',
    'Loki siitä, kuka luki alkuperäisen tekstin: lukemisesta.',
    'Loggen över vem som läste en ursprunglig text: från läsningen.',
    'The log of who read an original: from the reading.',
    'Merkintä jäljitysketjussa niin kauan kuin se säilyy.',
    'Anteckningen i granskningskedjan så länge den finns kvar.',
    'The entry in the audit, as long as that is kept.'),
('api_keys', 14, 1826, 30, 4383, 'log',
    'Päättyneiden avainten nimet: peruuttamisesta tai vanhenemisesta.',
    'Namnen på nycklar som inte längre gäller: från det att de återkallades eller gick ut.',
    'Names of keys that are over: from when they were revoked or expired.',
    'Avain ilman nimeä, jotta jäljitysketju viittaa johonkin.',
    'Nyckeln utan namn, så att granskningskedjan hänvisar till något.',
    'The key without its name, for the audit refers to it.'),
('audit', 15, 1826, 730, 4383, 'log',
    'Jäljitysketju: tapahtumapäivästä.',
    'Granskningskedjan: från händelsens dag.',
    'The audit: from the day of the event.',
    'Viimeisen poistetun rivin tiiviste, josta ketju jatkuu.',
    'Kontrollsumman för den sista raden som togs bort; kedjan fortsätter från den.',
    'The hash of the last row that went: the chain goes on from it.')
) AS c (class, place, days, least, most, ground, what_fi, what_sv, what_en, kept_fi, kept_sv, kept_en)
JOIN (VALUES
('person', jsonb_build_object(
    'fi', 'Henkilötietoa ei säilytetä kauemmin kuin on tarpeen: yleinen tietosuoja-asetus (EU) 2016/679, 5 artiklan 1 kohdan e alakohta; tiedonhallintalaki (906/2019) 21 §.',
    'sv', 'Personuppgifter bevaras inte längre än nödvändigt: allmänna dataskyddsförordningen (EU) 2016/679, artikel 5.1 e; informationshanteringslagen (906/2019) 21 §.',
    'en', 'Personal data is kept no longer than necessary: General Data Protection Regulation (EU) 2016/679, Article 5(1)(e); Act on Information Management in Public Administration (906/2019), section 21.')),
('need', jsonb_build_object(
    'fi', 'Tarpeellinen vain toiminnan ajan: yleinen tietosuoja-asetus (EU) 2016/679, 5 artiklan 1 kohdan c ja e alakohta.',
    'sv', 'Behövs bara så länge arbetet pågår: allmänna dataskyddsförordningen (EU) 2016/679, artikel 5.1 c och e.',
    'en', 'Needed only while the work lasts: General Data Protection Regulation (EU) 2016/679, Article 5(1)(c) and (e).')),
('log', jsonb_build_object(
    'fi', 'Käytön jälkikäteiseen valvontaan: tiedonhallintalaki (906/2019) 17 ja 21 §; yleinen tietosuoja-asetus (EU) 2016/679, 5 artiklan 2 kohta.',
    'sv', 'För tillsyn i efterhand: informationshanteringslagen (906/2019) 17 och 21 §; allmänna dataskyddsförordningen (EU) 2016/679, artikel 5.2.',
    'en', 'For supervision afterwards: Act on Information Management in Public Administration (906/2019), sections 17 and 21; General Data Protection Regulation (EU) 2016/679, Article 5(2).'))
) AS g (ground, texts) USING (ground);

CREATE TRIGGER retention_audit_update AFTER UPDATE ON retention REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_rows('retention', 'set', '', 'class days');

-- Up to which day a class is purged, where no index can tell.
CREATE TABLE retention_progress (
    class text PRIMARY KEY CONSTRAINT retention_progress_class_exists REFERENCES retention,
    done_upto date NOT NULL
);
INSERT INTO retention_progress (class, done_upto) VALUES ('request_hashes', '-infinity');

GRANT SELECT ON retention TO osallisuus_api, osallisuus_worker, osallisuus_mailer, osallisuus_reader;

-- ---- what the purge is found by ----

-- Whether the person is gone from a case. Nothing is written to it any more.
ALTER TABLE feedback ADD COLUMN is_erased boolean NOT NULL DEFAULT false;

-- When only the hash of a request goes, nothing that anybody reads has changed.
CREATE OR REPLACE TRIGGER feedback_version BEFORE UPDATE ON feedback FOR EACH ROW
    WHEN (OLD.request_hash IS NOT DISTINCT FROM NEW.request_hash OR OLD.is_erased <> NEW.is_erased) EXECUTE FUNCTION next_version();

ALTER TABLE feedback DISABLE TRIGGER USER;
UPDATE feedback f SET is_erased = true FROM erasure e WHERE e.feedback_id = f.id;
ALTER TABLE feedback ENABLE TRIGGER USER;
CREATE INDEX feedback_to_erase ON feedback (closed_on, id) WHERE closed_on IS NOT NULL AND NOT is_erased;

CREATE FUNCTION message_has_a_giver() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_message n JOIN feedback f ON f.id = n.feedback_id WHERE f.is_erased) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'message_has_a_giver', MESSAGE = 'message_has_a_giver';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_has_a_giver AFTER INSERT ON message REFERENCING NEW TABLE AS new_message
    FOR EACH STATEMENT EXECUTE FUNCTION message_has_a_giver();

-- The end of its case, for contact data is read in no other order.
ALTER TABLE contact ADD COLUMN ended_on date;
UPDATE contact c SET ended_on = f.closed_on FROM feedback f WHERE f.id = c.feedback_id AND f.closed_on IS NOT NULL;
CREATE INDEX contact_ended ON contact (ended_on, feedback_id) WHERE ended_on IS NOT NULL;

CREATE FUNCTION contact_case_ended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE contact SET ended_on = NEW.closed_on WHERE feedback_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER contact_case_ended AFTER UPDATE OF closed_on ON feedback FOR EACH ROW
    WHEN (OLD.closed_on IS DISTINCT FROM NEW.closed_on) EXECUTE FUNCTION contact_case_ended();

-- The round of an answer in words to a survey.
ALTER TABLE answer_text ADD COLUMN round_id uuid CONSTRAINT answer_text_round_exists REFERENCES survey_round;
UPDATE answer_text t SET round_id = s.round_id FROM answer_sheet s WHERE s.id = t.answer_sheet_id AND s.round_id IS NOT NULL;
CREATE INDEX answer_text_of_round ON answer_text (round_id, id) WHERE round_id IS NOT NULL;

CREATE OR REPLACE FUNCTION answer_sheet_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

CREATE INDEX import_by_sign_of_life ON import (seen_at);
CREATE INDEX step_request ON step (made_on, id) WHERE request_hash IS NOT NULL;
CREATE INDEX follow_up_request ON follow_up (answered_on, id) WHERE request_hash IS NOT NULL;
CREATE INDEX message_request ON message (sent_on, id) WHERE request_hash IS NOT NULL;
CREATE INDEX original_read_request ON original_read (read_at, id) WHERE request_hash IS NOT NULL;
CREATE INDEX original_read_by_time ON original_read (read_at, id);
-- Mails that nothing needs: those with an unsubscribe link go with the address, and the question whether it is better is counted.
CREATE INDEX mail_settled ON mail (queued_on, id)
    WHERE state <> 'queued' AND unsubscribe_hash IS NULL AND survey_link_id IS NULL AND template <> 'follow_up';
CREATE INDEX survey_link_address ON survey_link (address_hash) WHERE address_hash IS NOT NULL;
CREATE INDEX contact_count_by_month ON contact_count (month);
CREATE INDEX job_dead ON job (run_at, id) WHERE state = 'dead';

INSERT INTO job (kind, unique_key) VALUES ('retention', 'retention');
