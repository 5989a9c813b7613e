# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The checks of the kernel side, one function each: check_NAME() returns what it found, in one line."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections import defaultdict

import bpf_programs

RECORDS = ODD_CALLS = ""  # the programs; set by run
HOOKS = ()  # options of RECORDS that say by which hooks it watches; set by run
PATIENCE = 1  # grows with each try of a check: what waits for the recorder waits longer on a slow machine; set by run
BY_SYSCALL = ("-S", "syscall", "-U", "single")  # what the kernel may have better, forced to the older
MS = 1_000_000
# A change that is told, and what the kernel's counters of each CPU hold back: 32 pages of three kinds.
MEMORY_STEP_KB = 256 + 384 * os.cpu_count()
SEND, RECEIVE = 0, 1
OFF_PREEMPTED, OFF_SLEEP, OFF_DEAD, OFF_CUT, OFF_THROTTLED, WAKER_TASK = 1, 2, 6, 7, 8, 1
FIRST, LAST, NO_PAYLOAD = 1, 2, 4
SYSCALL_RECVFROM = 45
SYSCALL_CLOCK_NANOSLEEP = 230
LISTENING = 10  # TCP state
TEXT_KEYS = {"kind", "name"}
BYTES_KEYS = {"piece", "args", "env", "data", "local", "remote"}
HEX_KEYS = {"self", "peer", "message", "port"}


class Skip(Exception):
    pass


def all_checks(wanted):
    """(name, check, hooks): those of sockets and Node by both kinds of hooks."""
    found = [(name[6:], function) for name, function in globals().items() if name.startswith("check_")]
    found = [(name, function) for name, function in found if not wanted or name in wanted]
    again = [(name, function) for name, function in found if function in HOOKED]
    return ([(name, function, ()) for name, function in found]
            + [(name + " by syscalls", function, BY_SYSCALL) for name, function in again])


# ---- records ----

def parse(line):
    kind, *pairs = line.rstrip("\n").split(" ")
    record = {"kind": kind}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            continue  # a space in a thread's name
        if key in BYTES_KEYS:
            record[key] = bytes.fromhex(value)
        elif key in TEXT_KEYS:
            record[key] = value
        else:
            record[key] = int(value, 16 if key in HEX_KEYS else 10)
    return record


def read_records(path):
    with open(path) as file:
        return [parse(line) for line in file]


def record(command, *options, **arguments):
    """Records @command (None: what the options name); returns its records and its stdout."""
    with tempfile.NamedTemporaryFile(prefix="idletax-records-") as output:
        line = [RECORDS, *HOOKS, "-o", output.name, *options] + (["--", *command] if command else [])
        done = subprocess.run(line, stdout=subprocess.PIPE, check=True, timeout=120, **arguments)
        return read_records(output.name), done.stdout.decode()


def python(text):
    return [sys.executable, "-c", textwrap.dedent(text)]


def of_kind(records, kind, **fields):
    return [r for r in records if r["kind"] == kind and all(r[k] == v for k, v in fields.items())]


def streams(records):
    """(cookie, direction) -> {byte offset: byte} of what was kept, and the total length of the stream."""
    kept, length = defaultdict(dict), defaultdict(int)
    for r in of_kind(records, "data"):
        key = (r["cookie"], r["direction"])
        start = r["op_offset"] + r["piece_offset"]
        for i, byte in enumerate(r["piece"]):
            kept[key][start + i] = byte
        length[key] = max(length[key], r["op_offset"] + r["op_bytes"])
    return kept, length


def expect_operations(records):
    """Every operation starts where the one before ended, and its pieces are flagged and inside it."""
    at = defaultdict(int)
    is_inside = defaultdict(bool)
    for r in of_kind(records, "data"):
        key = (r["cookie"], r["direction"])
        if r["flags"] & FIRST:
            assert not is_inside[key], f"an operation without a last piece: {r}"
            assert r["op_offset"] == at[key], f"offset {r['op_offset']}, expected {at[key]}"
            at[key] += r["op_bytes"]
        assert r["piece_offset"] + r["piece_bytes"] <= r["op_bytes"]
        is_inside[key] = not r["flags"] & LAST
    assert not any(is_inside.values()), "an operation without a last piece"


def thread_slices(records, tid):
    """Slices of a thread follow each other without overlap, and none is missing: what blocked was woken,
    and only that. Returns them."""
    slices = of_kind(records, "slice", tid=tid)
    before = 0
    for last, r in zip(slices, slices[1:]):
        has_blocked = last["off_reason"] not in (OFF_PREEMPTED, OFF_CUT, OFF_THROTTLED)
        assert has_blocked == (r["woken_ns"] > 0), f"a slice is missing between {last} and {r}"
    for r in slices:
        assert r["on_ns"] >= before, f"slices overlap: {r}"
        assert r["time_ns"] >= r["on_ns"] and r["woken_ns"] <= r["on_ns"]
        assert r["woken_ns"] == 0 or r["woken_ns"] >= before
        before = r["time_ns"]
    return slices


