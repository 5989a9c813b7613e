# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Holds `idletax report --json --invocations` of a description's trace against attribute.py."""

import json
import pathlib
import subprocess

import attribute
from attribute import STATES
from emit import Emitter


def report(tools, text, folder):
    mktrace, idletax = tools
    trace = pathlib.Path(folder) / "oracle.trace"
    subprocess.run([mktrace, "-", "-o", trace], input=text, text=True, check=True)
    done = subprocess.run(
        [idletax, "report", "-i", trace, "--json", "--invocations"], capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 3):
        raise AssertionError(f"report ends with {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


class Differences(list):
    def expect(self, where, name, wanted, found):
        if isinstance(wanted, float) and isinstance(found, (int, float)):
            if abs(found - wanted) <= 1e-5 * abs(wanted):
                return
        elif wanted == found:
            return
        self.append(f"{where}: {name}: report says {found}, should be {wanted}")


def ratio(above, below):
    return above / below if below else None


def sums(members, all_figures):
    """What is added up over invocations, by its name in the JSON."""
    figures = [all_figures[id(i)] for i in members]
    total = {state + "_ns": sum(f.states[state] for f in figures) for state in STATES}
    total["billed_ns"] = sum(f.billed for f in figures)
    total["billed_ms"] = sum(f.billed_ms for f in figures)
    total["own_ns"] = sum(f.own for f in figures)
    total["double_billed_ns"] = sum(f.double_billed for f in figures)
    total["double_init_ns"] = sum(f.double_init for f in figures)
    total["transit_ns"] = sum(f.transit for f in figures)
    total["init_ns"] = sum(f.init for f in figures)
    total["cost_pico"] = sum(f.cost for f in figures)
    total["init_cost_pico"] = sum(f.init_cost for f in figures)
    total["double_billed_pico"] = sum(f.double_cost for f in figures)
    total["orphans"] = sum(f.orphaned > 0 for f in figures)
    total["orphaned_ns"] = sum(f.orphaned for f in figures)
    total["orphaned_pico"] = sum(f.orphaned_cost for f in figures)
    total["retry_waste_ns"] = sum(f.retry_waste for f in figures)
    total["retry_waste_pico"] = sum(f.retry_waste_cost for f in figures)
    total["overhead"] = ratio(total["double_billed_ns"], total["billed_ns"] - total["double_billed_ns"])
    total["share"] = ratio(total["double_billed_ns"], total["billed_ns"])
    total["amplification"] = ratio(total["billed_ns"], total["own_ns"])
    return total


def expect_all(differences, where, wanted, found):
    for name, value in wanted.items():
        differences.expect(where, name, value, found.get(name, "nothing"))


def compare_totals(differences, trace, figures, result):
    invocations = trace.invocations()
    wanted = sums(invocations, figures)
    wanted["invocations"] = len(invocations)
    wanted["shared_ns"] = sum(figures[id(i)].shared for i in invocations)
    expect_all(differences, "totals", wanted, result["totals"])
    rows = {row["name"]: row for row in result["functions"]}
    by_function = {}
    for i in invocations:
        by_function.setdefault(i.environment.function, []).append(i)
    for name, members in by_function.items():
        wanted = sums(members, figures)
        wanted["invocations"] = len(members)
        wanted["cold_starts"] = sum(figures[id(i)].is_cold for i in members)
        wanted["timeouts"] = sum(figures[id(i)].status == "timeout" for i in members)
        expect_all(differences, f"function {name}", wanted, rows.get(name, {}))
    differences.expect(
        "functions", "names", sorted(by_function), sorted(r["name"] for r in result["functions"] if r["invocations"])
    )


def attempt_rows(found):
    return sorted(
        found["calls"],
        key=lambda c: (c["start_ns"], c["end_ns"], c["service"] != "lambda", c["target"] or "", c["call"]),
    )


def told(attempt):
    """What a report says of whom it asks: what tells apart attempts of the same time."""
    if attempt.service in ("lambda", "event"):
        return False, attempt.target
    return True, {"aws": attempt.target, "postgres": "shop"}.get(attempt.service, "")


def attempt_figures(figures):
    return sorted(figures.attempts, key=lambda a: (a.start, a.end, *told(a.attempt), a.attempt.call))


def callee_id(attempt, ids):
    return ids.get(id(attempt.callee)) if attempt.callee else None


def compare_attempts(differences, where, f, found, ids):
    differences.expect(where, "attempts", len(f.attempts), len(found["calls"]))
    if len(f.attempts) != len(found["calls"]):
        return []
    pairs = list(zip(attempt_figures(f), attempt_rows(found)))
    calls = {}
    for a, row in pairs:
        at = f"{where} attempt {a.attempt.service} at {a.start}"
        wanted = {
            "start_ns": a.start,
            "end_ns": a.end,
            "attempt": a.number if not a.attempt.sdk else a.attempt.sdk[1],
            "dangling": a.is_dangling,
            "wait_ns": a.wait,
            "double_billed_ns": a.double_billed,
            "double_init_ns": a.double_init,
            "transit_ns": a.transit,
            "cost_pico": a.double_pico,
            "repeated": a.is_repeated,
            "backoff_ns": a.backoff,
            "invocation": callee_id(a.attempt, ids),
            "mode": "event" if a.attempt.service == "event" else "sync",
        }
        expect_all(differences, at, wanted, row)
        differences.expect(at, "call", calls.setdefault(a.attempt.call, row["call"]), row["call"])
    differences.expect(where, "distinct calls", len(calls), len(set(calls.values())))
    return pairs


def name_of(row):
    """A request's id; what has none is known by its start."""
    return row["start_ns"] if row["request_id"] is None else row["request_id"]


def find_row(rows, invocation, f):
    pid = invocation.environment.pid
    return rows.get((pid, invocation.request_id), rows.get((pid, f.start)))


def compare_invocations(differences, trace, figures, result):
    """Pairs of attempts and their rows, with their invocations."""
    rows = {(row["pid"], name_of(row)): row for row in result["invocations"]}
    invocations = trace.invocations()
    differences.expect("invocations", "count", len(invocations), len(result["invocations"]))
    found = {id(i): find_row(rows, i, figures[id(i)]) for i in invocations}
    ids = {key: row["id"] for key, row in found.items() if row}
    owners = {id(a): i for i in invocations for a in i.attempts}
    pairs = []
    for i in invocations:
        f, row = figures[id(i)], found[id(i)]
        where = f"{i.request_id} ({i.environment.function}, pid {i.environment.pid})"
        if row is None:
            differences.append(f"{where}: not in the report")
            continue
        parent, causer = attribute.parent_of(i, owners)
        wanted = {state + "_ns": f.states[state] for state in STATES}
        wanted.update(
            start_ns=f.start,
            end_ns=f.end,
            response_ns=f.response,
            billed_ns=f.billed,
            own_ns=f.own,
            init_ns=f.init,
            cold=f.is_cold,
            status=f.status,
            double_billed_ns=f.double_billed,
            double_init_ns=f.double_init,
            transit_ns=f.transit,
            cost_pico=f.cost,
            init_cost_pico=f.init_cost,
            double_billed_pico=f.double_cost,
            billed_ms=f.billed_ms,
            orphaned_ns=f.orphaned,
            orphaned_pico=f.orphaned_cost,
            retry_waste_ns=f.retry_waste,
            retry_waste_pico=f.retry_waste_cost,
            shared_ns=f.shared,
            parent=ids.get(id(parent)) if parent else None,
        )
        expect_all(differences, where, wanted, row)
        differences.expect(
            where, "caused_by", ids.get(id(causer)) if causer else None, (row["caused_by"] or {}).get("invocation")
        )
        pairs += [(i, a, r) for a, r in compare_attempts(differences, where, f, row, ids)]
    return pairs, ids


def compare_edges(differences, figures, result, pairs):
    edges = {}
    for i, a, row in pairs:
        key = (i.environment.function, row["callee"], row["service"], row["mode"])
        edges.setdefault(key, []).append((i, a, row))
    found = {(e["caller"], e["callee"], e["service"], e["mode"]): e for e in result["edges"]}
    differences.expect("edges", "names", sorted(edges), sorted(found))
    for key, members in edges.items():
        repeated = [a for _, a, _ in members if a.is_repeated]
        wanted = {
            "calls": len({(id(i), a.attempt.call) for i, a, _ in members}),
            "attempts": len(members),
            "wait_ns": sum(a.wait for _, a, _ in members),
            "double_billed_ns": sum(a.double_billed for _, a, _ in members),
            "transit_ns": sum(a.transit for _, a, _ in members),
            "cost_pico": sum(a.double_pico for _, a, _ in members),
            "retry_wait_ns": sum(a.wait for a in repeated),
            "retry_billed_ns": sum(figures[id(a.attempt.callee)].billed for a in repeated if a.attempt.callee),
            "backoff_ns": sum(a.backoff for _, a, _ in members),
            "orphaned_ns": sum(figures[id(a.attempt.callee)].orphaned for _, a, _ in members if a.attempt.callee),
        }
        expect_all(differences, "edge " + " ".join(map(str, key)), wanted, found.get(key, {}))


def merged(path):
    """Adjacent segments of one invocation and state are one; how a shared stretch is laid out is not defined."""
    joined = []
    for invocation, state, start, end in path:
        if joined and joined[-1][:2] == [invocation, state] and joined[-1][3] == start:
            joined[-1][3] = end
        else:
            joined.append([invocation, state, start, end])
    return joined


def compare_chains(differences, trace, figures, result, ids):
    rows = {row["id"]: row for row in result["chains"]}
    chain_of = {row["id"]: row["chain"] for row in result["invocations"]}
    depth_of = {row["id"]: row["depth"] for row in result["invocations"]}
    chains = attribute.chains(trace)
    differences.expect("totals", "chains", len(chains), result["totals"]["chains"])
    for chain in chains:
        root = chain.root
        row = rows.get(chain_of.get(ids.get(id(root))), {})
        where = f"chain of {root.request_id}"
        f = figures[id(root)]
        until = f.end if f.response is None else f.response
        wanted = sums(chain.members, figures)
        wanted.update(latency_ns=until - f.start, invocations=len(chain.members), depth=max(chain.depths.values()))
        expect_all(differences, where, wanted, row)
        for member in chain.members:
            differences.expect(
                where, f"depth of {member.request_id}", chain.depths[id(member)], depth_of.get(ids.get(id(member)))
            )
            differences.expect(where, f"chain of {member.request_id}", row.get("id"), chain_of.get(ids.get(id(member))))
        shared = {ids.get(id(m)) for m in chain.members if figures[id(m)].shared}
        path = [
            (ids.get(id(i)) if i else None, state, a, b)
            for i, state, a, b in reversed(attribute.critical_path(f, until, figures))
        ]
        said = [(s["invocation"], s["state"], s["from_ns"], s["to_ns"]) for s in row.get("critical_path", [])]
        path, said = (merged(blurred(p, shared)) for p in (path, said))
        if path != said:
            k = next((k for k, (a, b) in enumerate(zip(path, said)) if a != b), min(len(path), len(said)))
            differences.append(
                f"{where}: critical path: from segment {k}: report says {said[k:k + 3]}, should be {path[k:k + 3]}"
            )


def blurred(path, shared):
    return [(i, "shared" if i in shared and s in ("active", "unknown", "shared") else s, a, b) for i, s, a, b in path]


def check_properties(differences, result):
    """What holds of every report."""
    for row in result["invocations"] + result["functions"] + [result["totals"]] + result["chains"]:
        where = str(row.get("request_id") or row.get("name") or row.get("trace_id") or "totals")
        differences.expect(where, "sum of states", row["billed_ns"], sum(row[s + "_ns"] for s in STATES))
    for row in result["invocations"]:
        waits = sum(c["wait_ns"] for c in row["calls"])
        differences.expect(row["request_id"], "sum of waits", row["wait_lambda_ns"] + row["wait_service_ns"], waits)
        for call in row["calls"]:
            if call["double_billed_ns"] > call["wait_ns"]:
                differences.append(f"{row['request_id']}: more double-billed than waited")
    for name in ("cost_pico", "init_cost_pico", "double_billed_pico"):
        differences.expect(
            "totals", f"{name} of functions", sum(f[name] for f in result["functions"]), result["totals"][name]
        )
    for chain in result["chains"]:
        length = sum(s["to_ns"] - s["from_ns"] for s in chain["critical_path"])
        differences.expect(f"chain {chain['id']}", "sum of critical path", chain["latency_ns"], length)
    check_forest(differences, result)


def check_forest(differences, result):
    rows = {row["id"]: row for row in result["invocations"]}
    for row in rows.values():
        seen = set()
        while row["parent"] is not None and row["id"] not in seen:
            seen.add(row["id"])
            if rows[row["parent"]]["chain"] != row["chain"]:
                differences.append(f"{row['request_id']}: another chain than its parent")
            row = rows[row["parent"]]
        if row["parent"] is not None:
            differences.append(f"{row['request_id']}: is its own ancestor")


def compare(tools, trace, folder, rng=None):
    """(differences, report, number of chains)"""
    text = Emitter(trace, rng).text()
    result = report(tools, text, folder)
    figures = attribute.attribute(trace)
    differences = Differences()
    check_properties(differences, result)
    pairs, ids = compare_invocations(differences, trace, figures, result)
    compare_totals(differences, trace, figures, result)
    compare_edges(differences, figures, result, pairs)
    compare_chains(differences, trace, figures, result, ids)
    return differences, result, text
