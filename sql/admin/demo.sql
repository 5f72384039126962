-- How osallisuus-admin demo hands its data over to sql/demo/load.sql.

-- name: demo_is_empty
-- columns: empty
SELECT NOT EXISTS (SELECT FROM unit) AND NOT EXISTS (SELECT FROM feedback) AS empty;

-- name: demo_table
CREATE TEMPORARY TABLE demo_data (name text PRIMARY KEY, body jsonb NOT NULL) ON COMMIT DROP;

-- name: demo_put
INSERT INTO demo_data (name, body) VALUES (:name::text, :body::jsonb);
