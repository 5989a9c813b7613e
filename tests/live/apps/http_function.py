"""A function that is a plain http.server, a thread a connection: 20 ms of work, 30 ms of sleep. Prints
its truth as the demo's handlers do (tools/demo/app/src/run.js).

    http_function.py PORT
"""

import json
import math
import os
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# As in tools/demo/app/src/run.js.
DEFAULT_SCALE = float(os.environ.get("DEFAULT_SCALE", 1))
ANSWER_PAD = int(os.environ.get("ANSWER_PAD", 0))


def burn(ms):
    end_ns = time.monotonic_ns() + int(ms * 1e6)
    x = 1.0
    while time.monotonic_ns() < end_ns:
        for i in range(100):
            x = math.sqrt(x + i)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        start_ns = time.monotonic_ns()
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        scale, request_id = event.get("scale", DEFAULT_SCALE), str(uuid.uuid4())
        pad = "" if "order" in event else "x" * ANSWER_PAD
        burn(20 * scale)
        burnt_ns = time.monotonic_ns()
        time.sleep(0.030 * scale)
        end_ns = time.monotonic_ns()
        truth = {
            "function": "p", "request_id": request_id, "pid": os.getpid(), "start_ns": start_ns,
            "end_ns": end_ns, "busy_ns": burnt_ns - start_ns, "timer_ns": end_ns - burnt_ns,
            "caused_by": None, "calls": [],
        }
        print("IDLETAX-TRUTH " + json.dumps(truth), flush=True)
        body = json.dumps({"function": "p", "pad": pad, "request_id": request_id}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-amzn-requestid", request_id)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
