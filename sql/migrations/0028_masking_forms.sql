-- Forms that were not found before: identity codes without their sign, with dots or a space between all characters; account
-- numbers; and homes as they stand in a sentence (Hämeenkadulla 5).

CREATE OR REPLACE FUNCTION mask_word(kind text, lang text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE kind || ' ' || CASE WHEN lang IN ('sv', 'en') THEN lang ELSE 'fi' END
        WHEN 'account fi' THEN '[tilinumero]' WHEN 'account sv' THEN '[kontonummer]' WHEN 'account en' THEN '[account number]'
        WHEN 'code fi' THEN '[henkilötunnus]' WHEN 'code sv' THEN '[personbeteckning]' WHEN 'code en' THEN '[identity code]'
        WHEN 'phone fi' THEN '[puhelinnumero]' WHEN 'phone sv' THEN '[telefonnummer]' WHEN 'phone en' THEN '[phone number]'
        WHEN 'email fi' THEN '[sähköposti]' WHEN 'email sv' THEN '[e-postadress]' WHEN 'email en' THEN '[email address]'
        WHEN 'street fi' THEN '[osoite]' WHEN 'street sv' THEN '[adress]' WHEN 'street en' THEN '[address]' END
$$;

-- In the cases of "where", a capital is asked for: "kotikadulla 5 autoa" is no home.
CREATE OR REPLACE FUNCTION mask_place_ends() RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 'polku|kaari|ranta|väylä|raitti|rinne|kierto|kulma|laita|aukio|tori|penger|bulevardi|esplanadi|puistikko|tanhua|törmä|mäki'
        '|syrjä|piha|linja|silta|portti|pelto|niitty|kallio|harju|POLKU|KAARI|RANTA|VÄYLÄ|RAITTI|RINNE|KIERTO|KULMA|AUKIO|TORI|PENGER|MÄKI'
        '|bågen|stranden|allén|torget|svängen|backen|brinken|esplanaden|kajen|stråket|planen|parken|ringen|kroken'
        '|(?:kadu|kuja|polu|kaare|raiti)l(?:la|ta|le)|(?:tie|väylä|rintee)l(?:lä|tä|le)'
$$;

CREATE OR REPLACE FUNCTION mask_is_thinkable(said text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

-- What comes before the last four characters belongs to one code at most, so that no code hides behind another's beginning. What
-- is written less strictly stands alone: a code without its sign ends with a letter or has a space, or any number of ten digits
-- would be one in 31.
CREATE OR REPLACE FUNCTION mask_codes(look text) RETURNS TABLE (first integer, size integer) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
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

-- Finnish account numbers (ISO 13616), by their check: FI is 1518 in digits.
CREATE FUNCTION mask_accounts(look text) RETURNS TABLE (first integer, size integer) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT f.first, length(f.found)
    FROM mask_find(look, '(?<![0-9A-Za-zÀ-ɏ])[Ff][Ii] ?[0-9]{2}(?: ?[0-9]{4}){3} ?[0-9]{2}(?![0-9])') f
    CROSS JOIN LATERAL (SELECT substr(replace(f.found, ' ', ''), 3) AS digits) d
    WHERE (substr(d.digits, 3) || '1518' || left(d.digits, 2))::numeric % 97 = 1
$$;

CREATE OR REPLACE FUNCTION masked_text(said text, lang text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
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

-- What is there already, as it is to be read now.
UPDATE feedback_text SET original = original WHERE masked IS DISTINCT FROM CASE WHEN mask_is_thinkable(original) THEN masked_text(original, lang) END;
UPDATE answer_text SET original = original WHERE masked IS DISTINCT FROM CASE WHEN mask_is_thinkable(original) THEN masked_text(original, lang) END;
UPDATE message SET text = text WHERE author = 'giver' AND masked IS DISTINCT FROM CASE WHEN mask_is_thinkable(text) THEN masked_text(text, lang) END;
UPDATE step SET reason = reason WHERE who = 'giver' AND masked IS DISTINCT FROM CASE WHEN mask_is_thinkable(reason) THEN masked_text(reason, lang) END;
