# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Random applications and what happens to them: chains of invocations that work, sleep, wait for locks, disks and
each other, in parallel, again and again, or until they are killed. The same seed gives the same description."""

import random

import cutting
import several
from body import MS, S, US, Body
from model import Connection, Environment, Invocation, Lane, Run, Thread, Trace

MEMORIES = (128, 256, 512, 1024, 1769, 3008)
WARM_CONNECTIONS = 3


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
        self.trace = Trace(
            start, 1_700_000_000 * S + rng.randrange(S), 0, rng.random() > 0.06, self.environments, self.roots, seed
        )
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
            environment.connections = [
                self.connect(pid, 9000, self.trace.start + 3 * MS, True) for _ in range(WARM_CONNECTIONS)
            ]
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
            if environment.function == function
            and environment.died is None
            and environment.kind in ("process", "threads")
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
        for kind in ("native", "http"):
            if self.chance(0.3):
                chain = several.add_server(self, kind, chain)
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
