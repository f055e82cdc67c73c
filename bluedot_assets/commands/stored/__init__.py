"""What is stored here, as a person asks for it: files and series, what is removed, and the history."""
