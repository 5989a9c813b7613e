"""A handler that takes as much memory as the event says, and tells what the kernel counted of it.

    touch  MB that it takes and gives back without pausing    keep  MB that it takes and keeps
    run    MB that a program takes which it starts             fork  MB that a forked child takes
"""

import json
import mmap
import os
import subprocess
import sys
import time

kept = []
CHILD = """
import mmap, sys, time
area = mmap.mmap(-1, int(sys.argv[1]) << 20)
for at in range(0, len(area), 4096): area[at] = 1
print(open("/proc/self/status").read(), flush=True)
time.sleep(0.3)
"""


def status_kb(text=None):
    """What /proc/PID/status tells, in kB."""
    if text is None:
        with open("/proc/self/status", encoding="ascii") as status:
            text = status.read()
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name: int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM")}


def take(megabytes):
    area = mmap.mmap(-1, megabytes << 20)
    for at in range(0, len(area), 4096):
        area[at] = 1
    return area


def fork(megabytes):
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        area = take(megabytes)
        os.write(writer, json.dumps(status_kb()).encode())
        time.sleep(0.3)
        area.close()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        found = json.loads(told.read())
    os.waitpid(child, 0)
    return found


def handler(event, context):
    child = None
    if "touch" in event:
        take(event["touch"]).close()
    if "keep" in event:
        kept.append(take(event["keep"]))
    if "run" in event:
        done = subprocess.run([sys.executable, "-c", CHILD, str(event["run"])], check=True, capture_output=True,
                              text=True)
        child = status_kb(done.stdout)
    if "fork" in event:
        child = fork(event["fork"])
    # One write: the emulator prints to the same log.
    os.write(1, ("MEMORY " + json.dumps({"id": context.aws_request_id, "own": status_kb(), "child": child}) + "\n").encode())
    return {"request_id": context.aws_request_id}