def serve(handle):
    """A loopback server in a child process: calls @handle with each connection. Returns (port, pid)."""
    listener = socket.create_server(("127.0.0.1", 0))
    pid = os.fork()
    if pid:
        port = listener.getsockname()[1]
        listener.close()
        return port, pid
    try:
        while True:
            handle(listener.accept()[0])
    finally:
        os._exit(0)


def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def wait_until_in(thread, syscall, seconds=10):
    """Until the thread whose folder in /proc is @thread has entered @syscall, and waits in it."""
    end = time.monotonic() + seconds
    while True:
        with open(f"/proc/{thread}/syscall") as file:
            if file.read().split()[0] == str(syscall):
                return
        assert time.monotonic() < end, f"{thread} does not enter syscall {syscall}"
        time.sleep(0.01)


# ---- scheduler ----

def check_sleep_then_burn():
    records, told = record(python("""
        import time
        def waited():  # for a CPU, by the kernel's count
            with open("/proc/thread-self/schedstat") as file:
                return int(file.read().split()[1])
        a = time.monotonic_ns()
        time.sleep(0.5)
        before = waited()
        b = time.monotonic_ns()
        cpu = time.thread_time_ns()
        while time.thread_time_ns() - cpu < 300_000_000: pass
        burnt = time.thread_time_ns() - cpu
        c = time.monotonic_ns()
        print(a, b, c, burnt, waited() - before)
    """))
    began, woke, ended, burnt, waited = map(int, told.split())
    tid = of_kind(records, "exec")[0]["tid"]
    slices = thread_slices(records, tid)
    sleep = [r for r in slices if r["syscall"] == SYSCALL_CLOCK_NANOSLEEP and r["off_reason"] == OFF_SLEEP]
    assert len(sleep) == 1, f"{len(sleep)} sleeps"
    late = sleep[0]["deadline_ns"] - (began + 500 * MS)  # a busy machine keeps it from its sleep for a while
    assert late >= 0 and sleep[0]["deadline_ns"] <= woke, f"the deadline is {late} ns off"
    on_cpu = sum(min(r["time_ns"], ended) - max(r["on_ns"], woke) for r in slices
                 if r["time_ns"] > woke and r["on_ns"] < ended)
    # Its own clock leaves out what interrupts and the host took while it had the CPU.
    assert on_cpu > 0.97 * burnt, f"on CPU {on_cpu}, by its own clock {burnt}"
    assert abs(on_cpu - (ended - woke - waited)) < 0.03 * burnt, f"on CPU {on_cpu} of {ended - woke}, waited {waited}"
    return f"deadline {late / 1000:.0f} us after the program's, on CPU {on_cpu / MS:.1f} of {burnt / MS:.1f} ms"


