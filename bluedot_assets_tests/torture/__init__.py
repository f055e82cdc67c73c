"""Attacks on a whole installation: `make torture` tries each many times, `make test-all` a few times. What they found
is the page *Reliability* of the documentation."""
