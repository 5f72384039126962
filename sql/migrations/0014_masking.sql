-- What would tell who somebody is, in what givers write: identity codes, phone numbers, addresses of mail and of homes. Staff read
-- a mark in their place; what was said stays as it was said. These functions are pure: stored columns are made of them, so that
-- no statement can forget it. After a change of theirs a table is written anew (UPDATE … SET original = original).

CREATE FUNCTION mask_word(kind text, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind || ' ' || CASE WHEN lang IN ('sv', 'en') THEN lang ELSE 'fi' END
        WHEN 'code fi' THEN '[henkilötunnus]' WHEN 'code sv' THEN '[personbeteckning]' WHEN 'code en' THEN '[identity code]'
        WHEN 'phone fi' THEN '[puhelinnumero]' WHEN 'phone sv' THEN '[telefonnummer]' WHEN 'phone en' THEN '[phone number]'
        WHEN 'email fi' THEN '[sähköposti]' WHEN 'email sv' THEN '[e-postadress]' WHEN 'email en' THEN '[email address]'
        WHEN 'street fi' THEN '[osoite]' WHEN 'street sv' THEN '[adress]' WHEN 'street en' THEN '[address]' END
$$;

-- How streets end: by words that mean little else, and by words that mean a street where they have a capital.
CREATE FUNCTION mask_street_ends() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '[kK][aA][tT][uU]|[tT][iI][eE]|[kK][uU][jJ][aA]|[gG][aA][tT][aA][nN]?|[vV][äÄ][gG][eE][nN]|[gG][rR][äÄ][nN][dD](?:[eE][nN])?|stigen|STIGEN'
$$;

CREATE FUNCTION mask_place_ends() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'polku|kaari|ranta|väylä|raitti|rinne|kierto|kulma|laita|aukio|tori|penger|bulevardi|esplanadi|puistikko|tanhua|törmä|mäki'
        '|syrjä|piha|linja|silta|portti|pelto|niitty|kallio|harju|POLKU|KAARI|RANTA|VÄYLÄ|RAITTI|RINNE|KIERTO|KULMA|AUKIO|TORI|PENGER|MÄKI'
        '|bågen|stranden|allén|torget|svängen|backen|brinken|esplanaden|kajen|stråket|planen|parken|ringen|kroken'
$$;

-- The first look, so that a text without any of it costs next to nothing (2 µs): a digit or a sign of mail.
CREATE FUNCTION mask_is_thinkable(said text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT said ~ '[0-9@０-９٠-٩۰-۹०-९＠﹫]| [aäAÄ][tT] |[[({<] ?(?:[aäAÄ][tT]|[aA]|miukumauku) ?[])}>]'
$$;

-- A text as it is looked at: digits, dashes, spaces and signs of any kind as the plain ones, one for one, so that what is found
-- in it stands at the same place in the text. Capitals stay, but those of full width become small. translate is for what is rare:
-- it costs 100 µs.
CREATE FUNCTION mask_look(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN said ~ '[\u00AD\u0660-\u096F\u2000-\u2012\u2014-\u2015\u2024\u202F-\u2060\u2212\u3000\uFE63-\uFE6B\uFEFF-\uFF39]' THEN translate(said,
        E'\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18\uFF19\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669'
        '\u06F0\u06F1\u06F2\u06F3\u06F4\u06F5\u06F6\u06F7\u06F8\u06F9\u0966\u0967\u0968\u0969\u096A\u096B\u096C\u096D\u096E\u096F'
        '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\uFE63\uFF0D\uFF0B\uFF20\uFE6B\uFF0E\u2024\uFF08\uFF09\uFF0F'
        '\u00A0\u00AD\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u200B\u200C\u200D\u202F\u205F\u2060\u3000\uFEFF'
        '\uFF21\uFF22\uFF23\uFF24\uFF25\uFF26\uFF28\uFF2A\uFF2B\uFF2C\uFF2D\uFF2E\uFF30\uFF32\uFF33\uFF34\uFF35\uFF36\uFF37\uFF38\uFF39',
        '0123456789012345678901234567890123456789----------+@@..()/'
        '                     abcdefhjklmnprstuvwxy') ELSE replace(replace(said, '–', '-'), U&'\00A0', ' ') END
$$;

CREATE TYPE mask_span AS (first integer, size integer, kind text);

-- Where a pattern without groups stands in a text: in two passes, however often it is found.
CREATE FUNCTION mask_find(look text, pattern text) RETURNS TABLE (first integer, found text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (1 + sum(length(p.piece)) OVER w + sum(length(m.hit[1])) OVER w - length(m.hit[1]))::integer, m.hit[1]
    FROM regexp_matches(look, pattern, 'g') WITH ORDINALITY AS m (hit, n)
    JOIN regexp_split_to_table(look, pattern) WITH ORDINALITY AS p (piece, n) ON p.n = m.n
    WINDOW w AS (ORDER BY m.n)
$$;

-- ---- identity codes ----
-- ddmmyy, the sign of the century, three digits, the check character: by the act on the population information system, and
-- the signs that are in use since 2023.
CREATE FUNCTION is_identity_code(code text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- What comes before the last four characters belongs to one code at most, so that no code hides behind another's beginning.
CREATE FUNCTION mask_codes(look text) RETURNS TABLE (first integer, size integer) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT h.first, length(h.found) + length(t.rest)
    FROM mask_find(look, '[0-9]{6} {0,2}[-+A-Fa-fU-Yu-y](?= {0,2}[0-9]{3}[0-9A-FHJ-NPR-Ya-fhj-npr-y])') h
    CROSS JOIN LATERAL (SELECT substring(substr(look, h.first + length(h.found), 6) FROM '^ *[0-9]{3}[0-9A-Za-z]') AS rest) t
    WHERE is_identity_code(upper(replace(h.found || t.rest, ' ', '') COLLATE "C"))
$$;

-- ---- addresses of mail ----
-- Also name(at)example.fi, name [ät] example (piste) fi; with a plain " at " only where the name has a dot or the house is one
-- of those where people have their own mail.
CREATE FUNCTION mask_emails(look text) RETURNS TABLE (first integer, size integer) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

-- ---- addresses of homes ----
-- The number of a house and what may follow it: stair, flat, postal code, place. Not the beginning of a date, a time or a measure.
CREATE FUNCTION mask_house() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ' {1,2}[0-9]{1,4}(?: ?- ?[0-9]{1,4})?(?![0-9])(?! ?[.:][0-9])(?! ?[-/] ?[0-9])'
        '(?! {0,2}(?:%|€|[eE]uro|km|min|vuo|viik|päiv|kert|kpl|tunti|kuukau|metri|year|month|time|år|gånger|timm|dag|(?:v|vk|pv|kk|h|m)(?![A-Za-zÀ-ɏ])))'
        '(?:,? ?[A-Za-z](?![A-Za-zÀ-ɏ])(?:,? ?[0-9]{1,4}(?![0-9])(?! ?[.:/-][0-9]))?)?'
        '(?:,? ?(?:as|bst|lgh|asunto|lägenhet)\.? ?[0-9]{1,4}(?![0-9]))?'
        '(?:,? {1,2}(?:FI-)?[0-9]{5}(?![0-9])(?: [A-ZÀ-ÖØ-Þ][A-Za-zÀ-ɏ-]+)?)?'
$$;

-- A street and a number. A word that may mean more than a street needs a capital; a street of several words is taken with the
-- two before its last. Roads of the state, and ways of the body or of care, are no homes.
CREATE FUNCTION mask_streets(look text) RETURNS TABLE (first integer, size integer) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

-- ---- phone numbers ----
-- Runs of digits, and in them what is built like a number that somebody can be called at: with the trunk's 0 (040 123 4567),
-- with a country (+358 …, 00358 …), or after a word that says so (puh. 123 4567). Not numbers of services, business ids, dates, times.
CREATE FUNCTION mask_phones(look text) RETURNS TABLE (first integer, size integer) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- As what a number that begins here would be read; NULL: nobody's. `before`: what stands before the run.
CREATE FUNCTION phone_form(gap text, part text, next_part text, before text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN before ~ '[0-9],$' OR before ~* '\mFI$' AND length(part) = 8 THEN NULL
        WHEN gap ~ '\+\(?$' AND part ~ '^[1-9]' THEN 'world'
        WHEN part ~ '^00[1-9]' OR part = '00' AND next_part ~ '^[1-9][0-9]{1,2}' THEN 'world'
        WHEN part ~ '^358[1-9]' OR part = '358' AND next_part ~ '^\(?[1-9][0-9]' THEN 'world'
        WHEN part ~ '^0(?:100|200|600|700|800)' OR part ~ '^0[1-9](?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}$' THEN NULL
        WHEN part ~ '^0[1-9]' THEN CASE WHEN length(part) = 2 THEN 'area' ELSE 'home' END
        WHEN part ~ '^[1-9]' AND part !~ '^11[268]' AND before ~* '(?:puh|puhelin|puhelinnro|puhelinnumero|puhelinnumeroni|numeroni|gsm|tel|tfn|telefon|telefonnummer|phone|mobile)(?: on| är| is)?[.:]{0,2} ?$'
            THEN 'cue' END
$$;

-- The last part of the number that begins with part `i`; NULL: it is none.
CREATE FUNCTION phone_end(form text, i integer, gaps text[], parts text[]) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- ---- all of it ----
-- The text with a mark for each of them, in the language of the case; NULL: there is none. Each kind is looked for where a quick
-- look cannot rule it out; plans are made once for a session, or making them would cost more than all of this.
CREATE FUNCTION masked_text(said text, lang text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
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
