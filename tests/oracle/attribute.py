# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a description costs and waits for, by the definitions (what idletax(1) explains) and as slowly as they
read: each instant between two events is judged for itself, by looking at everything. Written without
knowledge of user/analysis; the two must agree to the nanosecond and the pico-dollar."""

from dataclasses import dataclass, field

STATES = ("active", "runnable", "wait_lambda", "wait_service", "wait_timer", "wait_io", "wait_lock", "unknown")
MS = 1_000_000
DEADLINE_SLACK = 1 * MS
DEATH_MAX = 100 * MS
GB_SECOND_PICO = 16_666_700  # x86, us-east-1
REQUEST_PICO = 200_000


@dataclass
class Block:
    """What a thread is blocked in before its first run."""

    blocked_in: str
    reason: str = "sleep"
    deadline: int = 0


@dataclass
class Piece:
    """[start, end) of an invocation in one state; of a wait, whose it is."""

    start: int
    end: int
    state: str
    attempt: object = None


@dataclass
class AttemptFigures:
    attempt: object
    start: int
    end: int
    is_dangling: bool
    number: int = 1  # within its call
    wait: int = 0
    double_billed: int = 0
    double_init: int = 0
    transit: int = 0
    double_pico: int = 0
    backoff: int = 0
    is_repeated: bool = False


@dataclass
class Figures:
    """Of one invocation."""

    invocation: object
    start: int
    end: int
    response: int = 0
    init: int = 0
    is_cold: bool = False
    status: str = "ok"
    pieces: list = field(default_factory=list)
    states: dict = field(default_factory=dict)
    shared: int = 0
    attempts: list = field(default_factory=list)
    double_billed: int = 0
    double_init: int = 0
    transit: int = 0
    billed_ms: int = 0
    cost: int = 0
    init_cost: int = 0
    double_cost: int = 0
    orphaned: int = 0  # of B: nobody reads the result any more
    orphaned_cost: int = 0
    retry_waste: int = 0
    retry_waste_cost: int = 0

    @property
    def billed(self):
        return self.end - self.start

    @property
    def own(self):
        return self.billed - self.states["wait_lambda"]


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def ceil_ms(ns):
    return -(-ns // MS)


def compute_pico(ns, memory_mb):
    return half_up(ns * memory_mb * GB_SECOND_PICO, 1024 * 1_000_000_000)


# ---- borders (SEMANTICS 2) ----


def borders(trace, invocation):
    """B, and how it ended."""
    environment = invocation.environment
    if environment.kind == "process":
        end = invocation.next_first
    else:  # others are open, or the next event was asked for before the response
        end = invocation.response_last
    if end is not None and (environment.died is None or end <= environment.died):
        return invocation.event_first, end, "error" if invocation.is_error else "ok"
    if environment.died is not None:
        if invocation.response_last is not None:
            return invocation.event_first, environment.died, "error" if invocation.is_error else "ok"
        return invocation.event_first, environment.died, "timeout" if invocation.is_timed_out else "killed"
    return invocation.event_first, trace.end, "cut"


def init_interval(invocation):
    """I, where this is the first event of an environment whose start was seen."""
    environment = invocation.environment
    first = min(environment.invocations, key=lambda other: other.event_first)
    if environment.executed is None or first is not invocation:
        return None
    return environment.executed, min(lane.ready for lane in environment.lanes)


# ---- the eight states (SEMANTICS 3) ----


def ready_time(thread, k):
    """When the thread began to wait for a CPU before its run k: it was woken, lost it, or was born."""
    runs = thread.runs
    if runs[k].ready is not None:
        return runs[k].ready
    if k and runs[k - 1].reason in ("preempted", "cut"):
        return runs[k - 1].off
    if not k and thread.born is not None:
        return thread.born
    return runs[k].on


def thread_state(thread, t):
    """on, runnable, stopped or blocked; None where there is no such thread then."""
    if (thread.born is not None and t < thread.born) or (thread.died is not None and t >= thread.died):
        return None
    for k, run in enumerate(thread.runs):
        ready = ready_time(thread, k)
        if run.on <= t < run.off:
            return "on"
        if ready <= t < run.on:
            return "runnable"
        if t < ready:
            return kept_from(thread.runs[:k])
    return kept_from(thread.runs)


def kept_from(runs):
    """What a thread is that has done @runs and is neither on a CPU nor ready for one."""
    return "stopped" if runs and runs[-1].reason in ("stopped", "throttled") else "blocked"


def explain_block(thread, t, end, pids):
    """Rule 4 for one carrier: when it runs next (None: not before the end), and what it was blocked in."""
    before = Block(thread.seen_in) if thread.seen_in else None
    for k, run in enumerate(thread.runs):
        if run.on > t:
            if run.on >= end or is_killing(thread.runs[k:], pids):
                break
            return run.on, block_state(before, run, pids)
        before = run
    return None, "wait_timer" if before and before.deadline else "unknown"


def is_killing(runs, pids):
    """Woken by who kills it, or by nobody knows whom, only to die soon, perhaps in pieces: it does not run again."""
    woken = runs[0]
    last = next((run for run in runs if run.reason not in ("preempted", "cut")), None)
    if last is None or last.reason != "dead" or woken.ready is None or woken.ready + DEATH_MAX < last.off:
        return False
    return woken.waker is None or isinstance(woken.waker, tuple) and woken.waker[0] not in pids


def block_state(before, after, pids):
    if before is None or after.ready is None:
        return "unknown"
    if before.reason == "io":
        return "wait_io"
    if before.deadline and after.ready >= before.deadline - DEADLINE_SLACK:
        return "wait_timer"
    if before.blocked_in in ("futex", "poll", "read") and isinstance(after.waker, tuple) and after.waker[0] in pids:
        return "wait_lock"
    return "unknown"


def carrier_state(threads, carriers, t, end, pids):
    alive = [c for c in carriers if thread_state(c, t)] or [x for x in threads if thread_state(x, t)]
    found = [(explain_block(c, t, end, pids), c.tid) for c in alive]
    nexts = sorted((on, tid, state) for (on, state), tid in found if on is not None)
    if nexts:
        return nexts[0][2]
    return "wait_timer" if any(state == "wait_timer" for (_, state), _ in found) else "unknown"


def near(thread, start, end):
    """The thread with the runs that can matter for [start, end), to look at less."""
    runs = thread.runs
    first = next((k for k, run in enumerate(runs) if run.off > start), len(runs))
    last = next((k for k, run in enumerate(runs) if run.on >= end), len(runs))
    first = max(first - 2, 0)
    seen_in = thread.seen_in if first == 0 else None
    return type(thread)(thread.pid, thread.tid, runs[first : last + 1], thread.born, seen_in, None, thread.died)


def attempt_interval(attempt, end):
    start = attempt.first if attempt.opened is None else attempt.opened
    real_end = attempt.reply_last if attempt.closed is None else attempt.closed
    is_dangling = real_end is None or real_end > end
    return start, end if is_dangling else real_end, is_dangling


def threads_of(invocation):
    """Whose runs are its work: all of its environment; only its own; or its own and what that woke."""
    environment, own = invocation.environment, invocation.lane.thread
    if environment.kind == "threads":
        return [own]
    if environment.kind != "worker":
        return environment.threads
    threads = [own]
    for helper in environment.threads:
        if helper is not own:
            woken = [run for run in helper.runs if run.waker == (own.pid, own.tid)]
            threads.append(type(helper)(helper.pid, helper.tid, woken, helper.born, helper.seen_in))
    return threads


class Instants:
    """All that decides what an instant of one invocation is."""

    def __init__(self, trace, figures, open_beside):
        invocation = figures.invocation
        environment = invocation.environment
        mine = threads_of(invocation)
        self.figures = figures
        self.threads = [near(thread, figures.start, figures.end) for thread in mine]
        moved = {invocation.lane.thread.tid} | {a.thread.tid for a in invocation.attempts}
        self.carriers = [thread for thread in self.threads if thread.tid in moved]
        self.pids = {thread.pid for thread in environment.threads}
        self.beside = open_beside
        self.is_scheduler_known = trace.has_scheduler_facts

    def cuts(self):
        figures = self.figures
        times = {figures.start, figures.end}
        for a in figures.attempts:
            times |= {a.start, a.end}
        for thread in self.threads:
            times |= {thread.born, thread.died}
            for k, run in enumerate(thread.runs):
                times |= {ready_time(thread, k), run.on, run.off}
        for start, end in self.beside:
            times |= {start, end}
        return sorted(t for t in times if t is not None and figures.start <= t <= figures.end)

    def outstanding(self, t):
        open_now = [(a.end, a.start, k, a) for k, a in enumerate(self.figures.attempts) if a.start <= t < a.end]
        return min(open_now)[3] if open_now else None

    def state(self, t):
        attempt = self.outstanding(t)
        if not self.is_scheduler_known:
            return ("active", None) if attempt is None else (wait_name(attempt), attempt)
        seen = {thread_state(thread, t) for thread in self.threads}
        if "on" in seen:
            is_shared = any(start <= t < end for start, end in self.beside)
            return "shared" if is_shared else "active", None
        if "runnable" in seen:
            return "runnable", None
        if "stopped" in seen:
            return "unknown", None
        if attempt is not None:
            return wait_name(attempt), attempt
        return carrier_state(self.threads, self.carriers, t, self.figures.end, self.pids), None

    def pieces(self):
        times = self.cuts()
        return [Piece(a, b, *self.state(a)) for a, b in zip(times, times[1:])]


def wait_name(attempt_figures):
    return "wait_lambda" if attempt_figures.attempt.service == "lambda" else "wait_service"


def share_out(pieces, figures, others):
    """Of a stretch in which the thread runs for the same several invocations, this one's part is active, the rest
    unknown: a stretch is as long as it can be, so that as little as can be depends on how it is cut."""
    stretches = []
    for piece in pieces:
        if piece.state != "shared":
            continue
        open_now = sorted(o.start for o in others if o.start <= piece.start < o.end)
        if stretches and stretches[-1][0] == open_now and stretches[-1][1][-1].end == piece.start:
            stretches[-1][1].append(piece)
        else:
            stretches.append((open_now, [piece]))
    active = total = 0
    for open_now, parts in stretches:
        length = parts[-1].end - parts[0].start
        count = len(open_now) + 1
        is_first = all(figures.start < start for start in open_now)
        active += length // count + (length % count if is_first else 0)
        total += length
    return active, total


def set_states(trace, figures, all_figures):
    environment = figures.invocation.environment
    others = []
    if environment.kind == "loop":
        others = [all_figures[id(o)] for o in environment.invocations if o is not figures.invocation]
        others = [o for o in others if o.start < figures.end and figures.start < o.end]
    instants = Instants(trace, figures, [(o.start, o.end) for o in others])
    figures.pieces = instants.pieces()
    figures.states = {state: 0 for state in STATES}
    for piece in figures.pieces:
        if piece.state != "shared":
            figures.states[piece.state] += piece.end - piece.start
        if piece.attempt:
            piece.attempt.wait += piece.end - piece.start
    active, total = share_out(figures.pieces, figures, others)
    figures.shared = total
    figures.states["active"] += active
    figures.states["unknown"] += total - active


# ---- double billing, retries, money (SEMANTICS 4, 6) ----


def overlap(piece, interval):
    return max(0, min(piece.end, interval[1]) - max(piece.start, interval[0])) if interval else 0


def set_double_billing(figures, all_figures):
    for a in figures.attempts:
        if a.attempt.service != "lambda":
            continue
        callee = a.attempt.callee and all_figures[id(a.attempt.callee)]
        for piece in figures.pieces:
            if piece.attempt is a and callee:
                a.double_billed += overlap(piece, (callee.start, callee.end))
                a.double_init += overlap(piece, init_interval(callee.invocation))
        a.transit = a.wait - a.double_billed
    figures.double_billed = sum(a.double_billed for a in figures.attempts)
    figures.double_init = sum(a.double_init for a in figures.attempts)
    figures.transit = sum(a.transit for a in figures.attempts)


def set_retries(figures):
    calls = {}
    for a in figures.attempts:
        calls.setdefault(a.attempt.call, []).append(a)
    for attempts in calls.values():
        for k, a in enumerate(attempts):
            a.number = k + 1
        for a, following in zip(attempts, attempts[1:]):
            a.is_repeated = True
            following.backoff = sum(
                overlap(piece, (a.end, following.start)) for piece in figures.pieces if piece.state == "wait_timer"
            )


def set_money(trace, figures):
    invocation = figures.invocation
    memory = invocation.environment.memory_mb
    ns = figures.billed
    if figures.status == "timeout":
        receipt = trace.realtime + figures.start - trace.start
        ns = min(ns, invocation.deadline_ms * MS - receipt)
    duration_ms, billed_ms = ceil_ms(ns), ceil_ms(ns + figures.init)
    figures.billed_ms = billed_ms
    figures.cost = compute_pico(duration_ms * MS, memory) + REQUEST_PICO
    figures.init_cost = compute_pico((billed_ms - duration_ms) * MS, memory)
    figures.double_cost = compute_pico(figures.double_billed, memory)
    for a in figures.attempts:
        a.double_pico = compute_pico(a.double_billed, memory)


def set_waste(trace, all_figures):
    """Callers before callees: what is for nobody, or was done for an attempt that another one followed."""
    owners = {id(a): i for i in trace.invocations() for a in i.attempts}
    since, discarded = {}, set()
    for invocation in sorted(trace.invocations(), key=lambda i: i.number):
        f = all_figures[id(invocation)]
        caller = parent_of(invocation, owners)[0]
        memory = invocation.environment.memory_mb
        if caller:
            a = next(a for a in all_figures[id(caller)].attempts if a.attempt is invocation.cause)
            times = [since.get(id(caller)), unread_since(a, all_figures[id(caller)])]
            since[id(invocation)] = min((t for t in times if t is not None), default=None)
            if a.is_repeated or id(caller) in discarded:
                discarded.add(id(invocation))
        if since.get(id(invocation)) is not None:
            f.orphaned = max(0, f.end - max(f.start, since[id(invocation)]))
            f.orphaned_cost = compute_pico(f.orphaned, memory)
        if id(invocation) in discarded:
            f.retry_waste, f.retry_waste_cost = f.billed, f.cost
        else:
            f.retry_waste = sum(a.backoff + (a.wait if a.is_repeated else 0) for a in f.attempts)
            f.retry_waste_cost = compute_pico(f.retry_waste, memory)


def unread_since(a, caller):
    """When the caller's attempt ended, where that was without the reply."""
    if a.attempt.closed is None and not a.is_dangling:
        return None
    return None if caller.status == "cut" and a.is_dangling else a.end


