"""The Dagster instance: how a process of ours opens it, how runs are launched, and how old ones are removed. No other
module takes what Dagster has under private names."""