def stolen_ns():
    """Time that the hypervisor kept this machine's CPUs from running: no timer fires in it."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[8]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def check_cpu_bound_is_cut():
    stolen = stolen_ns()
    records, told = record(python("""
        import time
        end = time.monotonic() + 3
        print(time.monotonic_ns())
        while time.monotonic() < end: pass
        print(time.monotonic_ns())
    """))
    began, ended = map(int, told.split())
    tid = of_kind(records, "exec")[0]["tid"]
    slices = [r for r in thread_slices(records, tid) if r["time_ns"] > began and r["on_ns"] < ended]
    longest = max(r["time_ns"] - r["on_ns"] for r in slices)
    stolen = stolen_ns() - stolen
    assert longest <= 100 * MS + stolen, f"a slice of {longest / MS:.1f} ms, {stolen / MS} ms stolen"
    gaps = sum(b["on_ns"] - a["time_ns"] for a, b in zip(slices, slices[1:]))
    cut = sum(r["off_reason"] == OFF_CUT for r in slices)
    assert cut or longest < 90 * MS, "nothing was cut"  # a busy machine preempts it before
    return f"{len(slices)} slices, {cut} cut, longest {longest / MS:.1f} ms, off CPU {gaps / MS:.1f} ms"


def check_every_stay_is_told():
    """More processes than CPUs that work and sleep: what their slices come to is what the kernel counted.

    No CPU is idle: after idleness the kernel counts from up to 32 us before it tells the switch."""
    stolen = stolen_ns()
    records, told = record(python("""
        import os, time
        end = time.monotonic() + 3
        def counted():
            with open("/proc/self/schedstat") as file:
                return int(file.read().split()[0])
        def work():
            while time.monotonic() < end:
                pause = time.monotonic() + 0.02
                while time.monotonic() < pause: pass
                time.sleep(0.003)
            os.sched_yield()  # what ran until here is counted, and told
            print(f"{os.getpid()} {counted()}\\n", end="", flush=True)
        workers = 4 * os.cpu_count()
        for _ in range(workers):
            if os.fork() == 0:
                work()
                os._exit(0)
        for _ in range(workers): os.wait()
    """))
    stolen = stolen_ns() - stolen
    total, off = 0, []
    for pid, counted in (map(int, line.split()) for line in told.splitlines()):
        slices = thread_slices(records, pid)
        total += len(slices)
        off.append(sum(r["time_ns"] - r["on_ns"] for r in slices) - counted)
        # More by what interrupts and the host took from it, and by its printing what was counted; less where the
        # host took the CPU between the kernel's look at its clock and the switch (0.5 ms are seen now and then).
        assert -5 * MS - stolen < off[-1] < 5 * MS + 0.1 * counted + stolen, \
            f"{off[-1]} ns more than the {counted} counted, {stolen} stolen"
    return f"{total} slices, {min(off) / MS:.2f} to {max(off) / MS:.2f} ms more than the kernel counted"


TIMEOUTS = {  # each sleeps 200 ms in another syscall; the deadline must be 200 ms after `began`
    "poll": "select.poll().poll(200)",
    "epoll": "select.epoll().poll(0.2)",
    "select": "select.select([], [], [], 0.2)",
    "futex": "(lambda l: (l.acquire(), l.acquire(timeout=0.2)))(threading.Lock())",
    "condition": "(lambda c: (c.acquire(), c.wait(0.2)))(threading.Condition())",
    "sigtimedwait": "signal.sigtimedwait([signal.SIGUSR1], 0.2)",
    "nanosleep": "libc.nanosleep(ctypes.byref((ctypes.c_long * 2)(0, 200_000_000)), None)",
    "usleep": "libc.usleep(200_000)",
    "realtime": "libc.clock_nanosleep(0, 1, ctypes.byref((ctypes.c_long * 2)(*divmod(time.time_ns() + "
                "200_000_000, 10**9))), None)",
}


def check_deadlines():
    program = "import ctypes, select, signal, threading, time\nlibc = ctypes.CDLL(None)\n"
    for name, call in TIMEOUTS.items():
        program += f"a = time.monotonic_ns(); {call}; print('{name}', a, time.monotonic_ns())\n"
    records, told = record([sys.executable, "-c", program])
    tid = of_kind(records, "exec")[0]["tid"]
    slices = thread_slices(records, tid)
    worst = 0
    for line in told.splitlines():
        name, began, ended = line.split()
        began, ended = int(began), int(ended)
        deadlines = [r["deadline_ns"] for r in slices if began < r["time_ns"] < ended and r["deadline_ns"]]
        assert deadlines, f"{name}: no deadline"
        off = deadlines[-1] - (began + 200 * MS)
        assert -MS < off and deadlines[-1] < ended + MS, f"{name}: deadline {off / MS:.3f} ms off"
        worst = max(worst, abs(off))
    return f"{len(TIMEOUTS)} syscalls, worst {worst / MS:.2f} ms from the caller's own sum"


def check_no_stale_deadline():
    records, told = record(python("""
        import os, threading, time, select
        r, w = os.pipe()
        p = select.poll(); p.register(r)
        os.write(w, b'x'); p.poll(5000)      # has a time-out and does not block
        threading.Timer(0.2, lambda: os.write(w, b'y')).start()
        os.read(r, 1)
        print(time.monotonic_ns()); os.read(r, 1); print(time.monotonic_ns())
    """))
    began, ended = map(int, told.split())
    tid = of_kind(records, "exec")[0]["tid"]
    blocked = [r for r in thread_slices(records, tid) if began < r["time_ns"] < ended and r["syscall"] == 0
               and r["off_reason"] == OFF_SLEEP]
    assert blocked and not any(r["deadline_ns"] for r in blocked), blocked
    return f"{len(blocked)} blocks in read without a deadline"


def check_wakers():
    records, told = record(python("""
        import threading, time, os
        print(os.getpid())
        lock = threading.Lock(); lock.acquire()
        def release():
            for _ in range(20):
                time.sleep(0.01)
                while not lock.locked(): time.sleep(0.001)  # a busy machine has not let the other take it
                lock.release()
            print(threading.get_native_id())
        t = threading.Thread(target=release); t.start()
        for _ in range(20): lock.acquire()
        t.join()
    """))
    main, helper = map(int, told.split())
    woken = [r for r in thread_slices(records, main) if r["woken_ns"]]
    by_helper = sum(r["waker"] == WAKER_TASK and r["waker_tid"] == helper for r in woken)
    by_itself = sum(r["waker"] == WAKER_TASK and r["waker_tid"] == main for r in woken)
    timers = [r for r in thread_slices(records, helper) if r["woken_ns"] and r["waker"] != WAKER_TASK]
    assert by_helper >= 18 and not by_itself, f"{by_helper} by the other thread, {by_itself} by itself"
    assert len(timers) >= 18, f"{len(timers)} of 20 sleeps ended by an interrupt"
    return f"{by_helper} of 20 lock hand-overs name their waker, {len(timers)} sleeps ended by no task"


# ---- processes ----

def check_attach_to_sleeping():
    child = subprocess.Popen(python(f"""
        import time
        print(time.monotonic_ns(), flush=True)
        time.sleep({2 * PATIENCE})
        print(time.monotonic_ns())
    """), stdout=subprocess.PIPE)
    began = int(child.stdout.readline())
    wait_until_in(child.pid, SYSCALL_CLOCK_NANOSLEEP)
    records, _ = record(None, "-m", "-p", str(child.pid))
    ended = int(child.stdout.readline())
    child.wait()
    seen = of_kind(records, "seen", tid=child.pid)
    assert len(seen) == 1 and seen[0]["off_reason"] == OFF_SLEEP, seen
    assert seen[0]["syscall"] == SYSCALL_CLOCK_NANOSLEEP, seen
    off = seen[0]["deadline_ns"] - (began + 2000 * MS)
    assert off >= 0 and seen[0]["deadline_ns"] <= ended, f"deadline {off} ns off"
    told = of_kind(records, "exec", tgid=child.pid)
    assert told and b"time.sleep(2)" in told[0]["args"] and b"PATH=" in told[0]["env"]
    first = thread_slices(records, child.pid)[0]
    assert first["woken_ns"] >= seen[0]["deadline_ns"] and first["woken_ns"] <= ended
    memory = of_kind(records, "memory", tgid=child.pid)
    wanted = (ended - seen[0]["time_ns"]) // (200 * MS)  # one is taken every 100 ms, or later on a busy machine
    assert len(memory) >= wanted > 0 and memory[0]["rss_bytes"] > 1 << 20, f"{len(memory)} memory samples"
    assert of_kind(records, "exit", tgid=child.pid, is_group_dead=1)
    return f"asleep until {off / 1000:.0f} us after its own figure, {len(memory)} memory samples"


def check_short_lived_children():
    count = 50
    port, server = serve(lambda connection: (connection.recv(4096), connection.sendall(
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"), connection.close()))
    records, told = record(["bash", "-c", f"for i in $(seq {count}); do MARK=m$i curl -s "
                            f"http://127.0.0.1:{port}/$i; done"])
    end(server)
    assert told == "ok" * count, "curl failed"
    curls = [r for r in of_kind(records, "exec") if b"curl" in r["args"].split(b"\0")[0]]
    assert len(curls) == count, f"{len(curls)} execs"
    for number, run in enumerate(sorted(curls, key=lambda r: r["time_ns"]), 1):
        assert run["args"].split(b"\0")[:3] == [b"curl", b"-s", f"http://127.0.0.1:{port}/{number}".encode()]
        assert f"MARK=m{number}".encode() in run["env"].split(b"\0"), "its environment"
        assert run["args_total"] == run["args_bytes"] and run["env_total"] == run["env_bytes"]
        assert of_kind(records, "fork", child_tgid=run["tgid"]), "its fork"
        ended = of_kind(records, "exit", tgid=run["tgid"], is_group_dead=1)
        assert len(ended) == 1 and ended[0]["exit_code"] == 0 and ended[0]["peak_rss_bytes"] > 1 << 20
        sent = b"".join(r["piece"] for r in of_kind(records, "data", tgid=run["tgid"], direction=SEND))
        assert sent.startswith(f"GET /{number} HTTP/1.1\r\n".encode()), sent
        assert thread_slices(records, run["tid"])[-1]["off_reason"] == OFF_DEAD
    lived = sorted(of_kind(records, "exit", tgid=r["tgid"], is_group_dead=1)[0]["time_ns"] - r["time_ns"]
                   for r in curls)
    return f"{count} of {count}, median life {lived[count // 2] / MS:.1f} ms"


def check_memory():
    """A short peak, and children: of vfork, which has its parent's memory, and one that executes a small program."""
    records, told = record(["/usr/bin/python3", "-c", textwrap.dedent("""
        import mmap, os, time
        def status(name):
            return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))
        area = mmap.mmap(-1, 64 << 20)
        for at in range(0, len(area), 4096): area[at] = 1
        os.posix_spawn("/bin/true", ["true"], {})
        os.wait()
        area.close()
        time.sleep(0.01)
        print(os.getpid(), status("VmHWM"), status("VmRSS"))
    """)])
    pid, peak_kb, rss_kb = map(int, told.split())
    assert peak_kb > 64 << 10 and rss_kb < 32 << 10, told
    looks = of_kind(records, "memory", tgid=pid)
    peak = max(look["peak_rss_bytes"] for look in looks) >> 10
    assert abs(peak - peak_kb) <= MEMORY_STEP_KB, f"{peak} kB told, {peak_kb} counted"
    assert abs((looks[-1]["rss_bytes"] >> 10) - rss_kb) <= 4 * MEMORY_STEP_KB, f"{looks[-1]} for {rss_kb} kB"
    others = [r for r in of_kind(records, "memory") if r["tgid"] != pid and r["time_ns"] >= looks[0]["time_ns"]]
    assert all(r["peak_rss_bytes"] < 32 << 20 for r in others), f"a child was told to have {others}"
    ended = of_kind(records, "exit", is_group_dead=1)
    small = [r for r in ended if r["tgid"] != pid]
    assert small and all(r["peak_rss_bytes"] < 32 << 20 for r in small), f"{small}"
    last = next(r for r in ended if r["tgid"] == pid)
    assert abs((last["peak_rss_bytes"] >> 10) - peak_kb) <= MEMORY_STEP_KB, last
    return f"peak of {peak} kB told, {peak_kb} counted by the kernel, in {len(looks)} looks"


