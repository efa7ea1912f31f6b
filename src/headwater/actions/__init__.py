"""What the operator runs when a flow reaches a trigger: Ory's hooks, resolved, checked, rendered and sent."""
