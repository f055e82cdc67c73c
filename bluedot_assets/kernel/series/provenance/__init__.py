"""Where a published number comes from: the vendor's record, what was done with it, and what he gave before. What
is stored is read by `pipeline/stored/explanation`."""
