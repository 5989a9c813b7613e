"""A function that is a plain http.server and talks to databases and to a TLS server: what it does stands in the
event ("which"). Answers with its truth: for each step the calls that it must have made, in order, when it
began and ended, and how long the other side takes at least.

    database_function.py PORT CONFIGURATION-AS-JSON
"""

import http.client
import json
import socket
import ssl
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import pymysql
import redis

CONFIGURATION = json.loads(sys.argv[2])
MARKER = CONFIGURATION["marker"]


class Truth:
    def __init__(self, service):
        self.service, self.steps = service, []

    def step(self, operations, call, least_ms=0):
        start_ns = time.monotonic_ns()
        result = call()
        self.steps.append({"service": self.service, "operations": operations, "start_ns": start_ns,
                           "end_ns": time.monotonic_ns(), "least_ms": least_ms})
        return result


def connect_postgres(**options):
    return psycopg.connect(host="127.0.0.1", port=CONFIGURATION["postgres"], user=CONFIGURATION["user"],
                           password=CONFIGURATION["password"], dbname=CONFIGURATION["database"],
                           autocommit=True, **options)


def run_postgres():
    truth, box = Truth("postgresql"), []

    def first():
        box.append(connect_postgres(sslmode="disable"))
        box[0].execute("SELECT pg_sleep(0.2)")

    truth.step(["SELECT"], first, 200)
    connection = box[0]
    truth.step(["CREATE"], lambda: connection.execute("CREATE TEMP TABLE t (secret text)"))
    truth.step(["INSERT"], lambda: connection.execute("INSERT INTO t VALUES (%s)", (MARKER + "-pg-value",)))
    for i in range(7):  # the client prepares it when it has been asked five times
        truth.step(["SELECT"] if i != 5 else ["PREPARE", "SELECT"],
                   lambda: connection.execute("SELECT * FROM t WHERE secret <> %s", ("x",)))
    # ten thousand rows: most of the answer is not captured
    truth.step(["SELECT"], lambda: connection.execute(
        "SELECT *, pg_sleep(case n when 1 then 0.1 else 0 end) FROM generate_series(1, 10000) n"), 100)

    def fail():
        try:
            connection.execute(f'SELECT "{MARKER}-pg-column"')
        except psycopg.errors.UndefinedColumn:
            pass

    truth.step(["SELECT"], fail)
    time.sleep(0.1)  # nobody's wait
    truth.step(["NOTIFY"], lambda: connection.execute("NOTIFY c"))
    connection.close()
    return truth.steps


def run_postgres_tls():
    """Encrypted: nobody sees where the login, three questions of it, ends."""
    truth, box = Truth("postgresql"), []

    def first():
        box.append(connect_postgres(sslmode="require"))
        box[0].execute("SELECT pg_sleep(0.2)")

    truth.step([None, None, None, None], first)
    truth.step([None], lambda: box[0].execute("SELECT pg_sleep(0.2)"), 200)
    box[0].close()  # says so, which is no question
    return truth.steps


def run_unix():
    """PostgreSQL over its Unix socket."""
    truth, box = Truth("postgresql"), []

    def first():
        box.append(psycopg.connect(host=CONFIGURATION["postgres_folder"], port=CONFIGURATION["postgres"],
                                   user=CONFIGURATION["user"], password=CONFIGURATION["password"],
                                   dbname=CONFIGURATION["database"], autocommit=True))
        box[0].execute("SELECT pg_sleep(0.2)")

    truth.step(["SELECT"], first, 200)
    truth.step(["SHOW"], lambda: box[0].execute("SHOW port"))
    box[0].close()
    return truth.steps


def run_redis():
    truth = Truth("redis")
    for protocol in (2, 3):
        client = redis.Redis(host="127.0.0.1", port=CONFIGURATION["redis"], protocol=protocol,
                             password=CONFIGURATION["password"])
        truth.step(["SET"], lambda: client.set(MARKER + "-key", MARKER + "-redis-value"))
        truth.step(["GET"], lambda: client.get(MARKER + "-key"))
        truth.step(["BLPOP"], lambda: client.blpop(["nothing"], timeout=0.2), 200)
        truth.step(["RPUSH"], lambda: client.rpush("long", *["x" * 40] * 500))
        truth.step(["LRANGE"], lambda: client.lrange("long", 0, -1))
        pipeline = client.pipeline(transaction=False)
        for i in range(20):
            pipeline.incr(f"n{i}")
        truth.step(["INCRBY"], pipeline.execute)
        truth.step(["GET"], lambda: client.get("n1"))
        client.close()
        time.sleep(0.05)
    return truth.steps


def run_mysql():
    truth, box = Truth("mysql"), []

    def first():
        box.append(pymysql.connect(host="127.0.0.1", port=CONFIGURATION["mysql"], user=CONFIGURATION["user"],
                                   password=CONFIGURATION["password"], database=CONFIGURATION["database"]))

    truth.step(["SET", "SET"], first)
    cursor = box[0].cursor()
    truth.step(["SELECT"], lambda: cursor.execute("SELECT SLEEP(0.3)"), 300)
    truth.step(["CREATE"], lambda: cursor.execute("CREATE TEMPORARY TABLE t (secret text)"))
    truth.step(["INSERT"], lambda: cursor.execute("INSERT INTO t VALUES (%s)", (MARKER + "-my-value",)))
    truth.step(["COMMIT"], box[0].commit)
    box[0].close()
    return truth.steps


def run_tls():
    truth = Truth("sqs")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host = CONFIGURATION["tls_host"]
    connection = http.client.HTTPSConnection("127.0.0.1", CONFIGURATION["tls"], context=context)

    def connect():
        plain = socket.create_connection(("127.0.0.1", CONFIGURATION["tls"]))
        connection.sock = context.wrap_socket(plain, server_hostname=host)

    def ask():
        if connection.sock is None:
            connect()
        connection.request("GET", "/" + MARKER)
        connection.getresponse().read()

    truth.step([None], ask, 300)
    truth.step([None], ask, 300)
    connection.close()
    return truth.steps


def run_curl():
    truth, host = Truth("sqs"), CONFIGURATION["tls_host"]
    truth.step([None], lambda: subprocess.run(
        ["curl", "-sk", "--noproxy", "*", "-o", "/dev/null", "--max-time", "20", "--connect-to",
         f"{host}:443:127.0.0.1:{CONFIGURATION['tls']}", f"https://{host}/{MARKER}"], check=True), 300)
    return truth.steps


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(globals()["run_" + event["which"]]()).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