def check_exit_codes():
    records, _ = record(["bash", "-c", "(exit 7); bash -c 'kill -9 $$'; true"], stderr=subprocess.DEVNULL)
    codes = sorted(r["exit_code"] for r in of_kind(records, "exit", is_group_dead=1))
    assert codes == [0, 9, 7 << 8], codes
    return "0, signal 9, status 7"


def check_long_arguments():
    records, _ = record(["/bin/echo", "x" * 60000], stdin=subprocess.DEVNULL, env={"MARK": "found", "PATH": "/bin"})
    told = of_kind(records, "exec", name="echo")[0]
    assert told["args"].startswith(b"/bin/echo\0xxxx") and told["args_total"] == 60011, told["args_total"]
    assert b"MARK=found" in told["env"].split(b"\0"), "the environment is cut with the arguments"
    return f"{told['args_bytes']} of {told['args_total']} bytes of arguments, the environment whole"


# ---- sockets ----

CLIENT = """
    import socket, time
    s = socket.create_connection(("127.0.0.1", {port}))
    {body}
    s.shutdown(socket.SHUT_WR)
    got = b""
    while (more := s.recv(65536)): got += more
    print(len(got))
"""


def echo(connection):
    with connection:
        while (data := connection.recv(65536)):
            connection.sendall(data)


