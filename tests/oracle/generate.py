# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Random applications and what happens to them: chains of invocations that work, sleep, wait for locks, disks and
each other, in parallel, again and again, or until they are killed. The same seed gives the same description."""

import random

import cutting
import several
from model import Attempt, Connection, Environment, Invocation, Lane, Run, Thread, Trace

US, MS, S = 1_000, 1_000_000, 1_000_000_000
EMULATOR_PID = 50
KILLER = (EMULATOR_PID, EMULATOR_PID)
MEMORIES = (128, 256, 512, 1024, 1769, 3008)
SERVICES = ("postgres", "redis", "http", "aws")
WARM_CONNECTIONS = 3


class Killed(Exception):
    """The environment was told to die."""


class World:
    def __init__(self, seed, chain_count, shift=0):
        """The same seed later (`shift`) is the same in all but that."""
        self.random = random.Random(seed)
        rng = self.random
        self.grain = rng.choice((1, 1, 1, US, MS))
        self.serial = 0
        self.pid = 1000
        self.connection = 0
        self.port = 10000
        self.environments = []
        self.roots = []
        self.functions = [f"f{k}" for k in range(rng.randint(3, 8))]
        self.memory = {name: rng.choice(MEMORIES) for name in self.functions}
        start = rng.choice((0, rng.randrange(10 * S))) + shift
        self.trace = Trace(start, 1_700_000_000 * S + rng.randrange(S), 0, rng.random() > 0.06, self.environments, self.roots, seed)
        self.run(chain_count)

    # -- chances and lengths --

    def chance(self, probability):
        return self.random.random() < probability

    def length(self, longest):
        """Up to `longest`, in whole grains; often short, sometimes nothing."""
        if self.chance(0.1):
            return 0
        ns = int(longest * self.random.random() ** 2)
        return ns // self.grain * self.grain

    def some(self, longest):
        return max(self.length(longest), self.grain)

    def delay(self):
        """On the way from one process to the other."""
        return self.length(self.random.choice((0, 50 * US, 3 * MS)))

    def number(self):
        self.serial += 1
        return self.serial

    def digest(self):
        n = self.number()
        return f"{0xD000 + n:x}/{27 + n % 60}"

    # -- processes and connections --

    def new_pid(self):
        self.pid += 1
        return self.pid

    def connect(self, pid, remote_port, opened, is_to_emulator):
        self.connection += 2
        self.port += 1
        return Connection(self.connection, pid, self.port, remote_port, opened, is_to_emulator)

    def new_environment(self, function, at, is_warm):
        pid = self.new_pid()
        environment = Environment(pid, function, self.memory[function])
        self.environments.append(environment)
        main = Thread(pid, pid, seen_in="poll" if is_warm else None)
        environment.threads.append(main)
        if is_warm:
            ready = self.trace.start + 2 * MS
            environment.connections = [self.connect(pid, 9000, self.trace.start + 3 * MS, True) for _ in range(WARM_CONNECTIONS)]
        else:
            environment.forked = at + self.delay()
            environment.executed = environment.forked + self.some(MS)
            main.born = environment.forked
            t = environment.executed
            ready = t + self.some(self.random.choice((5 * MS, 300 * MS)))
            while t < ready:
                on, off = t, min(ready, t + self.some(100 * MS))
                main.runs.append(Run(on, off, None, None, "cut" if off < ready else "sleep"))
                t = off
        lane = Lane(main, self.connect(pid, 9001, ready - 1, True), ready, ready)
        environment.lanes.append(lane)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            helper = Thread(pid, self.new_pid())
            if is_warm:
                helper.seen_in = self.random.choice(("futex", "poll", "wait"))
            else:
                helper.born = environment.executed + self.length(ready - environment.executed)
            environment.threads.append(helper)
        return environment

    def free_lanes(self, function, at):
        return [
            lane
            for environment in self.environments
            if environment.function == function and environment.died is None and environment.kind not in ("loop", "worker")
            for lane in environment.lanes
            if lane.free_at <= at
        ]

    def find_lane(self, function, at):
        free = self.free_lanes(function, at)
        if free and (function == "threads" or not self.chance(0.05)):
            lane = self.random.choice(free)
            return next(e for e in self.environments if lane in e.lanes), lane
        environment = self.new_environment(function, at, False)
        return environment, environment.lanes[0]

    def target(self, at):
        """Somebody to call: a function with threads only where one of them is free."""
        name = self.random.choice(self.functions)
        if name != "threads" or self.free_lanes(name, at):
            return name
        return self.functions[0]

    # -- events --

    def invoke(self, function, received, depth, cause, body, chain):
        """The event was read by the emulator; all that happens then, up to the invocation's end."""
        return self.invoke_in(*self.find_lane(function, received), received, depth, cause, body, chain)

    def invoke_in(self, environment, lane, received, depth, cause, body, chain):
        n = self.number()
        invocation = Invocation(environment, lane, n, f"r-{n}", body, self.digest(), cause, chain)
        environment.invocations.append(invocation)
        invocation.dispatched = max(received + self.delay(), lane.free_at)
        lane.free_at = 1 << 62
        invocation.event_first = invocation.dispatched + self.delay()
        invocation.event_last = invocation.event_first + self.length(20 * US)
        Body(self, invocation, depth).live()
        return invocation

    def several(self, chain):
        """Environments of the other kinds; their own chains are numbered from `chain` on."""
        if not self.trace.has_scheduler_facts:
            return
        if self.chance(0.4):
            chain += several.add_threads(self, "threads", chain)
        if self.chance(0.5):
            chain = several.add_workers(self, chain)
        if self.chance(0.7):
            several.Loop(self, "loop", chain).live(self.random.randint(2, 20))

    def run(self, chain_count):
        for function in self.functions:
            for _ in range(self.random.choice((0, 1, 2))):
                self.new_environment(function, 0, True)
        self.several(chain_count)
        at = self.trace.start + 100 * MS
        spacing = self.random.choice((5 * MS, 50 * MS, 400 * MS))
        for chain in range(chain_count):
            body = self.digest()
            invocation = self.invoke(self.target(at), at, 0, None, body, chain)
            self.roots.append((at, invocation))
            at += self.length(spacing)
        self.trace.end = max(lane.free_at for e in self.environments for lane in e.lanes) + S
        if self.chance(0.15):
            end = cutting.find_end(self.trace, self.random)
            if end is not None:
                cutting.cut_short(self.trace, end)


