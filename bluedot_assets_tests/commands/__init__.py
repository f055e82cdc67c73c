"""Tests of the bluedot command."""
