"""contract_problems and contract_openapi: what is said to clients."""

from . import c_text as c

LOOKUPS = """
static int compare_code(const void *code, const void *problem)
{
	return strcmp(code, ((const struct problem *)problem)->code);
}

const struct problem *contract_problem(const char *code)
{
	const struct problem *found =
	    bsearch(code, contract_problems, contract_problem_count, sizeof(contract_problems[0]), compare_code);

	if (found == NULL)
		abort();
	return found;
}

const struct problem *contract_problem_of_constraint(const char *constraint)
{
	for (unsigned i = 0; i < contract_problem_count; i++) {
		const char *mapped = contract_problems[i].constraint;

		if (mapped != NULL && strcmp(mapped, constraint) == 0)
			return &contract_problems[i];
	}
	return NULL;
}
"""


def problems_c(problems):
    out = [c.BANNER, '#include "api/contract.h"\n\n#include <stdlib.h>\n#include <string.h>\n\n', c.LONG_STRINGS, "\n"]
    out.append("const struct problem contract_problems[] = {\n")
    for problem in problems:
        out.append(_problem(problem))
    if not problems:
        out.append("\t{.code = NULL},\n")
    out.append(f"}};\n\nconst unsigned contract_problem_count = {len(problems)};\n{LOOKUPS}")
    return "".join(out)


def openapi_c(json_text, yaml_text, schema_version):
    out = [c.BANNER, '#include "api/contract.h"\n\n', c.LONG_STRINGS, "\n"]
    for name, text in (("json", json_text), ("yaml", yaml_text)):
        out.append(f"const char contract_openapi_{name}[] =\n{_pieces(text)};\n")
        out.append(f"const size_t contract_openapi_{name}_length = sizeof(contract_openapi_{name}) - 1;\n\n")
    out.append(f"const unsigned contract_schema_version = {schema_version};\n")
    return "".join(out)


def _problem(problem):
    texts = ", ".join(
        c.fields([("lang", c.string(lang)), ("title", c.string(title)), ("detail", c.string(detail)),
                  ("help", c.string(help_text))])
        for lang, title, detail, help_text in problem.texts
    )
    head = c.fields([
        ("code", c.string(problem.code)), ("status", str(problem.status)), ("constraint", c.string(problem.constraint)),
        ("pointer", c.string(problem.pointer)), ("texts", "{" + texts + "}"),
    ])
    return f"\t{head},\n"


def _pieces(text):
    """Long texts in pieces of 100 characters, so that compilers and editors stay quick."""
    pieces = []
    for line in text.splitlines(keepends=True):
        pieces += [line[at:at + 100] for at in range(0, len(line), 100)]
    return "\n".join("\t" + c.string(piece) for piece in pieces)
