// Dots and flags on the canvas of the price pane: the chart's own markers know no hollow and no crossed ones.

const LABEL_PX = 76; // between two flags that both get their name
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
    this.flags.reduce((before, flag) => {
      const x = scale.timeToCoordinate(flag.time);
      if (x === null || x < -LABEL_PX || x > mediaSize.width) return before;
      drawFlag(context, x, mediaSize, x - before >= LABEL_PX ? flag.name : "", this.colours);
      return x;
    }, -Infinity);
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

function drawFlag(context, x, { width, height }, name, colours) {
  context.save();
  context.strokeStyle = context.fillStyle = colours.flag;
  context.lineWidth = 1;
  context.setLineDash([2, 3]);
  context.beginPath();
  context.moveTo(x, 16);
  context.lineTo(x, height);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, 4);
  context.lineTo(x + 9, 8.5);
  context.lineTo(x, 13);
  context.fill();
  context.beginPath();
  context.moveTo(x, 4);
  context.lineTo(x, 18);
  context.stroke();
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillStyle = colours.text;
  const fits = x + 12 + context.measureText(name).width < width;
  context.textAlign = fits ? "left" : "right";
  context.fillText(name, fits ? x + 12 : x - 4, 9);
  context.restore();
}
