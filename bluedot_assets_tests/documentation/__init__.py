"""The documentation, built as `make docs` builds it."""
