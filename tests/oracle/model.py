# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What happened: the description from which a trace is written (emit.py) and figures are computed
(attribute.py). Times are nanoseconds. No figure is kept here, only events."""

from dataclasses import dataclass, field
from typing import Optional


@dataclass(eq=False)
class Run:
    """A thread on a CPU, in [on, off), and what it did then."""

    on: int
    off: int
    ready: Optional[int] = None  # it was woken; None: it was not blocked before
    waker: object = None  # who woke it: None unknown, "interrupt", or (pid, tid)
    reason: str = "sleep"  # why it left the CPU: sleep, io, preempted, stopped, throttled, cut, dead
    blocked_in: str = "poll"
    deadline: int = 0  # of the syscall it entered at `off`


@dataclass(eq=False)
class Thread:
    pid: int
    tid: int
    runs: list = field(default_factory=list)
    born: Optional[int] = None  # None: before the recording
    seen_in: Optional[str] = None  # then: what it was blocked in when that began
    parent: Optional["Thread"] = None  # of a process that the environment started
    died: Optional[int] = None


@dataclass(eq=False)
class Connection:
    number: int
    pid: int
    local_port: int
    remote_port: int
    opened: int
    is_to_emulator: bool = True  # the other end is traced as number + 1
    sequence: int = 0
    free_at: int = 0
    closed: Optional[int] = None


@dataclass(eq=False)
class Attempt:
    """One request and what came of it."""

    call: int  # attempts of one call share it
    service: str  # lambda, event, postgres, redis, http, aws
    thread: Thread
    connection: Connection
    sequence: int
    opened: Optional[int]  # start of the connect that it needed
    first: int  # first byte written
    last: int
    target: str
    body: str = ""
    received: int = 0  # by the emulator
    replied: Optional[int] = None  # by the emulator
    reply_first: Optional[int] = None
    reply_last: Optional[int] = None  # read by the caller, be it after its invocation's end
    closed: Optional[int] = None  # by the caller, without a reply
    status: Optional[int] = None
    function_error: Optional[str] = None
    sdk: Optional[tuple] = None  # id, attempt, max
    trace_header: Optional[str] = None
    callee: Optional["Invocation"] = None


@dataclass(eq=False)
class Invocation:
    environment: "Environment"
    lane: "Lane"
    number: int  # a parent's is lower
    request_id: str
    body: str
    result: str
    cause: Optional[Attempt]
    chain: int
    dispatched: int = 0  # the emulator wrote the event
    event_first: int = 0
    event_last: int = 0
    deadline_ms: int = 0
    response_first: Optional[int] = None
    response_last: Optional[int] = None
    is_error: bool = False
    taken: Optional[int] = None  # the emulator read the response
    accepted: Optional[int] = None  # and said so: read by the runtime
    next_first: Optional[int] = None
    next_last: Optional[int] = None
    attempts: list = field(default_factory=list)
    is_timed_out: bool = False
    trace_header: Optional[str] = None


@dataclass(eq=False)
class Lane:
    """One event after the other: a thread and the connection on which it asks for events."""

    thread: Thread
    connection: Optional[Connection]  # None: events come another way
    free_at: int
    ready: int = 0  # when it asked for its first event


@dataclass(eq=False)
class Environment:
    pid: int
    function: str
    memory_mb: int
    kind: str = "process"  # one event at a time; loop: several on one thread; threads: each on its own;
    # worker: a worker thread of an emulator; http: a server that is a function; native: a handler is probed
    forked: Optional[int] = None
    executed: Optional[int] = None  # None: before the recording
    lanes: list = field(default_factory=list)
    threads: list = field(default_factory=list)
    connections: list = field(default_factory=list)
    invocations: list = field(default_factory=list)
    died: Optional[int] = None


@dataclass(eq=False)
class Trace:
    start: int
    realtime: int
    end: int
    has_scheduler_facts: bool
    environments: list
    roots: list  # entries: (time the request came, Invocation), one connection each
    seed: str = ""

    def invocations(self):
        return [i for e in self.environments for i in e.invocations]
