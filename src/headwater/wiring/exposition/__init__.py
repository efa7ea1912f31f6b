"""`/metrics/prometheus`: what every room counts, in Prometheus's words."""
