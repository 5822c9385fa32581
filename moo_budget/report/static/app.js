// The page: its regions in their places, drawn anew from the state whenever that changes.
{
  const { element } = MooBudget;

  // Region, its heading, and whether it has the keys of keyboard.js. The first three share a place.
  const REGIONS = [
    ["limits", "goals_and_limits"],
    ["channel_limits", "channel_limits"],
    ["reoptimise", "search_anew"],
    ["cards", "headline_plans"],
    ["scatter", "trade_off"],
    ["plan_card", "focused_plan", true],
    ["parallel", "all_goals"],
    ["own_plan", "own"],
    ["compare", "compare"],
    ["channels", "channels"],
    ["waterfall", "waterfall"],
    ["curves", "curves"],
    ["plan_table", "all_plans"],
    ["log", "log"],
  ];
  const IN_PANEL = ["limits", "channel_limits", "reoptimise"];
  let places = [];
  let waiting = 0;
  let redrawn = 0; // counts what makes every view stale: new data, another width

  // Draw the page into an element.
  function start(root, data, host) {
    MooBudget.host = host;
    MooBudget.fronts.begin(data);
    const regions = REGIONS.filter(([name]) => !MooBudget.views[name].needs || host[MooBudget.views[name].needs]);
    const [asked, answers] = [true, false].map((inPanel) =>
      regions.filter(([name]) => IN_PANEL.includes(name) === inPanel),
    );
    const bar = element("div", { class: "explorer-bar" });
    root.replaceChildren(
      bar,
      element("div", { class: "explorer" }, panel(asked), ...answers.map(region)),
      element("p", { class: "announcement", role: "status", "aria-live": "polite" }),
    );
    places = [
      { name: "bar", element: bar, seen: [] },
      ...regions.map(([name]) => ({ name, element: root.querySelector(`#view-${name}`), seen: [] })),
    ];
    MooBudget.listenToControls(root);
    MooBudget.listenToKeys(root);
    MooBudget.listenToPointer(root);
    MooBudget.state.begin(changed);
    if (host.log) MooBudget.readLog();
    if (host.job) MooBudget.joinSearch();
  }

  function changed(state, settled) {
    if (settled && MooBudget.host.log) MooBudget.followDecisions(state);
    if (settled) draw();
    else drawSoon();
  }

  // What is asked stays in sight while one scrolls through the answers.
  function panel(regions) {
    return element("div", { class: "panel" }, element("div", { class: "panel-inside" }, ...regions.map(region)));
  }

  // A heading of the page's next level: the report has one above the regions, the explorer has not.
  function heading(attributes, ...children) {
    return element(MooBudget.host.kind === "report" ? "h3" : "h2", attributes, ...children);
  }

  function subheading(attributes, ...children) {
    return element(MooBudget.host.kind === "report" ? "h4" : "h3", attributes, ...children);
  }

  function region([name, title, hasKeys]) {
    return element(
      "section",
      { class: `region region-${name}`, "aria-labelledby": `title-${name}`, "data-keys": hasKeys ? "" : null },
      heading({ id: `title-${name}`, class: "region-title" }, MooBudget.say(title)),
      element("div", { class: "view", id: `view-${name}` }),
    );
  }

  // Views say which parts of the state they look at, and stay as they are while these do.
  function draw() {
    cancelAnimationFrame(waiting);
    waiting = 0;
    const state = MooBudget.state.current;
    for (const place of places) {
      const { looks, render } = MooBudget.views[place.name];
      const seen = [redrawn, ...looks.map((part) => state[part])];
      if (seen.some((part, i) => part !== place.seen[i])) {
        place.seen = seen;
        render(place.element, state);
      }
    }
  }

  function drawAnew() {
    redrawn += 1;
    draw();
  }

  // At most once a picture of the screen: a drag tells more places than can be seen.
  function drawSoon() {
    waiting ||= requestAnimationFrame(draw);
  }

  // Say something aloud that no picture shows.
  function announce(text) {
    const place = document.querySelector(".announcement");
    place.textContent = text;
    clearTimeout(announce.timer);
    announce.timer = setTimeout(() => (place.textContent = ""), 6000);
  }

  function announceError(error) {
    announce(error.message);
  }

  Object.assign(MooBudget, { start, draw, drawAnew, subheading, announce, announceError });
}
