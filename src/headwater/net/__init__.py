"""Outbound HTTP: one policy, one client, one reading of answers. It may touch the network and nothing else."""
