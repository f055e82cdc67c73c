"""What is stored here, as a person asks for it: files and series, where a value comes from, what is removed, and the
history."""
