// Messages: embeds, both layouts of components, pictures, and who asked for them.

import { avatar, el, safeUrl } from './dom.js';
import { inline, markdown } from './markdown.js';

const BUTTON_STYLES = ['', 'primary', 'secondary', 'success', 'danger', 'link', 'premium'];
const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;

/** One message as a list item. `acts` has press(message, component, values), select(message), dismiss(message). */
export function messageItem(message, acts, isSelected) {
  const asked = message.interactions[0];
  const classes = ['message', message.ephemeral && 'ephemeral', message.private && 'private', isSelected && 'selected'];
  return el('li', { class: classes.filter(Boolean).join(' '), 'data-id': message.id },
    asked && el('p', { class: 'asked' }, avatar(asked.user, 'small'), el('b', {}, asked.user), ' used ', el('span', { class: 'command' }, asked.label)),
    el('div', { class: 'said' },
      el('span', { class: 'avatar big bot', 'aria-hidden': 'true' }, '✦'),
      el('div', { class: 'body' }, byline(message), message.thinking ? thinking(message) : content(message, acts), footer(message, acts, isSelected))));
}

function byline(message) {
  const time = new Date(message.time);
  return el('p', { class: 'byline' },
    el('b', {}, message.author), el('span', { class: 'badge' }, 'APP'),
    el('time', { datetime: message.time }, time.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })),
    message.private && el('span', { class: 'whisper' }, 'direct message'));
}

function thinking(message) {
  const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
  return el('p', { class: 'thinking', role: 'status' }, dots, `${message.author} is thinking…`);
}

function content(message, acts) {
  const shownElsewhere = new Set(pictureUrls(message));
  const loose = message.attachments.filter((file) => !shownElsewhere.has(file.url));
  return el('div', { class: 'content' },
    message.content && el('div', { class: 'text' }, markdown(message.content), message.edited && el('span', { class: 'edited' }, '(edited)')),
    message.embeds.map(embed),
    loose.map(attachment),
    message.components.map((part) => component(part, message, acts)));
}

function footer(message, acts, isSelected) {
  const last = message.interactions.at(-1);
  const show = last && el('button', { type: 'button', class: 'show-trace', 'aria-pressed': String(isSelected), onclick: () => acts.select(message) }, isSelected ? 'Trace shown' : 'Show trace');
  const dismiss = message.ephemeral && el('span', { class: 'only-you' }, 'Only you can see this · ',
    el('button', { type: 'button', onclick: () => acts.dismiss(message) }, 'Dismiss message'));
  return el('p', { class: 'foot' }, dismiss, show);
}

function pictureUrls(message) {
  const inEmbeds = message.embeds.flatMap((e) => [e.image?.url, e.thumbnail?.url, e.author?.icon_url, e.footer?.icon_url]);
  const inComponents = [...walk(message.components)].flatMap((c) => [...(c.items ?? []).map((i) => i.media.url), c.media?.url, c.file?.url]);
  return [...inEmbeds, ...inComponents];
}

export function* walk(components) {
  for (const component of components ?? []) {
    yield component;
    yield* walk(component.components);
    if (component.accessory) yield component.accessory;
  }
}

// Embeds and files

function embed(shown) {
  const colour = shown.color === undefined || shown.color === null ? undefined : `#${shown.color.toString(16).padStart(6, '0')}`;
  const title = shown.title && (safeUrl(shown.url ?? '') && shown.url ? el('a', { href: safeUrl(shown.url), target: '_blank', rel: 'noopener noreferrer' }, inline(shown.title)) : inline(shown.title));
  return el('article', { class: 'embed', style: colour && { '--accent': colour } },
    el('div', { class: 'embed-main' },
      el('div', { class: 'embed-text' },
        shown.author && el('p', { class: 'embed-author' }, icon(shown.author.icon_url), shown.author.name),
        title && el('h3', { class: 'embed-title' }, title),
        shown.description && el('div', { class: 'text' }, markdown(shown.description)),
        shown.fields?.length > 0 && el('dl', { class: 'fields' }, shown.fields.map(field))),
      shown.thumbnail && picture(shown.thumbnail.url, '', 'embed-thumbnail')),
    shown.image && picture(shown.image.url, shown.image.description, 'embed-image'),
    (shown.footer || shown.timestamp) && el('p', { class: 'embed-footer' }, icon(shown.footer?.icon_url),
      [shown.footer?.text, shown.timestamp && new Date(shown.timestamp).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })].filter(Boolean).join(' • ')));
}

function field(shown) {
  return el('div', { class: shown.inline ? 'inline' : undefined },
    el('dt', {}, inline(shown.name)), el('dd', {}, markdown(shown.value)));
}

const icon = (url) => url && el('img', { src: safeUrl(url), alt: '', class: 'icon' });