def talk(body, *options):
    """Runs a client that sends by @body and reads its echo. Returns records, its cookie, bytes echoed."""
    port, server = serve(echo)
    try:
        records, told = record(python(CLIENT.format(port=port, body=body)), *options)
    finally:
        end(server)
    expect_operations(records)
    opened = [r for r in of_kind(records, "open") if r["remote_port"] == port]
    assert opened, "no socket was seen"
    return records, opened[0]["cookie"], int(told)


def kept_bytes(records, cookie, direction):
    kept, length = streams(records)
    key = (cookie, direction)
    return bytes(kept[key].get(i, 0) for i in range(length[key])), length[key], len(kept[key])


def check_both_ends_of_loopback():
    records, told = record(python("""
        import http.server, threading, urllib.request
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200); self.send_header("content-length", str(len(body)))
                self.end_headers(); self.wfile.write(body[::-1])
            def log_message(self, *a): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/echo"
        print(server.server_address[1])
        for i in range(5):
            body = (b"%d" % i) * 1000
            assert urllib.request.urlopen(urllib.request.Request(url, body)).read() == body[::-1]
    """))
    port = int(told)
    expect_operations(records)
    clients = {r["cookie"]: r for r in of_kind(records, "open") if r["remote_port"] == port}
    servers = {r["cookie"]: r for r in of_kind(records, "open")
               if r["local_port"] == port and r["state"] != LISTENING}
    assert len(clients) == len(servers) == 5, f"{len(clients)} clients, {len(servers)} servers"
    for cookie, client in clients.items():
        pair = [s for s in servers.values() if s["remote_port"] == client["local_port"]
                and s["netns"] == client["netns"] and s["local"] == client["remote"]]
        assert len(pair) == 1, "no mirrored address"
        for direction in SEND, RECEIVE:
            ours = kept_bytes(records, cookie, direction)
            theirs = kept_bytes(records, pair[0]["cookie"], 1 - direction)
            assert ours == theirs and ours[1] == ours[2] > 1000, "the two ends differ"
        states = [r["new_state"] for r in of_kind(records, "state", cookie=cookie)]
        assert states[:2] == [2, 1] and states[-1] == 7, f"client states {states}"
    return "5 connections: both ends carry the same bytes, addresses mirrored, connect and close seen"


