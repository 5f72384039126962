"""
An SMTP server that keeps every mail, and can be told to refuse, hold or hang up.

    with MailSink() as sink:
        mail = sink.wait_for(lambda mail: mail.to == "a@example.org")
        sink.refuse("550 5.1.1 unknown", recipient="b@example.org")
"""

import asyncio
import email
import email.policy
import threading
import time

from aiosmtpd.smtp import SMTP

WAIT_SECONDS = 20


class Mail:
    """A mail as it came over the wire: its envelope and its message."""

    def __init__(self, envelope):
        self.sender = envelope.mail_from
        self.recipients = list(envelope.rcpt_tos)
        self.bytes = envelope.original_content or envelope.content
        self.message = email.message_from_bytes(self.bytes, policy=email.policy.default)
        self.at = time.monotonic()

    @property
    def to(self):
        return self.recipients[0]

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        """The plain text body."""
        return self.message.get_body(("plain",)).get_content()


class MailSink:
    """Listens on a free port of 127.0.0.1 from construction with `with`, or start(), until stop()."""

    def __init__(self):
        self.port = None
        self._mails = []
        self._rules = []
        self._holding = 0
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._released = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server = None

    def start(self):
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    # ---- what came ----

    @property
    def mails(self):
        with self._changed:
            return list(self._mails)

    def wait_for(self, predicate=lambda mail: True, timeout=WAIT_SECONDS, *, count=1):
        """The first mail (count = 1) or a list of the first `count` mails for which the predicate is true."""
        with self._changed:
            def found():
                return [mail for mail in self._mails if predicate(mail)]
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout):
                seen = [(mail.to, mail.subject) for mail in self._mails]
                raise AssertionError(f"{len(found())} of {count} mails within {timeout} s; seen: {seen}")
            return found()[0] if count == 1 else found()[:count]

    def clear(self):
        with self._changed:
            self._mails.clear()

    def take(self):
        """The mails that came since the last time, which are forgotten here."""
        with self._changed:
            taken, self._mails = self._mails, []
            return taken

    # ---- what it answers ----

    def refuse(self, reply, *, recipient=None, times=None, at="rcpt"):
        """Answers RCPT (at="rcpt") or the message (at="data") with a reply such as '451 4.2.0 later'."""
        self._add_rule(at, recipient, times, reply)

    def hold(self, *, recipient=None, times=None):
        """Answers the message only when release() is called."""
        self._add_rule("hold", recipient, times, None)

    def release(self):
        """Takes what is held, and holds nothing more."""
        with self._changed:
            self._rules = [rule for rule in self._rules if rule["at"] != "hold"]
        self._loop.call_soon_threadsafe(self._released.set)

    def hang_up(self, *, recipient=None, times=None):
        """Cuts the connection after the message, without a reply."""
        self._add_rule("drop", recipient, times, None)

    def wait_until_holding(self, timeout=WAIT_SECONDS):
        """Returns when a message is being held."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._holding > 0, timeout):
                raise AssertionError(f"no message was held within {timeout} s")

    def behave(self):
        """Forgets all rules."""
        with self._changed:
            self._rules.clear()

    def _add_rule(self, at, recipient, times, what):
        with self._changed:
            self._rules.append({"at": at, "recipient": recipient, "times": times, "what": what})

    def _rule(self, at, recipients):
        with self._changed:
            for rule in self._rules:
                if rule["at"] == at and rule["recipient"] in (None, *recipients) and rule["times"] != 0:
                    if rule["times"] is not None:
                        rule["times"] -= 1
                    return rule
        return None

    # ---- aiosmtpd's hooks ----

    async def handle_RCPT(self, server, session, envelope, address, options):
        if rule := self._rule("rcpt", [address]):
            return rule["what"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self._rule("hold", envelope.rcpt_tos):
            with self._changed:
                self._holding += 1
                self._changed.notify_all()
            await self._released.wait()
        if rule := self._rule("data", envelope.rcpt_tos):
            return rule["what"]
        with self._changed:
            self._mails.append(Mail(envelope))
            self._changed.notify_all()
        if self._rule("drop", envelope.rcpt_tos):
            server.transport.abort()
        return "250 OK"

    async def _listen(self):
        self._released = asyncio.Event()

        def protocol():
            return SMTP(self, hostname="sink.example", enable_SMTPUTF8=True, loop=self._loop)
        return await self._loop.create_server(protocol, "127.0.0.1", 0)

    async def _close(self):
        self._server.close()
        await self._server.wait_closed()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
