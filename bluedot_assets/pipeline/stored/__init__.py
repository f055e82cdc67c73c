"""What is read of stored partitions and of the history by others than the stages that made them: to compare with, to
explain, and to compute with."""
