# %% [markdown]
# # What the history knows
#
# Cells of a notebook as plain Python: VS Code, PyCharm and Spyder run them one by one, Jupyter with Jupytext, and
# `python notebook.py` all of them. It reads the data folder of the current folder's settings.

# %%
import pandas as pd

from bluedot_assets import read

pd.set_option("display.width", 120, "display.max_columns", 12)

# %% [markdown]
# ## The market today
# How many stocks rose, are above their 50-bar mean and have a dot, on the newest sessions of each exchange.

# %%
breadth = read.breadth().set_index(["timezone", "session"])
market = pd.DataFrame(
    {
        "advances": breadth["advances"] / breadth["compared"],
        "above 50 bars": breadth["above_50"] / breadth["judged_50"],
        "rlst 80+": breadth["rlst_80"] / breadth["rated"],
        "dots": breadth["dots"],
    }
)
print(market.groupby("timezone").tail(3).round(2))

# %% [markdown]
# ## When a dot was known
# Only `live` and `late` dots say what could have been traded: of those in `hindsight` nobody knows when they came.

# %%
dots = read.dots()
print(dots["origin"].value_counts())
dots["days late"] = (dots["known"].dt.tz_localize(None) - dots["date"]).dt.days
print(dots[dots["origin"] != "hindsight"].groupby("origin")["days late"].describe().round(1))
print("withdrawn:", dots["withdrawn"].notna().sum())

# %% [markdown]
# ## What a reader of an earlier day had
# `known_by` gives the history as it was known at that moment, dots and prices that were corrected since among it.

# %%
moment = dots["known"].min() + pd.Timedelta(days=1)
then, now = read.bars(known_by=moment), read.bars()
both = now.merge(then, on=["symbol", "session"], suffixes=("", "_then"))
print(f"known by {moment:%Y-%m-%d}: {len(then)} bars of {len(now)}")
print("prices that differ since:", (both["close"] != both["close_then"]).sum())
print("dots that were not known yet:", len(dots) - len(read.dots(known_by=moment)))

# %% [markdown]
# ## Returns of all stocks
# A row a session, a column a stock, on the newest basis: splits make no jumps.

# %%
returns = read.wide("close").pct_change(fill_method=None)
print(returns.tail(3).round(4))
