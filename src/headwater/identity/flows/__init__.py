"""What every self-service flow shares: record, form, guards, and how its outcome reaches each kind of client."""
