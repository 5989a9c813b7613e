"""The handler of advice_apps.py, for AWS's Python runtime client: does what PLAN says, with plain clients."""

import http.client
import json
import os
import socket
import threading
import time
import urllib.parse
import uuid

PLAN = [step.partition(":")[::2] for step in os.environ["PLAN"].split()]
KINDS = {kind for kind, _ in PLAN}
SETTINGS = json.loads(os.environ["SETTINGS"])
COUNT_FILE = os.environ["COUNT_FILE"]
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
                           "SignedHeaders=host, Signature=00"}
if "postgres" in KINDS:
    import psycopg
if "redis" in KINDS:
    import redis


def count(what=""):
    """Invocations so far, or what else is counted of them: an environment that ends does not forget."""
    with open(COUNT_FILE + what, "a+", encoding="ascii") as file:
        file.write("x")
        return file.tell()


class Failed(Exception):
    pass


def start_invoke(function, event, kind="RequestResponse"):
    url = urllib.parse.urlsplit(os.environ["URL_" + function.replace("-", "_")])
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    connection.request("POST", url.path, json.dumps(event), {**SIGNED, "X-Amz-Invocation-Type": kind})
    return connection


def finish_invoke(connection):
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    if reply.status >= 500 or reply.headers["X-Amz-Function-Error"]:
        raise Failed(f"{reply.status} {body[:200]}")
    return json.loads(body or b"null")


def invoke(function, event, kind="RequestResponse"):
    return finish_invoke(start_invoke(function, event, kind))


def invoke_again(function, event):
    for wait_s in (0.05, 0.2, None):
        try:
            return invoke(function, event)
        except Failed:
            if wait_s is None:
                raise
            time.sleep(wait_s)
    return None


def gather(functions, event):
    answers = {}
    threads = [threading.Thread(target=lambda f=f: answers.update({f: invoke(f, event)})) for f in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def forget(function, event):
    connection = start_invoke(function, event)
    threading.Thread(target=finish_invoke, args=(connection,)).start()


def ask_http():
    connection = http.client.HTTPConnection("127.0.0.1", SETTINGS["service_port"], timeout=10)
    connection.request("GET", "/stock")
    connection.getresponse().read()
    connection.close()


def ask_postgres():
    with psycopg.connect(host="127.0.0.1", port=SETTINGS["postgres_port"], user=SETTINGS["user"],
                         password=SETTINGS["password"], dbname=SETTINGS["database"], sslmode="disable") as database:
        database.execute("SELECT 1").fetchall()


def ask_redis():
    client = redis.Redis("127.0.0.1", SETTINGS["redis_port"], password=SETTINGS["password"])
    client.get("key")
    client.close()


def connect(number, every):
    if number % every == 0:
        socket.create_connection(("127.0.0.1", SETTINGS["service_port"]), 5).close()


def tell_log():
    """As Fluentd's clients do: nobody answers."""
    with socket.create_connection(("127.0.0.1", SETTINGS["log_port"]), 5) as log:
        log.sendall(json.dumps(["app", time.time(), {"message": "rendered"}]).encode())


def tell_trace():
    """As OpenTelemetry's exporter does; and to X-Ray's daemon, over UDP."""
    connection = http.client.HTTPConnection("127.0.0.1", SETTINGS["trace_port"], timeout=5)
    connection.request("POST", "/v1/traces", b"{}", {"Content-Type": "application/json"})
    connection.getresponse().read()
    connection.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.sendto(b'{"format":"json","version":1}\n{}', ("127.0.0.1", 2000))


def ping(function):
    return invoke(function, {"question": "is it still alive"})


def burn(ms):
    end_s = time.monotonic() + ms / 1000
    while time.monotonic() < end_s:
        sum(range(200))


def run(kind, what, event, number):
    if kind == "burn":
        burn(float(what))
    elif kind == "sleep":
        time.sleep(float(what) / 1000)
    elif kind == "call":
        return invoke(what, {**event, "for": what})
    elif kind == "retry":
        return invoke_again(what, {**event, "for": what})
    elif kind == "event":
        invoke(what, {**event, "for": what}, "Event")
    elif kind == "ping":
        ping(what)
    elif kind == "forget":
        forget(what, {**event, "for": what})
    elif kind == "publish":
        return [invoke(function, event) for function in what.split(",")]
    elif kind == "gather":
        return gather(what.split(","), event)
    elif kind == "exit":
        if number % int(what) == 0:
            os._exit(1)
    elif kind == "connect":
        connect(number, int(what))
    elif kind != "prepare":
        {"http": ask_http, "postgres": ask_postgres, "redis": ask_redis, "log": tell_log,
         "trace": tell_trace}[kind]()
    return None


if "prepare" in KINDS:
    ask_http()


def handler(event, _context):
    number = count()
    answers = [run(kind, what, event, number) for kind, what in PLAN if kind != "answer"]
    count(".done")
    return None if ("answer", "null") in PLAN else {"id": str(uuid.uuid4()), "answers": answers}
