"""
Mail servers that want TLS or a password: what is said to whom.
"""

import ssl
import subprocess

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from county import add_mail, add_voice, job, mail_state
from support.smtp import MailSink

USER, PASSWORD = "osallisuus", "salasana-äö"


class TlsSink(MailSink):
    """Takes STARTTLS with a certificate, and logins; notes what it learnt over which line."""

    def __init__(self, context, **options):
        super().__init__()
        self.context = context
        self.options = options
        self.logins = []
        self.lines = []

    def check_login(self, server, session, envelope, mechanism, auth_data):
        good = isinstance(auth_data, LoginPassword) and auth_data.login == USER.encode() and auth_data.password == PASSWORD.encode()
        self.logins.append((session.ssl is not None, good))
        return AuthResult(success=good, handled=good)

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.lines.append(session.ssl is not None)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def _listen(self):
        def protocol():
            return SMTP(self, hostname="sink.example", loop=self._loop, tls_context=self.context,
                        authenticator=self.check_login, auth_require_tls=False, **self.options)
        return await self._loop.create_server(protocol, "127.0.0.1", 0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A server's certificate that vouches for itself: (certificate file, TLS context)."""
    directory = tmp_path_factory.mktemp("certificate")
    files = directory / "key.pem", directory / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files[0], "-out", files[1]],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    return str(files[1]), context


def start(world, context, **settings):
    world.sink = TlsSink(context).start()
    world.start_worker("mail", **settings)
    return add_mail(world, None, "overdue", mailbox="talo@example.org", lang="fi", link_id=add_voice(world))


def wait_state(world, mail, state):
    world.programs[-1].wait_for(lambda: mail_state(world, mail) == state, f"state {state}")


def wait_failure(world, mail, code):
    number = world.database.value("SELECT id FROM job WHERE subject = %s::uuid", mail)
    world.programs[-1].wait_for(lambda: job(world, number) == ("waiting", 1, code), f"the failure {code}")


def test_with_require_mails_go_over_tls_to_a_server_that_somebody_vouches_for(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_TLS="require", SMTP_CA=certificate[0])
    wait_state(fresh_world, mail, "sent")
    assert fresh_world.sink.lines == [True]


def test_with_require_a_server_that_nobody_vouches_for_gets_nothing(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_TLS="require")
    wait_failure(fresh_world, mail, "smtp_tls")
    assert fresh_world.sink.lines == []


def test_with_require_a_server_without_tls_gets_nothing(fresh_world):
    mail = start(fresh_world, None, SMTP_TLS="require")
    wait_failure(fresh_world, mail, "smtp_tls")
    assert fresh_world.sink.lines == []


def test_with_try_tls_is_taken_from_anybody_who_offers_it(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_TLS="try")
    wait_state(fresh_world, mail, "sent")
    assert fresh_world.sink.lines == [True]


def test_with_none_tls_is_not_used(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_TLS="none")
    wait_state(fresh_world, mail, "sent")
    assert fresh_world.sink.lines == [False]


def test_a_password_is_said_over_tls_to_a_known_server(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_USER=USER, SMTP_PASSWORD=PASSWORD, SMTP_CA=certificate[0])
    wait_state(fresh_world, mail, "sent")
    assert fresh_world.sink.logins == [(True, True)]


@pytest.mark.parametrize("has_tls", [True, False])
def test_a_password_is_never_said_to_a_server_that_nobody_vouches_for(fresh_world, certificate, has_tls):
    mail = start(fresh_world, certificate[1] if has_tls else None, SMTP_USER=USER, SMTP_PASSWORD=PASSWORD, SMTP_TLS="none")
    wait_failure(fresh_world, mail, "smtp_tls")
    assert fresh_world.sink.logins == []


def test_a_wrong_password_is_no_fault_of_the_mail(fresh_world, certificate):
    mail = start(fresh_world, certificate[1], SMTP_USER=USER, SMTP_PASSWORD="wrong", SMTP_CA=certificate[0])
    wait_failure(fresh_world, mail, "smtp_login")
    assert mail_state(fresh_world, mail) == "queued"
    assert fresh_world.database.value("SELECT count(*) FROM dead_address") == 0
