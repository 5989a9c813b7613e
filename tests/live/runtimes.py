"""Which functions the live tests can start, and how each runtime runs them.

A function is a name, the runtime that runs it, and a plan: what its handler does with an event, in
order, in milliseconds (the event's "scale" multiplies them). Every runtime's handler, in apps/, reads
the plan from its environment, so that one function does the same in each.

    burn:MS   computes           sleep:MS   waits for a timer       call:FUNCTION   a synchronous Invoke
    fail      raises an error    exit       ends the process        stream          the response is streamed
    init:fail raises while the handler is loaded

To add a runtime: an install-NAME, a handler in apps/ and an entry in RUNTIMES.
"""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIVE = ROOT / "build" / "live"
APPS = HERE / "apps"
JAVA_CLIENT = "com.amazonaws.services.lambda.runtime.api.client"


@dataclass(frozen=True)
class Runtime:
    """A runtime client: `command` gives what runs a handler; `install` is its install-* program and
    arguments, empty where nothing is to be installed; `at_once` is what it needs to be told, besides
    AWS_LAMBDA_MAX_CONCURRENCY, to handle {n} events at once; `has_late_clock` is true where the handler's own
    clock starts long after the event came."""

    command: object
    install: tuple = ()
    environment: dict = field(default_factory=dict)
    at_once: dict = field(default_factory=dict)
    has_late_clock: bool = False


@dataclass(frozen=True)
class Function:
    runtime: str
    plan: str
    timeout_s: int = 60


def node_20():
    path = ROOT / "tools" / "demo" / "node-path"
    found = subprocess.run([path], check=True, capture_output=True, text=True).stdout.strip()
    return found + "/node"


def node_modules(folder):
    return LIVE / folder / "node_modules"


RUNTIMES = {
    "python": Runtime(
        lambda: [LIVE / "python" / "bin" / "python", "-m", "awslambdaric", "python_app.handler"],
        ("install-python-ric",), {"PYTHONDONTWRITEBYTECODE": "1"}),
    "shell": Runtime(lambda: [APPS / "bootstrap"], has_late_clock=True),
    "node20": Runtime(
        lambda: [node_20(), node_modules("node-ric") / "aws-lambda-ric" / "bin" / "index.mjs",
                 "node_app.handler"],
        ("install-node-ric", "3"),
        {"NODE_APP_MODULES": str(LIVE / "node-ric" / "package.json"),
         "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"}),
    "node22": Runtime(
        lambda: [node_modules("node-ric-4") / "node" / "bin" / "node",
                 node_modules("node-ric-4") / "aws-lambda-ric" / "index.mjs", "node_app.handler"],
        ("install-node-ric", "4"),
        {"NODE_APP_MODULES": str(LIVE / "node-ric-4" / "package.json"),
         "_HANDLER": "node_app.handler",
         "AWS_LAMBDA_LOG_GROUP_NAME": "group", "AWS_LAMBDA_LOG_STREAM_NAME": "stream"},
        {"AWS_LAMBDA_NODEJS_WORKER_COUNT": "{n}", "UV_THREADPOOL_SIZE": "{n}"}),
    "go": Runtime(lambda: [LIVE / "go-app" / "app"], ("install-go-app",)),
    "rust": Runtime(lambda: [LIVE / "rust-app" / "target" / "release" / "t-rust"], ("install-rust-app",)),
    "java": Runtime(
        lambda: ["java", "-XX:TieredStopAtLevel=1", "-XX:ErrorFile=/dev/stderr",
                 "-cp", f"{LIVE}/java-app:{LIVE}/java-app/*",
                 f"-D{JAVA_CLIENT}.runtimeapi.NativeClient.JNI={LIVE}/java-app/libaws-lambda-jni.so",
                 f"{JAVA_CLIENT}.AWSLambda", "App::handleRequest"],
        ("install-java-app",)),
}

PLANS = {
    "a": "burn:50 call:{b} burn:50",
    "b": "burn:500",
    "t": "burn:20 sleep:60 burn:20",
}


