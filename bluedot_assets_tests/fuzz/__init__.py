"""Inputs that nobody foresaw, made by a seed: `python -m bluedot_assets_tests.fuzz TARGET --runs N`. What each
target may not do is in `targets`, how an input is made of others in `mutator`, which inputs are kept in `corpus`. The
attacks of `torture/attacks/inputs` try the same."""
