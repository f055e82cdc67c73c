"""The outside world, one system per file or folder. What is done with it is in `pipeline`."""
