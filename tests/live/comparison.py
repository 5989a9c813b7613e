"""Holds a report (`idletax report --json --invocations`) against the truth (truth.py): which
invocations and links are right, and how far the times are off. No input or output of its own.
"""

import math
import statistics
from collections import Counter

STATES = [
    "active_ns", "runnable_ns", "wait_lambda_ns", "wait_service_ns",
    "wait_timer_ns", "wait_io_ns", "wait_lock_ns", "unknown_ns",
]

# What may not happen, whatever the load. Counts.
NEVER = {
    "missing": 0, "invented": 0, "wrong_function": 0, "wrong_request_id": 0, "wrong_sum": 0,
    "wrong_link": 0, "missing_link": 0, "invented_link": 0, "wrong_callee": 0,
    "duration_below_b": 0,
}
PROFILES = {
    # One request at a time, warm: the emulator's own Duration is good to compare with.
    "sequential": {
        **NEVER, "duration_median_ms": 0.5, "duration_p99_ms": 3.0,
        "pair_own_percent": 3.0, "pair_double_percent": 3.0, "pair_overhead_outside": 0,
    },
    # Many at once: the emulator's Duration measures its own queue too, only its sign is known.
    "concurrent": {
        **NEVER, "clock_median_ms": 1.0, "clock_p99_ms": 10.0,
    },
}
OVERHEAD_RANGE = (0.78, 0.86)  # of warm a -> b pairs: 500 / (1100 - 500) and some margin


class Figures:
    """Named results with their limits, in order."""

    def __init__(self, limits):
        self.limits = limits
        self.rows = []
        self.values = {}

    def add(self, name, value, note=""):
        limit = self.limits.get(name)
        broken = limit is not None and value is not None and value > limit
        self.values[name] = value
        self.rows.append((name, value, limit, broken, note))

    def is_broken(self):
        return any(broken for _, _, _, broken, _ in self.rows)

    def print(self):
        for name, value, limit, broken, note in self.rows:
            shown = "-" if value is None else f"{value:.3f}" if isinstance(value, float) else value
            bound = "" if limit is None else f"  (limit {limit})"
            print(f"{'BROKEN' if broken else '      '} {name:24} {shown}{bound}  {note}".rstrip())


def percentile(values, fraction):
    """Nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(fraction * len(ordered)) - 1)]


def median(values):
    return statistics.median(values) if values else None


def overlaps(entry, invocation, start_ns):
    """Report times may count from the recording's start."""
    begin, end = invocation["start_ns"], invocation["end_ns"]
    if end < start_ns:
        begin, end = begin + start_ns, end + start_ns
    return begin <= entry["end_ns"] and entry["start_ns"] <= end


def match_invocations(truths, report, figures):
    """Pairs (truth, invocation) by request id; counts what has no partner."""
    by_id = {}
    for invocation in report["invocations"]:
        by_id.setdefault(invocation["request_id"], []).append(invocation)
    pairs, missing = [], []
    for entry in truths:
        found = by_id.get(entry["request_id"])
        if found:
            pairs.append((entry, found.pop(0)))
        else:
            missing.append(entry)
    spare = [invocation for rest in by_id.values() for invocation in rest]
    wrong_id = count_wrong_ids(missing, spare, report["start"]["monotonic_ns"])
    wrong_name = [i for t, i in pairs if i["function"] != t["function"]]
    figures.add("invocations", len(truths), f"{len(pairs)} found")
    figures.add("missing", len(missing), names(missing))
    figures.add("invented", len(spare), names(spare))
    figures.add("wrong_function", len(wrong_name), names(wrong_name))
    figures.add("wrong_request_id", wrong_id)
    return pairs


def count_wrong_ids(missing, spare, start_ns):
    """A missing one whose time and function an unexplained one has: found, with a wrong id.
    Both are taken from their lists."""
    count = 0
    for entry in list(missing):
        for invocation in spare:
            is_same_function = invocation["function"] == entry["function"]
            if is_same_function and overlaps(entry, invocation, start_ns):
                missing.remove(entry)
                spare.remove(invocation)
                count += 1
                break
    return count


def names(items, limit=3):
    shown = [f"{item['function']}/{item['request_id']}" for item in items[:limit]]
    return " ".join(shown) + (" ..." if len(items) > limit else "")


