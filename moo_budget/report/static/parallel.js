// All plans as lines across goals, or across channels; better is up. The lines are a canvas, the axes stand on it.
{
  const { element, svg, show, numbers } = MooBudget;
  const HEIGHT = 320;
  const TOP = 14;
  const BOTTOM = HEIGHT - 22;
  const HANDLE = 14; // pixels: large enough to be caught
  const MOST_AXES = 30;

  function render(place, state) {
    const { say, charts } = MooBudget;
    const columns = axesOf(state);
    const width = Math.max(charts.widthOf(place), 62 * columns.length);
    show(
      place,
      element("div", { class: "choices" }, ...controls(state)),
      element(
        "div",
        {
          class: "wide",
          tabindex: "0",
          role: "group",
          "aria-label": say("parallel_alt"),
          "data-keys": "",
          "data-graphic": "parallel",
        },
        heads(columns),
        element(
          "div",
          { class: "lines" },
          element("canvas", {
            "data-filled": "",
            role: "img",
            "aria-label": say("canvas_alt"),
            width: Math.round(width * charts.pixelRatio()), // a canvas that gets a size is emptied and made anew
            height: Math.round(HEIGHT * charts.pixelRatio()),
          }),
          overlay(columns, state, width),
        ),
      ),
      leftOut(state, columns),
      charts.readout(state),
    );
    charts.paintLines(place.querySelector("canvas"), columns, state, width);
  }

  // Goals that are sought (with what is only measured), or the channels that matter most.
  function axesOf(state) {
    const { model } = MooBudget;
    const ordered = state.order.map((key) => model.column[key]);
    if (state.side === "goals") return ordered.filter((column) => column.isGoal);
    const largest = new Set(
      [...model.spend]
        .sort((one, other) => other.to - one.to)
        .slice(0, MOST_AXES)
        .map((column) => column.key),
    );
    return ordered.filter((column) => largest.has(column.key));
  }

  function leftOut(state, columns) {
    const { model, say, listed } = MooBudget;
    const others = state.side === "channels" ? model.spend.filter((column) => !columns.includes(column)) : [];
    return (
      others.length > 0 &&
      element("p", { class: "how" }, say("not_drawn", { channels: listed(others.map(({ title }) => title)) }))
    );
  }

  function controls(state) {
    const { say } = MooBudget;
    return [
      element(
        "span",
        { class: "switch", role: "group", "aria-label": say("axes") },
        ...["goals", "channels"].map((side) =>
          element(
            "button",
            { "data-do": "side", "data-side": side, "aria-pressed": String(state.side === side) },
            say(`axes_${side}`),
          ),
        ),
      ),
      element(
        "label",
        {},
        element("input", { type: "checkbox", "data-set": "everything", checked: state.everything }),
        " ",
        say("show_all"),
      ),
    ];
  }

  // Names over their axes, each with its direction and two buttons that move it.
  function heads(columns) {
    const { say } = MooBudget;
    return element(
      "div",
      { class: "axis-heads" },
      ...columns.map((column, i) =>
        element(
          "div",
          { class: "axis-head", "data-head": column.key, title: say("move_axis") },
          element("strong", {}, breakable(column.title)),
          element(
            "span",
            { class: "unit" },
            [
              column.kind === "share" ? "" : column.unit,
              say({ max: "more_better_up", min: "less_better_up", none: "more_up" }[column.direction]),
            ]
              .filter(Boolean)
              .join(", "),
          ),
          element(
            "span",
            { class: "movers" },
            element(
              "button",
              {
                class: "small",
                "data-do": "move_axis",
                "data-column": column.key,
                "data-by": "-1",
                disabled: i === 0,
                "aria-label": say("move_left", { name: column.title }),
              },
              "◂",
            ),
            element(
              "button",
              {
                class: "small",
                "data-do": "move_axis",
                "data-column": column.key,
                "data-by": "1",
                disabled: i === columns.length - 1,
                "aria-label": say("move_right", { name: column.title }),
              },
              "▸",
            ),
          ),
        ),
      ),
    );
  }

  // A name may be broken after an underscore.
  function breakable(name) {
    return name.replaceAll("_", "_\u200b");
  }

  function scaleOf(column) {
    return column.direction === "min"
      ? MooBudget.charts.scale(column.from, column.to, TOP, BOTTOM)
      : MooBudget.charts.scale(column.from, column.to, BOTTOM, TOP);
  }

  function placeOf(i, count, width) {
    return ((i + 0.5) / count) * width;
  }

  // Axes with ticks, limits with handles, and the broad strip on which a drag makes a limit.
  function overlay(columns, state, width) {
    const { charts } = MooBudget;
    return svg(
      "svg",
      { class: "axes", width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
      ...columns.map((column, i) => {
        const x = charts.round(placeOf(i, columns.length, width));
        const y = scaleOf(column);
        const ends = state.limits[column.key];
        return svg(
          "g",
          { transform: `translate(${x},0)` },
          svg("line", { class: "axis", x1: 0, x2: 0, y1: TOP, y2: BOTTOM }),
          ...charts
            .ticks(column.from, column.to, 5)
            .map((value) => svg("text", { x: 6, y: charts.round(y(value) + 3) }, charts.written(column, value))),
          svg("rect", {
            class: "strip",
            "data-axis": column.key,
            x: -13,
            y: TOP - 8,
            width: 26,
            height: BOTTOM - TOP + 16,
          }),
          ends && brush(column, ends, y),
        );
      }),
      ...points(columns, state, width),
    );
  }

  function brush(column, [low, high], y) {
    const [top, bottom] = [y(low ?? column.from), y(high ?? column.to)].sort((one, other) => one - other);
    const handle = (end, at) =>
      svg("rect", {
        class: "handle",
        "data-axis": column.key,
        "data-end": end,
        x: -HANDLE / 2,
        y: at - HANDLE / 2,
        width: HANDLE,
        height: HANDLE,
        rx: 3,
      });
    const upper = column.direction === "min" ? "low" : "high";
    return [
      svg("rect", {
        class: "brush",
        "data-axis": column.key,
        "data-end": "both",
        x: -8,
        y: top,
        width: 16,
        height: Math.max(bottom - top, 2),
      }),
      handle(upper, top),
      handle(upper === "high" ? "low" : "high", bottom),
    ];
  }

  // The shapes of the named plans, so that no line is known by its colour alone.
  function points(columns, state, width) {
    const { charts } = MooBudget;
    return namedPlans(state).flatMap((id) => {
      const plan = MooBudget.plan(id, state);
      return columns.map((column, i) => {
        const value = charts.coordinate(plan, column);
        return (
          value !== null &&
          charts.point(MooBudget.mark(id), placeOf(i, columns.length, width), scaleOf(column)(value), 4, {
            "data-do": "focus",
            "data-plan": id,
          })
        );
      });
    });
  }

  function namedPlans(state) {
    const { model, data } = MooBudget;
    return [
      ...new Set([
        ...model.yardsticks.keys(),
        ...Object.values(data.picks),
        ...state.pins,
        state.focus,
        ...(state.own ? ["own"] : []),
        ...(state.hover ? [state.hover] : []),
      ]),
    ];
  }

  // The line nearest to a place, within reach of a pointer; null if none is.
  function nearestLine(state, left, top, width) {
    const { charts, model } = MooBudget;
    const columns = axesOf(state);
    const place = (left / width) * columns.length - 0.5;
    const i = Math.min(Math.max(Math.floor(place), 0), Math.max(columns.length - 2, 0));
    const share = Math.min(Math.max(place - i, 0), 1);
    const [one, other] = [columns[i], columns[Math.min(i + 1, columns.length - 1)]];
    const height = (from, to) => scaleOf(one)(from) * (1 - share) + scaleOf(other)(to) * share;
    let found = null;
    const consider = (id, from, to) => {
      const distance = Math.abs(height(from, to) - top);
      if (distance < 8 && (!found || distance < found.distance)) found = { id, distance };
    };
    if (state.everything)
      for (const row of MooBudget.sight(charts.shownLimits(state)).rows)
        consider(model.ids[row], one.values[row], other.values[row]);
    for (const id of namedPlans({ ...state, hover: null })) {
      const plan = MooBudget.plan(id, state);
      const ends = [charts.coordinate(plan, one), charts.coordinate(plan, other)];
      if (!ends.includes(null)) consider(id, ...ends);
    }
    return found && found.id;
  }

  MooBudget.views.parallel = {
    looks: ["limits", "matched", "focus", "pins", "own", "hover", "everything", "side", "order", "colour"],
    render,
  };
  Object.assign(MooBudget.charts, {
    nearestLine,
    axisScale: scaleOf,
    axisPlace: placeOf,
    namedPlans,
    AXES_HEIGHT: HEIGHT,
  });
}
