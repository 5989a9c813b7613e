# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Parts of a description: some of its chains, and the smallest that still shows a difference."""

import copy
import sys


def descendants(invocation):
    """It and all that was called below it, Event calls included."""
    found = [invocation]
    for one in found:
        found += [a.callee for a in one.attempts if a.callee]
    return found


def renumber(trace):
    """What remains on each connection counts from 1 again; what has no use is left out."""
    used = {}
    for invocation in trace.invocations():
        for attempt in invocation.attempts:
            used.setdefault(id(attempt.connection), []).append(attempt)
    for attempts in used.values():
        for number, attempt in enumerate(sorted(attempts, key=lambda a: a.sequence)):
            attempt.sequence = number + 1
    for environment in trace.environments:
        environment.connections = [c for c in environment.connections if id(c) in used]
    trace.environments[:] = [e for e in trace.environments if e.invocations]


def drop(trace, invocations):
    gone = {id(i) for i in invocations}
    for environment in trace.environments:
        environment.invocations[:] = [i for i in environment.invocations if id(i) not in gone]
    trace.roots[:] = [(at, i) for at, i in trace.roots if id(i) not in gone]
    renumber(trace)


def copied(trace):
    sys.setrecursionlimit(1_000_000)
    return copy.deepcopy(trace)


def without_chains(trace, chains):
    smaller = copied(trace)
    drop(smaller, [i for i in smaller.invocations() if i.chain in chains])
    return smaller


def without_attempt(trace, place):
    smaller = copied(trace)
    invocation, k = [(i, k) for i in smaller.invocations() for k in range(len(i.attempts))][place]
    attempt = invocation.attempts.pop(k)
    drop(smaller, descendants(attempt.callee) if attempt.callee else [])
    return smaller


def without_run(trace, place):
    smaller = copied(trace)
    rows = [(e, t, k) for e in smaller.environments for t in e.threads for k in range(len(t.runs))]
    environment, thread, k = rows[place]
    run = thread.runs.pop(k)
    if k and k < len(thread.runs) and thread.runs[k].ready is None:
        thread.runs[k - 1].off = thread.runs[k].on  # it went on from the run that is gone
        thread.runs[k - 1].reason = "cut"
    if run.reason == "dead" or not any(t.runs for t in environment.threads):
        raise ValueError("how it died, or all that is known of its threads")
    return smaller


def minimise(trace, is_different):
    """The smallest found for which is_different() still holds."""

    def holds(make, *arguments):
        try:
            smaller = make(trace, *arguments)
            return smaller if smaller.environments and is_different(smaller) else None
        except Exception:  # what cannot be told as a trace shows nothing
            return None

    chains = sorted({i.chain for i in trace.invocations()})
    size = max(len(chains) // 2, 1)
    while size and len(chains) > 1:
        for start in range(0, len(chains), size):
            smaller = holds(without_chains, set(chains[start : start + size]))
            if smaller:
                trace = smaller
                chains = sorted({i.chain for i in trace.invocations()})
                break
        else:
            size //= 2
    for make, count in ((without_attempt, count_attempts), (without_run, count_runs)):
        place = count(trace) - 1
        while place >= 0:
            trace = holds(make, place) or trace
            place = min(place, count(trace)) - 1
    return trace


def count_attempts(trace):
    return sum(len(i.attempts) for i in trace.invocations())


def count_runs(trace):
    return sum(len(t.runs) for e in trace.environments for t in e.threads)