def check_sums(invocations, figures):
    wrong = [
        i for i in invocations
        if sum(i[state] for state in STATES) != i["billed_ns"]
        or i["end_ns"] - i["start_ns"] != i["billed_ns"]
        or sum(c["wait_ns"] for c in i["calls"]) != i["wait_lambda_ns"] + i["wait_service_ns"]
    ]
    figures.add("wrong_sum", len(wrong), names(wrong))


def true_links(truths):
    """callee request id -> (caller request id, mode, callee's name)."""
    links = {}
    for entry in truths:
        for call in entry["calls"]:
            if call["callee_request_id"]:
                links[call["callee_request_id"]] = (entry["request_id"], "sync", call["callee"])
        if entry["caused_by"]:
            caller = entry["caused_by"]["request_id"]
            links[entry["request_id"]] = (caller, "event", entry["function"])
    return links


def reported_links(invocations):
    """callee request id -> (caller request id, mode)."""
    id_of = {i["id"]: i["request_id"] for i in invocations}
    links = {}
    for i in invocations:
        if i["parent"] is not None:
            links[i["request_id"]] = (id_of[i["parent"]], "sync")
        elif i["caused_by"] is not None:
            links[i["request_id"]] = (id_of[i["caused_by"]["invocation"]], "event")
    return links


def reported_calls(invocations):
    """(caller request id, callee request id) -> the call's callee name."""
    id_of = {i["id"]: i["request_id"] for i in invocations}
    return {
        (i["request_id"], id_of[call["invocation"]]): call["callee"]
        for i in invocations for call in i["calls"] if call.get("invocation") is not None
    }


def check_links(truths, invocations, figures):
    expected, found = true_links(truths), reported_links(invocations)
    calls = reported_calls(invocations)
    right = wrong = missing = wrong_callee = 0
    for callee_id, (caller_id, mode, callee) in expected.items():
        if callee_id not in found:
            missing += 1
        elif found[callee_id] != (caller_id, mode):
            wrong += 1
        else:
            right += 1
            wrong_callee += calls.get((caller_id, callee_id)) != callee
    known = {entry["request_id"] for entry in truths}
    invented = [i for i in found if i in known and i not in expected]
    figures.add("links", len(expected), f"{right} right")
    figures.add("wrong_link", wrong)
    figures.add("missing_link", missing)
    figures.add("invented_link", len(invented))
    figures.add("wrong_callee", wrong_callee)
    labels = {}
    for i in invocations:
        labels[i["link"]] = labels.get(i["link"], 0) + 1
    figures.add("link_labels", None, " ".join(f"{k}:{v}" for k, v in sorted(labels.items())))


def judge_links(truths, report):
    """(label, whether it is right) -> count, over the invocations of @truths that have a caller and those
    that are said to have one. Where the label claims nothing (`none`) nothing is right; `root` claims that
    there is no caller."""
    expected, found = true_links(truths), reported_links(report["invocations"])
    labels = {i["request_id"]: i["link"] for i in report["invocations"]}
    outcomes = Counter()
    for entry in truths:
        callee_id = entry["request_id"]
        true, told = expected.get(callee_id), found.get(callee_id)
        if true is None and told is None:
            continue
        is_right = true is not None and told == true[:2]
        outcomes[labels.get(callee_id, "root"), is_right] += 1
    return outcomes


def surrounding(invocations, entry):
    """Those in which the handler can have run, the tightest first."""
    fit = [i for i in invocations if i["function"] == entry["function"]
           and i["start_ns"] <= entry["start_ns"] and i["end_ns"] >= entry["end_ns"]]
    return sorted(fit, key=lambda invocation: invocation["end_ns"] - invocation["start_ns"])


def match_one(entry, candidates, owners, seen):
    """Kuhn's augmenting path: @entry gets a candidate, also one whose owner can take another."""
    for invocation in candidates[entry]:
        if invocation["id"] in seen:
            continue
        seen.add(invocation["id"])
        owner = owners.get(invocation["id"])
        if owner is None or match_one(owner, candidates, owners, seen):
            owners[invocation["id"]] = entry
            return True
    return False


def name_by_time(report, truths):
    """Gives each invocation without a request id that of a handler that ran within it, such that as many
    as can be have one."""
    free = [i for i in report["invocations"] if i["request_id"] is None]
    candidates = [surrounding(free, entry) for entry in truths]
    owners = {}
    for entry in range(len(truths)):
        match_one(entry, candidates, owners, set())
    for invocation in free:
        if invocation["id"] in owners:
            invocation["request_id"] = truths[owners[invocation["id"]]]["request_id"]


