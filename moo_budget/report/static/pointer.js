// What a pointer does in the pictures: a drag on an axis makes, moves or resizes a limit; hovering reads a plan out; a
// click takes it into focus.
{
  const CLICK = 3; // pixels: a drag that is shorter is a click
  let pressed = null; // the axis on which the button went down: where a drag ends is no choice of what lies there

  function listen(root) {
    root.addEventListener("pointerdown", (event) => {
      const strip = event.target.closest("[data-axis]");
      pressed = strip;
      if (strip && event.button === 0) drag(strip, event);
      const head = event.target.closest("[data-head]");
      if (head && event.button === 0 && !event.target.closest("button")) carry(head, event);
    });
    root.addEventListener("pointermove", hover);
    root.addEventListener("click", choose);
  }

  // Carry an axis by its name to the place of another one.
  function carry(head, start) {
    start.preventDefault();
    const drop = (event) => {
      removeEventListener("pointerup", drop);
      const onto = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-head]");
      if (!onto || onto === head) return;
      const { order } = MooBudget.state.current;
      const to = order.indexOf(onto.dataset.head);
      const others = order.filter((key) => key !== head.dataset.head);
      MooBudget.state.change({ order: [...others.slice(0, to), head.dataset.head, ...others.slice(to)] });
    };
    addEventListener("pointerup", drop);
  }

  // Follow one drag from its first to its last place.
  function drag(strip, start) {
    const { state, model, charts } = MooBudget;
    start.preventDefault();
    const column = model.column[strip.dataset.axis];
    const frame = strip.closest("svg").getBoundingClientRect();
    const y = charts.axisScale(column);
    const within = (value) => Math.min(Math.max(value, column.from), column.to);
    const at = (event) => within(y.back(event.clientY - frame.top));
    const before = state.current.limits;
    const ends = before[column.key];
    let moved = false;

    const move = (event) => {
      moved = moved || Math.abs(event.clientY - start.clientY) > CLICK;
      if (moved)
        state.change(
          { limits: { ...before, [column.key]: dragged(strip.dataset.end, ends, at(start), at(event), column) } },
          { settled: false },
        );
    };
    const stop = (event) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", stop);
      removeEventListener("pointercancel", stop);
      strip.closest("[data-graphic]")?.focus({ preventScroll: true });
      if (moved && event.type === "pointerup") state.change({ page: 0 });
      else if (ends && strip.dataset.end) state.change({ limits: without(before, column.key), page: 0 });
      else if (moved) state.change({ limits: before }, { settled: false });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", stop);
    addEventListener("pointercancel", stop);
  }

  // The limit after a drag: a new one, one end of it, or all of it moved.
  function dragged(end, ends, from, to, column) {
    if (!end || !ends) return cut([Math.min(from, to), Math.max(from, to)], column);
    const [low, high] = [ends[0] ?? column.from, ends[1] ?? column.to];
    if (end === "low") return cut([Math.min(to, high), high], column);
    if (end === "high") return cut([low, Math.max(to, low)], column);
    const by = Math.min(Math.max(to - from, column.from - low), column.to - high);
    return cut([low + by, high + by], column);
  }

  // An end that reaches the end of the axis limits nothing.
  function cut([low, high], { from, to }) {
    const slack = 1e-3 * (to - from);
    return [low <= from + slack ? null : rounded(low), high >= to - slack ? null : rounded(high)];
  }

  function rounded(value) {
    return Number(value.toPrecision(4));
  }

  function without(limits, key) {
    return Object.fromEntries(Object.entries(limits).filter(([name]) => name !== key));
  }

  function planUnder(event) {
    const { state, charts } = MooBudget;
    const graphic = event.target.closest("[data-graphic]");
    const picture = graphic && graphic.querySelector("svg");
    if (!picture) return null;
    const named = event.target.closest("[data-plan]");
    if (named) return named.dataset.plan;
    const frame = picture.getBoundingClientRect();
    const find = graphic.dataset.graphic === "scatter" ? charts.nearestDot : charts.nearestLine;
    return find(state.current, event.clientX - frame.left, event.clientY - frame.top, frame.width);
  }

  function hover(event) {
    if (event.buttons) return;
    const { state } = MooBudget;
    const id = planUnder(event);
    if (id !== state.current.hover) state.change({ hover: id }, { settled: false });
  }

  function choose(event) {
    if (event.target.closest("[data-do]")) return;
    const id = event.target.closest("[data-graphic]") && !pressed && planUnder(event);
    if (id && id !== MooBudget.state.current.focus) MooBudget.state.change({ focus: id });
  }

  // What the hovered (else the focused) plan is, in one line.
  function readout(state) {
    const { element, model, charts, numbers } = MooBudget;
    const id = state.hover || state.focus;
    const plan = MooBudget.plan(id, state);
    const told = model.goals.map((column) => {
      const value = charts.coordinate(plan, column);
      return value !== null && `${column.title} ${numbers.spoken(column, value)}`;
    });
    return element("p", { class: "readout" }, charts.badge(id), " ", told.filter(Boolean).join(" · "));
  }

  MooBudget.listenToPointer = listen;
  Object.assign(MooBudget.charts, { readout, without });
}
