"""What a person says of the history, each in a CSV that a setting names: adjustments that nobody could decide, and new
names of stocks."""
