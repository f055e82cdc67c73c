"""`bluedot run` and its work on stocks: what most aims are set for. Other parts are in the folder above."""
