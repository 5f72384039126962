"""contract_statements (the api's), jobs_sql and admin_sql (the worker's and the admin command's)."""

from . import c_text as c


def statements_h(statements):
    declared = "".join(f"extern const struct statement statement_{one.name};\n" for one in statements)
    return (f"{c.BANNER}#ifndef CONTRACT_STATEMENTS_H\n#define CONTRACT_STATEMENTS_H\n\n"
            f'#include "api/contract.h"\n\n{declared}\n'
            "/* All of them, in the order of their names; ends with NULL. */\n"
            "extern const struct statement *const contract_statements[];\n\n#endif\n")


def statements_c(statements):
    out = [c.BANNER, '#include "contract_statements.h"\n\n', c.LONG_STRINGS, "\n"]
    for statement in statements:
        out.append(_statement(statement))
    rows = "".join(f"\t&statement_{one.name},\n" for one in statements)
    out.append(f"const struct statement *const contract_statements[] = {{\n{rows}\tNULL,\n}};\n")
    return "".join(out)


def plain_h(statements, guard):
    out = [c.BANNER, f"#ifndef {guard}\n#define {guard}\n\n", '#include "common/pg.h"\n\n']
    for one in statements:
        if one.columns:
            names = ", ".join(f"SQL_{one.name.upper()}_{column.upper()}" for column in one.columns)
            out.append(f"enum {{ {names} }};\n\n")
        if one.values:
            out.append(f"struct sql_{one.name} {{\n\tstruct pg_value {', '.join(one.values)};\n}};\n\n")
        out.append(f"MUST_USE {_signature(one)};\n\n")
    out.append("#endif\n")
    return "".join(out)


def plain_c(statements, header):
    out = [c.BANNER, f'#include "{header}"\n\n', c.LONG_STRINGS, "\n"]
    for one in statements:
        out.append(f"{_signature(one)}\n{{\n\tstatic const char sql[] =\n{c.lines(one.sql, chr(9) * 2)};\n")
        if one.values:
            values = ", ".join(f"values->{name}" for name in one.values)
            out.append(f"\tconst struct pg_value list[] = {{{values}}};\n")
        arguments = f"list, {len(one.values)}" if one.values else "NULL, 0"
        out.append(f"\n\treturn pg_run(pg, {c.string(one.name)}, sql, {arguments}, ret_result, err);\n}}\n\n")
    return "".join(out)


def _statement(statement):
    name = statement.name
    binds = [
        c.fields([("source", bind.source), ("type", bind.type), ("index", str(bind.index)), ("oid", str(bind.oid))])
        for bind in statement.binds
    ]
    cursor = [c.string(column) for column in statement.cursor]
    lock_binds = [str(index) for index in statement.lock_binds]
    pieces = [
        c.array("struct bind ", f"binds_{name}", binds),
        c.array("char *const ", f"cursor_{name}", cursor),
        c.array("unsigned char ", f"lock_binds_{name}", lock_binds),
        f"const struct statement statement_{name} = {{\n\t.name = {c.string(name)},\n",
        f"\t.sql =\n{c.lines(statement.sql, chr(9) * 2)},\n\t.lane = LANE_{statement.lane.upper()},\n",
    ]
    if binds:
        pieces.append(f"\t.binds = binds_{name},\n\t.bind_count = {len(binds)},\n")
    if statement.lock_sql is not None:
        pieces.append(f"\t.lock_sql =\n{c.lines(statement.lock_sql, chr(9) * 2)},\n")
    if lock_binds:
        pieces.append(f"\t.lock_binds = lock_binds_{name},\n\t.lock_bind_count = {len(lock_binds)},\n")
    if cursor:
        pieces.append(f"\t.cursor = cursor_{name},\n\t.cursor_count = {len(cursor)},\n")
    pieces.append("};\n\n")
    return "".join(pieces)


def _signature(one):
    values = f"const struct sql_{one.name} *values, " if one.values else ""
    return f"bool sql_{one.name}(struct pg *pg, {values}struct pg_result **ret_result, struct err *err)"
