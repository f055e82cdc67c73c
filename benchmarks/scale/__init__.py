"""How far it goes: stocks, days, a year, a bucket and a cluster, measured in one run for the page *Scale*."""
