"""What became of stocks after their dots, against others that were as strong: computed of the ledger and the bars
alone. Rules: docs_site/docs/history.md, "Outcomes"."""
