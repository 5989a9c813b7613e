"""Small applications, each built to be one of the verdicts of `idletax advise`; and those that look like one
and are another. A function is what its handler does with an event, in order (apps/advice_app.py):

    burn:MS  sleep:MS     computes, waits for a timer
    call:F                invokes F and uses the reply       retry:F      so, and again when that fails
    event:F               with invocation type Event         forget:F     answers before F does
    publish:F,G           sends its own event to each, one after the other
    gather:F,G            likewise, all at once
    ping:F                invokes F with the same each time  prepare      asks a server, during INIT
    http                  asks a server                      connect:N    only connects to it, each N-th time
    postgres  redis       asks one of them                   log  trace   tells a daemon
    exit:N                ends the process, each N-th time   answer:null  returns nothing
"""

from dataclasses import dataclass, field

BASE_PORT = 27000
BACKEND_PORT = 26980
SERVICE_PORT, LOG_PORT, TRACE_PORT = 26990, 24224, 4318  # the last two are those of real daemons
EVENTS = 24


@dataclass(frozen=True)
class App:
    name: str
    functions: dict   # name: what it does; the first gets the events
    edges: dict       # (caller, callee): verdict
    events: int = EVENTS
    script: str = ""  # in apps/, that sends events; "": a client that is not recorded sends them all
    runtimes: dict = field(default_factory=dict)  # of runtimes.py; else Python's. "untraced": not recorded
    rules: tuple = field(default=())  # --service

    @property
    def is_server(self):
        """Its script waits for requests, instead of sending events at once."""
        return self.script == "advice_backend.py"


APPS = [
    App("quote", {"shop-quote": "call:shop-tax", "shop-tax": "burn:3"},
        {("shop-quote", "shop-tax"): "inline"}),
    App("quote in a shell", {"hut-front": "call:hut-size", "hut-size": "burn:3"},
        {("hut-front", "hut-size"): "inline"}, runtimes={"hut-front": "shell"}),
    App("quote in Node, SDK v3", {"den-front": "call:den-size", "den-size": "burn:3"},
        {("den-front", "den-size"): "inline"}, runtimes={"den-front": "node20"}),
    App("logs and traces only", {"blog-page": "call:blog-render", "blog-render": "burn:3 log trace"},
        {("blog-page", "blog-render"): "inline"}),
    App("connects 1 in 30 times", {"desk-page": "call:desk-check", "desk-check": "burn:3 connect:30"},
        {("desk-page", "desk-check"): "direct-ok"}, events=31),
    App("asks before its events", {"key-page": "call:key-sign", "key-sign": "prepare burn:3"},
        {("key-page", "key-sign"): "direct-ok"}),
    App("repository", {"club-web": "call:club-members", "club-members": "postgres"},
        {("club-web", "club-members"): "vpc-proxy-ok"}),
    App("repository behind a cache", {"team-web": "redis call:team-data", "team-data": "postgres"},
        {("team-web", "team-data"): "vpc-proxy-ok"}),
    App("one database for both", {"farm-web": "postgres call:farm-data", "farm-data": "postgres"},
        {("farm-web", "farm-data"): "direct-ok"}),
    App("mail at the end", {"cart-pay": "http call:cart-mail", "cart-mail": "http answer:null"},
        {("cart-pay", "cart-mail"): "async-sqs"}),
    App("fire and forget", {"game-move": "forget:game-stats", "game-stats": "http sleep:60"},
        {("game-move", "game-stats"): "async-sqs"}),
    App("Event", {"news-post": "event:news-index", "news-index": "http"},
        {("news-post", "news-index"): "async-sqs"}),
    App("gate before a call", {"door-open": "call:auth-check http", "auth-check": "http answer:null"},
        {("door-open", "auth-check"): "needs-contract"}),
    App("asks the same, hears the same", {"port-watch": "ping:port-alive", "port-alive": "http answer:null"},
        {("port-watch", "port-alive"): "direct-ok"}),
    App("publish", {"order-place": "publish:order-mail,order-stock,order-audit",
                    "order-mail": "http answer:null", "order-stock": "http answer:null",
                    "order-audit": "http answer:null"},
        {("order-place", callee): "fan-out-sns-eventbridge"
         for callee in ("order-mail", "order-stock", "order-audit")}),
    App("gather", {"trip-plan": "gather:trip-air,trip-hotel", "trip-air": "http", "trip-hotel": "http"},
        {("trip-plan", "trip-air"): "direct-ok", ("trip-plan", "trip-hotel"): "direct-ok"}),
    App("steps", {"sale-flow": "call:sale-reserve retry:sale-charge call:sale-ship",
                  "sale-reserve": "http", "sale-charge": "http exit:8", "sale-ship": "http"},
        {("sale-flow", callee): "step-functions"
         for callee in ("sale-reserve", "sale-charge", "sale-ship")}),
    App("one step with retries", {"bill-run": "retry:bank-charge", "bank-charge": "http exit:8"},
        {("bill-run", "bank-charge"): "needs-contract"}),
    App("two services", {"web-checkout": "call:vault-transfer", "vault-transfer": "http"},
        {("web-checkout", "vault-transfer"): "needs-contract"}),
    App("one service by rule", {"alpha": "call:beta", "beta": "http"},
        {("alpha", "beta"): "direct-ok"}, rules=("alp*=pair", "beta=pair")),
    App("batch", {"import-save": "http"}, {("advice_batch.py", "import-save"): "batch-loop-ok"},
        script="advice_batch.py"),
    App("batch in a shell", {"backfill-save": "http"},
        {("advice_batch.sh", "backfill-save"): "batch-loop-ok"}, script="advice_batch.sh"),
    App("backend that is no function", {"item-load": "http"},
        {("advice_backend.py", "item-load"): "needs-contract"}, script="advice_backend.py"),
    App("callee elsewhere", {"far-web": "call:far-api", "far-api": "burn:3"},
        {("far-web", "function"): "unknown"}, runtimes={"far-api": "untraced"}),
    App("too few", {"tea-web": "call:tea-api", "tea-api": "http"},
        {("tea-web", "tea-api"): "unknown"}, events=12),
]


FUNCTIONS = {name: (app, plan) for app in APPS for name, plan in app.functions.items()}


def leave_out(names):
    """Applications whose runtime cannot be had; the ports of the others move."""
    APPS[:] = [app for app in APPS if app.name not in names]
    for function in [function for function, (app, _) in FUNCTIONS.items() if app.name in names]:
        del FUNCTIONS[function]


def functions(is_traced):
    return [function for function, (app, _) in FUNCTIONS.items()
            if (app.runtimes.get(function) != "untraced") == is_traced]


def invoke_port(function):
    return BASE_PORT + 2 * list(FUNCTIONS).index(function)


def api_port(function):
    return invoke_port(function) + 1


def callees(plan):
    steps = (step.partition(":")[::2] for step in plan.split())
    return [name for kind, names in steps if kind in ("call", "retry", "event", "forget", "publish", "gather", "ping")
            for name in names.split(",")]


def root(app):
    return next(iter(app.functions))
