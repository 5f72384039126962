-- The days on which no limit ends in Finland, how long an answer may take, and the statutory remedies.

-- Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
CREATE FUNCTION easter_sunday(year integer) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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

-- The public holiday that a day is, and the two eves that count like one; NULL: none. Sundays without a name are none.
CREATE FUNCTION finnish_holiday(day date) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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

-- Whether a limit that ends on this day moves on: a holiday, Saturday, Sunday, Independence Day, May Day, Christmas eve or
-- Midsummer eve (act on the calculation of statutory time limits, 150/1930, section 5).
CREATE FUNCTION is_limit_moving_day(day date) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT extract(isodow FROM day) IN (6, 7) OR finnish_holiday(day) IS NOT NULL
$$;

-- The day on which a limit ends that would end on this one: itself, or the next working day.
CREATE FUNCTION limit_day(day date) RETURNS date LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    WHILE is_limit_moving_day(day) LOOP
        day := day + 1;
    END LOOP;
    RETURN day;
END
$$;

-- Days in which a unit answers voices of a kind; a unit without a row has that of the nearest unit above, and where
-- there is none the rule answer_days counts.
CREATE TABLE answer_limit (
    unit_id uuid NOT NULL CONSTRAINT answer_limit_unit_exists REFERENCES unit,
    kind text NOT NULL,
    days integer NOT NULL,
    CONSTRAINT answer_limit_pkey PRIMARY KEY (unit_id, kind),
    CONSTRAINT answer_limit_kind CHECK (kind IN ('thanks', 'concern', 'idea', 'question', 'safety')),
    CONSTRAINT answer_limit_days CHECK (days BETWEEN 1 AND 365)
);

-- The limit of each kind in a unit, and whose it is; unit_id NULL: the rule's.
CREATE FUNCTION answer_limits(unit_path uuid[]) RETURNS TABLE (kind text, days integer, unit_id uuid) LANGUAGE sql STABLE AS $$
    SELECT k.kind, coalesce(n.days, rule_value('answer_days')), n.unit_id
    FROM unnest(ARRAY['thanks', 'concern', 'idea', 'question', 'safety']) AS k (kind)
    LEFT JOIN LATERAL (
        SELECT l.days, l.unit_id FROM answer_limit l
        WHERE l.kind = k.kind AND l.unit_id = ANY (unit_path)
        ORDER BY array_position(unit_path, l.unit_id) DESC
        LIMIT 1
    ) n ON true
$$;

-- The last day for the answer to a voice of this kind that comes today.
CREATE FUNCTION answer_due_on(unit_path uuid[], voice_kind text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT limit_day(app_today() + l.days) FROM answer_limits(unit_path) l WHERE l.kind = voice_kind
$$;

-- The first day on which so much of the time for an answer has passed.
CREATE FUNCTION day_of_percent(from_day date, due_day date, percent integer) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT from_day + ((due_day - from_day) * percent + 99) / 100
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON answer_limit TO osallisuus_api;
GRANT SELECT ON answer_limit TO osallisuus_worker, osallisuus_reader;

-- Statutory ways that feedback must not replace. They are handled elsewhere; here is what people are told of them.

CREATE TABLE remedy (
    code text PRIMARY KEY,
    place integer NOT NULL, -- in the catalogue
    name jsonb NOT NULL,
    text jsonb NOT NULL,
    legal_source jsonb NOT NULL,
    link jsonb NOT NULL,
    answer_within text, -- an ISO 8601 duration; NULL: no time is given
    answer_at_most text,
    CONSTRAINT remedy_place_is_unique UNIQUE (place),
    CONSTRAINT remedy_texts_are_by_language CHECK (is_language_map(name) AND is_language_map(text)
        AND is_language_map(legal_source) AND is_language_map(link))
);

INSERT INTO remedy (code, place, name, text, legal_source, link, answer_within, answer_at_most) VALUES
('muistutus', 1,
    '{"fi": "Muistutus", "sv": "Anmärkning", "en": "Objection"}',
    '{"fi": "Jos olet tyytymätön hoitoosi, palveluusi tai kohteluusi, voit tehdä muistutuksen sen yksikön vastuuhenkilölle tai johtavalle viranhaltijalle, jossa asia tapahtui. Muistutuksen voi tehdä kirjallisesti tai erityisestä syystä suullisesti. Voit pyytää siihen apua sosiaali- tai potilasasiavastaavalta. Muistutukseen vastataan kirjallisesti kuukauden, viimeistään kahden kuukauden kuluessa. Muistutus on maksuton.",
      "sv": "Om du är missnöjd med din vård, din service eller hur du har blivit bemött kan du göra en anmärkning till den ansvariga personen eller den ledande tjänsteinnehavaren vid enheten där det hände. Anmärkningen görs skriftligen eller av särskilda skäl muntligen. Social- eller patientombudet kan hjälpa dig. Anmärkningen besvaras skriftligen inom en månad, senast inom två månader. Det kostar ingenting.",
      "en": "If you are not satisfied with your care, your service or how you were treated, you can make an objection to the person in charge of the unit where it happened. It is made in writing or, for a special reason, orally. The social or patient ombudsman can help you. An objection is answered in writing within a month, at the latest within two months. It is free of charge."}',
    '{"fi": "Laki potilaan asemasta ja oikeuksista (785/1992) 10 §; laki sosiaalihuollon asiakkaan asemasta ja oikeuksista (812/2000) 23 §", "sv": "Lagen om patientens ställning och rättigheter (785/1992) 10 §; lagen om klientens ställning och rättigheter inom socialvården (812/2000) 23 §", "en": "Act on the Status and Rights of Patients (785/1992), section 10; Act on the Status and Rights of Social Welfare Clients (812/2000), section 23"}',
    '{"fi": "https://www.finlex.fi/fi/laki/ajantasa/1992/19920785", "sv": "https://www.finlex.fi/sv/laki/ajantasa/1992/19920785", "en": "https://www.finlex.fi/fi/laki/ajantasa/1992/19920785"}',
    'P1M', 'P2M'),
