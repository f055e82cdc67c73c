"""Tests of the pure part, one module per kernel module."""
