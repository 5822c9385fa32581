// What every channel brings at every level of spend: now and proposed, what is allowed, what was ever seen.
{
  const { element, svg, show, numbers } = MooBudget;
  const MOST_CURVES = 30;
  const SIZE = { width: 250, height: 170, left: 46, right: 10, top: 10, bottom: 30 };
  const POINTS = 48;

  function render(place, state) {
    const { say, data, listed } = MooBudget;
    const plan = MooBudget.plan(state.focus, state);
    const moving = data.channels.map((channel, c) => c).filter((c) => MooBudget.curveOf(state.outcome, c));
    const drawn = [...moving]
      .sort((one, other) => plan.spend[other] - plan.spend[one])
      .slice(0, MOST_CURVES)
      .sort((one, other) => one - other);
    const left = moving.filter((c) => !drawn.includes(c));
    const flat = data.channels.filter((channel, c) => !moving.includes(c));
    const outcome = data.outcomes[state.outcome];
    show(
      place,
      element(
        "div",
        { class: "choices" },
        element(
          "label",
          {},
          say("outcome"),
          " ",
          element(
            "select",
            { "data-set": "outcome" },
            ...Object.entries(data.outcomes).map(([name, { title }]) =>
              element("option", { value: name, selected: name === state.outcome }, title),
            ),
          ),
        ),
      ),
      element(
        "p",
        { class: "how" },
        say("curves_how", {
          outcome: outcome.title,
          unit: outcome.unit || outcome.title,
          period: data.period,
          currency: data.currency || say("money"),
        }),
      ),
      svg(
        "svg",
        { width: 0, height: 0, class: "patterns", "aria-hidden": "true" },
        svg(
          "defs",
          {},
          svg(
            "pattern",
            { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
            svg("line", { class: "hatch", x1: 0, x2: 0, y1: 0, y2: 6 }),
          ),
        ),
      ),
      element("div", { class: "curves" }, ...drawn.map((c) => panel(c, plan, state))),
      element("p", { class: "legend" }, say("curves_legend", { plan: MooBudget.title(plan.id) })),
      left.length > 0 &&
        element("p", { class: "how" }, say("not_drawn", { channels: listed(left.map((c) => data.channels[c].title)) })),
      flat.length > 0 &&
        element(
          "p",
          { class: "how" },
          say("no_curve", { outcome: outcome.title, channels: listed(flat.map(({ title }) => title)) }),
        ),
    );
  }

  function panel(c, plan, state) {
    const { data, say } = MooBudget;
    const channel = data.channels[c];
    const next = MooBudget.marginal(state.outcome, c, plan.spend[c]);
    const finding =
      next === null
        ? say("beyond_curves")
        : say("curve_alt", {
            plan: MooBudget.title(plan.id),
            money: numbers.spokenMoney(plan.spend[c] / data.periods),
            period: data.period,
            currency: data.currency || say("money"),
            next: numbers.full(next),
            unit: data.outcomes[state.outcome].unit,
          });
    return element(
      "figure",
      { class: "curve" },
      element("figcaption", {}, channel.title, element("span", { class: "range" }, finding)),
      picture(c, channel, plan, state),
    );
  }

  function picture(c, channel, plan, state) {
    const { data, charts } = MooBudget;
    const curve = MooBudget.curveOf(state.outcome, c);
    const before = MooBudget.yardstick();
    const shown = before && before.id !== plan.id ? [before, plan] : [plan];
    const reach = reachOf(
      curve,
      channel,
      shown.map((one) => one.spend[c] / data.periods),
    );
    const levels = Array.from({ length: POINTS + 1 }, (_, i) => (reach * i) / POINTS);
    const most = Math.max(...levels.map((level) => between(curve.spend, curve.high, level)), 1e-12);
    const x = charts.scale(0, reach, SIZE.left, SIZE.width - SIZE.right);
    const y = charts.scale(0, 1.06 * most, SIZE.height - SIZE.bottom, SIZE.top);
    const path = (part) =>
      levels.map((level) => [
        x(level),
        y(part === "mean" ? MooBudget.hermite(curve, level)[0] : between(curve.spend, curve[part], level)),
      ]);
    return svg(
      "svg",
      { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, "aria-hidden": "true" },
      axes(x, y, reach, 1.06 * most),
      channel.seen !== null &&
        channel.seen / data.periods < reach &&
        svg("rect", {
          class: "unseen",
          x: x(channel.seen / data.periods),
          y: SIZE.top,
          width: x(reach) - x(channel.seen / data.periods),
          height: SIZE.height - SIZE.bottom - SIZE.top,
        }),
      svg("path", { class: "band", d: `${charts.line(path("high"))}L${charts.line(path("low").reverse()).slice(1)}Z` }),
      svg("path", { class: "mean", d: charts.line(path("mean")) }),
      allowed(channel, x, reach),
      ...shown.map((one) => mark(one, c, curve, x, y, reach)),
    );
  }

  // Some way beyond past spend and every point, not beyond the curve.
  function reachOf(curve, { seen, upper }, amounts) {
    const { periods } = MooBudget.data;
    const end = curve.spend.at(-1);
    const wanted = Math.max(
      seen ? (1.3 * seen) / periods : end,
      (1.05 * Math.min(upper, 2 * Math.max(...amounts) * periods)) / periods,
      ...amounts.map((amount) => 1.1 * amount),
    );
    return Math.min(end, wanted) || 1;
  }

  // A straight line between knots.
  function between(knots, values, level) {
    let k = knots.length - 2;
    while (k > 0 && knots[k] > level) k -= 1;
    return values[k] + (values[k + 1] - values[k]) * Math.min((level - knots[k]) / (knots[k + 1] - knots[k] || 1), 1);
  }

  function axes(x, y, reach, most) {
    const { charts } = MooBudget;
    const bottom = SIZE.height - SIZE.bottom;
    return svg(
      "g",
      { class: "grid" },
      ...charts
        .ticks(0, most, 3)
        .map((value) => [
          svg("line", { x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: y(value), y2: y(value) }),
          svg("text", { x: SIZE.left - 5, y: y(value) + 3, "text-anchor": "end" }, numbers.tick(value)),
        ]),
      ...charts
        .ticks(0, reach, 3)
        .map((value) => svg("text", { x: x(value), y: bottom + 22, "text-anchor": "middle" }, numbers.tick(value))),
    );
  }

  // The money that the limits leave to the channel, as a bar on the axis.
  function allowed({ lower, upper }, x, reach) {
    const { periods } = MooBudget.data;
    const [from, to] = [Math.min(lower / periods, reach), Math.min(upper / periods, reach)];
    return svg("rect", {
      class: "allowed",
      x: x(from),
      y: SIZE.height - SIZE.bottom + 2,
      width: Math.max(x(to) - x(from), 2),
      height: 5,
      rx: 2,
    });
  }

  function mark(plan, c, curve, x, y, reach) {
    const level = plan.spend[c] / MooBudget.data.periods;
    const found = level <= reach ? MooBudget.hermite(curve, level) : null;
    return found && MooBudget.charts.point(MooBudget.mark(plan.id), x(level), y(found[0]), 5);
  }

  MooBudget.views.curves = { looks: ["focus", "own", "outcome"], render };
}
