"""A function that is a plain http.server, a thread a connection: 20 ms of work, 30 ms of sleep; with
CALL_PORT in between a call of p there, which gets the same event. Prints its truth as the demo's handlers
do (tools/demo/app/src/run.js).

    http_function.py PORT [NAME]        default name: p
"""

import http.client
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
CALL_PORT = os.environ.get("CALL_PORT")
NAME = sys.argv[2] if len(sys.argv) > 2 else "p"


def burn(ms):
    end_ns = time.monotonic_ns() + int(ms * 1e6)
    x = 1.0
    while time.monotonic_ns() < end_ns:
        for i in range(100):
            x = math.sqrt(x + i)


def call(port, event):
    """On a connection of its own; the truth of it."""
    start_ns = time.monotonic_ns()
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    connection.request("POST", "/", json.dumps(event), {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return {"callee": "p", "callee_request_id": answer["request_id"], "mode": "sync",
            "start_ns": start_ns, "end_ns": time.monotonic_ns()}


class Server(ThreadingHTTPServer):
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        start_ns = time.monotonic_ns()
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        scale, request_id = event.get("scale", DEFAULT_SCALE), str(uuid.uuid4())
        pad = "" if "order" in event else "x" * ANSWER_PAD
        burn(20 * scale)
        burnt_ns = time.monotonic_ns()
        calls = [call(CALL_PORT, event)] if CALL_PORT else []
        called_ns = time.monotonic_ns()
        time.sleep(0.030 * scale)
        end_ns = time.monotonic_ns()
        truth = {
            "function": NAME, "request_id": request_id, "pid": os.getpid(), "start_ns": start_ns,
            "end_ns": end_ns, "busy_ns": burnt_ns - start_ns, "timer_ns": end_ns - called_ns,
            "caused_by": None, "calls": calls,
        }
        sys.stdout.write(f"IDLETAX-TRUTH {json.dumps(truth)}\n")  # print lets a thread in before the end
        sys.stdout.flush()
        body = json.dumps({"function": NAME, "pad": pad, "request_id": request_id}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-amzn-requestid", request_id)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
