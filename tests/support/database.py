"""
A database of a test's own, copied from a template that was migrated once per cluster.
"""

import contextlib
import itertools
import os
import subprocess

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
        self.cluster.drop_database(self.name)

    def conninfo(self, role="owner"):
        return self.cluster.conninfo(self.name, ROLES[role])

    def connect(self, role="owner"):
        """A psycopg2 connection in autocommit mode."""
        return self.cluster.connect(self.name, ROLES[role])

    def rows(self, sql, *values):
        """Runs one statement as owner; its rows as tuples."""
        return self.cluster.execute(sql, values or None, self.name)

    def value(self, sql, *values):
        """The first column of the first row; None when there is no row."""
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def run(self, sql, *values):
        self.cluster.execute(sql, values or None, self.name)

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
            except (ProgramError, OSError, subprocess.SubprocessError):
                cluster.drop_database(TEMPLATE)
                raise
    return TEMPLATE


def migrate(database):
    """With the admin command, as in every installation."""
    Admin(database).run("migrate")
