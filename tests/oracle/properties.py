# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What must not change a report: the order of facts of one time, when all happened, what else happened."""

import random

import reduce
from attribute import STATES
from compare import Differences, report
from emit import Emitter
from generate import World

SHIFT = 86_400_000_000_123
TIMES = ("start_ns", "response_ns", "end_ns", "from_ns", "to_ns")
# Names that count by place among others are left out, and how sure a link is and why, which depends on who else could
# have been meant at that instant.
FIGURES = TIMES + tuple(f"{state}_ns" for state in STATES)
FIGURES += (
    "billed_ns",
    "billed_ms",
    "own_ns",
    "double_billed_ns",
    "double_init_ns",
    "transit_ns",
    "init_ns",
    "shared_ns",
)
FIGURES += ("cost_pico", "init_cost_pico", "double_billed_pico", "overhead", "share", "amplification", "latency_ns")
FIGURES += ("orphans", "orphaned_ns", "orphaned_pico", "retry_waste_ns", "retry_waste_pico", "backoff_ns", "repeated")
FIGURES += (
    "retry_wait_ns",
    "retry_billed_ns",
    "call",
    "attempt",
    "wait_ns",
    "connect_ns",
    "dangling",
    "cut",
    "closed_by",
)
FIGURES += (
    "invocations",
    "calls",
    "attempts",
    "errors",
    "timeouts",
    "cold_starts",
    "depth",
    "status",
    "state",
    "flags",
)


def figures_of(row, shift=0):
    """What of a row must stay the same; times count from a start that may be shifted."""
    kept = {key: row[key] for key in FIGURES if key in row and not isinstance(row[key], dict)}
    for key in TIMES:
        if kept.get(key) is not None:
            kept[key] -= shift
    return kept


def may_be_concurrent(row, rows):
    """One that ends in the instant in which another of its process begins: the order of facts says whether both are
    open then."""
    return any(row["pid"] == o["pid"] and (row["end_ns"] == o["start_ns"] or row["start_ns"] == o["end_ns"]) for o in rows)


def view(result, shift=0):
    """A report with its invocations by their names instead of their ids."""
    names = {row["id"]: (row["pid"], row["request_id"] or row["start_ns"] - shift) for row in result["invocations"]}
    names[None] = None
    invocations = {}
    for row in result["invocations"]:
        seen = figures_of(row, shift)
        if may_be_concurrent(row, result["invocations"]):
            seen["flags"] = [flag for flag in row["flags"] if flag != "concurrent"]
        seen["parent"] = names[row["parent"]]
        seen["caused_by"] = names[row["caused_by"]["invocation"]] if row["caused_by"] else None
        calls = [dict(figures_of(c, shift), invocation=names[c["invocation"]]) for c in row["calls"]]
        seen["calls"] = sorted(calls, key=lambda c: (c["call"], c["attempt"]))
        invocations[names[row["id"]]] = seen
    root_of = {row["chain"]: names[row["id"]] for row in reversed(result["invocations"]) if row["parent"] is None}
    chains = {}
    for row in result["chains"]:
        path = [dict(figures_of(s, shift), invocation=names[s["invocation"]]) for s in row["critical_path"]]
        chains[root_of[row["id"]]] = dict(figures_of(row, shift), path=path)
    return {
        "totals": figures_of(result["totals"]),
        "functions": {row["name"]: figures_of(row) for row in result["functions"]},
        "edges": {(e["caller"], e["callee"], e["service"], e["mode"]): figures_of(e) for e in result["edges"]},
        "chains": chains,
        "invocations": invocations,
    }


def same(differences, what, wanted, found):
    for part in wanted:
        if wanted[part] == found[part]:
            continue
        for key in wanted[part]:
            before, after = wanted[part][key], found[part].get(key)
            if isinstance(before, dict) and isinstance(after, dict):
                for name in before.keys() | after.keys():
                    if before.get(name) != after.get(name):
                        differences.append(f"{what}: {part} {key}: {name}: {after.get(name)}, was {before.get(name)}")
            elif before != after:
                differences.append(f"{what}: {part} {key}: {after}, was {before}")


def check(tools, seed, trace, result, folder):
    differences = Differences()
    before = view(result)
    for k in range(2):
        again = report(tools, Emitter(trace, random.Random(f"{seed} {k}")).text(), folder)
        same(differences, "facts of one time in another order", before, view(again))
    later = World(seed, int(seed.rsplit(":", 1)[1]), SHIFT).trace
    shifted = report(tools, Emitter(later, random.Random(seed)).text(), folder)
    same(differences, "all later", before, view(shifted, SHIFT))
    check_half(tools, trace, before, folder, differences)
    return differences


def check_half(tools, trace, before, folder, differences):
    """Which event was an environment's first may change, and who else was open on an event loop."""
    chains = {i.chain for i in trace.invocations()}
    half = reduce.without_chains(trace, set(sorted(chains)[::2]))
    if not half.environments:
        return
    found = view(report(tools, Emitter(half).text(), folder))["invocations"]
    for name, row in found.items():
        wanted = before["invocations"][name]
        if "concurrent" in wanted["flags"]:
            continue
        for key in row:
            if key.endswith("_ns") and key not in ("init_ns", "double_init_ns") and row[key] != wanted[key]:
                differences.append(f"half of the chains: {name}: {key}: {row[key]}, was {wanted[key]}")
