// What is looked at on a page that is drawn: small checks in the manner of axe. Each returns a list of what is wrong.
() => {
  const visible = (element) => {
    if (!element.getClientRects().length || element.closest("[aria-hidden=true]")) return false;
    const style = getComputedStyle(element);
    return style.visibility !== "hidden" && style.display !== "none" && Number(style.opacity) > 0;
  };
  const words = (element) => (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 60);
  const colour = (text) => {
    const canvas = (window.pl_canvas ||= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true }));
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found[3] > 0) layers.push(found);
      if (found[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };

  const faint = new Set();
  let n_texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("svg, canvas, script, style, noscript, :disabled, [data-testid=stIconMaterial]")) continue;
    if (!visible(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue; // kept for screen readers
    n_texts += 1;
    const style = getComputedStyle(element);
    let ink = colour(style.color);
    for (let at = element; at; at = at.parentElement) ink[3] *= Number(getComputedStyle(at).opacity);
    const below = ground(element);
    const size = parseFloat(style.fontSize);
    const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const found = contrast(over(ink, below), below);
    if (found < enough) faint.add(`${found.toFixed(2)} < ${enough}: “${words(element)}”`);
  }

  const named = (element) => {
    const by = (element.getAttribute("aria-labelledby") || "").split(" ").map((id) => document.getElementById(id)).filter(Boolean);
    const labels = element.labels ? [...element.labels] : [];
    const inner = [...element.querySelectorAll("img[alt], [aria-label]")].map((e) => e.getAttribute("alt") || e.getAttribute("aria-label"));
    const icon = [...element.querySelectorAll("[data-testid=stIconMaterial]")].map(words).join("");
    const text = words(element).replace(icon, "");
    return [element.getAttribute("aria-label"), ...by.map(words), ...labels.map(words), ...inner, text, element.title].some((t) => (t || "").trim());
  };
  const controls = "button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=combobox], [role=radio], [role=tab]";
  const nameless = [...document.querySelectorAll(controls)].filter((e) => visible(e) && !named(e)).map((e) => e.outerHTML.slice(0, 160));
  const pictures = [...document.querySelectorAll("img:not([alt]), svg[role=img]:not([aria-label]):not([aria-labelledby])")].filter(visible);
  const unread = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].filter(
    (e) => visible(e) && !e.closest("[aria-label]") && !e.querySelector("[aria-label]:not([aria-label=''])"));

  const headings = [...document.querySelectorAll("[data-testid=stMain] :is(h1, h2, h3, h4, h5, h6)")].filter(visible).map((e) => Number(e.tagName[1]));
  const disorder = headings.length === 0 || headings[0] !== 1 || headings.filter((h) => h === 1).length > 1 || headings.some((h, i) => i && h > headings[i - 1] + 1);

  const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].filter(visible);
  const marks = (chart) => chart.querySelectorAll("svg .role-mark :is(path, rect, line, text, circle)").length;
  const cut = charts.flatMap((chart) => {
    const frame = chart.querySelector("svg.marks")?.getBoundingClientRect();
    const texts = frame ? [...chart.querySelectorAll("svg.marks text")] : [];
    return texts.filter((text) => {
      const box = text.getBoundingClientRect();
      const shown = text.textContent.trim() && Number(getComputedStyle(text).opacity) > 0 && box.width > 0;
      return shown && (box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 4 || box.bottom > frame.bottom + 4);
    }).map(words);
  });
  const main = document.querySelector("[data-testid=stMain]");
  const wide = [];
  if (document.documentElement.scrollWidth > innerWidth) wide.push(`page ${document.documentElement.scrollWidth} > ${innerWidth}`);
  if (main && main.scrollWidth > main.clientWidth) wide.push(`main ${main.scrollWidth} > ${main.clientWidth}`);
  for (const e of main ? main.querySelectorAll("p, h1, h2, dd, dt, summary, button, [data-testid=stMetricValue], svg.marks") : []) {
    const box = e.getBoundingClientRect();
    if (visible(e) && box.width && (box.right > innerWidth + 1 || box.left < -1)) wide.push(`${e.tagName} “${words(e)}” ${Math.round(box.left)}..${Math.round(box.right)}`);
  }
  const alerts = [...document.querySelectorAll("[data-testid=stException], [data-testid=stAlertContentError], .st-key-alert_error")].map(words);
  return {
    faint: [...faint], n_texts, nameless: [...nameless, ...pictures.map((e) => e.outerHTML.slice(0, 160))], unread: unread.map(words),
    headings: disorder ? [headings.join(" ")] : [], empty: charts.filter((c) => !marks(c)).map(words), cut, n_charts: charts.length, wide, alerts,
  };
}
