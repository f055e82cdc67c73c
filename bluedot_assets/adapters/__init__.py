"""The outside world, one system per file; imports the kernel, is imported by defs."""
