-- Imports: many voices that came in at once, how far it went, and which lines were refused. Its voices are voices like any other.

CREATE TABLE import (
    id uuid PRIMARY KEY, -- from the key that makes it and its Idempotency-Key
    caller_id uuid NOT NULL,
    run integer NOT NULL DEFAULT 1, -- how many times it was sent; counts are those of the last time
    created bigint NOT NULL DEFAULT 0,
    replayed bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    outcome text, -- NULL: under way
    problem text, -- the code of what ended it
    seen_at timestamptz NOT NULL DEFAULT app_now(), -- its last sign of life
    CONSTRAINT import_outcome CHECK (outcome IN ('finished', 'failed')),
    CONSTRAINT import_fails_with_problem CHECK ((outcome IS NOT DISTINCT FROM 'failed') = (problem IS NOT NULL))
);

CREATE TABLE import_refusal (
    import_id uuid NOT NULL CONSTRAINT import_refusal_import_exists REFERENCES import ON DELETE CASCADE,
    line bigint NOT NULL,
    code text NOT NULL,
    errors jsonb NOT NULL, -- of objects with pointer and code
    PRIMARY KEY (import_id, line)
);

GRANT SELECT ON import, import_refusal TO osallisuus_api;
GRANT INSERT (id, caller_id) ON import TO osallisuus_api;
GRANT UPDATE (run, created, replayed, refused, bytes, outcome, problem, seen_at) ON import TO osallisuus_api;
GRANT INSERT, UPDATE (code, errors), DELETE ON import_refusal TO osallisuus_api;
