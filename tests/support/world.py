"""
A small county for tests: a tree of units, services, one key per role, and the
programs that serve it. Programs are started by the test; the world stops them.

    county ── hospital ── ward
          └── social ──── office
"""

import uuid

from support.client import Client
from support.keys import ROLES, make_key
from support.programs import Admin, Api, ProgramError, Worker
from support.smtp import MailSink

TREE = {
    "county": (None, "Hyvinvointialue", "Välfärdsområde", "County"),
    "hospital": ("county", "Sairaala", "Sjukhus", "Hospital"),
    "ward": ("hospital", "Osasto 3", "Avdelning 3", "Ward 3"),
    "social": ("county", "Sosiaalipalvelut", "Socialservice", "Social services"),
    "office": ("social", "Päihdepalvelut", "Missbrukarvård", "Addiction services"),
}
MAILBOXES = '{"handler": "kasittelija@example.org", "coordinator": "koordinaattori@example.org", "management": "johto@example.org"}'


class World:
    """units and services: {name: id}; keys: {role: text}; used as a context manager."""

    def __init__(self, database, directory, **settings):
        self.database = database
        self.directory = directory
        self.settings = settings
        self.units = {name: str(uuid.uuid4()) for name in TREE}
        self.services = {name: str(uuid.uuid4()) for name in ("ward", "office")}
        self.keys = {}
        self.programs = []
        self.sink = None
        self._make_units()
        for role, scopes in ROLES.items():
            self.keys[role] = make_key(database, scopes, name=role)
        self.api = self.new_api()
        self.admin = Admin(database)

    # ---- callers ----

    def client(self, role=None, **options):
        """A client with the key of a role; without a role, one without identity."""
        return Client(self.api, self.keys[role] if role else None, **options)

    def giver(self, receipt):
        return Client(self.api, receipt=receipt)

    def new_key(self, scopes, units=None, **options):
        """A key of its own, limited to the units of these names; known to the API when this returns."""
        key = make_key(self.database, scopes, units=[self.units[name] for name in units] if units else None, **options)
        if self.api.process is not None:
            self.wait_for_keys()
        return key

    def wait_for_keys(self):
        """Until every loop of the API has read the keys as they are now: each loop remembers them for itself."""
        changes = self.database.value("SELECT generation FROM api_key_generation")
        self.api.wait_for(lambda: self.api.metrics()["osallisuus_api_keys_changes"] >= changes, "sight of all keys", 10)

    def knows(self, key):
        """Whether the API takes this key for a good one."""
        return Client(self.api, key, checked=False).get("/v1/units").status_code != 401

    # ---- programs ----

    def new_api(self, **settings):
        api = Api(self.database, self.directory, **{**self.settings, **settings})
        self.programs.append(api)
        return api

    def start_sink(self):
        """The SMTP server that workers started afterwards send to."""
        self.sink = MailSink().start()
        return self.sink

    def start_worker(self, *kinds, **settings):
        """A worker of these kinds (default: all), with mail going to the sink."""
        if self.sink is None:
            self.start_sink()
        defaults = {"SMTP_URL": self.sink.url, **self.settings}
        worker = Worker(self.database, self.directory, *kinds, **{**defaults, **settings})
        self.programs.append(worker)
        return worker.start()

    def move_clock(self, interval):
        """Moves app_now() for the database and restarts what is running."""
        self.database.move_clock(interval)
        for program in self.programs:
            if program.process is not None:
                program.restart()

    # ---- life ----

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        failures = []
        for program in reversed(self.programs):
            try:
                program.__exit__(kind, value, traceback)
            except ProgramError as error:
                failures.append(error)
                program.kill()
        if self.sink:
            self.sink.stop()
        self.database.drop()
        if failures:
            raise failures[0]

    def _make_units(self):
        for number, (name, (parent, *texts)) in enumerate(TREE.items()):
            self.database.run(
                "INSERT INTO unit (id, parent_id, oid, name, mailboxes)"
                " VALUES (%s::uuid, %s::uuid, %s, jsonb_build_object('fi', %s, 'sv', %s, 'en', %s), %s::jsonb)",
                self.units[name], self.units.get(parent), f"1.2.246.10.99999999.{number + 1}", *texts,
                MAILBOXES if parent is None else "{}")
        for name, service in self.services.items():
            self.database.run("INSERT INTO service (id, unit_id, name) VALUES (%s::uuid, %s::uuid, %s::jsonb)",
                              service, self.units[name], '{"fi": "Vastaanotto", "sv": "Mottagning", "en": "Reception"}')
