"""Unit tests of comparison.py on a hand-made case (a waits 500 ms for b), and of truth.py."""

import unittest

from comparison import PROFILES, STATES, compare, init_error_ms, judge_links, name_by_time, percentile
from truth import InitLines


def make_truth(function, request_id, start_ms, end_ms, busy_ms, **more):
    entry = {
        "function": function, "request_id": request_id, "start_ns": int(start_ms * 1e6),
        "end_ns": int(end_ms * 1e6), "busy_ns": int(busy_ms * 1e6), "timer_ns": 0,
        "caused_by": None, "calls": [], "duration_ms": float(end_ms - start_ms),
    }
    return {**entry, **more}


def make_invocation(number, function, request_id, start_ms, end_ms, **more):
    billed = int((end_ms - start_ms) * 1e6)
    row = {state: 0 for state in STATES}
    row.update({
        "id": number, "function": function, "request_id": request_id, "cold": False,
        "start_ns": int(start_ms * 1e6), "end_ns": int(end_ms * 1e6), "billed_ns": billed,
        "active_ns": billed, "own_ns": billed, "double_billed_ns": 0, "parent": None,
        "caused_by": None, "link": "root", "calls": [],
    })
    return {**row, **more}


def make_case():
    call = {"callee": "b", "callee_request_id": "B", "mode": "sync", "start_ns": 0, "end_ns": 0}
    truths = [
        make_truth("a", "A", 0, 600, 100, calls=[call]),
        make_truth("b", "B", 50, 550, 500),
    ]
    wait = {"callee": "b", "wait_ns": 500_000_000, "invocation": 1}
    report = {"start": {"monotonic_ns": 0}, "invocations": [
        make_invocation(0, "a", "A", 0, 600, calls=[wait], active_ns=100_000_000,
                        wait_lambda_ns=500_000_000, own_ns=100_000_000,
                        double_billed_ns=500_000_000),
        make_invocation(1, "b", "B", 50, 550, parent=0, link="exact"),
    ]}
    return truths, report


