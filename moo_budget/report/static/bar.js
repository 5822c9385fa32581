// How good the front is proved to be, how far the model can be trusted, and the plans as files.
{
  const { element, show } = MooBudget;

  function render(place) {
    const { say, data, host } = MooBudget;
    const formats = host.export ? ["xlsx", "csv", "json"] : ["csv", "json"];
    show(
      place,
      element(
        "div",
        {},
        element("p", { class: "certificate" }, data.certificate),
        element(
          "p",
          { class: `health ${data.health.state}` },
          element("strong", {}, say(`health_${data.health.state}`)),
          " ",
          data.health.text,
        ),
      ),
      element(
        "div",
        { class: "buttons", role: "group", "aria-label": say("save") },
        element("span", {}, say("save")),
        ...formats.map((format) =>
          element("button", { "data-do": "save", "data-format": format }, format.toUpperCase()),
        ),
      ),
    );
  }

  MooBudget.views.bar = { looks: [], render };
}
