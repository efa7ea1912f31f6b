"""One-time codes and links: made, hashed, sent by the courier, redeemed once."""
