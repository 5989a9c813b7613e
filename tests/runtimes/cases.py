"""The rows of the table that `make test-runtimes` makes: one recording each. Only data.

To add a row, append a Case; to add a runtime under RIE, an entry in tests/live/runtimes.py is enough.
"""

from dataclasses import dataclass, field

import runtimes

FOLDER = runtimes.HERE  # of the programs that start and drive


@dataclass(frozen=True)
class Case:
    """One recording: `start` runs under `idletax record` and prints "ready"; then `drive` runs, with
    --log FILE and --truth FILE behind it. `installs` are programs of tests/live with their arguments.
    `unclocked` are functions whose own clock starts late. `limits` replaces what may not happen
    (comparison.NEVER), by name."""

    runtime: str
    emulator: str
    at_once: int
    start: list
    drive: list
    installs: list = field(default_factory=list)
    unclocked: tuple = ()
    limits: dict = field(default_factory=dict)
    at_least: int = 1  # invocations
    options: tuple = ()  # of idletax record

    def name(self):
        return f"{self.runtime} {self.emulator} x{self.at_once}"


def rie(runtime, at_once, rounds=None, scale=0.2, kinds="abt"):
    """AWS's emulator does one invocation at a time: N at once are N emulators of each function. a-NAME,
    which calls b-NAME, and t-NAME in turn, `rounds` times in each lane; a pause keeps two cores from
    being what is measured."""
    rounds = rounds or (30 if at_once == 1 else 6)
    functions = [f"{kind}-{runtime}" for kind in kinds]
    driven = [name for name in functions if not name.startswith("b")]
    requests = rounds * len(driven) * at_once
    calls = rounds * at_once if "a" in kinds else 0
    client = runtimes.RUNTIMES[runtime]
    return Case(
        runtime, "RIE", at_once,
        start=[FOLDER / "start-rie", "--lanes", at_once, "--functions", ",".join(functions)],
        drive=[FOLDER / "drive-rie", "-n", requests, "--lanes", at_once, "--scale", scale,
               "--functions", ",".join(driven), "--pause", 0.1 if at_once == 1 else at_once / 10],
        installs=[("install-rie",), client.install],
        unclocked=tuple(functions) if client.has_late_clock else (),
        at_least=requests + calls,
    )


def offline(node, at_once, routes="a,b,c,g,k,m,p", rounds=4, scale=0.2):
    """serverless-offline with the demo's application: one worker thread for each function and request
    that is there at the same time. p is a Python child process."""
    requests = rounds * at_once * len(routes.split(","))
    return Case(
        f"node {node}" if routes != "p" else f"Python child, node {node}", "serverless-offline", at_once,
        start=[FOLDER / "start-offline", node],
        drive=[FOLDER / "drive-offline", "-n", requests, "-c", at_once, "--routes", routes, "--scale", scale,
               "--pause", 0.05 * at_once],
        installs=[("install-offline", node)],
        at_least=requests,
    )


NODES = ["18", "20", "22", "24", "debian"]  # of install-offline


def cargo_lambda(at_once, rounds):
    """One emulator for all functions, with as many instances of each as are needed."""
    return Case(
        "rust", "cargo-lambda", at_once,
        start=[FOLDER / "start-cargo-lambda", "--instances", at_once],
        drive=[FOLDER / "drive-rie", "-n", 2 * rounds * at_once, "--lanes", at_once, "--scale",
               0.2 if at_once < 64 else 0.05, "--functions", "a-rust,t-rust", "--pause",
               0.1 if at_once == 1 else at_once / 10, "--shared-port", 20000],
        installs=[("install-cargo-lambda",), ("install-rust-app",)],
        at_least=3 * rounds * at_once,
    )


def architect(at_once, rounds):
    """A process per invocation. Nothing but time tells which of several equal requests one was started for."""
    return Case(
        "node22", "Architect", at_once,
        start=[FOLDER / "start-architect"],
        drive=[FOLDER / "drive-http", "-n", rounds * at_once, "-c", at_once, "--scale", 0.2, "--get",
               "--pause", 0.2 * at_once, "http://127.0.0.1:3333/a"],
        installs=[("install-architect",)],
        limits={} if at_once == 1 else {"wrong_link": None, "missing_link": None},
        at_least=2 * rounds * at_once,
    )


def http_functions(at_once, rounds):
    """Servers of their own: two under functions-framework, one plain Python. On one event loop it is not always
    known whose a call is."""
    ports = {"a": 21001, "b": 21002, "p": 21003}
    return Case(
        "node20, python", "HTTP servers", at_once,
        start=[FOLDER / "start-http", *ports.values()],
        drive=[FOLDER / "drive-http", "-n", rounds * at_once, "-c", at_once, "--scale", 0.2,
               "--pause", 0.1 * at_once, f"http://127.0.0.1:{ports['a']}/"],
        installs=[("install-functions-framework",)],
        limits={} if at_once == 1 else {"missing_link": None},
        at_least=3 * rounds * at_once,
        options=tuple(f"--http-function={port}={name},256" for name, port in ports.items()),
    )


# 64 at once are 192 emulators and as many runtimes: of those that need little memory.
CASES = [
    *(rie(runtime, at_once) for runtime in runtimes.RUNTIMES for at_once in (1, 8)),
    rie("go", 64, rounds=3, scale=0.05),
    rie("shell", 64, rounds=2, scale=0.05),
    *(offline(node, at_once, rounds=12 // at_once or 2) for node in NODES for at_once in (1, 8)),
    *(offline(node, 64, routes="a,b", rounds=2, scale=0.05) for node in NODES if node != "debian"),
    *(offline("20", at_once, routes="p", rounds=24 // at_once) for at_once in (1, 8)),
    cargo_lambda(1, rounds=30),
    cargo_lambda(8, rounds=6),
    cargo_lambda(64, rounds=3),
    architect(1, rounds=15),
    architect(8, rounds=3),
    http_functions(1, rounds=30),
    http_functions(8, rounds=6),
]

# Whole tests that are too long for `make test`, by what they show.
CHECKS = {
    "errors, exits, time-outs, streams, an extension": [FOLDER / "test-runtime-edges", "--all"],
}
