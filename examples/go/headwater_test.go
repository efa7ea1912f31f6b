package signup

// Segment and Ory for tests: starts `headwater emulate` and asks it. Copy it; it needs the standard library alone.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"testing"
)

// Document is what JSON means.
type Document = map[string]any

// Emulator is a `headwater emulate` that stops with this process, however that ends.
type Emulator struct {
	URL      string `json:"url"`
	OryURL   string `json:"ory_url"`
	WriteKey string `json:"write_key"`
	AdminKey string `json:"admin_key"`
	Source   string `json:"source"`
	Project  string `json:"project"`

	command *exec.Cmd
	stdin   io.Closer
}

// Start one; Stop it at the end of TestMain.
func Start(flags ...string) (*Emulator, error) {
	e := &Emulator{command: exec.Command("headwater", append([]string{"emulate", "--stop-with-stdin"}, flags...)...)}
	e.command.Stderr = os.Stderr
	stdout, err := e.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if e.stdin, err = e.command.StdinPipe(); err != nil {
		return nil, err
	}
	if err = e.command.Start(); err != nil {
		return nil, err
	}
	return e, json.NewDecoder(stdout).Decode(e) // the line that it prints when it is ready
}

// Stop ends it.
func (e *Emulator) Stop() error {
	_ = e.stdin.Close()
	return e.command.Wait()
}

// Reset goes back to the state at the start.
func (e *Emulator) Reset(t *testing.T) { e.Ask(t, "POST", "/emulator/reset", nil) }

// Events lists what was stored, such as those of "type=track". It waits until everything that was acked is processed.
func (e *Emulator) Events(t *testing.T, query string) []Document { return e.list(t, "events?"+query) }

// Requests lists what wanted to leave, to a URL pattern, a host or a destination; "" is everything.
func (e *Emulator) Requests(t *testing.T, to string) []Document {
	return e.list(t, "requests?"+url.Values{"to": {to}}.Encode())
}

// Mails lists the messages that were sent, newest first.
func (e *Emulator) Mails(t *testing.T) []Document { return e.list(t, "mails") }

// Identities lists who has signed up.
func (e *Emulator) Identities(t *testing.T) []Document { return e.list(t, "identities") }

// Answer says what requests are answered: {"to": …, "status": 500, "times": 1}, or {"fault": "hang"}.
func (e *Emulator) Answer(t *testing.T, rule Document) { e.Ask(t, "POST", "/emulator/answers", rule) }

// Advance lets the clock jump, by such as "10s" or "30d".
func (e *Emulator) Advance(t *testing.T, by string) {
	e.Ask(t, "POST", "/emulator/clock", Document{"advance": by})
}

// CreateDestination sends the source's events to a tool.
func (e *Emulator) CreateDestination(t *testing.T, kind, name string, settings Document) {
	e.Ask(t, "POST", "/api/destinations", Document{
		"kind": kind, "name": name, "settings": settings, "sources": []string{e.Source},
	})
}

// AddAction adds a web_hook after registration whose body is a file of Jsonnet. With a write key it is Segment's.
func (e *Emulator) AddAction(t *testing.T, file, url, writeKey string) {
	jsonnet, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config := Document{"url": url, "method": "POST", "body": "base64://" + base64.StdEncoding.EncodeToString(jsonnet)}
	if writeKey != "" {
		config["auth"] = Document{"type": "basic_auth", "config": Document{"user": writeKey, "password": ""}}
	}
	path := "/services/identity/config/selfservice/flows/registration/after/hooks/0"
	hook := Document{"op": "add", "path": path, "value": Document{"hook": "web_hook", "config": config}}
	e.Ask(t, "PATCH", "/projects/"+e.Project, []Document{hook})
}

// Ask asks for everything else: /emulator/*, /api/*, /admin/*, /projects/*.
func (e *Emulator) Ask(t *testing.T, method, path string, body any) []byte {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		content = nil
	}
	request, err := http.NewRequestWithContext(t.Context(), method, e.URL+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+e.AdminKey)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s was answered %d: %s", method, path, answer.StatusCode, said)
	}
	if err != nil {
		t.Fatal(err)
	}
	return said
}

func (e *Emulator) list(t *testing.T, what string) (found []Document) {
	t.Helper()
	if err := json.Unmarshal(e.Ask(t, "GET", "/emulator/"+what, nil), &found); err != nil {
		t.Fatal(err)
	}
	return found
}
