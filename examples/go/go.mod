module example.com/signup

go 1.25.0

require (
	github.com/ory/client-go v1.22.66
	github.com/segmentio/analytics-go v3.1.0+incompatible
)

require (
	github.com/segmentio/backo-go v1.1.0 // indirect
	github.com/xtgo/uuid v0.0.0-20140804021211-a0b114877d4c // indirect
	golang.org/x/oauth2 v0.36.0 // indirect
)
