"""A git server for tests: git's own http-backend behind authorization, as a hosting service runs it."""