def functions_of(runtime):
    """The same three functions in every runtime: a-NAME calls b-NAME, t-NAME works and sleeps."""
    return {f"{kind}-{runtime}": Function(runtime, plan.format(b=f"b-{runtime}"))
            for kind, plan in PLANS.items()}


# In order: a function's place in it gives its ports. The first five are the short names of old.
FUNCTIONS = {
    "a": Function("python", PLANS["a"].format(b="b")),
    "b": Function("python", PLANS["b"]),
    "t": Function("python", PLANS["t"]),
    "s": Function("shell", "burn:40 call:b sleep:30"),
    "n": Function("node20", "burn:20 call:b burn:20"),
}
for name in RUNTIMES:
    FUNCTIONS.update(functions_of(name))

FUNCTIONS.update({
    "fail-python": Function("python", "burn:20 fail"),
    "fail-node22": Function("node22", "burn:20 fail"),
    "fail-go": Function("go", "burn:20 fail"),
    "fail-rust": Function("rust", "burn:20 fail"),
    "fail-java": Function("java", "burn:20 fail"),
    "exit-python": Function("python", "burn:20 exit"),
    "exit-go": Function("go", "burn:20 exit"),
    "slow-python": Function("python", "burn:20 sleep:5000", timeout_s=1),
    "slow-go": Function("go", "burn:20 sleep:5000", timeout_s=1),
    "broken-python": Function("python", "init:fail"),
    "broken-node20": Function("node20", "init:fail"),
    "stream-node20": Function("node20", "burn:20 sleep:60 stream"),
    "stream-node22": Function("node22", "burn:20 sleep:60 stream"),
    "stream-rust": Function("rust", "burn:20 sleep:60 stream"),
    "stream-go": Function("go", "burn:20 sleep:60 stream"),
})

FUNCTIONS_PER_LANE = 50  # places for functions; as many ports again for their Runtime APIs
assert len(FUNCTIONS) <= FUNCTIONS_PER_LANE


def callees(function):
    steps = (step.split(":") for step in FUNCTIONS[function].plan.split())
    return {step[1] for step in steps if step[0] == "call"}


def invoke_port(base, lane, function):
    return base + 2 * FUNCTIONS_PER_LANE * lane + list(FUNCTIONS).index(function)


def api_port(base, lane, function):
    return invoke_port(base, lane, function) + FUNCTIONS_PER_LANE


RIE_NAME = "function"  # AWS's emulator serves no other name, whatever its function is called


def emulator_command():
    """AWS's, where install-rie could build it."""
    real = LIVE / "bin" / "aws-lambda-rie"
    return str(real) if real.exists() else str(HERE / "rie-stand-in")


def invoke_url(port, function):
    return f"http://127.0.0.1:{port}/2015-03-31/functions/{function}/invocations"


def environment_of(function, callee_urls):
    """What a handler is told: @callee_urls maps each callee to the URL of its Invoke."""
    runtime = RUNTIMES[FUNCTIONS[function].runtime]
    return dict(
        runtime.environment,
        AWS_LAMBDA_FUNCTION_NAME=function,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512",
        AWS_LAMBDA_FUNCTION_TIMEOUT=str(FUNCTIONS[function].timeout_s),
        LAMBDA_TASK_ROOT=str(APPS),
        PLAN=FUNCTIONS[function].plan,
        **{"URL_" + name.replace("-", "_"): url for name, url in callee_urls.items()},
    )


def environment_at_once(function, at_once):
    """What else it is told where one environment may handle as many events at once."""
    told = RUNTIMES[FUNCTIONS[function].runtime].at_once
    return dict({name: value.format(n=at_once) for name, value in told.items()},
                AWS_LAMBDA_MAX_CONCURRENCY=str(at_once), AWS_LAMBDA_LOG_FORMAT="TEXT")


def command_of(function):
    """Through a program that notes when it starts: the truth that INIT is compared with."""
    return [str(HERE / "apps" / "note-start"),
            *map(str, RUNTIMES[FUNCTIONS[function].runtime].command())]
