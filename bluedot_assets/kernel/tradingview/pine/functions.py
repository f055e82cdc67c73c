"""The functions of Pine v6 that our scripts call, with the names of their arguments in their order.

Source: TradingView, Pine Script v6 reference manual. A script that calls another function breaks a rule until the
function is entered here; `*` stands for any number of arguments. The rules themselves are in `rules`."""

from typing import Final

_INPUT: Final = "inline group confirm display active"
_SHAPE: Final = "location color offset text textcolor editable size show_last display force_overlay format precision"
_DECLARATION: Final = (
    "title shorttitle overlay format precision scale max_bars_back timeframe timeframe_gaps explicit_plot_zorder "
    "max_lines_count max_labels_count max_boxes_count calc_bars_count max_polylines_count dynamic_requests behind_chart"
)
_STRATEGY: Final = (
    "title shorttitle overlay format precision scale pyramiding calc_on_order_fills calc_on_every_tick max_bars_back "
    "backtest_fill_limits_assumption default_qty_type default_qty_value initial_capital currency slippage "
    "commission_type commission_value process_orders_on_close close_entries_rule margin_long margin_short "
    "explicit_plot_zorder max_lines_count max_labels_count max_boxes_count calc_bars_count risk_free_rate "
    "use_bar_magnifier fill_orders_on_standard_ohlc max_polylines_count dynamic_requests behind_chart"
)
# Functions that take the same arguments stand together.
_TABLE: Final = {
    "indicator": _DECLARATION,
    "strategy": _STRATEGY,
    "plot": "series title color linewidth style trackprice histbase offset join editable show_last "
    "display format precision force_overlay linestyle",
    "plotshape": f"series title style {_SHAPE}",
    "plotchar": f"series title char {_SHAPE}",
    "hline": "price title color linestyle linewidth editable display",
    "alertcondition": "condition title message",
    "input.string": f"defval title options tooltip {_INPUT}",
    "input.bool": f"defval title tooltip {_INPUT}",
    "input.int input.float": f"defval title minval maxval step tooltip {_INPUT}",
    "input.text_area": "defval title tooltip group confirm display active",
    "request.seed": "source symbol expression ignore_invalid_symbol calc_bars_count",
    "strategy.entry": "id direction qty limit stop oca_name oca_type comment alert_message disable_alert",
    "strategy.exit": "id from_entry qty qty_percent profit limit loss stop trail_price trail_points trail_offset "
    "oca_name comment comment_profit comment_loss comment_trailing alert_message alert_profit alert_loss "
    "alert_trailing disable_alert",
    "strategy.close": "id comment qty qty_percent alert_message immediately disable_alert",
    "strategy.opentrades.entry_bar_index": "trade_num",
    "ta.sma ta.highest": "source length",
    "ta.crossover ta.crossunder": "source1 source2",
    "math.max math.min array.from": "*",
    "math.floor": "number",
    "math.round": "number precision",
    "str.pos str.contains str.endswith": "source str",
    "str.substring": "source begin_pos end_pos",
    "str.length str.tonumber": "string",
    "str.upper fixnan": "source",
    "str.split": "string separator",
    "str.replace_all": "source target replacement",
    "str.tostring": "value format",
    "str.format_time": "time format timezone",
    "array.new": "size initial_value",
    "table.new": "position columns rows bgcolor frame_color frame_width border_color border_width force_overlay",
    "table.cell": "table_id column row text width height text_color text_halign text_valign text_size bgcolor tooltip "
    "text_font_family text_formatting",
    "color.new": "color transp",
    "timestamp": "timezone year month day hour minute second",
    "na int": "x",
}
ANY: Final = ("*",)
ARGUMENTS: Final = {one: tuple(names.split()) for functions, names in _TABLE.items() for one in functions.split()}
