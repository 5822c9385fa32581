// Sentences of the page's language, which come with its data.
{
  function say(key, fields = {}) {
    return MooBudget.data.words[key].replace(/\{(\w+)\}/g, (whole, name) => fields[name]);
  }

  // "TV, Search and Social".
  function listed(names) {
    if (names.length < 2) return names.join("");
    return names.slice(0, -1).join(say("comma")) + say("and") + names.at(-1);
  }

  Object.assign(MooBudget, { say, listed });
}
