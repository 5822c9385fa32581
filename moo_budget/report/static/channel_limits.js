// Limits on channels, which act on [Apply], and those that every plan keeps.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { say, data } = MooBudget;
    show(
      place,
      element(
        "details",
        { class: "channels" },
        element("summary", {}, say("channel_limits_open")),
        channels(state),
        element(
          "div",
          { class: "buttons" },
          element("button", { "data-do": "apply" }, say("apply")),
          element("button", { "data-do": "reset" }, say("reset")),
        ),
      ),
      element(
        "details",
        {},
        element("summary", {}, say("limits_kept")),
        element("ul", {}, ...data.limits.map((text) => element("li", {}, text))),
      ),
    );
  }

  function channels(state) {
    const { data, say } = MooBudget;
    return element(
      "div",
      { class: "scroll", tabindex: "0", role: "group", "aria-label": say("channel_limits") },
      element(
        "table",
        {},
        element("caption", {}, say("channel_limits_unit", { currency: data.currency })),
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ...["lock", "off", "min", "max"].map((key) =>
              element("th", { scope: "col" }, say(`limit_${key}`)),
            ),
          ),
        ),
        ...data.channels.map((channel) => channelRows(channel, state.draft[channel.name] || {})),
      ),
    );
  }

  // A channel's name above its limits: beside them the panel would have no room for the last.
  function channelRows({ name, title, lower, upper }, draft) {
    const { say } = MooBudget;
    const tickBox = (key) =>
      element(
        "td",
        {},
        element("input", {
          type: "checkbox",
          "data-channel": name,
          "data-part": key,
          checked: Boolean(draft[key]),
          "aria-label": `${title}: ${say(`limit_${key}`)}`,
        }),
      );
    const number = (key, placeholder) =>
      element(
        "td",
        {},
        element("input", {
          type: "number",
          min: "0",
          step: "any",
          "data-channel": name,
          "data-part": key,
          value: draft[key] === undefined ? "" : String(draft[key]),
          placeholder: numbers.compact(placeholder),
          disabled: Boolean(draft.lock || draft.off),
          "aria-label": `${title}: ${say(`limit_${key}`)}`,
        }),
      );
    return element(
      "tbody",
      {},
      element("tr", { class: "whose" }, element("th", { scope: "rowgroup", colspan: "4" }, title)),
      element("tr", {}, tickBox("lock"), tickBox("off"), number("min", lower), number("max", upper)),
    );
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

  MooBudget.views.channel_limits = { looks: ["draft"], render };
  MooBudget.appliedLimits = applied;
}
