"""
HTTP by hand: bytes on a socket, and replies read strictly, for tests that must send what no client would send.
"""

import socket

TIMEOUT_SECONDS = 20


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # names in small letters
        self.body = body

    @property
    def closes(self):
        return self.headers.get("connection") == "close"

    def __repr__(self):
        return f"Reply({self.status}, {self.headers}, {self.body[:200]!r})"


class RawConnection:
    """One connection to ("127.0.0.1", port)."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST, as a process that died does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_slowly(self, data, pause):
        """Byte by byte with a pause between, until the server answers or closes. True: everything was sent."""
        for byte in data:
            if self.readable(pause):
                return False
            try:
                self.send(bytes([byte]))
            except (BrokenPipeError, ConnectionResetError):
                return False
        return True

    def finish(self):
        """Says that nothing more comes, and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def readable(self, seconds):
        """Whether anything, also the end, comes within so long. It stays to be read."""
        if self.buffer:
            return True
        self.socket.settimeout(seconds)
        try:
            got = self.socket.recv(65536)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionResetError:
            return True
        finally:
            self.socket.settimeout(TIMEOUT_SECONDS)
        self.buffer += got
        return True

    def reply(self, to_head=False):
        """The next reply; body by its Content-Length, or in chunks; one of them every reply but 204, 304 and 1xx must have."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        version, status, _ = lines[0].split(" ", 2)
        assert version == "HTTP/1.1", lines[0]
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, line
            headers[name.lower()] = value
        status = int(status)
        if status == 100:
            assert not headers
            return Reply(status, headers, b"")
        assert "date" in headers, lines
        if status in (204, 304):
            assert "content-length" not in headers
            return Reply(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            assert "content-length" not in headers
            return Reply(status, headers, b"" if to_head else self.chunks())
        length = int(headers["content-length"])
        return Reply(status, headers, b"" if to_head else self.take(length))

    def chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.buffer:
                self._more()
            size, self.buffer = self.buffer.split(b"\r\n", 1)
            body += self.take(int(size, 16))
            assert self.take(2) == b"\r\n"
            if int(size, 16) == 0:
                return body

    def take(self, length):
        while len(self.buffer) < length:
            self._more()
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def rest(self):
        """Everything until the server closes."""
        while True:
            got = self.socket.recv(65536)
            if not got:
                break
            self.buffer += got
        rest, self.buffer = self.buffer, b""
        return rest

    def expect_end(self):
        rest = self.rest()
        assert rest == b"", f"more than one reply: {rest[:300]!r}"

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise EOFError(f"closed after {self.buffer[:300]!r}")
        self.buffer += got


def get(path="/", *fields, method="GET", host="example.org"):
    """A request without a body; fields are lines without their end."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def post(path, body, *fields, method="POST"):
    return get(path, f"Content-Length: {len(body)}", *fields, method=method) + body


def post_chunked(path, *pieces):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return get(path, "Transfer-Encoding: chunked", method="POST") + chunks + b"0\r\n\r\n"
