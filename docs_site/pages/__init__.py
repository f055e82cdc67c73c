"""The reference pages, made from what they document before each build, so that none can say something else than the
code: settings, commands, definitions (assets, checks), data dictionary, input files. One module for each."""