def check_writev_of_20_segments():
    records, cookie, echoed = talk("import os; os.writev(s.fileno(), [b'%02d' % i * (i + 1) for i in range(20)])")
    expected = b"".join(b"%02d" % i * (i + 1) for i in range(20))
    sent = of_kind(records, "data", cookie=cookie, direction=SEND)
    assert len(sent) == 1 and sent[0]["piece"] == expected and echoed == len(expected)
    return f"{len(expected)} bytes in one piece"


def check_one_byte_writes():
    records, cookie, _ = talk("[s.send(b'%d' % (i % 10)) for i in range(500)]")
    sent, length, kept = kept_bytes(records, cookie, SEND)
    assert length == kept == 500 and sent == b"0123456789" * 50
    assert len(of_kind(records, "data", cookie=cookie, direction=SEND)) == 500
    return "500 operations of 1 byte"


def check_other_calls():
    records, cookie, _ = talk("""
    import os
    os.write(s.fileno(), b"write ")
    s.sendmsg([b"send", b"msg "])
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with open("/etc/passwd", "rb") as f: os.sendfile(s.fileno(), f.fileno(), 0, 100)
    s.send(b"send")
    s.recv(4, socket.MSG_PEEK); s.recv(4)
    a, b = bytearray(3), bytearray(5); s.recvmsg_into([a, b])
    """.replace("\n    ", "\n    ").strip())
    sent = of_kind(records, "data", cookie=cookie, direction=SEND)
    assert [r["piece"] for r in sent] == [b"write ", b"sendmsg ", b"", b"send"], sent
    assert sent[2]["op_bytes"] == 100 and sent[2]["flags"] & 4, "sendfile is a length without bytes"
    received, length, _ = kept_bytes(records, cookie, RECEIVE)
    assert length == 118 and received.startswith(b"write sendmsg ")
    assert of_kind(records, "data", cookie=cookie, direction=RECEIVE)[-1]["op_bytes"] == 0, "end of stream"
    return "write, sendmsg, sendfile, send, peek, recv, recvmsg, end of stream"


def check_odd_calls():
    records, told = record([ODD_CALLS])
    expect_operations(records)
    done = {}
    for call, direction, bytes_, how in map(str.split, told.splitlines()):
        if how != "skip":
            done[SEND if direction == "send" else RECEIVE, int(bytes_)] = (call, how)
    if HOOKS == BY_SYSCALL:  # sees nothing of io_uring, and one operation where there are several messages
        done = {key: value for key, value in done.items() if value[0] != "io_uring"}
        for direction, lengths in (SEND, (101, 102)), (RECEIVE, (103, 104)):
            done[direction, sum(lengths)] = done[direction, lengths[0]]
            for length in lengths:
                del done[direction, length]
    seen = of_kind(records, "data")
    assert sorted((r["direction"], r["op_bytes"]) for r in seen) == sorted(done), (seen, done)
    alphabet = bytes(ord("a") + i % 26 for i in range(4096))
    for r in seen:
        call, how = done[r["direction"], r["op_bytes"]]
        assert bool(r["flags"] & NO_PAYLOAD) == (how == "length"), f"{call}: {r}"
        assert not r["piece"] if how == "length" else alphabet.startswith(r["piece"][:101]), f"{call}: {r}"
        assert how == "length" or r["piece_bytes"] == r["op_bytes"], f"{call}: {r}"
    calls = sorted({call for call, _ in done.values()})
    return f"{len(seen)} operations of {', '.join(calls)}: bytes where they can be known, else lengths"


def check_sockets_are_not_merged():
    """The kernel uses the memory of closed sockets again, and programs their descriptors."""
    records, told = record(python("""
        import socket
        listener = socket.create_server(("127.0.0.1", 0))
        for i in range(1000):
            a = socket.create_connection(listener.getsockname())
            b = listener.accept()[0]
            a.sendall(b"to %d" % i); b.recv(100); b.sendall(b"from %d" % i); a.recv(100)
            a.close(); b.close()
        for i in range(1000):
            a, b = socket.socketpair()
            a.sendall(b"pair %d" % i); b.recv(100)
            a.close(); b.close()
    """))
    said = defaultdict(list)
    for r in of_kind(records, "data"):
        assert r["op_offset"] == 0, f"another socket's bytes came before: {r}"
        said[r["cookie"]].append((r["direction"], r["piece"]))
    expected = []
    for i in range(1000):
        to, back, pair = b"to %d" % i, b"from %d" % i, b"pair %d" % i
        expected += [[(SEND, to), (RECEIVE, back)], [(RECEIVE, to), (SEND, back)],
                     [(SEND, pair)], [(RECEIVE, pair)]]
    assert sorted(said.values()) == sorted(expected), f"{len(said)} sockets"
    opened = [r for r in of_kind(records, "open") if r["state"] != LISTENING]
    assert {r["cookie"] for r in opened} == set(said), f"{len(opened)} opened"
    closed = [r for r in of_kind(records, "state", new_state=7) if r["cookie"] in said]
    assert len(closed) == 2000, f"{len(closed)} closed"
    return f"{len(said)} sockets of one process, one after the other, each with its own bytes"


