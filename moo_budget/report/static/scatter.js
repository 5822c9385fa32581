// Two goals against each other: all plans, those that match, the front of the two, today, picks and pins. Better is up
// and to the right.
{
  const { element, svg, show, numbers } = MooBudget;
  const HEIGHT = 340;
  const EDGE = { left: 58, right: 16, top: 26, bottom: 44 };

  function render(place, state) {
    const { say, model, charts } = MooBudget;
    const [x, y] = [model.column[state.x], model.column[state.y]];
    const width = charts.widthOf(place);
    const axes = axesOf(state, x, y, width);
    show(
      place,
      element(
        "div",
        { class: "choices" },
        chooser("y", state, model.columns),
        chooser("x", state, model.columns),
        chooser("colour", state, model.columns),
      ),
      element(
        "div",
        {
          class: "graphic",
          tabindex: "0",
          role: "group",
          "aria-label": say("scatter_alt", { y: y.title, x: x.title }),
          "data-keys": "",
          "data-graphic": "scatter",
        },
        svg(
          "svg",
          { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
          grid(x, y, axes, width),
          dots(state, x, y, axes),
          front(state, x, y, axes),
          marks(state, x, y, axes, width),
        ),
      ),
      legend(state),
      charts.readout(state),
    );
  }

  function axesOf(state, x, y, width) {
    return {
      x: across(x, state, EDGE.left, width - EDGE.right),
      y: across(y, state, HEIGHT - EDGE.bottom, EDGE.top),
    };
  }

  // Worse to better, with some air on both sides; a plan of one's own and an earlier front have their place as well.
  function across(column, state, start, end) {
    const own = state.own && coordinate(MooBudget.plan("own", state), column);
    const earlier = MooBudget.earlierFront();
    const shown = [column.from, column.to, column.least, column.most, own, ...(earlier ? valuesIn(earlier, column) : [])];
    const known = shown.filter((value) => Number.isFinite(value));
    const [from, to] = [Math.min(...known), Math.max(...known)];
    const air = 0.06 * (to - from);
    return column.direction === "min"
      ? MooBudget.charts.scale(to + air, from - air, start, end)
      : MooBudget.charts.scale(from - air, to + air, start, end);
  }

  function chooser(name, state, columns) {
    const { say } = MooBudget;
    const options = name === "colour" ? [{ key: "", title: say("colour_none") }, ...columns] : columns;
    return element(
      "label",
      {},
      say(`axis_${name}`),
      " ",
      element(
        "select",
        { "data-set": name },
        ...options.map(({ key, title }) => element("option", { value: key, selected: state[name] === key }, title)),
      ),
    );
  }

  function grid(x, y, axes, width) {
    const { charts } = MooBudget;
    const range = (axis, start, end) => [axis.back(start), axis.back(end)].sort((one, other) => one - other);
    const [left, right] = [EDGE.left, width - EDGE.right];
    const [top, bottom] = [EDGE.top, HEIGHT - EDGE.bottom];
    return svg(
      "g",
      { class: "grid" },
      ...charts
        .ticks(...range(axes.x, left, right), 5)
        .map((value) => [
          svg("line", { x1: axes.x(value), x2: axes.x(value), y1: top, y2: bottom }),
          svg("text", { x: axes.x(value), y: bottom + 16, "text-anchor": "middle" }, written(x, value)),
        ]),
      ...charts
        .ticks(...range(axes.y, bottom, top), 5)
        .map((value) => [
          svg("line", { x1: left, x2: right, y1: axes.y(value), y2: axes.y(value) }),
          svg("text", { x: left - 6, y: axes.y(value) + 4, "text-anchor": "end" }, written(y, value)),
        ]),
      svg(
        "text",
        { class: "axis-title", x: (left + right) / 2, y: HEIGHT - 6, "text-anchor": "middle" },
        axisTitle(x, "→"),
      ),
      svg("text", { class: "axis-title", x: left, y: 10 }, axisTitle(y, "↑")),
    );
  }

  function written(column, value) {
    return column.kind === "share" ? numbers.wholePercent(value) : numbers.tick(value);
  }

  function axisTitle(column, arrow) {
    const unit = column.unit && column.kind !== "share" ? `, ${column.unit}` : "";
    const better = { max: "more_better", min: "less_better", none: "more" }[column.direction];
    return `${column.title}${unit} (${MooBudget.say(better)} ${arrow})`;
  }

  // Every plan as a dot; a path of round line ends a colour, which is quick for thousands.
  function dots(state, x, y, axes) {
    const { charts, model } = MooBudget;
    const { matches } = MooBudget.sight(shownLimits(state));
    const colour = state.colour ? charts.colourOf(model.column[state.colour]) : () => 0;
    const paths = new Map();
    for (let row = 0; row < model.ids.length; row++) {
      const name = !matches[row]
        ? "pale"
        : state.colour
          ? `colour${colour(model.column[state.colour].values[row])}`
          : "plain";
      paths.set(
        name,
        `${paths.get(name) || ""}M${charts.round(axes.x(x.values[row]))},${charts.round(axes.y(y.values[row]))}h0`,
      );
    }
    const earlier = MooBudget.earlierFront();
    if (earlier) paths.set("earlier", earlierDots(earlier, x, y, axes));
    const dimmed = MooBudget.sight(state.limits).rows.length === 0 ? " dimmed" : "";
    return svg(
      "g",
      { class: `dots${dimmed}` },
      ...[...paths]
        .sort(([name]) => (name === "pale" || name === "earlier" ? -1 : 1))
        .map(([name, d]) => svg("path", { class: name, d })),
    );
  }

  // The front that a new search may replace.
  function earlierDots(data, x, y, axes) {
    const { charts } = MooBudget;
    const [across, up] = [valuesIn(data, x), valuesIn(data, y)];
    return data.plans.id
      .map((id, row) => `M${charts.round(axes.x(across[row]))},${charts.round(axes.y(up[row]))}h0`)
      .join("");
  }

  function valuesIn(data, column) {
    return column.isGoal ? data.plans.values[column.key].value : data.plans.spend[column.channel];
  }

  // Where nothing matches, the last picture stays.
  function shownLimits(state) {
    return MooBudget.sight(state.limits).rows.length ? state.limits : state.matched;
  }

  // The plans that no other beats in these two goals alone.
  function front(state, x, y, axes) {
    if (x.direction === "none" || y.direction === "none" || x === y) return null;
    const { charts } = MooBudget;
    const rows = [...MooBudget.sight(shownLimits(state)).rows].sort(
      (one, other) => axes.x(x.values[other]) - axes.x(x.values[one]),
    );
    const kept = [];
    for (const row of rows) {
      if (!kept.length || axes.y(y.values[row]) < axes.y(y.values[kept.at(-1)])) kept.push(row);
    }
    return svg("path", {
      class: "front",
      d: charts.line(kept.map((row) => [axes.x(x.values[row]), axes.y(y.values[row])])),
    });
  }

  // Today, the picks, pins, the focused and the hovered plan; whiskers for those that were chosen.
  function marks(state, x, y, axes, width) {
    const { model, data, charts, title } = MooBudget;
    const named = [
      ...model.yardsticks.keys(),
      ...Object.values(data.picks),
      ...(data.knee ? [data.knee] : []),
      ...(state.own ? ["own"] : []),
    ];
    const chosen = new Set([...state.pins, state.focus]);
    const ids = [...new Set([...named, ...chosen, ...(state.hover ? [state.hover] : [])])];
    const placed = ids.flatMap((id) => {
      const plan = MooBudget.plan(id, state);
      const [valueX, valueY] = [coordinate(plan, x), coordinate(plan, y)];
      return valueX === null || valueY === null ? [] : [{ id, plan, left: axes.x(valueX), top: axes.y(valueY) }];
    });
    const taken = placed.map(({ left, top }) => [left - 7, top - 7, 14, 14]);
    return placed.map(({ id, plan, left, top }) =>
      svg(
        "g",
        { class: `marked${state.focus === id ? " focused" : ""}` },
        chosen.has(id) && whiskers(plan, x, y, axes, left, top, width),
        state.focus === id && svg("circle", { class: `ring ${MooBudget.mark(id)}`, cx: left, cy: top, r: 12 }),
        charts.point(MooBudget.mark(id), left, top, 6, { "data-do": "focus", "data-plan": id }),
        label(pinned(id, state) + title(id), MooBudget.mark(id), left, top, width, taken),
      ),
    );
  }

  function pinned(id, state) {
    return state.pins.includes(id) ? `${"①②③④"[state.pins.indexOf(id)]} ` : "";
  }

  function coordinate(plan, column) {
    if (!column.isGoal) return plan.spend[column.channel];
    return plan.values ? plan.values[column.key].value : null;
  }

  // A range may be longer than the picture is wide: it ends at the edge.
  function whiskers(plan, x, y, axes, left, top, width) {
    const insideX = (place) => Math.min(Math.max(place, EDGE.left), width - EDGE.right);
    const insideY = (place) => Math.min(Math.max(place, EDGE.top), HEIGHT - EDGE.bottom);
    const ends = (column) => (column.isGoal ? [plan.values[column.key].low, plan.values[column.key].high] : [0, 0]);
    const [[lowX, highX], [lowY, highY]] = [ends(x), ends(y)];
    return [
      lowX < highX &&
        svg("line", {
          class: `whisker ${MooBudget.mark(plan.id)}`,
          x1: insideX(axes.x(lowX)),
          x2: insideX(axes.x(highX)),
          y1: top,
          y2: top,
        }),
      lowY < highY &&
        svg("line", {
          class: `whisker ${MooBudget.mark(plan.id)}`,
          x1: left,
          x2: left,
          y1: insideY(axes.y(lowY)),
          y2: insideY(axes.y(highY)),
        }),
    ];
  }

  // A name beside its point, on the first side where it covers no other.
  function label(text, mark, x, y, width, taken) {
    const wide = 7 * [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
    const sides = [
      [12, 4],
      [-12 - wide, 4],
      [-wide / 2, -14],
      [-wide / 2, 24],
      ...[-12, 20, -27, 35, -42, 50].flatMap((down) => [
        [10, down],
        [-10 - wide, down],
      ]),
    ];
    const boxes = sides.map(([right, down]) => [x + right, y + down - 11, wide, 14]);
    const free = ([left, top, w, h]) =>
      left > EDGE.left &&
      top > EDGE.top - 8 &&
      left + w < width &&
      top + h < HEIGHT - EDGE.bottom &&
      taken.every(([l, t, v, u]) => left + w < l || l + v < left || top + h < t || t + u < top);
    const box = boxes.find(free) || boxes[0];
    taken.push(box);
    return svg("text", { class: `name ${mark}`, x: box[0], y: box[1] + 11 }, text);
  }

  function legend(state) {
    const { say, model, charts } = MooBudget;
    if (!state.colour) return element("p", { class: "legend" }, say("legend_dots"));
    const column = model.column[state.colour];
    const [worst, best] = column.direction === "min" ? [column.most, column.least] : [column.least, column.most];
    return element(
      "p",
      { class: "legend" },
      `${column.title}: `,
      numbers.ofColumn(column, worst),
      " ",
      svg(
        "svg",
        { class: "ramp", width: charts.N_COLOURS * 18, height: 12, "aria-hidden": "true" },
        ...Array.from({ length: charts.N_COLOURS }, (_, i) =>
          svg("rect", { class: `fill${i}`, x: 18 * i, width: 18, height: 12 }),
        ),
      ),
      " ",
      numbers.ofColumn(column, best),
    );
  }

  // The plan nearest to a place in the picture, within reach of a pointer; null if none is.
  function nearest(state, left, top, width) {
    const { model } = MooBudget;
    const [x, y] = [model.column[state.x], model.column[state.y]];
    const axes = axesOf(state, x, y, width);
    let found = null;
    for (const row of MooBudget.sight(shownLimits(state)).rows) {
      const distance = Math.hypot(axes.x(x.values[row]) - left, axes.y(y.values[row]) - top);
      if (distance < 14 && (!found || distance < found.distance)) found = { id: model.ids[row], distance };
    }
    return found && found.id;
  }

  MooBudget.views.scatter = {
    looks: ["limits", "matched", "focus", "pins", "own", "hover", "x", "y", "colour"],
    render,
  };
  Object.assign(MooBudget.charts, { nearestDot: nearest, shownLimits, axisTitle, written, coordinate, chooser });
}