('kantelu', 2,
    '{"fi": "Kantelu", "sv": "Klagan", "en": "Administrative complaint"}',
    '{"fi": "Jos epäilet, että hoidossa tai palvelussa on toimittu lain vastaisesti, voit kannella sosiaali- ja terveydenhuollon valvontaviranomaiselle. Valvontaviranomainen voi siirtää kantelun ensin muistutuksena käsiteltäväksi, joten usein on nopeinta tehdä muistutus ensin. Yli kaksi vuotta vanhaa asiaa ei tutkita ilman erityistä syytä. Kantelu on maksuton.",
      "sv": "Om du misstänker att man har handlat lagstridigt i vården eller servicen kan du anföra klagan hos tillsynsmyndigheten för social- och hälsovården. Tillsynsmyndigheten kan först överföra ärendet för att behandlas som anmärkning, så ofta går det snabbast att börja med en anmärkning. Ett ärende som är äldre än två år utreds inte utan särskilda skäl. Det kostar ingenting.",
      "en": "If you suspect that the care or the service was against the law, you can complain to the authority that supervises social welfare and health care. The authority can first pass the matter on to be handled as an objection, so it is often quickest to begin with an objection. Matters older than two years are not examined without a special reason. It is free of charge."}',
    '{"fi": "Hallintolaki (434/2003) 8 a luku; laki sosiaali- ja terveydenhuollon valvonnasta (741/2023)", "sv": "Förvaltningslagen (434/2003) 8 a kap.; lagen om tillsynen över social- och hälsovården (741/2023)", "en": "Administrative Procedure Act (434/2003), chapter 8a; Act on the Supervision of Social Welfare and Health Care (741/2023)"}',
    '{"fi": "https://www.finlex.fi/fi/laki/ajantasa/2003/20030434", "sv": "https://www.finlex.fi/sv/laki/ajantasa/2003/20030434", "en": "https://www.finlex.fi/fi/laki/ajantasa/2003/20030434"}',
    NULL, NULL),
