// The markdown of Discord's messages, as elements.

import { el, safeUrl } from './dom.js';

const INLINE = [
  [/^\\([^A-Za-z0-9\s])/, (m) => m[1]],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => el('code', {}, m[2])],
  [/^\|\|([\s\S]+?)\|\|/, (m) => spoiler(inline(m[1]))],
  [/^\*\*\*([\s\S]+?)\*\*\*(?!\*)/, (m) => el('strong', {}, el('em', {}, inline(m[1])))],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (m) => el('strong', {}, inline(m[1]))],
  [/^__([\s\S]+?)__(?!_)/, (m) => el('u', {}, inline(m[1]))],
  [/^\*(?=\S)((?:\*\*|[^*])*?\S)\*(?!\*)/, (m) => el('em', {}, inline(m[1]))],
  [/^_(?=\S)((?:__|[^_])*?\S)_(?![\w_])/, (m) => el('em', {}, inline(m[1]))],
  [/^~~([\s\S]+?)~~/, (m) => el('s', {}, inline(m[1]))],
  [/^\[([^\]]+)\]\(<?(https?:\/\/[^\s)>]+)>?[^)]*\)/, (m) => link(m[2], inline(m[1]))],
  [/^<(https?:\/\/[^\s<>]+)>/, (m) => link(m[1], m[1])],
  [/^https?:\/\/[^\s<>]*[^\s<>.,;:!?)'"]/, (m) => link(m[0], m[0])],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (m) => moment(Number(m[1]), m[2] ?? 'f')],
  [/^<@!?(\d+)>/, (m) => mention(`@${nameOf(m[1])}`)],
  [/^<@&(\d+)>/, () => mention('@role')],
  [/^<#\d+>/, () => mention('#academy')],
  [/^<\/([^:>]+):\d+>/, (m) => mention(`/${m[1]}`)],
  [/^<a?:(\w+):\d+>/, (m) => `:${m[1]}:`],
  [/^@(everyone|here)\b/, (m) => mention(m[0])],
];
const PLAIN = /^[\s\S][^\\`|*_~[<h@\n]*/;

const names = new Map();

/** Tells who is behind a mention. */
export function knowName(id, name) {
  names.set(id, name);
}

const nameOf = (id) => names.get(id) ?? 'somebody';
const mention = (text) => el('span', { class: 'mention' }, text);
const link = (url, children) =>
  el('a', { href: safeUrl(url), target: '_blank', rel: 'noopener noreferrer' }, children);

function spoiler(children) {
  const reveal = (event) => {
    event.stopPropagation();
    event.currentTarget.classList.add('open');
    event.currentTarget.removeAttribute('aria-label');
  };
  return el('button', { class: 'spoiler', type: 'button', 'aria-label': 'Spoiler, press to show', onclick: reveal }, children);
}

export function inline(text) {
  const parts = [];
  let rest = text;
  while (rest) {
    const [match, made] = firstInline(rest, parts.at(-1));
    parts.push(made);
    rest = rest.slice(match.length);
  }
  return parts;
}

function firstInline(rest, before) {
  // An underscore inside a word is a letter.
  const inWord = typeof before === 'string' && /\w$/.test(before) && rest.startsWith('_');
  for (const [pattern, make] of inWord ? [] : INLINE) {
    const match = pattern.exec(rest);
    if (match) return [match[0], make(match)];
  }
  const plain = PLAIN.exec(rest)[0];
  return [plain, plain];
}

const BLOCKS = [
  [/^```(?:([\w+-]+)\n)?\n?([\s\S]*?)\n?```\n?/, (m) => el('pre', {}, el('code', {}, m[2]))],
  [/^>>> ([\s\S]*)/, (m) => el('blockquote', {}, markdown(m[1]))],
  [/^(?:> .*(?:\n|$)|>(?:\n|$))+/, (m) => el('blockquote', {}, markdown(m[0].replace(/^> ?/gm, '').replace(/\n$/, '')))],
  [/^(#{1,3}) +(.+)(?:\n|$)/, (m) => el(`h${m[1].length + 2}`, { class: `heading-${m[1].length}` }, inline(m[2]))],
  [/^-# +(.+)(?:\n|$)/, (m) => el('p', { class: 'subtext' }, inline(m[1]))],
  [/^(?: *[-*] .+(?:\n|$))+/, (m) => list('ul', m[0])],
  [/^(?: *\d+\. .+(?:\n|$))+/, (m) => list('ol', m[0])],
];

function list(tag, text) {
  const items = text.replace(/\n$/, '').split('\n').map((line) => {
    const [, indent, content] = /^( *)(?:[-*]|\d+\.) (.*)$/.exec(line);
    return el('li', { class: indent.length > 1 ? 'nested' : undefined }, inline(content));
  });
  const start = tag === 'ol' ? parseInt(text, 10) : undefined;
  return el(tag, { start }, items);
}

/** The elements of a text with blocks: headings, lists, quotes, code. */
export function markdown(text) {
  const made = [];
  let rest = text;
  let paragraph = '';
  const close = () => {
    const said = paragraph.replace(/^\n|\n$/g, '');
    if (said) made.push(el('p', {}, inline(said)));
    paragraph = '';
  };
  while (rest) {
    const block = firstBlock(rest);
    if (block) {
      close();
      made.push(block[1]);
      rest = rest.slice(block[0].length);
    } else {
      const line = untilBlock(rest);
      paragraph += line;
      rest = rest.slice(line.length);
    }
  }
  close();
  return made;
}

function firstBlock(rest) {
  for (const [pattern, make] of BLOCKS) {
    const match = pattern.exec(rest);
    if (match) return [match[0], make(match)];
  }
  return undefined;
}

function untilBlock(rest) {
  const end = rest.indexOf('\n') + 1 || rest.length;
  const fence = rest.indexOf('```');
  return rest.slice(0, fence > 0 && fence < end ? fence : end);
}

const STYLES = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
};

function moment(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `<t:${seconds}>`;
  const text = style === 'R' ? relative(date) : date.toLocaleString('en-GB', STYLES[style]);
  const title = date.toLocaleString('en-GB', STYLES.F);
  const live = style === 'R' ? seconds : undefined;
  return el('time', { datetime: date.toISOString(), title, 'data-live': live }, text);
}

const UNITS = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];
const inWords = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

function relative(date) {
  const left = (date.getTime() - Date.now()) / 1000;
  const [unit, seconds] = UNITS.find(([, size]) => Math.abs(left) >= size) ?? UNITS.at(-1);
  return inWords.format(Math.round(left / seconds), unit);
}

/** Keeps "in five minutes" true. */
export function refreshMoments() {
  for (const shown of document.querySelectorAll('time[data-live]')) {
    shown.textContent = relative(new Date(Number(shown.dataset.live) * 1000));
  }
}
