"""What every adapter of a port must do, as test classes that adapters' tests inherit."""
