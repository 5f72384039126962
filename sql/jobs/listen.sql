-- name: job_listen
-- Wakes a waiting worker where something notifies; the poll does not depend on it.
LISTEN job;
