"use strict";

// The one name that these scripts share: every file hangs its functions on it. They are shipped one after the other in
// the order of front_end.py, unchanged, inside the report and by the explorer.
const MooBudget = { views: {}, actions: {}, charts: {} };

{
  const SVG = "http://www.w3.org/2000/svg";
  const ENTERED = "input, select"; // what a person has entered there is in no attribute

  // An element with attributes and children. Attributes that are null, undefined or false are left out; text is text,
  // never markup, wherever it comes from.
  function element(tag, attributes = {}, ...children) {
    return filled(document.createElement(tag), attributes, children);
  }

  function svg(tag, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, tag), attributes, children);
  }

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined && value !== false)
        node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return node;
  }

  // Make the content of `node` equal to `children`, changing as little as possible: what stays keeps its focus.
  function show(node, ...children) {
    const wanted = children.flat(Infinity).filter(Boolean);
    reconcile(node, wanted);
  }

  function reconcile(node, wanted) {
    let old = node.firstChild;
    for (const child of wanted) {
      const next = old ? old.nextSibling : null;
      if (!old) node.append(child);
      else if (!updated(old, child)) node.replaceChild(child, old);
      old = next;
    }
    while (old) {
      const next = old.nextSibling;
      old.remove();
      old = next;
    }
  }

  // Whether the old node could be turned into the new one.
  function updated(old, wanted) {
    if (typeof wanted === "string") return old.nodeType === Node.TEXT_NODE && setText(old, wanted);
    if (old.nodeType !== wanted.nodeType || old.nodeName !== wanted.nodeName) return false;
    if (old.nodeType === Node.TEXT_NODE) return setText(old, wanted.data);
    if (!wanted.matches(ENTERED) && !wanted.querySelector(ENTERED) && old.isEqualNode(wanted)) return true;
    setAttributes(old, wanted);
    if (!wanted.hasAttribute("data-filled")) reconcile(old, [...wanted.childNodes]);
    if (old.nodeName === "SELECT") old.value = wanted.value;
    return true;
  }

  function setText(node, text) {
    if (node.data !== text) node.data = text;
    return true;
  }

  function setAttributes(old, wanted) {
    for (const name of old.getAttributeNames()) {
      if (!wanted.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    }
    for (const name of wanted.getAttributeNames()) {
      const value = wanted.getAttribute(name);
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    if (old.nodeName === "INPUT") setInput(old, wanted);
  }

  // What a person is typing is not taken out of their hands.
  function setInput(old, wanted) {
    if (old.type === "checkbox") old.checked = wanted.hasAttribute("checked");
    else if (old !== document.activeElement || old.type === "range") old.value = wanted.getAttribute("value") ?? "";
  }

  // Give a node exactly these children, which are kept by whoever filled it.
  function fill(node, children) {
    children.forEach((child, i) => {
      if (node.childNodes[i] !== child) node.insertBefore(child, node.childNodes[i] || null);
    });
    while (node.childNodes.length > children.length) node.lastChild.remove();
  }

  Object.assign(MooBudget, { element, svg, show, fill });
}