def check_replaced_descriptor():
    """What a thread receives belongs to the socket on which it began to wait."""
    records, _ = record(python("""
        import os, socket, threading, time
        a, b = socket.socketpair()
        c, d = socket.socketpair()
        c.sendall(b"the other pair"); d.recv(100)
        a.sendall(b"this pair"); b.recv(100)
        waiter = threading.Thread(target=b.recv, args=(100,))
        waiter.start()
        def is_waiting():
            with open(f"/proc/self/task/{waiter.native_id}/syscall") as file:
                return file.read().startswith("%d ")
        while not is_waiting(): time.sleep(0.01)
        os.dup2(d.fileno(), b.fileno())
        a.sendall(b"late")
        waiter.join()
    """ % SYSCALL_RECVFROM))
    said = defaultdict(list)
    for r in of_kind(records, "data"):
        said[r["cookie"], r["direction"]].append(r["piece"])
    assert sorted(said.values()) == [[b"the other pair"], [b"the other pair"], [b"this pair", b"late"],
                                     [b"this pair", b"late"]], said
    return "the bytes went to the socket that was waited for"


def check_attach_to_receiving():
    """What a process receives in a call that it began before it was traced."""
    a, b = socket.socketpair()
    child = subprocess.Popen(python(f"""
        import socket
        s = socket.socket(fileno={b.fileno()})
        while s.recv(100): s.sendall(b"answer")
    """), pass_fds=[b.fileno()])
    b.close()
    with tempfile.NamedTemporaryFile(prefix="idletax-records-") as output:
        wait_until_in(child.pid, SYSCALL_RECVFROM)
        recorder = subprocess.Popen([RECORDS, *HOOKS, "-o", output.name, "-p", str(child.pid)])
        time.sleep(PATIENCE)
        a.sendall(b"question")
        assert a.recv(100) == b"answer"
        a.close()
        child.wait()
        assert recorder.wait(20) == 0
        records = read_records(output.name)
    said = [(r["direction"], r["piece"]) for r in of_kind(records, "data")]
    assert said == [(RECEIVE, b"question"), (SEND, b"answer"), (RECEIVE, b"")], said
    return "the first receive, its answer and the end"


def check_ten_megabytes():
    records, cookie, echoed = talk("import threading; t = threading.Thread(target=s.sendall, "
                                   "args=(bytes(range(250)) * 40000,)); t.start(); "
                                   "n = 0\n    while n < 10_000_000 - 5: n += len(s.recv(65536))\n    t.join()")
    _, length, kept = kept_bytes(records, cookie, SEND)
    assert length == 10_000_000, f"{length} bytes"
    for r in of_kind(records, "data", cookie=cookie):
        start = r["op_offset"] + r["piece_offset"]
        assert r["piece"] == bytes((start + i) % 250 for i in range(r["piece_bytes"])), "wrong bytes"
    _, received, _ = kept_bytes(records, cookie, RECEIVE)
    assert received == 10_000_000, f"{received} bytes came back"
    return f"all of 10,000,000 bytes counted both ways, {kept} of those sent were kept"


def check_long_head():
    records, cookie, _ = talk("s.sendall(b'POST /x HTTP/1.1\\r\\n' + b''.join(b'h%04d: %s\\r\\n' % (i, b'v' * 90) "
                              "for i in range(400)) + b'content-length: 200000\\r\\n\\r\\n' + b'b' * 200000)")
    sent, length, _ = kept_bytes(records, cookie, SEND)
    head = length - 200000
    assert head > 39000 and b"h0399: " in sent[:head] and sent[:head].count(b"\r\n") == 403, "the head is cut"
    assert b"\0" not in sent[:head]
    kept = sum(r["piece_bytes"] for r in of_kind(records, "data", cookie=cookie, direction=SEND))
    assert kept < head + 8192, f"{kept} bytes kept of a head of {head}: the body is not to be"
    small = b"POST /y HTTP/1.1\r\ncontent-length: 100000\r\n\r\n"
    records, cookie, _ = talk(f"s.sendall({small!r} + b'b' * 100000)")
    kept = sum(r["piece_bytes"] for r in of_kind(records, "data", cookie=cookie, direction=SEND))
    assert kept == 4096 + 64, f"{kept} bytes kept where the head is in the first 4096"
    return f"a head of {head} bytes whole, its body not"


