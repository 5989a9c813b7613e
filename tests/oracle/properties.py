# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What must not change a report: the order of facts of one time, when all happened, what else happened."""

import random

import reduce
from compare import Differences, report
from emit import Emitter
from generate import World

SHIFT = 86_400_000_000_123
TIMES = ("start_ns", "response_ns", "end_ns", "from_ns", "to_ns")
# Made from where they stand among others, or from when they were; and how sure a link is and why, which depends on who else
# could have been meant at the moment.
NUMBERS = (
    "id",
    "chain",
    "environment",
    "span_id",
    "parent_span_id",
    "trace_id",
    "link",
    "alternatives",
    "reason",
    "evidence",
)


def figures_of(row, shift=0):
    """A row without numbers that are only names."""
    kept = {
        key: value
        for key, value in row.items()
        if key not in NUMBERS + ("calls", "parent", "caused_by", "invocation", "critical_path")
    }
    for key in TIMES:
        if kept.get(key) is not None:
            kept[key] -= shift
    return kept


def view(result, shift=0):
    """A report with its invocations by their names instead of their ids."""
    names = {row["id"]: (row["pid"], row["request_id"] or row["start_ns"] - shift) for row in result["invocations"]}
    names[None] = None
    invocations = {}
    for row in result["invocations"]:
        seen = figures_of(row, shift)
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
        "totals": result["totals"],
        "functions": {row["name"]: row for row in result["functions"]},
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
            if key.endswith("_ns") and not key.startswith(("init", "double_init")) and row[key] != wanted[key]:
                differences.append(f"half of the chains: {name}: {key}: {row[key]}, was {wanted[key]}")
