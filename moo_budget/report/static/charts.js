// What all pictures share: scales, ticks, the marks of plans, and how wide a place is.
{
  const { svg } = MooBudget;
  const widths = new WeakMap();
  const watcher = new ResizeObserver((entries) => {
    const changed = entries.filter(({ target, contentRect }) => Math.abs(contentRect.width - widths.get(target)) > 1);
    for (const { target, contentRect } of changed) widths.set(target, contentRect.width);
    if (changed.length) MooBudget.drawAnew();
  });

  // How wide a place is, without asking for the layout at every drawing.
  function widthOf(place) {
    if (!widths.has(place)) {
      widths.set(place, place.clientWidth);
      watcher.observe(place);
    }
    return Math.max(widths.get(place), 240);
  }

  // A function from [from, to] to [start, end], and back by `.back`.
  function scale(from, to, start, end) {
    const forward = (value) => start + ((value - from) / (to - from)) * (end - start);
    forward.back = (place) => from + ((place - start) / (end - start)) * (to - from);
    return forward;
  }

  // Round numbers within [from, to], about `count` of them.
  function ticks(from, to, count) {
    const rough = (to - from) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((part) => part * power).find((part) => part >= rough * 0.999);
    const marks = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++)
      marks.push(Number((i * step).toPrecision(12)));
    return marks;
  }

  // A plan as a point, in the shape that it has everywhere; its colour comes from its class.
  function point(mark, x, y, size = 6, attributes = {}) {
    const shapes = {
      safest: `M${-size},${-size}H${size}V${size}H${-size}Z`,
      boldest: `M0,${-1.25 * size}L${1.15 * size},${size}H${-1.15 * size}Z`,
      today: `M0,${-1.35 * size}L${1.35 * size},0L0,${1.35 * size}L${-1.35 * size},0Z`,
      own: cross(size),
    };
    shapes.reference = shapes.today;
    const circle = `M${-size},0A${size},${size} 0 1 1 ${size},0A${size},${size} 0 1 1 ${-size},0Z`;
    return svg("path", {
      d: shapes[mark] || circle,
      transform: `translate(${round(x)},${round(y)})`,
      class: `point ${mark}`,
      ...attributes,
    });
  }

  function cross(size) {
    const [out, inner] = [size, 0.35 * size];
    const corners = [
      [-out, -inner],
      [-inner, -inner],
      [-inner, -out],
      [inner, -out],
      [inner, -inner],
      [out, -inner],
    ];
    return `${line([...corners, ...corners.map(([x, y]) => [-x, -y])])}Z`;
  }

  // A broken line of points, as a path.
  function line(points) {
    return points.map(([x, y], i) => `${i ? "L" : "M"}${round(x)},${round(y)}`).join("");
  }

  function round(place) {
    return Math.round(place * 10) / 10;
  }

  // A name for a picture; tables carry it whole.
  function shortened(name, most = 22) {
    return [...name].length <= most ? name : [...name].slice(0, most - 1).join("") + "…";
  }

  // The colours of a column, from its worst to its best on the front; told apart with any colour vision.
  const N_COLOURS = 6;
  function colourOf(column) {
    const { least, most } = column;
    const turned = column.direction === "min";
    return (value) => {
      const share = most > least ? (value - least) / (most - least) : 1;
      return Math.min(Math.floor((turned ? 1 - share : share) * N_COLOURS), N_COLOURS - 1);
    };
  }

  // A colour of the style sheet, for the canvas.
  function styleColour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  Object.assign(MooBudget.charts, {
    widthOf,
    scale,
    ticks,
    point,
    line,
    round,
    shortened,
    colourOf,
    styleColour,
    N_COLOURS,
  });
}
