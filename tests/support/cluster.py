"""
A PostgreSQL 15 cluster of our own: a temporary directory, a Unix socket, no TCP.

Every cluster has a keeper, a small process that waits until nobody uses the
cluster any more (each user holds a shared lock on the file `users`, which the
kernel drops even when the user is killed) and then stops it and removes its
directory. So nothing is left behind, whatever happens to the tests.

    with Cluster.private() as cluster: ...      a cluster for one test or bench
    with Cluster.shared("run id") as cluster:   one for all processes of a test run

PostgreSQL refuses to run as root; as root it is started as the user nobody.
"""

import contextlib
import fcntl
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2

SUPERUSER = "postgres"
START_SECONDS = 60

COMMON_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
# What makes tests quick and is never used where durability or speed is measured.
QUICK_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10s", "max_wal_size": "256MB"}


class Cluster:
    """A cluster in `directory`; made by private() or shared(), used as a context manager."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.log = self.directory / "postgresql.log"
        self.is_shared = False
        self._users = None

    # ---- life ----

    @classmethod
    def private(cls, *, fsync=False, settings=None):
        """Starts a cluster for this process alone."""
        cluster = cls(tempfile.mkdtemp(prefix="osallisuus-pg-"))
        cluster._join()
        _start_keeper(cluster.directory)
        cluster._initialise(fsync, settings or {})
        cluster.start()
        return cluster

    @classmethod
    def shared(cls, run, *, settings=None):
        """Joins the cluster of this test run, or starts it when this process is the first."""
        cluster = cls(_shared_directory(run))
        cluster.is_shared = True
        while not cluster._join_or_start(settings or {}):
            pass  # the keeper of an earlier cluster has just removed the directory
        return cluster

    def close(self):
        """Leaves the cluster; a private one is stopped and removed at once, a shared one by its keeper after the last user."""
        if not self.is_shared:
            self.destroy()
        self._leave()

    def destroy(self):
        """Stops the cluster in whatever state it is, and removes its directory."""
        self.resume()
        if self.postmaster_pid() is not None and self._pg_ctl("stop", "-m", "immediate", "-t", "20").returncode != 0:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    # ---- running and not running ----

    def start(self):
        """Starts PostgreSQL and returns when it takes connections."""
        done = self._pg_ctl("start", "-l", str(self.log), "-t", str(START_SECONDS))
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL does not start: {done.stdout}\n{self.log_text()[-3000:]}")

    def stop(self, mode="fast"):
        """Stops PostgreSQL: mode smart, fast or immediate."""
        done = self._pg_ctl("stop", "-m", mode, "-t", str(START_SECONDS))
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL does not stop: {done.stdout}")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def kill(self):
        """kill -9 of the postmaster and every backend; start() recovers from it."""
        pids = self.processes()
        self._signal_all(signal.SIGKILL)
        for pid in pids:
            _wait_for_end(pid)
        for lock_file in (self.data / "postmaster.pid", self.directory / ".s.PGSQL.5432.lock"):
            lock_file.unlink(missing_ok=True)  # its process id may be taken by another, or not be reaped yet

    def pause(self):
        """SIGSTOP to every process: connections stand, nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def processes(self):
        """Process ids: the postmaster first, then its children."""
        postmaster = self.postmaster_pid()
        return [] if postmaster is None else [postmaster, *_children(postmaster)]

    def cpu_seconds(self):
        """Of the processes that are there now."""
        taken = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):  # one that has ended meanwhile
                taken += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return taken / 1e9

    def postmaster_pid(self):
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n")[0])
            comm, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(")")
        except (OSError, ValueError):
            return None
        return pid if comm.endswith("(postgres") and not rest.startswith(" Z") else None

    # ---- connections and databases ----

    def conninfo(self, database, user=None):
        return f"host={self.directory} port=5432 dbname={database} user={user or SUPERUSER}"

    def connect(self, database="postgres", user=None):
        """A psycopg2 connection in autocommit mode."""
        connection = psycopg2.connect(self.conninfo(database, user))
        connection.autocommit = True
        return connection

    def execute(self, sql, values=None, database="postgres"):
        """Runs one statement as superuser; its rows, if it has any."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create_database(self, name, template="template1"):
        with self.lock("databases"):  # nobody may be connected to the template meanwhile
            self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name):
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def has_database(self, name):
        return bool(self.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)))

    def lock(self, name):
        """A lock among all processes that use this cluster, as a context manager."""
        return _locked(self.directory / f"{name}.lock", fcntl.LOCK_EX)

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    # ---- helpers ----

    def _join_or_start(self, settings):
        self.directory.mkdir(mode=0o755, exist_ok=True)
        try:
            with self.lock("start"):
                self._join()
                if not (self.directory / "users").exists():
                    self._leave()
                    return False
                if not (self.directory / "ready").exists():
                    _start_keeper(self.directory)
                    self._initialise(False, settings)
                    self.start()
                    (self.directory / "ready").touch()
        except FileNotFoundError:
            self._leave()
            return False
        return True

    def _initialise(self, fsync, settings):
        owner = _ordinary_user()
        self.directory.chmod(0o755)
        if owner:
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        done = self._run("initdb", "-D", str(self.data), "-A", "trust", "-U", SUPERUSER, "-E", "UTF8",
                         "--locale=C.UTF-8", "--no-sync", "--no-instructions")
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed: {done.stdout}")
        chosen = {**COMMON_SETTINGS, **({} if fsync else QUICK_SETTINGS), **settings,
                  "unix_socket_directories": str(self.directory)}
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())

    def _pg_ctl(self, *arguments):
        return self._run("pg_ctl", *arguments, "-D", str(self.data), "-w", "-s")

    def _run(self, program, *arguments):
        owner = _ordinary_user()
        who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        with tempfile.TemporaryFile() as output:  # not a pipe: the postmaster would keep it open
            done = subprocess.run([find_program(program), *arguments], cwd=self.directory, stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=subprocess.STDOUT, check=False, start_new_session=True,
                                  env={**environment, "LC_ALL": "C.UTF-8"}, **who)
            output.seek(0)
            done.stdout = output.read().decode(errors="replace")
        return done

    def _join(self):
        self._users = open(self.directory / "users", "w", encoding="utf-8")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def _leave(self):
        if self._users:
            self._users.close()
            self._users = None

    def _signal_all(self, number):
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


def find_program(name):
    """The path of a PostgreSQL 15 program."""
    for directory in ("/usr/lib/postgresql/15/bin", *os.environ.get("PATH", "").split(":")):
        path = Path(directory) / name
        if path.exists():
            return str(path)
    raise RuntimeError(f"{name} is not installed (package postgresql-15)")


def wait_for_shared(run):
    """Returns when the shared cluster of this run, if there was one, is stopped and removed."""
    directory = _shared_directory(run)
    with contextlib.suppress(FileNotFoundError), _locked(directory / "keeper", fcntl.LOCK_EX):
        pass


def _shared_directory(run):
    return Path(tempfile.gettempdir()) / f"osallisuus-pg-{run[:12]}"


def _ordinary_user():
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


class _locked:
    def __init__(self, path, kind):
        self._path, self._kind, self._file = path, kind, None

    def __enter__(self):
        self._file = open(self._path, "a", encoding="utf-8")
        fcntl.flock(self._file, self._kind)

    def __exit__(self, *unused):
        self._file.close()


def _children(parent):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def _wait_for_end(pid):
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([pidfd], [], [], 20)
    os.close(pidfd)


def _start_keeper(directory):
    read_end, write_end = os.pipe()
    subprocess.Popen([sys.executable, os.path.abspath(__file__), str(directory), str(write_end)], pass_fds=[write_end],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/")
    os.close(write_end)
    if os.read(read_end, 1) != b"1":
        raise RuntimeError("the keeper of the cluster does not start")
    os.close(read_end)


def _keep(directory, ready_fd):
    with _locked(directory / "keeper", fcntl.LOCK_EX):
        os.write(ready_fd, b"1")
        os.close(ready_fd)
        with open(directory / "users", "r", encoding="utf-8") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            Cluster(directory).destroy()


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