def attribute(trace):
    """Figures by id(invocation)."""
    all_figures = {}
    for invocation in trace.invocations():
        start, end, status = borders(trace, invocation)
        figures = Figures(invocation, start, end, status=status)
        answered = invocation.response_last
        figures.response = answered if answered is not None and answered <= end else None
        init = init_interval(invocation)
        figures.is_cold = init is not None
        figures.init = init[1] - init[0] if init else 0
        for attempt in sorted(invocation.attempts, key=lambda a: attempt_interval(a, end)[0]):
            figures.attempts.append(AttemptFigures(attempt, *attempt_interval(attempt, end)))
        all_figures[id(invocation)] = figures
    for figures in all_figures.values():
        set_states(trace, figures, all_figures)
    for figures in all_figures.values():
        set_double_billing(figures, all_figures)
        set_retries(figures)
        set_money(trace, figures)
    set_waste(trace, all_figures)
    return all_figures


# ---- chains and critical paths (SEMANTICS 1, 5) ----


def parent_of(invocation, owners):
    """The invocation that called it and waits, and the one whose Event call caused it."""
    cause = invocation.cause
    if cause is None:
        return None, None
    return (owners[id(cause)], None) if cause.service == "lambda" else (None, owners[id(cause)])


class Chain:
    def __init__(self, root, members, depths):
        self.root = root
        self.members = members
        self.depths = depths


