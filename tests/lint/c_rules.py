"""
Rules for C: who may include whom, which names may not stand where, how long a function may be.
"""

import re

FUNCTION_LINES = 60
PROGRAM_FOLDERS = ("api/", "worker/", "common/")

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# Folder → folders whose headers it may include (gen/ is what the contract compiler makes).
MAY_INCLUDE = {
    "api": {"api", "common", "gen"},
    "worker": {"worker", "common", "gen"},
    "common": {"common"},
}
# What the contract compiler makes for the programs that are no part of the contract.
# What the contract compiler writes: who may include which of it.
GENERATED = re.compile(r"api/\S+ contract_\w+\.h|worker/admin/\S+ admin_sql\.h|worker/(?!admin)\S+ jobs_sql\.h")
# Library header → the only files that may include it.
LIBRARY_HOMES = {
    r"event2/.*|event\.h": r"api/(main|loop|http|pg_|ops)[^/]*",
    r"libpq-fe\.h": r"common/pg\.c|api/pg_[^/]*",
    r"curl/.*": r"worker/transport_[^/]*",
    r"qrencode\.h": r"api/qr\.c",
    r"uuid/uuid\.h": r"common/uuid\.c",
    r"sodium.*": r"common/secret[^/]*",
    r"libvoikko/.*": r"common/words\.c",
}
SQL_TEXT = re.compile(r"\bSELECT\s|\bINSERT\s+INTO\b|\bDELETE\s+FROM\b|\bUPDATE\s+\S+\s+SET\b|\b(CREATE|ALTER|DROP)\s+[A-Z]+\s|"
                      r"\bTRUNCATE\s|\bMERGE\s+INTO\b")
# The session preamble: settings of a connection, no data.
SQL_TEXT_HOMES = {"api/pg_session.c"}
FORBIDDEN_CALLS = re.compile(r"\b(alloca|system|popen|usleep|sleep|setjmp|longjmp|strerror|inet_ntoa|gethostbyname|PQcancel)\s*\(")
# A loop thread of the api never waits.
BLOCKING_CALLS = re.compile(r"\b(PQexec\w*|PQprepare|PQconnectdb\w*|PQsetdb\w*|nanosleep|poll|select)\s*\(")
UNPOISON = re.compile(r"#\s*pragma\s+GCC\s+(poison|diagnostic)")
TYPEDEF_STRUCT = re.compile(r"\btypedef\s+(struct|union|enum)\b")


def included_headers(sources):
    """Includes go from the root, along the arrows of DESIGN, and library headers stay at home."""
    for path in sources.ending(".c", ".h", under=PROGRAM_FOLDERS):
        folder = path.split("/")[0]
        for number, line in sources.lines(path):
            match = INCLUDE.match(line)
            if not match:
                continue
            quoted, header = match[1] == '"', match[2]
            if quoted and header.split("/")[0] not in MAY_INCLUDE[folder] and not GENERATED.fullmatch(path + " " + header):
                yield f"{path}:{number}: {folder}/ may not include \"{header}\""
            for library, homes in LIBRARY_HOMES.items():
                if not quoted and re.fullmatch(library, header) and not re.fullmatch(homes, path):
                    yield f"{path}:{number}: <{header}> belongs to other files"


def function_lengths(sources):
    """A function body, from its brace to its brace, fits on a screen."""
    for path in sources.ending(".c", ".h"):
        start = None
        for number, line in enumerate(sources.c_code(path).split("\n"), 1):
            if line.rstrip() == "{":
                start = number
            elif line.rstrip() == "}" and start is not None:
                if number - start - 1 > FUNCTION_LINES:
                    yield f"{path}:{start}: function of {number - start - 1} lines, more than {FUNCTION_LINES}"
                start = None


def forbidden_names(sources):
    """Beside what common/banned.h makes a compile error; and nobody takes its poison away."""
    for path in sources.ending(".c", ".h", under=PROGRAM_FOLDERS):
        for number, line in enumerate(sources.c_code(path).split("\n"), 1):
            if match := FORBIDDEN_CALLS.search(line):
                yield f"{path}:{number}: {match[1]}() is not used here"
            if path.startswith("api/") and (match := BLOCKING_CALLS.search(line)):
                yield f"{path}:{number}: {match[1]}() blocks the loop"
            if TYPEDEF_STRUCT.search(line):
                yield f"{path}:{number}: structs and enums are not hidden by a typedef"
            if UNPOISON.search(line) and path != "common/banned.h":
                yield f"{path}:{number}: banned names and warnings stay as they are"


def no_sql_in_c(sources):
    """SQL stands in sql/ alone."""
    for path in sources.ending(".c", ".h", under=PROGRAM_FOLDERS):
        if path in SQL_TEXT_HOMES:
            continue
        for number, text in sources.c_strings(path):
            if SQL_TEXT.search(text):
                yield f"{path}:{number}: SQL text belongs to sql/"


def header_guards(sources):
    """A header has a guard named after its path, and begins with a comment that says what it is for."""
    for path in sources.ending(".h", under=PROGRAM_FOLDERS):
        guard = "OSALLISUUS_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in sources.text(path):
            yield f"{path}:1: include guard {guard} is missing"
        if not sources.text(path).startswith("/*"):
            yield f"{path}:1: a header begins with what it is for"


RULES = [included_headers, function_lengths, forbidden_names, no_sql_in_c, header_guards]
