"""No function: a server that calls a handler for each request that it gets.

    advice_backend.py URL PORT
"""

import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer


class Backend(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        row = self.rfile.read(int(self.headers["Content-Length"])).decode()
        event = f'{{"item":{row},"from":"backend"}}'.encode()
        with urllib.request.urlopen(urllib.request.Request(sys.argv[1], event), timeout=60) as reply:
            body = reply.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[2])), Backend).serve_forever()
