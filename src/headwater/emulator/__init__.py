"""What makes a server an emulator: time that obeys, requests that are kept instead of sent, refusals on demand."""
