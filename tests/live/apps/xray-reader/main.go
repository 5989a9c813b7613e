// Reads X-Ray segment documents, one a line, with the types of the OpenTelemetry Collector's X-Ray receiver.
// Strictly: members that these do not have and values of other types are errors. Prints the trace id, the
// id, the parent and the name of each segment and subsegment, one a line.
//
// The types are internal to the Collector's repository: that is why the module has a name below it.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	xray "github.com/open-telemetry/opentelemetry-collector-contrib/internal/aws/xray"
)

const documentMax = 64000

func fail(line int, err error) {
	fmt.Fprintf(os.Stderr, "line %d: %v\n", line, err)
	os.Exit(1)
}

func read(text []byte) (*xray.Segment, error) {
	var segment xray.Segment
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&segment); err != nil {
		return nil, err
	}
	return &segment, segment.Validate()
}

func print(segment *xray.Segment, traceID, parentID string) {
	fmt.Printf("%s\t%s\t%s\t%s\n", traceID, *segment.ID, parentID, *segment.Name)
	for i := range segment.Subsegments {
		print(&segment.Subsegments[i], traceID, *segment.ID)
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, documentMax)
	line := 0
	for lines.Scan() {
		line++
		segment, err := read(lines.Bytes())
		if err != nil {
			fail(line, err)
		}
		parentID := "-"
		if segment.ParentID != nil {
			parentID = *segment.ParentID
		}
		print(segment, *segment.TraceID, parentID)
	}
	if err := lines.Err(); err != nil {
		fail(line+1, err)
	}
}
