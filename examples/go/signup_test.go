package signup

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"testing"
)

const password = "correct horse battery staple"

// Segment and Ory, empty for each test; nothing that it sends really leaves.
var headwater *Emulator

func TestMain(m *testing.M) {
	var err error
	if headwater, err = Start(); err != nil {
		fmt.Fprintln(os.Stderr, "The emulator did not start:", err)
		os.Exit(1)
	}
	code := m.Run()
	_ = headwater.Stop()
	os.Exit(code)
}

// begin puts the emulator back and returns an app that talks to it.
func begin(t *testing.T) *SignUps {
	t.Helper()
	headwater.Reset(t)
	app, err := New(headwater.OryURL, headwater.URL, headwater.WriteKey)
	must(t, err)
	t.Cleanup(func() { _ = app.Close() })
	return app
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, expected, actual any) {
	t.Helper()
	if !reflect.DeepEqual(expected, actual) {
		t.Errorf("expected %v, found %v", expected, actual)
	}
}

func TestWhoSignsUpIsIdentifiedByTheActionAndTrackedByTheApp(t *testing.T) {
	for _, url := range []string{
		"https://api.segment.io/v1/identify", "https://events.eu1.segmentapis.com/v1/identify",
	} {
		t.Run(url, func(t *testing.T) {
			app := begin(t)
			headwater.AddAction(t, "identify.jsonnet", url, headwater.WriteKey)

			ada, _, err := app.SignUp(t.Context(), "ada@example.com", password)
			must(t, err)
			must(t, app.Close())

			identified := headwater.Events(t, "type=identify&user_id="+ada)
			tracked := headwater.Events(t, "type=track&user_id="+ada)
			requests := headwater.Requests(t, "")
			same(t, []int{1, 1, 1}, []int{len(identified), len(tracked), len(requests)})
			same(t, Document{"email": "ada@example.com"}, identified[0]["traits"])
			same(t, []any{"Signed Up", Document{"plan": "free"}}, []any{tracked[0]["event"], tracked[0]["properties"]})
			same(t, []any{url, 200.0}, []any{requests[0]["url"], requests[0]["status"]})
		})
	}
}

func TestEachTestBeginsWithNobody(t *testing.T) {
	begin(t)

	same(t, []int{0, 0}, []int{len(headwater.Identities(t)), len(headwater.Events(t, ""))})
}

func TestAnActionWelcomesWhoSignedUp(t *testing.T) {
	app := begin(t)
	headwater.AddAction(t, "welcome.jsonnet", "https://mailer.example.com/welcome", "")

	_, _, err := app.SignUp(t.Context(), "ada@example.com", password)
	must(t, err)

	requests := headwater.Requests(t, "https://mailer.example.com/**")
	same(t, 1, len(requests))
	same(t, Document{"to": "ada@example.com", "template": "welcome"}, requests[0]["body"])
}

func TestACRMThatIsDownHearsOfItLater(t *testing.T) {
	app := begin(t)
	headwater.CreateDestination(t, "webhook", "CRM", Document{"url": "https://crm.example.com/people"})
	headwater.Answer(t, Document{"to": "CRM", "status": 500, "times": 1})

	_, _, err := app.SignUp(t.Context(), "ada@example.com", password)
	must(t, err)
	must(t, app.Close())
	same(t, []any{500.0}, statuses(headwater.Requests(t, "CRM")))
	headwater.Advance(t, "10s")

	same(t, []any{500.0, 200.0}, statuses(headwater.Requests(t, "CRM")))
}

func TestASessionEndsByItself(t *testing.T) {
	app := begin(t)
	_, token, err := app.SignUp(t.Context(), "ada@example.com", password)
	must(t, err)
	before, err := app.IsSignedIn(t.Context(), token)
	must(t, err)

	headwater.Advance(t, "365d")

	after, err := app.IsSignedIn(t.Context(), token)
	must(t, err)
	same(t, []bool{true, false}, []bool{before, after})
}

func TestAnAddressIsVerifiedByTheCodeInTheMail(t *testing.T) {
	app := begin(t)
	_, _, err := app.SignUp(t.Context(), "ada@example.com", password)
	must(t, err)
	flow, err := app.Verify(t.Context(), "ada@example.com")
	must(t, err)

	newest := headwater.Mails(t)[0]
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(newest["body"].(string))

	isVerified, err := app.EnterCode(t.Context(), flow, code)
	must(t, err)
	same(t, []any{"ada@example.com", true}, []any{newest["recipient"], isVerified})
}

func statuses(requests []Document) (found []any) {
	for _, one := range requests {
		found = append(found, one["status"])
	}
	return found
}
