"""
Counties with few and many voices, their publications, and what an attacker knows of them.
"""

import datetime
import uuid

TREE = (None, 0, 0, 1, 1)  # the parent of each unit
YEAR = 2025


class County:
    def __init__(self, database):
        self.database = database
        self.units = []
        for parent in TREE:
            made = str(uuid.uuid4())
            database.run("INSERT INTO unit (id, parent_id, name) VALUES (%s::uuid, %s::uuid, '{\"fi\": \"Yksikkö\"}')", made,
                         self.units[parent] if parent is not None else None)
            self.units.append(made)

    def below(self, unit):
        """The numbers of a unit and of all below it."""
        found = [unit]
        for number, parent in enumerate(TREE):
            if parent in found:
                found.append(number)
        return found

    def add_voices(self, count, unit, month, email=None, **columns):
        row = {"kind": "concern", "lang": "fi", "channel": "web", "respondent_role": "client", "age_band": "30_64"} | columns
        for _ in range(count):
            case = str(uuid.uuid4())
            self.database.run(
                "INSERT INTO feedback (id, unit_id, received_on, kind, lang, channel, respondent_role, age_band)"
                " VALUES (%s::uuid, %s::uuid, %s, %s, %s, %s, %s, %s)", case, self.units[unit], datetime.date(YEAR, month, 5),
                row["kind"], row["lang"], row["channel"], row["respondent_role"], row["age_band"])
            if email:
                self.database.run("INSERT INTO contact (feedback_id, sealed, key_id, address_hash, lang, wants_news, wants_follow_up)"
                                  " VALUES (%s::uuid, %s, 'test', sha256(%s::bytea), 'fi', true, true)", case, b"0" * 64, email.encode())

    def publish(self, unit, period):
        """The body of the next version."""
        made = str(uuid.uuid4())
        self.database.run("INSERT INTO report_publication (id, unit_id, period) VALUES (%s::uuid, %s::uuid, %s)", made, self.units[unit], period)
        self.database.run("SELECT report_publish(%s::uuid)", made)
        return self.database.rows("SELECT body, version, is_corrected FROM report_publication WHERE id = %s::uuid", made)[0]

    def tables(self, unit, period):
        body = self.publish(unit, period)[0]
        return {one["name"]: one["figures"] for one in body["tables"]}
