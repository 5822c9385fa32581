// All matching plans as a table that can be sorted, with everything that the pictures show; a tick pins a plan. Money is
// rounded, so that ten channels fit; exact money stands in the table side by side and in what is saved.
{
  const { element, svg, show, fill, numbers } = MooBudget;
  const PAGE = 25;

  function render(place, state) {
    const { say, model } = MooBudget;
    const rows = sorted(MooBudget.sight(MooBudget.charts.shownLimits(state)).rows, state.sort);
    const pages = Math.max(Math.ceil(rows.length / PAGE), 1);
    const page = Math.min(state.page, pages - 1);
    show(
      place,
      element(
        "div",
        { class: "scroll", tabindex: "0", role: "group", "aria-label": say("all_plans"), "data-keys": "" },
        element(
          "table",
          { class: "all-plans" },
          element("caption", {}, say("all_plans_caption", { count: rows.length, currency: MooBudget.data.currency })),
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              element("th", { scope: "col" }, say("pin")),
              element("th", { scope: "col" }, say("plan_column")),
              element("th", { scope: "col" }, say("shares")),
              ...model.columns.map((column) => heading(column, state.sort)),
            ),
          ),
          element("tbody", { "data-filled": "" }),
        ),
      ),
      pager(page, pages),
    );
    fill(
      place.querySelector("tbody"),
      rows.slice(page * PAGE, (page + 1) * PAGE).map((row) => rowOf(row, state)),
    );
  }

  // A row is built once; what changes is whether its plan is in focus or pinned.
  const built = new WeakMap();

  function rowOf(row, state) {
    const { model } = MooBudget;
    if (!built.has(model)) built.set(model, []);
    const node = (built.get(model)[row] ||= planRow(row));
    const id = model.ids[row];
    const [focused, pinned] = [state.focus === id, state.pins.includes(id)];
    node.className = [focused && "focused", pinned && "pinned"].filter(Boolean).join(" ");
    node.querySelector("input").checked = pinned;
    node.querySelector("button").setAttribute("aria-pressed", String(focused));
    return node;
  }

  function sorted(rows, sort) {
    if (!sort) return rows;
    const { values } = MooBudget.model.column[sort[0]];
    return [...rows].sort((one, other) => sort[1] * (values[one] - values[other]) || one - other);
  }

  function heading(column, sort) {
    const ascending = sort && sort[0] === column.key ? sort[1] : 0;
    return element(
      "th",
      { scope: "col", "aria-sort": { 1: "ascending", [-1]: "descending", 0: null }[ascending] },
      element(
        "button",
        { class: "sorter", "data-do": "sort", "data-column": column.key },
        ...breakable(column.title),
        element("span", { "aria-hidden": "true" }, { 1: " ▲", [-1]: " ▼", 0: "" }[ascending]),
      ),
      column.isGoal && column.unit && element("span", { class: "unit" }, column.unit),
    );
  }

  // A name may go on in the next line after each "_".
  function breakable(name) {
    return name.split("_").flatMap((part, i) => (i ? ["_", element("wbr"), part] : [part]));
  }

  function planRow(row) {
    const { model, data, say, title } = MooBudget;
    const id = model.ids[row];
    const written = (column) =>
      column.isGoal ? numbers.ofColumn(column, column.values[row], numbers.full) : numbers.compact(column.values[row]);
    return element(
      "tr",
      {},
      element(
        "td",
        {},
        element("input", { type: "checkbox", "data-tick": id, "aria-label": `${say("pin")}: ${title(id)}` }),
      ),
      element(
        "th",
        { scope: "row" },
        element(
          "button",
          { class: "link", "data-do": "focus", "data-plan": id },
          MooBudget.names(id).length ? MooBudget.charts.badge(id) : id,
        ),
      ),
      element(
        "td",
        {},
        shares(
          data.plans.spend.map((column) => column[row]),
          data.plans.total[row],
        ),
      ),
      ...model.columns.map((column) => element("td", {}, written(column))),
    );
  }

  // Shares of the money as a tiny bar, channels in their order, in six colours that take turns.
  function shares(spend, total) {
    const { round } = MooBudget.charts;
    const paths = new Array(6).fill("");
    let left = 0;
    spend.forEach((money, c) => {
      const right = total > 0 ? left + (90 * money) / total : left;
      paths[c % 6] += `M${round(left)},0H${round(right)}V12H${round(left)}Z`;
      left = right;
    });
    return svg(
      "svg",
      { class: "shares", width: 90, height: 12, "aria-hidden": "true" },
      ...paths.map((d, i) => svg("path", { class: `share${i}`, d })),
    );
  }

  function pager(page, pages) {
    const { say } = MooBudget;
    if (pages === 1) return null;
    const button = (to, key, disabled) =>
      element("button", { "data-do": "page", "data-page": String(to), disabled }, say(key));
    return element(
      "p",
      { class: "pager" },
      button(page - 1, "page_before", page === 0),
      ` ${say("page_of", { page: page + 1, pages })} `,
      button(page + 1, "page_after", page === pages - 1),
    );
  }

  MooBudget.views.plan_table = { looks: ["limits", "matched", "focus", "pins", "sort", "page"], render };
}
