"""Where the history of a timeframe is kept: BLUEDOT_HISTORY, which is BLUEDOT_DATA unless it says otherwise."""
