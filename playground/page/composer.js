// The line at the bottom: commands, options and values, completed while they are typed.

import { api } from './api.js';
import { el } from './dom.js';

const PATIENCE_MS = 120;
const SHOWN = 25;
const [BOOLEAN, USER] = [5, 6];

/** What a line says: the command, its options so far, and the option being typed. */
export function parse(line, commands) {
  const text = line.replace(/^\//, '');
  const leaf = commands
    .filter(({ name }) => text === name || text.startsWith(`${name} `))
    .sort((a, b) => b.name.length - a.name.length)[0];
  if (!leaf) return { leaf: null, typed: text };
  const rest = text.slice(leaf.name.length);
  const known = leaf.options.map((option) => option.name).join('|');
  const starts = known ? [...rest.matchAll(new RegExp(`(?<=^|\\s)(${known}):`, 'g'))] : [];
  const given = {};
  starts.forEach((start, index) => {
    const end = starts[index + 1]?.index ?? rest.length;
    given[start[1]] = rest.slice(start.index + start[0].length, end);
  });
  const last = starts.at(-1);
  const loose = last ? '' : rest.trim();
  const active = last && !/\s\s$/.test(rest) ? last[1] : null;
  for (const name of Object.keys(given)) if (name !== active) given[name] = given[name].trim();
  return { leaf, given, active, loose, begun: text.length > leaf.name.length };
}

export class Composer {
  constructor(send, player, users, complain) {
    this.send = send;
    this.player = player;
    this.users = users;
    this.complain = complain;
    this.commands = [];
    this.values = new Map(); // The value behind a completed name, by option and name.
    this.history = [];
    this.items = [];
    this.chosen = -1;
    this.asked = 0;
    this.line = document.getElementById('line');
    this.box = document.getElementById('completion');
    this.list = document.getElementById('completion-list');
    this.hint = document.getElementById('completion-hint');
    this.line.addEventListener('input', () => this.refresh());
    this.line.addEventListener('focus', () => this.refresh());
    this.line.addEventListener('blur', () => setTimeout(() => this.close(), 150));
    this.line.addEventListener('keydown', (event) => this.key(event));
    // A slash anywhere begins a command, as a player of Discord expects.
    document.addEventListener('keydown', (event) => {
      if (event.key === '/' && !event.target.closest('input, textarea, select, dialog')) this.line.focus();
    });
    document.getElementById('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  setCommands(commands) {
    this.commands = commands;
  }

  // Keys

  key(event) {
    const isOpen = !this.box.hidden && this.items.length > 0;
    if (event.key === 'ArrowDown' && isOpen) this.move(1, event);
    else if (event.key === 'ArrowUp' && isOpen) this.move(-1, event);
    else if (event.key === 'ArrowUp' && !this.line.value && this.history.length) this.recall(event);
    else if (event.key === 'Tab' && !event.shiftKey && isOpen) this.accept(Math.max(this.chosen, 0), event);
    else if (event.key === 'Enter' && isOpen && this.chosen >= 0) this.accept(this.chosen, event);
    else if (event.key === 'Escape') this.escape();
  }

  move(step, event) {
    event.preventDefault();
    const count = this.items.length;
    this.choose(this.chosen < 0 ? (step > 0 ? 0 : count - 1) : (this.chosen + step + count) % count);
  }

  recall(event) {
    event.preventDefault();
    this.line.value = this.history.at(-1);
    this.refresh();
  }

  escape() {
    if (this.box.hidden) this.line.value = '';
    this.close();
  }

  accept(index, event) {
    event?.preventDefault();
    this.items[index].accept();
    this.line.focus();
    this.line.setSelectionRange(this.line.value.length, this.line.value.length);
    this.refresh();
  }

  // What is offered

  async refresh() {
    const asked = ++this.asked;
    const line = this.line.value;
    if (!line.startsWith('/')) return this.close();
    const said = parse(line, this.commands);
    if (!said.leaf || !said.begun) return this.offerCommands(said.leaf ? said.leaf.name : said.typed);
    const option = said.leaf.options.find(({ name }) => name === said.active);
    if (!option) return this.offerOptions(said);
    const items = await this.valuesOf(option, said, asked);
    if (items && asked === this.asked) this.offerValues(option, said, items);
  }

  offerCommands(typed) {
    const wanted = typed.toLowerCase().trim();
    const starts = this.commands.filter(({ name }) => name.startsWith(wanted));
    const others = this.commands.filter(({ name, description }) => !name.startsWith(wanted) && (name.includes(wanted) || description.toLowerCase().includes(wanted)));
    const items = [...starts, ...others].map((command) => ({
      title: `/${command.name}`,
      note: command.description,
      tags: command.options.map((option) => option.name + (option.required ? '' : '?')),
      accept: () => { this.line.value = `/${command.name} `; },
    }));
    this.open(items, items.length ? '' : 'There is no such command.', 0);
  }

  offerOptions({ leaf, given, loose }) {
    const left = leaf.options.filter(({ name }) => given[name] === undefined && name.startsWith(loose));
    const items = left.map((option) => ({
      title: option.name,
      note: option.description,
      tags: option.required ? ['required'] : [],
      accept: () => {
        const before = loose ? this.line.value.slice(0, this.line.value.lastIndexOf(loose)) : this.line.value;
        this.line.value = `${before.trimEnd()} ${option.name}:`;
      },
    }));
    const isNeeded = left.some((option) => option.required) || loose;
    this.open(items, this.describe(leaf, given), isNeeded ? 0 : -1);
  }

  offerValues(option, { leaf, given }, values) {
    const typed = given[option.name];
    const items = values.map((choice) => ({
      title: choice.name,
      note: choice.note ?? (String(choice.value) === choice.name ? '' : String(choice.value)),
      tags: [],
      accept: () => {
        this.values.set(`${option.name}:${choice.name}`, choice.value);
        this.line.value = `${this.line.value.slice(0, this.line.value.length - typed.length)}${choice.name}  `;
      },
    }));
    const isDone = values.some((choice) => choice.name === typed.trim());
    this.open(items, `${option.name} – ${option.description}`, items.length && !isDone ? 0 : -1, leaf);
  }

  async valuesOf(option, { leaf, given }, asked) {
    const typed = given[option.name].trim();
    const matches = (choice) => choice.name.toLowerCase().includes(typed.toLowerCase());
    if (option.choices?.length) return option.choices.filter(matches);
    if (option.type === BOOLEAN) return [{ name: 'true', value: true }, { name: 'false', value: false }].filter(matches);
    if (option.type === USER) return this.users().map(({ name }) => ({ name, value: name })).filter(matches);
    if (!option.autocomplete) return [];
    await new Promise((done) => setTimeout(done, PATIENCE_MS));
    if (asked !== this.asked) return null;
    try {
      return await api.complete(this.player(), leaf.name, this.valued(given, option.name), option.name, typed);
    } catch {
      return [];
    }
  }

  describe(leaf, given) {
    const open = leaf.options.filter(({ name, required }) => required && given[name] === undefined);
    if (open.length) return `/${leaf.name} still needs ${open.map(({ name }) => name).join(', ')}`;
    return `/${leaf.name} – ${leaf.description} · Enter sends it`;
  }

  // The list

  open(items, hint, chosen) {
    this.items = items.slice(0, SHOWN);
    this.hint.textContent = hint;
    this.hint.hidden = !hint;
    this.list.replaceChildren(...this.items.map((item, index) => this.entry(item, index)));
    this.box.hidden = !items.length && !hint;
    this.line.setAttribute('aria-expanded', String(!this.box.hidden));
    this.choose(this.items.length ? chosen : -1);
  }

  entry(item, index) {
    return el('li', { id: `completion-${index}`, role: 'option', 'aria-selected': 'false', onmousedown: (event) => this.accept(index, event) },
      el('span', { class: 'completion-title' }, item.title),
      item.tags.map((tag) => el('span', { class: 'tag' }, tag)),
      item.note && el('span', { class: 'completion-note' }, item.note));
  }

  choose(index) {
    this.chosen = index;
    [...this.list.children].forEach((entry, at) => entry.setAttribute('aria-selected', String(at === index)));
    if (index < 0) this.line.removeAttribute('aria-activedescendant');
    else {
      this.line.setAttribute('aria-activedescendant', `completion-${index}`);
      this.list.children[index].scrollIntoView({ block: 'nearest' });
    }
  }

  close() {
    this.asked += 1;
    this.box.hidden = true;
    this.line.setAttribute('aria-expanded', 'false');
    this.chosen = -1;
  }

  // Sending

  valued(given, without) {
    const entries = Object.entries(given).filter(([name, text]) => name !== without && text.trim());
    return Object.fromEntries(entries.map(([name, text]) => [name, this.values.get(`${name}:${text.trim()}`) ?? text.trim()]));
  }

  submit() {
    const line = this.line.value.trim();
    if (!line) return;
    const said = parse(line, this.commands);
    if (!line.startsWith('/')) return this.complain('Only commands are answered here: begin with /');
    if (said.loose) return this.complain(`Name the option: ${said.leaf.options.map(({ name }) => `${name}:…`).join(' ') || 'this command has none'}`);
    this.history.push(line);
    this.line.value = '';
    this.close();
    this.send(said.leaf ? said.leaf.name : said.typed, said.leaf ? this.valued(said.given) : {});
  }
}
