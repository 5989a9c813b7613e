# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A description as the text form of a trace (include/README.md). Facts of one time come in any order in which
what caused another comes before it: which, the random numbers given say."""

import heapq

from model import Run

EMULATOR = "pid=50"
INVOKE = "method=post invocation_type={type} function={function} host=127.0.0.1:9000 path=/2015-03-31/functions/{function}/invocations"
PROGRAMS = {"process": "bootstrap", "loop": "node", "threads": "java"}
KINDS = {
    "postgres": ("kind=postgres operation=SELECT target=shop", "kind=postgres"),
    "redis": ("kind=redis operation=GET", "kind=redis"),
    "http": ("kind=http method=get host=127.0.0.1:8088 path=/{target}", "kind=http"),
    "aws": (
        "kind=aws method=post service=dynamodb operation=GetItem target={target} host=127.0.0.1:4566",
        "kind=aws service=dynamodb",
    ),
}


class Fact:
    __slots__ = ("time", "text", "followers", "waits")

    def __init__(self, time, text):
        self.time = time
        self.text = text
        self.followers = []
        self.waits = 0


class Emitter:
    def __init__(self, trace, rng=None):
        self.trace = trace
        self.random = rng
        self.facts = []
        self.last = {}  # per thread: its last fact
        self.sides = {}  # per side of a connection: (place, fact)

    def fact(self, time, text, *after, order=()):
        fact = Fact(time, text)
        self.facts.append(fact)
        for before in [*after] + [self.last.get(key) for key in order]:
            self.follow(before, fact)
        for key in order:
            self.last[key] = fact
        return fact

    def on_side(self, side, place, fact):
        self.sides.setdefault(side, []).append((place, len(self.sides[side]) if side in self.sides else 0, fact))
        return fact

    def message(self, time, side, sequence, text, first=None, after=(), owner=EMULATOR):
        """Requests and replies of one side come in their order."""
        first = "" if first is None or first == time else f" first={first}"
        place = 2 * sequence + ("is_response" in text)
        text = f"message {owner} connection={side} sequence={sequence} {text}{first}"
        return self.on_side(side, place, self.fact(time, text, *after))

    # -- processes --

    def environment(self, e):
        if e.kind in ("worker", "http", "native"):
            known = self.other_process(e)
        else:
            known = self.process(e)
        for thread in e.threads:
            self.thread(e, thread, known)
        for lane in e.lanes:
            if e.kind == "http":
                self.listen(e, lane.connection, known)
            elif lane.connection:
                self.connection(lane.connection, known)
                self.next_event(lane, lane.ready, lane.ready)
        for connection in e.connections:
            self.connection(connection, known)

    def listen(self, e, c, known):
        port = c.local_port
        self.fact(self.trace.start, f"http_function port={port} function={e.function} memory_mb={e.memory_mb}")
        self.on_side(
            c.number,
            0,
            self.fact(c.opened, f"connection pid={c.pid} id={c.number} local_port={port} remote_port=60000", known),
        )

    def other_process(self, e):
        """It does not ask the Runtime API for its events."""
        if e.pid not in self.processes:
            start = self.trace.start
            seen = self.fact(start, f"task_seen pid={e.pid} blocked_in=poll name=node")
            self.processes[e.pid] = self.fact(start, f"exec pid={e.pid} program=node script=osls", seen)
        return self.processes[e.pid]

    def process(self, e):
        base = f"exec pid={e.pid} program={PROGRAMS[e.kind]} runtime_api=127.0.0.1:9001 function={e.function} memory_mb={e.memory_mb}"
        if len(e.lanes) > 1:
            base += f" max_concurrency={len(e.lanes)}"
        start = self.trace.start
        if e.executed is None:
            seen = self.fact(
                start,
                f"task_seen pid={e.pid} parent_pid=50 blocked_in={e.lanes[0].thread.seen_in} name=bootstrap",
                self.emulator,
            )
            known = self.fact(start, base, seen)
        else:
            forked = self.fact(e.forked, f"fork {EMULATOR} child_pid={e.pid}", self.emulator)
            known = self.fact(e.executed, base, forked)
        return known

    def thread(self, e, thread, known):
        if thread.tid != thread.pid:
            if thread.born is None:
                known = self.fact(
                    self.trace.start,
                    f"task_seen pid={thread.pid} tid={thread.tid} blocked_in={thread.seen_in} name=pool",
                    known,
                )
            else:
                known = self.fact(thread.born, f"fork pid={thread.pid} child_tid={thread.tid}", known)
        elif thread.parent:
            known = self.fact(
                thread.born, f"fork pid={thread.parent.pid} tid={thread.parent.tid} child_pid={thread.pid}", known
            )
        self.last[("thread", thread.tid)] = known
        if self.trace.has_scheduler_facts:
            for run in thread.runs:
                self.slice(thread, run)
        if thread.parent and thread.died is not None and thread.died != e.died:
            self.fact(thread.died, f"task_exit pid={thread.pid} exit_code=0", order=(("thread", thread.tid),))

    def slice(self, thread, run: Run):
        text = f"slice pid={thread.pid} tid={thread.tid} on={run.on} off={run.reason} blocked_in={run.blocked_in}"
        if run.ready is not None:
            text += f" woken={run.ready}"
            if run.waker == "interrupt":
                text += " waker=interrupt"
            elif run.waker:
                text += f" waker_pid={run.waker[0]} waker_tid={run.waker[1]}"
        if run.deadline:
            text += f" deadline={run.deadline}"
        self.fact(run.off, text, order=(("thread", thread.tid),))

    def death(self, e):
        before = []
        for connection in e.connections + [lane.connection for lane in e.lanes]:
            if connection.closed == e.died:
                before.append(self.close(e.died, connection, ""))
        main = e.lanes[0].thread
        for thread in sorted(e.threads, key=lambda t: t is main):
            if thread.died == e.died:
                code = " exit_code=9" if thread.tid == thread.pid else ""
                before.append(
                    self.fact(
                        e.died,
                        f"task_exit pid={thread.pid} tid={thread.tid}{code}",
                        *before,
                        order=(("thread", thread.tid),),
                    )
                )

    def close(self, time, c, state):
        return self.on_side(c.number, 1 << 30, self.fact(time, f"connection_state pid={c.pid} id={c.number}{state}"))

    def connection(self, c, known):
        text = (
            f"connection pid={c.pid} id={c.number} local_port={c.local_port} remote_port={c.remote_port} is_client=yes"
        )
        self.on_side(c.number, 0, self.fact(c.opened, text, known))
        if c.is_to_emulator:
            text = f"connection {EMULATOR} id={c.number + 1} local_port={c.remote_port} remote_port={c.local_port}"
            self.on_side(c.number + 1, 0, self.fact(c.opened, text, self.emulator))

    # -- one event --

    def owner(self, lane):
        return f"pid={lane.thread.pid} tid={lane.thread.tid}"

    def next_event(self, lane, first, last, taken=None):
        c = lane.connection
        c.sequence += 1
        asked = self.message(last, c.number, c.sequence, "kind=runtime_next method=get", first, owner=self.owner(lane))
        self.message(
            max(last, taken or 0),
            c.number + 1,
            c.sequence,
            "kind=runtime_next method=get direction=received",
            after=(asked,),
        )
        return asked

    def worker_invocation(self, i):
        """The event and its result are messages between threads."""
        e, thread = i.environment, i.lane.thread
        names = f"request_id={i.request_id} function={e.function} memory_mb={e.memory_mb} json={i.body}"
        given, result = 2 * i.number, 2 * i.number + 1
        sent = self.fact(i.dispatched, f"worker_sent pid={e.pid} message={given} {names}")
        text = (
            f"worker_event pid={e.pid} tid={thread.tid} message={given} sent={i.dispatched} sender_tid={e.pid} {names}"
        )
        lane = (("lane", thread.tid),)
        program = [self.fact(i.event_first, text, sent, order=lane)] + [self.attempt(attempt) for attempt in i.attempts]
        if i.response_last is not None:
            is_error = " is_error=yes" if i.is_error else ""
            text = (
                f"worker_result pid={e.pid} tid={thread.tid} message={result} port={i.number} json={i.result}{is_error}"
            )
            program.append(self.fact(i.response_last, text, order=lane))
            taken = f"worker_taken pid={e.pid} message={result} sent={i.response_last} sender_tid={thread.tid} json={i.result}"
            self.fact(i.taken, taken, program[-1])
        self.programs.append((i, program))

    def native_invocation(self, i):
        e, thread = i.environment, i.lane.thread
        text = f"native_call pid={e.pid} tid={thread.tid} function={e.function} memory_mb={e.memory_mb} stack=0x7000"
        lane = (("lane", thread.tid),)
        program = [self.fact(i.event_first, text, order=lane)] + [self.attempt(attempt) for attempt in i.attempts]
        if i.response_last is not None:
            program.append(self.fact(i.response_last, text + " is_return=yes", order=lane))
        self.programs.append((i, program))

    def http_invocation(self, i):
        c, me = i.lane.connection, self.owner(i.lane)
        c.sequence += 1
        text = f"method=post body={i.body} direction=received"
        program = [self.message(i.event_last, c.number, c.sequence, text, i.event_first, owner=me)]
        program += [self.attempt(attempt) for attempt in i.attempts]
        if i.response_last is not None:
            text = f"flags=is_response status={500 if i.is_error else 200} request_id={i.request_id} body={i.result}"
            program.append(self.message(i.response_last, c.number, c.sequence, text, i.response_first, owner=me))
        self.programs.append((i, program))

    def invocation(self, i):
        other = {"worker": self.worker_invocation, "native": self.native_invocation, "http": self.http_invocation}
        if i.environment.kind in other:
            return other[i.environment.kind](i)
        c, me = i.lane.connection, self.owner(i.lane)
        reply = f"kind=runtime_next flags=is_response status=200 request_id={i.request_id} json={i.body} body={i.body}"
        if i.deadline_ms:
            reply += f" deadline_ms={i.deadline_ms}"
        if i.trace_header:
            reply += f' trace_header="{i.trace_header}"'
        given = self.message(i.dispatched, c.number + 1, c.sequence, reply, after=(self.received_fact(i),))
        program = [
            self.message(
                i.event_last,
                c.number,
                c.sequence,
                reply + " direction=received",
                i.event_first,
                after=(given,),
                owner=me,
            )
        ]
        for attempt in i.attempts:
            program.append(self.attempt(attempt))
        taken = None
        if i.response_last is not None:
            told, taken = self.response(i, c, me)
            program.append(told)
        self.answers[id(i)] = taken
        if i.next_first is not None:
            program.append(self.next_event(i.lane, i.next_first, i.next_last, i.taken))
        self.programs.append((i, program))

    def order_programs(self):
        """What one invocation does, it does in its order."""
        for i, program in self.programs:
            for before, fact in zip(program, program[1:]):
                self.follow(before, fact)
            last_of = {}
            for attempt, request in zip(i.attempts, program[1:]):
                if attempt.call in last_of:
                    self.follow(last_of[attempt.call], request)
                done = last_of[attempt.call] = self.ends.get(id(attempt))
                if done is None:
                    continue
                for later in program[len(i.attempts) + 1 :]:
                    if done.time <= later.time and not self.is_late(i, attempt):
                        self.follow(done, later)
                    elif later.time <= done.time:
                        self.follow(later, done)

    def is_late(self, i, attempt):
        """Read after the invocation's end."""
        return i.next_first is not None and attempt.reply_last is not None and attempt.reply_last > i.next_first

    def follow(self, before, fact):
        if before is None:
            return
        assert before.time <= fact.time, (before.time, before.text, fact.time, fact.text)
        before.followers.append(fact)
        fact.waits += 1

    def response(self, i, c, me):
        c.sequence += 1
        kind = "runtime_error" if i.is_error else "runtime_response"
        text = f"kind={kind} method=post request_id={i.request_id} body={i.result}"
        if i.is_error:
            text += " function_error=Unhandled"
        told = self.message(i.response_last, c.number, c.sequence, text, i.response_first, owner=me)
        if i.taken is None:
            return told, None
        taken = self.message(i.taken, c.number + 1, c.sequence, text + " direction=received", after=(told,))
        if i.accepted is None:
            return told, taken
        said = self.message(
            i.taken, c.number + 1, c.sequence, f"kind={kind} flags=is_response status=202", after=(taken,)
        )
        self.message(
            i.accepted,
            c.number,
            c.sequence,
            f"kind={kind} flags=is_response direction=received status=202",
            after=(said,),
            owner=me,
        )
        return told, taken

    def received_fact(self, i):
        """The emulator's reading of the request that this event is."""
        return self.received.get(id(i))

    # -- calls --

    def attempt(self, a):
        c, me = a.connection, f"pid={a.thread.pid} tid={a.thread.tid}"
        asked, answered = self.words(a)
        if a.trace_header:
            asked += f' trace_header="{a.trace_header}"'
        sent = self.message(a.last, c.number, a.sequence, asked, a.first, owner=me)
        if c.is_to_emulator:
            received = self.message(a.received, c.number + 1, a.sequence, asked + " direction=received", after=(sent,))
            if a.callee:
                self.received[id(a.callee)] = received
            self.later.append((a, answered, me))
        elif a.reply_last is not None:
            self.ends[id(a)] = self.message(
                a.reply_last, c.number, a.sequence, answered + " direction=received", a.reply_first, owner=me
            )
        if a.closed is not None:
            self.close(a.closed, c, " state=own_closed")
            self.ends[id(a)] = self.close(a.closed, c, "")
        return sent

    def reply(self, a, answered, me):
        c = a.connection
        after = self.answers.get(id(a.callee)) if a.callee and a.service == "lambda" else None
        replied = self.message(a.replied, c.number + 1, a.sequence, answered, after=(after,))
        if a.reply_last is not None:
            self.ends[id(a)] = self.message(
                a.reply_last, c.number, a.sequence, answered + " direction=received", a.reply_first, (replied,), me
            )

    def words(self, a):
        if a.service in KINDS:
            asked, answered = KINDS[a.service]
            status = f" status={a.status}" if a.status else ""
            return asked.format(target=a.target), f"{answered} flags=is_response{status}"
        kind = "request_response" if a.service == "lambda" else "event"
        asked = "kind=invoke " + INVOKE.format(type=kind, function=a.target) + f" json={a.body} body={a.body}"
        if a.sdk:
            asked += f" sdk_invocation_id={a.sdk[0]} sdk_attempt={a.sdk[1]} sdk_max={a.sdk[2]}"
        answered = f"kind=invoke flags=is_response status={a.status or 200}"
        if a.function_error:
            answered += f" function_error={a.function_error}"
        if a.callee and a.service == "lambda" and a.callee.taken is not None:
            answered += f" body={a.callee.result}"
        return asked, answered

    def root(self, number, at, i):
        """Who called is not traced."""
        side = 1_000_001 + 2 * number
        opened = self.fact(
            self.trace.start + 5_000_000,
            f"connection {EMULATOR} id={side} local_port=9000 remote_port={50000 + number}",
            self.emulator,
        )
        asked = "kind=invoke " + INVOKE.format(type="request_response", function=i.environment.function)
        self.received[id(i)] = self.message(
            at, side, 1, asked + f" direction=received json={i.body} body={i.body}", after=(opened,)
        )
        if i.taken is not None:
            self.root_replies.append((side, i))

    # -- all --

    def text(self):
        trace = self.trace
        self.received, self.answers, self.ends = {}, {}, {}
        self.later, self.root_replies, self.programs = [], [], []
        self.processes = {}
        for e in trace.environments:
            for lane in e.lanes:
                if lane.connection:
                    lane.connection.sequence = 0
        seen = self.fact(trace.start, f"task_seen {EMULATOR} parent_pid=1 blocked_in=poll name=emulator")
        self.emulator = self.fact(trace.start, f"exec {EMULATOR} program=emulator", seen)
        for number, (at, invocation) in enumerate(trace.roots):
            self.root(number, at, invocation)
        for e in trace.environments:
            self.environment(e)
        for invocation in sorted(trace.invocations(), key=lambda i: (i.event_first, i.number)):
            self.invocation(invocation)
        for e in trace.environments:
            if e.died is not None:
                self.death(e)
        for later in self.later:
            self.reply(*later)
        for side, i in self.root_replies:
            text = f"kind=invoke flags=is_response status=200 body={i.result}"
            self.message(i.taken, side, 1, text, after=(self.answers[id(i)],))
        self.order_sides()
        self.order_programs()
        lines = [f"start monotonic={trace.start} realtime={trace.realtime}"]
        lines += [f"{fact.time} {fact.text}" for fact in self.in_order()]
        lines.append(f"end {trace.end}")
        return "\n".join(lines) + "\n"

    def order_sides(self):
        for side in self.sides.values():
            in_order = [fact for _, _, fact in sorted(side, key=lambda row: row[:2])]
            for before, fact in zip(in_order, in_order[1:]):
                self.follow(before, fact)

    def in_order(self):
        heap = []
        serial = 0

        def push(fact):
            nonlocal serial
            serial += 1
            tie = self.random.random() if self.random else 0
            heapq.heappush(heap, (fact.time, tie, serial, fact))

        for fact in self.facts:
            if not fact.waits:
                push(fact)
        count = 0
        while heap:
            fact = heapq.heappop(heap)[3]
            count += 1
            if fact.time <= self.trace.end:  # a recording that was cut ends before what is on its way
                yield fact
            for follower in fact.followers:
                follower.waits -= 1
                if not follower.waits:
                    push(follower)
        assert count == len(self.facts)
