#include "api/validate_words.h"

#include "common/buffer.h"

#include <inttypes.h>
#include <string.h>

/* In the order of enum language. # is where the limit stands. */
struct wording {
	const char *code;
	const char *texts[LANGUAGE_COUNT];
};

static const struct wording wordings[] = {
    {"required", {"puuttuu", "saknas", "is required"}},
    {"unknown_member", {"ei ole tunnettu kenttä", "är inget känt fält", "is not known here"}},
    {"unknown_parameter", {"ei ole tunnettu parametri", "är ingen känd parameter", "is not known here"}},
    {"bad_pattern", {"on väärää muotoa", "har fel form", "is not of the right form"}},
    {"not_unique",
	{"sisältää saman asian kahdesti", "innehåller samma sak två gånger", "has the same item twice"}},
    {"duplicate", {"on annettu kahdesti", "har angetts två gånger", "stands twice"}},
    {"duplicate_member", {"on otsikkorivillä kahdesti", "står två gånger på rubrikraden", "stands twice"}},
    {"bad_encoding",
	{"ei ole prosenttikoodattua UTF-8:aa", "är inte procentkodad UTF-8", "is not percent-encoded UTF-8"}},
    {"not_in_enum", {"pitää olla jokin näistä: #", "ska vara något av dessa: #", "must be one of: #"}},
    {"too_short",
	{"merkkejä pitää olla vähintään #", "ska ha minst # tecken", "must have at least # characters"}},
    {"blank",
	{"siinä ei ole mitään luettavaa", "där finns inget att läsa", "there is nothing in it to read"}},
    {"too_long", {"merkkejä saa olla enintään #", "får ha högst # tecken", "must have at most # characters"}},
    {"too_small", {"pitää olla vähintään #", "ska vara minst #", "must be at least #"}},
    {"too_large", {"saa olla enintään #", "får vara högst #", "must be at most #"}},
    {"too_few_items",
	{"kohtia pitää olla vähintään #", "ska ha minst # poster", "must have at least # items"}},
    {"too_many_items", {"kohtia saa olla enintään #", "får ha högst # poster", "must have at most # items"}},
    {"too_few_members",
	{"kenttiä pitää olla vähintään #", "ska ha minst # fält", "must have at least # members"}},
    {"csv_separator",
	{"otsikkorivi alkaa näin: #", "rubrikraden börjar så här: #", "the header line begins like this: #"}},
};

static const char *const types[][LANGUAGE_COUNT] = {
    [SCHEMA_ANY] = {"on väärää tyyppiä", "är av fel typ", "is not of the right type"},
    [SCHEMA_OBJECT] = {"pitää olla objekti", "ska vara ett objekt", "must be an object"},
    [SCHEMA_ARRAY] = {"pitää olla lista", "ska vara en lista", "must be an array"},
    [SCHEMA_STRING] = {"pitää olla teksti", "ska vara en text", "must be a string"},
    [SCHEMA_INTEGER] = {"pitää olla kokonaisluku pelkin numeroin", "ska vara ett heltal med bara siffror",
	"must be a whole number, with digits alone"},
    [SCHEMA_NUMBER] = {"pitää olla luku", "ska vara ett tal", "must be a number"},
    [SCHEMA_BOOLEAN] = {"pitää olla true tai false", "ska vara true eller false", "must be true or false"},
};

static const char *const formats[][LANGUAGE_COUNT] = {
    [FORMAT_NONE] = {"on väärää muotoa", "har fel form", "is not of the right form"},
    [FORMAT_UUID] = {"pitää olla UUID", "ska vara ett UUID", "must be a UUID"},
    [FORMAT_DATE] = {"pitää olla päivä muodossa VVVV-KK-PP", "ska vara ett datum, ÅÅÅÅ-MM-DD",
	"must be a date, YYYY-MM-DD"},
    [FORMAT_DATE_TIME] = {"pitää olla aika, jossa on aikaero (RFC 3339)",
	"ska vara en tid med tidsskillnad (RFC 3339)", "must be a time with an offset (RFC 3339)"},
    [FORMAT_MONTH] = {"pitää olla kuukausi muodossa VVVV-KK", "ska vara en månad, ÅÅÅÅ-MM",
	"must be a month, YYYY-MM"},
    [FORMAT_EMAIL] = {"pitää olla sähköpostiosoite", "ska vara en e-postadress", "must be an e-mail address"},
    [FORMAT_URI] = {"pitää olla kokonainen http- tai https-osoite",
	"ska vara en fullständig http- eller https-adress", "must be an absolute http or https address"},
};

static const char *limit(struct arena *arena, const struct schema *schema, const char *code);
static const char *listed(struct arena *arena, const struct schema *schema);

const char *validate_words(
    struct arena *arena, enum language language, const struct schema *schema, const char *code)
{
	if (strcmp(code, "wrong_type") == 0)
		return types[schema->type][language];
	if (strcmp(code, "bad_format") == 0)
		return formats[schema->format][language];
	return validate_words_with(arena, language, code, limit(arena, schema, code));
}

const char *validate_words_with(
    struct arena *arena, enum language language, const char *code, const char *what)
{
	for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++) {
		const char *text = wordings[i].texts[language];
		size_t before = strcspn(text, "#");

		if (strcmp(wordings[i].code, code) != 0)
			continue;
		return text[before] == '\0'
			   ? text
			   : arena_printf(arena, "%.*s%s%s", (int)before, text, what, text + before + 1);
	}
	return types[SCHEMA_ANY][language];
}

/* What the code is about; "" where it is about no limit. */
static const char *limit(struct arena *arena, const struct schema *schema, const char *code)
{
	const struct {
		const char *code;
		int64_t number;
	} limits[] = {{"too_short", schema->min_length}, {"too_long", schema->max_length},
	    {"too_small", schema->minimum}, {"too_large", schema->maximum},
	    {"too_few_items", schema->min_items}, {"too_many_items", schema->max_items},
	    {"too_few_members", schema->min_members}};

	if (strcmp(code, "not_in_enum") == 0)
		return listed(arena, schema);
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
		if (strcmp(limits[i].code, code) == 0)
			return arena_printf(arena, "%" PRId64, limits[i].number);
	return "";
}

static const char *listed(struct arena *arena, const struct schema *schema)
{
	struct buffer buffer;

	buffer_init(&buffer, arena);
	for (unsigned i = 0; i < schema->value_count; i++)
		buffer_printf(&buffer, "%s%s", i == 0 ? "" : ", ", schema->values[i]);
	return buffer.length == 0 ? "" : buffer.bytes;
}
