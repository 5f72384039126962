#include "api/import_csv.h"

#include "api/validate_text.h"
#include "api/validate_words.h"
#include "common/json.h"
#include "common/json_out.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { ITEM_SEPARATOR = ';', LINE_SHOWN_MAX = 200 };

struct import_column {
	const char *name; /* as it stands in the header */
	size_t outer;     /* bytes of the name of the member around it; 0: none */
	unsigned cell;
	const struct schema *schema;
};

/* Sorted by name, so that what stands in one member stands together. */
struct import_columns {
	unsigned count;
	struct import_column at[];
};

static bool has_other_separator(
    const struct csv_record *record, const struct schema *schema, struct validate_report *report);
static bool name_column(
    struct import_column *column, const struct schema *schema, const char *also, struct csv_field field);
static const struct schema *find_schema(const struct schema *schema, const char *name, size_t length);
static int compare_columns(const void *left, const void *right);
static bool is_same(const struct import_column *left, const struct import_column *right);
static void report_name(struct validate_report *report, const char *name, const char *code);
static bool check_record(
    const struct import_columns *columns, const struct csv_record *record, struct err *err);
static void write_cell(struct json_out *out, const struct schema *schema, struct csv_field cell);
static void write_items(struct json_out *out, const struct schema *schema, struct csv_field cell);
static bool is_number(struct csv_field cell);

static const struct schema any_text = {.type = SCHEMA_STRING};

bool import_columns_read(const struct csv_record *record, const struct schema *schema, const char *also,
    struct validate_report *report, struct import_columns **ret_columns, struct err *err)
{
	struct import_columns *columns =
	    arena_alloc(report->arena, sizeof *columns + record->field_count * sizeof columns->at[0]);
	unsigned known = 0;

	if (record->fault != CSV_GOOD)
		return err_set(err, "csv_header", "the header line is not CSV");
	if (has_other_separator(record, schema, report))
		return err_set(err, "csv_separator", "the header line has no comma");
	columns->count = record->field_count;
	for (unsigned i = 0; i < record->field_count; i++) {
		struct import_column *column = &columns->at[i];

		*column = (struct import_column){.cell = i,
		    .name = arena_copy(report->arena, record->fields[i].at, record->fields[i].length)};
		if (name_column(column, schema, also, record->fields[i]))
			known++;
		else
			column->schema = NULL;
	}
	if (known == 0)
		return err_set(err, "csv_header", "no name that is known: there is no header line");
	for (unsigned i = 0; i < columns->count; i++)
		if (columns->at[i].schema == NULL)
			report_name(report, columns->at[i].name, "unknown_member");
	qsort(columns->at, columns->count, sizeof columns->at[0], compare_columns);
	for (unsigned i = 1; i < columns->count; i++)
		if (is_same(&columns->at[i - 1], &columns->at[i]))
			report_name(report, columns->at[i].name, "duplicate_member");
	if (report->count > 0)
		return err_set(err, "csv_header", "names that are no members, or stand twice");
	*ret_columns = columns;
	return true;
}

bool import_columns_write(const struct import_columns *columns, const struct csv_record *record,
    struct buffer *text, struct err *err)
{
	const struct import_column *around = NULL; /* whose outer member is open */
	struct json_out out;

	if (!check_record(columns, record, err))
		return false;
	json_out_init(&out, buffer_sink(text));
	json_out_object(&out);
	for (unsigned i = 0; i < columns->count; i++) {
		const struct import_column *column = &columns->at[i];
		struct csv_field cell = record->fields[column->cell];
		size_t inner = column->outer > 0 ? column->outer + 1 : 0;

		if (cell.length == 0)
			continue;
		if (around && (column->outer != around->outer ||
				  memcmp(column->name, around->name, around->outer) != 0)) {
			json_out_object_end(&out);
			around = NULL;
		}
		if (column->outer > 0 && !around) {
			json_out_name(&out, column->name, column->outer);
			json_out_object(&out);
			around = column;
		}
		json_out_name(&out, column->name + inner, strlen(column->name + inner));
		write_cell(&out, column->schema, cell);
	}
	if (around)
		json_out_object_end(&out);
	json_out_object_end(&out);
	return true;
}

/* What spreadsheets write where the comma is a decimal one. Only a line that begins with a name is repeated.
 */
static bool has_other_separator(
    const struct csv_record *record, const struct schema *schema, struct validate_report *report)
{
	struct csv_field line = record->fields[0];
	struct problem_error error = {.pointer = "", .code = "csv_separator"};
	size_t shown = line.length < LINE_SHOWN_MAX ? line.length : LINE_SHOWN_MAX;

	if (record->field_count != 1 ||
	    (memchr(line.at, ';', line.length) == NULL && memchr(line.at, '\t', line.length) == NULL))
		return false;
	if (find_schema(schema, line.at, strcspn(line.at, ";\t")) == NULL) /* one of them is there */
		return true;
	error.detail = validate_words_with(report->arena, report->language, error.code,
	    arena_copy(report->arena, line.at, utf8_valid(line.at, shown)));
	validate_report_add(report, &error);
	return true;
}

