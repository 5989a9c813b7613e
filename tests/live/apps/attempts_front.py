"""A stand-in of the Invoke API that fails as it is told, in front of real callees. The event says how and
how often: {"case": ..., "failure": ..., "times": n}. So many requests of the case fail; the next ones go
on to the callee as they came, and its answer comes back. Prints what was on the wire, a line a request.

    attempts_front.py PORT REFUSED_PORT EMULATOR_PORT SLOW_PORT

    429 500 502   that status (429 with Retry-After)      function    200 with X-Amz-Function-Error
    reset close   the connection, without a reply         hang        no reply until the client closes
    slow          every request goes to SLOW_PORT, whose answer comes later than the client waits
    refused       nobody listens on REFUSED_PORT until a while after GET /refuse, nor after one request
"""

import http.client
import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, REFUSED_PORT, EMULATOR_PORT, SLOW_PORT = map(int, sys.argv[1:5])
REFUSING_S = 0.12
ERRORS = {"429": "TooManyRequestsException", "500": "ServiceException", "502": "EC2UnexpectedException"}

lock = threading.Lock()
emulator_lock = threading.Lock()  # AWS's emulator does one invocation at a time
seen = {}


def count(case):
    with lock:
        seen[case] = seen.get(case, 0) + 1
        return seen[case]


def serve_late():
    time.sleep(REFUSING_S)
    with Server(("127.0.0.1", REFUSED_PORT), Front) as server:
        server.timeout = 20
        server.handle_request()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass  # clients that went away


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        threading.Thread(target=serve_late, daemon=True).start()
        self.answer(200, b"{}", [])

    def do_POST(self):
        start_ns = time.monotonic_ns()
        body = self.rfile.read(int(self.headers["content-length"]))
        event = json.loads(body)
        number = count(event["case"])
        failure = event["failure"] if number <= event["times"] else "none"
        wire = {"case": event["case"], "attempt": number, "outcome": failure, "start_ns": start_ns,
                "callee_request_id": None}
        try:
            self.act(failure, body, wire)
        except OSError:
            pass
        wire["end_ns"] = time.monotonic_ns()
        sys.stdout.write(f"IDLETAX-WIRE {json.dumps(wire)}\n")  # print lets a thread in before the end
        sys.stdout.flush()

    def act(self, failure, body, wire):
        if failure in ERRORS:
            self.fail(failure)
        elif failure == "function":
            self.answer(200, b'{"errorMessage": "no"}', [("X-Amz-Function-Error", "Unhandled")])
        elif failure == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.rfile.close()
            self.wfile.close()
            self.connection.close()
            self.close_connection = True
        elif failure == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif failure == "hang":
            self.connection.recv(1)
            self.close_connection = True
        elif failure == "slow":
            self.pass_on(SLOW_PORT, body, wire)
        else:
            with emulator_lock:
                self.pass_on(EMULATOR_PORT, body, wire)

    def fail(self, status):
        body = json.dumps({"Type": "User", "message": status}).encode()
        headers = [("x-amzn-errortype", ERRORS[status])]
        if status == "429":
            headers.append(("Retry-After", "0"))
        self.answer(int(status), body, headers)

    def pass_on(self, port, body, wire):
        callee = http.client.HTTPConnection("127.0.0.1", port)
        callee.request("POST", self.path, body, {"content-type": "application/json"})
        reply = callee.getresponse()
        text = reply.read()
        callee.close()
        wire["callee_request_id"] = json.loads(text)["request_id"]
        self.answer(reply.status, text, [])

    def answer(self, status, body, headers):
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


Server(("127.0.0.1", PORT), Front).serve_forever()
