"""Serves Debian's Keystone: `serve.py PORT --config-file FILE`. Prints the port it took.

keystone-wsgi-public does the same with one thread, which an idle connection of any client keeps for itself.
"""

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from keystone.server.wsgi import initialize_public_application


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


port = int(sys.argv.pop(1))
server = make_server("127.0.0.1", port, initialize_public_application(), Server)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
