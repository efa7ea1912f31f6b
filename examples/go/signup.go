// Package signup is the app: people sign up through Ory, and Segment hears what they do. It knows nothing of the emulator.
package signup

import (
	"context"
	"net/http"

	ory "github.com/ory/client-go"
	"github.com/segmentio/analytics-go"
)

// SignUps signs people up. Close it to send what waits.
type SignUps struct {
	ory     ory.FrontendAPI
	segment analytics.Client
}

// New connects to an Ory project and a Segment source.
func New(oryURL, segmentHost, writeKey string) (*SignUps, error) {
	config := ory.NewConfiguration()
	config.Servers = ory.ServerConfigurations{{URL: oryURL}}
	segment, err := analytics.NewWithConfig(writeKey, analytics.Config{Endpoint: segmentHost})
	return &SignUps{ory: ory.NewAPIClient(config).FrontendAPI, segment: segment}, err
}

// SignUp returns the id and the session token of somebody new.
func (s *SignUps) SignUp(ctx context.Context, email, password string) (id, token string, err error) {
	flow, _, err := s.ory.CreateNativeRegistrationFlow(ctx).Execute()
	if err != nil {
		return "", "", err
	}
	form := ory.NewUpdateRegistrationFlowWithPasswordMethod("password", password, map[string]any{"email": email})
	done, _, err := s.ory.UpdateRegistrationFlow(ctx).Flow(flow.Id).
		UpdateRegistrationFlowBody(ory.UpdateRegistrationFlowWithPasswordMethodAsUpdateRegistrationFlowBody(form)).Execute()
	if err != nil {
		return "", "", err
	}
	id = done.Identity.Id
	err = s.segment.Enqueue(analytics.Track{
		UserId: id, Event: "Signed Up", Properties: analytics.NewProperties().Set("plan", "free"),
	})
	return id, done.GetSessionToken(), err
}

// IsSignedIn tells whether a session still holds.
func (s *SignUps) IsSignedIn(ctx context.Context, token string) (bool, error) {
	session, answer, err := s.ory.ToSession(ctx).XSessionToken(token).Execute()
	if answer != nil && answer.StatusCode == http.StatusUnauthorized {
		return false, nil
	}
	return err == nil && session.GetActive(), err
}

// Verify has a code sent to an address; it returns the flow that the code goes into.
func (s *SignUps) Verify(ctx context.Context, email string) (string, error) {
	flow, _, err := s.ory.CreateNativeVerificationFlow(ctx).Execute()
	if err != nil {
		return "", err
	}
	form := ory.NewUpdateVerificationFlowWithCodeMethod("code")
	form.SetEmail(email)
	_, err = s.submit(ctx, flow.Id, form)
	return flow.Id, err
}

// EnterCode tells whether it was the right one.
func (s *SignUps) EnterCode(ctx context.Context, flow, code string) (bool, error) {
	form := ory.NewUpdateVerificationFlowWithCodeMethod("code")
	form.SetCode(code)
	done, err := s.submit(ctx, flow, form)
	return err == nil && done.State == "passed_challenge", err
}

// Close sends what waits.
func (s *SignUps) Close() error { return s.segment.Close() }

func (s *SignUps) submit(
	ctx context.Context, flow string, form *ory.UpdateVerificationFlowWithCodeMethod,
) (*ory.VerificationFlow, error) {
	body := ory.UpdateVerificationFlowWithCodeMethodAsUpdateVerificationFlowBody(form)
	done, _, err := s.ory.UpdateVerificationFlow(ctx).Flow(flow).UpdateVerificationFlowBody(body).Execute()
	return done, err
}
