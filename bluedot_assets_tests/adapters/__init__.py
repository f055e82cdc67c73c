"""Tests of the adapters against the real system or its local stand-in."""