class SelfTest(unittest.TestCase):
    def values(self, truths, report, broken, profile="sequential"):
        figures = compare(truths, report, PROFILES[profile])
        self.assertEqual(figures.is_broken(), broken, figures.rows)
        return figures.values

    def test_right(self):
        values = self.values(*make_case(), broken=False)
        self.assertEqual(values["invocations"], 2)
        self.assertEqual(values["links"], 1)
        self.assertAlmostEqual(values["pair_overhead"], 500 / 600)
        self.assertEqual(values["pair_own_percent"], 0)

    def test_missing_and_its_link(self):
        truths, report = make_case()
        report["invocations"].pop()
        report["invocations"][0]["calls"][0]["invocation"] = None
        values = self.values(truths, report, broken=True)
        self.assertEqual((values["missing"], values["missing_link"]), (1, 1))

    def test_invented(self):
        truths, report = make_case()
        report["invocations"].append(make_invocation(2, "c", "X", 900, 950))
        self.assertEqual(self.values(truths, report, broken=True)["invented"], 1)

    def test_found_twice(self):
        truths, report = make_case()
        report["invocations"].append(make_invocation(2, "b", "B", 50, 550))
        self.assertEqual(self.values(truths, report, broken=True)["invented"], 1)

    def test_wrong_request_id(self):
        truths, report = make_case()
        report["invocations"][1]["request_id"] = "Z"
        values = self.values(truths, report, broken=True)
        counts = (values["wrong_request_id"], values["missing"], values["invented"])
        self.assertEqual(counts, (1, 0, 0))

    def test_wrong_function(self):
        truths, report = make_case()
        report["invocations"][1]["function"] = "c"
        self.assertEqual(self.values(truths, report, broken=True)["wrong_function"], 1)

    def test_wrong_link(self):
        truths, report = make_case()
        truths.append(make_truth("a", "A2", 1000, 1100, 100))
        report["invocations"].append(make_invocation(2, "a", "A2", 1000, 1100))
        report["invocations"][1]["parent"] = 2
        self.assertEqual(self.values(truths, report, broken=True)["wrong_link"], 1)

    def test_invented_link(self):
        truths, report = make_case()
        truths[0]["calls"] = []
        self.assertEqual(self.values(truths, report, broken=True)["invented_link"], 1)

    def test_event_link(self):
        truths, report = make_case()
        truths[0]["calls"][0].update(mode="event", callee_request_id=None)
        truths[1]["caused_by"] = {"request_id": "A", "call": 0}
        report["invocations"][1].update(parent=None, caused_by={"invocation": 0, "call": 0})
        values = self.values(truths, report, broken=False)
        self.assertEqual((values["links"], values["pair_overhead"]), (1, None))

    def test_wrong_sum(self):
        truths, report = make_case()
        report["invocations"][0]["active_ns"] += 1
        self.assertEqual(self.values(truths, report, broken=True)["wrong_sum"], 1)

    def test_late_duration(self):
        truths, report = make_case()
        for entry in truths:
            entry["duration_ms"] += 0.8
        values = self.values(truths, report, broken=True)
        self.assertAlmostEqual(values["duration_median_ms"], 0.8)
        self.values(truths, report, broken=False, profile="concurrent")

    def test_duration_below_b(self):
        truths, report = make_case()
        truths[0]["duration_ms"] -= 2
        values = self.values(truths, report, broken=True, profile="concurrent")
        self.assertEqual(values["duration_below_b"], 1)

    def test_times_from_the_start_of_the_recording(self):
        truths, report = make_case()
        for entry in truths:
            entry["start_ns"] += 10**12
            entry["end_ns"] += 10**12
        report["start"]["monotonic_ns"] = 10**12
        report["invocations"][1]["request_id"] = "Z"
        self.assertEqual(self.values(truths, report, broken=True)["wrong_request_id"], 1)

    def test_judged_links(self):
        truths, report = make_case()
        caller, callee = report["invocations"]
        self.assertEqual(judge_links(truths, report), {("exact", True): 1})
        callee.update(parent=None, link="root")
        self.assertEqual(judge_links(truths, report), {("root", False): 1})
        callee.update(link="none")
        self.assertEqual(judge_links(truths, report), {("none", False): 1})
        callee.update(parent=1, link="ambiguous")
        self.assertEqual(judge_links(truths, report), {("ambiguous", False): 1})
        caller.update(parent=1, link="inferred")  # nobody called it
        self.assertEqual(judge_links(truths, report), {("ambiguous", False): 1, ("inferred", False): 1})

    def test_names_by_time(self):
        truths, report = make_case()
        for invocation in report["invocations"]:
            invocation["request_id"] = None
        report["invocations"].append(make_invocation(2, "b", None, 700, 900))
        name_by_time(report, truths)
        self.assertEqual([i["request_id"] for i in report["invocations"]], ["A", "B", None])

    def test_names_by_time_for_all(self):
        """The first handler fits into both invocations, and the second only into the tighter one."""
        truths = [make_truth("b", "A", 20, 30, 10), make_truth("b", "B", 15, 35, 20)]
        report = {"invocations": [make_invocation(0, "b", None, 19, 100),
                                  make_invocation(1, "b", None, 10, 40)]}
        name_by_time(report, truths)
        self.assertEqual([i["request_id"] for i in report["invocations"]], ["A", "B"])

    def test_percentile(self):
        self.assertEqual(percentile(range(1, 101), 0.99), 99)
        self.assertIsNone(percentile([], 0.99))

    def test_init_lines(self):
        lines = InitLines()
        for line in (
            "(rapid) INIT REPORT(durationMs: 33.414000)", "(rapid) INVOKE START(requestId: A)",
            "(rapid) INVOKE START(requestId: warm)",
            "(rapid) INIT REPORT(durationMs: 1.5)", "(rapid) INIT REPORT(durationMs: 2.5)",
            "(rapid) INVOKE START(requestId: B)", "(rapid) INVOKE START(requestId: C)",
        ):
            lines.read(line)
        self.assertEqual(lines.ms_of, {"A": 33.414})

    def test_whose_init_it_is_compared_with(self):
        measured = {"init_ns": 30_000_000, "billed_ns": 10_000_000}
        noted = {"started_ns": 0, "ready_ns": 25_000_000}
        self.assertEqual(init_error_ms({"init_ms": 31.0, "init": noted}, measured), -1.0)
        self.assertEqual(init_error_ms({"init_ms": None, "init": noted}, measured), 5.0)
        self.assertEqual(init_error_ms({"duration_ms": 42.0}, measured), -2.0)
        self.assertIsNone(init_error_ms({"duration_ms": None}, measured))
