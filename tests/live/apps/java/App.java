// The handler for AWS's Java runtime client: does what PLAN says (runtimes.py), and prints one line of
// its own truth per invocation, times on CLOCK_MONOTONIC in ns, which is what System.nanoTime is on
// Linux (../../README.md has the members).

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class App implements RequestHandler<Map<String, Object>, Map<String, String>> {
	private static final String FUNCTION = System.getenv("AWS_LAMBDA_FUNCTION_NAME");
	private static final String[] PLAN = System.getenv("PLAN").split(" ");
	private static final String LAST = PLAN[PLAN.length - 1];
	private static final Pattern REQUEST_ID = Pattern.compile("\"request_id\" *: *\"([^\"]*)\"");
	private static final HttpClient CLIENT =
		HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
	private static final String INIT = String.format("{\"started_us\":%s,\"ready_ns\":%d}",
		System.getenv("STARTED_US"), System.nanoTime());
	// As in tools/demo/app/src/run.js.
	private static final double DEFAULT_SCALE = Double.parseDouble(variable("DEFAULT_SCALE", "1"));
	private static final int ANSWER_PAD = Integer.parseInt(variable("ANSWER_PAD", "0"));
	private static volatile double sink;

	private static String variable(String name, String otherwise) {
		return System.getenv().getOrDefault(name, otherwise);
	}

	/** What one invocation did: there may be several at once. */
	private static class Truth {
		long busyNs, timerNs;
		final List<String> calls = new ArrayList<>();
	}

	private static void burn(long lengthNs) {
		long end = System.nanoTime() + lengthNs;
		double x = 1;
		while (System.nanoTime() < end)
			for (int i = 0; i < 1000; i++)
				x = Math.sqrt(x + i);
		sink = x;
	}

	private static String toJson(Map<String, Object> event) {
		List<String> members = new ArrayList<>();
		if (event.containsKey("scale"))
			members.add("\"scale\":" + event.get("scale"));
		if (event.containsKey("order"))
			members.add("\"order\":\"" + event.get("order") + "\"");
		return "{" + String.join(",", members) + "}";
	}

	private static String invoke(String callee, Map<String, Object> event) throws Exception {
		URI uri = URI.create(System.getenv("URL_" + callee.replace('-', '_')));
		HttpRequest request = HttpRequest.newBuilder(uri)
			.header("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/"
				+ "aws4_request, SignedHeaders=host, Signature=00")
			.POST(HttpRequest.BodyPublishers.ofString(toJson(event)))
			.build();
		String answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
		Matcher matcher = REQUEST_ID.matcher(answer);
		if (!matcher.find())
			throw new IllegalStateException("no request id in the answer: " + answer);
		return matcher.group(1);
	}

	private static void runStep(Truth truth, String step, Map<String, Object> event) throws Exception {
		double scale = ((Number) event.getOrDefault("scale", DEFAULT_SCALE)).doubleValue();
		String[] parts = step.split(":");
		long start = System.nanoTime();
		switch (parts[0]) {
		case "burn":
			burn((long) (Double.parseDouble(parts[1]) * scale * 1e6));
			truth.busyNs += System.nanoTime() - start;
			break;
		case "sleep":
			Thread.sleep(Math.round(Double.parseDouble(parts[1]) * scale));
			truth.timerNs += System.nanoTime() - start;
			break;
		case "call":
			String id = invoke(parts[1], event);
			truth.calls.add(String.format("{\"callee\":\"%s\",\"callee_request_id\":\"%s\",\"mode\":\"sync\","
				+ "\"start_ns\":%d,\"end_ns\":%d}", parts[1], id, start, System.nanoTime()));
			break;
		default:
			break;
		}
	}

	@Override
	public Map<String, String> handleRequest(Map<String, Object> event, Context context) {
		String id = context.getAwsRequestId();
		long start = System.nanoTime();
		Truth truth = new Truth();
		try {
			for (String step : PLAN)
				runStep(truth, step, event);
		} catch (Exception error) {
			throw new IllegalStateException(error);
		}
		System.out.println(String.format("IDLETAX-TRUTH {\"function\":\"%s\",\"request_id\":\"%s\","
			+ "\"pid\":%d,\"init\":%s,\"start_ns\":%d,\"end_ns\":%d,\"busy_ns\":%d,\"timer_ns\":%d,"
			+ "\"caused_by\":null,\"calls\":[%s]}", FUNCTION, id, ProcessHandle.current().pid(), INIT,
			start, System.nanoTime(), truth.busyNs, truth.timerNs, String.join(",", truth.calls)));
		if (LAST.equals("fail"))
			throw new IllegalStateException("the plan is to fail");
		if (LAST.equals("exit"))
			Runtime.getRuntime().halt(3);
		Map<String, String> answer = new LinkedHashMap<>(); // in this order
		answer.put("function", FUNCTION);
		answer.put("pad", event.containsKey("order") ? "" : "x".repeat(ANSWER_PAD));
		answer.put("request_id", id);
		return answer;
	}
}
