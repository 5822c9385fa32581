// The lines of the plans, on a canvas below the axes: pale for all, in colour for those that match, strong for the
// named ones.
{
  const { element, charts } = MooBudget;

  function paint(canvas, columns, state, width) {
    const ratio = charts.pixelRatio();
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, charts.AXES_HEIGHT);
    if (state.everything) paintFront(pen, columns, state, width);
    for (const id of charts.namedPlans(state)) paintNamed(pen, columns, state, id, width);
  }

  // All plans as pale lines, painted once for as long as axes and colours stay; on them those that match.
  function paintFront(pen, columns, state, width) {
    const { model } = MooBudget;
    const { rows } = MooBudget.sight(charts.shownLimits(state));
    const paths = columns.map((column, i) => [
      charts.axisPlace(i, columns.length, width),
      column.values.map(charts.axisScale(column)),
    ]);
    if (rows.length < model.ids.length) pen.drawImage(paleLines(pen.canvas, paths), 0, 0, width, charts.AXES_HEIGHT);
    const dim = MooBudget.sight(state.limits).rows.length === 0 ? 0.3 : 1;
    pen.globalAlpha = dim * Math.min(1, 0.35 + 60 / rows.length);
    const column = state.colour && model.column[state.colour];
    const colour = column ? charts.colourOf(column) : () => 0;
    const groups = Array.from({ length: column ? charts.N_COLOURS : 1 }, () => []);
    for (const row of rows) groups[column ? colour(column.values[row]) : 0].push(row);
    groups.forEach((group, i) =>
      stroke(pen, paths, group, charts.styleColour(column ? `--colour${i}` : "--plain-line")),
    );
    pen.globalAlpha = 1;
  }

  let pale = { name: "", canvas: null };

  function paleLines(canvas, paths) {
    const { model } = MooBudget;
    const colour = charts.styleColour("--pale-line");
    const ratio = canvas.height / charts.AXES_HEIGHT;
    const name = [
      colour,
      canvas.width,
      ratio,
      ...paths.map(([x, places]) => `${x}:${places[0]}:${places.at(-1)}`),
    ].join();
    if (pale.name !== name) {
      pale = { name, canvas: element("canvas", { width: canvas.width, height: canvas.height }) };
      const pen = pale.canvas.getContext("2d");
      pen.scale(ratio, ratio);
      stroke(
        pen,
        paths,
        model.ids.map((id, row) => row),
        colour,
      );
    }
    return pale.canvas;
  }

  function stroke(pen, paths, rows, colour) {
    pen.strokeStyle = colour;
    pen.lineWidth = 1;
    for (const row of rows) {
      pen.beginPath();
      for (const [x, y] of paths) pen.lineTo(x, y[row]);
      pen.stroke();
    }
  }

  const COLOURS = { other: "--accent", reference: "--today", own: "--own-plan" };
  const DASHES = {
    today: [5, 4],
    reference: [2, 3],
    safest: [9, 4],
    balanced: [],
    boldest: [12, 3, 3, 3],
    own: [3, 3],
  };

  function paintNamed(pen, columns, state, id, width) {
    const plan = MooBudget.plan(id, state);
    const mark = MooBudget.mark(id);
    const strong = state.focus === id || state.pins.includes(id) || state.hover === id;
    pen.strokeStyle = charts.styleColour(COLOURS[mark] || `--${mark}`);
    pen.lineWidth = strong ? 3 : 1.8;
    pen.setLineDash(DASHES[mark] || []);
    pen.beginPath();
    columns.forEach((column, i) => {
      const value = charts.coordinate(plan, column);
      if (value !== null) pen.lineTo(charts.axisPlace(i, columns.length, width), charts.axisScale(column)(value));
    });
    pen.stroke();
    pen.setLineDash([]);
  }

  function pixelRatio() {
    return devicePixelRatio || 1;
  }

  Object.assign(charts, { paintLines: paint, pixelRatio });
}
