"""A server that is no node: it says the same to everybody, whatever is asked, and hangs up."""

from contextlib import contextmanager, suppress
from socket import SHUT_WR
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread


@contextmanager
def stranger(reply):
    """Answers the port where it can be found."""

    class Handler(StreamRequestHandler):
        def handle(self):
            self.request.recv(1 << 16)
            with suppress(ConnectionError):
                self.wfile.write(reply)
                self.request.shutdown(SHUT_WR)
                while self.request.recv(1 << 16):
                    pass  # closed with something unread, the connection would be reset

    with TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()
