# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What must not change a report: the order of facts of one time, when all happened, what else happened."""

import random

import reduce
from compare import Differences, report
from emit import Emitter
from generate import World

SHIFT = 86_400_000_000_123
TIMES = ("start_ns", "response_ns", "end_ns", "from_ns", "to_ns")
# made from where they stand among others, or from when they were
NUMBERS = ("id", "chain", "environment", "span_id", "parent_span_id", "trace_id")


def figures_of(row, shift=0):
    """A row without numbers that are only names."""
    kept = {key: value for key, value in row.items() if key not in NUMBERS + ("calls", "parent", "caused_by", "invocation", "critical_path")}
    for key in TIMES:
        if kept.get(key) is not None:
            kept[key] -= shift
    return kept


def view(result, shift=0):
    """A report with its invocations by their names instead of their ids."""
    names = {row["id"]: (row["pid"], row["request_id"]) for row in result["invocations"]}
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
        "edges": {(e["caller"], e["callee"], e["service"], e["mode"]): e for e in result["edges"]},
        "chains": chains,
        "invocations": invocations,
    }


def same(differences, what, wanted, found):
    for part in wanted:
        if wanted[part] == found[part]:
            continue
        for key in wanted[part]:
            if wanted[part][key] != found[part].get(key):
                differences.append(f"{what}: {part} {key}: {found[part].get(key)}, was {wanted[part][key]}")


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
    """Which event was an environment's first, and what its connections had been used for, may change."""
    chains = {i.chain for i in trace.invocations()}
    half = reduce.without_chains(trace, set(sorted(chains)[::2]))
    if not half.environments:
        return
    found = view(report(tools, Emitter(half).text(), folder))["invocations"]
    for name, row in found.items():
        wanted = before["invocations"][name]
        for key in row:
            if key.endswith("_ns") and not key.startswith(("init", "double_init")) and row[key] != wanted[key]:
                differences.append(f"half of the chains: {name}: {key}: {row[key]}, was {wanted[key]}")
