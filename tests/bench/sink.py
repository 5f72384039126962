"""
An SMTP server (aiosmtpd) in a process of its own that counts mails by their Message-ID: fast enough to measure a sender.
"""

import asyncio
import multiprocessing

import uvloop
from aiosmtpd.smtp import SMTP


class CountingSink:
    """Used as a context manager; `url` is where it listens."""

    def __enter__(self):
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        self.url = f"smtp://127.0.0.1:{self._pipe.recv()}"
        return self

    def __exit__(self, *unused):
        self._pipe.close()
        self._process.join()

    def wait_for(self, count, timeout):
        """Returns (mails, different Message-IDs) when so many mails have come."""
        self._pipe.send(count)
        if not self._pipe.poll(timeout):
            raise RuntimeError(f"not {count} mails within {timeout} s")
        return self._pipe.recv()


class _Handler:
    """Keeps the Message-IDs of all mails, and tells when as many have come as somebody waits for."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.ids = set()
        self.count = 0
        self.wanted = None
        self.ended = asyncio.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content[:envelope.content.index(b"\r\n\r\n")].lower()
        begin = head.index(b"message-id:")
        self.ids.add(head[begin:head.index(b"\r\n", begin)])
        self.count += 1
        self.tell()
        return "250 OK"

    def tell(self):
        if self.wanted is not None and self.count >= self.wanted:
            self.wanted = None
            self.pipe.send((self.count, len(self.ids)))

    def on_pipe(self):
        try:
            self.wanted = self.pipe.recv()
        except EOFError:
            self.ended.set()
        self.tell()


def _serve(pipe):
    uvloop.install()
    asyncio.run(_run(pipe))


async def _run(pipe):
    handler, loop = _Handler(pipe), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, hostname="sink.example", loop=loop), "127.0.0.1", 0, backlog=1024)
    loop.add_reader(pipe.fileno(), handler.on_pipe)
    pipe.send(server.sockets[0].getsockname()[1])
    await handler.ended.wait()
    loop.remove_reader(pipe.fileno())
    server.close()
