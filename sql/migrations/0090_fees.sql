-- What experts are paid, as data, and what participation costs otherwise.

-- A fee class in a unit and below it: what its tasks pay from a day on. Amounts from a later day on are another row of the same code. A
-- claim keeps what it came to, whatever becomes of its class.
CREATE TABLE fee_class (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT fee_class_unit_exists REFERENCES unit,
    code text NOT NULL,
    name jsonb NOT NULL,
    form text NOT NULL,
    tasks text[] NOT NULL DEFAULT '{}', -- which tasks are paid so; none: those that no other class has
    per_hour numeric(9, 2) NOT NULL DEFAULT 0,
    per_task numeric(9, 2) NOT NULL DEFAULT 0,
    per_km numeric(9, 2) NOT NULL DEFAULT 0,
    per_meal numeric(9, 2) NOT NULL DEFAULT 0,
    valid_from date NOT NULL,
    valid_until date, -- the last day; NULL: until there is a later row
    version bigint NOT NULL DEFAULT 1,
    request_hash bytea,
    CONSTRAINT fee_class_once UNIQUE (unit_id, code, valid_from),
    CONSTRAINT fee_class_code CHECK (code ~ '^[a-z0-9_]{1,30}$'),
    CONSTRAINT fee_class_name_is_by_language CHECK (is_language_map(name) AND name <> '{}'),
    CONSTRAINT fee_class_form CHECK (form IN ('wage', 'non_wage', 'expense_only')),
    CONSTRAINT fee_class_pays_by_its_form CHECK (form <> 'expense_only' OR per_hour + per_task = 0),
    CONSTRAINT fee_class_amounts CHECK (least(per_hour, per_task, per_km, per_meal) >= 0),
    CONSTRAINT fee_class_days CHECK (valid_until >= valid_from)
);
CREATE TRIGGER fee_class_version BEFORE UPDATE ON fee_class FOR EACH ROW EXECUTE FUNCTION next_version();

-- By which class a task in a unit is paid on a day: that of the nearest unit, one with the task before one for all tasks.
CREATE FUNCTION fee_class_of(of_unit uuid, task text, on_day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT f.id
    FROM unit u
    JOIN fee_class f ON f.unit_id = ANY (u.path)
    WHERE u.id = of_unit AND f.valid_from <= on_day AND (f.valid_until IS NULL OR f.valid_until >= on_day)
        AND (f.tasks = '{}' OR fee_class_of.task = ANY (f.tasks))
        AND NOT EXISTS (SELECT FROM fee_class n WHERE n.unit_id = f.unit_id AND n.code = f.code AND n.valid_from > f.valid_from AND n.valid_from <= on_day)
    ORDER BY array_position(u.path, f.unit_id) DESC, f.tasks = '{}', f.code
    LIMIT 1
$$;

-- What participation costs a unit beside the fees that are claimed: by line and month, written down by hand. A mistake is put right by
-- another row, which may be below zero.
CREATE TABLE participation_cost (
    id uuid PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT participation_cost_unit_exists REFERENCES unit,
    line text NOT NULL,
    month date NOT NULL, -- its first day
    amount numeric(11, 2) NOT NULL,
    note text,
    noted_on date NOT NULL DEFAULT app_today(),
    request_hash bytea,
    CONSTRAINT participation_cost_line CHECK (line IN ('staff', 'training', 'fees', 'premises', 'operating', 'feedback_system')),
    CONSTRAINT participation_cost_month CHECK (extract(day FROM month) = 1),
    CONSTRAINT participation_cost_amount CHECK (amount <> 0)
);

CREATE TRIGGER fee_class_audit_insert AFTER INSERT ON fee_class REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('fee_class', 'created', 'id', 'code valid_from');
CREATE TRIGGER fee_class_audit_update AFTER UPDATE ON fee_class REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('fee_class', 'changed', 'id', 'code valid_from');
CREATE TRIGGER participation_cost_audit_insert AFTER INSERT ON participation_cost REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
    EXECUTE FUNCTION audit_rows('participation_cost', 'noted', 'id', 'line month');

GRANT SELECT ON fee_class, participation_cost TO osallisuus_api, osallisuus_worker, osallisuus_reader;
GRANT INSERT (id, unit_id, code, name, form, tasks, per_hour, per_task, per_km, per_meal, valid_from, valid_until, request_hash),
    UPDATE (name, per_hour, per_task, per_km, per_meal, valid_until) ON fee_class TO osallisuus_api;
GRANT INSERT (id, unit_id, line, month, amount, note, request_hash) ON participation_cost TO osallisuus_api;
