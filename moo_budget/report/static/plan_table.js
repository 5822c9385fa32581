// All matching plans as a table that can be sorted, with everything that the pictures show; a tick pins a plan.
{
  const { element, svg, show, numbers } = MooBudget;
  const PAGE = 25;

  function render(place, state) {
    const { say, model } = MooBudget;
    const rows = sorted(MooBudget.sight(MooBudget.charts.shownLimits(state)).rows, state.sort);
    const pages = Math.max(Math.ceil(rows.length / PAGE), 1);
    const page = Math.min(state.page, pages - 1);
    show(place,
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("all_plans"), "data-keys": "" },
        element("table", { class: "all-plans" },
          element("caption", {}, say("all_plans_caption", { count: rows.length, currency: MooBudget.data.currency })),
          element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("pin")), element("th", { scope: "col" }, say("plan_column")), element("th", { scope: "col" }, say("shares")),
            ...model.columns.map((column) => heading(column, state.sort)))),
          element("tbody", {}, ...rows.slice(page * PAGE, (page + 1) * PAGE).map((row) => planRow(row, state))))),
      pager(page, pages));
  }

  function sorted(rows, sort) {
    if (!sort) return rows;
    const { values } = MooBudget.model.column[sort[0]];
    return [...rows].sort((one, other) => sort[1] * (values[one] - values[other]) || one - other);
  }

  function heading(column, sort) {
    const ascending = sort && sort[0] === column.key ? sort[1] : 0;
    return element("th", { scope: "col", "aria-sort": { 1: "ascending", [-1]: "descending", 0: null }[ascending] },
      element("button", { class: "sorter", "data-do": "sort", "data-column": column.key }, column.title, element("span", { "aria-hidden": "true" }, { 1: " ▲", [-1]: " ▼", 0: "" }[ascending])),
      column.isGoal && column.unit && element("span", { class: "unit" }, column.unit));
  }

  function planRow(row, state) {
    const { model, data, say, title } = MooBudget;
    const id = model.ids[row];
    const focused = state.focus === id;
    return element("tr", { class: `${focused ? "focused" : ""}${state.pins.includes(id) ? " pinned" : ""}` },
      element("td", {}, element("input", { type: "checkbox", "data-tick": id, checked: state.pins.includes(id), "aria-label": `${say("pin")}: ${title(id)}` })),
      element("th", { scope: "row" }, element("button", { class: "link", "data-do": "focus", "data-plan": id, "aria-pressed": String(focused) }, MooBudget.names(id).length ? MooBudget.charts.badge(id) : id)),
      element("td", {}, shares(data.plans.spend.map((column) => column[row]), model.total[row])),
      ...model.columns.map((column) => element("td", {}, column.isGoal ? numbers.ofColumn(column, column.values[row], numbers.full) : numbers.money(column.values[row]))));
  }

  // Shares of the money as a tiny bar, channels in their order.
  function shares(spend, total) {
    let left = 0;
    return svg("svg", { class: "shares", width: 90, height: 12, "aria-hidden": "true" }, ...spend.map((money, c) => {
      const width = total > 0 ? (90 * money) / total : 0;
      const part = svg("rect", { class: `share${c % 6}`, x: MooBudget.charts.round(left), width: MooBudget.charts.round(width), height: 12 });
      left += width;
      return part;
    }));
  }

  function pager(page, pages) {
    const { say } = MooBudget;
    if (pages === 1) return null;
    const button = (to, key, disabled) => element("button", { "data-do": "page", "data-page": String(to), disabled }, say(key));
    return element("p", { class: "pager" }, button(page - 1, "page_before", page === 0), ` ${say("page_of", { page: page + 1, pages })} `, button(page + 1, "page_after", page === pages - 1));
  }

  MooBudget.views.plan_table = render;
}
