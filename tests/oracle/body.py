# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What one invocation does: work, sleep, lock, read, call, retry, be killed. On its thread time goes on; the thread's
runs and the attempts are its trail."""

from model import Attempt, Run, Thread

US, MS, S = 1_000, 1_000_000, 1_000_000_000
EMULATOR_PID = 50
KILLER = (EMULATOR_PID, EMULATOR_PID)
SERVICES = ("postgres", "redis", "http", "aws")


class Killed(Exception):
    """The environment was told to die."""


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
        self.helper_free_at = {
            t.tid: max((r.off for r in t.runs), default=t.born or 0) for t in self.environment.threads
        }
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
        self.block(
            self.now + self.world.some(20 * MS),
            "interrupt",
            "io",
            self.random.choice(("read", "fsync", "none", "write")),
        )

    def step_unexplained(self):
        blocked_in = self.random.choice(("accept", "other", "poll", "futex", "wait"))
        waker = self.random.choice(("interrupt", None, (EMULATOR_PID, EMULATOR_PID)))
        self.block(self.now + self.world.some(20 * MS), waker, "sleep", blocked_in)

    def step_stopped(self):
        self.block(self.now + self.world.some(10 * MS), None, "stopped", "none")

    def step_throttled(self):
        self.leave("throttled", "none")
        self.arrive(None, None, self.world.some(10 * MS))

    def helper(self):
        if self.environment.kind == "threads":
            return None
        free = [
            t
            for t in self.environment.threads
            if t is not self.thread and not t.parent and self.helper_free_at[t.tid] <= self.now
        ]
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
        self.helper_run(
            helper, on, off, ready, self.random.choice((None, "interrupt", (self.thread.pid, self.thread.tid)))
        )
        self.block(
            woken, (helper.pid, helper.tid), "sleep", self.random.choice(("futex", "poll", "read", "other")), deadline
        )

    def step_subprocess(self):
        """A child process works; the invocation waits for it, at a pipe or for its end."""
        if self.environment.kind not in ("process", "native", "http"):
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
            if c.remote_port == remote_port
            and c.closed is None
            and c.free_at <= self.now
            and c.opened + 60 * MS < self.now
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
        port = (
            9000
            if service in ("lambda", "event")
            else {"postgres": 5432, "redis": 6379, "http": 8088, "aws": 4566}[service]
        )
        connection, opened = self.connection(port, service in ("lambda", "event"))
        connection.sequence += 1
        first = self.now
        last = first + self.world.length(30 * US)
        if self.limit is not None and last >= self.limit:
            last = first
        target = target or self.world.target(self.now)
        attempt = Attempt(
            call,
            service,
            thread or self.thread,
            connection,
            connection.sequence,
            opened,
            first,
            last,
            target,
            body or self.world.digest(),
        )
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
        callee = world.invoke(
            attempt.target, attempt.received, self.depth + 1, attempt, attempt.body, self.invocation.chain
        )
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
        call, body, target = (
            self.new_call(),
            self.world.digest(),
            self.random.choice([f for f in self.world.functions if f != "threads"]),
        )
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
        if self.environment.kind == "native":  # no handler returns in the nanosecond in which it was entered
            self.to(max(self.now, invocation.event_first + world.grain))
        self.pass_calls()
        invocation.is_error = world.chance(0.08) and self.environment.kind != "native"  # nobody would see it
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
        runs.insert(
            place,
            Run(
                on,
                off,
                ready,
                self.random.choice((None, "interrupt", (self.thread.pid, self.thread.tid))),
                "sleep",
                "futex",
            ),
        )

    STEPS = (
        (step_work, step_timer, step_disk, step_unexplained, step_stopped, step_throttled, step_lock, step_subprocess)
        + (step_call,) * 6
        + (step_fan_out, step_retried, step_retried, step_pooled_call)
    )
