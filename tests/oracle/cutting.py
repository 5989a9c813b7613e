# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Ends a recording while things are going on."""


def gaps(trace):
    """Where it shall not end: inside a message, a connect or a hand-over, whose other half nobody could know."""
    for environment in trace.environments:
        if environment.forked is not None:
            yield environment.forked, max(lane.ready for lane in environment.lanes)
        for i in environment.invocations:
            yield i.dispatched, i.event_last
            yield i.response_first, i.next_last if i.response_first is not None else None
            for a in i.attempts:
                yield a.first if a.opened is None else a.opened, a.received
                yield a.reply_first, a.reply_last


def find_end(trace, rng):
    """A time at which nothing is halfway, or None."""
    starts = sorted(i.event_first for i in trace.invocations())
    spans = [(a, b) for a, b in gaps(trace) if a is not None and b is not None]
    for _ in range(300):
        end = starts[len(starts) // 2] + rng.randrange(max(starts[-1] - starts[len(starts) // 2], 1))
        if not any(a <= end <= b for a, b in spans):
            return end
    return None


def cut_short(trace, end):
    """Nothing after `end` is known."""
    trace.end = end

    def known(time):
        return time if time is not None and time <= end else None

    for environment in trace.environments:
        environment.died = known(environment.died)
        environment.invocations[:] = [i for i in environment.invocations if i.event_first <= end]
        environment.threads[:] = [t for t in environment.threads if t.born is None or t.born <= end]
        for thread in environment.threads:
            cut_thread(thread, end)
        for connection in environment.connections:
            connection.closed = known(connection.closed)
        for i in environment.invocations:
            i.response_first, i.response_last = known(i.response_first), known(i.response_last)
            i.next_first, i.next_last = known(i.next_first), known(i.next_last)
            i.taken = i.taken if i.response_last is not None else None
            i.attempts[:] = [a for a in i.attempts if a.first <= end]
            for a in i.attempts:
                a.reply_first, a.reply_last, a.closed = known(a.reply_first), known(a.reply_last), known(a.closed)
                if a.callee and a.callee.event_first > end:
                    a.callee = None
    trace.roots[:] = [(at, i) for at, i in trace.roots if i.event_first <= end]
    trace.environments[:] = [e for e in trace.environments if e.invocations]


def cut_thread(thread, end):
    thread.runs[:] = [run for run in thread.runs if run.on < end]
    if thread.runs and thread.runs[-1].off > end:
        thread.runs[-1].off = end
        thread.runs[-1].reason = "cut"
        thread.runs[-1].deadline = 0
    if thread.died is not None and thread.died > end:
        thread.died = None
