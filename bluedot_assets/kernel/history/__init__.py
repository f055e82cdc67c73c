"""What the vendor gave of the past, and when: the state that every partition is merged into, and the tables that are
made of it. Where it is kept is in `adapters/history`."""
