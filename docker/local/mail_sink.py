#!/usr/bin/python3
"""
An SMTP server that keeps every mail as a file: DIRECTORY/<number>-<receiver>.eml, whole at once.

    mail_sink.py DIRECTORY PORT_FILE      listens on a free port of 127.0.0.1 and writes it to PORT_FILE
"""

import asyncio
import itertools
import os
import re
import signal
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP

BYTES_MOST = 33554432


class Keeper:
    """aiosmtpd's handler: DATA is answered only when the mail is on the disk."""

    def __init__(self, directory):
        self._directory = directory
        seen = (re.match(r"(\d+)-", path.name) for path in directory.glob("*.eml"))
        self._numbers = itertools.count(1 + max((int(match[1]) for match in seen if match), default=0))

    async def handle_DATA(self, server, session, envelope):
        name = f"{next(self._numbers):06d}-{re.sub(r'[^A-Za-z0-9@._-]', '_', envelope.rcpt_tos[0])[:80]}.eml"
        partial = self._directory / f".{name}.partial"
        with open(partial, "wb") as file:
            file.write(envelope.original_content or envelope.content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._directory / name)
        return "250 OK"


async def serve(directory, port_file):
    directory.mkdir(parents=True, exist_ok=True)
    loop = asyncio.get_running_loop()
    keeper = Keeper(directory)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="mail.localhost", data_size_limit=BYTES_MOST, enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1", 0)
    partial = port_file.with_suffix(".partial")
    partial.write_text(f"{server.sockets[0].getsockname()[1]}\n")
    partial.rename(port_file)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2])))
