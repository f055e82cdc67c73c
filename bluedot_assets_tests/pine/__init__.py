"""The generated scripts in an open Pine runtime, over the files that are published."""