def chains(trace):
    invocations = trace.invocations()
    owners = {id(a): i for i in invocations for a in i.attempts}
    found = {}
    for invocation in invocations:
        root, depth = invocation, 1
        while parent_of(root, owners)[0]:
            root, depth = parent_of(root, owners)[0], depth + 1
        chain = found.setdefault(id(root), Chain(root, [], {}))
        chain.members.append(invocation)
        chain.depths[id(invocation)] = depth
    return list(found.values())


def critical_path(figures, until, all_figures):
    """(invocation or None for transit, state, from, to), backwards from `until` to the invocation's start."""
    path = []
    t = until
    while t > figures.start:
        piece = next(p for p in figures.pieces if p.start < t <= p.end)
        # What the caller went on for is what the wait before it was for: it ends first after that.
        ended = piece.attempt
        if ended is None or ended.attempt.service != "lambda" or not ended.attempt.callee:
            path.append((figures.invocation, piece.state, piece.start, t))
            t = piece.start
            continue
        path += callee_path(ended, all_figures[id(ended.attempt.callee)], t, all_figures)
        t = ended.start
    return path


def callee_path(ended, callee, t, all_figures):
    start = max(callee.start, ended.start)
    until = min(callee.end if callee.response is None else callee.response, t)
    if until <= start:
        return [(None, "transit", ended.start, t)]
    path = [(None, "transit", until, t)] if until < t else []
    path += critical_path(callee, until, all_figures)
    if ended.start < start:
        path.append((None, "transit", ended.start, start))
    return path
