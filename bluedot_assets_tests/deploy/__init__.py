"""The files of `deploy/` for a server: what they promise, and that they work as far as that can be tried here."""
