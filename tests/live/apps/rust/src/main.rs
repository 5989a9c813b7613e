//! The handler for AWS's Rust runtime client: does what PLAN says (runtimes.py), and prints one line of
//! its own truth per invocation, times on CLOCK_MONOTONIC in ns (../../README.md has the members).

use lambda_runtime::streaming::{channel, Body, Response};
use lambda_runtime::{service_fn, Context, Error, LambdaEvent};
use serde_json::{json, Value};
use std::env;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, \
                             SignedHeaders=host, Signature=00";

fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock exists and `now` is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// As in tools/demo/app/src/run.js.
fn default_scale() -> f64 {
    variable("DEFAULT_SCALE").parse().unwrap_or(1.0)
}

fn answer_to(event: &Value, function: &str, request_id: &str) -> Value {
    let pad = match event["order"] {
        Value::Null => variable("ANSWER_PAD").parse().unwrap_or(0),
        _ => 0,
    };
    json!({ "function": function, "pad": "x".repeat(pad), "request_id": request_id })
}

/// Under cargo-lambda one environment holds the plans of all functions.
fn plan_of(function: &str) -> String {
    env::var(format!("PLAN_{}", function.replace('-', "_"))).unwrap_or_else(|_| variable("PLAN"))
}

fn burn(length: Duration) -> f64 {
    let end_ns = now_ns() + length.as_nanos() as u64;
    let mut x = 1.0f64;
    while now_ns() < end_ns {
        for i in 0..1000 {
            x = std::hint::black_box((x + f64::from(i)).sqrt());
        }
    }
    x
}

/// A connection of its own, read until its end.
async fn post(url: &str, body: &str) -> Result<Value, Error> {
    let (host, path) = url.trim_start_matches("http://").split_once('/').ok_or("no path")?;
    let mut stream = TcpStream::connect(host).await?;
    let request = format!(
        "POST /{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: {AUTHORIZATION}\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await?;
    let start = reply.find('{').ok_or("no answer")?;
    let end = reply.rfind('}').ok_or("half an answer")?;
    Ok(serde_json::from_str(&reply[start..=end])?)
}

async fn call(callee: &str, event: &Value) -> Result<Value, Error> {
    let start_ns = now_ns();
    let url = variable(&format!("URL_{}", callee.replace('-', "_")));
    let answer = post(&url, &event.to_string()).await?;
    Ok(json!({
        "callee": callee, "callee_request_id": answer["request_id"], "mode": "sync",
        "start_ns": start_ns, "end_ns": now_ns(),
    }))
}

struct Work {
    busy_ns: u64,
    timer_ns: u64,
    calls: Vec<Value>,
}

async fn run_plan(plan: &str, event: &Value) -> Result<Work, Error> {
    let scale = event["scale"].as_f64().unwrap_or_else(default_scale);
    let mut work = Work { busy_ns: 0, timer_ns: 0, calls: Vec::new() };
    for step in plan.split_whitespace() {
        let (kind, what) = step.split_once(':').unwrap_or((step, ""));
        let length = Duration::from_secs_f64(what.parse().unwrap_or(0.0) * scale / 1000.0);
        let start_ns = now_ns();
        match kind {
            "burn" => {
                burn(length);
                work.busy_ns += now_ns() - start_ns;
            }
            "sleep" => {
                tokio::time::sleep(length).await;
                work.timer_ns += now_ns() - start_ns;
            }
            "call" => work.calls.push(call(what, event).await?),
            _ => {}
        }
    }
    Ok(work)
}

async fn handle(event: Value, context: Context, init: &Value) -> Result<Value, Error> {
    let function = variable("AWS_LAMBDA_FUNCTION_NAME");
    let plan = plan_of(&function);
    let start_ns = now_ns();
    let work = run_plan(&plan, &event).await?;
    let truth = json!({
        "function": function, "request_id": context.request_id, "pid": std::process::id(),
        "init": init, "start_ns": start_ns, "end_ns": now_ns(), "busy_ns": work.busy_ns,
        "timer_ns": work.timer_ns, "caused_by": null, "calls": work.calls,
    });
    println!("IDLETAX-TRUTH {truth}");
    match plan.split_whitespace().last() {
        Some("fail") => return Err("the plan is to fail".into()),
        Some("exit") => std::process::exit(3),
        _ => {}
    }
    Ok(answer_to(&event, &function, &context.request_id))
}

/// Two pieces with the handler's work between them: the response begins long before it ends.
async fn stream(event: Value, context: Context, init: Value) -> Result<Response<Body>, Error> {
    let (mut sender, body) = channel();
    tokio::spawn(async move {
        sender.send_data("{\"pieces\": \"".into()).await?;
        let result = handle(event, context, &init).await?.to_string();
        sender.send_data(format!("{}\", {}", "x".repeat(3000), &result[1..]).into()).await?;
        Ok::<(), Error>(())
    });
    Ok(Response::from(body))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    // Under cargo-lambda nobody noted the start.
    let started_us: Option<u64> = variable("STARTED_US").parse().ok();
    let init = &started_us.map_or(Value::Null, |started_us| {
        json!({ "started_us": started_us, "ready_ns": now_ns() })
    });
    if variable("PLAN").ends_with("stream") {
        return lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
            stream(event.payload, event.context, init.clone())
        }))
        .await;
    }
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| async move {
        handle(event.payload, event.context, init).await
    }))
    .await
}
