// Limits on goals, which act at once; beside them how far every goal can still reach.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { say, model } = MooBudget;
    show(
      place,
      element("p", { class: "count", role: "status" }, matched(state)),
      relaxations(state),
      ...model.goals.map((column) => goal(column, state)),
      Object.keys(state.limits).length > 0 && element("button", { "data-do": "clear_limits" }, say("clear_limits")),
    );
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
    return element(
      "div",
      { class: "notice", id: "relaxations" },
      element("p", {}, say("none_match", { limits: MooBudget.listed(asked) })),
      ...MooBudget.relaxations(state.limits).map(({ changes, row }, i) =>
        element(
          "button",
          { "data-do": "relax", "data-index": String(i) },
          say("relax_to", {
            changes: MooBudget.listed(
              changes.map(
                (key) =>
                  `${model.column[key].title} ${numbers.spoken(model.column[key], model.column[key].values[row])}`,
              ),
            ),
          }),
        ),
      ),
    );
  }

  function limitText(column, [low, high]) {
    const parts = [
      low !== null && `≥ ${numbers.spoken(column, low)}`,
      high !== null && `≤ ${numbers.spoken(column, high)}`,
    ];
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
    return element(
      "fieldset",
      { class: "goal" },
      element("legend", {}, column.title, unit && element("span", { class: "unit" }, ` (${unit})`)),
      element(
        "div",
        { class: "ends" },
        numberBox(column, "low", low, say("at_least")),
        numberBox(column, "high", high, say("at_most")),
      ),
      element("input", {
        type: "range",
        min: sign * (side === "low" ? column.least : column.most),
        max: sign * (side === "low" ? column.most : column.least),
        step: "any",
        value: String(sign * end),
        "data-slider": column.key,
        "data-end": side,
        "aria-label": `${column.title}, ${say(side === "low" ? "at_least" : "at_most")}`,
        "aria-valuetext": numbers.spoken(column, end),
      }),
      element(
        "p",
        { class: "reach" },
        reach
          ? say("reachable", { low: numbers.ofColumn(column, reach[0]), high: numbers.ofColumn(column, reach[1]) })
          : say("nothing_reachable"),
      ),
    );
  }

  function numberBox(column, end, value, words) {
    return element(
      "label",
      {},
      words,
      element("input", {
        type: "number",
        step: "any",
        "data-limit": column.key,
        "data-end": end,
        placeholder: "–",
        "aria-label": `${column.title}, ${words}`,
        value: value === null ? "" : String(column.kind === "share" ? 100 * value : value),
      }),
    );
  }

  MooBudget.limitText = limitText;
  MooBudget.views.limits = { looks: ["limits"], render };
}
