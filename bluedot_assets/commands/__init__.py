"""What each `bluedot` command does; `cli` only reads the words."""
