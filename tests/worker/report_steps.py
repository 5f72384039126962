"""
The report worker's statements on a connection of their own, in the order in which the worker runs them.
"""

import json

import psycopg2.extras

from support.statements import literal, plain_statements


class ReportSteps:
    """Incremental: remembers what the worker's job would remember."""

    def __init__(self, database):
        self.database = database
        self.connection = database.connect("worker")
        self.statements = {one.name: one for one in plain_statements("sql/jobs") if one.name.startswith("report_")}
        self.data = {}
        self.database.run("DELETE FROM job WHERE kind = 'report'")

    def close(self):
        self.connection.close()

    def run(self):
        """Looks until it has seen all that there is, and does every job that comes of it; their data, in order."""
        done = self.look()
        while self.database.value("SELECT max(xid) >= %s::xid8 FROM event", self.data["xid"]):
            done += self.look()  # a transaction of another database of the cluster was under way
        return done

    def look(self):
        """One look, and its jobs."""
        rows = self._transaction("report_plan", data=json.dumps(self.data), report_s=60)
        self.data = rows[0]["data"]
        done = []
        while rows := self.database.rows("SELECT id, data FROM job WHERE kind = 'report' ORDER BY run_at, id LIMIT 1"):
            number, data = rows[0]
            if "count" in data:
                self._transaction("report_count", month=data["count"])
            else:
                self._transaction("report_build", period=data["period"])
            self.database.run("DELETE FROM job WHERE id = %s", number)
            done.append(data)
        return done

    def _transaction(self, name, **values):
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute("BEGIN")
            self._execute(cursor, "report_begin", {})
            self._execute(cursor, name, values)
            rows = cursor.fetchall() if cursor.description else []
            cursor.execute("COMMIT")
        return rows

    def _execute(self, cursor, name, values):
        statement = self.statements[name]
        cursor.execute("DEALLOCATE ALL")
        kinds = f" ({', '.join(statement.types.values())})" if statement.types else ""
        cursor.execute(f"PREPARE {name}{kinds} AS {statement.sql}")
        marks = f" ({', '.join(['%s'] * len(statement.types))})" if statement.types else ""
        cursor.execute(f"EXECUTE {name}{marks}", [literal(values[key]) for key in statement.types])