('aloite', 3,
    '{"fi": "Aloite", "sv": "Initiativ", "en": "Initiative"}',
    '{"fi": "Hyvinvointialueen asukkaat ja alueella toimivat yhteisöt voivat tehdä aloitteita hyvinvointialueen toiminnasta, ja palvelun käyttäjät käyttämästään palvelusta. Ensimmäinen tieto siitä, miten aloite etenee, annetaan kuukauden kuluessa, ja aloitteen tekijälle kerrotaan, mitä aloitteen vuoksi on tehty.",
      "sv": "Invånarna i välfärdsområdet och sammanslutningar som verkar där kan ta initiativ i frågor som gäller välfärdsområdets verksamhet, och de som använder en tjänst kan ta initiativ i frågor som gäller tjänsten. Ett första besked om hur initiativet går vidare ges inom en månad, och den som har tagit initiativet får veta vad som har gjorts med anledning av det.",
      "en": "Residents of the wellbeing services county and organisations that work there can make initiatives about what the county does, and those who use a service can make initiatives about that service. A first word of how the initiative goes on is given within a month, and whoever made it is told what was done because of it."}',
    '{"fi": "Laki hyvinvointialueesta (611/2021) 30 §", "sv": "Lagen om välfärdsområden (611/2021) 30 §", "en": "Act on Wellbeing Services Counties (611/2021), section 30"}',
    '{"fi": "https://www.finlex.fi/fi/laki/ajantasa/2021/20210611", "sv": "https://www.finlex.fi/sv/laki/ajantasa/2021/20210611", "en": "https://www.finlex.fi/fi/laki/ajantasa/2021/20210611"}',
    'P1M', NULL),
('potilasvahinko', 4,
    '{"fi": "Potilasvahinkoilmoitus", "sv": "Anmälan om patientskada", "en": "Notice of patient injury"}',
    '{"fi": "Jos epäilet, että sait hoidossa henkilövahingon, voit hakea korvausta Potilasvakuutuskeskuksesta. Ilmoitus on tehtävä kolmen vuoden kuluessa siitä, kun sait tietää vahingosta, ja viimeistään kymmenen vuoden kuluttua hoidosta. Potilasasiavastaava neuvoo ilmoituksen tekemisessä. Ilmoitus on maksuton.",
      "sv": "Om du misstänker att du fick en personskada i vården kan du söka ersättning hos Patientförsäkringscentralen. Anmälan ska göras inom tre år från det att du fick veta om skadan och senast tio år efter vården. Patientombudet ger råd om hur man gör anmälan. Det kostar ingenting.",
      "en": "If you suspect that you were injured in care, you can claim compensation from the Finnish Patient Insurance Centre. The claim is made within three years from when you came to know of the injury, and at the latest ten years after the care. The patient ombudsman gives advice on how to make it. It is free of charge."}',
    '{"fi": "Potilasvakuutuslaki (948/2019)", "sv": "Patientförsäkringslagen (948/2019)", "en": "Patient Insurance Act (948/2019)"}',
    '{"fi": "https://www.pvk.fi/", "sv": "https://www.pvk.fi/", "en": "https://www.pvk.fi/"}',
    NULL, NULL),
('asiavastaava', 5,
    '{"fi": "Sosiaali- ja potilasasiavastaava", "sv": "Socialombud och patientombud", "en": "Social ombudsman and patient ombudsman"}',
    '{"fi": "Sosiaaliasiavastaava ja potilasasiavastaava neuvovat oikeuksistasi, auttavat muistutuksen tekemisessä ja kertovat, miten kantelu, oikaisuvaatimus, valitus, vahingonkorvausvaatimus tai muu asia pannaan vireille. He ovat puolueettomia eivätkä tee päätöksiä. Apu on maksutonta.",
      "sv": "Socialombudet och patientombudet ger råd om dina rättigheter, hjälper dig att göra en anmärkning och berättar hur klagan, begäran om omprövning, besvär, yrkande på skadestånd eller något annat ärende inleds. De är opartiska och fattar inga beslut. Hjälpen är avgiftsfri.",
      "en": "The social ombudsman and the patient ombudsman give advice on your rights, help you to make an objection, and tell how a complaint, a request for review, an appeal, a claim for damages or another matter is begun. They are impartial and make no decisions. The help is free of charge."}',
    '{"fi": "Laki potilasasiavastaavista ja sosiaaliasiavastaavista (739/2023)", "sv": "Lagen om patientombud och socialombud (739/2023)", "en": "Act on Patient Ombudsmen and Social Ombudsmen (739/2023)"}',
    '{"fi": "https://www.finlex.fi/fi/laki/ajantasa/2023/20230739", "sv": "https://www.finlex.fi/sv/laki/ajantasa/2023/20230739", "en": "https://www.finlex.fi/fi/laki/ajantasa/2023/20230739"}',
    NULL, NULL);

GRANT SELECT ON remedy TO osallisuus_api, osallisuus_worker, osallisuus_reader;
