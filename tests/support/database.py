"""
A database of a test's own, copied from a template that was migrated once per cluster.
"""

import contextlib
import itertools
import os
import subprocess
import threading

from support.cluster import SUPERUSER
from support.programs import Admin, ProgramError

TEMPLATE = "osallisuus_template"
# Names of the database roles by who uses them; the owner migrates.
ROLES = {"owner": SUPERUSER, "api": "osallisuus_api", "worker": "osallisuus_worker", "mailer": "osallisuus_mailer",
         "reader": "osallisuus_reader", "all": "osallisuus_all"}

_numbers = itertools.count(1)


class Database:
    """One database of a cluster; `role` is a key of ROLES."""

    def __init__(self, cluster, name):
        self.cluster = cluster
        self.name = name
        self._owner = None  # a connection that is kept: opening one costs more than most statements of tests
        self._thread = threading.get_ident()

    @classmethod
    def create(cls, cluster):
        """A new migrated database, empty of data."""
        database = cls(cluster, f"test_{os.getpid()}_{next(_numbers)}")
        cluster.create_database(database.name, migrated_template(cluster))
        if not cluster.is_shared:
            # A copied sequence takes values that were logged for the template: after a crash it would give them again.
            cluster.execute("CHECKPOINT")
        return database

    def drop(self):
        self.close()
        self.cluster.drop_database(self.name)

    def close(self):
        """Closes the connection that rows() keeps."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def conninfo(self, role="owner"):
        return self.cluster.conninfo(self.name, ROLES[role])

    def connect(self, role="owner"):
        """A psycopg2 connection in autocommit mode."""
        return self.cluster.connect(self.name, ROLES[role])

    def rows(self, sql, *values):
        """Runs one statement as owner; its rows as tuples."""
        if not self.cluster.is_shared or threading.get_ident() != self._thread:
            return self.cluster.execute(sql, values or None, self.name)  # the cluster may be killed, or somebody wait for a lock
        if self._owner is None or self._owner.closed:
            self._owner = self.connect()
        with self._owner.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql, *values):
        """The first column of the first row; None when there is no row."""
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def run(self, sql, *values):
        self.rows(sql, *values)

    @contextlib.contextmanager
    def transaction(self, role="owner"):
        """A cursor in a transaction that stays open inside the block, for locks and races."""
        connection = self.connect(role)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                yield cursor
            connection.commit()
        finally:
            connection.close()

    def move_clock(self, interval):
        """
        Moves app_now() by an interval ('28 days') for connections that are opened later: start
        programs afterwards, or restart them.
        """
        self.close()
        self.cluster.execute(f'ALTER DATABASE "{self.name}" SET osallisuus.now_offset = %s', (interval,))


def migrated_template(cluster):
    """The name of a database with every migration and no data; made by the first who asks."""
    with cluster.lock("template"):
        if not cluster.has_database(TEMPLATE):
            cluster.create_database(TEMPLATE)
            try:
                template = Database(cluster, TEMPLATE)
                migrate(template)
                # Tests run at any hour; those of quiet hours set their own.
                template.run("UPDATE rule SET value = 0 WHERE name IN ('quiet_from', 'quiet_until')")
                template.close()
            except (ProgramError, OSError, subprocess.SubprocessError):
                cluster.drop_database(TEMPLATE)
                raise
    return TEMPLATE


def migrate(database):
    """With the admin command, as in every installation."""
    Admin(database).run("migrate")