def check_unix_pairs():
    records, told = record(python("""
        import socket
        a, b = socket.socketpair()
        for i in range(10): a.sendall(b"ping%d" % i); b.recv(100); b.sendall(b"pong"); a.recv(100)
        d, e = socket.socketpair(type=socket.SOCK_DGRAM); d.send(b"datagram"); e.recv(100)
    """))
    expect_operations(records)
    opened = of_kind(records, "open", family=1)
    assert len(opened) == 2 and opened[0]["self"] == opened[1]["peer"] != 0, opened
    assert opened[1]["self"] == opened[0]["peer"]
    ours = kept_bytes(records, opened[0]["cookie"], SEND)
    assert ours == kept_bytes(records, opened[1]["cookie"], RECEIVE) and b"ping9" in ours[0]
    return "both ends pair by identity, datagrams are left out"


# ---- Node ----

def check_worker_messages():
    program = """
        const {Worker, isMainThread, parentPort, MessageChannel} = require('worker_threads');
        if (isMainThread) setTimeout(() => { // the recorder attaches while Node starts
          const w = new Worker(__filename);
          let n = 0;
          w.on('message', m => { if (++n === 10) { w.postMessage(null); } else w.postMessage({context: 'request-' + n}); });
          w.postMessage({context: 'request-0'});
        }, PATIENCE * 1000); else parentPort.on('message', m => m ? parentPort.postMessage({reply: m.context}) : process.exit(0));
    """
    if subprocess.run(["which", "node"], stdout=subprocess.DEVNULL).returncode:
        raise Skip("needs node")
    with tempfile.NamedTemporaryFile("w", prefix="idletax-worker-", suffix=".js") as script:
        script.write(textwrap.dedent(program).replace("PATIENCE", str(PATIENCE)))
        script.flush()
        records, _ = record(["node", script.name])
    sent = {r["message"]: r for r in of_kind(records, "worker", operation=1) if b"request-" in r["data"]}
    taken = [r for r in of_kind(records, "worker", operation=2) if b"request-" in r["data"]]
    requests = [r for r in taken if b"context" in r["data"]]
    assert len(requests) == 10, f"{len(requests)} requests received"
    for number, r in enumerate(requests):
        assert f"request-{number}".encode() in r["data"] and r["data"][0] == 0xff
        assert r["length"] == len(r["data"])
    pairs = sum(r["message"] in sent for r in taken)
    assert len(taken) == 20 and pairs == 20, f"{pairs} of {len(taken)} received messages were seen sent"
    return "10 requests and 10 replies, each matched with its sending"


# ---- the recorder's own ----

def check_overflow_is_counted():
    records, told = record(python("""
        import socket
        a, b = socket.socketpair()
        for i in range(5000): a.sendall(b"x" * 400); b.recv(500)
    """), "-r", "65536", "-s", "400")
    lost = of_kind(records, "loss", loss_class=1)
    count = sum(r["records"] for r in lost)
    got = len(of_kind(records, "data"))
    assert lost and all(r["from_ns"] < r["to_ns"] for r in lost), lost
    assert got + count == 10_000 + 2 - len(of_kind(records, "open")), f"{got} came, {count} are told lost"
    return f"{got} came and {count} are told as lost, of 10,000"


def check_killed_recorder_leaves_nothing():
    recorder = subprocess.Popen([RECORDS, "--", "sleep", str(2 * PATIENCE)], stdout=subprocess.DEVNULL)
    end_at = time.monotonic() + 10
    while "on_sched_switch" not in bpf_programs.names(bpf_programs.held_by(recorder.pid)):
        assert recorder.poll() is None and time.monotonic() < end_at, "nothing was loaded at all"
        time.sleep(0.05)
    time.sleep(0.3)  # what it holds is attached, too
    held = bpf_programs.held_by(recorder.pid)
    recorder.kill()
    recorder.wait()
    for _ in range(50):
        if not bpf_programs.names(held):
            break
        time.sleep(0.1)
    assert not bpf_programs.names(held), "programs are still attached"
    return f"{len(held)} programs went after SIGKILL"


HOOKED = {check_short_lived_children, check_both_ends_of_loopback, check_writev_of_20_segments,
          check_one_byte_writes, check_other_calls, check_odd_calls, check_sockets_are_not_merged,
          check_replaced_descriptor, check_attach_to_receiving, check_ten_megabytes, check_long_head,
          check_unix_pairs, check_worker_messages, check_overflow_is_counted}
