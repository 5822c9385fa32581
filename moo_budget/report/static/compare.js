// Up to four pinned plans beside today: goals, then money channel by channel, as one table.
{
  const { element, show, numbers } = MooBudget;

  function render(place, state) {
    const { say, data } = MooBudget;
    const ids = compared(state);
    const plans = ids.map((id) => MooBudget.plan(id, state));
    show(
      place,
      element("p", { class: "how" }, say(state.pins.length ? "compare_pinned" : "compare_picks")),
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": say("compare") },
        element(
          "table",
          { class: "compare" },
          element(
            "caption",
            {},
            say("compare_caption", {
              currency: data.currency,
              unit: say("per", {
                unit: data.outcomes[data.outcome].unit || data.outcomes[data.outcome].title,
                per: data.currency || say("money"),
              }),
            }),
          ),
          element(
            "thead",
            {},
            element("tr", {}, element("th", { scope: "col" }, say("measure")), ...ids.map((id) => head(id, state))),
          ),
          element("tbody", {}, ...goalRows(plans), ...channelRows(plans)),
          element("tfoot", {}, totalRow(plans), concentrationRow(plans)),
        ),
      ),
    );
  }

  function compared(state) {
    const { model, data } = MooBudget;
    const before = MooBudget.yardstick();
    const chosen = state.pins.length ? state.pins : [...new Set([...Object.values(data.picks), state.focus])];
    return [...new Set([...(before ? [before.id] : []), ...chosen])];
  }

  function head(id, state) {
    const { say, title, charts } = MooBudget;
    return element(
      "th",
      { scope: "col" },
      charts.badge(id),
      note(
        charts
          .equalPicks(id)
          .map((pick) => say("equal_short", { plan: title(pick) }))
          .join(" "),
      ),
      state.pins.includes(id) &&
        element(
          "button",
          { class: "small", "data-do": "pin", "data-plan": id, "aria-label": say("unpin", { plan: title(id) }) },
          "×",
        ),
    );
  }

  function goalRows(plans) {
    const { model, charts } = MooBudget;
    return model.goals.map((column) =>
      element(
        "tr",
        {},
        element(
          "th",
          { scope: "row" },
          column.title,
          column.unit && element("span", { class: "unit" }, ` (${column.unit})`),
        ),
        ...plans.map((plan) => {
          const value = plan.values && plan.values[column.key];
          if (!value) return element("td", {}, MooBudget.say("beyond_curves"));
          return element(
            "td",
            {},
            numbers.ofColumn(column, value.value, numbers.full),
            note(charts.rangeText(column, value, numbers.full)),
          );
        }),
      ),
    );
  }

  // Money, its change, and what the next unit of money would bring.
  function channelRows(plans) {
    const { data, say } = MooBudget;
    const before = MooBudget.yardstick();
    return data.channels.map((channel, c) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, channel.title),
        ...plans.map((plan) => {
          const money = plan.spend[c];
          const change =
            before && plan !== before && before.spend[c] > 0
              ? numbers.plus(numbers.wholePercent(money / before.spend[c] - 1))
              : "";
          const next = MooBudget.marginal(data.outcome, c, money);
          const beyond = channel.seen !== null && money > channel.seen * (1 + 2e-6) ? " ▲" : "";
          return element(
            "td",
            {},
            numbers.money(money) + beyond,
            note(
              [change, next !== null && say("next_unit", { value: numbers.full(next) })].filter(Boolean).join(" · "),
            ),
          );
        }),
      ),
    );
  }

  function note(text) {
    return text && element("span", { class: "range" }, text);
  }

  function totalRow(plans) {
    const { say } = MooBudget;
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, say("total")),
      ...plans.map((plan) => element("td", {}, numbers.money(MooBudget.total(plan)))),
    );
  }

  function concentrationRow(plans) {
    const { say } = MooBudget;
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, say("effective_channels"), note(say("effective_channels_how"))),
      ...plans.map((plan) => element("td", {}, numbers.fixed(MooBudget.effectiveChannels(plan), 1))),
    );
  }

  MooBudget.views.compare = { looks: ["focus", "pins", "own"], render };
}
