"""Tests of the Drive that other tests talk to: the real client, nothing of it mocked."""
