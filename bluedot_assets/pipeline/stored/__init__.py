"""What is read of stored partitions by others than the stages that made them: to compare with, and to explain."""
