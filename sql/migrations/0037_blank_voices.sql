-- A text that nobody can see says nothing: no text, or none but spaces of any kind and characters without a picture. Most
-- texts begin with a Latin letter and are not looked through (0.1 instead of 4 µs).

CREATE FUNCTION is_blank(words text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT words IS NULL OR NOT (ascii(words) BETWEEN 33 AND 126 OR ascii(words) BETWEEN 192 AND 591)
        AND words !~ '[^\u0001-\u0020\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2800\u3000\ufeff]'
$$;
