"""Records one run of the workload by several kinds of hooks at the same time, and compares what they found
with what the workload's functions told, and with each other.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORKLOAD = Path(__file__).resolve().parent / "workload"
WAYS = {  # name -> options of `idletax record`
    "socket+multi": ["--socket-hooks=socket", "--uprobe-hooks=multi"],
    "syscall+single": ["--socket-hooks=syscall", "--uprobe-hooks=single"],
}


ALL = "all"  # one more way: `record -a`, which has to find by itself what it records


class Wrong(Exception):
    pass


def try_options(idletax, options, environment=None):
    """Whether a recording with them can be made: (it can, what was said)."""
    done = subprocess.run([idletax, "record", "-o", os.devnull, *options, "--", "true"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, **(environment or {})})
    return done.returncode == 0, done.stderr.strip()


def wait_for_line(path, text, process, seconds=180):
    end = time.monotonic() + seconds
    while text not in path.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > end:
            raise Wrong(f"no '{text}':\n{path.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def find_child(pid, name):
    """The descendant of @pid that runs the script @name."""
    waiting = [pid]
    for parent in waiting:
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            if name in Path(f"/proc/{child}/cmdline").read_text():
                return int(child)
            waiting.append(int(child))
    raise Wrong(f"no process runs {name}")


def start_recorder(idletax, folder, way, what):
    log = folder / f"{way}.log"
    output = open(log, "w", encoding="utf-8")
    process = subprocess.Popen(
        [idletax, "record", "-o", folder / f"{way}.trace", *WAYS.get(way, []), *map(str, what)],
        stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        env={**os.environ, "IDLETAX_DEBUG": "1"}, start_new_session=True)
    return process, log


def wait_for_file(path, process, seconds=60):
    end = time.monotonic() + seconds
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise Wrong(f"no {path}")
        time.sleep(0.1)


def record(idletax, folder, ways, emulator, node, requests):
    """The first of @ways records the workload as its command, ALL is there before it, each other one attaches
    to it."""
    command = [sys.executable, WORKLOAD, folder, emulator, node, requests]
    recorders, finder = [], None
    try:
        if ALL in ways:
            finder, _ = start_recorder(idletax, folder, ALL, ["-a"])
            wait_for_file(folder / f"{ALL}.trace", finder)
            ways = [way for way in ways if way != ALL]
        process, log = start_recorder(idletax, folder, ways[0], ["--", *command])
        recorders.append(process)
        wait_for_line(log, "ready", process)
        pid = find_child(process.pid, "workload")
        for way in ways[1:]:
            process, log = start_recorder(idletax, folder, way, ["-p", pid])
            recorders.append(process)
            wait_for_line(log, "recording worker messages", process)
        (folder / "go").touch()
        for process, way in zip(recorders, ways):
            if process.wait(300):
                raise Wrong((folder / f"{way}.log").read_text(errors="replace")[-3000:])
        if finder:
            finder.send_signal(signal.SIGINT)
            finder.wait(60)
    finally:
        for process in [*recorders, *([finder] if finder else [])]:
            process.kill()
            process.wait()


def report(idletax, trace):
    done = subprocess.run([idletax, "report", "--json", "--invocations", "-i", trace],
                          capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise Wrong(f"{trace}: {done.stderr}")
    return json.loads(done.stdout)


def used_hooks(idletax, trace):
    done = subprocess.run([idletax, "info", "--json", "-i", trace], capture_output=True, text=True)
    host = json.loads(done.stdout)["host"]
    return f"{host['socket_hooks']}+{host['uprobe_hooks']}"


def described(found):
    """Of each invocation what must not depend on the hooks."""
    return {(i["function"], i["request_id"]):
            (i["status"], [(c["callee"], c["status"], c["mode"], c["link"]) for c in i["calls"]])
            for i in found["invocations"]}


def compare(idletax, folder, ways):
    """{way: {found, expected, invented, lost}} and what is wrong, a line each."""
    invoked = {tuple(name_and_id) for name_and_id in json.loads((folder / "invoked.json").read_text())}
    result, wrong, first = {}, [], None
    for way in ways:
        trace = folder / f"{way}.trace"
        found = report(idletax, trace)
        described_here = described(found)
        ids = set(described_here)
        result[way] = {"found": len(ids & invoked), "expected": len(invoked),
                       "invented": len(found["invocations"]) - len(ids & invoked),
                       "lost": found["lost"]["records"]}
        if ids != invoked or result[way]["invented"]:
            wrong.append(f"{way}: missing {sorted(invoked - ids)}, invented {sorted(ids - invoked)}")
        if way != ALL and used_hooks(idletax, trace) != way:
            wrong.append(f"{way}: the trace says {used_hooks(idletax, trace)}")
        for key, (status, calls) in described_here.items():
            if status != "ok" or len(calls) != (key[0] in ("py", "js")):
                wrong.append(f"{way}: {key}: {status}, {calls}")
            if first and first.get(key) != (status, calls):
                wrong.append(f"{way}: {key}: {status}, {calls}, by the other hooks {first.get(key)}")
        first = first or described_here
    return result, wrong
