"""How fast it is: ratios measured in one run on one machine. `make bench` prints them; nothing here is a test."""
