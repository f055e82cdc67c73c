"""The documentation, and the static files of the site (shell/). `python -m docs_site` builds the documentation into
the package; the written pages are in docs/, those that are made of the code in pages/."""
