"""What can be wrong at the source, as a table of cases that run through the real `bluedot run`.

A case is a row of `case.Case`, in the module of its kind below `cases`; `market` makes its files, `running` runs it,
`page` makes the documentation's page *What can go wrong at the source* of all of them."""
