"""The workflows of GitHub Actions, run here: a small runner, and what it replaces. Standard library and PyYAML only."""
