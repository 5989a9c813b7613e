"""What test-lifecycle and start-life share: the functions of apps/life_app.py and the events they get."""

TIMEOUT_S = 2
BASE_PORT = 20300

EVENTS = {
    "lives": [{}, {"sleep": 0.2}, {"error": "a failure"}, {"exit": 7}, {}, {"signal": "SIGSEGV"}, {},
              {"sleep": 30}, {}],
    "imports": [{}, {}],
    "exits": [{}, {}],
    "once": [{}, {}],
    "wrapped": [{}, {"sleep": 0.1}],
}


def port_of(function):
    return BASE_PORT + 10 * list(EVENTS).index(function)
