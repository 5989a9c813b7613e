# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Environments that handle several events at once: on one event loop, where a run of its thread can be anyone's, or
each on its own thread. And environments with other borders than the Runtime API's: the worker threads of an emulator,
a server that is a function, a program with a handler."""

from model import Attempt, Environment, Invocation, Lane, Run, Thread

US, MS = 1_000, 1_000_000
FOREVER = 1 << 62


def header(world):
    n = world.number()
    return f"Root=1-65f0a0b1-{n:024x};Parent={n:016x};Sampled=1"


def new_environment(world, function, kind, lane_count):
    pid = world.new_pid()
    environment = Environment(pid, function, world.memory.setdefault(function, 512), kind)
    world.environments.append(environment)
    ready = world.trace.start + 2 * MS
    for k in range(lane_count):
        is_main = kind == "loop" or k == 0
        if not k or not is_main:
            environment.threads.append(Thread(pid, pid if is_main else world.new_pid(), seen_in="poll"))
        environment.lanes.append(Lane(environment.threads[-1], world.connect(pid, 9001, ready - 1, True), ready, ready))
    for port in (9000, 8088):
        environment.connections += [world.connect(pid, port, ready + MS, port == 9000) for _ in range(4)]
    return environment


class Loop:
    """Runs of one thread; what happens, happens in one of them."""

    def __init__(self, world, name, chain):
        self.world = world
        self.random = world.random
        self.environment = new_environment(world, name, "loop", world.random.randint(2, 4))
        self.thread = self.environment.threads[0]
        self.now = world.trace.start + 100 * MS
        self.chain = chain
        self.moments = set()

    def add_run(self):
        on = self.now + self.world.length(self.random.choice((100 * US, 20 * MS)))
        ready = max(self.now, on - self.world.length(100 * US))
        off = on + self.world.some(self.random.choice((US, MS, 30 * MS)))
        blocked_in = self.random.choice(("poll", "poll", "poll", "other"))
        waker = self.random.choice(("interrupt", None, (50, 50)))
        reason = "io" if self.world.chance(0.1) else "sleep"
        deadline = off + self.world.some(10 * MS) if reason == "sleep" and self.world.chance(0.3) else 0
        self.thread.runs.append(Run(on, off, ready, waker, reason, blocked_in, deadline))
        self.now = off

    def moment(self, after):
        """Some time from `after` on, in one of the next runs; each once."""
        while not self.thread.runs or self.thread.runs[-1].off <= after + 10 * MS:
            self.add_run()
        runs = [run for run in self.thread.runs if run.off > after]
        run = self.random.choice(runs[:3])
        t = max(run.on, after) + self.random.randrange(run.off - max(run.on, after))
        if self.world.chance(0.3):
            t = max(run.on, after)
        while t in self.moments:
            t += 1
        self.moments.add(t)
        return t

    def live(self, count):
        for k in range(count):
            lane = self.random.choice(self.environment.lanes)
            self.invocation(lane, self.moment(lane.free_at + self.world.length(20 * MS)), self.chain + k)

    def invocation(self, lane, start, chain):
        world = self.world
        body, n = world.digest(), world.number()
        i = Invocation(self.environment, lane, n, f"r-{n}", body, world.digest(), None, chain)
        self.environment.invocations.append(i)
        i.trace_header = header(world)
        at = max(start - MS, lane.free_at, world.trace.start + 50 * MS)
        world.roots.append((at, i))
        i.dispatched = self.random.randint(at, start)
        i.event_first = i.event_last = start
        end = start + world.some(80 * MS)
        t = start
        for _ in range(self.random.randint(0, 4)):
            t = self.moment(t)
            if t < end:
                self.call(i, t)
        i.response_first = i.response_last = self.moment(max(end, t))
        i.taken = i.response_last + world.delay()
        i.next_first = i.next_last = i.response_last
        lane.free_at = max(i.next_last, i.taken) + 1

    def call(self, i, first):
        world = self.world
        service = self.random.choice(("lambda", "http"))
        port = 9000 if service == "lambda" else 8088
        free = [c for c in self.environment.connections if c.remote_port == port and c.free_at <= first]
        if not free:
            return
        c = free[0]
        c.sequence += 1
        c.free_at = FOREVER
        target = world.target(first)
        a = Attempt(
            len(i.attempts) + 1, service, self.thread, c, c.sequence, None, first, first, target, world.digest()
        )
        a.trace_header = i.trace_header
        a.received = first + world.delay()
        i.attempts.append(a)
        if service == "lambda":
            a.callee = world.invoke(target, a.received, 3, a, a.body, i.chain)
            a.status = 200
            answered = a.callee.environment.died if a.callee.taken is None else a.callee.taken
            a.function_error = "Sandbox.Timedout" if a.callee.taken is None else None
            a.replied = answered + world.delay()
        else:
            a.status = 200
        arrival = (a.replied if a.callee else a.received + world.some(40 * MS)) + world.delay()
        a.reply_first = a.reply_last = self.moment(arrival)
        c.free_at = a.reply_last + 1


def add_threads(world, name, chain):
    """An environment whose every event has a thread to itself, at home there since an earlier one."""
    environment = new_environment(world, name, "threads", world.random.randint(2, 3))
    world.functions.append(name)
    at = world.trace.start + 20 * MS
    for k, lane in enumerate(environment.lanes):
        body, n = world.digest(), world.number()
        i = Invocation(environment, lane, n, f"r-{n}", body, world.digest(), None, chain + k)
        environment.invocations.append(i)
        world.roots.append((at, i))
        i.dispatched = i.event_first = i.event_last = at
        i.response_first = i.response_last = i.next_first = i.next_last = i.taken = at + MS
        lane.thread.runs.append(Run(at, at + MS + US, at, "interrupt"))
        lane.free_at = at + MS + US
        at += 3 * MS
    return len(environment.lanes)


def add_workers(world, chain):
    """Worker threads of one process, each an environment. A helper's time is a worker's only where that woke it."""
    pid = world.new_pid()
    for k in range(world.random.randint(1, 3)):
        name = f"worker{k}"
        environment = Environment(pid, name, world.memory.setdefault(name, 256), "worker")
        world.environments.append(environment)
        thread = Thread(pid, world.new_pid(), seen_in="poll")
        helper = Thread(pid, world.new_pid(), seen_in="futex")
        environment.threads += [thread, helper]
        ready = world.trace.start + 3 * MS
        environment.connections = [world.connect(pid, 9000, ready, True) for _ in range(4)]
        lane = Lane(thread, None, world.trace.start + 100 * MS)
        environment.lanes.append(lane)
        for _ in range(world.random.randint(1, 8)):
            world.invoke_in(environment, lane, lane.free_at + world.length(30 * MS), 1, None, world.digest(), chain)
            chain += 1
    return chain


def add_server(world, kind, chain):
    """A process that handles requests (http) or whose handler is probed (native), one event after the other."""
    pid = world.new_pid()
    environment = Environment(pid, kind, world.memory.setdefault(kind, 1024), kind)
    world.environments.append(environment)
    thread = Thread(pid, pid, seen_in="poll")
    environment.threads += [thread, Thread(pid, world.new_pid(), seen_in="futex")]
    ready = world.trace.start + 3 * MS
    environment.connections = [world.connect(pid, 9000, ready, True) for _ in range(4)]
    server = world.connect(pid, 0, ready, False) if kind == "http" else None
    lane = Lane(thread, server, world.trace.start + 100 * MS)
    environment.lanes.append(lane)
    for _ in range(world.random.randint(1, 8)):
        world.invoke_in(environment, lane, lane.free_at + world.length(30 * MS), 1, None, world.digest(), chain)
        chain += 1
    return chain
