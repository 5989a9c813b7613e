"""Holds X-Ray documents (`export -f xray`) against what AWS's Developer Guide says of them ("X-Ray segment
documents") and against the report of the same trace. Used by check-documents and tests/live/test-xray.
"""

import json
import re
from decimal import Decimal

DOCUMENT_MAX = 64000
MEMBERS = {
    "name", "id", "start_time", "trace_id", "end_time", "parent_id", "origin", "resource_arn", "aws", "http", "fault",
    "error", "throttle", "cause", "annotations", "metadata", "subsegments",
}
SUBSEGMENT_MEMBERS = MEMBERS - {"origin", "resource_arn"} | {"namespace", "traced", "type"}
NAME = re.compile(r"[A-Za-z0-9 _.:/%&#=+\\@-]{1,200}")
WAITS_MAX = 100


def read(text):
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def form_problems(segment, is_document, is_subsegment):
    where = f"segment {segment.get('id')}"
    for key in set(segment) - (SUBSEGMENT_MEMBERS if is_subsegment else MEMBERS):
        yield f"{where}: {key} is no member"
    if not NAME.fullmatch(segment["name"]):
        yield f"{where}: the name {segment['name']!r}"
    for key in ("id", "parent_id"):
        if key in segment and not re.fullmatch("[0-9a-f]{16}", segment[key]):
            yield f"{where}: {key} {segment[key]}"
    if is_document and not re.fullmatch("1-[0-9a-f]{8}-[0-9a-f]{24}", segment.get("trace_id", "")):
        yield f"{where}: trace id {segment.get('trace_id')}"
    if is_document and is_subsegment and not (segment.get("type") == "subsegment" and "parent_id" in segment):
        yield f"{where}: stands alone and does not say of what"
    if segment["end_time"] < segment["start_time"]:
        yield f"{where}: ends before it starts"
    for key, value in segment.get("annotations", {}).items():
        if not re.fullmatch("[A-Za-z0-9_]{1,500}", key) or not isinstance(value, (str, int, bool)):
            yield f"{where}: annotation {key} {value!r}"
    for child in segment.get("subsegments", []):
        yield from form_problems(child, False, True)


def parts_of(document, documents):
    inside = document.get("subsegments", [])
    return inside + [d for d in documents if d.get("type") == "subsegment" and d["parent_id"] == document["id"]]


def seconds(time_ns, report):
    start = report["start"]
    return Decimal(time_ns - start["monotonic_ns"] + start["realtime_ns"]).scaleb(-9)


def call_problems(call, part, report):
    where = f"call {call['span_id']}"
    annotations = part["annotations"]
    for key in ("wait_ns", "double_billed_ns", "transit_ns"):
        if annotations[f"idletax_{key}"] != call[key]:
            yield f"{where}: {key} {annotations[f'idletax_{key}']}, should be {call[key]}"
    if (part["start_time"], part["end_time"]) != (seconds(call["start_ns"], report), seconds(call["end_ns"], report)):
        yield f"{where}: other times"
    if part.get("traced", False) != (call["invocation"] is not None):
        yield f"{where}: traced is {part.get('traced')}"


def segment_problems(row, document, parts, report):
    where = f"invocation {row['id']}"
    if document.get("parent_id") != row["parent_span_id"] or document["trace_id"] != row["trace_id"]:
        yield f"{where}: hangs elsewhere"
    if (document["start_time"], document["end_time"]) != (
            seconds(row["start_ns"], report), seconds(row["end_ns"], report)):
        yield f"{where}: other times"
    by_id = {part["id"]: part for part in parts}
    for call in row["calls"]:
        if call["span_id"] not in by_id:
            yield f"{where}: lacks its call {call['span_id']}"
        else:
            yield from call_problems(call, by_id[call["span_id"]], report)
    hidden = document["metadata"]["idletax"]
    waits = [p for p in parts if "idletax_state" in p.get("annotations", {})]
    shown = sum((p["end_time"] - p["start_time"] for p in waits), Decimal(0)).scaleb(9)
    names = ("runnable", "wait_timer", "wait_io", "wait_lock", "unknown")
    if shown + hidden["waits_not_shown_ns"] != sum(row[f"{name}_ns"] for name in names):
        yield f"{where}: its waits sum to {shown} and {hidden['waits_not_shown_ns']}"
    if len(waits) > WAITS_MAX or (hidden["waits_not_shown"] and len(waits) < WAITS_MAX):
        yield f"{where}: {len(waits)} waits shown"
    if (row["init_ns"] > 0) != any(p["name"] == "Initialization" for p in parts):
        yield f"{where}: INIT"


def problems(text, report):
    """@text: the export; @report: the JSON report with invocations."""
    for line in text.splitlines():
        if len(line.encode()) > DOCUMENT_MAX:
            yield f"a document of {len(line)} bytes"
    documents = read(text)
    segments = {d["id"]: d for d in documents if d.get("type") != "subsegment"}
    for document in documents:
        yield from form_problems(document, True, document.get("type") == "subsegment")
    if sorted(segments) != sorted(row["span_id"] for row in report["invocations"]):
        yield f"{len(segments)} segments for {len(report['invocations'])} invocations"
        return
    for row in report["invocations"]:
        document = segments[row["span_id"]]
        yield from segment_problems(row, document, parts_of(document, documents), report)
    for key in ("billed_ns", "own_ns", "wait_lambda_ns", "double_billed_ns"):
        found = sum(d["annotations"][f"idletax_{key}"] for d in segments.values())
        if found != report["totals"][key]:
            yield f"{key} sums to {found}, should be {report['totals'][key]}"