def check_times(pairs, unclocked, figures):
    """B against the emulator's Duration and against the handler's own clock, warm only."""
    warm = [(t, i) for t, i in pairs if not i["cold"]]
    duration = [
        i["billed_ns"] / 1e6 - t["duration_ms"] for t, i in warm if t["duration_ms"] is not None
    ]
    clock = [
        (i["billed_ns"] - (t["end_ns"] - t["start_ns"])) / 1e6
        for t, i in warm if t["function"] not in unclocked
    ]
    figures.add("warm", len(warm), f"{len(pairs) - len(warm)} cold")
    figures.add("duration_median_ms", median([abs(d) for d in duration]), "|B - Duration|")
    figures.add("duration_p99_ms", percentile([abs(d) for d in duration], 0.99))
    # A host may take the CPU between a write, upon which the emulator goes on, and the note of it: of one in fifty.
    below = sum(d > 1 for d in duration) - len(duration) // 50
    figures.add("duration_below_b", max(0, below), "Duration < B - 1 ms")
    figures.add("clock_median_ms", median([abs(d) for d in clock]), "|B - handler's clock|")
    figures.add("clock_p99_ms", percentile([abs(d) for d in clock], 0.99))


def init_error_ms(entry, invocation):
    """INIT against the emulator's own figure where it tells one (AWS's does), else against what the
    function's program noted: its start, and its handler being loaded; what idletax measures has the
    program loader before and the runtime client's way to GET /next behind that. Without either
    (serverless-offline, which loads the handler within B) INIT and B together against the Duration."""
    if entry.get("init_ms") is not None:
        return invocation["init_ns"] / 1e6 - entry["init_ms"]
    if entry.get("init"):
        return (invocation["init_ns"] - (entry["init"]["ready_ns"] - entry["init"]["started_ns"])) / 1e6
    if entry["duration_ms"] is None:
        return None
    return (invocation["init_ns"] + invocation["billed_ns"]) / 1e6 - entry["duration_ms"]


def check_init(pairs, figures):
    errors = [init_error_ms(t, i) for t, i in pairs if i["cold"]]
    errors = [error for error in errors if error is not None]
    figures.add("init_median_ms", median([abs(e) for e in errors]), f"of {len(errors)} cold starts")
    figures.add("init_max_ms", max(map(abs, errors), default=None), "|INIT - the emulator's or the program's own|")


def warm_pairs(pairs, caller, callee):
    """(caller truth, caller measured, callee truth, callee measured) of warm caller -> callee."""
    by_id = {t["request_id"]: (t, i) for t, i in pairs}
    for entry, invocation in pairs:
        ids = [c["callee_request_id"] for c in entry["calls"] if c["callee"] == callee]
        if entry["function"] != caller or len(ids) != 1 or ids[0] not in by_id:
            continue
        callee_truth, callee_measured = by_id[ids[0]]
        if not invocation["cold"] and not callee_measured["cold"]:
            yield entry, invocation, callee_truth, callee_measured


def own_of(entry):
    return entry["busy_ns"] + entry["timer_ns"]


def percent_off(measured, true):
    return abs(measured - true) / true * 100 if true else 0.0


def check_pairs(pairs, caller, callee, figures):
    """own and double-billed of warm pairs against what both handlers say they did."""
    own, double, overheads = [], [], []
    for t1, m1, t2, m2 in warm_pairs(pairs, caller, callee):
        own.append(percent_off(m1["own_ns"] + m2["own_ns"], own_of(t1) + own_of(t2)))
        double.append(percent_off(m1["double_billed_ns"], t2["end_ns"] - t2["start_ns"]))
        billed, twice = m1["billed_ns"] + m2["billed_ns"], m1["double_billed_ns"]
        overheads.append(twice / (billed - twice))
    low, high = OVERHEAD_RANGE
    note = f"{caller} -> {callee}, median of {len(own)} warm pairs"
    figures.add("pair_own_percent", median(own), note)
    figures.add("pair_double_percent", median(double), note)
    figures.add("pair_overhead", median(overheads), f"range {low} to {high}")
    outside = sum(not low <= value <= high for value in overheads)
    figures.add("pair_overhead_outside", outside if overheads else None)


def compare(truths, report, limits, pair=("a", "b"), unclocked=()):
    figures = Figures(limits)
    pairs = match_invocations(truths, report, figures)
    check_sums(report["invocations"], figures)
    check_links(truths, report["invocations"], figures)
    check_times(pairs, unclocked, figures)
    check_init(pairs, figures)
    check_pairs(pairs, *pair, figures)
    return figures
