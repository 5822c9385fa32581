// How numbers are written: as in report/numbers.py, so that the page agrees with the sentences above it.
{
  const NO_BREAK = "\u00a0";
  const MINUS = "\u2212";
  const SCALES = [
    [1e12, `${NO_BREAK}T`],
    [1e9, `${NO_BREAK}B`],
    [1e6, `${NO_BREAK}M`],
    [1e3, `${NO_BREAK}k`],
  ];
  const CHINESE_SCALES = [
    [1e8, "亿"],
    [1e4, "万"],
  ];
  const formats = new Map();

  // With so many decimals, thousands separated, a real minus sign.
  function fixed(value, decimals) {
    if (!formats.has(decimals)) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      formats.set(decimals, new Intl.NumberFormat("en-US", digits));
    }
    const text = formats.get(decimals).format(Math.abs(value));
    return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
  }

  function significant(value, digits) {
    if (value === 0) return "0";
    const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
    const grows = Math.abs(Number(value.toPrecision(digits))) >= 10 ** (digits - decimals); // 9.996 becomes 10.0
    return fixed(value, Math.min(Math.max(grows ? decimals - 1 : decimals, 0), 20));
  }

  // For cards and axes: "1.23 M", in Chinese "1.23亿", "1234.6万".
  function compact(value) {
    if (MooBudget.data.lang === "zh") return compactChinese(value);
    for (const [scale, letter] of SCALES) {
      if (Math.abs(value) >= 0.9995 * scale) return significant(value / scale, 3) + letter;
    }
    return significant(value, 3);
  }

  // A scale there spans four places: one decimal stays whatever stands before it, and zeros at the end do not.
  function compactChinese(value) {
    for (const [scale, letter] of CHINESE_SCALES) {
      const part = Math.abs(value) / scale;
      if (part >= 0.99995) {
        const decimals = Math.max(2 - Math.floor(Math.log10(part)), 1);
        return (value < 0 ? MINUS : "") + fixed(part, decimals).replace(/,|\.?0+$/g, "") + letter;
      }
    }
    return significant(value, 3);
  }

  // On an axis: compact, without zeros at the end.
  function tick(value) {
    return compact(Number(value.toPrecision(12)))
      .replace(/(\.\d*?)0+(?!\d)/, "$1")
      .replace(/\.(?!\d)/, "");
  }

  // For tables: whole numbers from 100 on, three significant digits below.
  function full(value) {
    return Math.abs(value) >= 100 ? fixed(value, 0) : significant(value, 3);
  }

  // Money in tables, with as many decimals as the budget needs.
  function money(value) {
    return fixed(value, MooBudget.data.decimals);
  }

  // Money in sentences and on cards, with its currency.
  function spokenMoney(value) {
    const { currency, symbol, lang } = MooBudget.data;
    const name = lang === "zh" ? symbol : currency && currency + NO_BREAK;
    return (value < 0 ? MINUS : "") + name + compact(Math.abs(value));
  }

  function percent(share, digits = 2) {
    return significant(100 * share, digits) + NO_BREAK + "%";
  }

  function wholePercent(share) {
    return fixed(100 * share, 0) + NO_BREAK + "%";
  }

  // A change, with its sign.
  function plus(text) {
    return /[1-9]/.test(text) && !text.startsWith(MINUS) ? "+" + text : text;
  }

  // A value of a column, written by `number`; probabilities and shares of money are percentages.
  function ofColumn(column, value, number = compact) {
    if (value === null || Number.isNaN(value)) return MooBudget.say("unknown");
    return column.kind === "share"
      ? wholePercent(value)
      : column.kind === "money" && number === full
        ? money(value)
        : number(value);
  }

  // The same in a sentence, with its unit.
  function spoken(column, value) {
    if (column.kind === "money") return spokenMoney(value);
    const text = ofColumn(column, value);
    return column.kind === "share" || !column.unit ? text : `${text} ${column.unit}`;
  }

  MooBudget.numbers = {
    fixed,
    significant,
    compact,
    tick,
    full,
    money,
    spokenMoney,
    percent,
    wholePercent,
    plus,
    ofColumn,
    spoken,
  };
}
