#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Prints a trace as text in which one thing is there N times: calls in a row, at once or below each other, slices,
threads, connections, environments, ... What reads it may take N times as long for that, not N * N.

    shapes.py SHAPE N
    shapes.py            the shapes
"""

import sys

MAIN, FIRST_WORKER = 100, 1000
INVOKE = "kind=invoke service=lambda operation=Invoke"
SERVER_PORT = 3002
GAP_US = 1000  # between what follows each other


class Offline:
    """An emulator with worker threads, one for each function: workers and their connections count from 0."""

    def __init__(self, workers):
        print("start monotonic=0 realtime=1700000000s\nhost machine=x86_64")
        print(f"0us task_seen pid={MAIN} name=node\n0us exec pid={MAIN} program=node script=offline")
        for worker in range(workers):
            print(f"0us task_seen pid={MAIN} tid={FIRST_WORKER + worker} name=node off=sleep blocked_in=poll")
        self.messages = 0

    @staticmethod
    def connect(us, connection, worker):
        port = 10000 + connection % 50000
        print(f"{us}us connection pid={MAIN} tid={FIRST_WORKER + worker} id={2 * connection + 1} local_port={port} "
              f"remote_port={SERVER_PORT} is_client=yes local_address=127.0.{connection // 50000}.1")
        print(f"{us}us connection pid={MAIN} id={2 * connection + 2} local_port={SERVER_PORT} remote_port={port} "
              f"remote_address=127.0.{connection // 50000}.1")

    @staticmethod
    def _both(us, connection, worker, is_response, text):
        sides = [f"{us}us message pid={MAIN} tid={FIRST_WORKER + worker} connection={2 * connection + 1} ",
                 f"{us}us message pid={MAIN} connection={2 * connection + 2} "]
        directions = ["direction=sent ", "direction=received "]
        for side, direction in zip(reversed(sides) if is_response else sides, directions):
            print(side + direction + text)

    def call(self, us, connection, worker, function, body, sequence=1, how="request_response"):
        self._both(us, connection, worker, False,
                   f"{INVOKE} sequence={sequence} method=post invocation_type={how} function={function} "
                   f"host=localhost path=/2015-03-31/functions/{function}/invocations target={function} "
                   f"body={body:x}/80 json={body:x}/80")

    def reply(self, us, connection, worker, body, sequence=1, status=200):
        bodies = f" body={body:x}/20 json={body:x}/20" if body else ""
        self._both(us, connection, worker, True,
                   f"{INVOKE} sequence={sequence} flags=is_response status={status}{bodies}")

    def start(self, us, worker, function, number, body):
        self.messages += 1
        text = f"message={self.messages} function={function} request_id=r-{number} memory_mb=128 json={body:x}/80"
        print(f"{us}us worker_sent pid={MAIN} {text}")
        print(f"{us}us worker_event pid={MAIN} tid={FIRST_WORKER + worker} sent={us}us sender_tid={MAIN} {text}")

    def end(self, us, worker, body, from_us=None):
        self.messages += 1
        text = f"message={self.messages} length=20 json={body:x}/20"
        if from_us is not None:
            self.run(from_us, us, worker)
        print(f"{us}us worker_result pid={MAIN} tid={FIRST_WORKER + worker} port={7000 + self.messages} {text}")
        print(f"{us}us worker_taken pid={MAIN} sent={us}us sender_tid={FIRST_WORKER + worker} {text}")

    @staticmethod
    def run(from_us, to_us, worker):
        print(f"{to_us}us slice pid={MAIN} tid={FIRST_WORKER + worker} woken={from_us}us on={from_us}us "
              f"waker_pid={MAIN} waker_tid={MAIN} off=sleep blocked_in=poll")


def event_body(number):
    return 0x1000000 + number


def result_body(number):
    return 0x2000000 + number


def chain(n, name=lambda i: f"f{i}"):
    """Each function calls the next one and waits for it."""
    offline = Offline(n)
    for i in range(n):
        us = i * GAP_US
        if i:
            offline.connect(us, i, i - 1)
            offline.call(us, i, i - 1, name(i), event_body(i))
        offline.start(us, i, name(i), i, event_body(i))
        offline.run(us, us + GAP_US, i)
    for i in reversed(range(n)):
        us = (2 * n - i) * GAP_US
        offline.end(us, i, result_body(i))
        if i:
            offline.reply(us, i, i - 1, result_body(i))


def recursion(n):
    """A function calls itself."""
    chain(n, lambda i: "again")


def events(n):
    """Each function starts the next one and does not wait."""
    offline = Offline(n)
    for i in range(n):
        us = i * GAP_US
        if i:
            offline.connect(us, i, i - 1)
            offline.call(us, i, i - 1, f"f{i}", event_body(i), how="event")
        offline.start(us, i, f"f{i}", i, event_body(i))
        if i:
            offline.reply(us, i, i - 1, 0, status=202)
            offline.end(us + GAP_US // 2, i - 1, result_body(i - 1), us - GAP_US)
    offline.end(n * GAP_US, n - 1, result_body(n - 1), (n - 1) * GAP_US)


def fan_out(n, name=lambda i: f"f{i}", body=event_body):
    """A function calls N others at once."""
    offline = Offline(n + 1)
    offline.start(0, 0, "all", 0, 1)
    for i in range(1, n + 1):
        us = i * GAP_US // 10
        offline.connect(us, i, 0)
        offline.call(us, i, 0, name(i), body(i))
        offline.start(us, i, name(i), i, body(i))
    offline.run(0, n * GAP_US // 10, 0)
    for i in range(1, n + 1):
        us = (n + i) * GAP_US // 10
        offline.end(us, i, result_body(i), i * GAP_US // 10)
        offline.reply(us, i, 0, result_body(i))
    offline.end(2 * n * GAP_US // 10 + GAP_US, 0, 2, 2 * n * GAP_US // 10)


def fan_out_of_one(n):
    """A function calls another one N times at once."""
    fan_out(n, lambda i: "one")


def fan_out_alike(n):
    """The same, and each time says the same."""
    fan_out(n, lambda i: "one", lambda i: 3)


def loop(n):
    """A function calls another one N times, one after the other."""
    offline = Offline(2)
    offline.start(0, 0, "all", 0, 1)
    offline.connect(0, 1, 0)
    for i in range(1, n + 1):
        us = i * GAP_US
        offline.run(us - GAP_US // 2, us, 0)
        offline.call(us, 1, 0, "one", event_body(i), i)
        offline.start(us, 1, "one", i, event_body(i))
        offline.end(us + GAP_US // 2, 1, result_body(i), us)
        offline.reply(us + GAP_US // 2, 1, 0, result_body(i), i)
    offline.end((n + 1) * GAP_US, 0, 2, n * GAP_US + GAP_US // 2)


def refused(n, how="request_response", status=429):
    """A function is refused N times what it asks for."""
    offline = Offline(1)
    offline.start(0, 0, "all", 0, 1)
    offline.connect(0, 1, 0)
    for i in range(1, n + 1):
        offline.run(i * GAP_US - GAP_US // 2, i * GAP_US, 0)
        offline.call(i * GAP_US, 1, 0, "one", 3, i, how)
        offline.reply(i * GAP_US + GAP_US // 2, 1, 0, 0, i, status)
    offline.end((n + 1) * GAP_US, 0, 2, n * GAP_US + GAP_US // 2)


def refused_events(n):
    """The same with what it does not wait for."""
    refused(n, "event", 500)


def queries(n):
    """A function asks a database N times, one after the other."""
    offline = Offline(1)
    message = f"message pid={MAIN} tid={FIRST_WORKER} connection=1 kind=postgres service=postgresql operation=SELECT"
    offline.start(0, 0, "all", 0, 1)
    print(f"0us connection pid={MAIN} tid={FIRST_WORKER} id=1 local_port=10001 remote_port=5432 is_client=yes")
    for i in range(1, n + 1):
        us = i * GAP_US
        offline.run(us - GAP_US // 2, us, 0)
        print(f"{us}us {message} sequence={i}")
        print(f"{us + GAP_US // 2}us {message} sequence={i} flags=is_response direction=received")
    offline.end((n + 1) * GAP_US, 0, 2, n * GAP_US + GAP_US // 2)


def connect_to_server(number):
    print(f"{number}us connection pid={MAIN} tid={FIRST_WORKER} id={number} local_port={10000 + number % 50000} "
          f"remote_port={80 + number // 50000} is_client=yes")


def queries_at_once(n):
    """A function asks N servers at once."""
    offline = Offline(1)
    offline.start(0, 0, "all", 0, 1)
    for i in range(1, n + 1):
        connect_to_server(i)
        print(f"{i}us message pid={MAIN} tid={FIRST_WORKER} connection={i} sequence=1 method=get path=/ host=h")
    offline.run(0, n, 0)
    for i in range(1, n + 1):
        print(f"{n + 2 * i}us message pid={MAIN} tid={FIRST_WORKER} connection={i} sequence=1 flags=is_response "
              "direction=received status=200")
        offline.run(n + 2 * i - 1, n + 2 * i, 0)
    offline.end(3 * n + GAP_US, 0, 2, 3 * n)


def slices(n):
    """An invocation gets a CPU N times."""
    offline = Offline(1)
    offline.start(0, 0, "all", 0, 1)
    for i in range(n):
        offline.run(i * GAP_US, i * GAP_US + GAP_US // 2, 0)
    offline.end(n * GAP_US, 0, 2)


def helpers(n):
    """N threads of the pool run for a worker, twice each."""
    offline = Offline(1)
    for i in range(1, n + 1):
        print(f"0us task_seen pid={MAIN} tid={FIRST_WORKER + i} name=node off=sleep blocked_in=futex")
    offline.start(0, 0, "all", 0, 1)
    for i in range(2 * n):
        us = (i + 1) * GAP_US // 10
        print(f"{us}us slice pid={MAIN} tid={FIRST_WORKER + 1 + i % n} woken={us - 50}us on={us - 50}us waker_pid={MAIN} "
              f"waker_tid={FIRST_WORKER} off=sleep blocked_in=futex")
    offline.end((2 * n + 1) * GAP_US // 10, 0, 2, n * GAP_US // 5)


def connections(n):
    """An invocation opens N connections, and closes them at its end."""
    offline = Offline(1)
    offline.start(0, 0, "all", 0, 1)
    for i in range(1, n + 1):
        connect_to_server(i)
    for i in range(1, n + 1):
        print(f"{n + i}us connection_state pid={MAIN} tid={FIRST_WORKER} id={i}")
    offline.end(2 * n + GAP_US, 0, 2, 0)


def connections_after_look_up(n):
    """An invocation asks for a name, and opens N connections that need none, one after the other."""
    offline = Offline(1)
    offline.start(0, 0, "all", 0, 1)
    print(f"0us connection pid={MAIN} tid={FIRST_WORKER} id=1 local_port=10001 remote_port=53 is_client=yes")
    for way in "sent", "received":
        print(f"1us message pid={MAIN} tid={FIRST_WORKER} connection=1 kind=bytes sequence=1 direction={way}")
    for i in range(1, n + 1):
        us = 100000 + i * GAP_US
        print(f"{us}us connection pid={MAIN} tid={FIRST_WORKER} id={i + 1} local_port={10000 + i % 50000} "
              f"remote_port={80 + i // 50000} is_client=yes opened={us}us")
        message = f"message pid={MAIN} tid={FIRST_WORKER} connection={i + 1} sequence=1"
        print(f"{us + 1}us {message} method=get path=/ host=h")
        offline.run(us - 1, us + 2, 0)
        print(f"{us + 100}us {message} flags=is_response direction=received status=200")
        print(f"{us + 101}us connection_state pid={MAIN} tid={FIRST_WORKER} id={i + 1}")
        offline.run(us + 99, us + 102, 0)
    offline.end((n + 1) * GAP_US + 100000, 0, 2, (n + 1) * GAP_US + 99000)


def functions(n):
    """N functions, one invocation each."""
    offline = Offline(n)
    for i in range(n):
        offline.start(i * GAP_US, i, f"f{i}", i, event_body(i))
        offline.end(i * GAP_US + GAP_US // 2, i, result_body(i), i * GAP_US)


def at_once(n):
    """N invocations of a function in environments of their own, all at once."""
    offline = Offline(n)
    for i in range(n):
        offline.start(i * GAP_US // 10, i, "one", i, event_body(i))
    for i in range(n):
        offline.end((n + i) * GAP_US // 10, i, result_body(i), i * GAP_US // 10)


def open_at_the_end(n):
    """The same, and the recording ends before them."""
    offline = Offline(n)
    for i in range(n):
        offline.start(i * GAP_US // 10, i, "one", i, event_body(i))


def one_environment(n):
    """N invocations of one environment."""
    offline = Offline(1)
    for i in range(n):
        offline.start(i * GAP_US, 0, "one", i, event_body(i))
        offline.end(i * GAP_US + GAP_US // 2, 0, result_body(i), i * GAP_US)


def same_request_id(n):
    """The same, each with the same request id."""
    offline = Offline(1)
    for i in range(n):
        offline.start(i * GAP_US, 0, "one", 0, event_body(0))
        offline.end(i * GAP_US + GAP_US // 2, 0, result_body(i), i * GAP_US)


def losses(n):
    """What was lost N times while N invocations were open."""
    at_once(n)
    for i in range(n):
        print(f"{n * GAP_US // 10 + 2 * i + 1}us loss from={n * GAP_US // 10 + 2 * i}us records=1 bytes=100 "
              "loss_class=scheduler")


def concurrent(n):
    """A server that is a function answers N requests at once, on one thread."""
    print("start monotonic=0 realtime=1700000000s\nhost machine=x86_64")
    print("0us exec pid=10 program=node\n0us http_function port=8080 function=one memory_mb=128")
    print("1us connection pid=10 id=1 local_port=8080 is_listening=yes")
    for i in range(n):
        us = 10 + i * 100
        print(f"{us}us connection pid=10 id={2 + i} local_port=8080 remote_port={10000 + i % 50000} "
              f"remote_address=10.0.{i // 50000}.1")
        print(f"{us}us message pid=10 connection={2 + i} sequence=1 direction=received method=get path=/{i}")
        print(f"{us + 60}us slice pid=10 woken={us}us on={us}us off=sleep blocked_in=poll")
    for i in range(n):
        us = 10 + (n + i) * 100
        print(f"{us}us message pid=10 connection={2 + i} sequence=1 flags=is_response status=200")
        print(f"{us + 60}us slice pid=10 woken={us}us on={us}us off=sleep blocked_in=poll")


def runtime(us, pid, connection, function):
    """A runtime that asks its emulator (50) for an event; both ends of its connection have ids of their own."""
    port = 10000 + connection % 50000
    address = f"127.0.{connection // 50000}.1"
    print(f"{us}us fork pid=50 child_pid={pid}")
    print(f"{us}us exec pid={pid} program=bootstrap runtime_api=127.0.0.1:9001 function={function} memory_mb=128")
    print(f"{us}us connection pid={pid} id={2 * connection + 1} local_port={port} remote_port=9001 is_client=yes "
          f"local_address={address}")
    print(f"{us}us connection pid=50 id={2 * connection + 2} local_port=9001 remote_port={port} "
          f"remote_address={address}")
    for side in (f"pid={pid} connection={2 * connection + 1}", f"pid=50 connection={2 * connection + 2} direction=received"):
        print(f"{us}us message {side} sequence=1 kind=runtime_next method=get")


def runtime_event(us, pid, connection, number):
    for side in (f"pid=50 connection={2 * connection + 2}", f"pid={pid} connection={2 * connection + 1} direction=received"):
        print(f"{us}us message {side} sequence=1 kind=runtime_next flags=is_response status=200 request_id=r-{number} "
              f"json={event_body(number):x}/80 body={event_body(number):x}/80")


def runtime_result(us, pid, connection, number):
    for side in (f"pid={pid} connection={2 * connection + 1}", f"pid=50 connection={2 * connection + 2} direction=received"):
        print(f"{us}us message {side} sequence=2 kind=runtime_response method=post request_id=r-{number} "
              f"body={result_body(number):x}/20")
    for side in (f"pid=50 connection={2 * connection + 2}", f"pid={pid} connection={2 * connection + 1} direction=received"):
        print(f"{us}us message {side} sequence=2 kind=runtime_response flags=is_response status=202")
    for side in (f"pid={pid} connection={2 * connection + 1}", f"pid=50 connection={2 * connection + 2} direction=received"):
        print(f"{us}us message {side} sequence=3 kind=runtime_next method=get")


def emulator():
    print("start monotonic=0 realtime=1700000000s\nhost machine=x86_64")
    print("0us task_seen pid=50 parent_pid=1 blocked_in=poll name=emulator\n0us exec pid=50 program=emulator")


def environments(n):
    """N environments, one after the other, one invocation each."""
    emulator()
    for i in range(n):
        us, pid = i * GAP_US, 1000 + i
        runtime(us, pid, i, "one")
        runtime_event(us + 100, pid, i, i)
        runtime_result(us + 200, pid, i, i)
        print(f"{us + 300}us task_exit pid={pid} is_process=yes")


def environments_at_once(n):
    """N environments that live all the time, one invocation each."""
    emulator()
    for i in range(n):
        runtime(i * GAP_US, 1000 + i, i, "one")
    for i in range(n):
        runtime_event((n + i) * GAP_US, 1000 + i, i, i)
        runtime_result((n + i) * GAP_US + 200, 1000 + i, i, i)


def environments_untraced(n):
    """The same on hosts of their own, of which the emulator's side is all that is seen."""
    emulator()
    for i in range(n):
        us, connection = i * GAP_US, i + 1
        print(f"{us}us connection pid=50 id={connection} local_port=9001 remote_port=10000 "
              f"remote_address=10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
        print(f"{us}us message pid=50 connection={connection} sequence=1 direction=received kind=runtime_next method=get")
    for i in range(n):
        us, side = (n + i) * GAP_US, f"message pid=50 connection={i + 1}"
        print(f"{us}us {side} sequence=1 kind=runtime_next flags=is_response status=200 request_id=r-{i} "
              f"json={event_body(i):x}/80 body={event_body(i):x}/80")
        print(f"{us + 200}us {side} sequence=2 direction=received kind=runtime_response method=post request_id=r-{i} "
              f"body={result_body(i):x}/20")


def processes(n, is_nested=False):
    """An invocation starts N programs, one after the other."""
    emulator()
    runtime(0, 1000, 0, "one")
    runtime_event(1, 1000, 0, 0)
    for i in range(1, n + 1):
        us = i * GAP_US
        print(f"{us}us fork pid={1000 + i - 1 if is_nested else 1000} child_pid={1000 + i}")
        print(f"{us}us exec pid={1000 + i} program=curl")
        print(f"{us + 500}us slice pid={1000 + i} woken={us}us on={us}us off=dead")
        if not is_nested:
            print(f"{us + 500}us task_exit pid={1000 + i} is_process=yes")
    runtime_result((n + 2) * GAP_US, 1000, 0, 0)


def processes_nested(n):
    """The same, each by the one before."""
    processes(n, True)


def threads(n):
    """N threads of a process get a CPU in an invocation."""
    emulator()
    runtime(0, 1000, 0, "one")
    for i in range(1, n + 1):
        print(f"1us fork pid=1000 child_pid=1000 child_tid={1000 + i}")
    runtime_event(2, 1000, 0, 0)
    for i in range(1, n + 1):
        us = i * GAP_US // 10
        print(f"{us + 50}us slice pid=1000 tid={1000 + i} woken={us}us on={us}us waker_tid=1000 off=sleep blocked_in=futex")
    runtime_result((n + 2) * GAP_US, 1000, 0, 0)


def thread_per_query(n):
    """An invocation starts N threads, one after the other; each asks a database, sleeps and ends."""
    emulator()
    runtime(0, 1000, 0, "one")
    runtime_event(2, 1000, 0, 0)
    message = "kind=postgres service=postgresql operation=SELECT"
    for i in range(1, n + 1):
        us, connection = i * GAP_US, 10 + i
        print(f"{us}us fork pid=1000 child_pid=1000 child_tid={1000 + i}")
        print(f"{us + 10}us connection pid=1000 tid={1000 + i} id={connection} local_port={10000 + i % 50000} "
              f"remote_port={5432 + i // 50000} is_client=yes")
        print(f"{us + 20}us message pid=1000 tid={1000 + i} connection={connection} sequence=1 {message}")
        print(f"{us + 30}us slice pid=1000 tid={1000 + i} woken={us}us on={us}us off=sleep blocked_in=poll")
        print(f"{us + 500}us message pid=1000 tid={1000 + i} connection={connection} sequence=1 {message} "
              "flags=is_response direction=received")
        print(f"{us + 510}us slice pid=1000 tid={1000 + i} woken={us + 500}us on={us + 500}us off=sleep "
              f"blocked_in=sleep deadline={us + 3000}us")
        print(f"{us + 800}us slice pid=1000 tid={1000 + i} woken={us + 799}us on={us + 799}us off=dead")
        print(f"{us + 800}us task_exit pid=1000 tid={1000 + i}")
    runtime_result((n + 2) * GAP_US, 1000, 0, 0)


SHAPES = [chain, recursion, events, fan_out, fan_out_of_one, fan_out_alike, loop, refused, refused_events, queries,
          queries_at_once, slices, helpers, threads, connections, connections_after_look_up, functions, at_once,
          open_at_the_end, one_environment, same_request_id, losses, concurrent, environments, environments_at_once,
          environments_untraced, processes, processes_nested, thread_per_query]


def main():
    by_name = {shape.__name__.replace("_", "-"): shape for shape in SHAPES}
    if len(sys.argv) != 3:
        for name, shape in by_name.items():
            print(f"{name:22} {shape.__doc__}")
        return
    by_name[sys.argv[1]](int(sys.argv[2]))


main()
