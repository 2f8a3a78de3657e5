// The waterfall: every piece of work behind an answer, by service, in its time.

import { el, hueOf } from './dom.js';

const COLOURS = { bot: '#8b93ff', economy: '#f5b83d', users: '#3ecf8e', collection: '#f472b6', expeditions: '#38bdf8' };

function colourOf(service) {
  const known = Object.keys(COLOURS).find((name) => service.includes(name));
  return known ? COLOURS[known] : `hsl(${hueOf(service)} 70% 68%)`;
}

const isStatement = (span) => Boolean(span.attributes['db.query.summary'] ?? span.attributes['db.system.name'] ?? span.attributes['db.system']);
const labelOf = (span) => span.attributes['db.query.summary'] ?? span.name;
const short = (label) => label.replace(/^(?:\w+\.)+(\w+\/\w+)$/, '$1'); // A method without its package.

export function duration(ns) {
  if (ns === 0) return '0';
  if (ns < 1e6) return `${Math.round(ns / 1e3)} µs`;
  if (ns < 1e8) return `${(ns / 1e6).toFixed(1)} ms`;
  if (ns < 1e9) return `${Math.round(ns / 1e6)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

/** The spans in the order of a tree, each with its depth. */
function asTree(spans) {
  const known = new Set(spans.map((span) => span.span_id));
  const below = new Map();
  for (const span of spans) {
    const parent = known.has(span.parent_span_id) ? span.parent_span_id : null;
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const rows = [];
  const visit = (parent, depth) => {
    for (const span of below.get(parent) ?? []) {
      rows.push({ span, depth });
      visit(span.span_id, depth + 1);
    }
  };
  visit(null, 0);
  return rows;
}

/** The whole panel for one trace. `open` is the set of span ids whose facts are shown. */
export function waterfall({ trace_id, spans }, open) {
  const start = Math.min(...spans.map((span) => span.start_ns));
  const end = Math.max(...spans.map((span) => span.end_ns));
  const whole = Math.max(end - start, 1);
  const services = [...new Set(spans.map((span) => span.service))];
  const statements = spans.filter(isStatement).length;
  return [
    el('p', { class: 'sum' }, el('b', {}, duration(whole)), ` · ${count(spans.length, 'span')} · ${count(services.length, 'service')} · ${count(statements, 'statement')}`),
    el('ul', { class: 'legend', 'aria-label': 'Services' }, services.map((service) => el('li', { style: { '--colour': colourOf(service) } }, service))),
    el('div', { class: 'axis', 'aria-hidden': 'true' }, el('span', {}), el('div', {}, [0, 0.5, 1].map((part) => el('i', {}, duration(whole * part))))),
    el('ul', { class: 'spans' }, asTree(spans).map(({ span, depth }) => row(span, depth, start, whole, open))),
    el('p', { class: 'trace-id' }, 'trace ', el('code', {}, trace_id)),
  ];
}

const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

function row(span, depth, start, whole, open) {
  const left = ((span.start_ns - start) / whole) * 100;
  const width = ((span.end_ns - span.start_ns) / whole) * 100;
  const took = duration(span.end_ns - span.start_ns);
  const facts = el('div', { class: 'facts', hidden: !open.has(span.span_id) }, factsOf(span, start));
  const toggle = (event) => {
    facts.hidden = !facts.hidden;
    event.currentTarget.setAttribute('aria-expanded', String(!facts.hidden));
    if (facts.hidden) open.delete(span.span_id);
    else open.add(span.span_id);
  };
  const kind = [isStatement(span) && 'statement', span.status === 'error' && 'failed'].filter(Boolean).join(' ');
  return el('li', { class: `span ${kind}`, style: { '--colour': colourOf(span.service), '--depth': Math.min(depth, 12) } },
    el('button', { type: 'button', class: 'span-row', 'aria-expanded': String(open.has(span.span_id)), 'aria-label': `${labelOf(span)}, ${span.service}, ${took}`, onclick: toggle },
      el('span', { class: 'span-name', title: labelOf(span) }, short(labelOf(span))),
      el('span', { class: 'span-time' },
        el('span', { class: 'bar', style: { left: `${left}%`, width: `max(2px, ${width}%)` } }),
        el('span', { class: 'took', style: took_position(left, width) }, took))),
    facts);
}

/** The duration stands after the bar, or before it where there is no room, or on a long bar. */
function took_position(left, width) {
  if (left + width < 72) return { left: `calc(${left + width}% + 6px)` };
  if (left > 28) return { right: `calc(${100 - left}% + 6px)` };
  return { right: `calc(${Math.max(0, 100 - left - width)}% + 6px)`, color: '#0b0c10', 'font-weight': '600' };
}

function factsOf(span, start) {
  const facts = {
    service: span.service,
    kind: span.kind,
    'starts after': duration(span.start_ns - start),
    ...(span.status === 'unset' ? {} : { status: [span.status, span.status_message].filter(Boolean).join(': ') }),
    ...(labelOf(span) === span.name ? {} : { span: span.name }),
    ...span.attributes,
  };
  return el('dl', {}, Object.entries(facts).map(([name, value]) => [el('dt', {}, name), el('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))]));
}
