// What buttons, ticks, sliders and typed numbers do: each changes the one state, and nothing else.
{
  const { actions } = MooBudget;
  const now = () => MooBudget.state.current;
  const change = (parts) => MooBudget.state.change(parts);
  const free = () => MooBudget.charts.without;

  actions.focus = ({ plan }) => change({ focus: plan });
  actions.pin = ({ plan }) => pin(plan);
  actions.walk = ({ direction }) => walk(direction);
  actions.side = ({ side }) => change({ side });
  actions.page = ({ page }) => change({ page: Number(page) });
  actions.clear_limits = () => change({ limits: {}, draft: {}, page: 0 });
  actions.apply = () => change({ limits: MooBudget.appliedLimits(now()), page: 0 });
  actions.reset = () => change({ draft: {}, limits: MooBudget.appliedLimits({ ...now(), draft: {} }), page: 0 });
  actions.relax = ({ index }) =>
    change({ limits: MooBudget.relaxed(now().limits, MooBudget.relaxations(now().limits)[Number(index)]), page: 0 });
  actions.sort = ({ column }) => change({ sort: sorting(column), page: 0 });
  actions.move_axis = ({ column, by }) => change({ order: moved(column, Number(by)) });
  actions.save = ({ format }) => MooBudget.save(format, now());

  function pin(id) {
    const { pins } = now();
    if (pins.includes(id)) return change({ pins: pins.filter((other) => other !== id) });
    if (pins.length === MooBudget.state.MOST_PINS) return MooBudget.announce(MooBudget.say("pins_full"));
    return change({ pins: [...pins, id] });
  }

  function walk(direction) {
    const plan = MooBudget.plan(now().focus, now());
    const next = plan.values && MooBudget.neighbour(plan, direction, now().limits);
    if (next) change({ focus: next });
    else MooBudget.announce(MooBudget.say(`end_${direction}`));
  }

  // A first click shows the best at the top, a second one the worst, a third the front's own order.
  function sorting(column) {
    const first = MooBudget.model.column[column].direction === "min" ? 1 : -1;
    const { sort } = now();
    if (!sort || sort[0] !== column) return [column, first];
    return sort[1] === first ? [column, -first] : null;
  }

  // An axis changes places with the next one of its kind.
  function moved(key, by) {
    const { column } = MooBudget.model;
    const order = [...now().order];
    const alike = order.filter((other) => column[other].isGoal === column[key].isGoal);
    const other = alike[alike.indexOf(key) + by];
    const [i, j] = [order.indexOf(key), order.indexOf(other)];
    [order[i], order[j]] = [other, key];
    return order;
  }

  // One end of a limit; an end that allows every plan is none.
  function limit(key, end, value) {
    const ends = [...(now().limits[key] || [null, null])];
    ends[end === "low" ? 0 : 1] = value;
    const limits = free()(now().limits, key);
    return ends.some((one) => one !== null) ? { ...limits, [key]: ends } : limits;
  }

  function slid(input, settled) {
    const { slider: key, end } = input.dataset;
    const column = MooBudget.model.column[key];
    const value = (end === "low" ? 1 : -1) * Number(input.value);
    const loose = end === "low" ? value <= column.least : value >= column.most;
    MooBudget.state.change(
      { limits: limit(key, end, loose ? null : Number(value.toPrecision(4))), page: 0 },
      { settled },
    );
  }

  function typed(input) {
    const { limit: key, end } = input.dataset;
    const value = input.value === "" ? null : input.valueAsNumber;
    if (Number.isNaN(value)) return;
    change({
      limits: limit(key, end, value !== null && MooBudget.model.column[key].kind === "share" ? value / 100 : value),
      page: 0,
    });
  }

  function drafted(input) {
    const { channel, part } = input.dataset;
    const value =
      input.type === "checkbox" ? input.checked || undefined : input.value === "" ? undefined : input.valueAsNumber;
    const own = { ...now().draft[channel], [part]: value };
    if (part === "lock" && value) delete own.off;
    if (part === "off" && value) delete own.lock;
    const filled = Object.entries(own).filter(([, one]) => one !== undefined);
    const others = free()(now().draft, channel);
    change({ draft: filled.length ? { ...others, [channel]: Object.fromEntries(filled) } : others });
  }

  function changed({ target }) {
    const { dataset } = target;
    if (dataset.slider) slid(target, true);
    else if (dataset.limit) typed(target);
    else if (dataset.channel) drafted(target);
    else if (dataset.tick) pin(dataset.tick);
    else if (dataset.set) change({ [dataset.set]: target.type === "checkbox" ? target.checked : target.value });
    else if (dataset.own) MooBudget.ownTyped(target, true);
  }

  function listen(root) {
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button && !button.disabled) actions[button.dataset.do](button.dataset, event);
    });
    root.addEventListener("change", changed);
    root.addEventListener("input", ({ target }) => {
      if (target.dataset.slider) slid(target, false);
      else if (target.dataset.own) MooBudget.ownTyped(target, false);
    });
  }

  Object.assign(MooBudget, { listenToControls: listen, pinPlan: pin, walk });
}
