"""Reads what handlers and emulators printed: the truth that idletax's figures are compared with.

In : a log with `IDLETAX-TRUTH {json}` lines from handlers and the emulator's own lines with
     "RequestId: ID ... Duration: N ms" (serverless-offline, RIE; RIE's START line is not used).
Out: a truth file, one JSON object a line: function, request_id, start_ns, end_ns, busy_ns,
     timer_ns, caused_by, calls[{callee, callee_request_id, mode, start_ns, end_ns}], where the
     function's program notes its start init{started_ns, ready_ns}, and duration_ms and init_ms, the
     emulator's figures, or null. Times are CLOCK_MONOTONIC ns.
"""

import json
import re
import time

TRUTH = re.compile(r"IDLETAX-TRUTH (?=\{)")
INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)|INVOKE START\(requestId: ([^)]+)\)")
DURATION = re.compile(r"RequestId: (\S+)\s+(?:Init Duration: \S+ ms\s+)?Duration: ([0-9.]+) ms")


def realtime_to_monotonic(entry):
    """bash knows no other clock: moves its times by the offset of now."""
    offset_ns = time.monotonic_ns() - time.time_ns()
    if entry.pop("clock", None) == "realtime":
        for item in [entry, *entry["calls"]]:
            item["start_ns"] += offset_ns
            item["end_ns"] += offset_ns
    init = entry.get("init") or {}
    for name in [name for name in init if name.endswith("_us")]:
        init[name.replace("_us", "_ns")] = init.pop(name) * 1000 + offset_ns


class InitLines:
    """AWS's emulator tells how long INIT took and then, in its next line, which event came first. Many
    emulators write to one log: where another's INIT came between, it is nobody's."""

    def __init__(self):
        self.ms_of = {}
        self.pending = []

    def read(self, line):
        for match in INIT.finditer(line):
            if match.group(1):
                self.pending.append(float(match.group(1)))
            elif self.pending:
                if len(self.pending) == 1:
                    self.ms_of[match.group(2)] = self.pending[0]
                self.pending = []


def unwrap(line):
    """What a structured log line says: Node's client writes nothing else where events come several at
    once."""
    texts = []
    while line.startswith('{"timestamp"'):
        try:
            entry, end = json.JSONDecoder().raw_decode(line)
        except ValueError:
            break
        texts.append(str(entry.get("message", "")))
        line = line[end:]
    return "".join([*texts, line])


def decode(line, start):
    """The entry of @line from @start on; none where it is just being written."""
    try:
        return [json.JSONDecoder().raw_decode(line, start)[0]]
    except ValueError:
        return []


def parse_log(path):
    """The truth entries of a log in order of start."""
    entries, durations, inits = [], {}, InitLines()
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            line = unwrap(line)
            for match in TRUTH.finditer(line):  # writers can join: text and newline are two writes
                entries.extend(decode(line, match.end()))
            if match := DURATION.search(line):
                durations[match.group(1)] = float(match.group(2))
            inits.read(line)
    for entry in entries:
        realtime_to_monotonic(entry)
        entry["duration_ms"] = durations.get(entry["request_id"])
        entry["init_ms"] = inits.ms_of.get(entry["request_id"])
    return sorted(entries, key=lambda entry: entry["start_ns"])


def wait_until_complete(path, request_ids, seconds=30, is_timed=True):
    """Parses the log once every answered request, and every Event callee, has printed its truth; and
    its emulator the Duration, unless not @is_timed."""
    end = time.monotonic() + seconds
    while True:
        entries = parse_log(path)
        missing = request_ids - {entry["request_id"] for entry in entries}
        events = sum(call["mode"] == "event" for e in entries for call in e["calls"])
        started = sum(entry["caused_by"] is not None for entry in entries)
        timed = not is_timed or all(entry["duration_ms"] is not None for entry in entries)
        if not missing and events == started and timed:
            return entries
        if time.monotonic() > end:
            raise SystemExit(
                f"{path}: no truth line for {len(missing)} answered requests, "
                f"{events - started} Event calls without their callee"
                + ("" if timed else ", or no Duration line for some")
            )
        time.sleep(0.2)


def write(path, entries):
    with open(path, "w", encoding="utf-8") as out:
        for entry in entries:
            out.write(json.dumps(entry) + "\n")


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
