// Makes elements. Text is always set as text, never as markup.

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'class') made.className = value;
    else if (name === 'style') for (const [key, v] of Object.entries(value)) made.style.setProperty(key, v);
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A web address that may be opened or shown, or nothing. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return ['http:', 'https:'].includes(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}

const HUES = [235, 340, 160, 35, 190, 280, 10, 90, 210, 310];

export function hueOf(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  return HUES[sum % HUES.length];
}

export function avatar(name, size = 'big') {
  const first = [...name][0] ?? '?';
  return el('span', { class: `avatar ${size}`, 'aria-hidden': 'true', style: { '--hue': hueOf(name) } }, first.toUpperCase());
}
