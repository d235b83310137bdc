// Package calls is the conversation with the test that tests/clients/client.py describes.
package calls

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// Login says where calls go, as host and port, and as whom.
type Login struct {
	Endpoint, Region, AccessKeyID, AccessKeySecret, SecurityToken string
}

// Wanted is a call that the test asks for. The parameters have the API's names; numbers among them
// are texts, as they are in a request.
type Wanted struct {
	Login                    Login
	Service, Version, Action string
	Parameters               map[string]any
}

// Refusal is what a client's error tells of a call that was refused.
type Refusal struct {
	Type      string `json:"type"`
	Code      string `json:"code"`
	RequestID string `json:"requestId"`
}

// Serve answers each line of standard input with a line. An error that refusal does not know ends
// the program.
func Serve(call func(Wanted) (any, error), refusal func(error) *Refusal) {
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var wanted Wanted
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
			fail(err)
		}
		for name, value := range wanted.Parameters {
			if number, ok := value.(float64); ok {
				wanted.Parameters[name] = strconv.FormatFloat(number, 'f', -1, 64)
			}
		}
		answer, err := call(wanted)
		said := map[string]any{"answer": answer}
		if err != nil {
			refused := refusal(err)
			if refused == nil {
				fail(err)
			}
			said = map[string]any{"refusal": refused}
		}
		if err := answers.Encode(said); err != nil {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
