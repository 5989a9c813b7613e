"""The recordings of bench-accuracy: which emulator, started how, and where its callers are asked. Only data.

To add a row, append a Case: `start` runs under `idletax record` and prints `ready`; `lanes` has one list of
URLs for each request that is under way at the same time, which are asked in turn.
"""

from dataclasses import dataclass, field
from pathlib import Path

import offline
import runtimes
import session

FOLDER = runtimes.HERE  # of the programs that start
ROUNDS = {1: 16, 8: 6, 64: 3}  # requests of each lane and kind of payload
SCALE = {1: 0.1, 8: 0.1, 64: 0.05}  # of the handlers' work: two cores have to do it all
PAYLOADS = ("distinct", "identical", "{}")


@dataclass(frozen=True)
class Case:
    """`payloads` are those that its callers can be given; `is_get`: in the query, for they take no body.
    `is_unnamed`: no request id is on the wire, so that invocations are told apart by their times."""

    emulator: str
    at_once: int
    start: list
    lanes: list
    installs: list = field(default_factory=list)
    payloads: tuple = PAYLOADS
    is_get: bool = False
    is_unnamed: bool = False
    ready: str = "ready"
    cwd: Path = None
    options: tuple = ()  # of idletax record

    def name(self):
        return f"{self.emulator} x{self.at_once}"


def rie(runtime, at_once):
    """AWS's emulator does one invocation at a time: N at once are N of them for each function."""
    functions = [f"{kind}-{runtime}" for kind in "ab"]
    port = [runtimes.invoke_port(20000, lane, functions[0]) for lane in range(at_once)]
    return Case(
        f"RIE, {runtime}", at_once,
        start=[FOLDER / "start-rie", "--lanes", at_once, "--functions", ",".join(functions)],
        lanes=[[runtimes.invoke_url(each, runtimes.RIE_NAME)] for each in port],
        installs=[("install-rie",), runtimes.RUNTIMES[runtime].install],
    )


def managed(runtime, at_once):
    """AWS's emulator as it is for Managed Instances: one environment has all events of a function."""
    functions = [f"{kind}-{runtime}" for kind in "ab"]
    url = runtimes.invoke_url(runtimes.invoke_port(20000, 0, functions[0]), runtimes.RIE_NAME)
    return Case(
        f"RIE, {runtime}, one environment", at_once,
        start=[FOLDER / "start-rie", "--at-once", at_once + at_once // 2, "--functions", ",".join(functions)],
        lanes=[[url]] * at_once,
        installs=[("install-rie",), runtimes.RUNTIMES[runtime].install],
    )


def gateway(shape, at_once):
    """A front end before a container for each event; "s" is a shell."""
    urls = [runtimes.invoke_url(25000, function) for function in "as"]
    return Case(
        {"sam": "SAM's shape", "localstack": "LocalStack's shape"}[shape], at_once,
        start=[FOLDER / "start-gateways", shape],
        lanes=[urls[lane % 2:] + urls[:lane % 2] for lane in range(at_once)],
        installs=[("install-gateways",), ("install-rie",), ("install-python-ric",)],
    )


def cargo_lambda(at_once):
    url = runtimes.invoke_url(20000, "a-rust")
    return Case(
        "cargo-lambda", at_once,
        start=[FOLDER / "start-cargo-lambda", "--instances", at_once],
        lanes=[[url]] * at_once,
        installs=[("install-cargo-lambda",), ("install-rust-app",)],
    )


def serverless_offline(at_once, functions, *options, **more):
    node = offline.find_node()
    urls = [runtimes.invoke_url(offline.INVOKE_PORT, function) for function in functions]
    return Case(
        "serverless-offline" + "".join(f", {option.lstrip('-')}" for option in options), at_once,
        start=offline.command(node, "--localEnvironment", *options), ready="Server ready", cwd=node.app,
        lanes=[urls[lane % len(urls):] + urls[:lane % len(urls)] for lane in range(at_once)],
        installs=[("install-offline",)],
        **more,
    )


def architect(at_once):
    """A process for each invocation."""
    return Case(
        "Architect", at_once, start=[FOLDER / "start-architect"],
        lanes=[["http://127.0.0.1:3333/a"]] * at_once, is_get=True,
        installs=[("install-architect",)],
    )


def http_functions(at_once):
    ports = {"a": 21001, "b": 21002, "p": 21003}
    return Case(
        "HTTP functions", at_once, start=[FOLDER / "start-http", *ports.values()],
        lanes=[[f"http://127.0.0.1:{ports['a']}/"]] * at_once,
        installs=[("install-functions-framework",)],
        options=tuple(f"--http-function={port}={name},256" for name, port in ports.items()),
    )


def cases():
    """Needs the demo's Node, which `installs` puts there: so not at once."""
    session.install("install-offline")
    return [
        *(serverless_offline(at_once, "acgm") for at_once in (1, 8)),
        serverless_offline(64, "a"),
        *(rie("go", at_once) for at_once in (1, 8, 64)),
        *(rie(runtime, at_once) for runtime in ("python", "node22") for at_once in (1, 8)),
        *(managed(runtime, 8) for runtime in ("python", "node22", "java", "go")),
        *(gateway(shape, at_once) for shape in ("sam", "localstack") for at_once in (1, 8, 64)),
        *(cargo_lambda(at_once) for at_once in (1, 8, 64)),
        *(architect(at_once) for at_once in (1, 8)),
        *(http_functions(at_once) for at_once in (1, 8, 64)),
        *(serverless_offline(at_once, "acm", "--useInProcess", is_unnamed=True) for at_once in (1, 8, 64)),
    ]
