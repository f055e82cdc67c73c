// Dots and flags on the canvas of the price pane: the chart's own markers know no hollow and no crossed ones.

const FONT = "11px system-ui, sans-serif";
const clamp = (value, least, most) => Math.min(most, Math.max(least, value));

/** To be attached to the series of prices; `colours` are {dot, soft, paper, flag, text}. */
export class DrawnMarks {
  constructor() {
    Object.assign(this, { colours: {}, dots: [], flags: [] });
    this.views = [{ zOrder: () => "top", renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace((scope) => this.draw(scope)) }) }];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  paneViews() {
    return this.views;
  }

  /** Dots {time, kind, low} and flags {time, name}, oldest first. */
  show(dots, flags) {
    Object.assign(this, { dots, flags });
    this.requestUpdate?.();
  }

  draw({ context, mediaSize }) {
    const scale = this.chart.timeScale();
    const radius = clamp(1.5 + scale.options().barSpacing * 0.6, 2, 5.5);
    context.lineWidth = clamp(radius / 2.6, 1, 1.6);
    this.flags.reduce((taken, flag) => {
      const x = scale.timeToCoordinate(flag.time);
      if (x === null || x < 0 || x > mediaSize.width) return taken;
      drawFlag(context, x, mediaSize.height, this.colours);
      return drawName(context, flag.name, [x + 12, x - 4], taken, mediaSize.width, this.colours.text);
    }, 0);
    for (const dot of this.dots) {
      const x = scale.timeToCoordinate(dot.time);
      const y = this.series.priceToCoordinate(dot.low);
      if (x !== null && y !== null && x > -radius && x < mediaSize.width + radius) DOTS[dot.kind](context, x, y + 2 * radius + 2, radius, this.colours);
    }
  }
}

function circle(context, x, y, radius, fill) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
}

const DOTS = {
  listed: (context, x, y, radius, colours) => circle(context, x, y, radius, colours.dot),
  late(context, x, y, radius, colours) {
    circle(context, x, y, radius - context.lineWidth / 2, colours.paper);
    context.strokeStyle = colours.dot;
    context.stroke();
  },
  withdrawn(context, x, y, radius, colours) {
    circle(context, x, y, radius, colours.soft);
    context.beginPath();
    for (const way of [-1, 1]) {
      context.moveTo(x - radius, y - way * radius);
      context.lineTo(x + radius, y + way * radius);
    }
    context.strokeStyle = colours.dot;
    context.stroke();
  },
};

function drawFlag(context, x, height, colours) {
  context.save();
  context.strokeStyle = context.fillStyle = colours.flag;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, 18);
  context.lineTo(x, 4);
  context.lineTo(x + 9, 8.5);
  context.lineTo(x, 13);
  context.fill();
  context.stroke();
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x, 18);
  context.lineTo(x, height);
  context.stroke();
  context.restore();
}

/** Right of the flag, where there is no room left of it, and where there is none either, not at all. Gives where the next name may begin. */
function drawName(context, name, [right, left], taken, width, colour) {
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = colour;
  const size = context.measureText(name).width;
  const begin = right + size < width ? right : left - size;
  if (begin < taken) return Math.max(taken, right);
  context.fillText(name, begin, 9);
  return Math.max(right, begin + size + 6);
}