static bool name_column(
    struct import_column *column, const struct schema *schema, const char *also, struct csv_field field)
{
	const char *dot = memchr(field.at, '.', field.length);
	size_t outer = dot == NULL ? 0 : (size_t)(dot - field.at);
	const struct schema *around;

	if (strlen(column->name) != field.length || !json_is_utf8(field.at, field.length))
		return false;
	if (strcmp(column->name, also) == 0) {
		column->schema = &any_text;
		return true;
	}
	if (dot == NULL) {
		column->schema = find_schema(schema, field.at, field.length);
		return column->schema != NULL && column->schema->type != SCHEMA_OBJECT;
	}
	around = find_schema(schema, field.at, outer);
	if (around == NULL || around->type != SCHEMA_OBJECT)
		return false;
	column->outer = outer;
	column->schema = find_schema(around, dot + 1, field.length - outer - 1);
	if (column->schema == NULL)
		column->schema = around->additional;
	return column->schema != NULL;
}

static const struct schema *find_schema(const struct schema *schema, const char *name, size_t length)
{
	for (unsigned i = 0; i < schema->member_count; i++)
		if (strlen(schema->members[i].name) == length &&
		    memcmp(schema->members[i].name, name, length) == 0)
			return schema->members[i].schema;
	return NULL;
}

static int compare_columns(const void *left, const void *right)
{
	return strcmp(
	    ((const struct import_column *)left)->name, ((const struct import_column *)right)->name);
}

static bool is_same(const struct import_column *left, const struct import_column *right)
{
	return strcmp(left->name, right->name) == 0;
}

static void report_name(struct validate_report *report, const char *name, const char *code)
{
	struct problem_error error = {
	    .pointer = arena_printf(report->arena, "/%s", validate_may_show(name) ? name : ""),
	    .code = code,
	    .detail = validate_words(report->arena, report->language, &any_text, code)};

	validate_report_add(report, &error);
}

static bool check_record(
    const struct import_columns *columns, const struct csv_record *record, struct err *err)
{
	if (record->fault == CSV_TOO_LONG)
		return err_set(err, "line_too_long", "a record over its limit");
	if (record->fault != CSV_GOOD || record->field_count != columns->count)
		return err_set(
		    err, "csv_malformed", "a record that is not CSV, or has other fields than the header");
	for (unsigned i = 0; i < record->field_count; i++)
		if (!json_is_utf8(record->fields[i].at, record->fields[i].length))
			return err_set(err, "not_utf8", "a cell that is not UTF-8");
	return true;
}

static void write_cell(struct json_out *out, const struct schema *schema, struct csv_field cell)
{
	switch (schema->type) {
	case SCHEMA_INTEGER:
	case SCHEMA_NUMBER:
		if (is_number(cell))
			json_out_raw(out, cell.at, cell.length);
		else
			json_out_text(out, cell.at, cell.length);
		return;
	case SCHEMA_BOOLEAN:
		if (cell.length == 4 && memcmp(cell.at, "true", 4) == 0)
			json_out_bool(out, true);
		else if (cell.length == 5 && memcmp(cell.at, "false", 5) == 0)
			json_out_bool(out, false);
		else
			json_out_text(out, cell.at, cell.length);
		return;
	case SCHEMA_ARRAY:
		write_items(out, schema->items, cell);
		return;
	case SCHEMA_STRING:
	case SCHEMA_ANY:
	case SCHEMA_OBJECT:
		json_out_text(out, cell.at, cell.length);
		return;
	}
}

static void write_items(struct json_out *out, const struct schema *schema, struct csv_field cell)
{
	const char *at = cell.at, *end = cell.at + cell.length;

	json_out_array(out);
	while (at <= end) {
		const char *stop = memchr(at, ITEM_SEPARATOR, (size_t)(end - at));
		struct csv_field item = {at, (size_t)((stop == NULL ? end : stop) - at)};

		if (schema->type == SCHEMA_ARRAY)
			json_out_text(out, item.at, item.length);
		else
			write_cell(out, schema, item);
		at = item.at + item.length + 1;
	}
	json_out_array_end(out);
}

/* In the spelling of JSON, without exponent. */
static bool is_number(struct csv_field cell)
{
	size_t at = cell.at[0] == '-' ? 1 : 0;
	size_t digits = at, point;

	while (digits < cell.length && cell.at[digits] >= '0' && cell.at[digits] <= '9')
		digits++;
	if (digits == at || (cell.at[at] == '0' && digits > at + 1) || digits > 18)
		return false;
	if (digits == cell.length)
		return true;
	point = digits + 1;
	while (point < cell.length && cell.at[point] >= '0' && cell.at[point] <= '9')
		point++;
	return cell.at[digits] == '.' && point == cell.length && point > digits + 1 && point <= 36;
}
