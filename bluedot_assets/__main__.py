"""`python -m bluedot_assets` is `bluedot`."""

from bluedot_assets.cli import main

if __name__ == "__main__":
    main()