class Body:
    """One invocation on its thread: `now` moves on, the thread's runs and the attempts are its trail."""

    def __init__(self, world, invocation, depth):
        self.world = world
        self.random = world.random
        self.invocation = invocation
        self.depth = depth
        self.environment = invocation.environment
        self.thread = invocation.lane.thread
        self.now = invocation.event_first
        self.limit = None
        self.pending = []  # (when the reply arrives, attempt), of calls that are open
        self.call_count = 0
        self.helper_free_at = {t.tid: max((r.off for r in t.runs), default=t.born or 0) for t in self.environment.threads}
        before = self.thread.runs[-1].off if self.thread.runs else world.trace.start
        on = max(before, self.now - world.length(30 * US))
        self.run = Run(on, on, max(before, on - world.length(20 * US)), "interrupt")

    # -- the thread --

    def check(self):
        if self.limit is not None and self.now >= self.limit:
            raise Killed

    def work(self, length):
        end = self.now + length
        while self.world.chance(0.15) and self.now < end:
            self.to(self.now + self.world.some(end - self.now))
            if self.world.chance(0.5):
                self.leave("preempted")
                self.arrive(None, None, self.world.length(2 * MS))
            else:
                self.leave("cut")
                self.arrive(None, None, 0)
        self.to(max(end, self.now))

    def to(self, time):
        self.now = time if self.limit is None else min(time, self.limit)
        self.check()

    def leave(self, reason, blocked_in="poll", deadline=0):
        """Off the CPU; no run is shorter than a grain."""
        self.now = max(self.now, self.run.on + self.world.grain)
        self.run.off, self.run.reason, self.run.blocked_in, self.run.deadline = self.now, reason, blocked_in, deadline
        self.thread.runs.append(self.run)
        self.run = None

    def arrive(self, ready, waker, delay):
        """On a CPU again, `delay` after it was woken (or lost it)."""
        left = self.thread.runs[-1].off
        ready = ready and max(ready, left)
        on = (left if ready is None else ready) + delay
        if self.limit is not None and on >= self.limit:
            if ready is None or ready < self.limit:
                self.run = Run(self.limit, self.limit, ready, waker)
            else:
                self.run = Run(self.limit, self.limit, self.limit, KILLER)
            self.now = self.limit
            raise Killed
        self.run = Run(on, on, ready, waker)
        self.now = on

    def block(self, ready, waker, reason="sleep", blocked_in="poll", deadline=0):
        self.leave(reason, blocked_in, deadline)
        self.arrive(ready, waker, self.world.length(self.random.choice((0, 0, 100 * US))))

    # -- what needs nobody else --

    def step_work(self):
        self.work(self.world.length(30 * MS))

    def step_timer(self):
        deadline = self.now + self.world.some(40 * MS)
        early = self.random.choice((0, 0, 0, MS, MS + 1, self.world.length(3 * MS)))
        ready = max(self.now, deadline - early if self.world.chance(0.3) else deadline + self.world.length(100 * US))
        blocked_in = self.random.choice(("poll", "sleep", "futex", "read"))
        waker = self.random.choice(("interrupt", None, (EMULATOR_PID, EMULATOR_PID)))
        self.block(ready, waker, "sleep", blocked_in, deadline)

    def step_disk(self):
        self.block(self.now + self.world.some(20 * MS), "interrupt", "io", self.random.choice(("read", "fsync", "none", "write")))

    def step_unexplained(self):
        blocked_in = self.random.choice(("accept", "other", "poll", "futex", "wait"))
        waker = self.random.choice(("interrupt", None, (EMULATOR_PID, EMULATOR_PID)))
        self.block(self.now + self.world.some(20 * MS), waker, "sleep", blocked_in)

    def step_stopped(self):
        self.block(self.now + self.world.some(10 * MS), None, "stopped", "none")

    def helper(self):
        if self.environment.kind == "threads":
            return None
        free = [t for t in self.environment.threads if t is not self.thread and not t.parent and self.helper_free_at[t.tid] <= self.now]
        return self.random.choice(free) if free else None

    def helper_run(self, helper, on, off, ready, waker, blocked_in="futex"):
        if self.limit is not None:
            if on >= self.limit:
                return
            off = min(off, self.limit)
        helper.runs.append(Run(on, off, ready, waker, "sleep", blocked_in))
        self.helper_free_at[helper.tid] = off

    def step_lock(self):
        helper = self.helper()
        if not helper:
            return
        ready = self.now + self.world.length(10 * MS)
        on = ready + self.world.length(50 * US)
        off = on + self.world.some(15 * MS)
        woken = on + self.world.length(off - on)
        deadline = self.random.choice((0, 0, 0, woken + self.world.length(5 * MS)))
        off = max(off, on + self.world.grain)
        self.helper_run(helper, on, off, ready, self.random.choice((None, "interrupt", (self.thread.pid, self.thread.tid))))
        self.block(woken, (helper.pid, helper.tid), "sleep", self.random.choice(("futex", "poll", "read", "other")), deadline)

    def step_subprocess(self):
        """A child process works; the invocation waits for it, at a pipe or for its end."""
        if self.environment.kind != "process":
            return
        pid = self.world.new_pid()
        child = Thread(pid, pid, born=self.now, parent=self.thread)
        self.environment.threads.append(child)
        on = self.now + self.world.length(MS)
        off = on + self.world.some(20 * MS)
        if self.limit is not None and off >= self.limit:
            self.environment.threads.remove(child)
            return
        child.runs.append(Run(on, off, None, None, "dead", "none"))
        child.died = off
        self.helper_free_at[pid] = 1 << 62
        self.block(off, (pid, pid), "sleep", self.random.choice(("read", "wait")))

    # -- calls --

    def connection(self, remote_port, is_to_emulator):
        """One that is free, or a new one, which takes its time: (connection, opened)."""
        free = [
            c
            for c in self.environment.connections
            if c.remote_port == remote_port and c.closed is None and c.free_at <= self.now and c.opened + 60 * MS < self.now
        ]
        if free and self.world.chance(0.8):
            return self.random.choice(free), None
        connection = self.world.connect(self.environment.pid, remote_port, self.now, is_to_emulator)
        self.environment.connections.append(connection)
        opened = self.now
        if self.world.chance(0.5):
            self.block(self.now + self.world.length(3 * MS), "interrupt", "sleep", "connect")
        return connection, opened

    def request(self, call, service, thread=None, sdk=None, target=None, body=None):
        port = 9000 if service in ("lambda", "event") else {"postgres": 5432, "redis": 6379, "http": 8088, "aws": 4566}[service]
        connection, opened = self.connection(port, service in ("lambda", "event"))
        connection.sequence += 1
        first = self.now
        last = first + self.world.length(30 * US)
        if self.limit is not None and last >= self.limit:
            last = first
        target = target or self.world.target(self.now)
        attempt = Attempt(call, service, thread or self.thread, connection, connection.sequence, opened, first, last, target, body or self.world.digest())
        attempt.sdk = sdk
        self.invocation.attempts.append(attempt)
        connection.free_at = 1 << 62
        self.to(max(last, self.now))
        attempt.received = last + self.world.delay()
        return attempt

    def send(self, attempt, how="answered"):
        """What becomes of a request: when its reply arrives. `how`: answered, refused (by the emulator)."""
        world = self.world
        if attempt.service not in ("lambda", "event"):
            attempt.status = 200 if attempt.service in ("http", "aws") else None
            return attempt.received + world.some(60 * MS)
        if how == "refused":
            attempt.status = self.random.choice((429, 500, 503))
            # not at once: of two requests alike of one instant nobody could tell which one the event is
            attempt.replied = attempt.received + world.some(5 * MS)
            return attempt.replied + world.delay()
        callee = world.invoke(attempt.target, attempt.received, self.depth + 1, attempt, attempt.body, self.invocation.chain)
        attempt.callee = callee
        if attempt.service == "event":
            attempt.status = 202
            attempt.replied = attempt.received + world.length(5 * MS)
        else:
            attempt.status = 200
            answered = callee.taken
            if answered is None:
                answered = callee.environment.died
                attempt.function_error = "Sandbox.Timedout" if callee.is_timed_out else "Runtime.ExitError"
            elif callee.is_error:
                attempt.status, attempt.function_error = self.random.choice(((500, None), (200, "Unhandled")))
            attempt.replied = answered + world.delay()
        return attempt.replied + world.delay()

    def new_call(self):
        self.call_count += 1
        return self.call_count

    def launch(self, service):
        attempt = self.request(self.new_call(), service)
        self.pending.append((self.send(attempt), len(self.pending), attempt))
        return attempt

    def read_reply(self, arrival, attempt):
        attempt.reply_first = self.now
        self.to(self.now + self.world.length(10 * US))
        if self.world.chance(0.1):
            self.block(self.now + self.world.some(2 * MS), "interrupt")
            self.work(self.world.length(10 * US))
        attempt.reply_last = self.now
        attempt.connection.free_at = self.now

    def await_one(self):
        """Until the next reply is there, awake now and then for something else."""
        arrival, _, attempt = min(self.pending)
        while self.now < arrival:
            if self.world.chance(0.12):
                deadline = self.now + self.world.some(max(arrival - self.now, 1))
                if deadline < arrival:
                    self.block(deadline, "interrupt", "sleep", "poll", deadline)
                    self.work(self.world.length(200 * US))
                    continue
            waker = self.random.choice(("interrupt", None, (EMULATOR_PID, EMULATOR_PID)))
            self.block(arrival, waker)
        self.pending.remove(min(self.pending))
        self.read_reply(arrival, attempt)

    def may_call(self):
        return self.depth < 4 and self.world.chance(0.9 - 0.2 * self.depth)

    def step_call(self):
        service = self.random.choice(SERVICES + ("lambda",) * 5 + ("event",))
        if service in ("lambda", "event") and not self.may_call():
            return
        self.launch(service)
        if self.world.chance(0.4):
            self.work(self.world.length(20 * MS))
        if self.world.chance(0.75):
            while self.pending:
                self.await_one()

    def step_fan_out(self):
        for _ in range(self.random.randint(2, 4)):
            service = self.random.choice(SERVICES[:2] + ("lambda",) * 3)
            if service == "lambda" and not self.may_call():
                continue
            self.launch(service)
            self.work(self.world.length(self.random.choice((0, MS))))
        while self.pending:
            self.await_one()
            self.work(self.world.length(self.random.choice((0, 0, 2 * MS))))

    def step_retried(self):
        """A call that fails and is made again: by an SDK, which says so, or with the same body."""
        if self.pending or not self.may_call():
            return
        call, body, target = self.new_call(), self.world.digest(), self.random.choice([f for f in self.world.functions if f != "threads"])
        sdk_id = f"s-{self.world.number()}" if self.world.chance(0.6) else None
        most = self.random.randint(1, 4)
        for number in range(1, most + 1):
            sdk = (sdk_id, number, most) if sdk_id else None
            attempt = self.request(call, "lambda", None, sdk, target, body)
            arrival = self.send(attempt, self.random.choice(("answered", "refused")))
            patience = self.now + self.world.some(20 * MS)
            if attempt.callee:  # else nobody could tell which of two requests alike the event is
                patience = max(patience, attempt.callee.dispatched + self.world.grain)
            if attempt.callee and self.world.chance(0.25) and patience < arrival:
                self.give_up(attempt, patience)
            else:
                self.pending.append((arrival, 0, attempt))
                self.await_one()
                if attempt.status == 200 and not attempt.function_error:
                    return
            if number < most and self.world.chance(0.8):
                deadline = self.now + self.world.some(30 * MS)
                self.block(deadline + self.world.length(50 * US), "interrupt", "sleep", "poll", deadline)

    def give_up(self, attempt, patience):
        self.block(patience, "interrupt", "sleep", "poll", patience)
        attempt.closed = self.now
        attempt.status = attempt.function_error = None
        attempt.connection.closed = self.now

    def step_pooled_call(self):
        """A thread of a pool makes the call, the main thread waits for it at a futex."""
        helper = self.helper()
        if self.environment.kind == "worker":
            return
        if not helper or self.pending or self.limit is not None or self.world.chance(0.3):
            return
        ready = self.now
        self.leave("sleep", "futex")
        main = self.thread
        self.thread = helper
        self.arrive_as(helper, ready, (main.pid, main.tid))
        self.launch(self.random.choice(("postgres", "http", "lambda") if self.depth < 3 else ("postgres",)))
        self.work(self.world.length(MS))
        self.await_one()
        self.work(self.world.length(MS))
        woken = self.now
        self.to(self.now + self.world.length(50 * US))
        self.leave("sleep", "futex")
        self.helper_free_at[helper.tid] = self.now
        self.thread = main
        self.arrive(woken, (helper.pid, helper.tid), self.world.length(100 * US))

    def arrive_as(self, helper, ready, waker):
        on = ready + self.world.length(50 * US)
        self.run = Run(on, on, ready, waker)
        self.now = on

    # -- from the event to the end --

    def live(self):
        self.set_limit()
        try:
            self.to(self.invocation.event_last)
            for _ in range(self.random.randint(1, 5)):
                self.random.choice(self.STEPS)(self)
            self.finish()
        except Killed:
            self.die()
        self.background()

    def set_limit(self):
        world, invocation = self.world, self.invocation
        timeout = self.random.choice((3, 30, 60)) * S
        if self.environment.kind != "process":
            return
        if world.chance(0.06):
            timeout = world.some(60 * MS) + MS
            self.limit = invocation.event_first + timeout + world.length(2 * MS)
            invocation.is_timed_out = True
        elif world.chance(0.04):
            self.limit = invocation.event_first + world.some(60 * MS)
        if self.limit is not None:
            self.limit = max(self.limit, invocation.event_last + 1)
        real = world.trace.realtime + invocation.event_first - world.trace.start
        if invocation.is_timed_out or world.chance(0.3):
            invocation.deadline_ms = (real + timeout) // MS
            if invocation.is_timed_out:
                deadline = invocation.deadline_ms * MS - real + invocation.event_first
                self.limit = max(self.limit, deadline)

    def finish(self):
        """The response, work after it, and the question for the next event."""
        world, invocation = self.world, self.invocation
        if not world.chance(0.1):
            while self.pending:
                self.await_one()
        self.work(world.length(5 * MS))
        self.pass_calls()
        invocation.is_error = world.chance(0.08)
        invocation.response_first = self.now
        last = self.now + world.length(20 * US)
        self.to(last)
        invocation.response_last = last
        invocation.taken = last + world.delay()
        if self.environment.kind != "process":
            return self.ask_next()
        accepted = invocation.taken + world.length(100 * US)
        if accepted > self.now:
            self.block(accepted, "interrupt")
        invocation.accepted = self.now
        if world.chance(0.3):
            self.work(world.length(5 * MS))
        self.ask_next()

    def pass_calls(self):
        """What begins or is closed when the invocation ends is no part of it: it shall not end just then."""
        if any(self.now in (attempt.first, attempt.closed) for attempt in self.invocation.attempts):
            self.to(self.now + self.world.grain)
        self.check()

    def ask_next(self):
        world, invocation = self.world, self.invocation
        self.pass_calls()
        invocation.next_first = self.now
        self.limit = None
        invocation.next_last = self.now + world.length(5 * US)
        self.to(invocation.next_last + world.length(20 * US))
        self.leave("sleep", "poll")
        free_at = max(self.now, invocation.taken)
        for arrival, _, attempt in self.pending:
            attempt.reply_first = attempt.reply_last = max(arrival, self.now) + world.some(MS)
            attempt.connection.free_at = attempt.reply_last
        self.invocation.lane.free_at = free_at
        invocation.is_timed_out = False

    def die(self):
        """Killed at `limit`: what it does until it is dead."""
        environment, invocation = self.environment, self.invocation
        if self.run is None:
            self.run = Run(self.limit, self.limit, self.limit, KILLER)
        self.now = self.limit + self.world.length(3 * MS)
        self.leave("dead", "none")
        environment.died = self.now
        invocation.lane.free_at = self.now
        invocation.taken = None
        invocation.accepted = None
        for thread in environment.threads:
            if thread.died is None:
                thread.died = self.now
            thread.runs[:] = [run for run in thread.runs if run.on < self.now]
            for run in thread.runs:
                run.off = min(run.off, self.now)
        for attempt in [a for i in environment.invocations for a in i.attempts]:
            if attempt.reply_last is None or attempt.reply_last > self.limit:
                attempt.reply_first = attempt.reply_last = None
        if invocation.response_last and invocation.response_last > self.limit:
            invocation.response_first = invocation.response_last = None
        for connection in environment.connections + [lane.connection for lane in environment.lanes]:
            if connection.closed is None:
                connection.closed = self.now

    def background(self):
        """Helper threads: a garbage collector, a pool, a timer's."""
        invocation = self.invocation
        end = self.now
        for helper in self.environment.threads:
            if helper is self.thread or helper.parent or self.environment.kind == "threads":
                continue
            for _ in range(self.random.choice((0, 0, 1, 3))):
                self.slip_in(helper, invocation.event_first, end)

    def slip_in(self, helper, start, end):
        on = start + self.world.length(max(end - start, 0))
        on = max(on, (helper.born or 0) + 1)
        off = on + self.world.some(3 * MS)
        ready = on - self.world.length(100 * US)
        if self.environment.died is not None:
            off = min(off, self.environment.died)
        runs = helper.runs
        place = next((k for k, run in enumerate(runs) if run.on >= ready), len(runs))
        before = runs[place - 1].off if place else max(helper.born or 0, self.world.trace.start + MS)
        after = runs[place] if place < len(runs) else None
        if after and after.ready is None:
            return
        if ready <= before or off <= on or (after and off >= after.ready):
            return
        runs.insert(place, Run(on, off, ready, self.random.choice((None, "interrupt", (self.thread.pid, self.thread.tid))), "sleep", "futex"))

    STEPS = (
        (step_work, step_timer, step_disk, step_unexplained, step_stopped, step_lock, step_subprocess)
        + (step_call,) * 6
        + (step_fan_out, step_retried, step_retried, step_pooled_call)
    )