function picture(url, description, style) {
  const img = el('img', { src: safeUrl(url), alt: description || 'Picture', class: style, loading: 'lazy' });
  img.addEventListener('error', () => img.replaceWith(el('span', { class: 'no-picture' }, 'picture not reachable')), { once: true });
  return el('a', { class: 'picture', href: safeUrl(url), target: '_blank', rel: 'noopener noreferrer' }, img);
}

function attachment(file) {
  if (PICTURE.test(file.filename)) return picture(file.url, file.description, 'attached');
  return el('p', { class: 'file' }, '📄 ', el('a', { href: safeUrl(file.url), download: file.filename }, file.filename));
}

// Components

function component(part, message, acts) {
  const inside = () => part.components.map((child) => component(child, message, acts));
  switch (part.type) {
    case 1: return el('div', { class: 'row' }, inside());
    case 2: return button(part, message, acts);
    case 3: case 5: case 6: case 7: case 8: return menu(part, message, acts);
    case 9: return el('div', { class: 'section' }, el('div', { class: 'section-text' }, inside()), component(part.accessory, message, acts));
    case 10: return el('div', { class: 'text' }, markdown(part.content));
    case 11: return spoilt(part.spoiler, picture(part.media.url, part.description, 'thumbnail'));
    case 12: return el('div', { class: `gallery of-${Math.min(part.items.length, 4)}` }, part.items.map((item) => spoilt(item.spoiler, picture(item.media.url, item.description, 'gallery-item'))));
    case 13: return attachment({ filename: part.name ?? part.file.url.split('/').pop(), url: part.file.url });
    case 14: return el('hr', { class: `separator ${part.spacing === 2 ? 'wide' : ''} ${part.divider === false ? 'unseen-line' : ''}` });
    case 17: return container(part, inside());
    default: return el('p', { class: 'unknown' }, `component ${part.type}`);
  }
}

function container(part, inside) {
  const colour = part.accent_color === null || part.accent_color === undefined ? undefined : `#${part.accent_color.toString(16).padStart(6, '0')}`;
  const box = el('div', { class: `container ${colour ? 'accented' : ''}`, style: colour && { '--accent': colour } }, inside);
  return spoilt(part.spoiler, box);
}

function spoilt(isSpoiler, shown) {
  if (!isSpoiler) return shown;
  const cover = el('button', { type: 'button', class: 'spoiler-cover', 'aria-label': 'Spoiler, press to show' }, 'Spoiler');
  const box = el('div', { class: 'spoilt' }, shown, cover);
  cover.addEventListener('click', () => { box.classList.add('open'); cover.remove(); });
  return box;
}

function emoji(shown) {
  if (!shown) return null;
  return el('span', { class: 'emoji', 'aria-hidden': 'true' }, shown.id ? '◆' : shown.name);
}

function button(part, message, acts) {
  const style = BUTTON_STYLES[part.style] ?? 'secondary';
  const label = [emoji(part.emoji), part.label && el('span', {}, part.label)];
  const named = part.label ? undefined : part.emoji?.name;
  if (part.style === 5) {
    return el('a', { class: 'button link', href: safeUrl(part.url), target: '_blank', rel: 'noopener noreferrer', 'aria-label': named }, label, el('span', { 'aria-hidden': 'true' }, '↗'));
  }
  const press = (event) => acts.press(message, part, null, event.currentTarget);
  return el('button', { type: 'button', class: `button ${style}`, disabled: part.disabled, 'aria-label': named, onclick: press }, label);
}

function menu(part, message, acts) {
  if (part.type !== 3) return el('button', { type: 'button', class: 'button secondary', disabled: true }, part.placeholder ?? 'a menu the page does not have');
  const many = part.max_values > 1;
  const label = part.placeholder ?? 'Make a choice';
  const options = part.options.map((option) => el('option', { value: option.value, selected: option.default }, [option.emoji?.id ? '' : option.emoji?.name, option.label, option.description && `– ${option.description}`].filter(Boolean).join(' ')));
  const chosen = (event) => [...event.currentTarget.selectedOptions].map((option) => option.value).filter(Boolean);
  if (!many) {
    const hint = part.options.some((option) => option.default) ? null : el('option', { value: '', selected: true, disabled: true }, label);
    return el('select', { class: 'menu', 'aria-label': label, disabled: part.disabled, onchange: (event) => acts.press(message, part, chosen(event), event.currentTarget) }, hint, options);
  }
  const list = el('select', { class: 'menu', multiple: true, size: Math.min(6, part.options.length), 'aria-label': label, disabled: part.disabled }, options);
  const done = (event) => acts.press(message, part, chosen({ currentTarget: list }), event.currentTarget);
  return el('div', { class: 'many' }, list, el('button', { type: 'button', class: 'button secondary', onclick: done }, 'Choose'));
}
