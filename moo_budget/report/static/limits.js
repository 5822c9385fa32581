// Limits on goals, which act at once, and on channels, which act on [Apply]; beside them what is still reachable.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { say, model, data } = MooBudget;
    show(place,
      element("p", { class: "count", role: "status" }, matched(state)),
      relaxations(state),
      ...model.goals.map((column) => goal(column, state)),
      Object.keys(state.limits).length > 0 && element("button", { "data-do": "clear_limits" }, say("clear_limits")),
      element("details", { class: "channels" }, element("summary", {}, say("channel_limits")), channels(state),
        element("div", { class: "buttons" }, element("button", { "data-do": "apply" }, say("apply")), element("button", { "data-do": "reset" }, say("reset")))),
      MooBudget.views.reoptimise && MooBudget.host.reoptimise && MooBudget.views.reoptimise(state),
      element("details", {}, element("summary", {}, say("limits_kept")), element("ul", {}, ...data.limits.map((text) => element("li", {}, text)))));
  }

  function matched(state) {
    const { say, model } = MooBudget;
    return say("n_match", { count: MooBudget.sight(state.limits).rows.length, plans: model.ids.length });
  }

  // Nothing matches: the smallest steps after which something does, each a button.
  function relaxations(state) {
    const { say, model } = MooBudget;
    if (MooBudget.sight(state.limits).rows.length) return null;
    const asked = Object.entries(state.limits).map(([key, ends]) => limitText(model.column[key], ends));
    return element("div", { class: "notice", id: "relaxations" },
      element("p", {}, say("none_match", { limits: MooBudget.listed(asked) })),
      ...MooBudget.relaxations(state.limits).map(({ changes, row }, i) => element("button", { "data-do": "relax", "data-index": String(i) },
        say("relax_to", { changes: MooBudget.listed(changes.map((key) => `${model.column[key].title} ${numbers.spoken(model.column[key], model.column[key].values[row])}`)) }))));
  }

  function limitText(column, [low, high]) {
    const parts = [low !== null && `≥ ${numbers.spoken(column, low)}`, high !== null && `≤ ${numbers.spoken(column, high)}`];
    return `${column.title} ${parts.filter(Boolean).join(MooBudget.say("and"))}`;
  }

  // One goal: at least, at most, a slider for its better side, and how far it can still reach.
  function goal(column, state) {
    const { say } = MooBudget;
    const [low, high] = state.limits[column.key] || [null, null];
    const reach = MooBudget.sight(state.limits).reach[column.key];
    const side = column.direction === "min" ? "high" : "low";
    const sign = side === "low" ? 1 : -1; // to the right is stricter, whichever side is the better one
    const end = (side === "low" ? low : high) ?? (side === "low" ? column.least : column.most);
    const unit = column.kind === "share" ? "%" : column.unit;
    return element("fieldset", { class: "goal" },
      element("legend", {}, column.title, unit && element("span", { class: "unit" }, ` (${unit})`)),
      element("div", { class: "ends" },
        numberBox(column, "low", low, say("at_least")), numberBox(column, "high", high, say("at_most"))),
      element("input", {
        type: "range", min: sign * (side === "low" ? column.least : column.most), max: sign * (side === "low" ? column.most : column.least),
        step: "any", value: String(sign * end), "data-slider": column.key, "data-end": side,
        "aria-label": `${column.title}, ${say(side === "low" ? "at_least" : "at_most")}`, "aria-valuetext": numbers.spoken(column, end),
      }),
      element("p", { class: "reach" }, reach ? say("reachable", { low: numbers.ofColumn(column, reach[0]), high: numbers.ofColumn(column, reach[1]) }) : say("nothing_reachable")));
  }

  function numberBox(column, end, value, words) {
    return element("label", {}, words, element("input", {
      type: "number", step: "any", "data-limit": column.key, "data-end": end, placeholder: "–", "aria-label": `${column.title}, ${words}`,
      value: value === null ? "" : String(column.kind === "share" ? 100 * value : value),
    }));
  }

  function channels(state) {
    const { data, say } = MooBudget;
    return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("channel_limits") }, element("table", {},
      element("caption", {}, say("channel_limits_unit", { currency: data.currency })),
      element("thead", {}, element("tr", {}, ...["channel", "lock", "off", "min", "max"].map((key) => element("th", { scope: "col" }, say(`limit_${key}`))))),
      element("tbody", {}, ...data.channels.map((channel) => channelRow(channel, state.draft[channel.name] || {})))));
  }

  function channelRow({ name, title, lower, upper }, draft) {
    const { say } = MooBudget;
    const tickBox = (key) => element("td", {}, element("input", { type: "checkbox", "data-channel": name, "data-part": key, checked: Boolean(draft[key]), "aria-label": `${title}: ${say(`limit_${key}`)}` }));
    const number = (key, placeholder) => element("td", {}, element("input", {
      type: "number", min: "0", step: "any", "data-channel": name, "data-part": key, value: draft[key] === undefined ? "" : String(draft[key]),
      placeholder: numbers.compact(placeholder), disabled: Boolean(draft.lock || draft.off), "aria-label": `${title}: ${say(`limit_${key}`)}`,
    }));
    return element("tr", {}, element("th", { scope: "row" }, title), tickBox("lock"), tickBox("off"), number("min", lower), number("max", upper));
  }

  // Limits that a draft means, beside those on goals.
  function applied(state) {
    const { data, model } = MooBudget;
    const onGoals = Object.entries(state.limits).filter(([key]) => model.column[key].isGoal);
    const before = MooBudget.yardstick();
    const onChannels = data.channels.flatMap(({ name }, c) => {
      const { lock, off, min, max } = state.draft[name] || {};
      const slack = Math.max(data.rounding, 2e-6 * (before ? before.spend[c] : 0));
      const key = `spend:${name}`;
      if (off) return [[key, [null, data.rounding]]];
      if (lock && before) return [[key, [before.spend[c] - slack, before.spend[c] + slack]]];
      return min === undefined && max === undefined ? [] : [[key, [min ?? null, max ?? null]]];
    });
    return Object.fromEntries([...onGoals, ...onChannels]);
  }

  MooBudget.views.limits = render;
  MooBudget.appliedLimits = applied;
}
